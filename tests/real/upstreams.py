# SPDX-License-Identifier: Apache-2.0
"""Scripted engines behind a gateway: each path of one small server misbehaves in its own way.

The first part of the path names the script: `http://127.0.0.1:PORT/broken/v1` is the base URL of
an engine that breaks off with an error object in the middle of its stream.
"""

import http.server
import itertools
import json
import sys
import threading
import time

WORDS = ["One", " two", " three", " four", " five"]
RETRY_AFTER_S = 7


class Upstreams:
    """The server, for the time of a `with` block. `requests` counts what each script was asked."""

    def __init__(self, port=0):
        self.server = _Server(("127.0.0.1", port), _Handler)
        self.server.upstreams = self
        self.ids = itertools.count(1)
        self.lock = threading.Lock()
        self.requests = {}
        self.members = set()  # of all request bodies: what a gateway hands on
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def url(self, script):
        return f"http://127.0.0.1:{self.server.server_port}/{script}/v1"

    def count(self, script):
        with self.lock:
            self.requests[script] = self.requests.get(script, 0) + 1
            return self.requests[script]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A gateway that no longer listens is no fault of ours."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *unused):
        """Quiet: the test's own output is what counts."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        script = self.path.split("/")[1]
        asked = self.server.upstreams.count(script)
        self.server.upstreams.members.update(body)
        SCRIPTS[script](_Answer(self, body), asked)


class _Answer:
    """One answer under way, in the frames of an OpenAI-compatible engine."""

    def __init__(self, handler, body):
        self.handler = handler
        self.prompt_tokens = len(json.dumps(body["messages"])) // 4
        self.id = f"chatcmpl-scripted-{next(handler.server.upstreams.ids)}"

    def error(self, status, text, code, headers=()):
        body = json.dumps({"error": {"message": text, "type": code, "code": status}}).encode()
        self.handler.send_response(status)
        for name, value in headers:
            self.handler.send_header(name, value)
        self.handler.send_header("Content-Type", "application/json")
        self.handler.send_header("Content-Length", str(len(body)))
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def begin(self):
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream")
        self.handler.send_header("Transfer-Encoding", "chunked")
        self.handler.end_headers()

    def data(self, text):
        frame = f"data: {text}\n\n".encode()
        self.handler.wfile.write(b"%x\r\n%s\r\n" % (len(frame), frame))
        self.handler.wfile.flush()

    def chunk(self, choices, **more):
        self.data(json.dumps({"id": self.id, "object": "chat.completion.chunk", "created": 1,
                              "model": "scripted", "choices": choices, **more}))

    def words(self, words, field="content"):
        for word in words:
            self.chunk([{"index": 0, "delta": {field: word}, "finish_reason": None}])
            time.sleep(0.002)

    def end(self, tokens, cached=0):
        self.chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}])
        self.chunk([], usage={"prompt_tokens": self.prompt_tokens, "completion_tokens": tokens,
                              "total_tokens": self.prompt_tokens + tokens,
                              "prompt_tokens_details": {"cached_tokens": cached}})
        self.data("[DONE]")
        self.close()

    def close(self):
        self.handler.wfile.write(b"0\r\n\r\n")


def healthy(answer, _asked):
    answer.begin()
    answer.words(WORDS)
    answer.end(len(WORDS))


def reasoning(answer, _asked):
    """vLLM's newer name for it; LiteLLM hands it on as `reasoning_content`."""
    answer.begin()
    answer.words(["Let", " me", " think"], field="reasoning")
    time.sleep(0.1)
    answer.words(WORDS)
    answer.end(3 + len(WORDS))


def broken(answer, _asked):
    """An error object where the next token should be, and nothing after it."""
    answer.begin()
    answer.words(WORDS[:2])
    answer.data(json.dumps({"error": {"message": "EngineCore encountered an issue",
                                      "type": "InternalServerError", "code": 500}}))
    answer.close()


def limited(answer, _asked):
    answer.error(429, "Rate limit reached for requests", "rate_limit_exceeded",
                 [("Retry-After", str(RETRY_AFTER_S))])


def failing(answer, _asked):
    answer.error(503, "The engine is loading", "service_unavailable")


def flaky(answer, asked):
    """Every third request fails: a gateway that tries again hides it."""
    if asked % 3 == 0:
        answer.error(500, "CUDA out of memory", "internal_error")
    else:
        healthy(answer, asked)


def silent(answer, _asked):
    """Longer than the gateway waits."""
    time.sleep(3)
    healthy(answer, _asked)


def uncounted(answer, _asked):
    """No usage: LiteLLM counts by itself."""
    answer.begin()
    answer.words(WORDS)
    answer.chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    answer.data("[DONE]")
    answer.close()


SCRIPTS = {script.__name__: script
           for script in (healthy, reasoning, broken, limited, failing, flaky, silent, uncounted)}
