# SPDX-License-Identifier: Apache-2.0
"""The share of the API layer in the instructions of a run, counted by callgrind: every function of
lib/api, what looks options up (lib/config) and what hands events out. The program is a client of
the public header like any other, so what it pays for that header any host pays.

    LITEBENCH_BIN=… LITEBENCH_BUILD_DIR=… python3 tests/perf/test_api_layer.py
"""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from needs import need, skip

PROGRAM = os.environ["LITEBENCH_BIN"]
BUILD = Path(os.environ["LITEBENCH_BUILD_DIR"])
OBJECTS = BUILD / "CMakeFiles/litebench_objects.dir/lib"
EVENTS = {"lbi_run_next_event", "tell", "keep_event"}  # lib/engine/collect.c
MOST = 0.01


def functions(layer):
    """Names in a folder of the library, those of one file included: a clash with a name elsewhere
    counts against the layer."""
    objects = sorted(OBJECTS.glob(f"{layer}/*.o"))
    listed = subprocess.run(["nm", *objects], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^[0-9a-f]+ [tT] (\w+)", listed, re.M))


def self_costs(text):
    """{function: instructions of its own} of what callgrind wrote."""
    costs, name, skip = {}, None, False
    for line in text.splitlines():
        if line.startswith("fn="):
            name = line[3:].split("'")[0]
        elif line.startswith("calls="):
            skip = True  # the next line is the cost of what was called
        elif line[:1].isdigit() or line[:1] in "+-*":
            if not skip and name:
                costs[name] = costs.get(name, 0) + sum(int(n) for n in line.split()[1:2])
            skip = False
    return costs


def profile(folder):
    """Of 40 requests of 200 tokens, by four users."""
    out = Path(folder) / "out"
    with subprocess.Popen([PROGRAM, "simulate", "--ttft", "5ms", "--itl", "1ms", "--tokens", "200"],
                          stdout=subprocess.PIPE, text=True) as simulator:
        try:
            url = simulator.stdout.readline().strip()
            subprocess.run(
                ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}",
                 "--compress-strings=no", "--compress-pos=no", PROGRAM, "run", url,
                 "--conversations", "8", "--turns", "5", "--workers", "4", "--max-tokens", "200",
                 "--min-delay", "0", "--max-delay", "0", "--exit-zero", "--no-save", "-q", "-o",
                 f"{folder}/report.json"], check=True, timeout=200, stdout=subprocess.DEVNULL)
        finally:
            simulator.terminate()
    return self_costs(out.read_text(encoding="utf-8"))


class ApiLayer(unittest.TestCase):
    def test_its_share_of_a_run(self):
        with tempfile.TemporaryDirectory() as folder:
            costs = profile(folder)
        total = sum(costs.values())
        layers = {"lib/api": functions("api"), "lib/config": functions("config"), "events": EVENTS}
        shares = {layer: sum(costs.get(n, 0) for n in names) / total
                  for layer, names in layers.items()}
        whole = sum(costs.get(n, 0) for n in set().union(*layers.values())) / total
        print(f"{total / 1e6:.0f} million instructions; "
              + ", ".join(f"{layer} {share:.3%}" for layer, share in shares.items())
              + f"; together {whole:.3%}, at most {MOST:.0%}")
        self.assertGreater(costs.get("lb_run_next_event", 0), 0, "no function of ours was seen")
        self.assertLess(whole, MOST)


if __name__ == "__main__":
    need("valgrind")
    if not list(OBJECTS.glob("api/*.o")):
        skip("this build has no objects to take names from")
    unittest.main()
