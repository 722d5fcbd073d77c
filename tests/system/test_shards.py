#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shards of one run: what each does, how its result comes home, and what they are together."""

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

from simulator import BIN, LIMIT_S, NO_THINKING, Server

FAST = ["--ttft", "5ms", "--itl", "1ms", "--tokens", "10"]
FRAME = re.compile(r"-----BEGIN LITEBENCH (RECORDS|RESULT) v1 shard=(\S+) bytes=(\d+) "
                   r"sha256=([0-9a-f]{64})-----\n(.*?)-----END LITEBENCH \1-----\n", re.S)


class Shards(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def start(self, url, *options, env=None):
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith(("LITEBENCH_", "OPENAI_", "JOB_"))}
        return subprocess.Popen(
            [BIN, "run", url, "--no-save", "-c", "21", "-t", "3", "-p", "6", *NO_THINKING,
             *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**clean, **(env or {})})

    def run_shards(self, url, of, *options):
        """The logs of all shards of a run that begin together."""
        at = str(time.time() + 0.3)
        processes = [self.start(url, "--shard", f"{i}/{of}", "--start-at", at, "--emit-block",
                                *options) for i in range(of)]
        logs = []
        for i, process in enumerate(processes):
            out, err = process.communicate(timeout=LIMIT_S)
            self.assertIn(process.returncode, (0, 4, 5), err)
            logs.append(self.path(f"{i}.log"))
            with open(logs[-1], "w", encoding="utf-8") as file:
                file.write("noise before\n" + out)
        return logs

    def merge(self, *files):
        done = subprocess.run([BIN, "merge", "-o", "json:-", *files], capture_output=True,
                              text=True, timeout=LIMIT_S, check=False)
        return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr

    def test_frames_carry_length_checksum_and_a_report(self):
        with Server(*FAST) as server:
            log, = self.run_shards(server.url, 1)
        with open(log, encoding="utf-8") as file:
            text = file.read()
        frames = {m[1]: m for m in FRAME.finditer(text)}
        self.assertEqual(set(frames), {"RECORDS", "RESULT"})
        for frame in frames.values():
            data = base64.b64decode(frame[5])
            self.assertEqual(len(data), int(frame[3]))
            self.assertEqual(hashlib.sha256(data).hexdigest(), frame[4])
        self.assertEqual(json.loads(base64.b64decode(frames["RESULT"][5]))["schema"],
                         "litebench.report/1")
        after = text[text.rindex("-----END"):].splitlines()[1:]
        self.assertLessEqual(len(after), 8)
        self.assertLess(int(frames["RECORDS"][3]), 2000 + 63 * 100)

    def test_three_shards_are_the_one_run(self):
        with Server(*FAST) as server:
            logs = self.run_shards(server.url, 3, "--nonce", "none")
            one = self.start(server.url, "--nonce", "none", "-o", self.path("one.json"))
            one.communicate(timeout=LIMIT_S)
        code, whole, err = self.merge(*logs)
        self.assertIn(code, (0, 4, 5), err)
        with open(self.path("one.json"), encoding="utf-8") as file:
            single = json.load(file)
        for key in ("total", "ok", "failed", "not_sent"):
            self.assertEqual(whole["requests"][key], single["requests"][key])
        self.assertEqual(whole["requests"]["ok"], 63)
        self.assertEqual(whole["workload"]["hash"], single["workload"]["hash"])
        self.assertEqual(whole["tokens"]["prompt"], single["tokens"]["prompt"])
        self.assertEqual([t["n"] for t in whole["by_turn"]], [21, 21, 21])
        self.assertEqual(whole["metrics"]["itl"]["n"], 63 * 9)

    def test_merging_what_was_split_gives_the_same_numbers(self):
        """One run's records, dealt out to shards by hand, come back to the last digit."""
        with Server(*FAST) as server:
            run = self.start(server.url, "-o", self.path("all.ndjson"))
            run.communicate(timeout=LIMIT_S)
        with open(self.path("all.ndjson"), encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        names = []
        for i in range(3):
            header = json.loads(json.dumps(lines[0]))
            header["workload"]["shard"] = {"index": i, "of": 3}
            part = [header] + [r for r in lines[1:-1] if r["conversation"] % 3 == i] + [lines[-1]]
            names.append(self.path(f"part{i}.ndjson"))
            with open(names[-1], "w", encoding="utf-8") as file:
                file.writelines(json.dumps(line) + "\n" for line in part)
        _, merged, err = self.merge(*names)
        done = subprocess.run([BIN, "report", self.path("all.ndjson"), "-o", "json:-"],
                              capture_output=True, text=True, timeout=LIMIT_S, check=True)
        whole = json.loads(done.stdout)
        self.assertIsNotNone(merged, err)
        for key in ("metrics", "slo", "by_turn", "by_class", "requests", "tokens", "throughput"):
            self.assertEqual(merged[key], whole[key], key)

    def test_a_missing_shard_is_said_and_never_a_pass(self):
        with Server(*FAST) as server:
            logs = self.run_shards(server.url, 3)
        code, whole, _ = self.merge(logs[0], logs[2])
        self.assertEqual(whole["verdict"]["status"], "INVALID")
        self.assertEqual(code, 4)
        self.assertIn("only 2 of 3 shards", whole["verdict"]["sentence"])

    def test_damage_and_strangers_are_refused(self):
        with Server(*FAST) as server:
            logs = self.run_shards(server.url, 2)
            other = self.start(server.url, "--shard", "1/2", "--seed", "5", "-o",
                               self.path("other.ndjson"))
            other.communicate(timeout=LIMIT_S)
        with open(logs[1], encoding="utf-8") as file:
            text = file.read()
        cut = self.path("cut.log")
        with open(cut, "w", encoding="utf-8") as file:
            file.write(text[:text.index("-----END LITEBENCH RECORDS")])
        bent = self.path("bent.log")
        at = text.index("-----\n") + 40
        with open(bent, "w", encoding="utf-8") as file:
            file.write(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:])
        for second, word in ((cut, "no end"), (bent, "damaged"), (logs[0], "twice"),
                             (self.path("other.ndjson"), "not shards of one run")):
            code, whole, err = self.merge(logs[0], second)
            self.assertEqual((code, whole), (2, None), second)
            self.assertIn(word, err)
            self.assertEqual(err.count("\n"), 1, err)

    def test_a_pod_of_an_indexed_job_knows_its_part(self):
        with Server(*FAST) as server:
            run = self.start(server.url, "-o", self.path("r.ndjson"),
                             "--termination-log", self.path("message"),
                             env={"JOB_COMPLETION_INDEX": "1", "LITEBENCH_SHARDS": "3"})
            run.communicate(timeout=LIMIT_S)
        with open(self.path("r.ndjson"), encoding="utf-8") as file:
            records = [r for r in map(json.loads, file) if "turn" in r]
        self.assertEqual({r["conversation"] % 3 for r in records}, {1})
        with open(self.path("message"), encoding="utf-8") as file:
            text = file.read()
        message = json.loads(text)
        self.assertLessEqual(len(text), 4096)
        self.assertEqual((message["shard"], message["of"], message["n"]), (1, 3, 21))

    def test_a_signal_still_delivers_the_block(self):
        with Server("--ttft", "50ms", "--tokens", "20") as server:
            run = self.start(server.url, "--shard", "0/2", "--emit-block", "-v")
            for line in run.stderr:
                if "TTFT" in line:
                    break
            run.send_signal(signal.SIGTERM)
            out, _ = run.communicate(timeout=LIMIT_S)
        self.assertEqual(run.returncode, 143)
        self.assertEqual(len(FRAME.findall(out)), 2)

    def test_bad_shards(self):
        for value in ("3/3", "x", "0", "-1/2", "1/2/3", "0/7"):
            done = subprocess.run([BIN, "run", "http://127.0.0.1:9", "-p", "6", "--shard", value],
                                  capture_output=True, text=True, timeout=LIMIT_S, check=False)
            self.assertEqual(done.returncode, 2, value)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
