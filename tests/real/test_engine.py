#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# ctest: serial
"""litebench against llama.cpp: do the numbers agree with what the engine says of itself?

The engine's own words are read by this file alone, from the bytes that a relay kept and from its
metrics, never through litebench's parser.
"""

import json
import re
import statistics
import unittest

import packages
import services

SLOTS = 4
TURNS = 3
SMALL = ["--conversations", str(SLOTS), "--workers", str(SLOTS), "--doc-bytes", "800",
         "--timeout", "300s", "--stall-timeout", "120s", "--fail-on", "none"]
QUICK = [*SMALL, "--turns", "1", "--max-tokens", "4", "--min-delay", "0", "--max-delay", "0"]
# Words that all prompts begin with: the model's own system prompt and the start of the user's.
COMMON_TOKENS = 60


def unchunk(body):
    """The payload of a chunked body."""
    out = bytearray()
    while body:
        size, _, rest = body.partition(b"\r\n")
        size = int(size, 16)
        out += rest[:size]
        if size == 0:
            break
        body = rest[size + 2:]
    return bytes(out)


def engine_says(answers):
    """What the engine reported, by response id: its usage and its timings."""
    said = {}
    for connection in answers:
        for answer in re.split(rb"(?=HTTP/1\.1 \d\d\d )", bytes(connection)):
            head, _, body = answer.partition(b"\r\n\r\n")
            if b"text/event-stream" not in head:
                continue
            for line in unchunk(body).decode().splitlines():
                if line.startswith("data: {"):
                    event = json.loads(line[len("data: "):])
                    if event.get("usage"):
                        said[event["id"]] = event
    return said


def counter(port, name):
    for line in services.get(port, "/metrics")[1].splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(f"no {name} in the engine's metrics")


class EngineTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = services.engine(SLOTS, 2048)
        cls.addClassCleanup(cls.engine.stop)
        relay = services.Relay(cls.engine.port)
        cls.addClassCleanup(relay.__exit__)
        before = counter(cls.engine.port, "llamacpp:tokens_predicted_total")
        cls.held = services.Run(relay.url, *SMALL, "--turns", str(TURNS), "--max-tokens", "12",
                               "--min-delay", "100ms", "--max-delay", "200ms")
        after = counter(cls.engine.port, "llamacpp:tokens_predicted_total")
        cls.predicted = after - before
        cls.said = engine_says(relay.answers)

    def records(self, run):
        self.assertTrue(run.records, run)
        return run.records

    def test_every_request_succeeds(self):
        records = self.records(self.held)
        self.assertEqual(len(records), SLOTS * TURNS, self.held)
        self.assertEqual([r["error_text"] for r in records if r["error"]], [])
        for record in records:
            self.assertEqual(record["answered_by"], services.ENGINE_MODEL)
            self.assertIn(record["finish_reason"], ("stop", "length"))

    def test_token_counts_are_the_engines_own(self):
        records = self.records(self.held)
        self.assertEqual({r["response_id"] for r in records}, set(self.said))
        for record in records:
            usage = self.said[record["response_id"]]["usage"]
            timings = self.said[record["response_id"]]["timings"]
            self.assertEqual(record["completion_tokens"], usage["completion_tokens"])
            self.assertEqual(record["completion_tokens"], timings["predicted_n"])
            self.assertEqual(record["prompt_tokens"], timings["prompt_n"] + timings["cache_n"])
            self.assertEqual(record["cached_tokens"], timings["cache_n"])
        self.assertEqual(sum(r["completion_tokens"] for r in records), self.predicted)

    def test_clocks_agree_with_the_engines(self):
        """The engine's own prefill and decoding times are lower bounds of what a client sees."""
        for record in self.records(self.held):
            timings = self.said[record["response_id"]]["timings"]
            self.assertGreaterEqual(record["ttft_ms"] + 1, timings["prompt_ms"])
            self.assertLessEqual(record["sent_ms"], record["first_byte_ms"])
            self.assertLessEqual(record["first_byte_ms"], record["first_token_ms"])
            self.assertLessEqual(record["first_token_ms"], record["last_token_ms"])
            self.assertLessEqual(record["last_token_ms"], record["done_ms"])

    def test_later_turns_are_cached_and_faster(self):
        turns = {turn: [r for r in self.records(self.held) if r["turn"] == turn]
                 for turn in range(1, TURNS + 1)}
        first = statistics.median(r["ttft_ms"] for r in turns[1])
        for turn in range(2, TURNS + 1):
            self.assertTrue(all(r["cached_tokens"] > 0 for r in turns[turn]), turns[turn])
            self.assertLess(statistics.median(r["ttft_ms"] for r in turns[turn]), first)
        by_turn = {t["turn"]: t for t in self.held.result["by_turn"]}
        self.assertGreater(by_turn[2]["cached_share"], 0.5)
        self.assertLess(by_turn[1]["cached_share"], 0.5)

    def test_same_seed_again_is_cold(self):
        again = services.Run(self.engine.url, *QUICK)
        for record in self.records(again):
            self.assertLess(record["cached_tokens"], COMMON_TOKENS)
            self.assertGreater(record["prompt_tokens"], 3 * COMMON_TOKENS)

    def test_same_nonce_again_is_warm(self):
        cold = services.Run(self.engine.url, *QUICK, "--nonce", "the-same")
        warm = services.Run(self.engine.url, *QUICK, "--nonce", "the-same")
        for record in self.records(cold):
            self.assertLess(record["cached_tokens"], COMMON_TOKENS)
        for record in self.records(warm):
            self.assertGreater(record["cached_tokens"], record["prompt_tokens"] // 2)

    def test_connections_closed_by_the_engine_are_no_errors(self):
        """llama.cpp announces keep-alive, then closes after a stream: a race when nobody thinks."""
        run = services.Run(self.engine.url, *SMALL, "--turns", "4", "--max-tokens", "2",
                           "--doc-bytes", "300", "--min-delay", "0", "--max-delay", "0")
        records = self.records(run)
        self.assertEqual(len(records), SLOTS * 4)
        self.assertEqual([r["error_text"] for r in records if r["error"]], [])

    def test_too_long_a_conversation_is_said_in_words(self):
        run = services.Run(self.engine.url, *QUICK, "--context", "8000", "--doc-bytes", "16000")
        self.assertEqual(run.errors(), {"context_length": SLOTS}, run)


if __name__ == "__main__":
    try:
        packages.environment(packages.ENGINE)
    except packages.Unavailable as reason:
        packages.skip(reason)
    unittest.main(verbosity=2)
