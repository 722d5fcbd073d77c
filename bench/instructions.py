#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Instructions that a token costs in user space, counted by callgrind: in litebench's event loop,
in its whole process (records and statistics included), and in the control.

Two runs differ only in the tokens of an answer, so that start-up and requests cancel. These counts
are for reading, not for judging: how many tokens a read brings depends on the machine, and under
callgrind the client is some fifty times slower. What a commit must not make dearer is counted by
the test perf.instructions.

    cmake --preset bench && cmake --build --preset bench && bench/instructions.py [STREAMS...]
"""

import argparse
import os
import re
import subprocess
import tempfile

from run import ROOT, Bench, Machine

FEW, MANY = 20, 40        # tokens of an answer
TOKENS_PER_SECOND = 5000  # of all streams: what callgrind can keep up with
LOOP = re.compile(r"^ *([\d,]+) .*lib/net/loop\.c:lbi_loop_step \[", re.MULTILINE)
TOTAL = re.compile(r"^ *([\d,]+) .*PROGRAM TOTALS", re.MULTILINE)


class Counted(Bench):
    """A bench whose clients run under callgrind."""

    def client(self, command):
        """Runs it; what it cost stays in the profile."""
        return super().client(["valgrind", "--quiet", "--tool=callgrind",
                               f"--callgrind-out-file={self.profile}", *command])

    @property
    def profile(self):
        """Where callgrind writes."""
        return os.path.join(self.scratch, "profile")

    def count(self, name, streams, tokens):
        """Tokens, and instructions of loop and process, of one run."""
        case = {"streams": streams, "conversations": streams, "asks": 1, "tokens": tokens,
                "ttft": 200, "itl": streams * 1000 // TOKENS_PER_SECOND, "ramp": streams / 500}
        run = self.play(name, case, 4096)
        text = subprocess.run(["callgrind_annotate", "--inclusive=yes", self.profile],
                              check=True, capture_output=True, text=True).stdout
        return {"tokens": run["tokens"], "whole": first(TOTAL, text), "loop": first(LOOP, text)}


def first(pattern, text):
    """The number in the first line that matches; 0 of none (the control has no such loop)."""
    match = pattern.search(text)
    return int(match.group(1).replace(",", "")) if match else 0


def main():
    """A line of Markdown for each number of streams."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("streams", nargs="*", type=int, default=[256, 10000])
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "bench"))
    given = parser.parse_args()
    print("| streams | the loop, instructions a token | whole process | control |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        bench = Counted(given.build, Machine(False), scratch)
        for streams in given.streams:
            cells = []
            for name, parts in (("litebench", ("loop", "whole")), ("control", ("whole",))):
                few, many = (bench.count(name, streams, tokens) for tokens in (FEW, MANY))
                cells += [(many[part] - few[part]) / (many["tokens"] - few["tokens"])
                          for part in parts]
            print(f"| {streams} |", *(f"{cell:.0f} |" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
