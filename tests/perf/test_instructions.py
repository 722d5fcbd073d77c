# SPDX-License-Identifier: Apache-2.0
"""Instructions to read an event of recorded streams, counted by callgrind, as a ratio to a
calibration loop over the same bytes. Time is not repeatable on shared machines; this is. A ratio
above its limit means that the hot path got dearer: make it cheaper again, or raise the limit in the
commit that explains why.
"""

import os
import re
import subprocess
import tempfile
import unittest

from needs import need

PROGRAM = os.environ["LITEBENCH_WIRE_COST"]
CORPUS = os.path.join(os.environ["LITEBENCH_SOURCE_DIR"], "tests", "corpus")
FEW, MANY = 5, 55  # passes: their difference is free of start-up

# Measured 2026-11 with gcc 12 and clang 14 on x86-64; a sixth more is allowed.
LIMITS = {
    "recorded-llamacpp-warm": 0.19,
    "recorded-litellm-engine": 0.20,
    "recorded-litellm-reasoning": 0.28,
}


def body_of(case):
    """The stream of a recorded case, each token twenty times over: recorded ones are short."""
    with open(os.path.join(CORPUS, case + ".case"), encoding="utf-8") as file:
        lines = [line[2:].rstrip("\n") for line in file if line.startswith(">")]
    events = [line + "\n\n" for line in lines if line]
    return "".join(event * (20 if re.search(r'content": ?"[^"]', event) else 1)
                   for event in events)


def instructions(mode, path, passes):
    """Of one run, and the events it read."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", PROGRAM, mode, path,
         str(passes)], capture_output=True, text=True, check=True, timeout=100)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1)), int(done.stdout.split()[0])


def cost(mode, path):
    """Instructions and events of one pass."""
    (few, few_events), (many, many_events) = (instructions(mode, path, n) for n in (FEW, MANY))
    return (many - few) / (MANY - FEW), (many_events - few_events) / (MANY - FEW)


class Instructions(unittest.TestCase):
    def test_an_event(self):
        for case, limit in LIMITS.items():
            with self.subTest(case=case), tempfile.NamedTemporaryFile("w") as file:
                file.write(body_of(case))
                file.flush()
                read, events = cost("read", file.name)
                calibration, _ = cost("calibrate", file.name)
                ratio = read / calibration
                print(f"{case}: {read / events:.0f} instructions an event, "
                      f"ratio to the calibration {ratio:.3f}, limit {limit}")
                self.assertGreater(events, 100)
                self.assertLessEqual(ratio, limit)


if __name__ == "__main__":
    need("valgrind")
    unittest.main()
