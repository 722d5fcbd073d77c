# SPDX-License-Identifier: Apache-2.0
"""Where tests find their tools: virtual environments under the build folder."""
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
COLLECTION = ROOT / "deploy" / "ansible"

# ansible's bundles hold kubernetes.core and ansible.posix, so no Galaxy is needed.
PACKAGES = {
    "v219": ["ansible>=12,<13", "ansible-core>=2.19,<2.20", "kubernetes", "molecule",
             "ansible-lint", "yamllint", "kubernetes-validate"],
    "v215": ["ansible>=8,<9", "ansible-core>=2.15,<2.16", "kubernetes", "molecule"],
}
PYTHONS = {"v219": (11, 12, 13), "v215": (9, 10, 11)}

build_dir = pathlib.Path(os.environ.get("LITEBENCH_DEPLOY_BUILD", ROOT / "build" / "deploy-tests"))
_known = {}


class Unavailable(Exception):
    """A tool cannot be had; the text is the reason to skip."""


def _python(minors):
    if sys.version_info[1] in minors:
        return sys.executable
    for minor in minors:
        found = shutil.which("python3.%d" % minor)
        if found and subprocess.run([found, "-c", ""], check=False,
                                    stderr=subprocess.DEVNULL).returncode == 0:
            return found
    raise Unavailable("needs Python 3.%d to 3.%d" % (minors[0], minors[-1]))


def venv(name):
    """bin folder of the environment, made on first use."""
    if name not in _known:
        try:
            _known[name] = _make(name)
        except Unavailable as error:
            _known[name] = error
    if isinstance(_known[name], Unavailable):
        raise _known[name]
    return _known[name]


def _make(name):
    folder = build_dir / name
    stamp = folder / "complete"
    wanted = "\n".join(PACKAGES[name])
    if not stamp.exists() or stamp.read_text() != wanted:
        python = _python(PYTHONS[name])
        print("installing %s into %s" % (", ".join(PACKAGES[name]), folder), flush=True)
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
        done = subprocess.run([str(folder / "bin" / "pip"), "install", "-q"] + PACKAGES[name],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip() or "pip failed").splitlines()[-1]
            raise Unavailable("pip cannot install %s: %s" % (name, last))
        stamp.write_text(wanted)
    return folder / "bin"


def program():
    """The litebench program: LITEBENCH_BIN, else the newest in build/."""
    named = os.environ.get("LITEBENCH_BIN")
    built = sorted(ROOT.glob("build/*/cli/litebench"), key=lambda path: path.stat().st_mtime)
    if not named and not built:
        raise Unavailable("no litebench program: set LITEBENCH_BIN or build it")
    path = str(pathlib.Path(named).resolve() if named else built[-1])
    options = subprocess.run([path, "options"], capture_output=True, text=True, check=False)
    if "emit-block" not in options.stdout:
        raise Unavailable("%s has no --emit-block" % path)
    return path


def collections():
    """A collections path that holds the checkout as litebench.litemaas."""
    link = build_dir / "collections" / "ansible_collections" / "litebench" / "litemaas"
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.is_symlink() and os.readlink(link) != str(COLLECTION):
        link.unlink()
    if not link.exists():
        link.symlink_to(COLLECTION)
    return build_dir / "collections"


def ansible(bin_dir, url, home, agnosticd):
    """Environment of Ansible's programs: a cluster, our collection, nothing of the person's own."""
    paths = [str(collections())] + ([str(HERE / "stubs")] if agnosticd else [])
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith(("LITEBENCH_", "OPENAI_", "ANSIBLE_", "K8S_", "PYTHON",
                                     "MOLECULE_"))}
    return dict(clean, PATH=str(bin_dir) + os.pathsep + os.environ["PATH"], HOME=str(home),
                K8S_AUTH_HOST=url, K8S_AUTH_API_KEY="token", NO_PROXY="127.0.0.1",
                ANSIBLE_COLLECTIONS_PATH=os.pathsep.join(paths), ANSIBLE_HOME=str(home),
                ANSIBLE_LOCALHOST_WARNING="0", ANSIBLE_INVENTORY_UNPARSED_WARNING="0",
                # A third less of processes for each module.
                ANSIBLE_PIPELINING="1", ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8")
