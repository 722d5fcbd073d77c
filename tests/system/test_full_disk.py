#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A file that cannot grow any more, at some moment of a run: said with its name, and what was
measured is shown all the same. A limit on the size of files stands for the disk that is full."""

import json
import os
import pathlib
import resource
import subprocess
import tempfile
import unittest

from simulator import BIN, LIMIT_S, NO_THINKING, Server

TURNS = 120
SMALL = 700  # bytes: not even the first line of records


class FullDisk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--ttft", "5ms", "--itl", "1ms", "--tokens", "6", log=False)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.server.folder.cleanup()

    def run_with(self, folder, limit, *options):
        def shrink():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith(("LITEBENCH_", "OPENAI_"))}
        return subprocess.run(
            [BIN, "run", self.server.url, "-c", "40", "-t", "3", *NO_THINKING, "--exit-zero",
             *options], cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False,
            preexec_fn=shrink, env={**clean, "XDG_STATE_HOME": os.path.join(folder, "state")})

    def test_records(self):
        """The run ends early: nobody could use it. What came is shown, and nothing half-written has
        the file's name."""
        for limit in (SMALL, 20000, 40000, 60000):
            with self.subTest(limit=limit), tempfile.TemporaryDirectory() as folder:
                done = self.run_with(folder, limit, "-o", "r.ndjson", "--no-save")
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn("r.ndjson: File too large", done.stderr)
                self.assertRegex(done.stdout, r"^[A-Z]+  ")
                self.assertEqual(os.listdir(folder), [])

    def test_a_result(self):
        """The others are written."""
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_with(folder, 4000, "-o", "r.json", "-o", "u.yaml", "--no-save")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn("r.json: File too large", done.stderr)
            self.assertIn(f"{TURNS} ok, 0 failed", done.stdout)
            self.assertEqual(os.listdir(folder), ["u.yaml"])

    def test_an_older_result_stays(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "r.json")
            path.write_text("what was there", encoding="ascii")
            done = self.run_with(folder, SMALL, "-o", "r.json", "--no-save")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertEqual(path.read_text(encoding="ascii"), "what was there")

    def test_what_is_kept_by_itself_is_no_reason_to_fail(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.run_with(folder, 45000, "-o", "r.json")
            self.assertEqual(done.returncode, 0, done.stderr)
            result = json.loads(pathlib.Path(folder, "r.json").read_text(encoding="utf-8"))
            self.assertEqual(result["requests"]["ok"], TURNS)
            self.assertEqual(list(pathlib.Path(folder, "state", "litebench").glob("*")), [])
            self.assertNotIn("records kept", done.stderr)


if __name__ == "__main__":
    unittest.main()
