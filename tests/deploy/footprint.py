#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a pod needs: many users with time to think, in a container with the Job's memory request.

    python3 tests/deploy/footprint.py --users 500 --seconds 180

Runs the image that "run.py --level image" built, as restricted-v2 would, with --memory as a hard
limit, against a simulated endpoint on this machine: once over HTTP, once over TLS (nginx), since
TLS costs memory for each connection. Prints processor time and peak memory of the cgroup.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import environment
from test_image import RESTRICTED, TAG, run

NGINX = """worker_processes 1; daemon off; pid {0}/pid; error_log {0}/error.log;
events {{ worker_connections 8192; }}
http {{
    access_log off; client_max_body_size 16m; client_body_temp_path {0}; proxy_temp_path {0};
    fastcgi_temp_path {0}; uwsgi_temp_path {0}; scgi_temp_path {0};
    keepalive_timeout 600s; keepalive_requests 100000;
    upstream endpoint {{ server 127.0.0.1:{1}; keepalive 512; }}
    server {{
        listen 127.0.0.1:{2} ssl; ssl_certificate {0}/cert.pem; ssl_certificate_key {0}/key.pem;
        location / {{ proxy_pass http://endpoint; proxy_http_version 1.1; proxy_buffering off;
                      proxy_set_header Connection ""; }}
    }}
}}
"""
TLS_PORT = 18443


@contextlib.contextmanager
def process(*words, **options):
    child = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, **options)
    try:
        yield child
    finally:
        child.terminate()
        child.wait(20)


@contextlib.contextmanager
def tls(folder, port):
    """nginx with a certificate of its own in front of the endpoint."""
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
        "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key.pem",
        "-out", folder + "/cert.pem")
    conf = pathlib.Path(folder, "nginx.conf")
    conf.write_text(NGINX.format(folder, port, TLS_PORT))
    os.chmod(folder, 0o755)
    with process("nginx", "-p", folder, "-c", conf):
        time.sleep(1)
        yield "https://127.0.0.1:%d/v1" % TLS_PORT


def number(path, key=None):
    """A value of a cgroup file; None when this kernel has no such file."""
    try:
        text = pathlib.Path(path).read_text()
    except OSError:
        return None
    if key is None:
        return int(text)
    return int(dict(line.split() for line in text.splitlines())[key])


def usage(container):
    """(peak bytes, processor seconds) of a running container, cgroup 2 or 1."""
    state = json.loads(run("podman", "inspect", container).stdout or "[{}]")[0].get("State", {})
    path = state.get("CgroupPath", "")
    two, one = "/sys/fs/cgroup" + path, "/sys/fs/cgroup/%s" + path
    peak = number(two + "/memory.peak") or number(one % "memory" + "/memory.max_usage_in_bytes")
    cpu = number(one % "cpuacct" + "/cpuacct.usage")
    if cpu is None:
        micro = number(two + "/cpu.stat", "usage_usec")
        cpu = micro * 1000 if micro is not None else None
    return peak, None if cpu is None else cpu / 1e9


def measure(options, url, mounts, more):
    """Runs one container and watches it."""
    started = time.time()
    words = ["run", url, "--users", options.users, "--conversations", 2 * options.users,
             "--turns", options.turns, "--max-tokens", options.tokens,
             "--min-delay", options.min_delay, "--max-delay", options.max_delay, "--ramp", "20s",
             "--for", options.seconds, "--exit-zero", "--emit-block", "-o", "json:/results/r.json"]
    name = run("podman", "run", "--detach", *RESTRICTED, "--memory", options.memory,
               "--memory-swap", options.memory, "--tmpfs", "/results", *mounts, TAG, *words,
               *more).stdout.strip()
    last = (None, None)
    try:
        while run("podman", "inspect", "-f", "{{.State.Running}}", name).stdout.strip() == "true":
            now = usage(name)
            last = now if None not in now else last
            time.sleep(1)
        wall = time.time() - started
        state = json.loads(run("podman", "inspect", name).stdout)[0]["State"]
        said = run("podman", "logs", name).stdout
    finally:
        run("podman", "rm", "--force", name)
    print("%s: exit code %d%s" % (url.split(":")[0].upper(), state["ExitCode"],
                                  ", killed for memory" if state.get("OOMKilled") else ""))
    if last[0]:
        print("  peak memory %.1f MiB, %.3f cores (%.1f s of %.0f s)"
              % (last[0] / 2 ** 20, last[1] / wall, last[1], wall))
    print("  " + (said.strip().splitlines() or ["it said nothing"])[-1])
    return state["ExitCode"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--min-delay", type=float, default=15)
    parser.add_argument("--max-delay", type=float, default=45)
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--tokens", type=int, default=300)
    parser.add_argument("--memory", default="64m")
    options = parser.parse_args()
    for needed in ("podman", "nginx", "openssl"):
        if shutil.which(needed) is None:
            sys.exit("footprint.py: needs " + needed)
    with tempfile.TemporaryDirectory() as folder, \
            process(environment.program(), "simulate", "--tokens", options.tokens, "--itl", "20ms",
                    "--ttft", "300ms", stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().strip()
        codes = [measure(options, url, [], [])]
        with tls(folder, url.split(":")[2].split("/")[0]) as safe:
            codes.append(measure(options, safe, ["-v", folder + "/cert.pem:/ca.pem:ro"],
                                 ["--ca-file", "/ca.pem"]))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
