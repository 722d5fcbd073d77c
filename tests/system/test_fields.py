# SPDX-License-Identifier: Apache-2.0
"""litebench-report(5) names every field that results of real runs have."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from simulator import BIN, NO_THINKING, Server

sys.path.insert(0, os.path.join(os.environ["LITEBENCH_SOURCE_DIR"], "scripts", "manual"))
import fields  # noqa: E402

SHORT = ["--conversations", "6", "--turns", "2", "--max-tokens", "8", *NO_THINKING, "--exit-zero",
         "--no-save", "-q"]


def run(url, *options):
    """The JSON result and the records of a run."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("result.json", "records.ndjson")]
        subprocess.run([BIN, "run", url, *SHORT, *options, "-o", paths[0], "-o", paths[1]],
                       check=True, stdout=subprocess.DEVNULL, timeout=60)
        with open(paths[0], encoding="utf-8") as file:
            result = json.load(file)
        with open(paths[1], encoding="utf-8") as file:
            return result, [json.loads(line) for line in file]


class Fields(unittest.TestCase):
    def check(self, *options, server=()):
        with Server("--ttft", "5ms", "--itl", "1ms", *server) as endpoint:
            _, faults = fields.faults_of(*run(endpoint.url, *options))
        self.assertEqual(faults, [])

    def test_a_plain_run(self):
        self.check()

    def test_much_chosen(self):
        self.check("--warmup", "2", "--label", "a=b", "--preset", "quick", "--ramp", "0.1s",
                   "--max-requests", "5", "--slo", "ttft.p95@first<=5s", "--shared-prefix", "500")

    def test_two_models(self):
        self.check("--model", "a", "--model", "b", server=["--model", "a", "--model", "b"])

    def test_a_shard(self):
        self.check("--shard", "0/2", "--nonce", "x")

    def test_failures_and_usage(self):
        self.check("--abort-errors", "100%", server=["--usage", "--cached-tokens"])


if __name__ == "__main__":
    unittest.main()
