#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Python that has imported the kubernetes package already, for Ansible's modules.

    warm_python.py --serve SOCKET      waits for modules and runs each in a fork of itself
    warm_python.py [FILE] < MODULE     Ansible's interpreter: has that one run it, or runs it

Every module of kubernetes.core is a process of its own and spends most of its time importing that
package; a play runs a dozen of them. What the modules do is the same. The socket is named by
WARM_PYTHON, the interpreter to fall back on by WARM_PYTHON_PLAIN.
"""
import array
import json
import os
import signal
import socket
import sys

PRELOADED = ("kubernetes.client", "kubernetes.config", "kubernetes.dynamic", "yaml", "requests",
             "tarfile", "tempfile", "zipfile", "subprocess", "runpy", "atexit", "traceback")
LIMIT = 1 << 20


def ask(path):
    """Exit code of the module that the server ran for us; None when nobody serves."""
    try:
        link = socket.socket(socket.AF_UNIX)
        link.connect(path)
    except OSError:
        return None
    words = json.dumps([sys.argv, dict(os.environ), os.getcwd()]).encode()
    link.sendmsg([len(words).to_bytes(4, "big") + words],
                 [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
    code = link.recv(1)
    return code[0] if code else 1


def receive(link):
    """(argv, environment, folder) and the caller's standard files."""
    data, control, _, _ = link.recvmsg(LIMIT, socket.CMSG_SPACE(12))
    files = array.array("i")
    files.frombytes(control[0][2][:12])
    size = 4 + int.from_bytes(data[:4], "big")
    while len(data) < size:
        data += link.recv(LIMIT)
    return json.loads(data[4:]), list(files)


def run(link):
    """In the fork: becomes the module."""
    import atexit
    import runpy
    import traceback
    (argv, environ, folder), files = receive(link)
    for place, number in enumerate(files):
        os.dup2(number, place)
        os.close(number)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    sys.argv = argv[1:] or ["-"]
    code = 0
    try:
        if len(argv) > 1:
            runpy.run_path(argv[1], run_name="__main__")
        else:
            exec(compile(sys.stdin.buffer.read(), "<stdin>", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1 if end.code else 0
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    link.send(bytes([code & 255]))


def reap(*_):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def serve(path):
    import importlib
    for name in PRELOADED:
        importlib.import_module(name)
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(64)
    signal.signal(signal.SIGCHLD, reap)  # their processor time counts as ours
    print("ready", flush=True)
    while True:
        link, _ = server.accept()
        if os.fork() == 0:
            server.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                run(link)
            finally:
                os._exit(0)
        link.close()


def main():
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    code = ask(os.environ.get("WARM_PYTHON", ""))
    if code is None:
        plain = os.environ["WARM_PYTHON_PLAIN"]
        os.execv(plain, [plain] + sys.argv[1:])
    sys.exit(code)


if __name__ == "__main__":
    main()
