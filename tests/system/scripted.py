# SPDX-License-Identifier: Apache-2.0
"""For the tests: an endpoint whose behaviour is decided request by request, over raw sockets."""

import json
import socket
import struct
import threading
import time

from listener import Listener

LIMIT_S = 30


def chunk(delta, finish=None, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'id': 'x', 'model': 'm', 'choices': [choice], **more})}\n\n"


# Of a streamed answer in chunks, without the blank line that ends it.
STREAM_HEAD = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               b"Transfer-Encoding: chunked\r\n")


def coded(text):
    """As one chunk of a body."""
    return f"{len(text.encode()):x}\r\n{text}\r\n".encode()


def answer(tokens=6, headers=()):
    """A whole streamed answer, its connection kept."""
    body = "".join(chunk({"content": "word "}) for _ in range(tokens)) + chunk({}, "stop")
    body += "data: [DONE]\n\n"
    return reply(200, body, [("Content-Type", "text/event-stream"), *headers])


def reply(status, body, headers=()):
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return (f"HTTP/1.1 {status} Said\r\n{head}Content-Length: {len(body.encode())}\r\n\r\n"
            f"{body}").encode()


class Endpoint(Listener):
    """`behave(connection, request)` (numbers from 0; request: on this connection) gives the bytes
    of an answer, or pieces of it, pauses in seconds and, to close, None; or None alone: the
    connection is reset once the request was read. `heard` holds every request's head and body.
    `wrap` may put TLS around a socket."""

    def __init__(self, behave, wrap=None, models=None):
        self.behave, self.wrap = behave, wrap
        self.models = models or reply(200, json.dumps({"object": "list", "data": [{"id": "m"}]}))
        self.heard, self.lock, self.count = [], threading.Lock(), 0
        super().__init__()
        self.url = f"http{'s' if wrap else ''}://127.0.0.1:{self.port}/v1"

    def arguments(self, peer):
        peer.settimeout(LIMIT_S)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a piece, a segment
        with self.lock:
            number, self.count = self.count, self.count + 1
        return peer, number

    @staticmethod
    def read(peer):
        data = b""
        while b"\r\n\r\n" not in data:
            more = peer.recv(65536)
            if not more:
                return None, None
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        length = 0
        for line in head.decode().split("\r\n"):
            if line.lower().startswith("content-length:"):
                length = int(line.split(":")[1])
        while len(body) < length:
            body += peer.recv(65536)
        return head.decode(), body.decode()

    def said(self, number, request, _body):
        """To be overridden where the answer depends on what was asked."""
        return self.behave(number, request)

    def serve(self, peer, number):
        try:
            peer = self.wrap(peer) if self.wrap else peer
            for request in range(1000000):
                head, body = self.read(peer)
                if head is None:
                    break
                with self.lock:
                    self.heard.append((head, body))
                said = self.said(number, request, body) if head.startswith("POST") else self.models
                if said is None:
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
                for piece in [said] if isinstance(said, bytes) else said:
                    if piece is None:
                        return
                    if isinstance(piece, bytes):
                        peer.sendall(piece)
                    else:
                        time.sleep(piece)
        except OSError:
            pass
        finally:
            peer.close()
