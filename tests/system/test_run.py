#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# ctest: serial
"""`litebench run` from outside, against the simulated endpoint and against liars.

What a request took is compared with the endpoint's own log; times are judged loosely enough for a
busy machine, counts and tokens exactly.
"""

import http.server
import json
import os
import signal
import statistics
import subprocess
import tempfile
import threading
import unittest

from simulator import BIN, LIMIT_S, NO_THINKING, Run, Server

QUICK_ANSWER = ["--ttft", "5ms", "--itl", "1ms", "--tokens", "20"]


def errors_of_ttft(run, log):
    """Measured minus true time to first token, in ms, for each request of a run."""
    truth = {row["response_id"]: row for row in log}
    found = []
    for record in run.records:
        row = truth[record["response_id"]]
        true_ms = (int(row["first_token_ns"]) - int(row["arrived_ns"])) / 1e6
        found.append(record["ttft_ms"] - true_ms)
    return sorted(found)


class Truth(unittest.TestCase):
    def test_every_token_and_first_token_of_a_multi_turn_run(self):
        with Server("--ttft", "20ms", "--itl", "1ms", "--tokens", "50") as server:
            run = Run(server.url, "-c", "30", "-t", "10", "-p", "4", *NO_THINKING)
        self.assertEqual(run.result["requests"]["total"], 300, run.stderr)
        self.assertEqual(run.result["requests"]["ok"], 300)
        truth = {row["response_id"]: row for row in server.log}
        for record in run.records:
            row = truth[record["response_id"]]
            self.assertEqual(record["chunks"], int(row["tokens"]))
            self.assertEqual(record["completion_tokens"], int(row["tokens"]))
            self.assertEqual(record["prompt_tokens"], int(row["prompt_tokens"]))
            self.assertEqual(record["cached_tokens"], int(row["cached_tokens"]))
        errors = errors_of_ttft(run, server.log)
        self.assertLess(abs(statistics.median(errors)), 0.5)

    def test_the_clocks_of_a_request_are_in_order(self):
        with Server(*QUICK_ANSWER, "--reasoning", "5") as server:
            run = Run(server.url, "-c", "5", "-t", "3", *NO_THINKING)
        order = ["due_ms", "start_ms", "sent_ms", "first_byte_ms", "first_token_ms",
                 "first_answer_ms", "last_token_ms", "done_ms"]
        for record in run.records:
            clocks = [record[name] for name in order]
            self.assertEqual(clocks, sorted(clocks), record)
            self.assertLess(record["first_token_ms"], record["first_answer_ms"])

    def test_later_turns_meet_the_prefix_cache_and_the_nonce_keeps_runs_apart(self):
        with Server(*QUICK_ANSWER) as server:
            first = Run(server.url, "-c", "4", "-t", "3", *NO_THINKING)
            again = Run(server.url, "-c", "4", "-t", "3", *NO_THINKING)
            warm = Run(server.url, "-c", "4", "-t", "3", "--nonce", "same", *NO_THINKING)
            warmer = Run(server.url, "-c", "4", "-t", "3", "--nonce", "same", *NO_THINKING)
        for run in (first, again, warm):
            for record in run.records:
                if record["turn"] == 1:
                    self.assertLess(record["cached_tokens"], 64)
                else:
                    self.assertGreater(record["cached_tokens"], 0.8 * record["prompt_tokens"])
        for record in warmer.records:
            self.assertGreater(record["cached_tokens"], 0.8 * record["prompt_tokens"])
        self.assertEqual(first.result["workload"]["hash"], warm.result["workload"]["hash"])

    def test_what_is_sent_does_not_depend_on_threads_or_workers(self):
        seen = []
        with Server(*QUICK_ANSWER) as server:
            for options in (["-p", "1"], ["-p", "8"], ["-p", "8", "--threads", "2"],
                            ["--schedule", "users", "-p", "3"]):
                run = Run(server.url, "-c", "8", "-t", "3", "--nonce", "none", *NO_THINKING,
                          *options)
                self.assertEqual(run.result["requests"]["ok"], 24, run.stderr)
                seen.append(sorted((r["conversation"], r["turn"], r["document"],
                                    r["prompt_tokens"]) for r in run.records))
        for other in seen[1:]:
            self.assertEqual(seen[0], other)


class Ends(unittest.TestCase):
    def test_bounds(self):
        with Server(*QUICK_ANSWER) as server:
            some = Run(server.url, "-c", "10", "-t", "5", "--max-requests", "17", *NO_THINKING)
            short = Run(server.url, "-c", "50", "-t", "50", "--for", "1s", *NO_THINKING)
        self.assertEqual(some.result["requests"]["total"], 17)
        self.assertTrue(some.result["bounded"])
        self.assertTrue(short.result["bounded"])
        self.assertLess(short.result["requests"]["total"], 2500)

    def test_warmup_is_outside_and_before(self):
        with Server(*QUICK_ANSWER) as server:
            run = Run(server.url, "-c", "4", "-t", "2", "--warmup", "6", *NO_THINKING)
        warm = [r for r in run.records if r["warmup"]]
        self.assertEqual(len(warm), 6)
        self.assertTrue(all(r["done_ms"] <= 0 for r in warm))
        self.assertTrue(all(r["start_ms"] >= 0 for r in run.records if not r["warmup"]))
        self.assertEqual(run.result["requests"]["total"], 8)
        self.assertEqual(run.result["requests"]["warmup"], 6)

    def test_a_signal_keeps_every_finished_turn(self):
        for how, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(how=how), Server("--ttft", "20ms", "--tokens", "20") as server, \
                    tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "r.json")
                records = os.path.join(folder, "r.ndjson")
                process = subprocess.Popen(
                    [BIN, "run", server.url, "--no-save", "-c", "500", "-v", "-o", path, "-o",
                     records, *NO_THINKING], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    text=True)
                for line in process.stderr:  # one line per finished request
                    if "turn" in line and "3" in line:
                        break
                process.send_signal(how)
                process.communicate(timeout=LIMIT_S)
                self.assertEqual(process.returncode, code)
                with open(path, encoding="utf-8") as file:
                    result = json.load(file)
                self.assertTrue(result["partial"])
                with open(records, encoding="utf-8") as file:
                    lines = [json.loads(line) for line in file]
                self.assertTrue(lines[-1]["end"])
                done = [r for r in lines if "turn" in r and r["error"] != "cancelled"]
                self.assertEqual(len(done), result["requests"]["total"])

    def test_many_failures_end_the_run_early(self):
        with Server("--error-every", "1", "--error-status", "503") as server:
            run = Run(server.url, "-c", "400", "-t", "2", *NO_THINKING)
        self.assertLess(run.result["requests"]["total"], 60)
        self.assertEqual(run.status, "FAIL")

    def test_without_stream_options_where_they_are_refused(self):
        with Server(*QUICK_ANSWER, "--reject-stream-options") as server:
            run = Run(server.url, "-c", "3", "-t", "2", *NO_THINKING)
        self.assertEqual(run.result["requests"]["ok"], 6, run.stderr)
        self.assertEqual(run.result["requests"]["total"], 6)

    def test_connection_policies(self):
        with Server(*QUICK_ANSWER) as server:
            for policy, least, most in (("new", 12, 12), ("reuse", 1, 4), ("user", 1, 4)):
                run = Run(server.url, "-c", "4", "-t", "3", "-p", "4", "--connections", policy,
                          *NO_THINKING)
                self.assertEqual(run.result["requests"]["ok"], 12, run.stderr)
                fresh = sum(1 for r in run.records if not r["reused"])
                self.assertTrue(least <= fresh <= most, (policy, fresh))


class Liar(http.server.BaseHTTPRequestHandler):
    """Answers as server.answer(n) says: a status, or the lines of a stream."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.count += 1
            answer = self.server.answer(self.server.count)
        body, status = answer if isinstance(answer, tuple) else (answer, 200)
        kind = "text/event-stream" if status == 200 else "application/json"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *unused):
        pass


def stream(*contents, finish="stop"):
    chunks = [{"choices": [{"index": 0, "delta": {"content": c}}]} for c in contents]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    return b"".join(b"data: " + json.dumps(c).encode() + b"\n\n" for c in chunks) + \
        b"data: [DONE]\n\n"


class Lies(unittest.TestCase):
    """The answers that the script before this tool called a success."""

    def run_against(self, answer, *options):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
        server.daemon_threads = True
        server.count, server.answer, server.lock = 0, answer, threading.Lock()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "user.yaml")
                run = Run(f"http://127.0.0.1:{server.server_port}/v1", "--model", "m",
                          "--abort-errors", "100%", "-o", f"user-data:{path}", *NO_THINKING,
                          *options)
                with open(path, encoding="utf-8") as file:
                    run.user_data = file.read()
                return run
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def test_429_to_everything(self):
        refusal = json.dumps({"error": {"message": "slow down", "code": 429}}).encode()
        run = self.run_against(lambda n: (refusal, 429), "-c", "11", "-t", "10")
        self.assertEqual(run.status, "FAIL")
        self.assertEqual(run.code, 1)
        self.assertEqual(run.result["requests"]["errors"]["rate_limit"],
                         run.result["requests"]["total"])
        self.assertIn('litemaas_benchmark_status: "FAIL ✗"', run.user_data)

    def test_109_of_110_with_errors(self):
        refusal = json.dumps({"error": {"message": "boom"}}).encode()
        run = self.run_against(
            lambda n: stream("a", "b") if n == 57 else (refusal, 500), "-c", "110", "-t", "1")
        self.assertEqual((run.status, run.code), ("FAIL", 1))
        self.assertEqual(run.result["requests"]["failed"], 109)
        self.assertEqual(run.result["requests"]["ok"], 1)
        self.assertIn('litemaas_benchmark_status: "FAIL ✗"', run.user_data)

    def test_streams_without_a_token(self):
        run = self.run_against(lambda n: stream(None, None), "-c", "20", "-t", "2")
        self.assertEqual((run.status, run.code), ("FAIL", 1))
        self.assertEqual(run.result["requests"]["errors"]["no_token"], 20)
        self.assertIn('litemaas_benchmark_status: "FAIL ✗"', run.user_data)


class OldCommandLine(unittest.TestCase):
    def test_works_unchanged(self):
        with Server(*QUICK_ANSWER) as server, tempfile.TemporaryDirectory() as docs:
            with open(os.path.join(docs, "a.md"), "w", encoding="utf-8") as file:
                file.write("# Notes\n\n" + "The kiln is fired twice a week. " * 100)
            done = subprocess.run(
                [BIN, server.url, "--conversations", "3", "--turns", "2", "--parallel", "2",
                 "--max-tokens", "50", "--min-delay", "0.0", "--max-delay", "0.01", "--timeout",
                 "120", "--seed-documents", docs, "-v"],
                capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertIn(done.returncode, (0, 5), done.stderr)  # 6 requests decide little
        self.assertIn("6", done.stdout)


class Verdicts(unittest.TestCase):
    """The default run against a healthy, a slow and a very slow endpoint."""

    def verdict(self, ttft):
        """A machine that starves the client makes a run INVALID, and rightly so: try again."""
        for _ in range(3):
            with Server("--ttft", ttft, "--itl", "1ms", "--tokens", "4") as server:
                run = Run(server.url, "-p", "40", *NO_THINKING)
            if "the meter itself was late" not in run.stdout:
                break
        return run

    def test_words(self):
        for ttft, status, code in (("100ms", "PASS", 0), ("700ms", "WARN", 1), ("2s", "FAIL", 1)):
            run = self.verdict(ttft)
            self.assertEqual((run.status, run.code), (status, code), run.stdout)
            self.assertEqual(run.result["requests"]["total"], 400)


if __name__ == "__main__":
    unittest.main()
