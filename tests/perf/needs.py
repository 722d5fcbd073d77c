# SPDX-License-Identifier: Apache-2.0
"""What a measurement cannot do without: else a skip with its reason."""

import os
import shutil
import sys


def need(program):
    """A program, and code without a sanitizer's own."""
    if shutil.which(program) is None:
        skip(f"{program} is not installed")
    if os.environ.get("LITEBENCH_SANITIZED"):
        skip("a sanitizer's own work would be measured, too")


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)
