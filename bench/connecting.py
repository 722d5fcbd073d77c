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
import csv
import json
import os
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STEADY, RAMP_S = 100, 4
TTFT_MS = 100
SERVER_PRIORITY, CLIENT_PRIORITY = 50, 5


def settle(core, priority):
    """On this core, ahead of everybody else's work if that is allowed."""
    os.sched_setaffinity(0, {core})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except PermissionError:
        pass


def rank(values, share):
    return sorted(values)[max(0, -(-len(values) * share // 100) - 1)] if values else float("nan")


def play(binary, users, ramp_s, seconds):
    """Records of a run, and the server's truth by response id."""
    with tempfile.TemporaryDirectory() as folder:
        log, out = os.path.join(folder, "truth.csv"), os.path.join(folder, "r.ndjson")
        server = subprocess.Popen(
            [binary, "simulate", "--ttft", f"{TTFT_MS}ms", "--itl", "20ms", "--tokens", "4",
             "--log", log], stdout=subprocess.PIPE, text=True,
            preexec_fn=lambda: settle(min(os.sched_getaffinity(0)), SERVER_PRIORITY))
        url = server.stdout.readline().strip()
        subprocess.run(
            [binary, "run", url, "--no-save", "-q", "--exit-zero", "--users", str(users),
             "-c", str(users * 40), "-t", "2", "--connections", "user", "--ramp", f"{ramp_s}s",
             "--for", f"{seconds}s", "--min-delay", "0.5", "--max-delay", "1.5", "-m", "4",
             "--threads", "1", "-o", out], check=True, stdout=subprocess.DEVNULL,
            preexec_fn=lambda: settle(max(os.sched_getaffinity(0)), CLIENT_PRIORITY))
        server.terminate()
        server.wait(timeout=30)
        with open(log, newline="", encoding="ascii") as file:
            truth = {row["response_id"]: row for row in csv.DictReader(file)}
        with open(out, encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
    return [r for r in records if r.get("response_id") and not r["error"]], truth


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
    parser.add_argument("--litebench", default=os.path.join(ROOT, "build/bench/cli/litebench"))
    given = parser.parse_args()
    # The first users of a ramp are the steady ones: they begin within its first few per cent.
    crowd = STEADY + given.users
    total = {"alone": ([], []), "while others connect": ([], [])}
    for _ in range(given.runs):
        for name, users, ramp in (("alone", STEADY, RAMP_S * STEADY / crowd),
                                  ("while others connect", crowd, RAMP_S)):
            records, truth = play(given.litebench, users, ramp, RAMP_S + 1)
            for kept, more in zip(total[name], errors_of(records, truth, RAMP_S * 1e3)):
                kept.extend(more)
    figures = {}
    for name, (errors, late) in total.items():
        figures[name] = {"requests": len(errors), "p50_us": rank(errors, 50),
                         "p99_us": rank(errors, 99), "server_late_p50_us": rank(late, 50),
                         "server_late_p99_us": rank(late, 99)}
        print(f"{STEADY} users {name}: error p50 {rank(errors, 50):.1f} us, "
              f"p99 {rank(errors, 99):.1f} us of {len(errors)} requests; "
              f"server late {rank(late, 50):.0f} / {rank(late, 99):.0f} us")
    alone, crowded = figures.values()
    print(f"ratio: p50 {crowded['p50_us'] / alone['p50_us']:.2f}, "
          f"p99 {crowded['p99_us'] / alone['p99_us']:.2f} with {given.users} connects in "
          f"{RAMP_S} s")
    folder = os.path.join(ROOT, "build/bench")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "connecting.json"), "w", encoding="ascii") as file:
        json.dump({"users": given.users, "ramp_s": RAMP_S, **figures}, file, indent=1)


if __name__ == "__main__":
    main()
