# SPDX-License-Identifier: Apache-2.0
"""For the tests: a certificate authority of our own, made by the openssl program."""

import shutil
import ssl
import subprocess
import unittest
from pathlib import Path

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class Authority:
    def __init__(self, folder):
        if not shutil.which("openssl"):
            raise unittest.SkipTest("the openssl program is not installed")
        self.folder = Path(folder)
        self.file = str(self.folder / "ca.pem")
        self.openssl("req", "-x509", *KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj",
                     "/CN=Authority of the tests", "-days", "30")

    def openssl(self, *args):
        done = subprocess.run(["openssl", *args], cwd=self.folder, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise unittest.SkipTest(f"openssl {args[0]} does not do this: {done.stderr[-200:]}")

    def certificate(self, name="server", alternative="DNS:localhost,IP:127.0.0.1", days=100):
        """Paths of such a certificate and of its key."""
        (self.folder / "ext").write_text(f"subjectAltName={alternative}", encoding="ascii")
        self.openssl("req", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                     f"/CN={name}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                     "-CAcreateserial", "-out", f"{name}.pem", "-days", str(days), "-extfile",
                     "ext")
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def signed_by_itself(self, name="self"):
        self.openssl("req", "-x509", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem",
                     "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def wrap(self, *certificate, **more):
        """A function that puts TLS with such a certificate around a server's socket."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate(*certificate, **more))
        return lambda peer: context.wrap_socket(peer, server_side=True)
