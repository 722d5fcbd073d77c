#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Chats over cleartext HTTP/1.1 go over bare sockets, all others over libcurl: both must make the
same of a server. Each server here is asked both ways; a header that libcurl has an opinion on
takes the request to it."""

import gzip
import json
import socket
import struct
import threading
import time
import unittest
import zlib

from listener import Listener
from scripted import STREAM_HEAD, Endpoint, answer, chunk, coded, reply
from simulator import NO_THINKING, Run

ASK = ["--model", "m", "--context", "8192", "--exit-zero", "--no-progress", *NO_THINKING]
LIBCURL = ["-H", "Accept-Encoding: identity"]
BODY = chunk({"content": "word"}) + chunk({}, "stop") + "data: [DONE]\n\n"
EVENTS = b"Content-Type: text/event-stream\r\n"


def framed(version, *lines, body=BODY):
    head = f"HTTP/{version} 200 OK\r\n".encode() + EVENTS
    return head + b"".join(line.encode() + b"\r\n" for line in lines) + b"\r\n" + body.encode()


def with_length(version, *lines, length=len(BODY)):
    return framed(version, f"Content-Length: {length}", *lines)


def cut(data, size):
    """Each piece in a segment of its own, if the client is quick."""
    return [piece for at in range(0, len(data), size) for piece in (data[at:at + size], 0.0005)]


STREAMED = STREAM_HEAD + b"\r\n" + coded(BODY)
TRAILED = STREAMED + b"0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"
WHOLE = STREAMED + b"0\r\n\r\n"

PACKED = gzip.compress(BODY.encode())
TWICE_PACKED = (b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate, gzip\r\n" + EVENTS +
                b"Connection: close\r\n\r\n" + gzip.compress(zlib.compress(BODY.encode())))

# What a server says to each request of two turns.
SERVERS = {
    "chunked": WHOLE,
    "trailers": TRAILED,
    "a length": with_length("1.1"),
    "up to the close": [framed("1.1"), None],
    "1.0, closed": [framed("1.0"), None],
    "1.0, kept": with_length("1.0", "Connection: keep-alive"),
    "closed, as said": [with_length("1.1", "Connection: close"), None],
    "closed, in spite of what was said": [with_length("1.1"), 0.02, None],
    "a hint before": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + WHOLE,
    "two hints before": b"HTTP/1.1 100 Continue\r\n\r\n" * 2 + WHOLE,
    "newlines alone": WHOLE.replace(b"\r\n", b"\n", 4),
    "byte by byte": cut(TRAILED, 1),
    "in threes": cut(b"HTTP/1.1 100 Continue\r\n\r\n" + with_length("1.1"), 3),
    "packed": framed("1.1", "Content-Encoding: gzip", f"Content-Length: {len(PACKED)}", body="") +
              PACKED,
    "packed, in threes": cut(framed("1.1", "Content-Encoding: x-gzip", body="") + PACKED, 3) +
                         [None],
    "called packed": with_length("1.1", "Content-Encoding: gzip"),
    "a folded header": STREAMED.replace(b"\r\n\r\n", b"\r\nX-A: b\r\n c: d\r\n\r\n", 1) +
                       b"0\r\n\r\n",
    "less than the length": [with_length("1.1", length=len(BODY) + 9), None],
    "no last chunk": [STREAMED, None],
    "no end in the head": [b"HTTP/1.1 200 OK\r\nX-A: b\r\n", None],
    "no word": [b"", None],
    "a reset": None,
    "no HTTP": [b"220 mail.example ESMTP\r\n", None],
    "no HTTP and no line": [b"\x15\x03\x01\x00\x02\x02\x50", None],
    "another version": [b"HTTP/3 200 OK\r\n\r\n", None],
    "no chunks, as was said": [STREAM_HEAD + b"\r\n" + BODY.encode(), None],
    "two lengths": [framed("1.1", "Content-Length: 5", "Content-Length: 6"), None],
    "no body": b"HTTP/1.1 204 No Content\r\n\r\n",
    "an error": reply(503, '{"error":{"message":"busy"}}'),
    "an error, closed": [reply(401, "no", [("Connection", "close")]), None],
    "a head too long": [b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 80000 + b"\r\nX-C: " +
                        b"d" * 90000 + b"\r\n\r\n", None],
}
SAME = ("error", "status", "chunks", "finish_reason", "http_version", "reused", "reconnected",
        "attempt")


def told(run):
    return [{name: record[name] for name in SAME} for record in run.records]


class Both(unittest.TestCase):
    def test_every_server(self):
        for name, said in SERVERS.items():
            for kind in ("user", "reuse", "new"):
                with self.subTest(server=name, connections=kind):
                    self.compare(said, kind)

    def compare(self, said, kind):
        options = ["-c", "1", "-t", "2", "-p", "1", "--connections", kind, *ASK]
        with Endpoint(lambda connection, request: said) as e:
            bare = Run(e.url, *options)
            libcurl = Run(e.url, *options, *LIBCURL)
        self.assertEqual(bare.code, libcurl.code, bare.stderr + libcurl.stderr)
        self.assertEqual(told(bare), told(libcurl))
        self.assertTrue(bare.records)


class Excess(unittest.TestCase):
    def test_what_follows_an_answer(self):
        """Some libcurls keep such a connection; the next answer would begin with what is there."""
        for said in (with_length("1.1") + b"HTTP/1.1 200 OK\r\n\r\n", WHOLE + b"x"):
            with Endpoint(lambda connection, request, said=said: said) as e:
                run = Run(e.url, "-c", "1", "-t", "2", "-p", "1", *ASK)
            self.assertEqual([(r["error"], r["reused"], r["reconnected"]) for r in run.records],
                             [(None, False, False)] * 2)


class Refuses(Listener):
    """Answers when the head is there, reads no body, and leaves."""

    def serve(self, peer):
        try:
            data = b""
            while b"\r\n\r\n" not in data:
                data += peer.recv(1024)
            peer.sendall(reply(413, "too much", [("Connection", "close")]))
            time.sleep(0.05)
        finally:
            peer.close()


class Speaks(Listener):
    """Says all it has to say when somebody connects, whatever is asked."""

    def __init__(self, said):
        self.said = said
        super().__init__()

    def serve(self, peer):
        peer.sendall(self.said)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(65536):
            pass
        peer.close()


class Sleeps(Listener):
    """Reads the request only after a while; `first` is said before."""

    PAUSE_S = 0.3

    def __init__(self, first=b""):
        self.first = first
        super().__init__()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def serve(self, peer):
        peer.sendall(self.first)
        time.sleep(self.PAUSE_S)
        head, body = Endpoint.read(peer)
        if head is not None and body:
            json.loads(body)
            peer.sendall(answer())
        time.sleep(0.1)
        peer.close()


class Hangs(Listener):
    """A queue that is full: connecting goes on for ever."""

    def __init__(self):
        super().__init__()
        self.listener.listen(0)
        self.fill = [socket.socket() for _ in range(4)]
        for one in self.fill:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", self.port))

    def _accept(self):
        threading.Event().wait(0)

    def serve(self, peer):
        raise AssertionError("nobody is accepted")


LONG = ["-c", "1", "-t", "1", "-p", "1", "--doc-bytes", "3000000", "--context", "2000000",
        "--model", "m", "--exit-zero", *NO_THINKING]


class Sending(unittest.TestCase):
    def test_an_answer_before_the_request_is_whole(self):
        with Refuses() as server:
            run = Run(f"http://127.0.0.1:{server.port}/v1", *LONG)
        self.assertEqual([(r["status"], r["error"]) for r in run.records],
                         [(413, "too_large")])

    def test_sent_when_the_last_byte_is(self):
        for first in (b"", b"HTTP/1.1 100 Continue\r\n\r\n"):
            with Sleeps(first) as server:
                run = Run(f"http://127.0.0.1:{server.port}/v1", *LONG)
            (record,) = run.records
            self.assertIsNone(record["error"])
            self.assertGreater(record["sent_ms"] - record["start_ms"], 1000 * Sleeps.PAUSE_S - 50)
            self.assertEqual(run.result["meter"]["sent_method"], "socket state")

    def test_an_answer_before_the_request(self):
        """What comes while a connection is made is told once, with the news that it stands."""
        busy = reply(503, "busy", [("Connection", "close")])
        for said, wanted in ((busy, (503, "server_error")), (b"", (None, "stream_cut"))):
            with Speaks(said) as server:
                run = Run(f"http://127.0.0.1:{server.port}/v1", "-c", "60", "-t", "1", "-p", "60",
                          "--timeout", "10s", "--abort-errors", "100%", *ASK)
            self.assertEqual({(r["status"], r["error"]) for r in run.records}, {wanted})

    def test_dead_in_the_middle_of_sending(self):
        """A kept connection: the request goes out again on a new one, and the record says so."""
        def behave(connection, request):
            return [answer(), 0.05, None] if connection == 0 else answer()

        with Resets(behave) as e:
            run = Run(e.url, "-c", "1", "-t", "2", "-p", "1", *ASK)
        self.assertEqual([r["error"] for r in run.records], [None, None])
        self.assertEqual([r["reconnected"] for r in run.records], [False, True])


class Resets(Endpoint):
    """The first connection is reset when its second request begins."""

    def serve(self, peer, number):
        if number > 1:  # 0 asks for models
            return super().serve(peer, number)
        head, _ = self.read(peer)
        if head is not None and head.startswith("GET"):
            peer.sendall(self.models)
            peer.close()
            return None
        peer.sendall(answer())
        peer.recv(1)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        return None


class Connecting(unittest.TestCase):
    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1]
        for host in ("127.0.0.1", "localhost", "[::1]"):
            run = Run(f"http://{host}:{port}/v1", "-c", "1", "-t", "1", *ASK)
            self.assertEqual([r["error"] for r in run.records], ["connect"], host)
            self.assertIn("onnect", run.records[0]["error_text"])

    def test_the_second_address(self):
        """A name of this machine has two, and the server is behind one of them."""
        with Endpoint(lambda connection, request: answer()) as e:
            run = Run(f"http://localhost:{e.port}/v1", "-c", "2", "-t", "2", "-p", "1", *ASK)
        self.assertEqual([r["error"] for r in run.records], [None] * 4)
        self.assertEqual([r["reused"] for r in run.records], [False, True, True, True])

    def test_one_that_hangs(self):
        with Hangs() as server:
            run = Run(f"http://127.0.0.1:{server.port}/v1", "-c", "1", "-t", "1", "--timeout", "1s",
                      *ASK)
        self.assertEqual([r["error"] for r in run.records], ["timeout"])


class Unpacking(unittest.TestCase):
    def test_coded_in_another_way(self):
        """libcurl may know it: that request goes out again, all others go to libcurl at once."""
        with Endpoint(lambda connection, request: TWICE_PACKED) as e:
            run = Run(e.url, "-c", "2", "-t", "2", "-p", "1", *ASK)
        self.assertEqual([r["error"] for r in run.records], [None] * 4)
        self.assertEqual([r["reconnected"] for r in run.records], [True, False, False, False])
        self.assertEqual(len(e.heard), 5)


if __name__ == "__main__":
    unittest.main()
