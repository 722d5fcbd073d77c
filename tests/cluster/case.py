# SPDX-License-Identifier: Apache-2.0
"""What every test of the cluster needs: the node, an endpoint that pods reach, orders."""
import csv
import json
import os
import pathlib
import re
import subprocess
import unittest

import environment
from api import path, until
from driver import Outcome, warm
from node import ADDRESS
from scenarios import own

node = None  # set by the runner before any test
KEY = "sk-cluster-do-not-print"
NAME = "litemaas-benchmark"
IMAGE = "localhost/litebench-cluster-test:latest"
NOISY = "localhost/litebench-cluster-noisy:latest"
# Quick, but a measurement all the same.
SMALL = own(key=KEY, image=IMAGE, image_pull_policy="IfNotPresent", conversations=12, turns=3,
            max_tokens=20, min_delay=0, max_delay=0.1, poll_seconds=1, start_timeout_seconds=60)


class Endpoint:
    """litebench simulate on the pods' bridge, with the log of what truly happened."""

    def __init__(self, folder, *options, key=KEY):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "truth.csv"
        asked = ["--require-key-env", "SIMULATED_KEY"] if key else []
        self.process = subprocess.Popen(
            [node.supplies["program"], "simulate", "--bind", ADDRESS, "--log", str(self.path),
             *asked, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, SIMULATED_KEY=key or ""))
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()

    def truth(self):
        """Rows of the log; complete once the endpoint has ended."""
        with open(self.path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def openshift_like():
    """Pods of namespaces with this label get a user id of the namespace's range, as by
    restricted-v2."""
    return {"litebench-test/user-id": "1000680000",
            "pod-security.kubernetes.io/enforce": "restricted"}


def change_pods(name, label, expression):
    """A platform that changes pods on their way in, in namespaces with this label."""
    base = "/apis/admissionregistration.k8s.io/v1alpha1/mutatingadmissionpolic"
    group = {"apiVersion": "admissionregistration.k8s.io/v1alpha1", "metadata": {"name": name}}
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"],
            "resources": ["pods"]}
    node.api.create(base + "ies", dict(group, kind="MutatingAdmissionPolicy", spec={
        "failurePolicy": "Fail", "reinvocationPolicy": "IfNeeded",
        "matchConstraints": {"resourceRules": [rule]},
        "mutations": [{"patchType": "ApplyConfiguration",
                       "applyConfiguration": {"expression": expression}}]}))
    node.api.create(base + "ybindings", dict(group, kind="MutatingAdmissionPolicyBinding", spec={
        "policyName": name, "matchResources": {"namespaceSelector": {
            "matchExpressions": [{"key": label, "operator": "Exists"}]}}}))


def prepare():
    """What OpenShift has and this node has not: user ids, and kinds of its own."""
    change_pods("user-ids", "litebench-test/user-id", (
        "Object{spec: Object.spec{securityContext: Object.spec.securityContext{"
        "runAsUser: 1000680000, fsGroup: 1000680000}}}"))
    kubectl("apply", "--server-side", "-f", node.kube.parent / "routes-Default.crd.yaml")
    for plural, group, kind in (("imagestreams", "image.openshift.io", "ImageStream"),
                                ("buildconfigs", "build.openshift.io", "BuildConfig")):
        node.api.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                        definition(plural, group, kind))
    kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")


def definition(plural, group, kind):
    """Lets the API server take a kind whose schema is not to be had; types check its fields."""
    anything = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": anything}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "%s.%s" % (plural, group)},
            "spec": {"group": group, "scope": "Namespaced", "versions": [version],
                     "names": {"plural": plural, "singular": kind.lower(), "kind": kind}}}


def kubectl(*words, check=True, **options):
    done = subprocess.run(
        [str(node.kube), "kubectl", *map(str, words)], capture_output=True, text=True, check=False,
        timeout=120, env=dict(node.environment, KUBECONFIG=str(node.kubeconfig)), **options)
    if check and done.returncode:
        raise AssertionError("kubectl %s\n%s%s" % (" ".join(map(str, words)), done.stdout,
                                                   done.stderr))
    return done


def pods(namespace):
    return node.api.items("pods", namespace, "app=" + NAME)


def job(namespace):
    return node.api.find(path("jobs", namespace, NAME))


def processes_of(word, index):
    """Process ids of litebench in the pods of this completion index."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
            values = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if command[0].endswith(b"litebench") and command[1] == word.encode() and \
                b"JOB_COMPLETION_INDEX=%d" % index in values:
            found.append(int(entry.name))
    return found


class Case(unittest.TestCase):
    maxDiff = None

    @property
    def folder(self):
        place = node.state.parent / "tests" / self.id().split(".")[-1]
        place.mkdir(parents=True, exist_ok=True)
        return place

    def endpoint(self, *options, **settings):
        server = Endpoint(self.folder, *(options or ("--ttft", "50ms", "--itl", "2ms")), **settings)
        self.addCleanup(server.__exit__)
        return server

    def start(self, variables, token=None, play="provision"):
        """Begins an order; finish() waits for it."""
        folder = self.folder / play
        folder.mkdir()
        values = dict({"guid": "abcde", "output_dir": str(folder), "use_become": False,
                       "ACTION": play.split("-")[0]}, **SMALL)
        (folder / "variables.json").write_text(json.dumps(dict(values, **variables)))
        return folder, subprocess.Popen(
            [node.supplies["ansible"] + "/ansible-playbook", "-v",
             str(environment.HERE / "plays" / "role.yml"), "-e", "@variables.json",
             "-e", "ansible_python_interpreter=%s" % (environment.HERE / "warm_python.py")],
            cwd=str(folder), env=self._environment(folder, token or node.token),
            stdin=subprocess.DEVNULL, stdout=open(folder / "output.txt", "w", encoding="utf-8"),
            stderr=subprocess.STDOUT)

    def finish(self, started, code=0):
        folder, process = started
        process.wait(400)
        outcome = Outcome()
        outcome.folder = folder
        outcome.outputs.append((folder / "output.txt").read_text(encoding="utf-8"))
        self.assertEqual(process.returncode, code, outcome.output[-4000:])
        self.assertNotIn(KEY, outcome.output)
        return outcome

    def order(self, variables, token=None, play="provision", code=0):
        return self.finish(self.start(variables, token, play), code)

    @staticmethod
    def _environment(folder, token):
        clean = environment.ansible(pathlib.Path(node.supplies["ansible"]),
                                    "https://127.0.0.1:6443", folder, False)
        program = str(pathlib.Path(node.supplies["program"]).parent)  # merges on the controller
        return dict(clean, K8S_AUTH_API_KEY=token,
                    K8S_AUTH_SSL_CA_CERT=str(node.state / "apiserver.crt"),
                    PATH=clean["PATH"] + os.pathsep + program, **warm("v219"))

    def last_message(self, outcome, play="provision"):
        return outcome.messages(play)[-1]

    def failure(self, outcome, *words):
        """The message of an order without a result names its cause."""
        message = self.last_message(outcome)
        self.assertIn("LiteMaaS Benchmark Failed", message)
        for word in words:
            self.assertIn(word, message)
        self.assertEqual(outcome.data()["litemaas_benchmark_verdict"], "INVALID")
        print("\n    " + re.search("No result: .*", message).group(0)[:300], end=" ", flush=True)

    def wait_for_running(self, namespace, count):
        """As many pods as asked for are measuring."""
        return until(lambda: len(until(lambda: pods(namespace), "pods")) >= count and all(
            pod["status"].get("phase") == "Running" for pod in pods(namespace)), "running pods")
