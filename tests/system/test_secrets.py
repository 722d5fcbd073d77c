#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys and secret headers appear nowhere: every command, every format, every way a server may echo
them, every file that is written, the process list. Not even a piece of one that was cut off."""

import json
import os
import pathlib
import resource
import secrets
import signal
import subprocess
import tempfile
import time
import unittest

from scripted import Endpoint, answer, chunk, reply
from simulator import BIN, LIMIT_S, NO_THINKING

PIECE = 10  # so many characters of a secret in a row are a leak
FORMATS = ["json", "ndjson", "csv", "packed", "markdown", "text", "user-info", "user-data",
           "legacy", "html", "junit", "openmetrics"]
SSE = [("Content-Type", "text/event-stream")]
FEW = ["-c", "2", "-t", "2", "-p", "2", "-m", "8", "--context", "4096", "--timeout", "5s",
       *NO_THINKING]


def secret():
    return "sk-" + secrets.token_hex(24)


def pieces(text):
    return {text[i:i + PIECE] for i in range(3, len(text) - PIECE + 1)}


class Case(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.addCleanup(self.tmp.cleanup)
        self.folder = pathlib.Path(self.tmp.name)
        self.out = self.folder / "out"
        self.out.mkdir()
        self.key, self.token, self.cookie = secret(), secret(), secret()
        self.secrets = {"key": self.key, "token": self.token, "cookie": self.cookie}
        self.put("key", self.key)
        self.put("token", self.token)
        self.put("cookie", f"theme=dark; session={self.cookie}")
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith(("LITEBENCH_", "OPENAI_"))}
        self.env["XDG_STATE_HOME"] = str(self.out / "state")
        self.seen = []  # all that was said

    def put(self, name, text):
        (self.folder / name).write_text(text + "\n", encoding="utf-8")

    def given(self):
        """By file, the usual way: key, a header of ours, a cookie."""
        return ["--key-file", str(self.folder / "key"), "--secret-header", "X-Token", "-H",
                f"X-Token: @{self.folder / 'token'}", "-H", f"Cookie: @{self.folder / 'cookie'}"]

    def call(self, *args, env=None, codes=None, limit=LIMIT_S):
        done = subprocess.run([BIN, *args], capture_output=True, timeout=limit, check=False,
                              cwd=self.out, env={**self.env, **(env or {})},
                              stdin=subprocess.DEVNULL)
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.seen.append((" ".join(args), said))
        if codes is not None:
            self.assertIn(done.returncode, codes, said)
        return said

    def formats(self):
        """-o for every format that this build knows."""
        known = self.call("run", "http://127.0.0.1:1", "-o", "none:x", codes=(2,))
        self.assertIn("user-data", known)
        return [part for name in FORMATS if name in known
                for part in ("-o", f"{name}:all.{name}")]

    def no_leak(self, what=""):
        texts = list(self.seen)
        texts += [(str(path), path.read_bytes().decode("utf-8", "replace"))
                  for path in self.out.rglob("*") if path.is_file()]
        for where, text in texts:
            for name, value in self.secrets.items():
                found = [p for p in pieces(value) if p in text]
                self.assertEqual(found, [], f"{what}: {name} in {where}: "
                                            f"{text[max(0, text.find(found[0]) - 80):][:200]}"
                                 if found else "")
        return texts


def everything(text, pad=""):
    """Bodies that a server may put secrets in; `pad` moves them to where texts are cut."""
    said = json.dumps(pad + text)
    return {
        "401": reply(401, '{"error":{"message":%s}}' % said),
        "400 as text": reply(400, pad + text),
        "400 escaped": reply(400, '{"error":{"message":%s}}' % said.replace("-", "\\u002d")),
        "500 html": reply(500, f"<html><title>{pad}{text}</title></html>"),
        "302": reply(302, "", [("Location", f"http://127.0.0.1/{text}")]),
        "429 with headers": reply(429, "{}", [("x-ratelimit-limit-requests", pad + text),
                                              ("Retry-After", text), ("x-request-id", text)]),
        "no stream": reply(200, pad + text),
        "error object": reply(200, '{"error":{"message":%s,"code":%s}}' % (said, said)),
        "error in the stream": reply(200, 'data: {"error":{"message":%s,"code":%s}}\n\n'
                                     % (said, said), SSE),
        "error event": reply(200, f"event: error\ndata: {pad}{text}\n\n", SSE),
        "bad event": reply(200, f"data: {{oops {pad}{text}\n\n", SSE),
        "names": reply(200, chunk({"content": text}).replace('"x"', said).replace('"m"', said)
                       + chunk({}, pad + text) + "data: [DONE]\n\n",
                       [*SSE, ("Server", pad[-60:] + text), ("x-litellm-version", text)]),
    }


class Echoes(Case):
    """The server says what it was sent, in every place of an answer."""

    def through_all(self, build, models=None, *more):
        formats = self.formats()
        for pad in ("", "x" * 60 + " ", "y" * 90 + " ", "z" * 270 + " ", "w" * 240 + " "):
            said = f"{self.key} {self.token} {self.cookie}"
            for name, body in build(said, pad).items():
                with Endpoint(lambda c, r, body=body: body, models=models) as e:
                    self.call("run", e.url, *FEW, *self.given(), "--model", "m", "--verbose",
                              "--slo", "errors<=1%", *formats, *more)
                    self.assertTrue(e.heard, name)
                    for value in self.secrets.values():
                        self.assertIn(value, e.heard[0][0])
                self.no_leak(name + pad[:1])
                self.seen.clear()

    def test_run(self):
        self.through_all(everything)

    def test_doctor(self):
        said = f"{self.key} {self.token} {self.cookie}"
        for pad in ("", "x" * 380 + " ", "y" * 280 + " "):
            for name, body in everything(said, pad).items():
                for models in (None, body):
                    with Endpoint(lambda c, r, body=body: body, models=models) as e:
                        self.call("doctor", e.url, *self.given(), "-v", "-o", "doctor.json")
                    self.no_leak(f"{name}, models: {models is not None}")
                    self.seen.clear()

    def test_list_of_models(self):
        """Without --model its failure ends the run, and its names are all over the report."""
        said = f"{self.key} {self.token} {self.cookie}"
        listed = reply(200, json.dumps({"object": "list", "data": [{"id": said}, {"id": "m"}]}))
        formats = self.formats()
        for name, models in {**everything(said), "listed": listed}.items():
            with Endpoint(lambda c, r: answer(), models=models) as e:
                self.call("run", e.url, *FEW, *self.given(), "-v", *formats)
            self.no_leak(name)

    def test_part_of_a_header(self):
        """A server repeats the key alone, the header had a scheme before it."""
        self.put("key", f"Bearer {self.key}")
        with Endpoint(lambda c, r: reply(401, f"bad key {self.key} and {self.cookie}")) as e:
            for args in (["run", e.url, *FEW, "--model", "m", "-v"], ["doctor", e.url]):
                said = self.call(*args, "-H", f"Authorization: @{self.folder / 'key'}", "-H",
                                 f"Cookie: @{self.folder / 'cookie'}")
                self.assertIn("***", said)
        self.no_leak()


class Ways(Case):
    """However a secret is given, and whatever is wrong with that."""

    def test_environment_and_file(self):
        self.put("conf.json", json.dumps({"target": {
            "key": self.key, "header": [f"X-Token: {self.token}", f"Cookie: s={self.cookie}"],
            "secret_header": ["X-Token"]}}))
        conf = str(self.folder / "conf.json")
        with Endpoint(lambda c, r: answer()) as e:
            for args, env in ((["--config", conf], {}), ([], {"LITEBENCH_API_KEY": self.key}),
                              ([], {"OPENAI_API_KEY": self.key}), (["--key-env", "K"],
                                                                   {"K": self.key})):
                self.call("run", e.url, *FEW, *args, "-v", *self.formats(), env=env,
                          codes=(0, 1, 4, 5))
                self.assertIn(self.key, e.heard[-1][0])
                said = self.call("run", e.url, *FEW, *args, "--dry-run", env=env, codes=(0,))
                self.assertRegex(said, r"target\.key +\*\*\*")
                self.call("plan", "-c", "1", "-t", "1", env=env, codes=(0,))
                self.call("doctor", e.url, *args, "-o", "json:-", env=env, codes=(0,))
                self.call("options", "--json", env=env, codes=(0,))
                self.call("report", "last", *self.formats(), env=env, codes=(0,))
                self.call("merge", "all.ndjson", "-o", "merged.json", env=env)
        env = {"LITEBENCH_API_KEY": self.key}
        for args in (["help"], ["--version"], ["completion", "bash"]):
            self.call(*args, env=env, codes=(0,))
        if "LITEBENCH_SANITIZED" not in os.environ:  # it takes its time
            self.call("selftest", "--json", env=env, limit=200)
        files = [where for where, _ in self.no_leak()]
        for name in ("all.json", "all.ndjson", "all.csv", "state"):
            self.assertTrue([f for f in files if name in f], name)

    def test_refused_and_not_repeated(self):
        url = "http://127.0.0.1:1"
        for args in (["--api-key", self.key], [f"--api-key={self.key}"], ["--key", self.key],
                     ["-H", f"Authorization: Bearer {self.key}"], ["-H", f"X-Api-Key: {self.key}"],
                     ["-H", f"Cookie: s={self.key}"], ["--set", f"target.key={self.key}"],
                     ["-H", f"X-Token: {self.key}", "--secret-header", "X-Token"],
                     ["-H", self.key], ["--set", f"target.header=Api-Key: {self.key}"],
                     ["--key-file", self.key], ["--key-env", self.key]):
            for command in ("run", "doctor"):
                self.call(command, url, "--model", "m", "--context", "4096", *args, codes=(2,))
        for bad in (f"http://user:{self.key}@127.0.0.1:1", f"http://{self.key}@127.0.0.1:1/v1",
                    f"user:{self.key}@127.0.0.1", f"ftp://user:{self.key}@127.0.0.1"):
            for args in ([bad], ["--url", bad], ["--set", f"target.url={bad}"]):
                for command in ("run", "doctor"):
                    self.call(command, *args, "--dry-run" if command == "run" else "-v",
                              codes=(2,))
            self.call("run", env={"LITEBENCH_URL": bad}, codes=(2,))
        self.put("conf.json", '{"target":{"key":"%s","nonsense":1,}}' % self.key)
        self.call("run", url, "--config", str(self.folder / "conf.json"), codes=(2,))
        self.put("conf.json", '{"target":{"key":["%s"],"insecure":3}}' % self.key)
        self.call("run", url, "--config", str(self.folder / "conf.json"), codes=(2,))
        self.no_leak()

    def test_query_of_the_url(self):
        with Endpoint(lambda c, r: answer()) as e:
            url = f"{e.url}?key={self.key}"
            self.call("run", url, *FEW, "--model", "m", "-v", *self.formats(), codes=(0, 1, 4, 5))
            self.call("run", url, *FEW, "--dry-run", codes=(0,))
            self.call("doctor", url, "-o", "d.json", codes=(0,))
        self.call("run", f"http://127.0.0.1:1?key={self.key}", *FEW, codes=(3,))
        self.call("run", f"http://127.0.0.1:99999?key={self.key}", *FEW, codes=(2,))
        self.call("run", f"http://127.0.0.1:1 ?key={self.key}", *FEW, codes=(2,))
        self.no_leak()

    def test_proxy_with_a_password(self):
        with Endpoint(lambda c, r: answer()) as e:
            proxy = f"http://user:{self.key}@127.0.0.1:1"
            env = {"http_proxy": proxy, "no_proxy": "", "NO_PROXY": ""}
            for args in (["run", e.url, *FEW, "--model", "m", "-v", *self.formats()],
                         ["doctor", e.url, "-o", "d.json"]):
                self.call(*args, env=env, codes=(3,))
        self.no_leak()

    def test_simulate(self):
        process = subprocess.Popen(
            [BIN, "simulate", "--require-key-file", str(self.folder / "key"), "--log", "sim.csv"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.out, env=self.env)
        url = process.stdout.readline().strip()
        wrong = {"LITEBENCH_API_KEY": self.token}
        self.call("run", url, *FEW, *self.given(), codes=(0, 1, 4, 5))
        self.call("run", url, *FEW, "--model", "simulated-model", env=wrong, codes=(3,))
        process.send_signal(signal.SIGTERM)
        self.seen.append(("simulate", "".join(process.communicate(timeout=LIMIT_S))))
        self.no_leak()


class Process(Case):
    def running(self, *more):
        """A run that waits for its answer."""
        self.server = Endpoint(lambda c, r: iter([LIMIT_S]))
        self.addCleanup(self.server.__exit__)
        process = subprocess.Popen(
            [BIN, "run", self.server.url, *FEW[:-4], "--timeout", "30s", "--model", "m",
             *self.given(), *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.out,
            env=self.env, preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        until = time.monotonic() + LIMIT_S
        while not self.server.heard and time.monotonic() < until:
            time.sleep(0.01)
        self.assertTrue(self.server.heard)
        return process

    def look(self, process, name):
        return pathlib.Path(f"/proc/{process.pid}/{name}").read_text(encoding="utf-8")

    def core_limits(self, process):
        line = next(line for line in self.look(process, "limits").splitlines() if "core" in line)
        return line.split()[4:6]

    def setUp(self):
        super().setUp()
        if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
            self.skipTest("core files are limited here already")

    def test_no_core_file(self):
        process = self.running()
        self.seen.append(("cmdline", self.look(process, "cmdline")))
        self.seen.append(("status", self.look(process, "status")))
        self.no_leak()
        self.assertEqual(self.core_limits(process), ["0", "0"])
        process.send_signal(signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        self.assertTrue(os.WIFSIGNALED(status))
        self.assertFalse(os.WCOREDUMP(status))

    def test_core_when_asked_for(self):
        self.assertEqual(self.core_limits(self.running("--core")), ["unlimited", "unlimited"])


if __name__ == "__main__":
    unittest.main()
