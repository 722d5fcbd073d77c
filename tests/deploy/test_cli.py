# SPDX-License-Identifier: Apache-2.0
"""What deploy/ assumes about the litebench program, asked of the program itself.

LITEBENCH_BIN names it; else the newest build in build/ is taken, else the tests skip.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import environment
import yaml_lite
from environment import ROOT

sys.path.insert(0, str(environment.collections()))
from ansible_collections.litebench.litemaas.plugins.plugin_utils import (  # noqa: E402
    block, results)


def program():
    named = os.environ.get("LITEBENCH_BIN")
    built = sorted(ROOT.glob("build/*/cli/litebench"), key=lambda path: path.stat().st_mtime)
    if named or built:
        return str(pathlib.Path(named).resolve() if named else built[-1])
    raise unittest.SkipTest("no litebench program: set LITEBENCH_BIN or build it")


class Program(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = program()

    def run_it(self, *words, **environ):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("LITEBENCH_", "OPENAI_"))}
        return subprocess.run([self.program, *map(str, words)], capture_output=True, text=True,
                              check=False, timeout=120, env=dict(clean, **environ))

    def need_block(self):
        if "emit-block" not in self.run_it("options").stdout:
            self.skipTest("%s has no --emit-block yet" % self.program)

    def accepts(self, args):
        """A dry run checks every option and sends nothing."""
        if "emit-block" not in self.run_it("options").stdout:
            args = [word for word in args if word != "--emit-block"]
        args = [word.replace("json:/results/", "json:/tmp/") for word in args]
        done = self.run_it(*args, "--dry-run", LITEBENCH_API_KEY="sk-x",
                           LITEBENCH_URL="http://127.0.0.1:9/v1")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_arguments_of_the_role(self):
        text = (environment.HERE / "golden" / "arguments.txt").read_text().splitlines()[1]
        self.accepts(text.split())

    def test_arguments_of_the_manifests(self):
        try:
            environment.venv("v219")
        except environment.Unavailable as error:
            self.skipTest(str(error))
        folder = ROOT / "deploy" / "kubernetes"
        job = yaml_lite.load((folder / "base" / "job.yaml").read_text())
        cron = yaml_lite.load((folder / "overlays" / "cronjob" / "cronjob.yaml").read_text())
        for item in (job, cron["spec"]["jobTemplate"]):
            self.accepts(item["spec"]["template"]["spec"]["containers"][0]["args"])

    def measured(self, *words, **environ):
        """A short run against the program's own simulated endpoint."""
        server = subprocess.Popen([self.program, "simulate"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().strip()
            return self.run_it("run", url, "--conversations", 8, "--turns", 2, "--max-tokens", 5,
                               "--min-delay", 0, "--max-delay", 0, "--exit-zero", "--no-save",
                               "--quiet", *words, **environ)
        finally:
            server.terminate()
            server.wait(10)
            server.stdout.close()

    def test_same_strings_as_litebench_prints(self):
        with tempfile.TemporaryDirectory() as folder:
            done = self.measured("-o", "json:%s/r.json" % folder, "-o",
                                 "user-data:%s/r.yaml" % folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(folder + "/r.json", encoding="utf-8") as file:
                mine = results.values(json.load(file), 500.0, 2.0)
            with open(folder + "/r.yaml", encoding="utf-8") as file:
                theirs = dict(re.findall(r'^litemaas_benchmark_(\w+): "(.*)"$', file.read(), re.M))
        self.assertGreaterEqual(len(theirs), 9)
        self.assertEqual({key: mine.get(key) for key in theirs}, theirs)

    def test_block_and_termination_message(self):
        self.need_block()
        with tempfile.TemporaryDirectory() as folder:
            message = folder + "/termination-log"
            done = self.measured("--emit-block", LITEBENCH_TERMINATION_LOG=message)
            with open(message, encoding="utf-8") as file:
                said = file.read()
        found = block.parse_block(done.stdout)
        self.assertEqual((found["shard"], found["of"]), (0, 1))
        self.assertEqual(found["report"]["requests"]["total"], 16)
        tail = done.stdout.split(block.END + "\n")[1].splitlines()
        self.assertLessEqual(len(tail), 8)
        self.assertRegex(tail[-1], r"^(PASS|WARN|FAIL|UNDECIDED|INVALID)\b")
        self.assertLessEqual(len(said.encode()), 4096)
        self.assertEqual((json.loads(said)["shard"], json.loads(said)["of"]), (0, 1))
