# SPDX-License-Identifier: Apache-2.0
"""The role on a real API server: order, order again, destroy, with many and with few rights."""
import base64
import json
import re

import case
from api import path, until
from case import KEY, NAME, kubectl
from scenarios import own

OWNER = "litebench.io/created-by"


class Orders(case.Case):
    def objects(self, namespace):
        """Everything in a namespace as JSON, by kind."""
        kinds = kubectl("api-resources", "--namespaced", "--verbs=list", "-o", "name").stdout
        text = kubectl("get", ",".join(kinds.split()), "-n", namespace, "-o", "json").stdout
        return json.loads(text)["items"]

    def test_order_again_and_destroy(self):
        server = self.endpoint()
        namespace = "bench"
        values = own(url=server.url, namespace=namespace)
        first = self.order(values)
        job = case.job(namespace)
        self.check_result(first, 36)
        self.check_secrecy(namespace)
        self.check_pod(namespace)
        mark = case.node.api.find("/api/v1/namespaces/bench")["metadata"]["labels"]
        self.assertEqual(mark[OWNER], "ocp4_workload_litemaas_benchmark")

        second = self.order(dict(values, **own(namespace=namespace, conversations=7)),
                            play="provision-again")
        replaced = case.job(namespace)
        self.assertNotEqual(job["metadata"]["uid"], replaced["metadata"]["uid"])
        self.assertEqual(len(case.pods(namespace)), 1, "a pod of the first order is left")
        self.check_result(second, 21)

        gone = self.order(values, play="destroy")
        self.assertIn("• Namespace bench", self.last_message(gone, "destroy"))
        self.assertIsNone(case.node.api.find("/api/v1/namespaces/bench"))
        again = self.order(values, play="destroy-again")
        self.assertIn("Nothing to remove", self.last_message(again, "destroy"))

    def check_result(self, outcome, requests):
        start, box, verdict = outcome.messages()
        self.assertIn("LiteMaaS Benchmark Starting", start)
        for title in ("LiteMaaS Benchmark Results", "Time to First Token (TTFT):",
                      "Total Requests: %d" % requests, "Overall Status:"):
            self.assertIn(title, box)
        # A machine that is busy with other things may rightly call its meter late.
        self.assertRegex(verdict, "^LiteMaaS Benchmark verdict: "
                                  "(PASS |WARN |UNDECIDED |INVALID .*the meter itself was late)")
        data = outcome.data()
        self.assertEqual(data["litemaas_benchmark_total_requests"], str(requests))
        self.assertEqual(data["litemaas_benchmark_errors"], "0")
        self.assertGreaterEqual(float(data["litemaas_benchmark_p50_ms"]), 50.0)
        with open(data["litemaas_benchmark_report_file"], encoding="utf-8") as file:
            self.assertEqual(json.load(file)["requests"]["ok"], requests)

    def check_secrecy(self, namespace):
        """The key is in the Secret and nowhere else, not even in a log."""
        forms = (KEY, base64.b64encode(KEY.encode()).decode())
        holders = [item["kind"] for item in self.objects(namespace)
                   if any(form in json.dumps(item) for form in forms)]
        self.assertEqual(holders, ["Secret"])
        for pod in case.pods(namespace):
            log = case.node.api.log(namespace, pod["metadata"]["name"])
            self.assertNotIn(KEY, log)
        secret = case.node.api.find(path("secrets", namespace, NAME))
        owner, = secret["metadata"]["ownerReferences"]
        self.assertEqual(owner["uid"], case.job(namespace)["metadata"]["uid"])

    def check_pod(self, namespace):
        pod, = case.pods(namespace)
        self.assertFalse(pod["spec"]["automountServiceAccountToken"])
        self.assertEqual(pod["status"]["containerStatuses"][0]["restartCount"], 0)

    def test_namespace_of_others_stays(self):
        """Shared with others: our objects go, also those of the old role, and theirs stay."""
        server = self.endpoint()
        namespace = case.node.api.namespace("theirs", case.openshift_like())
        meta = {"name": "benchmark-report", "namespace": namespace}
        case.node.api.create(path("routes", namespace), {
            "apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": meta,
            "spec": {"to": {"kind": "Service", "name": "benchmark-report"}}})
        for name in ("benchmark-report", "their-own"):
            case.node.api.create(path("configmaps", namespace), {
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": dict(meta, name=name)})
        values = own(url=server.url, namespace=namespace)
        self.check_result(self.order(values), 36)
        pod, = case.pods(namespace)
        self.assertEqual(pod["spec"]["securityContext"]["runAsUser"], 1000680000)
        gone = self.order(values, play="destroy")
        self.assertIn("this role did not create it", self.last_message(gone, "destroy"))
        left = {(item["kind"], item["metadata"]["name"]) for item in self.objects(namespace)
                if item["kind"] != "Event"}
        self.assertEqual(left, {("ConfigMap", "their-own"), ("ConfigMap", "kube-root-ca.crt"),
                                ("ServiceAccount", "default")})

    def test_rights_in_one_namespace_are_enough(self):
        """With the Role of deploy/kubernetes/base/rbac.yaml and nothing else."""
        server = self.endpoint()
        namespace = case.node.api.namespace("narrow", case.openshift_like())
        kubectl("create", "serviceaccount", "benchmark-runner", "-n", "default")
        kubectl("apply", "-n", namespace, "-f",
                case.environment.ROOT / "deploy" / "kubernetes" / "base" / "rbac.yaml")
        token = kubectl("create", "token", "benchmark-runner", "-n", "default").stdout.strip()
        bundle = (case.node.state / "apiserver.crt").read_text()
        values = own(url=server.url, namespace=namespace, ca_bundle=bundle)
        self.check_result(self.order(values, token), 36)
        configmap = case.node.api.find(path("configmaps", namespace, NAME))
        self.assertEqual(configmap["data"]["ca-bundle.crt"], bundle)
        self.order(values, token, play="destroy")
        until(lambda: not case.pods(namespace) and not case.job(namespace) and
              not case.node.api.find(path("configmaps", namespace, NAME)), "nothing of ours")

    def test_key_that_is_there_already(self):
        """A Secret of somebody else, with the URL in it: used, never changed, never removed."""
        server = self.endpoint()
        namespace = case.node.api.namespace("secretive", case.openshift_like())
        kubectl("create", "secret", "generic", "given", "-n", namespace,
                "--from-literal=url=" + server.url, "--from-literal=api-key=" + KEY)
        values = own(key="", secret_name="given", namespace=namespace)
        self.check_result(self.order(values), 36)
        self.assertIsNone(case.node.api.find(path("secrets", namespace, NAME)))
        self.order(values, play="destroy")
        self.assertTrue(case.node.api.find(path("secrets", namespace, "given")))

    def test_manual_of_the_role(self):
        """The commands that the role's manual gives for cleaning up by hand leave nothing."""
        server = self.endpoint()
        values = own(url=server.url, namespace="manual")
        self.order(values)
        readme = (case.environment.COLLECTION / "roles" / "ocp4_workload_litemaas_benchmark" /
                  "README.md").read_text()
        commands = re.findall(r"^oc (delete .*?)(?:  +#.*)?$", readme, re.M)
        self.assertEqual(len(commands), 4)
        commands.sort(key=lambda words: "namespace" in words)  # it would take all with it
        for command in commands:
            kubectl(*command.replace("NAMESPACE", "manual").split(), "--ignore-not-found")
            if " job " in command:
                until(lambda: not case.node.api.find(path("secrets", "manual", NAME)),
                      "the Secret goes with the Job")
        self.assertIsNone(case.node.api.find("/api/v1/namespaces/manual"))
