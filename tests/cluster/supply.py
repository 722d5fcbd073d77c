# SPDX-License-Identifier: Apache-2.0
"""What the cluster is made of: a Kubernetes built from its Go module, packages, images.

Everything is made once and kept outside the source tree. What cannot be had raises
environment.Unavailable with the reason; what is there and broken fails.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess

import environment
from environment import ROOT, Unavailable

HERE = pathlib.Path(__file__).resolve().parent
VERSION = "1.33.13"
SOURCES = HERE / "kubernetes"
IMAGE = "localhost/litebench-cluster-test:latest"
NOISY = "localhost/litebench-cluster-noisy:latest"
PAUSE = "localhost/litebench-cluster-pause:latest"
# Programs and the Debian package that has each.
PROGRAMS = {"etcd": "etcd-server", "containerd": "containerd", "ctr": "containerd",
            "containerd-shim-runc-v2": "containerd", "runc": "runc"}
PLUGINS = ("/usr/lib/cni", "/usr/libexec/cni", "/opt/cni/bin")
GIGABYTE = 1 << 30


def cache():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(base) / "litebench" / "cluster"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, **options)


def last_line(done):
    return ((done.stderr or done.stdout).strip() or "it says nothing").splitlines()[-1]


# ---- Kubernetes ----------------------------------------------------------------------------------

def kubernetes():
    """Folder with the program "kube" and OpenShift's definitions; minutes when it is new."""
    digest = hashlib.sha256()
    for source in sorted(SOURCES.iterdir()):
        digest.update(source.read_bytes())
    folder = cache() / ("kubernetes-%s-%s" % (VERSION, digest.hexdigest()[:12]))
    if not (folder / "complete").exists():
        _build_kubernetes(folder)
        for other in cache().glob("kubernetes-*"):
            if other != folder:
                shutil.rmtree(other)
    return folder


def _build_kubernetes(folder):
    if shutil.which("go") is None:
        raise Unavailable("needs Go 1.24 or newer to build Kubernetes")
    if shutil.disk_usage(cache()).free < 6 * GIGABYTE:
        raise Unavailable("needs 6 GB on the disk of %s to build Kubernetes" % cache())
    settings = dict(os.environ, CGO_ENABLED="0", GOFLAGS="-mod=readonly -buildvcs=false -trimpath")
    print("building Kubernetes %s from its Go module: some minutes, once" % VERSION, flush=True)
    done = run("go", "list", "-deps", ".", cwd=SOURCES, env=settings)
    if done.returncode:
        raise Unavailable("the Go modules of Kubernetes cannot be had: " + last_line(done))
    folder.mkdir(exist_ok=True)
    stamp = "k8s.io/component-base/version."
    major, minor = VERSION.split(".")[:2]
    flags = "-s -w -X %sgitVersion=v%s -X %sgitMajor=%s -X %sgitMinor=%s" % (
        stamp, VERSION, stamp, major, stamp, minor)
    done = run("nice", "-n", "19", "go", "build", "-ldflags", flags, "-o", folder / "kube", ".",
               cwd=SOURCES, env=settings)
    if done.returncode:
        raise AssertionError("Kubernetes does not build:\n" + done.stderr[-3000:])
    openshift = run("go", "list", "-m", "-f", "{{.Dir}}", "github.com/openshift/api",
                    cwd=SOURCES, env=settings).stdout.strip()
    routes = pathlib.Path(openshift) / "route" / "v1" / "zz_generated.crd-manifests"
    shutil.copy(routes / "routes-Default.crd.yaml", folder)
    (folder / "complete").touch()


# ---- packages ------------------------------------------------------------------------------------

def _unpack(package):
    """Files of a Debian package without installing it: nothing starts, nothing stays."""
    folder = cache() / "packages" / package
    if (folder / "usr").exists():
        return folder
    if shutil.which("apt-get") is None:
        raise Unavailable("needs %s: install it" % package)
    fetched = cache() / "packages" / "archives"
    shutil.rmtree(fetched, ignore_errors=True)
    fetched.mkdir(parents=True)
    done = run("apt-get", "download", package, cwd=fetched)
    if done.returncode:
        run("apt-get", "update")
        done = run("apt-get", "download", package, cwd=fetched)
    archives = list(fetched.glob("*.deb"))
    if done.returncode or not archives:
        raise Unavailable("the package %s cannot be had: %s" % (package, last_line(done)))
    run("dpkg-deb", "-x", archives[0], folder)
    shutil.rmtree(fetched)
    return folder


def search_path():
    """PATH on which all of PROGRAMS are."""
    folders = []
    for program, package in PROGRAMS.items():
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            folder = _unpack(package) / "usr"
            folders += [str(folder / "bin"), str(folder / "sbin")]
    folders = list(dict.fromkeys(folders)) + [os.environ["PATH"], "/usr/sbin", "/sbin"]
    return os.pathsep.join(folders)


def plugins():
    """Folder of the network plugins."""
    for folder in PLUGINS:
        if os.path.exists(folder + "/bridge"):
            return folder
    return str(_unpack("containernetworking-plugins") / "usr" / "lib" / "cni")


# ---- images --------------------------------------------------------------------------------------

def images(folder):
    """Archives of the product's image, of one that floods its log, and of the sandbox's."""
    for name in ("buildah", "debootstrap", "cc"):
        if shutil.which(name) is None:
            raise Unavailable("needs " + name)
    folder.mkdir(parents=True, exist_ok=True)
    done = run(ROOT / "deploy" / "container" / "build", "--debootstrap", "--tag", IMAGE)
    if done.returncode:
        raise AssertionError("the image does not build:\n" + (done.stdout + done.stderr)[-3000:])
    _layer(folder, NOISY, "FROM %s\nCOPY noisy /noisy\nENTRYPOINT [\"/bin/sh\", \"/noisy\"]\n"
           % IMAGE)
    done = run("cc", "-static", "-Os", "-o", folder / "pause", HERE / "pause.c")
    if done.returncode:
        raise Unavailable("no static program can be linked: " + last_line(done))
    _layer(folder, PAUSE, "FROM scratch\nCOPY pause /pause\nENTRYPOINT [\"/pause\"]\n")
    return [_archive(folder, tag) for tag in (IMAGE, NOISY, PAUSE)]


def _layer(folder, tag, containerfile):
    shutil.copyfile(HERE / "noisy", folder / "noisy")
    (folder / "Containerfile").write_text(containerfile)
    done = run("buildah", "build", "--isolation", "chroot", "--tag", tag, folder)
    if done.returncode:
        raise AssertionError("%s does not build:\n%s" % (tag, done.stderr[-2000:]))


def _archive(folder, tag):
    path = folder / (tag.split("/")[1].split(":")[0] + ".tar")
    path.unlink(missing_ok=True)
    done = run("buildah", "push", tag, "docker-archive:%s:%s" % (path, tag))
    if done.returncode:
        raise AssertionError("%s cannot be written:\n%s" % (path, done.stderr[-2000:]))
    return path


# ---- the whole -----------------------------------------------------------------------------------

def gather():
    """Paths of all that the node and the tests need, made where it is missing."""
    if os.geteuid() != 0:
        raise Unavailable("needs root")
    for name in ("unshare", "ip", "nice"):
        if shutil.which(name) is None:
            raise Unavailable("needs " + name)
    found = {"program": environment.program(), "ansible": str(environment.venv("v219")),
             "collections": str(environment.collections()), "path": search_path(),
             "plugins": plugins(), "kubernetes": str(kubernetes())}
    found["images"] = [str(path) for path in images(environment.build_dir / "cluster")]
    return found
