#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`litebench run` and `report` as a program: what goes to stdout, stderr and files, what signals
and closed pipes do, and which records are kept."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

BIN = os.environ["LITEBENCH_BIN"]
LIMIT_S = 60
FAST = ("--min-delay", "0", "--max-delay", "0", "--exit-zero")


class Case(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.tmp.name)
        self.addCleanup(self.tmp.cleanup)
        self.env = {k: v for k, v in os.environ.items()
                    if not k.startswith(("LITEBENCH_", "OPENAI_"))}
        self.env["XDG_STATE_HOME"] = str(self.dir / "state")

    def simulate(self, *options):
        process = subprocess.Popen([BIN, "simulate", *options], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process.stdout.readline().strip()

    def run_it(self, *args, code=0, **more):
        done = subprocess.run([BIN, *args], capture_output=True, text=True, timeout=LIMIT_S,
                              cwd=self.dir, env=self.env, stdin=subprocess.DEVNULL, **more)
        codes = code if isinstance(code, tuple) else (code,)
        self.assertIn(done.returncode, codes, done.stderr)
        return done

    def start(self, *args):
        return subprocess.Popen([BIN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, cwd=self.dir, env=self.env)

    def kept(self):
        return sorted((self.dir / "state" / "litebench").glob("*"))


class Results(Case):
    def setUp(self):
        super().setUp()
        self.url = self.simulate("--ttft", "5ms", "--itl", "1ms", "--tokens", "8",
                                 "--model", "first", "--model", "second")

    def test_report_to_stdout_talk_to_stderr(self):
        done = self.run_it("run", self.url, "-c", "6", "-t", "2", *FAST)
        self.assertRegex(done.stdout, r"^(PASS|FAIL|WARN|UNDECIDED|INVALID)  ")
        for line in done.stderr.splitlines():
            self.assertTrue(line.startswith("litebench: "), line)
        self.assertIn("model first, the first that the endpoint lists; also there: second",
                      done.stderr)
        self.assertIn("12 requests (6 conversations x 2 turns, at most 4 at once)", done.stderr)
        self.assertIn("6 conversations, at most 4 requests at once: not 6 people; see --users",
                      done.stderr)
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        self.assertNotIn("\r", done.stderr)

    def test_files(self):
        names = ["a.json", "a.ndjson", "a.csv", "a.md", "a.txt", "a.yaml"]
        args = [part for name in names for part in ("-o", name)]
        done = self.run_it("run", self.url, "-c", "4", "-t", "2", "-o", "user-info:box", *args,
                           *FAST)
        self.assertEqual(sorted(p.name for p in self.dir.iterdir()),
                         sorted(names + ["box", "state"]))
        for name in names:
            self.assertGreater((self.dir / name).stat().st_size, 50, name)
        result = json.loads((self.dir / "a.json").read_text())
        self.assertEqual(result["schema"], "litebench.report/1")
        self.assertEqual(result["requests"]["total"], 8)
        self.assertEqual(result["target"]["models"], ["first", "second"])
        self.assertIn(result["verdict"]["sentence"].split()[-1], done.stdout)
        rows = [json.loads(line) for line in (self.dir / "a.ndjson").read_text().splitlines()]
        self.assertEqual(len(rows), 10)
        self.assertTrue(rows[-1]["end"])

    def test_a_result_on_stdout_stands_alone(self):
        done = self.run_it("run", self.url, "-c", "3", "-t", "1", "-o", "json:-", *FAST)
        self.assertEqual(json.loads(done.stdout)["requests"]["ok"], 3)
        done = self.run_it("run", self.url, "-c", "3", "-t", "1", "-o", "ndjson:-", *FAST)
        self.assertEqual(len([json.loads(line) for line in done.stdout.splitlines()]), 5)

    def test_quiet_and_verbose(self):
        done = self.run_it("run", self.url, "-c", "3", "-t", "1", "-q", *FAST)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertEqual(done.stderr, "")
        done = self.run_it("run", self.url, "-c", "3", "-t", "2", "-v", *FAST)
        self.assertEqual(len([x for x in done.stderr.splitlines() if "TTFT" in x]), 6)

    def test_color(self):
        always = self.run_it("run", self.url, "-c", "3", "-t", "1", "--color=always", "-q", *FAST)
        self.assertIn("\x1b[", always.stdout)

    def test_the_key_goes_to_the_endpoint_only(self):
        secret = "sk-geheim-4711"
        (self.dir / "key").write_text(secret + "\n")
        url = self.simulate("--ttft", "1ms", "--require-key-file", str(self.dir / "key"))
        self.run_it("run", url, "-c", "2", "-t", "1", "-v", "--key-file", "key", "-o", "a.json",
                    "-o", "a.ndjson", *FAST)
        done = self.run_it("run", url, "-c", "2", "-t", "1", "--model", "m", *FAST, code=3)
        self.assertIn("auth", done.stdout)
        (self.dir / "key").unlink()
        for path in self.dir.rglob("*"):
            if path.is_file():
                self.assertNotIn(secret, path.read_text(), path)

    def test_presets_and_users(self):
        self.run_it("run", "--preset", "quick", self.url, "-o", "q.json")
        result = json.loads((self.dir / "q.json").read_text())
        self.assertEqual([o["expr"] for o in result["slo"]], ["errors<=1%"])
        self.assertEqual(result["requests"]["total"], 15)
        done = self.run_it("run", self.url, "-u", "5", "-t", "1", "-o", "u.json", *FAST)
        self.assertNotIn("see --users", done.stderr)
        workload = json.loads((self.dir / "u.json").read_text())["workload"]
        self.assertEqual((workload["schedule"], workload["workers"], workload["conversations"]),
                         ("users", 5, 5))


class Stored(Case):
    def setUp(self):
        super().setUp()
        self.url = self.simulate("--ttft", "5ms", "--itl", "1ms", "--tokens", "8")

    def test_report_again(self):
        first = self.run_it("run", self.url, "-c", "5", "-t", "2", "-o", "a.ndjson", "-o", "a.json",
                            *FAST)
        self.assertEqual(len(self.kept()), 1)
        again = self.run_it("report", "last")
        self.assertEqual(again.stdout.splitlines()[0].split()[0], first.stdout.split()[0])
        self.assertEqual(again.stdout, self.run_it("report", "a.ndjson").stdout)
        self.assertEqual(self.run_it("report", "a.json", "-q").stdout.count("\n"), 1)
        self.run_it("report", "last", "-o", "b.json", "-o", "b.csv", "-o", "b.md")
        self.assertEqual(json.loads((self.dir / "b.json").read_text())["requests"]["ok"], 10)
        done = self.run_it("report", "a.json", "-o", "c.csv", code=3)
        self.assertIn("csv is made of records", done.stderr)
        self.assertFalse((self.dir / "c.csv").exists())
        both = self.run_it("report", "a.json", "a.ndjson", "-q").stdout
        self.assertEqual(both.count("== "), 2)

    def test_other_objectives(self):
        self.run_it("run", self.url, "-c", "5", "-t", "2", "-o", "a.ndjson", *FAST)
        # 4 where the machine was too slow to measure a duration
        self.run_it("report", "a.ndjson", "--slo", "ttft.max<=1ms", "-q", code=(1, 4))
        self.run_it("report", "a.ndjson", "--slo", "ttft.max<=1ms", "-q", "--exit-zero")

    def test_objectives_of_other_metrics_stay_as_stored(self):
        self.run_it("run", self.url, "-c", "5", "-t", "2", "-o", "a.ndjson", *FAST,
                    "--slo", "ttft.p95<=7s")
        self.run_it("report", "a.ndjson", "--slo", "errors<=3%", "-o", "b.json", "--exit-zero")
        result = json.loads((self.dir / "b.json").read_text())
        self.assertEqual(sorted(o["expr"] for o in result["slo"]), ["errors<=3%", "ttft.p95<=7s"])

    def test_twenty_are_kept(self):
        folder = self.dir / "state" / "litebench"
        folder.mkdir(parents=True)
        for i in range(25):
            (folder / f"2020-01-01T00-00-{i:02}Z-0000001.ndjson").write_text("old")
        (folder / "notes.txt").write_text("not ours")
        self.run_it("run", self.url, "-c", "2", "-t", "1", *FAST)
        records = [p for p in self.kept() if p.suffix == ".ndjson"]
        self.assertEqual(len(records), 20)
        self.assertNotEqual(records[-1].read_text(), "old")
        self.assertTrue((folder / "notes.txt").exists())

    def test_nothing_is_kept_when_not_wanted_or_not_possible(self):
        self.run_it("run", self.url, "-c", "2", "-t", "1", "--no-save", *FAST)
        self.assertEqual(self.kept(), [])
        self.env["XDG_STATE_HOME"] = "/dev/null/nowhere"
        done = self.run_it("run", self.url, "-c", "2", "-t", "1", *FAST)
        self.assertNotIn("nowhere", done.stderr)


class Interrupted(Case):
    def setUp(self):
        super().setUp()
        self.url = self.simulate("--ttft", "50ms", "--itl", "5ms", "--tokens", "20")

    def running(self, *args):
        process = self.start("run", self.url, "-c", "500", "-t", "2", "-v", *FAST, *args)
        for line in process.stderr:
            if "TTFT" in line:  # a turn has ended: the run is on its way
                return process
        self.fail("the run never began")

    def test_the_first_signal_ends_in_order(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                process = self.running("-o", "a.json", "-o", "a.ndjson")
                process.send_signal(number)
                out, err = process.communicate(timeout=LIMIT_S)
                self.assertEqual(process.returncode, code, err)
                result = json.loads((self.dir / "a.json").read_text())
                self.assertTrue(result["partial"])
                self.assertGreater(result["requests"]["ok"], 0)
                self.assertLess(result["requests"]["ok"], 100)
                self.assertIn("PARTIAL", out)
                rows = (self.dir / "a.ndjson").read_text().splitlines()
                self.assertTrue(json.loads(rows[-1])["partial"])
                self.assertFalse(list(self.dir.glob("*.part")))

    def test_the_second_signal_leaves_at_once(self):
        process = self.running()
        process.send_signal(signal.SIGSTOP)  # so that both are there when it goes on
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGCONT)
        begun = time.monotonic()
        process.communicate(timeout=LIMIT_S)
        self.assertIn(process.returncode, (130, 143))
        self.assertLess(time.monotonic() - begun, 5)

    def test_a_closed_pipe_is_no_crash(self):
        process = self.start("run", self.url, "-c", "3", "-t", "1", *FAST)
        process.stdout.close()
        process.stderr.read()
        self.assertEqual(process.wait(LIMIT_S), 0)
        process.stderr.close()

    def test_a_full_disk_is_said(self):
        done = self.run_it("run", self.url, "-c", "3", "-t", "1", "-o", "json:/dev/full", *FAST,
                           code=3)
        self.assertIn("No space left", done.stderr)
        self.assertRegex(done.stdout, r"^[A-Z]+  ")


if __name__ == "__main__":
    unittest.main()
