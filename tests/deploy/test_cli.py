# SPDX-License-Identifier: Apache-2.0
"""What deploy/ assumes about the litebench program, asked of the program itself.

LITEBENCH_BIN names it; else the newest build in build/ is taken, else the tests skip.
"""
import concurrent.futures
import json
import os
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


class Program(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.program = environment.program()
        except environment.Unavailable as error:
            raise unittest.SkipTest(str(error)) from error

    def run_it(self, *words, **environ):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("LITEBENCH_", "OPENAI_"))}
        return subprocess.run([self.program, *map(str, words)], capture_output=True, text=True,
                              check=False, timeout=120, env=dict(clean, **environ))

    def accepts(self, args):
        """A dry run checks every option and sends nothing."""
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

    def measured(self, *words):
        """Standard output of short runs at once against one simulated endpoint.

        words: options, then an environment for each run.
        """
        environs = [word for word in words if isinstance(word, dict)]
        options = [word for word in words if not isinstance(word, dict)]
        server = subprocess.Popen([self.program, "simulate"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().strip()

            def one(environ):
                done = self.run_it("run", url, "--conversations", 8, "--turns", 2,
                                   "--max-tokens", 5, "--min-delay", 0, "--max-delay", 0,
                                   "--exit-zero", "--no-save", "--quiet", *options, **environ)
                self.assertEqual(done.returncode, 0, done.stderr)
                return done.stdout
            with concurrent.futures.ThreadPoolExecutor() as pool:
                return list(pool.map(one, environs or [{}]))
        finally:
            server.terminate()
            server.wait(10)
            server.stdout.close()

    def test_same_strings_as_litebench_prints(self):
        with tempfile.TemporaryDirectory() as folder:
            self.measured("-o", "json:%s/r.json" % folder, "-o", "user-data:%s/r.yaml" % folder)
            with open(folder + "/r.json", encoding="utf-8") as file:
                mine = results.values(json.load(file), 500.0, 2.0)
            with open(folder + "/r.yaml", encoding="utf-8") as file:
                theirs = dict(re.findall(r'^litemaas_benchmark_(\w+): "(.*)"$', file.read(), re.M))
        self.assertGreaterEqual(len(theirs), 9)
        self.assertEqual({key: mine.get(key) for key in theirs}, theirs)

    def merged(self, logs):
        with tempfile.TemporaryDirectory() as folder:
            paths = ["%s/%d.log" % (folder, i) for i in range(len(logs))]
            for path, log in zip(paths, logs):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(log)
            done = self.run_it("merge", "-o", "json:-", *paths)
        self.assertTrue(done.stdout, done.stderr)
        return json.loads(done.stdout)

    def test_logs_of_shards_merge(self):
        environ = {"LITEBENCH_SHARDS": "2", "LITEBENCH_PLAN_NONCE": "the uid of the Job"}
        logs = self.measured("--emit-block", *[dict(environ, JOB_COMPLETION_INDEX=str(i))
                                               for i in range(2)])
        self.assertEqual([block.parse_block(log)["shard"] for log in logs], [0, 1])
        both, one = self.merged(logs), self.merged(logs[:1])
        self.assertEqual((both["requests"]["total"], one["requests"]["total"]), (16, 8))
        self.assertEqual(one["verdict"]["status"], "INVALID")

    def test_block_and_termination_message(self):
        with tempfile.TemporaryDirectory() as folder:
            message = folder + "/termination-log"
            log, = self.measured("--emit-block", {"LITEBENCH_TERMINATION_LOG": message})
            with open(message, encoding="utf-8") as file:
                said = file.read()
        found = block.parse_block(log)
        self.assertEqual((found["shard"], found["of"]), (0, 1))
        self.assertEqual(found["report"]["requests"]["total"], 16)
        tail = log.split(block.END + "\n")[1].splitlines()
        self.assertLessEqual(len(tail), 8)
        self.assertRegex(tail[-1], r"^(PASS|WARN|FAIL|UNDECIDED|INVALID)\b")
        self.assertLessEqual(len(said.encode()), 4096)
        self.assertEqual((json.loads(said)["shard"], json.loads(said)["of"]), (0, 1))
