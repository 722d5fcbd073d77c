#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The wall clock is set while a run measures: noticed and said, and no number comes of it.

Not really set: a library in front of the C library shows one that jumps, and shifts the kernel's
stamps of arrival as the kernel would. What the endpoint wrote down, by the monotonic clock, says
what is true.
"""
# ctest: serial

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from simulator import NO_THINKING, Run, Server

HERE = pathlib.Path(__file__).resolve().parent
ENGINE = ["--ttft", "60ms", "--ttft-jitter", "20ms", "--itl", "3ms", "--tokens", "20", "--usage"]
CLOCKS = ["due", "start", "sent", "first_byte", "first_token", "last_token", "done"]
LATE_MS = 15  # later than true, nine of ten times, on a busy machine
W = {}


def setUpModule():
    W["folder"] = tempfile.TemporaryDirectory()
    W["shim"] = os.path.join(W["folder"].name, "clock.so")
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", W["shim"],
                    str(HERE / "clock_shim.c"), "-ldl"], check=True)


def tearDownModule():
    W["folder"].cleanup()


def run(*jumps, stamps="new"):
    """A run of more than a second in which the clock jumps: (after ms, by ms)."""
    env = {"LD_PRELOAD": W["shim"], "CLOCK_STAMPS": stamps,
           "CLOCK_JUMPS": " ".join(f"{after}:{by}" for after, by in jumps)}
    with Server(*ENGINE) as server:
        done = Run(server.url, "-c", "40", "-t", "2", "-p", "6", *NO_THINKING, "--fail-on", "fail",
                   "--slo", "ttft.mean<=2s", "--slo", "errors<=20%", env=env)
    return done, {row["response_id"]: row for row in server.log}


class Clock(unittest.TestCase):
    def assert_right(self, done, truth):
        self.assertEqual(done.code, 0, done.stdout + done.stderr)
        self.assertEqual(done.result["requests"]["ok"], 80, done.result["requests"])
        self.assertEqual(done.status, "PASS", done.result["verdict"])
        self.assertGreater(done.result["wall_ms"], 1000)
        self.assertLess(done.result["wall_ms"], 60000)
        errors = [self.error_of(record, truth[record["response_id"]]) for record in done.records]
        self.assertGreater(min(errors), -1.0)
        self.assertLess(sorted(errors)[len(errors) * 9 // 10], LATE_MS)

    def error_of(self, record, row):
        """Of ttft, in ms: what was measured less what the endpoint knows."""
        clocks = [record[name + "_ms"] for name in CLOCKS]
        self.assertEqual(clocks, sorted(clocks), record)
        self.assertGreaterEqual(clocks[0], 0)
        for name in ("ttft_ms", "ttfa_ms", "e2e_ms", "dns_ms", "connect_ms", "tls_ms"):
            self.assertGreaterEqual(record[name], 0, record)
        true = (int(row["first_token_ns"]) - int(row["arrived_ns"])) / 1e6
        return record["ttft_ms"] - true

    def assert_noticed(self, done):
        said = {w["code"]: w["text"] for w in done.result["warnings"]}
        self.assertIn("clock_step", said)
        self.assertIn("the wall clock was set during the run", done.stdout)

    def test_no_jump(self):
        done, truth = run()
        self.assert_right(done, truth)
        self.assertNotIn("clock_step", [w["code"] for w in done.result["warnings"]])
        self.assertGreater(done.result["meter"]["stamped_share"], 0.9)

    def test_jumps(self):
        """Far and near, forwards and backwards; near ones could pass for the truth."""
        for jump in (3600000, -3600000, 40, -40, 5, -5):
            with self.subTest(by_ms=jump):
                done, truth = run((600, jump))
                self.assert_right(done, truth)
                self.assert_noticed(done)
                self.assertLess(done.result["meter"]["stamped_share"], 0.9)

    def test_there_and_back(self):
        done, truth = run((400, 86400000), (700, -86400000), (900, -25), (1000, 25))
        self.assert_right(done, truth)
        self.assert_noticed(done)

    def test_stamps_of_another_clock(self):
        """A clock that only the program sees jump: the kernel's stamps stay what they were."""
        for jump in (50, -50, 3600000):
            with self.subTest(by_ms=jump):
                done, truth = run((500, jump), stamps="old")
                self.assert_right(done, truth)
                self.assert_noticed(done)

    def test_the_records_are_read_again(self):
        """A file whose end has an earlier date than its beginning is as good as any."""
        done, _ = run((600, -7200000))
        self.assertGreater(done.result["started"], done.result["ended"])
        self.assertGreater(done.result["throughput"]["requests_per_s"], 1)


if __name__ == "__main__":
    if os.environ.get("LITEBENCH_SANITIZED"):
        print("skipped: a sanitizer wants to be the first library")
        sys.exit(77)
    unittest.main()
