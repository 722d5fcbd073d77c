#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signals at random moments of a run: whatever was finished is in the result, the result is whole
and can be read again, and the exit code says what happened.

The seed is printed, and LITEBENCH_SEED=N plays the same moments again. What the endpoint wrote
down itself says which answers were finished.
"""
# ctest: serial

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from simulator import BIN, LIMIT_S, NO_THINKING, Server

SEED = int(os.environ.get("LITEBENCH_SEED", random.randrange(1 << 30)))
SLOW = 6 if os.environ.get("LITEBENCH_SANITIZED") else 1
MARGIN_S = 0.25 * SLOW  # an answer that ended this long before the signal was surely read
LANES = 4
CODE = {signal.SIGINT: 130, signal.SIGTERM: 143}
WAYS = [[], ["--threads", "3"], ["--users", "4"], ["--warmup", "8"], ["--connections", "new"],
        ["--model", "one", "--model", "two"], ["--for", "700ms"]]
ANSWERS = ["--ttft", "20ms", "--ttft-jitter", "10ms", "--itl", "2ms", "--tokens", "12", "--usage"]
THINKING = ["--min-delay", "100ms", "--max-delay", "400ms"]


class Stopped:
    """A run that got signals: `when` it began and got the first (CLOCK_MONOTONIC, seconds)."""

    def __init__(self, folder, url, signals, *options, await_line=None):
        self.folder = pathlib.Path(folder)
        self.signals = [number for _, number in signals]
        command = [BIN, "run", url, "--exit-zero", "-v", "-o", "r.json", "-o", "r.ndjson",
                   "-o", "r.csv", *options]
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith(("LITEBENCH_", "OPENAI_"))}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, cwd=folder,
                                   env={**clean, "XDG_STATE_HOME": os.path.join(folder, "state")})
        seen = self.wait_for(process, await_line) if await_line else ""
        at = time.monotonic()
        self.signalled = None
        for delay, number in signals:
            at += delay
            time.sleep(max(0.0, at - time.monotonic()))
            self.signalled = self.signalled or time.monotonic()
            process.send_signal(number)
        self.stdout, errors = process.communicate(timeout=LIMIT_S * SLOW)
        self.ended = time.monotonic()
        self.code, self.stderr = process.returncode, seen + errors

    @staticmethod
    def wait_for(process, word):
        text = ""
        for line in process.stderr:
            text += line
            if word in line:
                break
        return text

    def path(self, name):
        return self.folder / name

    def written(self):
        return sorted(p.name for p in self.folder.iterdir() if p.name != "state")

    def kept(self):
        return sorted((self.folder / "state" / "litebench").glob("*"))

    def read_again(self, path):
        done = subprocess.run([BIN, "report", str(path), "-o", "json:-", "--exit-zero"],
                              capture_output=True, text=True, timeout=LIMIT_S, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{path}: exit {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)


class Moments(unittest.TestCase):
    """Every check of a stopped run; the classes below choose the moments."""

    def assert_nothing(self, stopped):
        """Before the first request there is nothing to be kept, and nothing is."""
        self.assertEqual((stopped.written(), stopped.kept()), ([], []))
        self.assertEqual(stopped.stdout, "")

    def assert_whole(self, stopped, truth):
        names = stopped.written()
        self.assertEqual(names, ["r.csv", "r.json", "r.ndjson"])
        result = json.loads(stopped.path("r.json").read_text())
        lines = [json.loads(line) for line in stopped.path("r.ndjson").read_text().splitlines()]
        self.assertTrue(lines[-1]["end"])
        records = [line for line in lines if "turn" in line]
        self.assertIs(result["partial"], lines[-1]["partial"])
        expected = CODE[stopped.signals[0]] if result["partial"] else 0
        self.assertEqual(stopped.code, expected, stopped.stderr)
        self.assertEqual("PARTIAL" in stopped.stdout, result["partial"], stopped.stdout)
        self.assert_counts(result["requests"], records)
        self.assert_finished_ones(records, truth, stopped.signalled)
        paths = [stopped.path("r.json"), stopped.path("r.ndjson"), *stopped.kept()]
        self.assertEqual(len(paths), 3)
        for path in paths:
            again = stopped.read_again(path)
            self.assertEqual(again["requests"], result["requests"], path)
            self.assertIs(again["partial"], result["partial"])
        return result

    def assert_counts(self, counts, records):
        of = [r["error"] for r in records if not r["warmup"] and not r["reconnected"]]
        self.assertEqual(counts["ok"], of.count(None))
        self.assertEqual(counts["cancelled"], of.count("cancelled"))
        self.assertEqual(counts["total"], counts["ok"] + counts["failed"])
        self.assertEqual(counts["failed"], 0, counts)

    def assert_finished_ones(self, records, truth, signalled):
        """Each answer that the endpoint had sent before the signal is there, whole and ok."""
        ok = {r["response_id"]: r for r in records if r["error"] is None}
        rows = {row["response_id"]: row for row in truth if row["status"] == "200"}
        for name, row in rows.items():
            if int(row["last_token_ns"] or 0) and \
                    int(row["last_token_ns"]) / 1e9 < signalled - MARGIN_S:
                self.assertIn(name, ok, row)
        for name, record in ok.items():
            self.assertEqual(record["chunks"], int(rows[name]["tokens"]))
        self.assertLessEqual(len(truth), len(records))


class OneSignal(Moments):
    def play(self, moment):
        kind, delay, number = moment
        with tempfile.TemporaryDirectory() as folder:
            return getattr(self, kind)(folder, delay, number)

    def anywhere(self, folder, delay, number):
        """From the first instruction to the last: a run takes about a second."""
        early = (-number,) if delay < 0.03 else ()
        way = WAYS[int(delay * 1e6) % len(WAYS)]
        with Server(*ANSWERS, "--model", "one", "--model", "two") as server:
            stopped = Stopped(folder, server.url, [(delay * 1.3 * SLOW, number)],
                              "-c", "40", "-t", "3", "-p", "4", *NO_THINKING, *way)
        return self.judge(stopped, server.log, early)

    def start_up(self, folder, delay, number):
        """The first milliseconds. Before main() a signal kills, as any program."""
        with Server(*ANSWERS) as server:
            stopped = Stopped(folder, server.url, [(delay * 0.03 * SLOW, number)],
                              "-c", "40", "-t", "3", *NO_THINKING)
        return self.judge(stopped, server.log, (-number,))

    def models(self, folder, delay, number):
        """The endpoint is asked for its models, and says nothing."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            stopped = Stopped(folder, f"http://127.0.0.1:{silent.getsockname()[1]}/v1",
                              [(0.2 * SLOW + delay * 0.2, number)])
        self.assertIn("stopped; there is no result", stopped.stderr)
        return self.judge(stopped, [])

    def connecting(self, folder, delay, number):
        """A full backlog: the kernel answers no SYN, so no connection ever stands."""
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            address = full.getsockname()
            waiting = [socket.socket() for _ in range(3)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)
            stopped = Stopped(folder, f"http://127.0.0.1:{address[1]}/v1",
                              [(delay * 0.2, number)], "--model", "m", "--context", "8192",
                              *NO_THINKING, await_line="40 conversations")
            for one in waiting:
                one.close()
        return self.judge(stopped, [])

    def thinking(self, folder, delay, number):
        with Server(*ANSWERS) as server:
            stopped = Stopped(folder, server.url, [(delay * 0.5, number)], "-c", "20", "-t", "3",
                              "-p", "4", *THINKING, await_line="20 conversations")
        return self.judge(stopped, server.log)

    def streaming(self, folder, delay, number):
        """Long answers: nearly always all four are under way."""
        with Server("--ttft", "5ms", "--itl", "2ms", "--tokens", "100") as server:
            stopped = Stopped(folder, server.url, [(delay * 1.2, number)], "-c", "12", "-t", "2",
                              *NO_THINKING, await_line="12 conversations")
        return self.judge(stopped, server.log)

    def writing(self, folder, delay, number):
        """The last answers come, and then the results are computed and written."""
        with Server("--ttft", "2ms", "--tokens", "4") as server:
            stopped = Stopped(folder, server.url, [(delay * 0.06 * SLOW, number)], "-c", "60",
                              "-t", "2", *NO_THINKING, await_line="conversation 55 turn 2")
        return self.judge(stopped, server.log)

    def judge(self, stopped, truth, early=()):
        if not stopped.written():
            self.assert_nothing(stopped)
            self.assertIn(stopped.code, (CODE[stopped.signals[0]], *early), stopped.stderr)
            return "nothing", 0
        result = self.assert_whole(stopped, truth)
        return "partial" if result["partial"] else "whole", result["requests"]["ok"]

    def test_fifty_moments(self):
        rng = random.Random(SEED)
        kinds = ["anywhere"] * 20 + ["start_up"] * 6 + ["models"] * 3 + ["connecting"] * 4 + \
            ["thinking"] * 5 + ["streaming"] * 5 + ["writing"] * 7
        moments = [(kind, rng.random(), signal.SIGINT if i % 4 == 3 else signal.SIGTERM)
                   for i, kind in enumerate(kinds)]
        self.assertEqual(len(moments), 50)
        rng.shuffle(moments)
        faults, left = [], {}
        with ThreadPoolExecutor(LANES) as pool:
            for moment, outcome in zip(moments, pool.map(self.tried, moments)):
                if isinstance(outcome, Exception):
                    faults.append(f"{moment}: {outcome}")
                    continue
                left.setdefault((moment[0], outcome[0]), []).append(outcome[1])
        for (kind, what), ok in sorted(left.items()):
            print(f"{kind}: {what} {len(ok)} times, {sum(ok)} finished turns")
        self.assertFalse(faults, "\n".join([f"LITEBENCH_SEED={SEED}", *faults]))

    def tried(self, moment):
        try:
            return self.play(moment)
        except Exception as fault:  # pylint: disable=broad-exception-caught
            return fault


class TwoSignals(Moments):
    """The second leaves at once: what has its name is whole, what is left as .part can be read."""

    def test_gaps(self):
        rng = random.Random(SEED + 1)
        for i in range(8):
            pair = [(rng.random() * 0.3 * SLOW, rng.choice(list(CODE))),
                    (rng.random() * 0.01 * SLOW, rng.choice(list(CODE)))]
            with self.subTest(seed=SEED, pair=pair), tempfile.TemporaryDirectory() as folder, \
                    Server(*ANSWERS, log=False) as server:
                stopped = Stopped(folder, server.url, pair, "-c", "200", "-t", "2", *NO_THINKING,
                                  await_line="200 conversations")
                self.assertIn(stopped.code, (CODE[pair[0][1]], CODE[pair[1][1]]), stopped.stderr)
                self.assertLess(stopped.ended - stopped.signalled, 5 * SLOW)
                self.assert_readable(stopped)

    def assert_readable(self, stopped):
        for name in ("r.json", "r.ndjson", "r.ndjson.part"):
            path = stopped.path(name)
            if path.exists() and path.stat().st_size > 0:
                self.assertTrue(stopped.read_again(path)["partial"])


if __name__ == "__main__":
    print(f"LITEBENCH_SEED={SEED}", file=sys.stderr)
    unittest.main()
