# SPDX-License-Identifier: Apache-2.0
"""A raw TCP player of the cases in tests/corpus (its README.md defines the format)."""

import gzip
import json
import random
import re
import socket
import struct
import threading
import time
import zlib

from listener import Listener

ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([nrt\\]))")
PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}
EOL = {"lf": b"\n", "cr": b"\r", "crlf": b"\r\n"}
SHORT = 1600  # bytes that are sent one by one
WAIT_S = 30


def unescape(text):
    return ESCAPE.sub(lambda m: bytes([int(m[1], 16)]) if m[1] else PLAIN[m[2]], text.encode())


class Case:
    """What one server sends, as pieces with the pause before each, and what must come out."""

    def __init__(self, path):
        self.name = path.stem
        self.http, self.framing, self.end, self.eol = "HTTP/1.1 200 OK", "chunked", None, b"\n"
        self.headers, self.options, self.notes, self.expect = [], [], [], {}
        self.gzip = False
        self.pieces = []  # (seconds, bytes)
        self._pause, self._bytes = 0.0, []
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line and not line.startswith("#"):
                self._line(*line.split(" ", 1) if " " in line else (line, ""))
        self._flush()

    def _flush(self):
        data = b"".join(self._bytes)
        if data:
            self.pieces.append((self._pause, data))
            self._pause, self._bytes = 0.0, []

    def _line(self, key, value):
        if key == ">":
            self._bytes.append(value.encode() + self.eol)
        elif key == "+":
            self._bytes.append(unescape(value))
        elif key == "repeat":
            times, text = value.split(" ", 1)
            self._bytes.append(unescape(text) * int(times))
        elif key == "pause":
            self._flush()
            self._pause += int(value.removesuffix("ms")) / 1000
        elif key == "eol":
            self.eol = EOL[value]
        elif key == "encoding":
            self.gzip = True
        elif key == "header":
            self.headers.append(value)
        elif key == "option":
            self.options += value.split(" ")
        elif key == "note":
            self.notes.append(value.split(" ", 1))
        elif key in ("http", "framing", "end"):
            setattr(self, key, value)
        else:
            self.expect[key] = value

    def _body(self):
        if not self.gzip:
            return list(self.pieces)
        packer = zlib.compressobj(wbits=31)
        out = [(pause, packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))
               for pause, data in self.pieces]
        out[-1] = (out[-1][0], out[-1][1] + packer.flush())
        assert gzip.decompress(b"".join(data for _, data in out))
        return out

    def _head(self, body):
        lines = [self.http, *self.headers]
        if not any(h.lower().startswith("content-type:") for h in self.headers):
            lines.append("Content-Type: text/event-stream")
        lines = [line for line in lines if line.lower() != "content-type:"]
        if self.gzip:
            lines.append("Content-Encoding: gzip")
        if self.framing == "chunked":
            lines.append("Transfer-Encoding: chunked")
        if self.framing == "length":
            missing = 64 if self.end else 0
            lines.append(f"Content-Length: {sum(len(d) for _, d in body) + missing}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def wire(self):
        """[(seconds, bytes)] as they go over the wire."""
        if self.framing == "raw":
            return list(self.pieces)
        body = self._body()
        out = [(0.0, self._head(body))]
        for pause, data in body:
            if self.framing == "chunked":
                data = b"%x\r\n%b\r\n" % (len(data), data)
            out.append((pause, data))
        if self.framing == "chunked" and not self.end:
            out.append((0.0, b"0\r\n\r\n"))
        return out

    def closes(self):
        """Does the connection end with the response?"""
        return self.framing in ("raw", "close") or self.end in ("close", "reset")


def variants(case, count):
    """How the bytes are cut, one description for each of `count` requests: the first is whole."""
    total = sum(len(data) for _, data in case.wire())
    dice = random.Random(case.name)
    out = ["whole"]
    if total <= SHORT:
        out.append("bytes")
    while len(out) < count:
        out.append(dice.randrange(1, max(2, total)))
    return out


def cut(wire, how):
    if how == "whole":
        return wire
    if how == "bytes":
        return [(pause if i == 0 else 0.0, data[i:i + 1]) for pause, data in wire
                for i in range(len(data))]
    out, at = [], 0
    for pause, data in wire:
        if at < how < at + len(data):
            out += [(pause, data[:how - at]), (0.004, data[how - at:])]
        else:
            out.append((pause, data))
        at += len(data)
    return out


class Player(Listener):
    """Serves one case on a port of its own; request k is cut in the k-th way. `slow` times as long
    are the pauses."""

    def __init__(self, case, count, slow=1):
        self.case, self.variants, self.slow = case, variants(case, count), slow
        self.served = 0
        self.lock = threading.Lock()
        self.over = threading.Event()
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def __exit__(self, *unused):
        self.over.set()
        super().__exit__()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(WAIT_S)
        try:
            with connection, connection.makefile("rb") as lines:
                while self._serve(connection, lines):
                    pass
        except OSError:
            pass  # the client has had enough

    def _serve(self, connection, lines):
        first = lines.readline()
        if not first:
            return False
        length = 0
        while (line := lines.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        lines.read(length)
        if b"/models" in first:
            body = json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}).encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            return True
        with self.lock:
            how = self.variants[self.served % len(self.variants)]
            self.served += 1
        for pause, data in cut(self.case.wire(), how):
            if pause:
                time.sleep(pause * self.slow)
            connection.sendall(data)
        if self.case.end == "silent":
            self.over.wait(WAIT_S)
        if self.case.end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # What was sent must be read before the reset throws it away.
            time.sleep(0.05)
        elif self.case.closes():
            # Closing with unread input would reset: there is none, the request was read whole.
            connection.shutdown(socket.SHUT_WR)
        return not self.case.closes() and self.case.end is None
