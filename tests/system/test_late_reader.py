#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# ctest: serial
"""A client that was stopped while an answer came reads many segments at once. The first token is in
the last of them: its time must never be that of bytes before it."""

import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from scripted import LIMIT_S, STREAM_HEAD, Endpoint, chunk, coded
from simulator import BIN

BEFORE_S, AFTER_S = 0.3, 0.2  # of silence, around the tokens


def slowly(pieces):
    """Each a segment of its own; the kernel merges the first 17 of a queue."""
    for piece in pieces:
        yield piece
        yield 0.002


def stop(process):
    """Returns when every thread of it has stopped."""
    process.send_signal(signal.SIGSTOP)
    tasks = f"/proc/{process.pid}/task"
    while not all(state(f"{tasks}/{task}/stat") == "T" for task in os.listdir(tasks)):
        time.sleep(0.001)


def state(path):
    with open(path, encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


class LateReader(unittest.TestCase):
    def ttft_ms(self, before):
        """What the client says and what was: the tokens come after the pieces of `before`."""
        started, true = [], []

        def behave(_connection, _request):
            asked = time.monotonic()
            time.sleep(0.02)  # let it wait for the answer; where it does not yet, check() repeats
            stop(started[0])
            yield from slowly(before)
            yield BEFORE_S
            true.append((time.monotonic() - asked) * 1000)
            yield b"".join([coded(chunk({"content": "word"})) * 2, coded(chunk({}, "stop")),
                            coded("data: [DONE]\n\n"), b"0\r\n\r\n"])
            yield AFTER_S
            started[0].send_signal(signal.SIGCONT)

        with Endpoint(behave) as endpoint, tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "r.ndjson")
            started.append(subprocess.Popen(
                [BIN, "run", endpoint.url, "--no-save", "--exit-zero", "-q", "--model", "m", "-c",
                 "1", "-t", "1", "-p", "1", "--max-delay", "0", "--min-delay", "0", "-o", path]))
            self.assertEqual(started[0].wait(LIMIT_S), 0)
            with open(path, encoding="utf-8") as file:
                record = [r for r in map(json.loads, file) if "turn" in r][0]
        self.assertIsNone(record["error"])
        waited = record["sent_ms"] - record["start_ms"] < BEFORE_S * 1000
        return record["ttft_ms"], true[0], waited

    def check(self, before, stamped):
        for _ in range(5):
            measured, true, waited = self.ttft_ms(before)
            if waited:
                break
            # Stopped while it still sent: then the read is of the same call, and has no stamp.
        self.assertGreater(measured, true - 5, "earlier than it was sent")
        if stamped:
            self.assertLess(measured, true + AFTER_S * 1000 / 2, "of the read, not of the kernel")

    def test_little_before_the_tokens(self):
        self.check([STREAM_HEAD + b"\r\n"] + [coded(": wait\n\n")] * 5, True)

    def test_many_segments_before_the_tokens(self):
        self.check([STREAM_HEAD + b"\r\n"] + [coded(": wait\n\n")] * 30, True)

    def test_a_head_of_more_than_one_read(self):
        fields = [f"X-{i:02}: {'y' * 190}\r\n".encode() for i in range(30)]
        self.check([STREAM_HEAD, *fields, b"\r\n"], False)


if __name__ == "__main__":
    unittest.main()
