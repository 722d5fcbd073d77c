#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The corpus of misbehaving servers over a real socket.

Each case is served by a raw TCP player to a run of ten conversations with one turn: whole, byte by
byte where it is short, and cut at places all over. Class, counts, clocks and verdict must be the
same however the bytes were cut. LITEBENCH_BIN names the binary; CORPUS_CASE plays only the cases
whose name holds that text.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

from corpus_player import Case, Player

BIN = os.environ.get("LITEBENCH_BIN", "litebench")
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "corpus"
REQUESTS = 10
AT_ONCE = 4  # cases: most of their time is pauses
LIMIT_S = 60
# A client that is held up for longer than a pause sees both ends of it at once: pauses grow then.
SLOW = (1, 3, 10, 30)
HELD_UP = "two clocks with a pause between them are equal"
CLOCKS = ("first_byte", "first_token", "first_answer", "last_token", "done")


def run(case, folder, slow):
    with Player(case, REQUESTS, slow) as player:
        records = os.path.join(folder, case.name + ".ndjson")
        report = os.path.join(folder, case.name + ".json")
        command = [BIN, "run", player.url, "--preset", "quick", "--conversations", str(REQUESTS),
                   "--turns", "1", "--workers", str(REQUESTS), "--model", "m", "--max-tokens", "8",
                   "--timeout", "20s", "--stall-timeout", "10s", "--no-save", "--quiet",
                   "--no-progress", "-o", records, "-o", report, *case.options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        cuts = player.variants
    with open(records, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    with open(report, encoding="utf-8") as file:
        result = json.load(file)
    return done, [line for line in lines if "conversation" in line], result, cuts


def clock_faults(record, clocks):
    names = clocks.split(" ")[::2]
    signs = clocks.split(" ")[1::2]
    known = {name for name in CLOCKS if record[name + "_ms"] is not None}
    if known != set(names):
        yield f"clocks {sorted(known)}, wanted {names}"
        return
    for a, sign, b in zip(names, signs, names[1:]):
        x, y = record[a + "_ms"], record[b + "_ms"]
        if sign == "<" and x == y:
            yield HELD_UP
        elif not {"<": x < y, "=": x == y, "<=": x <= y}[sign]:
            yield f"{a} {x} {sign} {b} {y} does not hold"


def count(text):
    return None if text == "-" else int(text)


def record_faults(case, record):
    expect = case.expect
    wanted = {"error": None if expect["class"] == "ok" else expect["class"]}
    if "chunks" in expect:
        wanted["chunks"] = int(expect["chunks"])
    if "tokens" in expect:
        names = ("prompt_tokens", "cached_tokens", "completion_tokens")
        wanted.update(zip(names, map(count, expect["tokens"].split(" "))))
    for key, name in (("finish", "finish_reason"), ("model", "answered_by"), ("id", "response_id")):
        if key in expect:
            wanted[name] = None if expect[key] == "-" else expect[key]
    for name, value in wanted.items():
        if record[name] != value:
            yield f"{name} {record[name]!r}, wanted {value!r}"
    if expect.get("says", "") not in (record["error_text"] or ""):
        yield f"says {record['error_text']!r}, wanted {expect['says']!r}"
    for name, value in case.notes:
        if record.get("gateway", {}).get(name) != value:
            yield f"gateway {record.get('gateway')}, wanted {name} {value}"
    if "clocks" in expect:
        yield from clock_faults(record, expect["clocks"])


def play(path, slow):
    """Faults of one case, as texts."""
    case = Case(path)
    with tempfile.TemporaryDirectory() as folder:
        done, records, result, cuts = run(case, folder, slow)
    faults = []
    if len(records) != REQUESTS:
        faults.append(f"{len(records)} records: {done.stderr}")
    for record in records:
        faults += record_faults(case, record)
    word, code = case.expect["verdict"].split(" ")
    if (result["verdict"]["status"], done.returncode) != (word, int(code)):
        faults.append(f"verdict {result['verdict']['status']}, exit {done.returncode}:"
                      f" {result['verdict']['sentence']} {done.stderr}")
    counted = result["requests"]
    ok = REQUESTS if case.expect["class"] == "ok" else 0
    if (counted["ok"], counted["failed"]) != (ok, REQUESTS - ok):
        faults.append(f"requests {counted}")
    return [f"{case.name} ({cuts}): {fault}" for fault in sorted(set(faults))]


class Corpus(unittest.TestCase):
    def test_every_case(self):
        only = os.environ.get("CORPUS_CASE", "")
        paths = sorted(p for p in FOLDER.glob("*.case") if only in p.name)
        self.assertTrue(only or len(paths) >= 90, f"{len(paths)} cases in {FOLDER}")
        lock = threading.Lock()
        faults = []

        def one(path):
            for slow in SLOW:
                found = play(path, slow)
                if not found or not all(HELD_UP in fault for fault in found):
                    break
            with lock:
                faults.extend(found)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(one, paths))
        print(f"corpus: {len(paths)} cases over a socket, {len(paths) * REQUESTS} ways")
        self.assertFalse(faults, "\n" + "\n".join(faults))


if __name__ == "__main__":
    unittest.main()
