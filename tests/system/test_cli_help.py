#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Help, version, the option table, --dry-run with its origins, and the old command line."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

BIN = os.environ["LITEBENCH_BIN"]
COMMANDS = ("run", "plan", "report", "simulate", "options", "help")
TOPICS = ("slo", "exit-codes", "formats", "presets", "environment", "config")


class Case(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.tmp.name)
        self.addCleanup(self.tmp.cleanup)

    def run_it(self, *args, env=None, code=0):
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith(("LITEBENCH_", "OPENAI_"))}
        clean["XDG_STATE_HOME"] = str(self.dir / "state")
        clean.update(env or {})
        done = subprocess.run([BIN, *args], capture_output=True, text=True, timeout=60,
                              cwd=self.dir, env=clean, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def values(self, *args, env=None):
        """Effective values and origins of --dry-run."""
        out = self.run_it("run", *args, "--dry-run", env=env)
        found = {}
        for line in out.splitlines():
            match = re.match(r"([a-z]+\.[a-z_]+) +(.*?) {2,}(.*)$", line)
            if match:
                found[match[1]] = (match[2].strip(), match[3].strip())
        self.assertIn("Nothing was sent.", out)
        return found


class Help(Case):
    def test_top_level_is_one_screen(self):
        text = self.run_it("--help")
        self.assertLessEqual(len(text.splitlines()), 25)
        self.assertLess(text.index("Examples"), text.index("Commands"))
        for command in COMMANDS:
            self.assertRegex(text, rf"\n  {command} ")
        self.assertEqual(text, self.run_it("help"))
        self.assertEqual(text, self.run_it("-h"))

    def test_every_command_has_help(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                text = self.run_it("help", command)
                self.assertLessEqual(len(text.splitlines()), 60)
                self.assertIn("Examples", text)
                for line in text.splitlines():
                    self.assertLessEqual(len(line), 100)
                if command != "help":
                    self.assertEqual(text, self.run_it(command, "--help"))

    def test_topics(self):
        top = self.run_it("--help")
        for topic in TOPICS:
            with self.subTest(topic=topic):
                self.assertIn(topic, top)
                self.assertGreater(len(self.run_it("help", topic)), 100)

    def test_all_holds_every_flag(self):
        text = self.run_it("help", "run", "all")
        for row in json.loads(self.run_it("options", "--json")):
            if row["flag"] and "run" in row["commands"].split():
                self.assertRegex(text, rf"--{row['flag']}\b")
        self.assertIn("--ttft", self.run_it("help", "all"))

    def test_help_wins_over_faults(self):
        self.assertIn("Examples", self.run_it("run", "--bogus", "--help"))

    def test_version(self):
        text = self.run_it("--version")
        self.assertRegex(text, r"^litebench \d+\.\d+\.\d+ \(libcurl .*, .*json-c .*\)\n$")


class Options(Case):
    def test_json(self):
        rows = json.loads(self.run_it("options", "--json"))
        names = [row["name"] for row in rows]
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("load.workers", names)
        workers = rows[names.index("load.workers")]
        self.assertEqual((workers["kind"], workers["default"], workers["min"], workers["alias"]),
                         ("int", "4", 1, "parallel"))

    def test_text_names_every_option(self):
        text = self.run_it("options")
        for row in json.loads(self.run_it("options", "--json")):
            self.assertIn(row["name"], text)

    def test_presets(self):
        text = self.run_it("options", "--presets")
        for name in ("quick", "workshop", "continuous", "model-comparison"):
            self.assertRegex(text, rf"(?m)^{name}: ")
        names = [row["name"] for row in json.loads(self.run_it("options", "--presets", "--json"))]
        self.assertEqual(names, ["quick", "workshop", "continuous", "model-comparison"])


class Precedence(Case):
    def test_layers(self):
        config = self.dir / "c.json"
        config.write_text(json.dumps({"load": {"workers": 3}, "plan": {"turns": 4, "seed": 5},
                                      "config": {"preset": "continuous"}}))
        env = {"LITEBENCH_PLAN_SEED": "6", "LITEBENCH_PLAN_TURNS": "7",
               "OPENAI_BASE_URL": "http://o", "LITEBENCH_URL": "http://l"}
        got = self.values("--config", str(config), "-t", "8", env=env)
        self.assertEqual(got["plan.turns"], ("8", "--turns"))
        self.assertEqual(got["plan.seed"], ("6", "environment LITEBENCH_PLAN_SEED"))
        self.assertEqual(got["load.workers"], ("3", str(config)))
        self.assertEqual(got["load.ramp"], ("5s", "preset continuous"))
        self.assertEqual(got["request.timeout"], ("120s", "default"))
        self.assertEqual(got["target.url"], ("http://l", "environment LITEBENCH_URL"))
        got = self.values("--config", str(config), "--preset", "quick", "http://a")
        self.assertEqual(got["load.ramp"], ("0", "default"))
        self.assertEqual(got["plan.conversations"], ("5", "preset quick"))
        self.assertEqual(got["target.url"], ("http://a", "--url"))

    def test_set_is_a_flag(self):
        got = self.values("http://h", "--set", "plan.turns=3", env={"LITEBENCH_PLAN_TURNS": "7"})
        self.assertEqual(got["plan.turns"], ("3", "--set"))

    def test_users(self):
        got = self.values("http://h", "-u", "12")
        self.assertEqual(got["load.workers"], ("12", "--users"))
        self.assertEqual(got["load.schedule"], ("users", "--users"))
        self.assertEqual(got["plan.conversations"], ("12", "--users"))
        got = self.values("http://h", "--preset", "workshop", "--users=100")
        self.assertEqual(got["plan.conversations"], ("100", "--users"))
        self.assertEqual(got["judge.slo"], ("ttfa.p95<=5s", "preset workshop"))

    def test_forms_of_flags(self):
        got = self.values("http://h", "-qp7", "--turns=3", "-m", "9", "--no-insecure", "--http=2")
        self.assertEqual(got["load.workers"][0], "7")
        self.assertEqual(got["output.quiet"][0], "true")
        self.assertEqual(got["target.insecure"], ("false", "--no-insecure"))
        self.assertEqual(got["request.max_tokens"][0], "9")
        self.assertEqual(got["target.http"][0], "2")

    def test_start_summary(self):
        out = self.run_it("run", "http://h", "-c", "30", "-t", "5", "--dry-run")
        self.assertIn("150 requests (30 conversations x 5 turns, at most 4 at once)", out)


class OldCommandLine(Case):
    def test_works_without_a_command(self):
        docs = self.dir / "docs"
        docs.mkdir()
        (docs / "a.md").write_text("# A\n\nSome prose about nothing at all.\n" * 20)
        text = self.run_it("http://h/v1", "--conversations", "11", "--turns", "3", "--parallel",
                           "2", "--max-tokens", "50", "--min-delay", "0.1", "--max-delay", "0.2",
                           "--timeout", "60", "--seed-documents", str(docs), "-v", "--dry-run")
        self.assertRegex(text, r"(?m)^load.workers +2 +--parallel$")
        self.assertRegex(text, r"(?m)^plan.docs +\S+/docs +--seed-documents$")
        self.assertRegex(text, r"(?m)^request.timeout +60s +--timeout$")
        text = self.run_it("-c", "3", "-t", "2", "-p", "1", "-m", "5", "-d", str(docs), "-v",
                           "http://h", "--dry-run")
        self.assertIn("6 requests (3 conversations x 2 turns, at most 1 at once)", text)


class Plan(Case):
    def test_is_json_lines(self):
        out = self.run_it("plan", "-c", "4", "-t", "3")
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([row["conversation"] for row in rows], [0, 1, 2, 3])
        for row in rows:
            self.assertIn(row["class"], ("code", "text"))
            self.assertEqual([m["role"] for m in row["messages"]], ["user"] * 3)
        self.assertEqual(out, self.run_it("plan", "-c", "4", "-t", "3"))
        self.assertNotEqual(out, self.run_it("plan", "-c", "4", "-t", "3", "--seed", "2"))


if __name__ == "__main__":
    unittest.main()
