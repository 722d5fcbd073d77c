# SPDX-License-Identifier: Apache-2.0
# ctest: serial
"""Start-up: the CPU that `litebench --version` takes, against `curl --version`, which loads the
same libcurl. Many runs in turn, minimum against minimum, so that what else the machine does
matters little.
"""

import os
import subprocess
import sys
import unittest

from needs import need

PROGRAM = os.environ["LITEBENCH_BIN"]
RUNS = 60
MOST = 1.3


def cpu_ms(command):
    """User and system time of one run."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, use = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command}: exit {process.returncode}")
    return (use.ru_utime + use.ru_stime) * 1e3


class Startup(unittest.TestCase):
    def test_beside_curl(self):
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(cpu_ms([PROGRAM, "--version"]))
            theirs.append(cpu_ms(["curl", "--version"]))
        ratio = min(ours) / min(theirs)
        print(f"litebench {min(ours):.2f} ms, curl {min(theirs):.2f} ms of CPU: {ratio:.2f} times, "
              f"at most {MOST}")
        self.assertLessEqual(ratio, MOST)


if __name__ == "__main__":
    need("curl")
    unittest.main()
