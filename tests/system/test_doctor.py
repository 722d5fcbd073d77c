#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`litebench doctor`: every fault of an endpoint gets its line, its word and what to do."""

import gzip
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

from authority import Authority
from ports import free_port
from scripted import Endpoint, answer, chunk, reply
from simulator import BIN, LIMIT_S, Server

FAST = ("--ttft", "20ms", "--itl", "3ms")
ALL = ["name", "tcp", "tls", "key", "models", "chat", "stream", "usage", "cache", "buffering",
       "http", "gateway", "quota", "overhead"]


class Visit:
    """`litebench doctor` once, as JSON and as lines."""

    def __init__(self, url, *options, env=None):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("LITEBENCH_", "OPENAI_"))}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "visit.json"
            done = subprocess.run([BIN, "doctor", url, "-o", str(path), *options], check=False,
                                  capture_output=True, text=True, timeout=LIMIT_S,
                                  env={**clean, **(env or {})})
            self.json = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        self.code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr
        self.checks = {c["name"]: c for c in self.json["checks"]} if self.json else {}

    def words(self):
        return {name: check["status"] for name, check in self.checks.items()}


class Case(unittest.TestCase):
    def ends_with(self, visit, name, text, advice):
        """The last check failed; what came before did not."""
        self.assertEqual(visit.code, 3, visit.stdout + visit.stderr)
        self.assertEqual(visit.json["status"], "fail")
        self.assertEqual(list(visit.checks)[-1], name, visit.stdout)
        self.assertEqual(visit.checks[name]["status"], "fail")
        self.assertIn(text, visit.checks[name]["text"])
        self.assertIn(advice, visit.checks[name]["advice"])
        self.assertEqual([s for s in visit.words().values() if s == "fail"], ["fail"])

    def warns(self, visit, name, text, advice):
        self.assertEqual(visit.code, 0, visit.stdout + visit.stderr)
        self.assertEqual(visit.json["status"], "warn")
        self.assertEqual(visit.checks[name]["status"], "warn", visit.stdout)
        self.assertIn(text, visit.checks[name]["text"])
        self.assertIn(advice, visit.checks[name]["advice"])


class Plain(Case):
    def test_all_is_well(self):
        with Server(*FAST) as server:
            visit = Visit(server.url)
        self.assertEqual(visit.code, 0, visit.stdout + visit.stderr)
        self.assertEqual(list(visit.checks), ALL)
        self.assertEqual(set(visit.words().values()), {"ok"}, visit.stdout)
        self.assertEqual(visit.json["schema"], "litebench.doctor/1")
        self.assertEqual((visit.json["status"], visit.json["model"]), ("ok", "simulated-model"))
        self.assertEqual(visit.json["url"], server.url)
        self.assertEqual(len(server.log), 2)  # what it costs
        self.assertRegex(visit.checks["cache"]["text"], r"[0-9]{3,} of [0-9]{3,} tokens")

    def test_lines(self):
        with Server(*FAST, "--no-usage") as server:
            visit = Visit(server.url)
        lines = visit.stdout.splitlines()
        self.assertEqual([line.split()[1] for line in lines], ALL)
        for line, check in zip(lines, visit.json["checks"]):
            self.assertTrue(line.startswith(check["status"]), line)
            self.assertIn(check["text"], line)
            self.assertEqual("To do: " in line, check["status"] != "ok", line)
        self.assertNotIn("\x1b", visit.stdout)
        self.assertEqual(visit.stderr, "")

    def test_json_alone_on_stdout(self):
        with Server(*FAST) as server:
            done = subprocess.run([BIN, "doctor", server.url, "-o", "json:-"], check=True,
                                  capture_output=True, text=True, timeout=LIMIT_S)
        self.assertEqual(json.loads(done.stdout)["status"], "ok")

    def test_command_line(self):
        for args, words in ((["-o", "x.csv", "http://127.0.0.1:1"], "json only"),
                            ([], "base URL"), (["http://u:p@127.0.0.1:1"], "--key-file"),
                            (["http://127.0.0.1:1", "--users", "3"], "--users")):
            done = subprocess.run([BIN, "doctor", *args], check=False, capture_output=True,
                                  text=True, timeout=LIMIT_S)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stdout, "")


class Reach(Case):
    def test_no_such_name(self):
        self.ends_with(Visit("http://no-such-host.invalid"), "name", "no-such-host.invalid", "DNS")

    def test_closed_port(self):
        visit = Visit(f"http://127.0.0.1:{free_port()}")
        self.ends_with(visit, "tcp", "port", "is the endpoint up")

    def test_silent_port(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            visit = Visit(f"http://127.0.0.1:{server.getsockname()[1]}", "--timeout", "0.3s")
        self.ends_with(visit, "models", "no answer in time", "/v1")

    def test_not_an_endpoint(self):
        with Endpoint(None, models=reply(200, "<title>Welcome</title>")) as e:
            self.ends_with(Visit(e.url), "models", "no list of models", "/v1")
        with Endpoint(None, models=reply(502, "<title>502 Bad Gateway</title>")) as e:
            self.ends_with(Visit(e.url), "models", "HTTP 502: 502 Bad Gateway", "/v1")

    def test_no_list_but_a_name(self):
        with Endpoint(lambda c, r: answer(), models=reply(404, "")) as e:
            visit = Visit(e.url, "--model", "m")
        self.warns(visit, "models", "HTTP 404", "--context")
        self.assertEqual(visit.checks["chat"]["status"], "ok")


class Keys(Case):
    def test_key(self):
        env = {"SIM_KEY": "sk-right-4711"}
        with Server(*FAST, "--require-key-env", "SIM_KEY", env=env) as server:
            right = Visit(server.url, "--key-env", "SIM_KEY", env=env)
            wrong = Visit(server.url, "--key-env", "SIM_KEY", env={"SIM_KEY": "sk-wrong-4711"})
            none = Visit(server.url)
        self.assertEqual(right.code, 0, right.stdout)
        self.assertEqual(right.checks["key"]["text"], "accepted")
        self.ends_with(wrong, "key", "refused the key (HTTP 401", "--key-file")
        self.ends_with(none, "key", "wants a key (HTTP 401", "give a key by --key-file")
        for visit in (right, wrong, none):
            self.assertNotIn("4711", visit.stdout + visit.stderr + json.dumps(visit.json))

    def test_a_gateway_that_says_500_without_one(self):
        with Endpoint(None, models=reply(500, '{"error":{"message":"Internal"}}')) as e:
            self.ends_with(Visit(e.url), "models", "HTTP 500", "--key-file")

    def test_a_key_for_the_list_only(self):
        refused = reply(403, '{"error":{"message":"team may not use m"}}')
        with Endpoint(lambda c, r: refused) as e:
            self.ends_with(Visit(e.url), "chat", "team may not use m", "allowed")


class Asking(Case):
    def test_unknown_model(self):
        with Server(*FAST) as server:
            visit = Visit(server.url, "--model", "other")
        self.assertEqual(visit.checks["models"]["status"], "warn")
        self.assertIn("there: simulated-model", visit.checks["models"]["text"])
        self.assertEqual(visit.checks["chat"]["status"], "fail")
        self.assertIn("model_not_found", visit.checks["chat"]["text"])

    def test_held_back(self):
        with Server(*FAST, "--hold") as server:
            self.warns(Visit(server.url), "buffering", "STREAM BUFFERED", "proxy_buffering off")

    def test_held_back_when_compressed(self):
        """A proxy that compresses keeps the stream until its end; plain it lets it pass."""
        def behave(connection, request):
            head = e.heard[-1][0].lower()
            if "accept-encoding: gzip" not in head:
                return slow()
            body = gzip.compress("".join(frames()).encode())
            return later(0.3, (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
                               % (len(body), body)))
        with Endpoint(behave) as e:
            visit = Visit(e.url)
        self.warns(visit, "buffering", "Accept-Encoding: gzip", "gzip_types")

    def test_no_usage(self):
        with Server(*FAST, "--no-usage") as server:
            visit = Visit(server.url)
        self.warns(visit, "usage", "no usage", "estimates")
        self.warns(visit, "cache", "not reported", "cache_hit")

    def test_stream_options_refused(self):
        with Server(*FAST, "--reject-stream-options") as server:
            self.warns(Visit(server.url), "usage", "refuses stream_options", "estimates")

    def test_no_cached_tokens(self):
        with Server(*FAST, "--no-cached-tokens") as server:
            self.warns(Visit(server.url), "cache", "not reported", "vLLM")
        with Server(*FAST, "--cache-blocks", "0") as server:
            self.warns(Visit(server.url), "cache", "none of", "prefix caching")

    def test_small_context(self):
        with Server(*FAST, "--max-model-len", "512") as server:
            visit = Visit(server.url)
        self.assertEqual(visit.code, 0, visit.stdout)

    def test_no_stream(self):
        with Endpoint(lambda c, r: reply(200, '{"choices":[]}', [("Content-Type", "text/json")])
                      ) as e:
            self.ends_with(Visit(e.url), "stream", "not_sse", "does not stream")

    def test_server_fault(self):
        with Endpoint(lambda c, r: reply(500, '{"error":{"message":"CUDA out of memory"}}')) as e:
            visit = Visit(e.url)
        self.ends_with(visit, "chat", "CUDA out of memory", "log")
        self.assertIn("(server_error)", visit.checks["chat"]["text"])

    def test_connections_not_kept(self):
        with Endpoint(lambda c, r: answer(headers=[("Connection", "close")])) as e:
            visit = Visit(e.url)
        self.warns(visit, "http", "HTTP/1.1, the connection is closed", "keep them")

    def test_what_servers_say_is_data(self):
        evil = json.dumps({"object": "list", "data": [{"id": "m\u001b[31m\u202e\n"}]})
        with Endpoint(lambda c, r: answer(), models=reply(200, evil)) as e:
            visit = Visit(e.url)
        self.assertNotRegex(visit.stdout, "[\x1b\u202e]")
        self.assertEqual(len(visit.stdout.splitlines()), len(visit.checks))


class Gateways(Case):
    HEADERS = [("x-litellm-version", "1.100.0"), ("x-litellm-overhead-duration-ms", "12.5"),
               ("x-litellm-attempted-retries", "0"),
               ("llm_provider-x-ratelimit-limit-requests", "600"),
               ("x-ratelimit-limit-requests", "120"), ("x-ratelimit-limit-tokens", "40000"),
               ("x-ratelimit-remaining-requests", "7")]

    def test_litellm(self):
        with Endpoint(lambda c, r: answer(headers=self.HEADERS)) as e:
            visit = Visit(e.url)
        self.assertEqual(visit.checks["gateway"]["text"], "LiteLLM 1.100.0")
        self.assertEqual(visit.checks["quota"]["text"],
                         "120 requests/min (7 left), 40000 tokens/min")
        self.assertEqual(visit.checks["overhead"]["text"],
                         "12.5 ms of a request are the gateway's own")

    def test_warnings(self):
        slow_one = [("x-litellm-overhead-duration-ms", "912.5"),
                    ("x-litellm-attempted-retries", "2"), ("x-ratelimit-remaining-tokens", "0")]
        with Endpoint(lambda c, r: answer(headers=slow_one)) as e:
            visit = Visit(e.url)
        self.warns(visit, "gateway", "needed 2 retries", "hide failures")
        self.warns(visit, "quota", "0 tokens left", "used up")
        self.warns(visit, "overhead", "912.5 ms", "workers")
        self.warns(visit, "cache", "the very same response", "no-cache")  # all ids are equal

    def test_another_model_answers(self):
        with Endpoint(lambda c, r: answer().replace(b'"model": "m"', b'"model": "n"')) as e:
            self.warns(Visit(e.url), "chat", "m was asked, n answered", "fallback")

    def test_rate_limit(self):
        with Server(*FAST, "--rate-limit", "120") as server:
            visit = Visit(server.url)
        self.assertRegex(visit.checks["quota"]["text"], r"^120 requests/min \(1[0-9]{2} left\)$")
        self.assertEqual(visit.checks["quota"]["status"], "ok")
        with Server(*FAST, "--rate-limit", "1") as server:
            visit = Visit(server.url)
        self.ends_with(visit, "quota", "HTTP 429", "used up")


class Tls(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.authority = Authority(cls.folder.name)

    def visit(self, wrap, *options, host="127.0.0.1"):
        with Endpoint(lambda c, r: answer(), wrap=wrap) as e:
            visit = Visit(f"https://{host}:{e.port}", *options)
            self.asked = len(e.heard)
        return visit

    def test_trusted(self):
        visit = self.visit(self.authority.wrap(), "--ca-file", self.authority.file)
        self.assertEqual(visit.code, 0, visit.stdout)
        tls = visit.checks["tls"]
        self.assertEqual(tls["status"], "ok")
        self.assertRegex(tls["text"], "verified in .*CN ?= ?server, issued by .*Authority of the "
                                      "tests, .*valid for (99|100) more days")

    def test_expires_soon(self):
        visit = self.visit(self.authority.wrap("soon", days=5), "--ca-file", self.authority.file)
        self.warns(visit, "tls", "valid for", "renew")

    def test_insecure(self):
        self.warns(self.visit(self.authority.wrap(), "--insecure"), "tls", "not verified",
                   "--insecure")

    def test_unknown_authority(self):
        visit = self.visit(self.authority.wrap())
        self.ends_with(visit, "tls", "Authority of the tests", "--ca-file")
        self.assertEqual(self.asked, 0)  # nothing, so no key, went to whoever that is

    def test_expired(self):
        visit = self.visit(self.authority.wrap("old", days=-1), "--ca-file", self.authority.file)
        self.ends_with(visit, "tls", "expired", "renew the certificate")
        self.assertIn("days ago", visit.checks["tls"]["text"])
        self.assertEqual(self.asked, 0)

    def test_wrong_name(self):
        wrap = self.authority.wrap("other", "DNS:other.example.com")
        visit = self.visit(wrap, "--ca-file", self.authority.file)
        self.ends_with(visit, "tls", "DNS:other.example.com", "a host name that the certificate")
        self.assertEqual(self.asked, 0)

    def test_no_tls_there(self):
        with Endpoint(lambda c, r: answer()) as e:
            visit = Visit(f"https://127.0.0.1:{e.port}", "--timeout", "1s")
        self.ends_with(visit, "tls", "", "does this port speak TLS")


def frames():
    return [chunk({"content": "word "}) for _ in range(12)] + [chunk({}, "stop"),
                                                               "data: [DONE]\n\n"]


def slow():
    """Frame by frame, as a model makes them."""
    body = frames()
    size = sum(len(f) for f in body)
    yield (f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {size}\r\n\r\n"
           ).encode()
    for frame in body:
        yield 0.02
        yield frame.encode()


def later(seconds, data):
    yield seconds
    yield data


if __name__ == "__main__":
    unittest.main()
