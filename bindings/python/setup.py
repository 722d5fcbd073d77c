# SPDX-License-Identifier: Apache-2.0
"""LITEBENCH_BUNDLE=/path/to/liblitebench.so.0 makes a wheel that carries the library and is for
this platform; without it the wheel is for every one and needs the library of the system."""
import os
import shutil
from pathlib import Path

from setuptools import Distribution, setup

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # before setuptools 70.1
    from wheel.bdist_wheel import bdist_wheel

BUNDLE = os.environ.get("LITEBENCH_BUNDLE")
FOLDER = Path(__file__).resolve().parent / "src/litebench/lib"


class Package(Distribution):
    """Of one platform when it carries the library."""

    def has_ext_modules(self):
        return BUNDLE is not None


class Wheel(bdist_wheel):
    """For one platform, yet for every version of Python."""

    def get_tag(self):
        return ("py3", "none", super().get_tag()[2] if BUNDLE else "any")


shutil.rmtree(FOLDER, ignore_errors=True)
if BUNDLE:
    FOLDER.mkdir()
    shutil.copy(Path(BUNDLE).resolve(), FOLDER / "liblitebench.so.0")
setup(distclass=Package, cmdclass={"bdist_wheel": Wheel})
