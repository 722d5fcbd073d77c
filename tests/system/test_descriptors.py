#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Open files: the limit is raised as far as it goes; where that is too little the run is refused
before it begins, with the number that it needs, and that number is enough."""

import json
import os
import pathlib
import re
import resource
import socket
import subprocess
import tempfile
import unittest

from simulator import BIN, LIMIT_S, NO_THINKING, Server

WORKERS = 150
SPARE = 64


def name_of_loopback():
    """One that a resolver must look up: libcurl knows localhost by itself. None: there is none."""
    try:
        with open("/etc/hosts", encoding="utf-8") as file:
            lines = [line.split("#")[0].split() for line in file]
    except OSError:
        return None
    return next((name for line in lines if line[:1] == ["127.0.0.1"] for name in line[1:]
                 if not re.search(r"(^|\.)localhost(\.|$)", name)
                 and socket.gethostbyname(name) == "127.0.0.1"), None)


class Descriptors(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.addCleanup(self.tmp.cleanup)
        self.folder = pathlib.Path(self.tmp.name)
        _, self.hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.server = Server("--ttft", "200ms", "--itl", "1ms", "--tokens", "4")
        self.addCleanup(self.server.folder.cleanup)
        self.addCleanup(self.server.stop)

    def run_with(self, soft, hard, *options, host="127.0.0.1"):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith(("LITEBENCH_", "OPENAI_"))}
        return subprocess.run(
            [BIN, "run", f"http://{host}:{self.server.port}/v1", "-c", str(WORKERS), "-t", "2",
             "-p", str(WORKERS), *NO_THINKING, "--exit-zero", "-o", "r.json", "-o", "r.ndjson",
             *options], cwd=self.folder, capture_output=True, text=True, timeout=LIMIT_S * 4,
            check=False, preexec_fn=limit,
            env={**clean, "XDG_STATE_HOME": str(self.folder / "state"), "no_proxy": "*"})

    def assert_ran(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        counts = json.loads((self.folder / "r.json").read_text())["requests"]
        self.assertEqual((counts["ok"], counts["failed"]), (2 * WORKERS, 0), counts)

    def assert_refused(self, done, need, limit):
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertIn(f"{WORKERS} need {need} open files, the limit is {limit}", done.stderr)
        self.assertEqual(sorted(self.folder.rglob("*")), [])
        self.server.stop()
        self.assertEqual(self.server.log, [])

    def test_a_low_soft_limit_is_raised(self):
        self.assert_ran(self.run_with(40, self.hard))

    def test_just_enough_is_enough(self):
        need = WORKERS + SPARE
        self.assert_ran(self.run_with(need, need))

    def test_one_too_few(self):
        need = WORKERS + SPARE
        self.assert_refused(self.run_with(need - 1, need - 1), need, need - 1)

    def test_far_too_few(self):
        self.assert_refused(self.run_with(30, 60), WORKERS + SPARE, 60)

    def test_a_name_takes_more(self):
        """Threads that look it up, all at the same time."""
        name = name_of_loopback()
        if name is None:
            self.skipTest("no name of 127.0.0.1 that a resolver must look up")
        need = 3 * WORKERS + SPARE
        for connections in ("reuse", "new"):
            self.assert_ran(self.run_with(need, need, "--connections", connections, host=name))
        for path in self.folder.glob("r.*"):
            path.unlink()
        done = self.run_with(need - 1, need - 1, "--no-save", host=name)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(f"need {need} open files", done.stderr)
        self.assertEqual(sorted(self.folder.glob("r.*")), [])

    def test_a_connection_for_each_user(self):
        """The name was looked up before, once."""
        name = name_of_loopback() or "127.0.0.1"
        need = WORKERS + SPARE
        self.assert_ran(self.run_with(need, need, "--connections", "user", host=name))


if __name__ == "__main__":
    unittest.main()
