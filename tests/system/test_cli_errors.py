#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a command line is said in one line a fault, with the right exit code, before
anything is sent or written; and a secret is never repeated."""
import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest

from ports import free_port

BIN = os.environ["LITEBENCH_BIN"]
SECRET = "sk-geheim-4711"
URL = "http://127.0.0.1:9"


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Answers GET with what the server object says."""

    def do_GET(self):
        body = self.server.body.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Case(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.tmp.name)
        self.addCleanup(self.tmp.cleanup)

    def run_it(self, *args, env=None, stdin=""):
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith(("LITEBENCH_", "OPENAI_"))}
        clean["XDG_STATE_HOME"] = str(self.dir / "state")
        clean.update(env or {})
        return subprocess.run([BIN, *args], capture_output=True, text=True, timeout=60,
                              cwd=self.dir, env=clean, input=stdin)

    def fails(self, args, *wanted, code=2, env=None):
        """The command ends with `code`, says one line for each of `wanted`, and nothing else."""
        before = sorted(p.name for p in self.dir.iterdir())
        done = self.run_it(*args, env=env)
        lines = done.stderr.splitlines()
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(len(lines), len(wanted), done.stderr)
        for line, text in zip(lines, wanted):
            self.assertTrue(line.startswith("litebench"), line)
            self.assertIn(text, line)
        self.assertNotIn(SECRET, done.stderr)
        self.assertEqual(before, sorted(p.name for p in self.dir.iterdir()), "files were left")
        return done.stderr

    def write(self, name, text):
        (self.dir / name).write_text(text)
        return str(self.dir / name)

    def serve(self, status, body):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        server.status, server.body = status, body
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/v1"


class Commands(Case):
    def test_unknown_command(self):
        self.fails(["runn"], "\"runn\" is no command; nearest: run")
        self.fails(["frobnicate"], "\"frobnicate\" is no command (litebench --help")
        self.fails(["help", "reprot"], "nearest: report")

    def test_no_command_shows_help_and_fails(self):
        done = self.run_it()
        self.assertEqual(done.returncode, 2)
        self.assertIn("Commands", done.stdout)

    def test_unknown_option(self):
        self.fails(["run", URL, "--usrs", "5"], "--usrs: no such option; nearest: --users")
        self.fails(["run", URL, "--frobnicate=5"], "--frobnicate: no such option")
        self.fails(["run", URL, "--user"], "nearest: --users")  # no abbreviations
        self.fails(["run", URL, "-z"], "-z: no such option")
        self.fails(["plan", "--slo", "errors<=1%"],
                   "--slo is no option of plan; it belongs to: run")
        self.fails(["options", "--jsn"], "nearest: --json")
        self.fails(["simulate", "--workers", "3"], "it belongs to: run")

    def test_missing_value(self):
        self.fails(["run", URL, "--users"], "--users wants a value (for example --users 100)")
        self.fails(["run", URL, "--users", "--turns", "3"],
                   "--users wants a value and \"--turns\" is an option")
        self.fails(["run", URL, "-p", "-v"], "--workers wants a value and \"-v\" is an option")
        self.fails(["run", URL, "--no-quiet=1"], "--no-quiet takes no value")

    def test_too_many_words(self):
        self.fails(["run", URL, "extra"], "unexpected argument \"extra\"")
        self.fails(["run", URL, SECRET], "unexpected argument")
        self.fails(["run", URL, "--url", URL], "the URL is given twice")


class Values(Case):
    def test_all_faults_at_once(self):
        self.fails(["run", URL, "--users", "ten", "--turns", "0", "--timeout", "5x", "--bogus"],
                   "--bogus: no such option",
                   "--users: \"ten\" is not a number (1..100000, for example --users 100)",
                   "--turns: 0 is out of range 1..1000",
                   "--timeout: \"5x\" is not a duration")

    def test_ranges(self):
        for option, value in (("--conversations", "0"), ("--turns", "-1"), ("--workers", "100001"),
                              ("--users", "0"), ("--max-tokens", "0"), ("--timeout", "0"),
                              ("--min-delay", "-1s"), ("--abort-errors", "101%"),
                              ("--seed", "99999999999999999999"), ("--temperature", "-1"),
                              ("--context", "0")):
            with self.subTest(option=option):
                self.fails(["run", URL, option, value], f"{option}: {value} is out of range")

    def test_no_numbers(self):
        for option, value in (("--conversations", "1e3"), ("--turns", "1.5"), ("--seed", "0x10"),
                              ("--workers", ""), ("--ramp", "1m30s"), ("--ramp", "1 s"),
                              ("--temperature", "warm"), ("--abort-errors", "half"),
                              ("--for", "inf")):
            with self.subTest(option=option):
                self.fails(["run", URL, option, value], f"{option}: \"{value}\" is not a")

    def test_choices(self):
        self.fails(["run", URL, "--schedule", "random"], "\"random\" is none of rotate, users")
        self.fails(["run", URL, "--http", "3"], "\"3\" is none of auto, 1.1, 2")
        self.fails(["run", URL, "--fail-on", "fail,maybe"], "is none of fail, warn")
        self.fails(["run", URL, "--preset", "big"], "there are quick, workshop")

    def test_contradictions(self):
        self.fails(["run", URL, "--min-delay", "5s", "--max-delay", "1s"],
                   "--min-delay: 5s is longer than")
        self.fails(["run", URL, "--users", "10", "--workers", "3"],
                   "--users: 10 people at once are as many workers")
        self.fails(["run", URL, "--key-file", "k", "--key-env", "HOME"],
                   "a key was already given another way")
        self.fails(["run", URL, "--fail-on", "none,fail"], "none stands alone")
        self.fails(["run", URL, "--exit-zero", "--fail-on", "fail"], "contradicts --fail-on")

    def test_texts(self):
        self.fails(["run", URL, "--slo", "ttft.p95"], "--slo: ")
        self.fails(["run", URL, "--slo", "speed<=1s"], "\"speed\"")
        self.fails(["run", URL, "--extra-body", "[1]"], "--extra-body: \"[1]\" is no JSON object")
        self.fails(["run", URL, "--label", "nokey"], "KEY=VALUE")
        self.fails(["run", URL, "-H", "no colon here"], "'Name: value'")
        self.fails(["run", URL, "--set", "load.workers"], "NAME=VALUE")
        self.fails(["run", URL, "--set", "load.wrokers=3"], "nearest: load.workers")
        self.fails(["run", URL, "--set", "load.workers=x"], "load.workers (--set): \"x\" is not")

    def test_environment(self):
        self.fails(["run", URL], "environment LITEBENCH_LOAD_WORKERS): \"x\" is not a number",
                   env={"LITEBENCH_LOAD_WORKERS": "x"})
        self.fails(["run"], "environment OPENAI_BASE_URL): \"ftp://h\" is no http",
                   env={"OPENAI_BASE_URL": "ftp://h"})


class Endpoints(Case):
    def test_urls(self):
        self.fails(["run"], "target.url: missing; give the base URL")
        self.fails(["run", ""], "--url: missing")
        self.fails(["run", "http://a b/v1"], "--url: \"http://a b/v1\" holds blanks")
        self.fails(["run", "ftp://h/v1"], "is no http:// or https:// URL")
        self.fails(["run", "localhost:8000"], "is no http:// or https:// URL")
        self.fails(["run", "http://"], "names no host")
        self.fails(["run", "http://h:99999/v1"], "has no port")

    def test_unreachable(self):
        port = free_port()
        self.fails(["run", f"http://127.0.0.1:{port}/v1"], f"127.0.0.1:{port}", code=3)
        self.fails(["run", "http://no-such-host.invalid/v1"], "no-such-host.invalid", code=3)

    def test_models(self):
        key = {"LITEBENCH_API_KEY": SECRET}
        for status, body, text in ((200, '{"object":"list","data":[]}', "lists no model"),
                                   (200, "hello", ""),
                                   (401, '{"error":{"message":"wrong key %s"}}' % SECRET, "401"),
                                   (404, "not here", "404"),
                                   (500, "", "500")):
            with self.subTest(status=status, body=body):
                self.fails(["run", self.serve(status, body)], text, code=3, env=key)


class Files(Case):
    def test_documents(self):
        (self.dir / "empty").mkdir()
        self.fails(["run", URL, "--model", "m", "--docs", "nowhere", "--dry-run"], "nowhere")
        self.fails(["plan", "--docs", "empty"], "empty")

    def test_outputs(self):
        self.fails(["run", URL, "-o", "out.xyz"], "\"xyz\" is no known format; there are ")
        self.fails(["run", URL, "-o", "jsn:out"], "\"jsn\" is no known format")
        self.fails(["run", URL, "-o", "-"], "write FORMAT:FILE")
        self.fails(["run", URL, "-o", "json:-", "-o", "csv:-"], "stdout takes one result only")
        self.fails(["run", URL, "-o", "a.json", "-o", "json:a.json"], "named twice")
        self.fails(["run", URL, "-o", "json:"], "names no file")

    def test_unwritable_output_is_found_before_the_run(self):
        self.fails(["run", URL, "--model", "m", "-o", "nowhere/x.json"],
                   "cannot write nowhere/x.json", code=3)
        (self.dir / "folder.json").mkdir()
        self.fails(["run", URL, "-o", "folder.json"], "cannot write folder.json", code=3)
        self.fails(["run", URL, "-o", "good.json", "-o", "nowhere/x.json"],
                   "cannot write nowhere/x.json", code=3)

    def test_an_old_result_survives_a_failed_run(self):
        self.write("old.json", "precious")
        self.fails(["run", f"http://127.0.0.1:{free_port()}", "-o", "old.json"], "", code=3)
        self.assertEqual((self.dir / "old.json").read_text(), "precious")

    def test_config_files(self):
        self.fails(["run", URL, "--config", "nowhere.json"], "nowhere.json: No such file")
        bad = self.write("bad.json", '{"load": {\n  "workers": 8,, }}')
        self.fails(["run", URL, "--config", bad], "bad.json:2:16: not JSON")
        unknown = self.write("u.json", '{\n  "load": {"wrokers": 8},\n  "turns": 3\n}')
        self.fails(["run", URL, "--config", unknown],
                   "u.json:2:12: load.wrokers: no such option; nearest: load.workers",
                   "u.json:3:3: turns: no such option; nearest: plan.turns")
        kind = self.write("k.json", '{"load": {"workers": [8]}}')
        self.fails(["run", URL, "--config", kind], "k.json:1:11: load.workers: array is not a")
        secret = self.write("s.json", json.dumps({"target": {"key": SECRET + "\n"}}))
        self.fails(["run", URL, "--config", secret], "target.key: \"***\" holds control")

    def test_stored_results(self):
        self.fails(["report"], "no file; give stored results")
        self.fails(["report", "nowhere.json"], "nowhere.json: No such file")
        self.fails(["report", "last"], "last: no run was kept yet")
        self.fails(["report", self.write("x.json", "{")], "x.json")
        self.fails(["report", self.write("y.ndjson", "")], "y.ndjson")
        self.fails(["report", "a", "b", "-o", "x.json"], "--output takes one result")


class Secrets(Case):
    def test_keys_in_argv_are_refused(self):
        for args in (["--api-key", SECRET], [f"--api-key={SECRET}"], ["--key", SECRET],
                     ["--token", SECRET]):
            with self.subTest(args=args):
                self.fails(["run", URL, *args], "use --key-file FILE, --key-env NAME")
        self.fails(["run", URL, "--set", f"target.key={SECRET}"], "use --key-file FILE")

    def test_secret_headers_in_argv_are_refused(self):
        for name in ("Authorization", "authorization", "api-key", "X-API-Key", "Cookie"):
            with self.subTest(name=name):
                self.fails(["run", URL, "-H", f"{name}: Bearer {SECRET}"], f"use '{name}: @FILE'")
        self.fails(["run", URL, "-H", f"X-Own: {SECRET}", "--secret-header", "x-own"],
                   "use 'X-Own: @FILE'")
        self.fails(["run", URL, "--set", f"target.header=Cookie: {SECRET}"], "use 'Cookie: @FILE'")
        self.fails(["run", URL, "-H", f"Authorization {SECRET}"], "'Name: value'")

    def test_password_in_the_url_is_refused(self):
        for url in (f"https://me:{SECRET}@h/v1", f"http://{SECRET}@h", f"me:{SECRET}@h"):
            with self.subTest(url=url):
                self.fails(["run", url], "holds a user name or password")
        self.fails(["run"], "holds a user name or password",
                   env={"LITEBENCH_URL": f"https://me:{SECRET}@h/v1"})

    def test_missing_keys(self):
        self.fails(["run", URL, "--key-env", "NOT_THERE"],
                   "environment variable NOT_THERE is not set")
        self.fails(["run", URL, "--model", "m", "--key-file", "nowhere"], "nowhere")

    def test_dry_run_shows_no_secret(self):
        config = self.write("c.json", json.dumps(
            {"target": {"header": [f"Authorization: Bearer {SECRET}", f"X-Own: {SECRET}"],
                        "secret_header": "X-Own"}}))
        done = self.run_it("run", URL, "--dry-run", "--config", config,
                           env={"OPENAI_API_KEY": SECRET})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        self.assertIn("***", done.stdout)
        self.assertIn("environment OPENAI_API_KEY", done.stdout)


if __name__ == "__main__":
    unittest.main()
