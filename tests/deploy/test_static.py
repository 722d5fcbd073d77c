# SPDX-License-Identifier: Apache-2.0
"""Lint, schemas and house rules of everything under deploy/: no cluster, no root."""
import json
import os
import re
import shutil
import subprocess
import unittest

import environment
import yaml_lite
from environment import ROOT

DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = ["base"] + sorted("overlays/" + p.name for p in (KUBERNETES / "overlays").iterdir())
# Kinds of OpenShift, whose schemas no validator brings.
OPENSHIFT_KINDS = ("ImageStream", "BuildConfig")


def tool(name):
    """Path of a tool of the lint environment, or skip."""
    try:
        return str(environment.venv("v219") / name)
    except environment.Unavailable as error:
        raise unittest.SkipTest(str(error)) from error


def run(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, timeout=300, **options)


def pod_spec(item):
    if item["kind"] == "CronJob":
        item = item["spec"]["jobTemplate"]
    return item["spec"]["template"]["spec"] if "template" in item.get("spec", {}) else None


class Lint(unittest.TestCase):
    def test_yamllint(self):
        done = run(tool("yamllint"), "--strict", "-c", environment.HERE / "yamllint.yml",
                   DEPLOY, environment.HERE)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_ansible_lint_production(self):
        name = tool("ansible-lint")
        env = dict(os.environ, PATH=os.path.dirname(name) + os.pathsep + os.environ["PATH"],
                   ANSIBLE_COLLECTIONS_PATH=str(environment.collections()), NO_COLOR="1",
                   ANSIBLE_HOME=str(environment.build_dir / "lint-home"))
        # A copy: the linter leaves a cache folder in the project that it looks at.
        copy = environment.build_dir / "lint" / "ansible_collections" / "litebench" / "litemaas"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(environment.COLLECTION, copy, ignore=shutil.ignore_patterns(
            "__pycache__", ".ansible"))
        done = run(name, "--offline", "--profile", "production", cwd=copy, env=env)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout + done.stderr, r"0 failure\(s\), 0 warning\(s\)")

    def test_collection_builds_and_installs(self):
        galaxy = tool("ansible-galaxy")
        out = environment.build_dir / "galaxy"
        shutil.rmtree(out, ignore_errors=True)
        done = run(galaxy, "collection", "build", environment.COLLECTION, "--output-path", out,
                   "--force")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        archive = next(out.glob("*.tar.gz"))
        done = run(galaxy, "collection", "install", archive, "-p", out / "installed", "--no-deps",
                   "--offline")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        role = "ansible_collections/litebench/litemaas/roles/ocp4_workload_litemaas_benchmark"
        self.assertTrue((out / "installed" / role / "tasks" / "main.yml").exists())


class Files(unittest.TestCase):
    def files(self):
        for folder in (DEPLOY, environment.HERE):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and not {"__pycache__", ".ansible"} & set(path.parts):
                    yield path

    def test_licence_line_in_every_file(self):
        for path in self.files():
            head = path.read_text(encoding="utf-8")[:400]
            self.assertIn("SPDX-License-Identifier: Apache-2.0", head, path)

    def test_every_variable_is_in_the_readme(self):
        role = environment.COLLECTION / "roles" / "ocp4_workload_litemaas_benchmark"
        names = re.findall(r"^ocp4_workload_litemaas_benchmark_(\w+):",
                           (role / "defaults" / "main.yml").read_text(), re.M)
        text = (role / "README.md").read_text()
        self.assertGreater(len(names), 30)
        self.assertEqual([name for name in names if "`%s`" % name not in text], [])

    def test_every_fault_is_answered(self):
        """Each row of FAULTS.md names tests that exist, or gives a reason."""
        text = (environment.HERE / "FAULTS.md").read_text()
        tests = "".join(path.read_text() for path in environment.HERE.glob("test_*.py"))
        rows = re.findall(r"^\| (\d+) \|(.*)\|$", text, re.M)
        self.assertEqual([int(number) for number, _ in rows], list(range(1, 23)))
        for number, row in rows:
            named = re.findall(r"`(test_\w+)`", row)
            self.assertTrue(named or "reason:" in row, number)
            for name in named:
                self.assertIn("def %s(" % name, tests)


class Kubernetes(unittest.TestCase):
    """Plain manifests, and overlays if kubectl can render them."""

    @classmethod
    def setUpClass(cls):
        tool("kubernetes-validate")
        cls.kubectl = shutil.which("kubectl")
        cls.rendered = {}
        for name in OVERLAYS if cls.kubectl else []:
            done = run(cls.kubectl, "kustomize", KUBERNETES / name)
            if done.returncode:
                raise AssertionError("%s: %s" % (name, done.stderr))
            cls.rendered[name] = done.stdout
        for path in sorted(KUBERNETES.rglob("*.yaml")):
            if path.name != "kustomization.yaml":
                cls.rendered[str(path.relative_to(KUBERNETES))] = path.read_text()

    def test_kustomize_renders(self):
        if not self.kubectl:
            self.skipTest("no kubectl: only the plain files were looked at")
        self.assertEqual([name for name in OVERLAYS if not self.rendered.get(name)], [])

    def validate(self, items, name):
        folder = environment.build_dir / "validate"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (name.replace("/", "_") + ".json")
        for item in items:
            if item["kind"] in OPENSHIFT_KINDS:
                continue
            path.write_text(json.dumps(item))
            done = run(tool("kubernetes-validate"), "--strict", "-k", "1.33", path)
            self.assertEqual(done.returncode, 0, name + ": " + done.stdout + done.stderr)
            self.assertIn("passed", done.stdout + done.stderr)

    def test_schemas(self):
        for name, text in self.rendered.items():
            self.validate(yaml_lite.load_all(text), name)

    def test_job_of_the_role(self):
        """The role's own template, rendered by Ansible: one pod, three, the README's use cases."""
        for extra in ({}, {"shards": 3, "models": ["a"], "ca_bundle": "x", "image_pull_secret": "p",
                           "image_pull_policy": "Always"},
                      {"conversations": 100, "turns": 10},
                      {"conversations": 10, "turns": 5, "min_delay": 1.0, "max_delay": 5.0}):
            item = self.role_job(extra)
            self.validate([item], "role")
            self.rules(item, "role")

    def role_job(self, extra):
        from scenarios import BASE, own
        playbook = tool("ansible-playbook")
        out = environment.build_dir / "job.json"
        done = run(playbook, environment.HERE / "plays" / "render.yml", "-e", json.dumps(
            dict(BASE, render_to=str(out), **own(**extra))), env=dict(
                os.environ, ANSIBLE_COLLECTIONS_PATH=str(environment.collections()),
                ANSIBLE_LOCALHOST_WARNING="0", ANSIBLE_HOME=str(environment.build_dir / "home")))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(out.read_text())

    def rules(self, item, name):
        """What restricted-v2 and a careful reader ask of every pod."""
        spec = pod_spec(item)
        if spec is None:
            return
        text = json.dumps(item)
        for word in ("runAsUser", "runAsGroup", "fsGroup", "hostNetwork", "hostPath", "privileged"):
            self.assertNotIn('"%s"' % word, text, name)
        self.assertIs(spec["automountServiceAccountToken"], False, name)
        self.assertIs(spec["securityContext"]["runAsNonRoot"], True, name)
        self.assertEqual(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault")
        self.assertEqual(spec["restartPolicy"], "Never")
        for container in spec["containers"]:
            self.assertEqual(container["securityContext"], {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]}}, name)
            self.assertIn("limits", container["resources"])
            for variable in container["env"]:
                if "KEY" in variable["name"]:
                    self.assertIn("secretKeyRef", variable["valueFrom"], name)

    def test_rules(self):
        seen = 0
        for name, text in self.rendered.items():
            for item in yaml_lite.load_all(text):
                self.rules(item, name)
                seen += pod_spec(item) is not None
        self.assertGreaterEqual(seen, 2)

    def test_shards_overlay_has_one_number(self):
        if not self.kubectl:
            self.skipTest("no kubectl")
        job = yaml_lite.load(self.rendered["overlays/shards"])
        container = job["spec"]["template"]["spec"]["containers"][0]
        env = {e["name"]: e.get("value") for e in container["env"]}
        self.assertEqual({str(job["spec"]["completions"]), str(job["spec"]["parallelism"]),
                          env["LITEBENCH_SHARDS"]}, {"3"})
        self.assertNotIn("backoffLimit", job["spec"])
        self.assertEqual(job["spec"]["backoffLimitPerIndex"], 0)


class Container(unittest.TestCase):
    TEXT = (DEPLOY / "container" / "Containerfile").read_text()

    def test_containerfile(self):
        self.assertEqual(self.TEXT.count("\nFROM ${BASE}"), 2)
        self.assertIn("\nUSER 1001:0\n", self.TEXT)
        self.assertIn('ENTRYPOINT ["/usr/bin/litebench"]', self.TEXT)
        self.assertNotRegex(self.TEXT, r"(?i)(api.?key|password|token)\s*=")

    def test_build_script_parses(self):
        done = run("sh", "-n", DEPLOY / "container" / "build")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = run(DEPLOY / "container" / "build", "--help")
        self.assertIn("oci-archive", done.stdout)
