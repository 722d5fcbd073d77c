#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does connecting thousands of users disturb the measurement of those who are there already?

Steady users talk to `litebench simulate`; then the same with thousands more who connect meanwhile,
a connection for each, in the same process. The error of the steady users' time to first token
against the server's log (joined by response id) is compared between the two: while the others
connect, and without them.

    cmake --preset bench && cmake --build --preset bench && bench/connecting.py [--users N]
"""

import argparse
import json
import os
import tempfile

from run import ROOT, Bench, Machine, percentile

STEADY, RAMP_S = 100, 4
TTFT_MS = 100
SERVER = {"ttft": TTFT_MS, "itl": 20, "tokens": 4}


def play(bench, users, ramp_s, seconds):
    """Records of a run, and the server's truth by response id."""
    server, url = bench.serve(SERVER)
    out = os.path.join(bench.scratch, "r.ndjson")
    bench.client(
        [bench.cli, "run", url, "--no-save", "-q", "--exit-zero", "--users", str(users),
         "-c", str(users * 40), "-t", "2", "--connections", "user", "--ramp", f"{ramp_s}s",
         "--for", f"{seconds}s", "--min-delay", "0.5", "--max-delay", "1.5", "-m", "4",
         "--threads", "1", "-o", out])
    server.terminate()
    server.wait(timeout=30)
    with open(out, encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    return [r for r in records if r.get("response_id") and not r["error"]], bench.truth()


def errors_of(records, truth, until_ms):
    """Microseconds, and how late the server was, of the steady users' requests in that time."""
    errors, late = [], []
    for record in records:
        if record["worker"] >= STEADY or record["due_ms"] > until_ms:
            continue
        row = truth[record["response_id"]]
        true_ms = (int(row["first_token_ns"]) - int(row["arrived_ns"])) / 1e6
        errors.append(abs(record["ttft_ms"] - true_ms) * 1e3)
        late.append((true_ms - TTFT_MS) * 1e3)
    return errors, late


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=2000, help="how many connect meanwhile")
    parser.add_argument("--runs", type=int, default=3, help="of each kind, in turn")
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "bench"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        measure(given, Bench(given.build, Machine(True), scratch))


def measure(given, bench):
    """Both kinds of run in turn, their figures to stdout and into the build folder."""
    # The first users of a ramp are the steady ones: they begin within its first few per cent.
    crowd = STEADY + given.users
    total = {"alone": ([], []), "while others connect": ([], [])}
    for _ in range(given.runs):
        for name, users, ramp in (("alone", STEADY, RAMP_S * STEADY / crowd),
                                  ("while others connect", crowd, RAMP_S)):
            records, truth = play(bench, users, ramp, RAMP_S + 1)
            for kept, more in zip(total[name], errors_of(records, truth, RAMP_S * 1e3)):
                kept.extend(more)
    figures = {}
    for name, (errors, late) in total.items():
        one = figures[name] = {"requests": len(errors), "p50_us": percentile(errors, 0.5),
                               "p99_us": percentile(errors, 0.99),
                               "server_late_p50_us": percentile(late, 0.5),
                               "server_late_p99_us": percentile(late, 0.99)}
        print("{} users {}: error p50 {p50_us:.1f} us, p99 {p99_us:.1f} us of {requests} requests; "
              "server late {server_late_p50_us:.0f} / {server_late_p99_us:.0f} us"
              .format(STEADY, name, **one))
    alone, crowded = figures.values()
    print(f"ratio: p50 {crowded['p50_us'] / alone['p50_us']:.2f}, "
          f"p99 {crowded['p99_us'] / alone['p99_us']:.2f} with {given.users} connects in "
          f"{RAMP_S} s")
    with open(os.path.join(given.build, "connecting.json"), "w", encoding="ascii") as file:
        json.dump({"users": given.users, "ramp_s": RAMP_S, **figures}, file, indent=1)


if __name__ == "__main__":
    main()
