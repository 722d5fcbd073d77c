#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# ctest: serial
"""The meter convicts itself: a client that was stopped or starved says INVALID, with the reason."""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from simulator import BIN, LIMIT_S, NO_THINKING, Server

STREAMS = ["-c", "96", "-t", "2", "-p", "32", *NO_THINKING]


def spin_on(core):
    """Takes most of a core away, above every ordinary process, until it is killed: on a busy
    machine a client with a fifth of a core may need long to begin, and must find it taken then."""
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    end = time.monotonic() + LIMIT_S  # a test that was killed must not leave it behind for long
    while time.monotonic() < end:
        rest = time.monotonic() + 0.08
        while time.monotonic() < rest:
            pass
        time.sleep(0.02)


class Disturbed(unittest.TestCase):
    def start(self, url, folder, *options, core=None):
        pin = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
        return subprocess.Popen(
            [BIN, "run", url, "--no-save", "-v", "-o", os.path.join(folder, "r.json"), *STREAMS,
             *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=pin)

    def result(self, process, folder):
        process.communicate(timeout=LIMIT_S)
        with open(os.path.join(folder, "r.json"), encoding="utf-8") as file:
            return process.returncode, json.load(file)

    def check_invalid(self, code, result):
        self.assertEqual(result["verdict"]["status"], "INVALID", result["meter"])
        self.assertEqual(code, 4)
        self.assertFalse(result["meter"]["valid"])
        self.assertIn("meter", result["verdict"]["sentence"])
        slo = {s["metric"]: s["status"] for s in result["slo"]}
        self.assertEqual(slo["ttft"], "INVALID")
        self.assertNotEqual(slo["errors"], "INVALID")

    def test_stopped_in_the_middle(self):
        with Server("--ttft", "100ms", "--itl", "10ms", "--tokens", "20") as server, \
                tempfile.TemporaryDirectory() as folder:
            process = self.start(server.url, folder)
            for line in process.stderr:
                if "TTFT" in line:
                    break
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.7)  # how long it is stopped is the disturbance itself
            process.send_signal(signal.SIGCONT)
            self.check_invalid(*self.result(process, folder))

    def test_starved_of_its_core(self):
        core = max(os.sched_getaffinity(0))
        with Server("--ttft", "100ms", "--itl", "10ms", "--tokens", "20") as server, \
                tempfile.TemporaryDirectory() as folder:
            hog = os.fork()
            if hog == 0:
                try:
                    spin_on(core)
                except PermissionError:
                    os._exit(77)
                os._exit(0)
            try:
                process = self.start(server.url, folder, core=core)
                code, result = self.result(process, folder)
            finally:
                os.kill(hog, signal.SIGKILL)
                _, status = os.waitpid(hog, 0)
            if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 77:
                self.skipTest("no right to take a core")
            self.assertTrue(os.WIFSIGNALED(status), "the core was free before the run was over")
            self.check_invalid(code, result)


if __name__ == "__main__":
    unittest.main()
