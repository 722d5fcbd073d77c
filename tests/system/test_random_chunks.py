#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""However an answer is cut into chunks, and chunks into segments, it is the same answer.

A server of the test's own plays answers of random tokens in random cuts with random pauses. What
arrived comes back to it as the history of the next turn, byte for byte; tokens are counted against
its usage. CHUNK_SEED plays one seed again.
"""

import asyncio
import json
import os
import random
import tempfile
import unittest
from pathlib import Path

BIN = os.environ.get("LITEBENCH_BIN", "litebench")
SEEDS = [int(os.environ["CHUNK_SEED"])] if "CHUNK_SEED" in os.environ else [1, 2, 3]
CONVERSATIONS, TURNS, LIMIT_S = 40, 4, 100
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


class Endpoint:
    """Remembers what it answered, and compares it with the history that comes back."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.answers, self.faults = {}, []

    def check(self, messages):
        """The conversation that these belong to."""
        first = next(m["content"] for m in messages if m["role"] == "user")
        back = [m["content"] for m in messages if m["role"] == "assistant"]
        if back != self.answers.setdefault(first, []):
            self.faults.append(f"turn {len(back) + 1}: the history differs from the answers")
        return first

    async def serve(self, reader, writer):
        rng = random.Random(self.rng.random())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"POST"): # what models are there
                    writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
                    continue
                size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = json.loads(await reader.readexactly(size))
                first, tokens = self.check(body["messages"]), tokens_of(rng)
                self.answers[first].append("".join(tokens))
                await self.answer(writer, chunked(events_of(tokens, rng), rng), rng)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    @staticmethod
    async def answer(writer, body, rng):
        raw = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               b"Transfer-Encoding: chunked\r\n\r\n" + body)
        sizes = rng.choice([[len(raw)], SEGMENTS, range(1, 700)])
        for piece in cut(raw, sizes, rng):
            writer.write(piece)
            await asyncio.sleep(rng.choice([0, 0, rng.random() * 0.003]))
        await writer.drain()


async def play(seed, path):
    """Records of a run, and what the endpoint had to object to."""
    endpoint = Endpoint(seed)
    server = await asyncio.start_server(endpoint.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        BIN, "run", f"http://127.0.0.1:{port}/v1", "--model", "m", "--no-save", "--quiet",
        "--exit-zero", "--max-tokens", "700", "-c", str(CONVERSATIONS), "-t", str(TURNS),
        "-p", "16", "--min-delay", "0", "--max-delay", "0", "--timeout", "30s", "-o", path,
        stdout=asyncio.subprocess.DEVNULL)
    await asyncio.wait_for(process.wait(), LIMIT_S)
    server.close()
    lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if "turn" in line], endpoint.faults


class RandomChunks(unittest.TestCase):
    def test_the_same_answer_however_it_is_cut(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as folder:
                records, faults = asyncio.run(play(seed, os.path.join(folder, "r.ndjson")))
                self.assertEqual(faults, [])
                self.assertEqual([r["error_text"] for r in records if r["error"]], [])
                self.assertEqual(len(records), CONVERSATIONS * TURNS)
                self.assertEqual([r["chunks"] for r in records],
                                 [r["completion_tokens"] for r in records])
                self.assertEqual({r["finish_reason"] for r in records}, {"stop"})


if __name__ == "__main__":
    unittest.main()
