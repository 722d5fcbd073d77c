# SPDX-License-Identifier: Apache-2.0
"""The real engine and the real gateway as processes, a relay that listens in, and litebench."""

import http.client
import json
import os
import pathlib
import select
import socket
import subprocess
import tempfile
import time

import packages
from listener import Listener
from ports import free_port

HERE = pathlib.Path(__file__).resolve().parent
BIN = os.environ.get("LITEBENCH_BIN", "litebench")
KEY = "sk-real-test-key"
START_LIMIT_S = 120
RUN_LIMIT_S = 300
ENGINE_MODEL = "smollm2-135m"


def get(port, path, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


class Service:
    """A server process for the time of a `with` block; its words go to a file, shown if it dies."""

    def __init__(self, name, command, port, ready_path, env=None):
        self.port = port
        self.url = f"http://127.0.0.1:{port}/v1"
        self.log = tempfile.NamedTemporaryFile(prefix=f"litebench-{name}-", suffix=".log")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=self.log,
                                        stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})
        try:
            self._wait_ready(name, ready_path)
        except BaseException:
            self.stop()
            raise

    def _wait_ready(self, name, path):
        end = time.monotonic() + START_LIMIT_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                tail = pathlib.Path(self.log.name).read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{name} ended with {self.process.returncode}:\n{tail}")
            try:
                if get(self.port, path)[0] == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.1)
        raise RuntimeError(f"{name} does not answer {path} after {START_LIMIT_S} s")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def stop(self):
        self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def engine(slots, context):
    port = free_port()
    python = packages.environment(packages.ENGINE) / "bin" / "python"
    return Service("engine", [str(python), str(HERE / "engine_server.py"), str(port), str(slots),
                              str(context)], port, "/v1/models")


def gateway(models, **settings):
    """LiteLLM with `models` (name: base URL and more parameters of its deployment)."""
    folder = packages.environment(packages.GATEWAY)
    port = free_port()
    config = {"model_list": [{"model_name": name, "litellm_params": {
                  "model": "openai/" + name, "api_key": "none", **params}}
                             for name, params in models.items()],
              "general_settings": {"master_key": KEY}, **settings}
    path = folder / f"config-{port}.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")  # YAML understands JSON
    try:
        return Service("gateway", [str(folder / "bin" / "litellm"), "--config", str(path), "--host",
                                   "127.0.0.1", "--port", str(port)], port, "/health/liveliness",
                       env={"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"})
    finally:
        path.unlink()


class Relay(Listener):
    """Passes bytes between a client and a server and keeps what the server said, byte for byte."""

    def __init__(self, port):
        self.target = port
        self.answers = []  # a bytearray per connection
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def serve(self, client):
        kept = bytearray()
        self.answers.append(kept)
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            try:
                while True:
                    for ready in select.select([client, server], [], [])[0]:
                        piece = ready.recv(65536)
                        if not piece:
                            return
                        (server if ready is client else client).sendall(piece)
                        if ready is server:
                            kept.extend(piece)
            except OSError:
                return


class Run:
    """One `litebench run` that ended: exit code, both outputs, records and result."""

    def __init__(self, url, *options, key=None):
        env = {name: value for name, value in os.environ.items()
               if not name.startswith(("LITEBENCH_URL", "LITEBENCH_API", "OPENAI_"))}
        if key is not None:
            env["LITEBENCH_API_KEY"] = key
        with tempfile.TemporaryDirectory() as folder:
            records = os.path.join(folder, "run.ndjson")
            result = os.path.join(folder, "run.json")
            self.done = subprocess.run(
                [BIN, "run", url, "--no-save", "--no-progress", "-o", records, "-o", result,
                 *options], capture_output=True, text=True, env=env, timeout=RUN_LIMIT_S,
                check=False)
            self.lines, self.result = [], {}
            if os.path.exists(result):
                with open(records, encoding="utf-8") as file:
                    self.lines = [json.loads(line) for line in file]
                with open(result, encoding="utf-8") as file:
                    self.result = json.load(file)

    @property
    def code(self):
        return self.done.returncode

    @property
    def records(self):
        return [line for line in self.lines if "schema" not in line]

    def errors(self):
        return self.result["requests"]["errors"]

    def __str__(self):
        return f"exit {self.code}\n{self.done.stdout}\n{self.done.stderr}"
