# SPDX-License-Identifier: Apache-2.0
"""Orders that cannot give a result: each says why, in words, and breaks nothing."""
import contextlib
import http.server
import json
import threading

import case
from api import until
from scenarios import own


class Registry(http.server.BaseHTTPRequestHandler):
    """A registry that has nothing."""

    def do_GET(self):
        known = self.path == "/v2/"
        body = b"{}" if known else json.dumps({"errors": [{
            "code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def empty_registry():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 5000), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield "127.0.0.1:5000"
    finally:
        server.shutdown()
        server.server_close()


class Failures(case.Case):
    def namespace(self, name, labels=None):
        return case.node.api.namespace(name, dict(case.openshift_like(), **(labels or {})))

    def test_image_that_is_not_there(self):
        with empty_registry() as registry:
            namespace = self.namespace("no-image")
            outcome = self.order(own(url="http://10.91.0.1:9/v1", namespace=namespace,
                                     image=registry + "/tools/litebench:9"))
        self.failure(outcome, "the image 127.0.0.1:5000/tools/litebench:9 cannot be pulled",
                     "not found", "ocp4_workload_litemaas_benchmark_image")
        # Nothing starts hours later, when somebody pushes the image.
        self.assertTrue(case.job(namespace)["spec"]["suspend"])
        until(lambda: not case.pods(namespace), "no pods of a suspended Job")

    def test_registry_that_does_not_answer(self):
        namespace = self.namespace("no-registry")
        outcome = self.order(own(url="http://10.91.0.1:9/v1", namespace=namespace,
                                 image="127.0.0.1:5001/litebench:9", start_timeout_seconds=15))
        self.failure(outcome, "the image 127.0.0.1:5001/litebench:9 cannot be pulled")

    def test_pod_that_the_namespace_denies(self):
        """Something of the platform adds what level restricted forbids."""
        case.change_pods("meddler", "litebench-test/meddle",
                         "Object{spec: Object.spec{hostNetwork: true}}")
        namespace = self.namespace("denied", {"litebench-test/meddle": "yes"})
        outcome = self.order(own(url="http://10.91.0.1:9/v1", namespace=namespace))
        self.failure(outcome, "the namespace's Pod Security level denies the pod",
                     "host namespaces (hostNetwork=true)")

    def test_quota(self):
        namespace = self.namespace("small")
        case.node.api.create("/api/v1/namespaces/small/resourcequotas", {
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"},
            "spec": {"hard": {"limits.memory": "64Mi"}}})
        outcome = self.order(own(url="http://10.91.0.1:9/v1", namespace=namespace,
                                 start_timeout_seconds=10))
        self.failure(outcome, "the namespace's quota does not allow the pod")

    def test_no_room_on_the_node(self):
        resources = {"requests": {"cpu": "500"}}
        outcome = self.order(own(url="http://10.91.0.1:9/v1", namespace=self.namespace("large"),
                                 start_timeout_seconds=10, resources=resources))
        self.failure(outcome, "no node takes the pod", "Insufficient cpu")

    def test_deadline(self):
        """Answers that do not come: litebench waits for them, the Job's deadline does not."""
        server = self.endpoint("--ttft", "300s")
        outcome = self.order(own(url=server.url, namespace=self.namespace("late"),
                                 timeout_seconds=20))
        self.failure(outcome, "the Job ran into its deadline of 20 s")

    def test_wrong_key(self):
        server = self.endpoint(key="sk-another")
        outcome = self.order(own(url=server.url, namespace=self.namespace("wrong-key")))
        message = "\n".join(outcome.messages())
        self.assertIn("the endpoint refused the API key", message)
        self.assertEqual(outcome.data()["litemaas_benchmark_verdict"] == "PASS", False)

    def test_options_that_litebench_refuses(self):
        """The exit code for usage ends the Job at once; it is the same in every pod."""
        server = self.endpoint()
        namespace = self.namespace("usage")
        outcome = self.order(own(url=server.url, namespace=namespace, shards=2,
                                 start_margin_seconds=1, extra_args=["--no-such-option"]))
        self.failure(outcome, "litebench refused its options (exit code 2)", "no-such-option")
        failed = [item for item in case.job(namespace)["status"]["conditions"]
                  if item["type"] == "Failed"]
        self.assertEqual(failed[0]["reason"], "PodFailurePolicy")

    def test_memory(self):
        server = self.endpoint()
        limits = {"requests": {"memory": "6Mi"}, "limits": {"memory": "6Mi"}}
        outcome = self.order(own(url=server.url, namespace=self.namespace("tight"),
                                 resources=limits, users=400, conversations=400, turns=1))
        self.failure(outcome, "OOMKilled")

    def test_log_that_was_rotated(self):
        """12 MB before the result: the node keeps the newest part, and the block is in it."""
        server = self.endpoint()
        namespace = self.namespace("loud")
        outcome = self.order(own(url=server.url, namespace=namespace, image=case.NOISY))
        self.assertEqual(outcome.data()["litemaas_benchmark_total_requests"], "36")
        pod, = case.pods(namespace)
        log = case.node.api.log(namespace, pod["metadata"]["name"])
        print("\n    the log that is left: %d bytes" % len(log), end=" ", flush=True)
        self.assertLess(len(log), 12 * 1000 * 1000, "the log was not rotated")
