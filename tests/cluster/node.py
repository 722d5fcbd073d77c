# SPDX-License-Identifier: Apache-2.0
"""A real Kubernetes of one node, from starting to leaving nothing behind.

Runs inside a sandbox (see "run"): network, mounts and process ids are its own, so no port, bridge
or mount of the machine is touched and no packet leaves it. What such a sandbox does not hold,
control groups and a few kernel settings, is put back by stop().
"""
import contextlib
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import time

from api import Api

ADDRESS = "10.91.0.1"  # of the node on the pods' bridge; servers for pods listen here
PORT = 6443
# Folders that programs of the node insist on, whatever their options say.
FIXED = ("/var/lib/kubelet", "/var/lib/cni", "/var/log/pods", "/var/log/containers")
# The kubelet changes these for the whole machine.
SETTINGS = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
            "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes")

CONTAINERD = """version = 2
root = "{state}/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  disable_apparmor = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "{plugins}"
  conf_dir = "{state}/cni"
"""
NETWORK = {"cniVersion": "0.4.0", "name": "pods", "plugins": [{
    "type": "bridge", "bridge": "pods0", "isGateway": True, "ipMasq": False,
    "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.91.0.0/24"}]]}}]}
KUBELET = {
    "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
    "address": "127.0.0.1", "authentication": {"anonymous": {"enabled": True},
                                               "webhook": {"enabled": False}},
    "authorization": {"mode": "AlwaysAllow"}, "cgroupDriver": "cgroupfs", "failSwapOn": False,
    "maxOpenFiles": 20000, "localStorageCapacityIsolation": False, "enforceNodeAllocatable": [],
    "evictionHard": {"memory.available": "1Mi"}, "imageGCHighThresholdPercent": 100,
    "resolvConf": "", "containerLogMaxSize": "10Mi", "containerLogMonitorInterval": "3s",
    "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock"}


class Failed(Exception):
    """A part of the node did not come up; the text says which and its last words."""


def read_settings():
    found = {}
    for name in SETTINGS:
        with contextlib.suppress(OSError):
            found[name] = pathlib.Path("/proc/sys", name).read_text()
    return found


def write_settings(values):
    for name, value in values.items():
        with contextlib.suppress(OSError):
            pathlib.Path("/proc/sys", name).write_text(value)


def remove_groups():
    """The pods' control groups, deepest first; one that is in use stays."""
    for pattern in ("kubepods", "*/kubepods"):
        for top in pathlib.Path("/sys/fs/cgroup").glob(pattern):
            for folder, _, _ in os.walk(top, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)


class Node:
    def __init__(self, state, supplies):
        self.state, self.supplies = pathlib.Path(state), supplies
        self.token = secrets.token_hex(16)
        self.parts, self.made = {}, []
        self.settings = read_settings()
        self.kube = pathlib.Path(supplies["kubernetes"]) / "kube"
        self.environment = dict(os.environ, PATH=supplies["path"], KUBECONFIG="", HOME=str(state))

    # ---- starting --------------------------------------------------------------------------------
    def start(self):
        self.state.mkdir(parents=True)
        self._folders()
        self._files()
        self._start("etcd", "etcd", "--data-dir", self.state / "etcd", "--unsafe-no-fsync")
        self._start("containerd", "containerd", "--config", self.state / "containerd.toml")
        self._start_apiserver()
        self._start("kube-controller-manager", self.kube, "kube-controller-manager",
                    "--kubeconfig", self.kubeconfig, "--leader-elect=false",
                    "--service-account-private-key-file", self.state / "sa.key",
                    "--root-ca-file", self.state / "apiserver.crt", "--bind-address=127.0.0.1")
        self._start("kube-scheduler", self.kube, "kube-scheduler", "--kubeconfig", self.kubeconfig,
                    "--leader-elect=false", "--bind-address=127.0.0.1")
        self._import_images()
        self._start("kubelet", self.kube, "kubelet", "--config", self.state / "kubelet.json",
                    "--kubeconfig", self.kubeconfig, "--hostname-override=localhost",
                    "--node-ip", ADDRESS,
                    "--root-dir", "/var/lib/kubelet", "--cert-dir", self.state / "kubelet-pki")
        self.wait("the node is not ready", self._ready)
        self.wait("there is no default service account", lambda: self.api.find(
            "/api/v1/namespaces/default/serviceaccounts/default"))
        return self

    def _folders(self):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        # Without an address of its own a bridge takes its ports', and changes it when pods go.
        subprocess.run(["ip", "link", "add", "pods0", "address", "02:00:0a:5b:00:01", "type",
                        "bridge"], check=True)
        subprocess.run(["ip", "addr", "add", ADDRESS + "/24", "dev", "pods0"], check=True)
        subprocess.run(["ip", "link", "set", "pods0", "up"], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
        for folder in FIXED:
            if not os.path.isdir(folder):
                os.makedirs(folder)
                self.made.append(folder)
            own = self.state / folder.strip("/").replace("/", "-")
            own.mkdir()
            subprocess.run(["mount", "--bind", own, folder], check=True)

    def _files(self):
        (self.state / "cni").mkdir()
        (self.state / "cni" / "10-pods.conflist").write_text(json.dumps(NETWORK))
        (self.state / "containerd.toml").write_text(CONTAINERD.format(
            state=self.state, plugins=self.supplies["plugins"],
            pause="localhost/litebench-cluster-pause:latest"))
        (self.state / "kubelet.json").write_text(json.dumps(KUBELET))
        (self.state / "tokens.csv").write_text("%s,admin,admin,system:masters\n" % self.token)
        subprocess.run(["openssl", "genrsa", "-out", self.state / "sa.key", "2048"], check=True,
                       stderr=subprocess.DEVNULL)
        self.kubeconfig = self.state / "kubeconfig"
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {
                "server": "https://127.0.0.1:%d" % PORT,
                "certificate-authority": str(self.state / "apiserver.crt")}}],
            "users": [{"name": "u", "user": {"token": self.token}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))

    def _start_apiserver(self):
        self._start(
            "kube-apiserver", self.kube, "kube-apiserver", "--etcd-servers=http://127.0.0.1:2379",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port=%d" % PORT,
            "--cert-dir", self.state, "--token-auth-file", self.state / "tokens.csv",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file", self.state / "sa.key",
            "--service-account-signing-key-file", self.state / "sa.key",
            "--authorization-mode=RBAC", "--service-cluster-ip-range=10.96.0.0/16",
            "--endpoint-reconciler-type=none", "--kubelet-preferred-address-types=Hostname",
            # For tests that change pods on their way in, as a platform does.
            "--feature-gates=MutatingAdmissionPolicy=true",
            "--runtime-config=admissionregistration.k8s.io/v1alpha1=true")
        certificate = self.state / "apiserver.crt"
        self.wait("the API server has no certificate", certificate.exists)
        self.api = Api(PORT, self.token, certificate)
        self.wait("the API server is not ready", lambda: self.api.find("/readyz") is not None)

    def _import_images(self):
        for archive in self.supplies["images"]:
            self.wait(archive + " is not imported", lambda path=archive: subprocess.run(
                ["ctr", "-a", "/run/containerd/containerd.sock", "-n", "k8s.io", "images",
                 "import", path], env=self.environment, check=False,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0)

    def _start(self, name, *words):
        with open(self.state / (name + ".log"), "wb") as log:
            self.parts[name] = subprocess.Popen(
                [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, env=self.environment)

    def _ready(self):
        node = self.api.find("/api/v1/nodes/localhost")
        return node and any(item["type"] == "Ready" and item["status"] == "True"
                            for item in node["status"].get("conditions", []))

    def wait(self, trouble, question, seconds=90):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name, part in self.parts.items():
                if part.poll() is not None:
                    raise Failed("%s ended with %s: %s" % (name, part.returncode, self.tail(name)))
            if question():
                return
            time.sleep(0.2)
        raise Failed(trouble + "; the logs are in %s" % self.state)

    def tail(self, name):
        text = (self.state / (name + ".log")).read_text(errors="replace")
        return "\n".join(text.splitlines()[-5:])

    # ---- stopping --------------------------------------------------------------------------------
    def stop(self):
        """Everything else goes with the sandbox itself."""
        for name in ("kubelet", "kube-scheduler", "kube-controller-manager", "kube-apiserver",
                     "etcd"):
            if name in self.parts:
                self.parts[name].kill()
                self.parts[name].wait()
        self._stop_containers()
        write_settings(self.settings)
        for folder in FIXED:
            # The kubelet mounts its own once more over itself.
            while subprocess.run(["umount", "--lazy", folder], check=False,
                                 stderr=subprocess.DEVNULL).returncode == 0:
                pass
        for folder in self.made:
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    def _stop_containers(self):
        if "containerd" not in self.parts:
            return
        # As the first process of the sandbox we see them all, and only them.
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                group = (entry / "cgroup").read_text()
                if "/kubepods" in group or "containerd-shim" in (entry / "cmdline").read_text():
                    os.kill(int(entry.name), 9)
        self.parts["containerd"].kill()
        self.parts["containerd"].wait()
        time.sleep(0.5)
        remove_groups()
        with open("/proc/mounts", encoding="utf-8") as file:
            mounts = [line.split()[1] for line in file]
        for path in sorted(mounts, key=len, reverse=True):
            if path.startswith((str(self.state), "/run/", "/var/lib/kubelet/")):
                subprocess.run(["umount", "--lazy", path], check=False, stderr=subprocess.DEVNULL)

    def forget(self):
        shutil.rmtree(self.state, ignore_errors=True)
