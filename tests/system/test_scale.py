#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many requests and many threads: memory that does not grow beyond the exact limit, results that
say so, and the same content for any number of threads."""

import json
import os
import subprocess
import tempfile
import unittest

from scripted import Endpoint, answer
from simulator import BIN, NO_THINKING, Run, Server

QUICK_ANSWER = ["--ttft", "5ms", "--itl", "1ms", "--tokens", "20"]
PLAN = ["-c", "4000", "-t", "10", "--users", "20", "-m", "5", "--exact-limit", "1000",
        "--context", "4096", "-q", *NO_THINKING]
# What a record says of its request and of the answer, but for when, by whom and under which id.
SAME = ("conversation", "turn", "document", "class", "model", "status", "error", "finish_reason",
        "chunks", "prompt_tokens", "completion_tokens", "cached_tokens", "attempt", "warmup")


class Limit(unittest.TestCase):
    @unittest.skipIf("LITEBENCH_SANITIZED" in os.environ, "a sanitizer keeps what was freed")
    def test_memory_is_flat_beyond_the_limit(self):
        least = {5000: [], 25000: []}
        with Server("--ttft", "0ms", "--itl", "0ms", "--tokens", "5", log=False) as server:
            # Finished requests wait in a queue while a busy machine has no time for the collector,
            # so one peak tells little: the least of a few is what the run needs.
            for attempt in range(4):
                for count, peaks in least.items():
                    peaks.append(self.peak_of(server.url, count))
                grown = min(least[25000]) - min(least[5000])
                if grown < 20000 * 100:
                    return
        self.fail(f"{grown} bytes more for 20,000 requests more: {least}")

    def peak_of(self, url, count):
        run = Run(url, *PLAN, "--max-requests", str(count))
        self.assertFalse(run.result["exact"])
        self.assertEqual(run.result["requests"]["ok"], count, run.stderr)
        self.assertEqual(len(run.records), count)  # the lines go on
        self.assertEqual(run.result["metrics"]["ttft"]["n"], count)
        self.assertIsNotNone(run.result["metrics"]["ttft"]["p95"]["high"])
        self.assertIn("not_exact", [w["code"] for w in run.result["warnings"]])
        return run.result["meter"]["peak_rss_bytes"]

    def test_a_report_from_the_records_is_the_same(self):
        with Server(*QUICK_ANSWER, log=False) as server, \
                tempfile.TemporaryDirectory() as folder:
            files = {name: os.path.join(folder, name) for name in ("a.json", "a.ndjson", "b.json")}
            subprocess.run([BIN, "run", server.url, "--no-save", "-q", "-c", "60", "-t", "4",
                            "--exact-limit", "50", "-p", "8", *NO_THINKING, "-o", files["a.json"],
                            "-o", files["a.ndjson"]], check=False, capture_output=True, timeout=60)
            subprocess.run([BIN, "report", files["a.ndjson"], "-q", "-o", files["b.json"]],
                           check=True, capture_output=True, timeout=60)
            with open(files["a.json"], encoding="utf-8") as one, \
                    open(files["b.json"], encoding="utf-8") as other:
                self.assertEqual(json.load(one), json.load(other))

    def test_what_needs_every_record_is_refused_before_the_run(self):
        with Server(*QUICK_ANSWER, log=False) as server:
            for options in (["-o", "csv:/dev/null"], ["--emit-block"]):
                run = Run(server.url, "-c", "30", "-t", "4", "--exact-limit", "100", *NO_THINKING,
                          *options, report=False)
                self.assertEqual(run.code, 2)
                self.assertIn("raise --exact-limit from 100 to 120", run.stderr)


class Threads(unittest.TestCase):
    def test_records_are_the_same_for_any_number_of_threads(self):
        seen = []
        with Server(*QUICK_ANSWER) as server:
            for threads in ("1", "2", "3"):
                run = Run(server.url, "-c", "30", "-t", "4", "-p", "9", "--threads", threads,
                          "--nonce", f"thread{threads}", "--warmup", "5", *NO_THINKING)
                self.assertEqual(run.result["meter"]["threads"], int(threads))
                self.assertEqual(run.result["requests"]["ok"], 120, run.stderr)
                ids = [r["response_id"] for r in run.records]
                self.assertEqual(len(set(ids)), 125)
                # Which warm-up finds the other's prefix cached is the server's own race.
                seen.append(sorted(json.dumps([r[key] for key in SAME if not r["warmup"] or
                                               key != "cached_tokens"]) for r in run.records))
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(seen[0], seen[2])
        self.assertTrue({r["response_id"] for r in server.log} >= set(ids))

    def test_bodies_are_the_same_for_any_number_of_threads(self):
        seen = []
        for threads in ("1", "3"):
            with Endpoint(lambda connection, request: [answer()]) as endpoint:
                run = Run(endpoint.url, "-c", "12", "-t", "3", "-p", "6", "--threads", threads,
                          "--nonce", "same", *NO_THINKING)
            self.assertEqual(run.result["requests"]["ok"], 36, run.stderr)
            seen.append(sorted(body for head, body in endpoint.heard if body))
        self.assertEqual(len(seen[0]), 36)
        self.assertEqual(seen[0], seen[1])


if __name__ == "__main__":
    unittest.main()
