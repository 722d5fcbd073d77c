# SPDX-License-Identifier: Apache-2.0
"""For the tests: nginx with TLS in front of an endpoint, several ports in one process, and a
small forward proxy."""

import base64
import pathlib
import re
import select
import signal
import socket
import subprocess
import tempfile
import time

from listener import Listener
from ports import free_ports
from simulator import LIMIT_S
from test_nginx import NGINX

HEAD = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
worker_shutdown_timeout 20s;
events {{ worker_connections 1024; }}
http {{
    log_format seen '$connection $ssl_server_name $ssl_protocol $server_protocol $status'
                    ' $request_uri';
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 16m;
    client_body_buffer_size 16m;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_buffering off;
"""

SERVER = """
    server {{
        listen 127.0.0.1:{port} {listen};
        {certificate}
        {lines}
        access_log {folder}/{name}.log seen;
        location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
    }}
"""


def wait_for(condition):
    until = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("it did not come in time")
        time.sleep(0.02)


class Front:
    """nginx; `sites` maps a name to (listen options, certificate or None, further lines)."""

    def __init__(self, upstream, sites):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.sites = sites
        self.ports = dict(zip(sites, free_ports(len(sites))))
        text = HEAD.format(folder=self.folder)
        for name, (listen, certificate, lines) in sites.items():
            pair = certificate and "ssl_certificate {};ssl_certificate_key {};".format(*certificate)
            text += SERVER.format(port=self.ports[name], listen=listen, lines=lines, name=name,
                                  certificate=pair or "", folder=self.folder, upstream=upstream)
        config = self.folder / "nginx.conf"
        config.write_text(text + "}\n", encoding="ascii")
        self.process = subprocess.Popen([NGINX, "-p", str(self.folder), "-c", str(config)],
                                        stderr=subprocess.DEVNULL)
        wait_for(self._listens)

    def _listens(self):
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "error.log").read_text(encoding="utf-8"))
        for port in self.ports.values():
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                return False
        return True

    def url(self, name, host="127.0.0.1"):
        scheme = "https" if self.sites[name][1] else "http"
        return f"{scheme}://{host}:{self.ports[name]}/v1"

    def seen(self, name):
        """The requests for answers that this site had, each as the fields of `log_format`."""
        path = self.folder / f"{name}.log"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [line.split(" ") for line in lines if line.endswith("/chat/completions")]

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=LIMIT_S)
        self.temporary.cleanup()


class ForwardProxy(Listener):
    """What http_proxy and https_proxy want: absolute URLs, and CONNECT. `asked` has the heads."""

    def __init__(self):
        self.asked = []
        super().__init__()

    def targets(self):
        return [head.split(" ")[1] for head in self.asked]

    def passwords(self):
        found = [re.search(r"(?im)^Proxy-Authorization: Basic (\S+)", h) for h in self.asked]
        return {base64.b64decode(f.group(1)).decode() for f in found if f}

    def serve(self, peer):
        """The first request says where to; what follows on the connection goes there unread but
        for its absolute URLs, which the tests' servers take."""
        with peer:
            data = b""
            while b"\r\n\r\n" not in data:
                more = peer.recv(65536)
                if not more:
                    return
                data += more
            head, rest = data.split(b"\r\n\r\n", 1)
            self.asked.append(head.decode())
            method, target = head.decode().split(" ")[:2]
            address = target if method == "CONNECT" else target.split("/")[2]
            host, port = address.rsplit(":", 1)
            with socket.create_connection((host, int(port))) as upstream:
                if method == "CONNECT":
                    peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n" + rest)
                else:
                    upstream.sendall(data)
                self._relay(peer, upstream)

    @staticmethod
    def _relay(one, other):
        to = {one: other, other: one}
        while True:
            for ready in select.select([one, other], [], [], LIMIT_S)[0]:
                try:
                    data = ready.recv(65536)
                    if data:
                        to[ready].sendall(data)
                except OSError:
                    data = b""
                if not data:
                    return
