# SPDX-License-Identifier: Apache-2.0
"""Several pods, one result: the same as one process gives, and honest when a pod is lost."""
import collections
import json
import os
import signal
import subprocess
import time

import case
from api import until
from scenarios import own

# Times of known truth, the same for every request of the same prompt.
TRUTH = ("--ttft", "80ms", "--itl", "2ms", "--prefill", "20ms", "--tokens", "20")
# Long enough to lose a pod in the middle.
SLOW = own(conversations=30, turns=3, parallel_workers=6, min_delay=0.5, max_delay=1.5, shards=3,
           start_margin_seconds=25)


def percentile(values, share):
    """The value at rank ceil(share * n), by whole numbers."""
    ordered = sorted(values)
    return ordered[-(-share * len(ordered) // 100) - 1]


class Shards(case.Case):
    def namespace(self, name):
        return case.node.api.namespace(name, case.openshift_like())

    def logs(self, namespace):
        for pod in sorted(case.pods(namespace), key=lambda item: item["metadata"]["name"]):
            path = self.folder / (pod["metadata"]["name"] + ".log")
            path.write_text(case.node.api.log(namespace, pod["metadata"]["name"]))
            yield path

    def alone(self, url, arguments):
        """The same run by one process, here."""
        words = [word for word in arguments if word not in ("-o", "--emit-block")
                 and not word.startswith("json:")]
        words[words.index("run") + 1] = url
        report = self.folder / "alone.json"
        done = subprocess.run(
            [case.node.supplies["program"], *words, "--no-save", "-o", "json:%s" % report],
            env=dict(os.environ, LITEBENCH_API_KEY=case.KEY), capture_output=True, text=True,
            check=False, timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(report.read_text())

    def test_three_pods_give_what_one_process_gives(self):
        namespace = self.namespace("exact")
        server = self.endpoint(*TRUTH)
        outcome = self.order(own(
            url=server.url, namespace=namespace, shards=3, conversations=24, parallel_workers=6,
            start_margin_seconds=20, extra_args=["--nonce", "none"]))
        whole = json.loads((outcome.folder / "litebench-report.json").read_text())
        arguments = case.job(namespace)["spec"]["template"]["spec"]["containers"][0]["args"]
        files = list(self.logs(namespace))
        server.__exit__()
        many = server.truth()
        with case.Endpoint(self.folder / "alone", *TRUTH) as second:
            alone = self.alone(second.url, arguments)
        one = second.truth()

        # What the endpoint saw: the same requests, whoever sent them.
        def work(rows):
            return collections.Counter((row["prompt_tokens"], row["tokens"], row["status"])
                                       for row in rows)
        self.assertEqual(work(many), work(one))
        self.assertEqual(len(many), 72)
        for key in ("total", "ok", "failed", "not_sent"):
            self.assertEqual(whole["requests"][key], alone["requests"][key], key)
        self.assertEqual(whole["requests"]["ok"], len(many))
        for key in ("prompt", "completion"):
            self.assertEqual(whole["tokens"][key], alone["tokens"][key], key)
        self.assertEqual(whole["tokens"]["completion"], sum(int(row["tokens"]) for row in many))
        self.assertEqual(whole["workload"]["hash"], alone["workload"]["hash"])
        self.check_percentiles(whole, files, many)

    def check_percentiles(self, whole, files, truth):
        """Those of the whole, from the pods' records, and as the endpoint saw them."""
        records = self.folder / "records.ndjson"
        subprocess.run([case.node.supplies["program"], "merge", "-o", "ndjson:%s" % records,
                        *files], capture_output=True, check=False)
        lines = [json.loads(line) for line in records.read_text().splitlines()]
        measured = [line["first_token_ms"] - line["sent_ms"] for line in lines if "turn" in line]
        true = [(int(row["first_token_ns"]) - int(row["arrived_ns"])) / 1e6 for row in truth]
        self.assertEqual(len(measured), len(true))
        told = []
        for share in (50, 90, 95, 99):
            value = whole["metrics"]["ttft"]["p%d" % share]["value"]
            self.assertAlmostEqual(value, percentile(measured, share), places=3)
            told.append("P%d %.2f/%.2f" % (share, value, percentile(true, share)))
            self.assertLess(abs(value - percentile(true, share)), 25, "a busy machine?")
        print("\n    TTFT in ms, merged/truth: " + ", ".join(told), end=" ", flush=True)

    def signalled(self, namespace, number):
        server = self.endpoint()
        started = self.start(dict(SLOW, **own(url=server.url, namespace=self.namespace(namespace))))
        self.wait_for_running(namespace, 3)
        until(lambda: len(server.truth()) > 20, "requests of all pods")
        process, = case.processes_of("run", 1)
        os.kill(process, number)
        outcome = self.finish(started)
        status = case.job(namespace)["status"]
        self.assertEqual((status["failedIndexes"], status["completedIndexes"]), ("1", "0,2"))
        return outcome

    def test_lost_pod_is_said_and_never_a_pass(self):
        outcome = self.signalled("lost", signal.SIGKILL)
        message = self.last_message(outcome)
        self.assertIn("2 of 3 shards gave a result (shard 1: the container was stopped from "
                      "outside (exit code 137))", message)
        data = outcome.data()
        self.assertEqual(data["litemaas_benchmark_verdict"], "INVALID")
        # The others went on to their end.
        self.assertEqual(data["litemaas_benchmark_total_requests"], "60")

    def test_stopped_pod_still_delivers(self):
        """As on a node that is drained: what was finished is in the result."""
        outcome = self.signalled("stopped", signal.SIGTERM)
        data = outcome.data()
        requests = int(data["litemaas_benchmark_total_requests"])
        self.assertGreater(requests, 60)
        self.assertLess(requests, 90)
        report = json.loads((outcome.folder / "litebench-report.json").read_text())
        self.assertTrue(report["partial"])
        print("\n    " + data["litemaas_benchmark_verdict_reason"], end=" ", flush=True)

    def test_pod_that_is_deleted(self):
        """Its log goes with it, so it counts as lost."""
        server = self.endpoint()
        namespace = self.namespace("deleted")
        started = self.start(dict(SLOW, **own(url=server.url, namespace=namespace)))
        self.wait_for_running(namespace, 3)
        time.sleep(1)
        name = next(pod["metadata"]["name"] for pod in case.pods(namespace)
                    if pod["metadata"]["name"].startswith(case.NAME + "-2-"))
        case.kubectl("delete", "pod", name, "-n", namespace)
        outcome = self.finish(started)
        data = outcome.data()
        self.assertEqual(data["litemaas_benchmark_verdict"], "INVALID")
        self.assertIn("2 of 3 shards gave a result (shard 2:",
                      data["litemaas_benchmark_verdict_reason"])
