# SPDX-License-Identifier: Apache-2.0
"""deploy/kubernetes as it is: what the API server says of it, and Jobs made from it."""
import json
import re
import subprocess
import time

import case
from api import path, until
from case import KEY, NAME, kubectl
from environment import ROOT

MANIFESTS = ROOT / "deploy" / "kubernetes"
OVERLAYS = sorted(folder.name for folder in (MANIFESTS / "overlays").iterdir())
QUICK = ["run", "--conversations=12", "--turns=2", "--max-tokens=20", "--min-delay=0",
         "--max-delay=0", "--exit-zero", "-o", "json:/results/report.json", "--emit-block"]


def rendered(folder):
    """Objects of a kustomization."""
    text = kubectl("apply", "-k", folder, "--dry-run=client", "-o", "json").stdout
    found = json.loads(text)
    return found["items"] if found["kind"] == "List" else [found]


def quick(item):
    """The Job with the image that is here and a run of seconds."""
    pod = item["spec"]["template"]["spec"]
    pod["containers"][0].update(image=case.IMAGE, imagePullPolicy="IfNotPresent", args=QUICK)
    return item


class Manifests(case.Case):
    def namespace(self, name, url):
        labels = dict(case.openshift_like(), **{"pod-security.kubernetes.io/warn": "restricted"})
        case.node.api.namespace(name, labels)
        key = self.folder / "key.txt"
        key.write_text(KEY)
        # As the README of the manifests says it.
        kubectl("create", "secret", "generic", NAME, "-n", name, "--from-literal=url=" + url,
                "--from-file=api-key=%s" % key)
        return name

    def create(self, namespace, item):
        item["metadata"]["namespace"] = namespace
        return case.node.api.create(path("jobs", namespace), item)

    def wait_for_end(self, namespace):
        def ended():
            conditions = case.job(namespace)["status"].get("conditions") or []
            return [item["type"] for item in conditions if item["status"] == "True"]
        self.assertIn("Complete", until(lambda: {"Complete", "Failed"} & set(ended()) and ended(),
                                        "the Job's end"))

    # ---- what the API server says ----------------------------------------------------------------
    def test_server_takes_all_strictly(self):
        namespace = self.namespace("strict", "http://x.example/v1")
        for folder in [MANIFESTS / "base"] + [MANIFESTS / "overlays" / name for name in OVERLAYS]:
            with self.subTest(folder.name):
                done = kubectl("apply", "-k", folder, "-n", namespace, "--dry-run=server",
                               "--validate=strict")
                self.assertIn("created (server dry run)", done.stdout)
                self.assertEqual(done.stderr, "", "warnings")
        done = kubectl("apply", "-f", MANIFESTS / "base" / "rbac.yaml", "-n", namespace,
                       "--dry-run=server", "--validate=strict")
        self.assertEqual(done.stderr, "")

    def test_server_would_find_faults(self):
        namespace = self.namespace("faulty", "http://x.example/v1")
        text = (MANIFESTS / "base" / "job.yaml").read_text()
        for good, bad, said in (("enableServiceLinks", "enableServiceLink", "unknown field"),
                                ("runAsNonRoot: true", "runAsNonRoot: false", "PodSecurity"),
                                ("operator: In", "operator: Is", "Unsupported value")):
            done = kubectl("apply", "-n", namespace, "--dry-run=server", "--validate=strict", "-f",
                           "-", check=False, input=text.replace(good, bad))
            self.assertIn(said, done.stderr)

    def test_types_of_openshift_take_theirs(self):
        image = MANIFESTS / "overlays" / "openshift" / "image.yaml"
        command = [str(case.node.kube), "openshift-types"]
        done = subprocess.run(command + [str(image)], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout.split(), ["ImageStream", "BuildConfig"], done.stderr)
        bad = self.folder / "bad.yaml"
        bad.write_text(image.read_text().replace("dockerfilePath", "dockerfile"))
        done = subprocess.run(command + [str(bad)], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r'unknown field \\*"dockerfile')

    # ---- what they do ----------------------------------------------------------------------------
    def test_base_measures_and_says_so_last(self):
        server = self.endpoint()
        namespace = self.namespace("base", server.url)
        self.create(namespace, quick(rendered(MANIFESTS / "base")[0]))
        self.wait_for_end(namespace)
        # What people see: kubectl logs -l shows ten lines.
        seen = kubectl("logs", "-n", namespace, "-l", "app=" + NAME).stdout.splitlines()
        self.assertRegex(seen[-1], r"^(PASS|WARN|UNDECIDED|INVALID)\b")
        self.assertIn("-----END LITEBENCH RESULT-----", seen)
        pod, = case.pods(namespace)
        self.assertEqual(pod["spec"]["securityContext"]["runAsUser"], 1000680000)
        message = pod["status"]["containerStatuses"][0]["state"]["terminated"]["message"]
        self.assertLessEqual(len(message.encode()), 4096)
        self.assertEqual(json.loads(message)["n"], 24)

    def test_secret_goes_with_its_job(self):
        """The README's patch, and its three commands to clean up by hand."""
        server = self.endpoint()
        namespace = self.namespace("by-hand", server.url)
        for command in (["delete", "job", NAME, "-n", namespace],
                        ["delete", "all", "-l", "app=" + NAME, "-n", namespace]):
            if not case.node.api.find(path("secrets", namespace, NAME)):
                kubectl("create", "secret", "generic", NAME, "-n", namespace,
                        "--from-literal=url=" + server.url, "--from-literal=api-key=" + KEY)
            made = self.create(namespace, quick(rendered(MANIFESTS / "base")[0]))
            readme = (MANIFESTS / "README.md").read_text()
            script = re.search(r"```sh\n(uid=.*?)```", readme, re.S).group(1)
            done = subprocess.run(
                ["bash", "-euc",
                 'kubectl() { "$KUBE" kubectl -n %s "$@"; }\n' % namespace + script],
                env=dict(case.node.environment, KUBE=str(case.node.kube),
                         KUBECONFIG=str(case.node.kubeconfig)),
                capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            owner, = case.node.api.find(path("secrets", namespace, NAME))["metadata"][
                "ownerReferences"]
            self.assertEqual(owner["uid"], made["metadata"]["uid"])
            kubectl(*command)
            until(lambda: not case.pods(namespace) and not case.job(namespace) and
                  not case.node.api.find(path("secrets", namespace, NAME)),
                  "nothing left after kubectl " + " ".join(command))
        kubectl("delete", "namespace", namespace)
        self.assertIsNone(case.node.api.find("/api/v1/namespaces/" + namespace))

    def test_overlay_shards_is_one_result(self):
        server = self.endpoint()
        namespace = self.namespace("three", server.url)
        self.create(namespace, quick(rendered(MANIFESTS / "overlays" / "shards")[0]))
        self.wait_for_end(namespace)
        logs = []
        for pod in case.pods(namespace):
            logs.append(self.folder / (pod["metadata"]["name"] + ".log"))
            logs[-1].write_text(case.node.api.log(namespace, pod["metadata"]["name"]))
        self.assertEqual(len(logs), 3)
        done = subprocess.run([case.node.supplies["program"], "merge", "-o", "json:-", *logs],
                              capture_output=True, text=True, check=False)
        report = json.loads(done.stdout)
        self.assertEqual((report["requests"]["ok"], report["requests"]["failed"]), (24, 0))

    def test_overlay_cronjob_makes_such_jobs(self):
        server = self.endpoint()
        namespace = self.namespace("hourly", server.url)
        item, = rendered(MANIFESTS / "overlays" / "cronjob")
        container = item["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
        container.update(image=case.IMAGE, imagePullPolicy="IfNotPresent")
        item["metadata"]["namespace"] = namespace
        case.node.api.create(path("cronjobs", namespace), item)
        kubectl("create", "job", "now", "--from=cronjob/" + NAME, "-n", namespace)
        until(lambda: len(server.truth()) > 3, "requests of the continuous run")
        kubectl("delete", "cronjob,job", "--all", "-n", namespace, "--cascade=foreground")
        self.assertEqual(case.pods(namespace), [])

    def test_first_request_soon_after_creation(self):
        server = self.endpoint()
        namespace = self.namespace("soon", server.url)
        item = quick(rendered(MANIFESTS / "base")[0])
        seconds = []
        for _ in range(3):
            before = len(server.truth())
            created = time.monotonic_ns()
            self.create(namespace, item)
            until(lambda: len(server.truth()) > before, "a request", pause=0.05)
            seconds.append((int(server.truth()[before]["arrived_ns"]) - created) / 1e9)
            kubectl("delete", "job", NAME, "-n", namespace, "--cascade=foreground")
        print("\n    from creating the Job to its first request: %s s" %
              ", ".join("%.2f" % value for value in seconds), end=" ", flush=True)
        self.assertLess(min(seconds), 2.0)
