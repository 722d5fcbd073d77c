# SPDX-License-Identifier: Apache-2.0
"""The collection's own Python, without Ansible and without a cluster."""
import gzip
import json
import random
import re
import sys
import unittest

import environment
from fake_kubernetes import block
from reports import all_failed, models, report, stat

sys.path.insert(0, str(environment.collections()))
from ansible_collections.litebench.litemaas.plugins.plugin_utils import (  # noqa: E402
    block as blocks, gather, reasons, results)


class Block(unittest.TestCase):
    def refused(self, text, words):
        with self.assertRaises(blocks.BlockError) as caught:
            blocks.parse_block(text)
        self.assertIn(words, str(caught.exception))

    def test_plain_and_gzip(self):
        for encoding in (None, "gzip"):
            text = "progress\n" + block(report(), 1, 3, encoding) + "Requests: 1\nPASS\n"
            found = blocks.parse_block(text)
            self.assertEqual((found["shard"], found["of"]), (1, 3))
            self.assertEqual(found["report"], report())

    def test_sum_over_the_json_inside_gzip(self):
        import hashlib
        data = json.dumps(report()).encode()
        text = block(report(), encoding="gzip", bytes=len(data),
                     sha256=hashlib.sha256(data).hexdigest())
        self.assertEqual(blocks.parse_block(text)["report"], report())

    def test_last_block_counts(self):
        text = block(report(p95=1.0)) + block(report(p95=2.0))
        self.assertEqual(
            blocks.parse_block(text)["report"]["metrics"]["ttft"]["p95"]["value"], 2.0)

    def test_refusals(self):
        good = block(report())
        self.refused("nothing here", "no result block")
        self.refused(good.replace("v1 ", "v2 "), "version 2")
        self.refused(good[:-40], "no end")
        self.refused(good.replace("sha256=", "sha256=0"), "checksum")
        self.refused(block(report(), bytes=7), "length")
        self.refused(good.replace("shard=0/1", "shard=x"), "which shard")
        self.refused(good.replace("shard=0/1", "shard=3/3"), "which shard")
        self.refused(good.replace("-----\n", "-----\n*\n", 1), "base64")
        self.refused(block(None, payload=b"[1]"), "no litebench.report/1")
        self.refused(block(None, payload=b"{"), "no JSON")
        self.refused(block(report(), encoding="xz"), "unknown encoding")

    def test_bomb(self):
        data = gzip.compress(b"0" * (blocks.MAX_JSON_BYTES + 1))
        self.refused(block(None, payload=data).replace("-----\n", " encoding=gzip-----\n", 1)
                     .replace("----- encoding", " encoding"), "too large")

    def test_random_damage_is_never_a_result(self):
        rng = random.Random(7)
        good = block(report())
        for _ in range(400):
            place = rng.randrange(len(good))
            bad = good[:place] + rng.choice("AZaz09+/=- \n") + good[place + 1:]
            try:
                self.assertEqual(blocks.parse_block(bad)["report"], report())
            except blocks.BlockError:
                pass


class Values(unittest.TestCase):
    def values(self, document, limit=500.0, speedup=2.0):
        return results.values(document, limit, speedup)

    def test_readme_numbers(self):
        v = self.values(report())
        expected = {"p50_ms": "92.09", "p95_ms": "271.60", "p99_ms": "674.21",
                    "mean_ms": "120.98", "speedup_ratio": "3.84", "status": "PASS ✓",
                    "cache_status": "EXCELLENT ✓", "total_requests": "110",
                    "requests_per_second": "0.45", "total_time_seconds": "242.75"}
        self.assertEqual({key: v[key] for key in expected}, expected)

    def test_old_words_at_their_limits(self):
        for p95, status, word in ((499.99, "PASS ✓", "Excellent user experience ✓"),
                                  (500.0, "WARN ⚠", "Good user experience"),
                                  (999.99, "WARN ⚠", "Good user experience"),
                                  (1000.0, "FAIL ✗", "May need optimization ✗")):
            v = self.values(report("UNDECIDED", p95=p95))
            self.assertEqual((v["status"], v["ttft_word"]), (status, word))
        for ratio, word in ((3.01, "EXCELLENT ✓"), (3.0, "GOOD ✓"), (2.0, "POOR ✗"),
                            (None, "POOR ✗")):
            self.assertEqual(self.values(report(speedup=ratio))["cache_status"], word)

    def test_undecided_is_said(self):
        v = self.values(report("UNDECIDED", conversations=20))
        self.assertEqual(v["status"] + v["note"],
                         "PASS ✓ (by the measured value; 20 conversations cannot prove it)")

    def test_nothing_measured(self):
        v = self.values(all_failed())
        self.assertEqual({v[key] for key in ("p50_ms", "p95_ms", "mean_ms", "speedup_ratio")},
                         {"N/A"})
        self.assertEqual(v["status"], "FAIL ✗")
        self.assertIn("refused the API key", v["main_error"])

    def test_errors_are_never_pass(self):
        v = self.values(report("FAIL", total=110, failed=109, errors={"server_error": 109}))
        self.assertEqual(v["status"], "FAIL ✗")

    def test_other_objectives_count(self):
        missed = [{"metric": "sessions", "stat": None, "class": None, "status": "FAIL"}]
        self.assertEqual(self.values(report("FAIL", slo=missed))["status"], "FAIL ✗")
        first = [{"metric": "ttft", "stat": "p95", "class": "first", "status": "WARN"}]
        self.assertEqual(self.values(report("WARN", slo=first))["status"], "WARN ⚠")

    def test_invalid_and_unknown_verdicts(self):
        for word in ("INVALID", "SPLENDID", None):
            self.assertEqual(self.values(report(word))["status"], "INVALID ✗")

    def test_old_formula_values_win_where_the_report_has_them(self):
        document = report()
        document["legacy"] = {"p95_ms": 280.5}
        self.assertEqual(self.values(document)["p95_ms"], "280.50")

    def test_worst(self):
        self.assertEqual(results.worst(["PASS", "WARN", "UNDECIDED"]), "WARN")
        self.assertEqual(results.worst([]), "INVALID")

    def test_empty_report_does_not_break(self):
        self.assertEqual(self.values({"schema": "litebench.report/1"})["status"], "INVALID ✗")


def pod(index=0, phase="Succeeded", state=None, uid="job", created="2026-01-01T00:00:00Z",
        **status):
    return {"metadata": {"name": "p%d%s" % (index, created), "creationTimestamp": created,
                         "annotations": {"batch.kubernetes.io/job-completion-index": str(index)},
                         "ownerReferences": [{"uid": uid}]},
            "spec": {"containers": [{"name": "benchmark", "image": "registry/x:1"}]},
            "status": dict({"phase": phase, "containerStatuses": [
                {"name": "benchmark", "state": state or {}}]}, **status)}


def ended(code, reason="Error", message=""):
    return {"terminated": {"exitCode": code, "reason": reason, "message": message}}


JOB = {"metadata": {"uid": "job"}, "spec": {"activeDeadlineSeconds": 3600}, "status": {}}


class Reasons(unittest.TestCase):
    def text(self, pods=(), events=(), job=None):
        found = reasons.explain(JOB if job is None else job, list(pods), list(events))
        return found["text"] + " | " + found["hint"]

    def test_the_pod_of_this_job_that_succeeded_is_read(self):
        old = pod(uid="old job", created="2026-01-03T00:00:00Z")
        failed = pod(phase="Failed", created="2026-01-02T00:00:00Z")
        good = pod(created="2026-01-01T00:00:00Z")
        self.assertEqual(reasons.pods_by_index([old, failed, good], "job"), {0: good})

    def test_states(self):
        for state, words in (
                (ended(137, "OOMKilled"), "OOMKilled"),
                (ended(128, "StartError", "no such file"), "no such file"),
                (ended(3, message='{"v":1,"reason":"auth"}'), "API key"),
                (ended(3, message='{"v":1,"reason":"context_length"}'), "_turns or _max_tokens"),
                (ended(3, message="a log\nlitebench run: http://x/v1/models: HTTP 401: no\n"),
                 "refused the API key"),
                (ended(2, message="litebench: unknown option --z\n"), "unknown option --z"),
                (ended(2), "options"), (ended(3), "could not measure"), (ended(143), "outside"),
                (ended(9), "exit code 9")):
            self.assertIn(words, self.text([pod(phase="Failed", state=state)]))

    def test_waiting(self):
        def wait(reason, message=""):
            return pod(phase="Pending", state={"waiting": {"reason": reason, "message": message}})
        self.assertIn("registry/x:1 cannot be pulled", self.text([wait("ImagePullBackOff")]))
        self.assertTrue(reasons.stuck(wait("ErrImagePull", "manifest unknown")))
        self.assertFalse(reasons.stuck(wait("ErrImagePull", "i/o timeout")))
        self.assertTrue(reasons.stuck(wait("CreateContainerConfigError")))
        self.assertFalse(reasons.stuck(wait("ContainerCreating")))
        full = pod(phase="Pending", conditions=[{"type": "PodScheduled", "status": "False",
                                                 "message": "0/3 nodes are available"}])
        self.assertIn("0/3 nodes", self.text([full]))
        self.assertIn("evicted", self.text([pod(phase="Failed", reason="Evicted",
                                                message="disk pressure")]))

    def test_events(self):
        for message, words in (
                ('violates PodSecurity "restricted:latest"', "Pod Security"),
                ("unable to validate against any security context constraint", "restricted-v2"),
                ("exceeded quota: small", "quota"), ("boom", "cannot create its pod (boom)")):
            self.assertIn(words, self.text([], [{"reason": "FailedCreate", "message": message}]))

    def test_only_final_refusals_end_the_wait(self):
        def failed(message):
            return [{"reason": "FailedCreate", "message": message}]
        self.assertTrue(reasons.denied(failed('violates PodSecurity "restricted:latest"')))
        self.assertFalse(reasons.denied(failed("exceeded quota: small")))
        self.assertFalse(reasons.denied(failed("violates PodSecurity") +
                                        [{"reason": "SuccessfulCreate"}]))

    def test_job_conditions(self):
        job = dict(JOB, status={"conditions": [
            {"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}]})
        self.assertIn("deadline of 3600 s", self.text(job=job))
        job["status"]["conditions"][0]["reason"] = "BackoffLimitExceeded"
        self.assertIn("BackoffLimitExceeded", self.text(job=job))
        self.assertIn("gone", self.text(job={}))


# How the old role found its numbers in the old script's text.
OLD_PATTERNS = {"p50_ms": r"P50:\s+(\d+\.\d+)", "p95_ms": r"P95:\s+(\d+\.\d+)",
                "p99_ms": r"P99:\s+(\d+\.\d+)", "mean_ms": r"Mean:\s+(\d+\.\d+)",
                "speedup_ratio": r"Speedup ratio:\s+(\d+\.\d+)",
                "total_time_seconds": r"Total time:\s+(\d+\.\d+)s",
                "total_requests": r"Total requests:\s+(\d+)",
                "requests_per_second": r"Requests per second:\s+(\d+\.\d+)"}


def old_text(mean, p50, p95, p99, speedup, total, wall):
    """The summary that the old script would have printed for these numbers."""
    return ("BENCHMARK SUMMARY\nTotal time: %.2fs\nTotal requests: %d\n"
            "Requests per second: %.2f\n\nTime to First Token (TTFT):\n"
            "  Mean: %10.2f ms\n  P50:  %10.2f ms\n  P95:  %10.2f ms\n  P99:  %10.2f ms\n"
            "  Speedup ratio: %.2fx\n"
            % (wall / 1000, total, total * 1000 / wall, mean, p50, p95, p99, speedup))


class OldAndNew(unittest.TestCase):
    """The same numbers through the old role's way and ours give the same strings."""

    def old(self, text, limit, threshold):
        found = {key: re.search(pattern, text).group(1) for key, pattern in OLD_PATTERNS.items()}
        p95, speedup = float(found["p95_ms"]), float(found["speedup_ratio"])
        found["status"] = "PASS ✓" if p95 < limit else "WARN ⚠" if p95 < 2 * limit else "FAIL ✗"
        found["cache_status"] = ("EXCELLENT ✓" if speedup > 1.5 * threshold else
                                 "GOOD ✓" if speedup > threshold else "POOR ✗")
        return found

    def test_same_strings(self):
        rng = random.Random(11)
        for _ in range(500):
            numbers = dict(mean=rng.uniform(1, 4000), p50=rng.uniform(1, 3000),
                           p95=rng.uniform(1, 2500), p99=rng.uniform(1, 9000),
                           speedup=rng.uniform(0.5, 6), total=rng.randrange(1, 2000),
                           wall=rng.uniform(1000, 4e6))
            # Both print two decimals; at a limit itself the rounding would decide, not the role.
            numbers = {key: round(value, 2) for key, value in numbers.items()}
            old = self.old(old_text(**numbers), 500.0, 2.0)
            new = results.values(report("UNDECIDED", **numbers), 500.0, 2.0)
            self.assertEqual({key: new[key] for key in old}, old)


class Shards(unittest.TestCase):
    def parts(self, logs, total):
        pods = [pod(i) for i in range(total)]
        read = [{"item": pods[i], "log": log} for i, log in enumerate(logs)]
        return gather.shards(JOB, pods, read, total)

    def test_all_there_but_not_merged(self):
        parts = self.parts([block(report(), 0, 2), block(report("FAIL", p95=1200.0), 1, 2)], 2)
        parts["merge_error"] = "no litebench here"
        found = gather.summary(parts, None, 500.0, 2.0)
        self.assertEqual(found["result"]["status"], "FAIL ✗")
        self.assertEqual(found["result"]["total_requests"], "220")
        self.assertEqual(found["result"]["p95_ms"], "N/A")

    def test_missing_is_never_pass(self):
        for merged in (None, report()):
            parts = self.parts([block(report(), 0, 2), "cut"], 2)
            found = gather.summary(parts, merged, 500.0, 2.0)
            self.assertEqual(found["result"]["status"], "INVALID ✗")
            self.assertIn("1 of 2 shards", found["result"]["verdict_reason"])

    def test_block_of_another_shard(self):
        parts = self.parts([block(report(), 1, 2), block(report(), 1, 2)], 2)
        self.assertEqual([item["shard"] for item in parts["lost"]], [0])

    def test_log_that_cannot_be_read(self):
        found = gather.shards(JOB, [pod()], [{"item": pod(), "msg": "403"}], 1)["lost"][0]
        self.assertEqual((found["reason"], found["phase"]),
                         ("its log cannot be read (403)", "Succeeded"))

    def test_several_models(self):
        parts = self.parts([block(models())], 1)
        found = gather.summary(parts, models(), 500.0, 2.0)
        self.assertEqual([c["title"] for c in found["columns"]],
                         ["granite-3-2-8b-instruct", "llama-scout-17b"])
        self.assertEqual(found["result"]["status"], "FAIL ✗")

    def test_statistic_or_number(self):
        document = report()
        document["metrics"]["ttft"]["p95"] = 271.6
        self.assertEqual(results.values(document, 500.0, 2.0)["p95_ms"], "271.60")
        self.assertEqual(stat(1.0)["value"], 1.0)
