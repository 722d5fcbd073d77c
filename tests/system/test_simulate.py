#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`litebench simulate` from outside: what it answers, when, and what its truth log says.

LITEBENCH_BIN names the litebench binary. Every wait is on an event (a line, a byte, the end of a
process) with a limit; times are judged by the server's own log, so a slow machine does not fail.
"""

import http.client
import json
import signal
import socket
import subprocess
import threading
import time
import unittest

from simulator import BIN, LIMIT_S, Server

FAST = ["--ttft", "1ms", "--itl", "0"]


def request_body(messages=None, **fields):
    if messages is None:
        messages = [{"role": "user", "content": "Hello, how are you?"}]
    return {"model": "simulated-model", "messages": messages, **fields}


def post(connection, body, headers=None):
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    connection.request("POST", "/v1/chat/completions", data,
                       {"Content-Type": "application/json", **(headers or {})})
    return connection.getresponse()


def ask(server, body, headers=None):
    """One request on a connection of its own: status, headers, parsed body."""
    connection = server.connect()
    try:
        response = post(connection, body, headers)
        return response.status, response.headers, json.loads(response.read())
    finally:
        connection.close()


def events(response):
    """The data of each event of a stream, in order; json but for [DONE]."""
    found = []
    for block in response.read().decode().split("\n\n"):
        if block:
            assert block.startswith("data: "), block
            data = block[len("data: "):]
            found.append(data if data == "[DONE]" else json.loads(data))
    return found


def stream(server, headers=None, connection=None, **fields):
    own = connection or server.connect()
    try:
        response = post(own, request_body(stream=True, **fields), headers)
        assert response.status == 200, response.read()
        return events(response)
    finally:
        if connection is None:
            own.close()


def deltas(found, field="content"):
    return [choice["delta"][field] for event in found if event != "[DONE]"
            for choice in event["choices"] if choice["delta"].get(field)]


def usage_of(found):
    return [event["usage"] for event in found if event != "[DONE]" and "usage" in event]


def rendered(messages):
    """Bytes of the prompt as the server renders it (4 are a token, 64 a block)."""
    size = sum(len(f"<|{m['role']}|>\n{m['content']}<|end|>\n".encode()) for m in messages)
    return size + len("<|assistant|>\n")


class Basics(unittest.TestCase):
    def test_first_line_is_the_url(self):
        with Server() as server:
            self.assertRegex(server.url, r"^http://127\.0\.0\.1:[0-9]+/v1$")

    def test_models_and_health(self):
        with Server("--model", "one", "--model", 'two "2"', "--max-model-len", "4096") as server:
            connection = server.connect()
            for path in ("/v1/models", "/models"):
                connection.request("GET", path)
                reply = json.loads(connection.getresponse().read())
                self.assertEqual([m["id"] for m in reply["data"]], ["one", 'two "2"'])
                for model in reply["data"]:
                    self.assertEqual(model["object"], "model")
                    self.assertEqual(model["max_model_len"], 4096)
                    self.assertIn("owned_by", model)
            connection.request("GET", "/health")
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()

    def test_stream_shape(self):
        with Server("--tokens", "7", *FAST) as server:
            connection = server.connect()
            response = post(connection, request_body(stream=True, max_tokens=50))
            self.assertTrue(response.getheader("content-type").startswith("text/event-stream"))
            self.assertEqual(response.getheader("transfer-encoding"), "chunked")
            found = events(response)
            connection.close()
        self.assertEqual(found[0]["choices"][0]["delta"], {"role": "assistant", "content": ""})
        self.assertEqual(len(deltas(found)), 7)
        self.assertEqual(found[-2]["choices"][0]["finish_reason"], "stop")
        self.assertEqual(found[-2]["choices"][0]["delta"], {})
        self.assertEqual(found[-1], "[DONE]")
        self.assertEqual(usage_of(found), [])
        self.assertEqual({e["id"] for e in found[:-1]}, {"chatcmpl-1"})
        self.assertEqual({e["object"] for e in found[:-1]}, {"chat.completion.chunk"})
        self.assertTrue(all(len(text) == 4 for text in deltas(found)))

    def test_max_tokens_bounds_the_answer(self):
        with Server("--tokens", "7", *FAST) as server:
            for field in ("max_tokens", "max_completion_tokens"):
                found = stream(server, **{field: 3})
                self.assertEqual(len(deltas(found)), 3)
                self.assertEqual(found[-2]["choices"][0]["finish_reason"], "length")
        with Server("--tokens", "0", *FAST) as server:
            self.assertEqual(len(deltas(stream(server, max_tokens=300))), 300)

    def test_whole_answer(self):
        with Server("--tokens", "9", "--reasoning", "4", *FAST) as server:
            status, headers, reply = ask(server, request_body())
        self.assertEqual(status, 200)
        self.assertTrue(headers["content-type"].startswith("application/json"))
        message = reply["choices"][0]["message"]
        self.assertEqual(len(message["content"]), 5 * 4)
        self.assertEqual(len(message["reasoning_content"]), 4 * 4)
        self.assertEqual(reply["usage"]["completion_tokens"], 9)
        self.assertEqual(reply["usage"]["completion_tokens_details"]["reasoning_tokens"], 4)

    def test_usage_chunk(self):
        messages = [{"role": "user", "content": "x" * 100}]
        asked = {"stream_options": {"include_usage": True}, "messages": messages}
        with Server("--tokens", "5", *FAST) as server:
            found = stream(server, **asked)
        usage = found[-2]["usage"]
        self.assertEqual(found[-2]["choices"], [])
        self.assertEqual(usage["completion_tokens"], 5)
        self.assertEqual(usage["prompt_tokens"], (rendered(messages) + 3) // 4)
        self.assertEqual(usage["total_tokens"], usage["prompt_tokens"] + 5)
        self.assertEqual(usage["prompt_tokens_details"], {"cached_tokens": 0})
        with Server("--no-cached-tokens", *FAST) as server:
            self.assertIsNone(usage_of(stream(server, **asked))[0]["prompt_tokens_details"])
        with Server("--no-usage", *FAST) as server:
            self.assertEqual(usage_of(stream(server, **asked)), [])

    def test_same_seed_same_texts(self):
        texts = []
        for seed in ("7", "7", "8"):
            with Server("--seed", seed, "--tokens", "40", "--tokens-jitter", "50%",
                        *FAST) as server:
                texts.append(["".join(deltas(stream(server))) for _ in range(8)])
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])
        sizes = {len(text) // 4 for text in texts[0]}
        self.assertGreater(len(sizes), 2)
        self.assertTrue(all(20 <= size <= 60 for size in sizes), sizes)

    def test_reasoning_and_wide_chunks(self):
        with Server("--tokens", "10", "--reasoning", "4", "--tokens-per-chunk", "3",
                    *FAST) as server:
            found = stream(server)
        self.assertEqual([len(t) // 4 for t in deltas(found, "reasoning_content")], [3, 1])
        self.assertEqual([len(t) // 4 for t in deltas(found)], [3, 3])


class Cache(unittest.TestCase):
    asked = {"stream_options": {"include_usage": True}}

    def turn(self, server, messages, headers=None, connection=None):
        found = stream(server, headers, connection, messages=messages, max_tokens=40, **self.asked)
        usage = usage_of(found)[0]
        return "".join(deltas(found)), usage["prompt_tokens_details"]["cached_tokens"]

    def test_second_turn_hits_prompt_and_answer(self):
        messages = [{"role": "system", "content": "Be short."},
                    {"role": "user", "content": "Grüße \"quoted\"\n" + "document " * 200}]
        with Server("--tokens", "40", *FAST) as server:
            answer, cached = self.turn(server, messages)
            self.assertEqual(cached, 0)
            known = rendered(messages) + len(answer)
            messages += [{"role": "assistant", "content": answer},
                         {"role": "user", "content": "And then?"}]
            _, cached = self.turn(server, messages)
            self.assertEqual(cached, known // 64 * 16)
            # Another beginning shares nothing; the same prompt whole leaves one token to compute.
            messages[0] = {"role": "system", "content": "Be long."}
            self.assertEqual(self.turn(server, messages)[1], 0)
            _, cached = self.turn(server, messages)
            self.assertEqual(cached, ((rendered(messages) + 3) // 4 - 1) // 16 * 16)

    def test_no_cache(self):
        messages = [{"role": "user", "content": "word " * 200}]
        with Server("--cache-blocks", "0", *FAST) as server:
            for _ in range(2):
                self.assertEqual(self.turn(server, messages)[1], 0)

    def test_least_recently_used_goes(self):
        def prompt(letter):
            return [{"role": "user", "content": letter * 640}]
        # Each prompt has 10 whole blocks and its answer adds 2 or 3: two fit, three do not.
        with Server("--cache-blocks", "30", "--tokens", "40", *FAST) as server:
            for letter in "ab":
                self.assertEqual(self.turn(server, prompt(letter))[1], 0)
            self.assertGreater(self.turn(server, prompt("a"))[1], 0)
            self.assertEqual(self.turn(server, prompt("c"))[1], 0)
            full = (rendered(prompt("a")) // 64) * 16
            self.assertEqual(self.turn(server, prompt("a"))[1], full)
            self.assertLess(self.turn(server, prompt("b"))[1], full)

    def test_prompt_larger_than_the_cache_keeps_its_beginning(self):
        messages = [{"role": "user", "content": "word " * 2000}]
        with Server("--cache-blocks", "8", *FAST) as server:
            self.assertEqual(self.turn(server, messages)[1], 0)
            self.assertEqual(self.turn(server, messages)[1], 8 * 16)

    def test_replicas_have_their_own(self):
        messages = [{"role": "user", "content": "word " * 200}]
        with Server("--replicas", "2", *FAST) as server:
            cached = [self.turn(server, messages)[1] for _ in range(4)]
            self.assertEqual(cached[:2], [0, 0])
            self.assertTrue(all(c > 0 for c in cached[2:]))
        with Server("--replicas", "4", "--affinity", "X-Session", *FAST) as server:
            for session in ("red", "green", "blue"):
                seen = set()
                for _ in range(3):
                    _, headers, _ = ask(server, request_body(), {"x-session": session})
                    seen.add(headers["x-replica"])
                self.assertEqual(len(seen), 1)

    def test_prefill_takes_time_only_when_uncached(self):
        messages = [{"role": "user", "content": "word " * 1600}]  # 2000 tokens
        with Server("--ttft", "0", "--itl", "0", "--prefill", "100ms", "--tokens", "1") as server:
            for _ in range(2):
                self.turn(server, messages)
        ttfts = [int(r["first_token_ns"]) - int(r["arrived_ns"]) for r in server.log]
        self.assertGreaterEqual(ttfts[0], 200_000_000)
        self.assertLess(int(server.log[1]["prompt_tokens"]) - int(server.log[1]["cached_tokens"]),
                        17)
        self.assertLess(ttfts[1], ttfts[0])


class Refusals(unittest.TestCase):
    def refused(self, server, status, body, headers=None):
        got, got_headers, reply = ask(server, body, headers)
        self.assertEqual(got, status, reply)
        self.assertEqual(set(reply["error"]), {"message", "type", "param", "code"})
        self.assertTrue(reply["error"]["message"])
        return reply["error"], got_headers

    def test_bad_requests(self):
        good = request_body()
        cases = [b"", b"{", b"[]", b"nonsense", json.dumps(good) + "x",
                 {"messages": good["messages"]}, {"model": "simulated-model"},
                 request_body([]), request_body(["x"]), request_body([{"content": "x"}]),
                 request_body([{"role": "user", "content": 5}]),
                 request_body(max_tokens=0), request_body(max_tokens="x"),
                 request_body(stream="yes"),
                 request_body(stream_options={"include_usage": True}),
                 b'{"model":"simulated-model","messages":[{"role":"user","content":"\xff"}]}']
        with Server(*FAST) as server:
            for case in cases:
                with self.subTest(case=case):
                    self.refused(server, 400, case)
            parts = [{"role": "user", "content": [{"type": "text", "text": "Hi"},
                                                  {"type": "image_url", "image_url": {}}]},
                     {"role": "assistant", "content": None}]
            self.assertEqual(ask(server, request_body(parts))[0], 200)
        self.assertEqual([r["status"] for r in server.log], ["400"] * len(cases) + ["200"])

    def test_unknown_model_path_and_method(self):
        with Server(*FAST) as server:
            error, _ = self.refused(server, 404, request_body(model='no "such"'))
            self.assertEqual(error["code"], "model_not_found")
            self.assertIn('`no "such"` does not exist', error["message"])
            connection = server.connect()
            for method, path, status in (("GET", "/v1/nothing", 404), ("POST", "/v1/models", 405),
                                         ("GET", "/v1/chat/completions", 405)):
                connection.request(method, path)
                response = connection.getresponse()
                self.assertEqual(response.status, status)
                self.assertIn("error", json.loads(response.read()))
            connection.close()

    def test_context_length(self):
        with Server("--max-model-len", "1000", *FAST) as server:
            self.assertEqual(ask(server, request_body(max_tokens=900))[0], 200)
            error, _ = self.refused(server, 400, request_body(max_tokens=1000))
        self.assertEqual(error["code"], "context_length_exceeded")
        self.assertRegex(error["message"],
                         r"^This model's maximum context length is 1000 tokens\. However, you "
                         r"requested \d+ tokens \(\d+ in the messages, 1000 in the completion\)\.")

    def test_key(self):
        with Server("--require-key-env", "SIM_TEST_KEY", *FAST,
                    env={"SIM_TEST_KEY": "sesame"}) as server:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "sesame"}):
                error, _ = self.refused(server, 401, request_body(), headers)
                self.assertNotIn("sesame", json.dumps(error))
            self.assertEqual(ask(server, request_body(), {"Authorization": "Bearer sesame"})[0],
                             200)
            connection = server.connect()
            connection.request("GET", "/v1/models")
            self.assertEqual(connection.getresponse().status, 401)
            connection.close()

    def test_too_large(self):
        with Server(log=False) as server, server.raw() as sock:
            sock.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
                         b"Content-Length: 99999999\r\n\r\n")
            self.assertIn(b" 413 ", read_all(sock))

    def test_injected_errors(self):
        with Server("--error-every", "2", "--error-status", "503", "--retry-after", "7",
                    *FAST) as server:
            self.assertEqual(ask(server, request_body())[0], 200)
            _, headers = self.refused(server, 503, request_body())
            self.assertEqual(headers["retry-after"], "7")
        runs = []
        for _ in range(2):
            with Server("--error-rate", "30%", "--seed", "3", *FAST) as server:
                runs.append([ask(server, request_body())[0] for _ in range(40)])
        self.assertEqual(runs[0], runs[1])
        self.assertEqual(set(runs[0]), {200, 500})
        self.assertIn(runs[0].count(500), range(4, 22))

    def test_rate_limit(self):
        with Server("--rate-limit", "2", *FAST) as server:
            for left in ("1", "0"):
                status, headers, _ = ask(server, request_body())
                self.assertEqual(status, 200)
                self.assertEqual(headers["x-ratelimit-limit-requests"], "2")
                self.assertEqual(headers["x-ratelimit-remaining-requests"], left)
            error, headers = self.refused(server, 429, request_body())
            self.assertEqual(error["code"], "rate_limit_exceeded")
            self.assertIn(int(headers["retry-after"]), range(1, 61))

    def test_reject_stream_options(self):
        with Server("--reject-stream-options", *FAST) as server:
            error, _ = self.refused(server, 400, request_body(
                stream=True, stream_options={"include_usage": True}))
            self.assertEqual(error["param"], "stream_options")
            self.assertEqual(stream(server)[-1], "[DONE]")

    def test_wrong_options_exit_2(self):
        for options in (["--itl", "abc"], ["--ttft", "-1ms"], ["--port", "70000"],
                        ["--tokens", "1.5"], ["--error-rate", "150%"], ["--hold", "maybe"],
                        ["--require-key-file", "/nonexistent/key"], ["--bind", "no-such-host."]):
            with self.subTest(options=options):
                done = subprocess.run([BIN, "simulate", *options], capture_output=True, text=True,
                                      timeout=LIMIT_S, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_unusable_places_exit_3(self):
        with Server(log=False) as server:
            for options in (["--log", "/nonexistent/log.csv"], ["--port", str(server.port)]):
                done = subprocess.run([BIN, "simulate", *options], capture_output=True, text=True,
                                      timeout=LIMIT_S, check=False)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


def read_all(sock):
    parts = []
    while True:
        part = sock.recv(65536)
        if not part:
            return b"".join(parts)
        parts.append(part)


def raw_request(body, *headers):
    data = json.dumps(body).encode()
    lines = ["POST /v1/chat/completions HTTP/1.1", "Host: x", f"Content-Length: {len(data)}",
             *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


class Wire(unittest.TestCase):
    def test_keep_alive_and_pipelining(self):
        one = raw_request(request_body(stream=True))
        last = raw_request(request_body(stream=True), "Connection: close")
        with Server("--tokens", "3", *FAST) as server, server.raw() as sock:
            sock.sendall(one + one + last)
            text = read_all(sock).decode()
            for number in (1, 2, 3):
                self.assertEqual(text.count(f'"id":"chatcmpl-{number}"'), 5)
            self.assertEqual(text.count("[DONE]"), 3)
            self.assertEqual(text.count("\r\n0\r\n\r\n"), 3)

    def test_request_in_small_pieces(self):
        data = raw_request(request_body(stream=True), "Connection: close")
        with Server(*FAST) as server, server.raw() as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(0, len(data), 7):
                sock.sendall(data[at:at + 7])
            self.assertIn(b"[DONE]", read_all(sock))

    def test_chunked_request(self):
        data = json.dumps(request_body()).encode()
        head = (b"POST /chat/completions?x=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n")
        chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(data[i:i + 9]), data[i:i + 9])
                          for i in range(0, len(data), 9))
        with Server(*FAST) as server:
            with server.raw() as sock:
                sock.sendall(head + chunks + b"0\r\n\r\n")
                self.assertIn(b"200 OK", read_all(sock))
            with server.raw() as sock:
                sock.sendall(head + b"zz\r\n")
                self.assertIn(b" 400 ", read_all(sock))

    def test_expect_continue(self):
        data = raw_request(request_body(), "Expect: 100-continue", "Connection: close")
        head, body = data.split(b"\r\n\r\n", 1)
        with Server(*FAST) as server, server.raw() as sock:
            sock.sendall(head + b"\r\n\r\n")
            self.assertEqual(sock.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            sock.sendall(body)
            self.assertIn(b"200 OK", read_all(sock))

    def test_old_http_has_no_chunks(self):
        data = raw_request(request_body(stream=True)).replace(b"HTTP/1.1", b"HTTP/1.0")
        with Server("--tokens", "2", *FAST) as server, server.raw() as sock:
            sock.sendall(data)
            head, body = read_all(sock).split(b"\r\n\r\n", 1)
        self.assertNotIn(b"chunked", head)
        self.assertTrue(body.startswith(b"data: {"))
        self.assertTrue(body.endswith(b"data: [DONE]\n\n"))

    def test_garbage_is_refused(self):
        cases = [b"hello\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n", b"\r\n\r\n",
                 b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
                 b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                 b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                 b"GET / HTTP/1.1\r\nx: " + b"y" * 70000]
        with Server(log=False) as server:
            for case in cases:
                with self.subTest(case=case[:40]), server.raw() as sock:
                    sock.sendall(case)
                    self.assertRegex(read_all(sock), rb"^HTTP/1.1 4[0-9][0-9] ")

    def test_slow_reader_gets_everything(self):
        with Server("--tokens", "30000", *FAST) as server, server.raw() as sock:
            sock.sendall(raw_request(request_body(stream=True), "Connection: close"))
            # Other requests go on while this one is stuck.
            self.assertEqual(ask(server, request_body(max_tokens=1))[0], 200)
            text = read_all(sock)
            self.assertEqual(text.count(b'"content":"'), 30001)
            self.assertTrue(text.endswith(b"\r\n0\r\n\r\n"))

    def test_large_body(self):
        messages = [{"role": "user", "content": "word " * 2_000_000}]
        with Server("--max-model-len", "10000000", "--tokens", "1", *FAST) as server:
            status, _, reply = ask(server, request_body(messages))
            self.assertEqual(status, 200)
            self.assertEqual(reply["usage"]["prompt_tokens"], (rendered(messages) + 3) // 4)


class Faults(unittest.TestCase):
    def test_null_content(self):
        with Server("--null-content", "--tokens", "3", *FAST) as server:
            found = stream(server)
            contents = [e["choices"][0]["delta"].get("content") for e in found[:-1]]
            self.assertEqual(contents, [None] * len(contents))
            self.assertEqual(found[-2]["choices"][0]["finish_reason"], "stop")
        self.assertEqual(server.log[0]["tokens"], "0")
        self.assertEqual(server.log[0]["first_token_ns"], "")

    def test_die_after(self):
        with Server("--die-after", "3", "--tokens", "9", "--ttft", "1ms", "--itl", "1ms") as server:
            with server.raw() as sock:
                sock.sendall(raw_request(request_body(stream=True)))
                text = read_all(sock)
            self.assertEqual(text.count(b'"content":"'), 1 + 3)
            self.assertNotIn(b"[DONE]", text)
            self.assertFalse(text.endswith(b"\r\n0\r\n\r\n"))
            connection = server.connect()
            with self.assertRaises(http.client.IncompleteRead):
                post(connection, request_body()).read()
            connection.close()
        self.assertEqual([r["tokens"] for r in server.log], ["3", "3"])

    def test_hold_sends_all_at_the_end(self):
        with Server("--hold", "--ttft", "20ms", "--itl", "10ms",
                    "--tokens", "5") as server:
            found = stream(server)
        self.assertEqual(len(deltas(found)), 5)
        row = server.log[0]
        self.assertEqual(row["first_token_ns"], row["last_token_ns"])
        self.assertGreaterEqual(int(row["first_token_ns"]) - int(row["arrived_ns"]), 60_000_000)

    def test_client_that_goes_away_frees_its_slot(self):
        with Server("--slots", "1", "--ttft", "1ms", "--itl", "1h", "--tokens", "2") as server:
            with server.raw() as first:
                first.sendall(raw_request(request_body(stream=True)))
                received = b""
                while received.count(b'"content":"') < 2:  # the role's, and the first token
                    received += first.recv(65536)
                waits = server.raw()
                waits.sendall(raw_request(request_body(stream=True, max_tokens=1),
                                          "Connection: close"))
            self.assertIn(b"[DONE]", read_all(waits))
            waits.close()
        self.assertEqual([(r["request"], r["status"], r["tokens"]) for r in server.log],
                         [("1", "499", "1"), ("2", "200", "1")])


class Time(unittest.TestCase):
    def test_clocks(self):
        with Server("--ttft", "50ms", "--itl", "5ms", "--tokens", "11") as server:
            for _ in range(5):
                stream(server)
        for row in server.log:
            arrived, first, last = (int(row[k]) for k in
                                    ("arrived_ns", "first_token_ns", "last_token_ns"))
            self.assertGreaterEqual(first - arrived, 50_000_000)
            self.assertGreaterEqual(last - arrived, 100_000_000)
        best = min(int(r["first_token_ns"]) - int(r["arrived_ns"]) for r in server.log)
        self.assertLess(best, 80_000_000)

    def test_jitter_lies_in_its_range(self):
        with Server("--ttft", "1ms", "--ttft-jitter", "40ms", "--itl", "0",
                    "--tokens", "1") as server:
            for _ in range(12):
                stream(server)
        ttfts = [int(r["first_token_ns"]) - int(r["arrived_ns"]) for r in server.log]
        self.assertGreaterEqual(min(ttfts), 1_000_000)
        self.assertGreater(max(ttfts) - min(ttfts), 5_000_000)

    def test_slots_make_a_line(self):
        with Server("--slots", "1", "--ttft", "20ms", "--itl", "5ms", "--tokens", "3") as server:
            threads = [threading.Thread(target=stream, args=(server,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(LIMIT_S)
        rows = sorted(server.log, key=lambda r: int(r["request"]))
        self.assertEqual(len(rows), 4)
        for before, after in zip(rows, rows[1:]):
            self.assertGreaterEqual(int(after["first_token_ns"]),
                                    int(before["last_token_ns"]) + 20_000_000)

    def test_without_slots_all_run_at_once(self):
        with Server("--ttft", "300ms", "--itl", "0", "--tokens", "1") as server:
            threads = [threading.Thread(target=stream, args=(server,)) for _ in range(8)]
            start = time.monotonic()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(LIMIT_S)
            self.assertLess(time.monotonic() - start, 8 * 0.3)


class Log(unittest.TestCase):
    def test_columns_and_ids(self):
        with Server("--tokens", "4", *FAST) as server:
            connection = server.connect()
            ids = []
            for size in (10, 300, 300):
                found = stream(server, connection=connection,
                               messages=[{"role": "user", "content": "x" * size}],
                               stream_options={"include_usage": True})
                ids.append(found[0]["id"])
                self.usage = usage_of(found)[0]
            connection.close()
            ask(server, "{")
        self.assertEqual(list(server.log[0]),
                         "request,response_id,arrived_ns,first_token_ns,last_token_ns,tokens,"
                         "prompt_tokens,cached_tokens,status".split(","))
        self.assertEqual([r["response_id"] for r in server.log], ids + [""])
        self.assertEqual(len(set(ids)), 3)
        last = server.log[2]
        self.assertEqual(int(last["tokens"]), self.usage["completion_tokens"])
        self.assertEqual(int(last["prompt_tokens"]), self.usage["prompt_tokens"])
        self.assertEqual(int(last["cached_tokens"]),
                         self.usage["prompt_tokens_details"]["cached_tokens"])
        self.assertGreater(int(last["cached_tokens"]), 0)

    def test_signals_end_it_in_order(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            with Server("--ttft", "1ms", "--itl", "1h") as server:
                with server.raw() as sock:
                    sock.sendall(raw_request(request_body(stream=True)))
                    received = b""
                    while received.count(b'"content":"') < 2:
                        received += sock.recv(65536)
                    server.stop(how)
                self.assertEqual([(r["status"], r["tokens"]) for r in server.log], [("499", "1")])

    def test_many_streams_at_once(self):
        count = 300
        with Server("--ttft", "200ms", "--itl", "1ms", "--tokens", "5") as server:
            socks = [server.raw() for _ in range(count)]
            data = raw_request(request_body(stream=True), "Connection: close")
            for sock in socks:
                sock.sendall(data)
            for sock in socks:
                self.assertIn(b"[DONE]", read_all(sock))
                sock.close()
        self.assertEqual(len(server.log), count)
        self.assertEqual({(r["status"], r["tokens"]) for r in server.log}, {("200", "5")})


if __name__ == "__main__":
    unittest.main()
