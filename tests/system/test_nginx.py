#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Streams that a real nginx passes on, buffers or compresses, and the detector that must tell.

Skipped where there is no nginx.
"""
# ctest: serial

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from ports import free_port
from simulator import NO_THINKING, Run, Server

NGINX = shutil.which("nginx") or next(
    (p for p in ("/usr/sbin/nginx", "/usr/local/sbin/nginx") if os.access(p, os.X_OK)), None)
LIMIT_S = 30

CONFIG = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 16m;
        client_body_buffer_size 16m;
        proxy_max_temp_file_size 0;
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_set_header Connection "";
            proxy_ignore_headers X-Accel-Buffering;
            {lines}
        }}
    }}
}}
"""

OFF = "proxy_http_version 1.1; proxy_buffering off;"
# Its defaults: HTTP/1.0 to the upstream, so nginx sees no chunks and fills its buffers.
ON = "proxy_buffering on;"
ON_LARGE = "proxy_buffering on; proxy_buffer_size 64k; proxy_buffers 8 64k;"
GZIP = "proxy_http_version 1.1; gzip on; gzip_types text/event-stream; gzip_proxied any;"
ENGINE = ["--ttft", "60ms", "--itl", "5ms", "--tokens", "60", "--usage"]


class Nginx:
    def __init__(self, upstream, lines):
        self.folder = tempfile.TemporaryDirectory()
        self.port = free_port()
        path = pathlib.Path(self.folder.name, "nginx.conf")
        path.write_text(CONFIG.format(folder=self.folder.name, port=self.port, upstream=upstream,
                                      lines=lines), encoding="ascii")
        self.process = subprocess.Popen([NGINX, "-p", self.folder.name, "-c", path],
                                        stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._wait()

    def _wait(self):
        until = time.monotonic() + LIMIT_S
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.02)
        log = pathlib.Path(self.folder.name, "error.log")
        raise RuntimeError(log.read_text(encoding="utf-8") if log.exists() else "nginx: no start")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.wait(timeout=LIMIT_S)
        self.folder.cleanup()


def run(url, *options):
    return Run(url, "-c", "12", "-t", "1", "-p", "6", *NO_THINKING, "--max-tokens", "200", "--slo",
               "ttft.p95<=5s", "--slo", "e2e.p95<=20s", "--slo", "errors<=1%", "--fail-on", "fail",
               *options)


def through(engine, lines, *options):
    with Server(*engine, log=False) as server, Nginx(server.port, lines) as proxy:
        return run(proxy.url, *options)


class Buffering(unittest.TestCase):
    def by_objective(self, result):
        return {slo["expr"].split("<")[0]: slo["status"] for slo in result["slo"]}

    def assert_flows(self, done):
        self.assertEqual(done.result["requests"]["failed"], 0, done.stdout)
        self.assertIs(done.result["stream"]["buffered"], False, done.result["stream"])
        self.assertNotIn("INVALID", self.by_objective(done.result).values(), done.stdout)

    def assert_buffered(self, done, evidence):
        self.assertEqual(done.result["requests"]["failed"], 0, done.stdout)
        stream = done.result["stream"]
        self.assertIs(stream["buffered"], True, stream)
        self.assertIn(evidence, stream["evidence"])
        objectives = self.by_objective(done.result)
        self.assertEqual(objectives["ttft.p95"], "INVALID", done.stdout)
        self.assertNotEqual(objectives["e2e.p95"], "INVALID", done.stdout)
        self.assertNotEqual(objectives["errors"], "INVALID", done.stdout)
        self.assertIn("STREAM BUFFERED", done.stdout)

    def test_not_buffered(self):
        self.assert_flows(through(ENGINE, OFF))

    def test_buffered_to_the_end(self):
        self.assert_buffered(through(ENGINE, ON_LARGE), "all at once")

    def test_buffered_in_small_buffers(self):
        engine = ["--ttft", "50ms", "--itl", "12ms", "--tokens", "150", "--usage"]
        self.assert_buffered(through(engine, ON), "of 12 answers came")

    def test_compressed_for_those_who_ask(self):
        done = through(ENGINE, GZIP, "-H", "Accept-Encoding: gzip")
        self.assert_buffered(done, "all at once")

    def test_not_compressed_for_those_who_do_not(self):
        self.assert_flows(through(ENGINE, GZIP))

    def test_many_tokens_a_chunk_is_no_buffering(self):
        self.assert_flows(through(["--ttft", "50ms", "--itl", "10ms", "--tokens", "120",
                                   "--tokens-per-chunk", "6", "--usage"], OFF))

    def test_a_short_answer_cannot_tell(self):
        done = through(["--ttft", "50ms", "--itl", "1ms", "--tokens", "3", "--usage"], ON)
        self.assertIsNone(done.result["stream"]["buffered"])

    def test_held_by_the_endpoint_itself(self):
        with Server(*ENGINE, "--hold", log=False) as server:
            self.assert_buffered(run(server.url), "all at once")

    def test_a_fast_endpoint_is_not_buffered(self):
        with Server("--ttft", "200ms", "--itl", "0.5ms", "--tokens", "150", "--usage",
                    log=False) as server:
            self.assert_flows(run(server.url))


class Gone(unittest.TestCase):
    def test_no_upstream(self):
        with Nginx(free_port(), OFF) as proxy:
            done = run(proxy.url, "--model", "m")
        self.assertEqual(done.result["requests"]["errors"], {"server_error": 12})
        self.assertEqual((done.code, done.status), (1, "FAIL"))
        self.assertTrue(all("502 Bad Gateway" in r["error_text"] for r in done.records))

    def test_upstream_too_slow(self):
        with socket.create_server(("127.0.0.1", 0)) as silent, \
                Nginx(silent.getsockname()[1], OFF + " proxy_read_timeout 300ms;") as proxy:
            done = run(proxy.url, "--model", "m", "-c", "4")
        self.assertEqual(done.result["requests"]["errors"], {"timeout": 4})

    def test_silent_upstream_in_the_middle(self):
        with Server("--ttft", "10s", log=False) as server, \
                Nginx(server.port, OFF + " proxy_read_timeout 300ms;") as proxy:
            done = run(proxy.url, "-c", "4")
        self.assertEqual(done.result["requests"]["errors"], {"stream_cut": 4})


if __name__ == "__main__":
    if NGINX is None:
        print("skipped: nginx is not installed")
        sys.exit(77)
    unittest.main()
