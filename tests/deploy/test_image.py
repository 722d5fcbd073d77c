# SPDX-License-Identifier: Apache-2.0
"""Builds the image and runs it as OpenShift would: any user id, no capabilities, read-only root."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import environment
from environment import ROOT

sys.path.insert(0, str(environment.collections()))
from ansible_collections.litebench.litemaas.plugins.plugin_utils.block import (  # noqa: E402
    parse_block)

TAG = "localhost/litebench-test:latest"
BASE = "localhost/litebench-base:bookworm"
MEGABYTE = 1000 * 1000
KEY = "sk-image-test-key"
# As restricted-v2 runs a pod. runc and explicit limits: crun of older systems refuses
# hybrid cgroups, and podman's default limits need a capability that machines may lack.
RESTRICTED = ["--runtime=runc", "--ulimit", "nofile=20000:20000", "--ulimit", "nproc=4096:4096",
              "--user", "1000680000:0", "--read-only", "--cap-drop=ALL",
              "--security-opt=no-new-privileges", "--network", "host"]


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, **dict({"timeout": 900}, **options))


def why_not():
    if os.geteuid() != 0:
        return "needs root"
    for name in ("buildah", "podman", "runc", "debootstrap"):
        if shutil.which(name) is None:
            return "needs " + name
    if not (ROOT / "CMakeLists.txt").exists():
        return "there is no C build yet"
    return None


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reason = why_not()
        if reason:
            raise unittest.SkipTest(reason)
        environment.build_dir.mkdir(parents=True, exist_ok=True)
        cls.archive = environment.build_dir / "litebench.tar"
        cls.archive.unlink(missing_ok=True)
        done = run(ROOT / "deploy" / "container" / "build", "--debootstrap", "--tag", TAG,
                   "--archive", cls.archive)
        if done.returncode:
            said = (done.stdout + done.stderr)[-3000:]
            raise AssertionError("the image does not build:\n" + said)
        cls.results = tempfile.mkdtemp(dir=environment.build_dir)
        os.chown(cls.results, 0, 0)
        os.chmod(cls.results, 0o2775)
        cls.server, cls.url = cls.simulate()

    @classmethod
    def tearDownClass(cls):
        if getattr(cls, "server", None):
            run("podman", "rm", "--force", "--time", "2", cls.server)

    @classmethod
    def simulate(cls):
        done = run("podman", "run", "--detach", *RESTRICTED, TAG, "simulate")
        if done.returncode:
            raise AssertionError("the simulated endpoint does not start: " + done.stderr)
        name = done.stdout.strip()
        for _ in range(50):
            found = re.search(r"http://127\.0\.0\.1:\d+\S*", run("podman", "logs", name).stdout)
            if found:
                return name, found.group(0)
            time.sleep(0.2)
        said = run("podman", "logs", name).stderr
        raise AssertionError("the simulated endpoint says no URL: " + said)

    def podman(self, *words, options=()):
        return run("podman", "run", "--rm", *RESTRICTED, *options, TAG, *words, timeout=120)

    def need_block(self):
        """Older trees have no --emit-block; then there is nothing to test."""
        if "emit-block" not in self.podman("options").stdout:
            self.skipTest("this litebench has no --emit-block yet")

    def inspect(self):
        return json.loads(run("podman", "image", "inspect", TAG).stdout)[0]

    def test_version_as_any_user(self):
        done = self.podman("--version")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("litebench", done.stdout)

    def test_measures_without_a_shell(self):
        done = self.podman(
            "run", self.url, "--preset", "quick", "--exit-zero", "-o", "json:/results/plain.json",
            options=["-v", "%s:/results" % self.results, "-v", "/dev/null:/usr/bin/dash:ro",
                     "-v", "/dev/null:/usr/bin/bash:ro"])
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
        with open(os.path.join(self.results, "plain.json"), encoding="utf-8") as file:
            report = json.load(file)
        self.assertEqual((report["requests"]["total"], report["requests"]["failed"]), (15, 0))

    def test_measures_and_gives_the_block(self):
        self.need_block()
        message = environment.build_dir / "termination-log"
        message.write_text("")
        message.chmod(0o666)
        secret = environment.build_dir / "key.env"
        secret.write_text("LITEBENCH_API_KEY=%s\n" % KEY)
        done = self.podman(
            "run", self.url, "--preset", "quick", "--exit-zero", "-o", "json:/results/report.json",
            "--emit-block", options=[
                "--env-file", secret, "--env", "LITEBENCH_TERMINATION_LOG=/dev/termination-log",
                "-v", "%s:/results" % self.results, "-v", "%s:/dev/termination-log" % message,
                # Nothing may need a shell.
                "-v", "/dev/null:/usr/bin/dash:ro", "-v", "/dev/null:/usr/bin/bash:ro"])
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
        found = parse_block(done.stdout)
        self.assertEqual((found["shard"], found["of"]), (0, 1))
        self.assertEqual(found["report"]["requests"]["failed"], 0)
        with open(os.path.join(self.results, "report.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["schema"], "litebench.report/1")
        last = done.stdout.split("-----END LITEBENCH RESULT-----\n")[1].splitlines()
        self.assertLessEqual(len(last), 8)
        self.assertRegex(last[-1], r"^(PASS|WARN|FAIL|UNDECIDED|INVALID)\b")
        text = message.read_text()
        self.assertLessEqual(len(text.encode()), 4096)
        self.assertEqual(json.loads(text)["of"], 1)
        self.assertNotIn(KEY, done.stdout + done.stderr + text)

    def test_block_when_the_pod_is_stopped(self):
        self.need_block()
        done = run("podman", "run", "--detach", *RESTRICTED, "--tmpfs", "/results", TAG, "run",
                   self.url, "--conversations", "500", "--emit-block")
        name = done.stdout.strip()
        try:
            time.sleep(4)
            run("podman", "stop", "--time", "20", name)
            report = parse_block(run("podman", "logs", name).stdout)["report"]
            self.assertTrue(report["partial"])
            code = json.loads(run("podman", "inspect", name).stdout)[0]["State"]["ExitCode"]
            self.assertEqual(code, 143)
        finally:
            run("podman", "rm", "--force", name)

    def test_size_over_its_base(self):
        base = json.loads(run("podman", "image", "inspect", BASE).stdout)[0]["Size"]
        grown = (self.inspect()["Size"] - base) / MEGABYTE
        print("\nimage: %.1f MB over its base" % grown)
        self.assertLessEqual(grown, 60)

    def test_what_the_image_says(self):
        image = self.inspect()
        self.assertEqual(image["Config"]["User"], "1001:0")
        labels = image["Config"]["Labels"]
        self.assertEqual(labels["org.opencontainers.image.licenses"], "Apache-2.0")
        self.assertTrue(self.archive.exists())

    def test_files_in_the_image(self):
        done = run("podman", "run", "--rm", *RESTRICTED, "--entrypoint", "/usr/bin/stat", TAG,
                   "-c", "%g %a %n", "/results", "/licenses/LICENSE")
        self.assertEqual(done.stdout.splitlines(), ["0 2775 /results", "0 644 /licenses/LICENSE"],
                         done.stderr)
