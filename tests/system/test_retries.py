#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Retries are asked for, happen before the first byte only, and never hide: --retries, and what
libcurl does by itself when a kept connection is dead."""

import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from ports import free_port
from scripted import Endpoint, answer
from simulator import BIN, LIMIT_S, NO_THINKING, Run, Server

ASK = ["--model", "m", "--context", "8192", "--exit-zero", *NO_THINKING]


class Retries(unittest.TestCase):
    def test_none_by_default(self):
        with Endpoint(lambda connection, request: None if connection % 2 == 0 else answer()) as e:
            run = Run(e.url, "-c", "6", "-t", "1", "-p", "1", "--connections", "new", *ASK)
        self.assertEqual(run.result["requests"]["failed"], 3)
        self.assertEqual(run.result["requests"]["retried"], 0)
        self.assertEqual([r["attempt"] for r in run.records], [1] * 6)

    def test_counted_and_kept_apart(self):
        with Endpoint(lambda connection, request: None if connection % 2 == 0 else answer()) as e:
            run = Run(e.url, "-c", "6", "-t", "1", "-p", "1", "--connections", "new",
                      "--retries", "2", *ASK)
            self.assertEqual(len(e.heard), 12)
        requests = run.result["requests"]
        self.assertEqual(requests["retried"], 6)
        self.assertEqual((requests["total"], requests["failed"], requests["not_sent"]), (0, 0, 0))
        self.assertEqual(run.result["metrics"]["ttft"]["n"], 0)
        self.assertNotEqual(run.status, "PASS")
        self.assertEqual([(r["attempt"], r["error"]) for r in run.records], [(2, None)] * 6)

    def test_mixed(self):
        with Endpoint(lambda connection, request: None if connection == 2 else answer()) as e:
            run = Run(e.url, "-c", "4", "-t", "2", "-p", "1", "--connections", "new",
                      "--retries", "1", *ASK)
        requests = run.result["requests"]
        self.assertEqual((requests["ok"], requests["failed"], requests["retried"]), (7, 0, 1))
        self.assertEqual(run.result["metrics"]["ttft"]["n"], 7)
        self.assertIn("retried", [w["code"] for w in run.result["warnings"]])

    def test_the_same_bytes_again(self):
        with Endpoint(lambda connection, request: None if connection == 0 else answer()) as e:
            Run(e.url, "-c", "1", "-t", "1", "--retries", "1", *ASK)
            self.assertEqual(len(e.heard), 2)
            self.assertEqual(e.heard[0], e.heard[1])

    def test_one_that_never_comes_is_a_failure(self):
        run = Run(f"http://127.0.0.1:{free_port()}", "-c", "3", "-t", "2", "--retries", "2", *ASK)
        self.assertEqual([(r["attempt"], r["error"]) for r in run.records], [(3, "connect")] * 3)
        requests = run.result["requests"]
        self.assertEqual((requests["total"], requests["failed"], requests["retried"]), (3, 3, 0))
        self.assertEqual(run.code, 3)

    def test_an_answer_is_an_answer(self):
        for status in ("429", "503"):
            with Server("--error-rate", "1", "--error-status", status, "--retry-after", "1") as s:
                run = Run(s.url, "-c", "4", "-t", "1", "--retries", "5", *ASK)
            self.assertEqual(len(s.log), 4)
            self.assertEqual([r["attempt"] for r in run.records], [1] * 4)

    def test_after_the_first_byte(self):
        with Server("--die-after", "3", "--tokens", "9", "--model", "m") as s:
            run = Run(s.url, "-c", "3", "-t", "1", "--retries", "5", *ASK)
        self.assertEqual([(r["attempt"], r["error"]) for r in run.records],
                         [(1, "stream_cut")] * 3)

    def test_warm_up(self):
        with Endpoint(lambda connection, request: None if connection == 0 else answer()) as e:
            run = Run(e.url, "-c", "1", "-t", "1", "-p", "1", "--warmup", "1", "--retries", "1",
                      *ASK)
        self.assertEqual([(r["warmup"], r["attempt"]) for r in run.records],
                         [(True, 2), (False, 1)])
        self.assertEqual(run.result["requests"]["retried"], 0)

    def test_a_signal_ends_the_waiting(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "r.ndjson"
            process = subprocess.Popen(
                [BIN, "run", f"http://127.0.0.1:{free_port()}", "-c", "2", "-t", "1", "--retries",
                 "100", "--no-save", "-o", str(path), *ASK],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            self.assertIn("2 requests", process.stderr.readline())
            try:
                process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=LIMIT_S)
            self.assertEqual(process.returncode, 143, errors)
            self.assertEqual(path.read_text(encoding="utf-8").count('"attempt"'), 2)


class Reconnected(unittest.TestCase):
    def test_a_kept_connection_that_is_dead(self):
        """The server takes a second request on a connection and closes: libcurl asks again."""
        with Endpoint(lambda connection, request: None if request == 1 else answer()) as e:
            run = Run(e.url, "-c", "2", "-t", "4", "-p", "1", *ASK)
        marks = [r["reconnected"] for r in run.records]
        self.assertEqual(marks, [False] + [True] * 7)
        requests = run.result["requests"]
        self.assertEqual((requests["ok"], requests["failed"]), (1, 0))
        self.assertEqual((requests["reconnected"], requests["retried"]), (7, 0))
        self.assertEqual(run.result["metrics"]["ttft"]["n"], 1)
        self.assertEqual([r["attempt"] for r in run.records], [1] * 8)

    def test_closed_before_anything_was_sent(self):
        """Nothing was sent twice: a new connection like the first, in the statistics, and said."""
        def behave(connection, request):
            return [answer(), 0.02, None]
        with Endpoint(behave) as e:
            run = Run(e.url, "-c", "4", "-t", "3", "-p", "1", "--model", "m", "--context", "8192",
                      "--exit-zero", "--min-delay", "200ms", "--max-delay", "250ms")
            self.assertEqual(len(e.heard), 12)
        requests = run.result["requests"]
        self.assertEqual((requests["ok"], requests["failed"], requests["reconnected"]), (12, 0, 0))
        self.assertEqual(run.result["metrics"]["ttft"]["n"], 12)
        self.assertEqual({r["reused"] for r in run.records}, {False})
        self.assertTrue(all(r["connect_ms"] > 0 for r in run.records))
        said = {w["code"]: w["text"] for w in run.result["warnings"]}
        self.assertIn("8 of 8 later requests opened a new one", said["idle_closed"])

    def test_kept_connections_are_not_called_closed(self):
        with Endpoint(lambda connection, request: answer()) as e:
            kept = Run(e.url, "-c", "4", "-t", "3", "-p", "2", *ASK)
            new = Run(e.url, "-c", "4", "-t", "3", "-p", "2", "--connections", "new", *ASK)
        for run in (kept, new):
            self.assertNotIn("idle_closed", [w["code"] for w in run.result["warnings"]])

    def test_by_name(self):
        """What resolves the name is no kept connection."""
        with Endpoint(lambda connection, request: answer()) as e:
            run = Run(f"http://localhost:{e.port}", "-c", "4", "-t", "2", "-p", "2", *ASK)
        self.assertEqual(run.result["requests"]["reconnected"], 0)
        self.assertEqual(run.result["requests"]["ok"], 8)

    def test_one_for_each_request(self):
        with Endpoint(lambda connection, request: answer()) as e:
            run = Run(e.url, "-c", "4", "-t", "2", "--connections", "new", *ASK)
        self.assertEqual(run.result["requests"]["reconnected"], 0)

    def test_failed_in_the_end(self):
        """A second time, on its new connection, it fails: a failure, not only a reconnection."""
        def behave(connection, request):
            return answer() if connection == 0 and request == 0 else None
        with Endpoint(behave) as e:
            run = Run(e.url, "-c", "1", "-t", "2", "-p", "1", *ASK)
        requests = run.result["requests"]
        self.assertEqual((requests["ok"], requests["failed"], requests["reconnected"]), (1, 1, 0))


if __name__ == "__main__":
    unittest.main()
