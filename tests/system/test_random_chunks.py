#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""However an answer is cut into chunks, and chunks into segments, it is the same answer.

An endpoint plays answers of random tokens in random cuts with random pauses. What arrived comes
back to it as the history of the next turn, byte for byte; tokens are counted against its usage.
CHUNK_SEED plays one seed again.
"""

import json
import os
import random
import unittest

from scripted import STREAM_HEAD, Endpoint
from simulator import NO_THINKING, Run

SEEDS = [int(os.environ["CHUNK_SEED"])] if "CHUNK_SEED" in os.environ else [1, 2, 3]
CONVERSATIONS, TURNS = 40, 4
WORDS = [" word", "x", " \u00e9t\u00e9", "\n", '"q"', "\\b", " \U0001f600"]
LENGTHS = [1, 2, 5, 40, 200, 600]                       # of an answer, in tokens
CHUNKS = [1, 3, 17, 200, 240, 600, 4096, 4097, 9000, 70000]
SEGMENTS = [1, 50, 236, 300, 1000, 5000]


def tokens_of(rng):
    """The texts of one answer; now and then a very long one."""
    return ["y" * rng.choice([50, 700, 5000]) if rng.random() < 0.01 else rng.choice(WORDS)
            for _ in range(rng.choice(LENGTHS))]


def events_of(tokens, rng):
    """The stream that brings them."""
    base = {"id": f"c{rng.randrange(10**9)}", "object": "chat.completion.chunk", "model": "m"}
    ascii_only = rng.random() < 0.5

    def event(**more):
        text = json.dumps({**base, **more}, ensure_ascii=ascii_only, separators=(",", ":"))
        return f"data: {text}\n\n".encode()

    def delta(reason=None, **what):
        return event(choices=[{"index": 0, "delta": what, "finish_reason": reason}])

    usage = {"prompt_tokens": 5, "completion_tokens": len(tokens)}
    return [delta(role="assistant", content=""), *(delta(content=text) for text in tokens),
            delta("stop"), event(choices=[], usage=usage), b"data: [DONE]\n\n"]


def cut(data, sizes, rng):
    """The bytes in pieces of random sizes of those."""
    at = 0
    while at < len(data):
        size = rng.choice(sizes)
        yield data[at:at + size]
        at += size


def chunked(events, rng):
    """As a body of chunks: one an event, or cut anywhere; spelt in all allowed ways."""
    data = b"".join(events)
    pieces = rng.choice([lambda: events, lambda: [data], lambda: cut(data, CHUNKS, rng),
                         lambda: cut(data[:20000], [1], rng),
                         lambda: cut(data, range(1, 500), rng)])
    parts, sent = [], 0
    for piece in pieces():
        size = f"{len(piece):x}"
        size = rng.choice([size] * 8 + [size.upper(), "000" + size, size + ";ext=1"])
        parts.append(size.encode() + b"\r\n" + piece + b"\r\n")
        sent += len(piece)
    if sent < len(data):
        parts.append(b"%x\r\n" % (len(data) - sent) + data[sent:] + b"\r\n")
    return b"".join(parts) + rng.choice([b"0\r\n\r\n", b"0\r\nX-Trailer: 1\r\n\r\n"])


class Cutter(Endpoint):
    """Remembers what it answered, and compares it with the history that comes back."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.answers, self.faults = {}, []
        super().__init__(None)

    def said(self, number, request, body):
        messages = json.loads(body)["messages"]
        first = next(m["content"] for m in messages if m["role"] == "user")
        back = [m["content"] for m in messages if m["role"] == "assistant"]
        with self.lock:
            rng = random.Random(self.rng.random())
            before = self.answers.setdefault(first, [])
            if back != before:
                self.faults.append(f"turn {len(back) + 1}: the history differs from the answers")
            tokens = tokens_of(rng)
            before.append("".join(tokens))
        return self.pieces(chunked(events_of(tokens, rng), rng), rng)

    @staticmethod
    def pieces(body, rng):
        """The answer in segments, and pauses between them."""
        raw = STREAM_HEAD + b"\r\n" + body
        for piece in cut(raw, rng.choice([[len(raw)], SEGMENTS, range(1, 700)]), rng):
            yield piece
            yield rng.choice([0, 0, rng.random() * 0.003])


class RandomChunks(unittest.TestCase):
    def test_the_same_answer_however_it_is_cut(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), Cutter(seed) as endpoint:
                run = Run(endpoint.url, "--model", "m", "--exit-zero", "--max-tokens", "700",
                          "-c", str(CONVERSATIONS), "-t", str(TURNS), "-p", "16", *NO_THINKING,
                          "--timeout", "30s")
                self.assertEqual(endpoint.faults, [])
                self.assertEqual([r["error_text"] for r in run.records if r["error"]], [])
                self.assertEqual(len(run.records), CONVERSATIONS * TURNS)
                self.assertEqual([r["chunks"] for r in run.records],
                                 [r["completion_tokens"] for r in run.records])
                self.assertEqual({r["finish_reason"] for r in run.records}, {"stop"})


class Zeros(Cutter):
    """Much at once, in chunks of 15 bytes: a buffer of 65536 holds one byte more than a multiple of
    that, the 0 that a size begins with, and that could be the size of the last chunk."""

    def said(self, number, request, _body):
        events = b"".join(events_of([" word"] * 4000, self.rng))
        pieces = [events[at:at + 7] for at in range(0, len(events), 7)]
        return (STREAM_HEAD + b"\r\n"
                + b"".join(b"%04x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
                + b"0\r\n\r\n")


class FullBuffers(unittest.TestCase):
    def test_they_end_in_a_zero(self):
        with Zeros(1) as endpoint:
            run = Run(endpoint.url, "--model", "m", "--exit-zero", "--max-tokens", "5000",
                      "-c", "8", "-t", "1", "-p", "2", *NO_THINKING, "--timeout", "20s")
        self.assertEqual([r["error_text"] for r in run.records if r["error"]], [])
        self.assertEqual([r["chunks"] for r in run.records], [4000] * 8)


if __name__ == "__main__":
    unittest.main()
