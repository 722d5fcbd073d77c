#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS and HTTP/2 by a real nginx and a real haproxy with certificates of an authority of our own:
who is trusted, what is said when not, many streams on one connection, connections that go away,
and proxies on the way.

Skipped where there is no nginx or no openssl; haproxy's cases alone where that is missing.
"""
# ctest: serial

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from authority import Authority
from front import NGINX, ForwardProxy, Front, wait_for
from ports import free_port
from simulator import BIN, LIMIT_S, NO_THINKING, Run, Server

HAPROXY = shutil.which("haproxy") or next(
    (p for p in ("/usr/sbin/haproxy", "/usr/local/sbin/haproxy") if os.access(p, os.X_OK)), None)
ENGINE = ["--ttft", "40ms", "--itl", "3ms", "--tokens", "30", "--usage"]
NO_PROXY = {name: "" for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                  "ALL_PROXY", "no_proxy", "NO_PROXY")}
PASSWORD = "pa55-4711"
MODERN = "ssl_protocols TLSv1.2 TLSv1.3;"
W = {}  # the world: authority, engine, nginx


def setUpModule():
    W["folder"] = tempfile.TemporaryDirectory()
    ca = W["ca"] = Authority(W["folder"].name)
    good = ca.certificate()
    W["engine"] = Server(*ENGINE)
    W["nginx"] = Front(W["engine"].port, {
        "good": ("ssl", good, MODERN),
        "tls12": ("ssl", good, "ssl_protocols TLSv1.2;"),
        "wrong": ("ssl", ca.certificate("wrong", "DNS:other.example.com"), MODERN),
        "old": ("ssl", ca.certificate("old", days=-1), MODERN),
        "own": ("ssl", ca.signed_by_itself(), MODERN),
        "user": ("ssl", good, MODERN),
        "idle": ("ssl", good, "keepalive_timeout 1s;"),
        "clear": ("", None, ""),
        "clear2": ("http2", None, ""),
        "h2": ("ssl http2", good, MODERN),
        "h2few": ("ssl http2", good, MODERN + "keepalive_requests 7;"),
        "h2idle": ("ssl http2", good, MODERN + "keepalive_timeout 1s;"),
        "h2reload": ("ssl http2", good, MODERN),
    })


def tearDownModule():
    W["nginx"].close()
    W["engine"].stop()
    W["folder"].cleanup()


def run(url, *options, trust=True, think=NO_THINKING, env=None):
    ca = ["--ca-file", W["ca"].file] if trust else []
    return Run(url, "-c", "10", "-t", "3", "-p", "10", *think, "--slo", "ttft.p95<=5s", "--slo",
               "errors<=1%", "--fail-on", "fail", *ca, *options, env={**NO_PROXY, **(env or {})})


def run_site(site, *options, host="127.0.0.1", **more):
    return run(W["nginx"].url(site, host), *options, **more)


class Case(unittest.TestCase):
    def assert_clocks(self, records):
        names = ["due", "start", "sent", "first_byte", "first_token", "last_token", "done"]
        for record in records:
            clocks = [record[name + "_ms"] for name in names]
            self.assertEqual(clocks, sorted(clocks), record)

    def assert_whole(self, done, version="1.1", turns=30):
        self.assertEqual(done.code, 0, done.stdout + done.stderr)
        counts = done.result["requests"]
        self.assertEqual(counts["failed"], 0, counts)
        self.assertEqual(counts["ok"] + counts["reconnected"], turns, counts)
        self.assertEqual({r["http_version"] for r in done.records}, {version})
        self.assertEqual({(r["chunks"], r["completion_tokens"]) for r in done.records}, {(30, 30)})
        self.assert_clocks(done.records)

    def assert_tls(self, done, text):
        self.assertEqual(done.code, 3, done.stdout + done.stderr)
        self.assertEqual(done.result["requests"]["errors"], {"tls": 10})
        self.assertEqual(done.result["requests"]["ok"], 0)
        self.assertTrue(all(text in r["error_text"] for r in done.records), done.records[0])
        self.assertTrue(all(r["status"] is None for r in done.records))

    def assert_not_asked(self, done, *texts):
        """Without a model to ask it ends at the list of models, in one line."""
        self.assertEqual(done.code, 3, done.stdout)
        for text in texts:
            self.assertIn(text, done.stderr)
        self.assertEqual(done.stdout, "")


class Trust(Case):
    def test_known_authority(self):
        self.assert_whole(run_site("good"))
        self.assertEqual({fields[2] for fields in W["nginx"].seen("good")}, {"TLSv1.3"})

    def test_tls_1_2_only(self):
        done = run_site("tls12")
        self.assert_whole(done)
        self.assertEqual({fields[2] for fields in W["nginx"].seen("tls12")}, {"TLSv1.2"})
        new = [r for r in done.records if not r["reused"]]
        self.assertTrue(new and all(r["tls_ms"] > 0 for r in new))
        self.assertTrue(all(r["tls_ms"] == 0 for r in done.records if r["reused"]))

    def test_unknown_authority(self):
        self.assert_not_asked(run_site("good", trust=False), "unable to get local issuer",
                              "--ca-file")
        self.assert_tls(run_site("good", "--model", "m", trust=False), "issuer certificate")

    def test_wrong_name(self):
        self.assert_not_asked(run_site("wrong"), "is this the right host", "127.0.0.1")
        self.assert_tls(run_site("wrong", "--model", "m"), "127.0.0.1")

    def test_expired(self):
        self.assert_not_asked(run_site("old"), "expired")
        self.assert_tls(run_site("old", "--model", "m"), "expired")

    def test_signed_by_itself(self):
        self.assert_tls(run_site("own", "--model", "m"), "self")
        self.assert_tls(run_site("own", "--model", "m", trust=False), "self")

    def test_no_tls_there(self):
        url = W["nginx"].url("clear").replace("http:", "https:")
        self.assert_not_asked(run(url), "does this port speak TLS?")
        self.assert_tls(run(url, "--model", "m"), "")

    def test_bad_ca_file(self):
        done = run_site("good", "--ca-file", os.devnull, trust=False)
        self.assert_not_asked(done, os.devnull)

    def test_not_verified_and_said_everywhere(self):
        for site in ("wrong", "old", "own"):
            done = run_site(site, "--insecure", trust=False)
            self.assert_whole(done)
            self.assertIs(done.result["target"]["insecure"], True)
            self.assertIn("insecure", [w["code"] for w in done.result["warnings"]])
        for form in ("text", "json", "ndjson", "markdown", "user-info", "user-data", "legacy"):
            done = Run(W["nginx"].url("own"), "--insecure", "-c", "1", "-t", "1", *NO_THINKING,
                       "-q", "--exit-zero", "-o", f"{form}:-", report=False, env=NO_PROXY)
            self.assertIn("insecure", done.stdout, form)
            done = Run(W["nginx"].url("good"), "--ca-file", W["ca"].file, "-c", "1", "-t", "1",
                       *NO_THINKING, "-q", "--exit-zero", "-o", f"{form}:-", report=False,
                       env=NO_PROXY)
            self.assertNotIn("insecure", re.sub('"insecure": ?false', "", done.stdout), form)

    def test_own_connection_still_has_the_name(self):
        done = run_site("user", "--connections", "user", host="localhost")
        self.assert_whole(done)
        seen = W["nginx"].seen("user")
        self.assertEqual({fields[1] for fields in seen}, {"localhost"})
        self.assertEqual(len({fields[0] for fields in seen}), 10)
        done = run_site("wrong", "--connections", "user", "--model", "m", host="localhost")
        self.assert_tls(done, "'localhost'")


class Streams(Case):
    def test_many_on_one_connection(self):
        before = W["nginx"].seen("h2")
        done = run_site("h2", "--http", "2", "-c", "80", "-t", "2", "-p", "80")
        self.assert_whole(done, "2", 160)
        seen = W["nginx"].seen("h2")[len(before):]
        self.assertEqual({fields[3] for fields in seen}, {"HTTP/2.0"})
        self.assertEqual(len(seen), 160)
        self.assertEqual(len({fields[0] for fields in seen}), 1)
        self.assertEqual(sum(not r["reused"] for r in done.records), 1)
        self.assertEqual(done.result["target"]["http_version"], "2")
        self.assertIs(done.result["stream"]["buffered"], False)

    def test_own_connections(self):
        before = W["nginx"].seen("h2")
        self.assert_whole(run_site("h2", "--http", "2", "--connections", "user"), "2")
        self.assertEqual(len({f[0] for f in W["nginx"].seen("h2")[len(before):]}), 10)

    def test_not_offered_by_the_server(self):
        self.assert_whole(run_site("good", "--http", "2"), "1.1")

    def test_goaway_after_a_few_requests(self):
        """What came behind the last stream that the server takes is sent again: that is safe, but
        it waited, so it is no latency of the model's."""
        done = run_site("h2few", "--http", "2")
        self.assert_whole(done, "2")
        self.assertGreater(len({fields[0] for fields in W["nginx"].seen("h2few")}), 2)
        apart = [r for r in done.records if r["reconnected"]]
        self.assertEqual(len(apart), done.result["requests"]["reconnected"])
        self.assertEqual(done.result["metrics"]["ttft"]["n"], 30 - len(apart))
        self.assertFalse([r for r in done.records if r["attempt"] > 1])

    def test_goaway_in_the_middle(self):
        timers = [threading.Timer(s, W["nginx"].reload) for s in (0.8, 1.6)]
        for timer in timers:
            timer.start()
        done = run_site("h2reload", "--http", "2", "-t", "6",
                        think=("--min-delay", "0.2s", "--max-delay", "0.6s"))
        for timer in timers:
            timer.join()
        self.assert_whole(done, "2", 60)
        self.assertGreater(len({fields[0] for fields in W["nginx"].seen("h2reload")}), 1)

    def test_without_tls(self):
        """A libcurl that cannot do it says so; it is no error of the endpoint's."""
        new = run_site("clear2", "--http", "2", "--connections", "new", trust=False)
        self.assert_whole(new, "2")
        kept = run_site("clear2", "--http", "2", trust=False)
        if kept.code == 2:
            self.assertIn("7.88", kept.stderr)
        else:
            self.assert_whole(kept, "2")


class Idle(Case):
    """The server closes connections after a second; people think about as long."""

    def idle(self, site, version, think, *options):
        done = run_site(site, *options, think=("--min-delay", think[0], "--max-delay", think[1]))
        self.assert_whole(done, version)
        self.assertLessEqual(done.result["requests"]["reconnected"], 3)
        self.assertEqual(done.result["metrics"]["ttft"]["n"], done.result["requests"]["ok"])
        return done

    def test_closed_long_before(self):
        done = self.idle("idle", "1.1", ("1.3s", "1.4s"), "--connections", "user")
        later = [r for r in done.records if r["turn"] > 1]
        self.assertFalse([r for r in later if r["reused"]])
        self.assertEqual(done.result["requests"]["reconnected"], 0)

    def test_closed_about_now(self):
        self.idle("idle", "1.1", ("0.95s", "1.05s"))

    def test_http_2(self):
        done = self.idle("h2idle", "2", ("1.3s", "1.3s"), "--http", "2")
        self.assertFalse(all(r["reused"] for r in done.records if r["turn"] > 1))


class Proxies(Case):
    def through(self, url, name, *options, login=f"us%40er:{PASSWORD}@", more=None):
        with ForwardProxy() as proxy:
            env = {name: f"http://{login}127.0.0.1:{proxy.port}/", **(more or {})}
            done = run(url, *options, env=env)
            everything = done.stdout + done.stderr + json.dumps([done.result, done.records])
            self.assertNotIn(PASSWORD, everything)
            return done, proxy, f"http://127.0.0.1:{proxy.port}"

    def test_shown(self):
        for site, name in (("clear", "http_proxy"), ("good", "https_proxy"), ("good", "ALL_PROXY"),
                           ("good", "HTTPS_PROXY"), ("clear", "all_proxy")):
            url = W["nginx"].url(site)
            done, proxy, shown = self.through(url, name)
            self.assert_whole(done)
            self.assertEqual(done.result["target"]["proxy"], shown, name)
            self.assertIn(f"proxy {shown}", " ".join(done.stdout.split()))
            self.assertEqual(proxy.passwords(), {f"us@er:{PASSWORD}"})
            host = url.split("/")[2]
            self.assertTrue(all(host in target for target in proxy.targets()))
            self.assertEqual("CONNECT" in proxy.asked[0], site == "good")

    def test_http_2_through_a_tunnel(self):
        done, _, shown = self.through(W["nginx"].url("h2"), "https_proxy", "--http", "2", login="")
        self.assert_whole(done, "2")
        self.assertEqual(done.result["target"]["proxy"], shown)

    def test_key_is_not_for_the_proxy(self):
        env = {"LITEBENCH_API_KEY": "sk-for-the-endpoint"}
        done, proxy, _ = self.through(W["nginx"].url("good"), "https_proxy", more=env)
        self.assert_whole(done)
        self.assertNotIn("sk-for", "".join(proxy.asked))

    def test_not_used(self):
        for name, site, more in (("HTTP_PROXY", "clear", None), ("https_proxy", "clear", None),
                                 ("http_proxy", "good", None),
                                 ("http_proxy", "clear", {"no_proxy": "127.0.0.0/8"}),
                                 ("http_proxy", "clear", {"NO_PROXY": "a.b, 127.0.0.1"})):
            done, proxy, _ = self.through(W["nginx"].url(site), name, more=more)
            self.assert_whole(done)
            self.assertIsNone(done.result["target"]["proxy"])
            self.assertEqual(proxy.asked, [])

    def shown_for(self, url, **env):
        done = subprocess.run([BIN, "run", url, "--dry-run"], capture_output=True, text=True,
                              timeout=LIMIT_S, check=True, env={**os.environ, **NO_PROXY, **env})
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        return re.search(r"(?m)^target.proxy +(\S+)", done.stdout).group(1)

    def test_no_proxy_as_curl_reads_it(self):
        for host, listed, direct in (
                ("api.example.com", "example.com", True), ("api.example.com", ".example.com", True),
                ("example.com", ".example.com", True), ("badexample.com", "example.com", False),
                ("API.Example.com", "x y,api.example.COM", True), ("api.example.com", "*", True),
                ("api.example.com", "example.co", False), ("10.2.3.4", "10.0.0.0/8", True),
                ("10.2.3.4", "10.2.3.0/30", False), ("10.2.3.4", "3.4", False),
                ("[fd00::1]", "fd00::/8", True), ("[fd00::1]", "[fd00::1]", True),
                ("[fe00::1]", "fd00::/8", False), ("example.com.", "example.com", True)):
            proxy = self.shown_for(f"http://{host}/v1", http_proxy="p.example:8080",
                                   no_proxy=listed)
            self.assertEqual(proxy == "-", direct, (host, listed, proxy))

    def test_spellings(self):
        for given, shown in ((f"http://u:{PASSWORD}@p:1", "http://p:1"), ("p:1", "p:1"),
                             (f"u:{PASSWORD}@p:1/x", "p:1"), ("socks5h://p:1", "socks5h://p:1"),
                             (f"http://u:{PASSWORD}@x@p", "http://p")):
            self.assertEqual(self.shown_for("http://h/v1", http_proxy=given), shown)

    def test_proxy_that_is_none(self):
        url = W["nginx"].url("good")
        for proxy, code, text in (
                (f"gopher://u:{PASSWORD}@127.0.0.1:1", 2, "no known kind"),
                (f"http://u:{PASSWORD}@127.0.0.1:{free_port()}", 3, "connect"),
                (f"http://u:{PASSWORD}@127.0.0.1:{W['engine'].port}", 3, "CONNECT")):
            done = run(url, env={"https_proxy": proxy})
            self.assertEqual(done.code, code, done.stderr)
            self.assertIn(text, done.stderr)
            self.assertNotIn(PASSWORD, done.stderr)

    def test_a_refusal_is_not_the_endpoints(self):
        proxy = f"http://127.0.0.1:{W['engine'].port}"  # answers 404 to CONNECT
        done = run_site("good", "--model", "m", env={"https_proxy": proxy})
        self.assertEqual((done.code, done.result["requests"]["errors"]), (3, {"connect": 10}))
        self.assertTrue(all("404" in r["error_text"] and r["status"] is None
                            for r in done.records))

    def test_password_on_a_command_line(self):
        for option in ("target.proxy_login=u:", "target.proxy=http://u:"):
            done = run_site("good", "--set", f"{option}{PASSWORD}@h:1")
            self.assertEqual(done.code, 2, done.stderr)
            self.assertNotIn(PASSWORD, done.stderr)

    def test_own_connections_cannot(self):
        done, proxy, _ = self.through(W["nginx"].url("good"), "https_proxy", "--connections",
                                      "user")
        self.assertEqual((done.code, proxy.asked), (2, []))
        self.assertIn("no_proxy", done.stderr)

    def test_doctor(self):
        with ForwardProxy() as proxy:
            env = {"https_proxy": f"http://u:{PASSWORD}@127.0.0.1:{proxy.port}"}
            done = subprocess.run([BIN, "doctor", W["nginx"].url("h2"), "--ca-file", W["ca"].file,
                                   "--http", "2"], capture_output=True, text=True, check=False,
                                  timeout=LIMIT_S, env={**os.environ, **NO_PROXY, **env})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"through a proxy at 127.0.0.1 port {proxy.port}", done.stdout)
        self.assertIn("HTTP/2", done.stdout)
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)


HAPROXY_CONFIG = """
global
    maxconn 500
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server {timeout}
frontend f
    bind 127.0.0.1:{port} ssl crt {pem} alpn h2,http/1.1
    default_backend b
backend b
    server s 127.0.0.1:{upstream}
"""


class Haproxy(Case):
    def through(self, upstream, *options, timeout="30s"):
        if HAPROXY is None:
            self.skipTest("haproxy is not installed")
        pem, config = (pathlib.Path(W["folder"].name, n) for n in ("both.pem", "haproxy.cfg"))
        pair = [pathlib.Path(W["folder"].name, f"server.{kind}") for kind in ("pem", "key")]
        pem.write_text("".join(p.read_text(encoding="ascii") for p in pair), encoding="ascii")
        port = free_port()
        config.write_text(HAPROXY_CONFIG.format(port=port, pem=pem, upstream=upstream,
                                                timeout=timeout), encoding="ascii")
        with subprocess.Popen([HAPROXY, "-db", "-f", str(config)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            try:
                wait_for(lambda: process.poll() is not None or self.listens(port))
                return run(f"https://127.0.0.1:{port}", *options)
            finally:
                process.terminate()

    @staticmethod
    def listens(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def test_many_streams_that_flow(self):
        done = self.through(W["engine"].port, "--http", "2", "-c", "60", "-p", "60")
        self.assert_whole(done, "2", 180)
        self.assertEqual(sum(not r["reused"] for r in done.records), 1)
        self.assertIs(done.result["stream"]["buffered"], False)

    def test_without_http_2(self):
        self.assert_whole(self.through(W["engine"].port))

    def test_a_stream_that_is_reset(self):
        with Server("--ttft", "10s", log=False) as slow:
            done = self.through(slow.port, "--http", "2", timeout="300ms")
        self.assertEqual(done.result["requests"]["errors"], {"stream_cut": 10})


if __name__ == "__main__":
    for program, path in (("nginx", NGINX), ("openssl", shutil.which("openssl"))):
        if path is None:
            print(f"skipped: {program} is not installed")
            sys.exit(77)
    unittest.main()
