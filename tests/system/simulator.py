# SPDX-License-Identifier: Apache-2.0
"""For the tests: a simulated endpoint in its own process, and litebench run against one.

LITEBENCH_BIN names the litebench binary. Every wait is on an event with a limit.
"""

import csv
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile

BIN = os.environ.get("LITEBENCH_BIN", "litebench")
LIMIT_S = 30
NO_THINKING = ["--min-delay", "0", "--max-delay", "0"]


class Server:
    """A simulated endpoint for the time of a `with` block; `log` holds the truth afterwards."""

    def __init__(self, *options, env=None, log=True):
        self.folder = tempfile.TemporaryDirectory()
        self.log_path = os.path.join(self.folder.name, "truth.csv") if log else None
        command = [BIN, "simulate", *options]
        if log:
            command += ["--log", self.log_path]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(env or {})})
        self.url = self.process.stdout.readline().strip()
        self.log = []
        if not self.url:
            raise RuntimeError(self.process.stderr.read())
        self.port = int(self.url.rsplit(":", 1)[1].split("/")[0])

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        try:
            self.stop()
        finally:
            self.folder.cleanup()

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=LIMIT_S)
        if self.log_path:
            with open(self.log_path, newline="", encoding="ascii") as file:
                self.log = list(csv.DictReader(file))
        if self.process.returncode != 0 or errors:
            raise AssertionError(f"exit {self.process.returncode}: {errors}")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)

    def raw(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT_S)


class Run:
    """`litebench run` against `url`, ended: its exit code, talk, JSON result and records."""

    def __init__(self, url, *options, env=None, limit=120, report=True):
        with tempfile.TemporaryDirectory() as folder:
            files = {"result": os.path.join(folder, "r.json"),
                     "records": os.path.join(folder, "r.ndjson")}
            command = [BIN, "run", url, "--no-save", *options]
            if report:
                command += ["-o", files["result"], "-o", files["records"]]
            clean = {k: v for k, v in os.environ.items()
                     if not k.startswith(("LITEBENCH_", "OPENAI_"))}
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit,
                                  check=False, env={**clean, **(env or {})})
            self.code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr
            self.result, self.records = None, []
            if os.path.exists(files["result"]):
                with open(files["result"], encoding="utf-8") as file:
                    self.result = json.load(file)
            if os.path.exists(files["records"]):
                with open(files["records"], encoding="utf-8") as file:
                    lines = [json.loads(line) for line in file]
                self.records = [line for line in lines if "turn" in line]

    @property
    def status(self):
        return self.result["verdict"]["status"]
