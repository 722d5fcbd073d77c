#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# ctest: serial
"""What came is acknowledged at once. Bytes that a client leaves in the queue are acknowledged after
40 ms, and a server whose kernel gathers small packets (Nagle) sends the next token only then."""

import fcntl
import statistics
import struct
import subprocess
import termios
import time
import unittest

from scripted import LIMIT_S, STREAM_HEAD, Endpoint, chunk, coded
from simulator import BIN

TOKENS = 40
DELAYED_S = 0.04


class Acknowledged(unittest.TestCase):
    def waits(self, pieces):
        """How long each piece but the first stayed unacknowledged, in seconds."""
        waits = []

        def unacknowledged(peer):
            return struct.unpack("i", fcntl.ioctl(peer, termios.TIOCOUTQ, b"\0" * 4))[0]

        def send(peer, piece):
            peer.sendall(piece)
            sent = time.monotonic()
            while unacknowledged(peer) > 0 and time.monotonic() - sent < LIMIT_S:
                time.sleep(0.0005)
            return time.monotonic() - sent

        class Watched(Endpoint):
            def serve(self, peer, number):
                with peer:
                    while self.read(peer)[0] is not None:
                        waits.extend([send(peer, piece) for piece in pieces][1:])

        with Watched(None) as endpoint:
            done = subprocess.run(
                [BIN, "run", endpoint.url, "--no-save", "-q", "--model", "m", "--exit-zero", "-c",
                 "1", "-t", "1", "-p", "1", "--min-delay", "0", "--max-delay", "0"],
                capture_output=True, text=True, timeout=LIMIT_S, check=False)
            self.assertIn("0 of 1 answers failed", done.stdout, done.stdout + done.stderr)
        return waits

    def check(self, pieces):
        end = [coded(chunk({}, "stop")) + coded("data: [DONE]\n\n") + b"0\r\n\r\n"]
        waits = self.waits([STREAM_HEAD + b"\r\n", *pieces, *end])
        self.assertGreaterEqual(len(waits), TOKENS)
        self.assertLess(statistics.median(waits), DELAYED_S / 2)

    def test_a_chunk_a_segment(self):
        self.check([coded(chunk({"content": "word "}))] * TOKENS)

    def test_the_line_end_later(self):
        token = coded(chunk({"content": "word "}))
        self.check([token[:-2], token[-2:]] * TOKENS)

    def test_the_first_one_in_two(self):
        token = coded(chunk({"content": "word "}))
        self.check([token[:60], token[60:]] + [token] * TOKENS)

    def test_every_one_in_two(self):
        token = coded(chunk({"content": "word "}))
        self.check([token[:-60], *[token[-60:] + token[:-60]] * TOKENS, token[-60:]])


if __name__ == "__main__":
    unittest.main()
