# SPDX-License-Identifier: Apache-2.0
"""The role against the fake API server, on each ansible-core."""
import datetime
import json
import os
import sys
import unittest

import environment
import test_molecule
from driver import Runner
from scenarios import IMAGE, KEY, ROLE

GOLDEN = environment.HERE / "golden"
RULE = "═" * 64
# The message of the README that users of the old role know, to the character.
README_BOX = "\n" + RULE + """
LiteMaaS Benchmark Results
""" + RULE + """

Time to First Token (TTFT):
  • Mean:           120.98 ms
  • P50 (Median):   92.09 ms
  • P95:            271.60 ms
  • P99:            674.21 ms

Cache Performance:
  • Speedup Ratio:  3.84x
  • Status:         EXCELLENT ✓

Load Testing Results:
  • Total Time:     242.75 seconds
  • Total Requests: 110
  • Requests/sec:   0.45

Overall Status: PASS ✓
""" + RULE
README_DATA = {"p50_ms": "92.09", "p95_ms": "271.60", "p99_ms": "674.21", "mean_ms": "120.98",
               "speedup_ratio": "3.84", "status": "PASS ✓", "cache_status": "EXCELLENT ✓",
               "total_requests": "110", "requests_per_second": "0.45"}


def created(item):
    stamp = item["metadata"]["creationTimestamp"].replace("Z", "+00:00")
    return datetime.datetime.fromisoformat(stamp).timestamp()


def asked():
    """Words of -k: then only what they name is run."""
    return [sys.argv[i + 1] for i, word in enumerate(sys.argv[:-1]) if word == "-k"]


def setUpModule():
    """Starts everything of this level at once: while one play waits, others use the processor."""
    if asked():
        return
    for tests in (Core215, Core219):
        try:
            tests.begin()
        except environment.Unavailable:
            continue  # its own setUpClass says so
        tests.runner.start(tests.runner.scenarios)
    test_molecule.begin()


def long(values):
    return {"litemaas_benchmark_" + name: value for name, value in values.items()}


class RoleTests:
    """Every test once for each core; subclasses say which."""

    core = None
    runner = None
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        try:
            cls.begin()
        except environment.Unavailable as error:
            raise unittest.SkipTest("%s: %s" % (cls.core, error))
        if any("Core" in word for word in asked()):
            cls.runner.start(cls.runner.scenarios)

    @classmethod
    def begin(cls):
        """Makes the runner, once; Unavailable when this machine lacks something."""
        environment.venv("v219")  # its yaml reads the data files
        environment.venv(cls.core)
        if cls.runner is None:
            cls.runner = Runner(cls.core)

    def result(self, name, *codes):
        outcome = self.runner.outcome(name)
        if outcome.codes != list(codes or [0] * len(outcome.codes)):
            self.fail("exit codes %s\n%s" % (outcome.codes, outcome.output[-4000:]))
        return outcome

    def golden(self, name, text, folder):
        """Compares with golden/NAME.txt; --bless writes it."""
        text = text.replace(str(folder), "OUTPUT_DIR")
        path = GOLDEN / (name + ".txt")
        head = "SPDX-License-Identifier: Apache-2.0\n"
        if os.environ.get("LITEBENCH_BLESS"):
            path.write_text(head + text + "\n", encoding="utf-8")
        self.assertEqual(path.read_text(encoding="utf-8"), head + text + "\n")

    def all_messages(self, name, outcome, action="provision"):
        self.golden(name, "\n--- next message ---\n".join(outcome.messages(action)),
                    outcome.folder)

    def why(self, name, *words):
        """The failure message of a scenario without result, and that the play went on."""
        outcome = self.result(name)
        message = outcome.messages()[-1]
        self.assertIn("LiteMaaS Benchmark Failed", message)
        self.assertEqual(outcome.data()["litemaas_benchmark_status"], "INVALID ✗")
        self.assertIn("the next workload runs", outcome.output)
        for word in words:
            self.assertIn(word, message)
        return outcome

    # -- results ------------------------------------------------------------
    def test_success_is_the_readme(self):
        outcome = self.result("success")
        self.assertEqual(outcome.messages()[1], README_BOX)
        self.all_messages("success", outcome)
        data = outcome.data()
        self.assertEqual({k: v for k, v in data.items() if k in long(README_DATA)},
                         long(README_DATA))
        self.assertEqual(outcome.shown(), ["user.info: " + text for text in outcome.messages()])

    def test_data_file(self):
        outcome = self.result("success")
        text = (outcome.folder / "provision-user-data.yaml").read_text()
        self.golden("success-data", text.rstrip(), outcome.folder)

    def test_report_is_stored_and_named(self):
        outcome = self.result("success")
        path = outcome.data()["litemaas_benchmark_report_file"]
        self.assertEqual(path, str(outcome.folder / "litebench-report.json"))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["schema"], "litebench.report/1")

    def test_stats_without_agnosticd_only(self):
        stats = '"litemaas_benchmark_p95_ms": "271.60"'
        self.assertIn(stats, self.result("success").output.split("CUSTOM STATS")[1])
        self.assertNotIn("CUSTOM STATS", self.result("agnosticd").output)

    def test_with_agnosticd_and_become(self):
        outcome = self.result("agnosticd")
        self.assertEqual(outcome.messages()[1], README_BOX)
        data = outcome.data()
        self.assertEqual(data["written_by"], "agnosticd stub")
        self.assertEqual(data["litemaas_benchmark_models"],
                         "granite-3-2-8b-instruct, llama-scout-17b")
        self.assertEqual(outcome.args()[1], "https://litemaas.example.com/v1")

    def test_with_the_first_agnosticd(self):
        outcome = self.result("agnosticd_folders")
        self.assertEqual(outcome.messages()[1], README_BOX)
        self.assertEqual(outcome.data()["written_by"], "agnosticd stub")

    def test_same_files_with_and_without_agnosticd(self):
        mine, theirs = self.result("success"), self.result("agnosticd")
        self.assertEqual(mine.messages()[:2], theirs.messages()[:2])
        same = [key for key in theirs.data() if key.startswith("litemaas_benchmark_")
                and key not in ("litemaas_benchmark_models", "litemaas_benchmark_report_file")]
        self.assertEqual({k: mine.data()[k] for k in same}, {k: theirs.data()[k] for k in same})

    def test_all_failed_prints_not_available(self):
        outcome = self.result("all_failed")
        self.all_messages("all-failed", outcome)
        self.assertEqual(outcome.data()["litemaas_benchmark_p95_ms"], "N/A")

    def test_partly_failed_is_no_pass(self):
        outcome = self.result("partly_failed")
        self.assertEqual(outcome.data()["litemaas_benchmark_status"], "FAIL ✗")
        self.assertIn("109 of 109 failures", outcome.messages()[-1])

    def test_undecided_is_said_in_the_box(self):
        outcome = self.result("undecided")
        self.assertIn("Overall Status: PASS ✓ (by the measured value; 20 conversations cannot "
                      "prove it)\n" + RULE, outcome.messages()[1])
        self.assertEqual(outcome.data()["litemaas_benchmark_status"], "PASS ✓")
        self.assertEqual(outcome.data()["litemaas_benchmark_verdict"], "UNDECIDED")

    def test_several_models_side_by_side(self):
        outcome = self.result("models")
        self.all_messages("models", outcome)
        rows = outcome.data()["litemaas_benchmark_results"]
        self.assertEqual([row["p95_ms"] for row in rows], ["271.60", "4200.25"])
        self.assertEqual([i for i, w in enumerate(outcome.args()) if w == "--model"].__len__(), 2)

    # -- failures -------------------------------------------------------------
    def test_container_that_fails(self):
        outcome = self.why("container_fails", "exit code 1", "line 19")
        self.all_messages("container-fails", outcome)

    def test_deadline(self):
        outcome = self.why("deadline", "deadline of 3600 s", "timeout_seconds")
        self.assertEqual(outcome.jobs[0]["spec"]["activeDeadlineSeconds"], 3600)
        self.assertEqual(outcome.option("--for"), "3540s")

    def test_image_that_cannot_be_pulled(self):
        outcome = self.why("image_pull", IMAGE + " cannot be pulled", "manifest unknown")
        job = next(v for k, v in outcome.objects.items() if k[1] == "jobs")
        self.assertTrue(job["spec"]["suspend"])

    def test_out_of_memory(self):
        self.why("oom", "OOMKilled", "limits.memory")

    def test_pod_security_denies(self):
        outcome = self.why("denied", "violates PodSecurity", "level restricted")
        self.all_messages("denied", outcome)

    def test_bad_key(self):
        self.why("bad_key", "refused the API key", "_key")

    def test_context_too_long(self):
        self.why("context", "longer than the model's context", "_turns")

    def test_damaged_block_is_no_result(self):
        outcome = self.why("bad_block", "checksum does not match")
        self.assertFalse((outcome.folder / "litebench-report.json").exists())

    def test_verdict_breaks_nothing_unless_asked(self):
        self.assertIn("the next workload runs", self.result("partly_failed").output)
        outcome = self.result("fail_on", 2)
        self.assertIn("The benchmark's verdict is FAIL  too slow", outcome.output)
        self.assertIn("LiteMaaS Benchmark Results", outcome.messages()[1])
        self.assertIn("no result", self.result("fail_on_no_result", 2).output)

    # -- settings ----------------------------------------------------------------
    def test_nothing_given_is_one_clear_failure(self):
        outcome = self.result("nothing_given", 2)
        for word in ("no URL", "no API key", "no image", "litellm_api_base_url",
                     "litellm_virtual_key", "LITEBENCH_URL", "OPENAI_API_KEY", "_secret_name",
                     "oc start-build", "skopeo copy"):
            self.assertIn(word, outcome.output)
        self.assertEqual(outcome.requests, [])

    def test_all_mistakes_at_once(self):
        outcome = self.result("old_image", 2)
        for word in ("that of the old Python tool", "_conversations must be",
                     "_min_delay is larger", "not failed"):
            self.assertIn(word, outcome.output)
        self.assertEqual(outcome.requests, [])

    def test_strings_are_cast(self):
        outcome = self.result("strings")
        self.assertEqual(outcome.option("--parallel"), "4")  # automatic for 40 conversations
        self.assertEqual(outcome.option("--turns"), "15")  # 5 with MCP
        self.assertEqual(outcome.option("--slo"), "ttft.p95<=100ms")
        self.assertEqual(outcome.option("--for"), "1140s")
        self.assertEqual(outcome.data()["litemaas_benchmark_conversations"], 40)
        self.assertEqual(outcome.data()["litemaas_benchmark_status"], "FAIL ✗")  # 271 > 2 x 100

    def test_workshop_profile_and_catalog_names(self):
        outcome = self.result("workshop")
        expected = {"--conversations": "120", "--turns": "18", "--parallel": "16",
                    "--max-tokens": "200", "--slo": "ttft.p95<=60000ms",
                    "--speedup-threshold": "1.5", "--for": "14340s"}
        self.assertEqual({name: outcome.option(name) for name in expected}, expected)
        data = outcome.data()
        found = [data["litemaas_benchmark_" + name]
                 for name in ("sessions", "mcp_enabled", "p95_threshold")]
        self.assertEqual(found, [2, True, 60000])

    def test_readme_profile_arguments(self):
        args = self.result("success").args()
        self.golden("arguments", " ".join(args), self.result("success").folder)

    def test_explicit_url_then_facts_then_environment_then_secret(self):
        for name, url in (("success", "https://litemaas.example.com/v1"),
                          ("facts_first", "https://from.fact/v1"),
                          ("environment", "https://from.env/v1")):
            self.assertEqual(self.result(name).args()[1], url)
        outcome = self.result("secret")
        self.assertEqual(outcome.args()[1], "--conversations")
        env = outcome.jobs[0]["spec"]["template"]["spec"]["containers"][0]["env"]
        self.assertEqual({e["name"]: e["valueFrom"]["secretKeyRef"] for e in env
                          if "valueFrom" in e},
                         {"LITEBENCH_API_KEY": {"name": "my-secret", "key": "api-key"},
                          "LITEBENCH_URL": {"name": "my-secret", "key": "url"}})
        self.assertNotIn("secrets", outcome.kinds())

    def test_without_output_dir(self):
        outcome = self.result("environment")
        self.assertEqual(len(outcome.shown()), 3)
        self.assertNotIn("Full report", outcome.shown()[-1])

    def test_off(self):
        outcome = self.result("off")
        self.assertEqual(outcome.requests, [])
        self.assertIn("the next workload runs", outcome.output)

    def test_save_results_false(self):
        outcome = self.result("no_save")
        self.assertEqual(outcome.data(), {})
        self.assertEqual(outcome.messages()[1], README_BOX)

    def test_tls_users_and_results_file(self):
        outcome = self.result("tls")
        args = outcome.args()
        self.assertIn("--insecure", args)
        self.assertEqual(outcome.option("--ca-file"), "/etc/litebench/ca/ca-bundle.crt")
        self.assertEqual((outcome.option("--users"), outcome.option("--parallel")), ("30", None))
        # 40 conversations are two rounds of 10 turns, 1.25 s to think and 10 s for an answer.
        self.assertIn("Estimated Duration: 3 minutes", outcome.messages()[0])
        self.assertIn("configmaps", outcome.kinds())
        text = (outcome.folder / "r.yaml").read_text()
        self.assertIn("litemaas_benchmark_p95_ms: '271.60'", text)
        self.assertNotIn("--insecure", self.result("success").args())

    def test_check_mode_asks_nobody(self):
        outcome = self.result("check_mode")
        self.assertEqual(outcome.requests, [])
        self.assertEqual(outcome.messages(), [])
        self.assertIn("Benchmark Starting", outcome.shown()[0])

    def test_unknown_action_does_nothing(self):
        self.assertEqual(self.result("unknown_action").requests, [])

    # -- objects -------------------------------------------------------------------
    def test_key_is_in_the_secret_only(self):
        outcome = self.result("success")
        import base64
        coded = base64.b64encode(KEY.encode()).decode()
        for key, item in outcome.objects.items():
            text = json.dumps({k: v for k, v in item.items() if k != "_started"})
            self.assertEqual(coded in text, key[1] == "secrets", key)
            self.assertNotIn(KEY, text)
        for text in [outcome.output] + [p.read_text() for p in outcome.folder.glob("*.yaml")]:
            self.assertNotIn(KEY, text)
            self.assertNotIn(coded, text)

    def test_secret_belongs_to_the_job(self):
        objects = self.result("success").objects
        job = next(v for k, v in objects.items() if k[1] == "jobs")
        secret = next(v for k, v in objects.items() if k[1] == "secrets")
        owner = secret["metadata"]["ownerReferences"][0]
        self.assertEqual((owner["kind"], owner["uid"]), ("Job", job["metadata"]["uid"]))
        self.assertNotIn("blockOwnerDeletion", owner)

    def test_job_is_hardened(self):
        job = self.result("success").jobs[0]
        self.assertEqual(job["metadata"]["labels"], {
            "app": "litemaas-benchmark", "guid": "abcde", "workload": ROLE})
        template = job["spec"]["template"]
        pod, container = template["spec"], template["spec"]["containers"][0]
        self.assertEqual(template["metadata"]["labels"]["app"], "litemaas-benchmark")
        self.assertFalse(pod["automountServiceAccountToken"])
        self.assertNotIn("runAsUser", json.dumps(job))
        self.assertEqual(container["securityContext"], {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]}})
        self.assertEqual(job["spec"]["ttlSecondsAfterFinished"], 86400)
        self.assertTrue(job["spec"]["suspend"])  # until its Secret is there

    def test_again_replaces_job_and_pods(self):
        outcome = self.result("again")
        self.assertEqual(outcome.option("--conversations"), "7")
        self.assertEqual(outcome.data()["litemaas_benchmark_p95_ms"], "271.60")
        self.assertFalse([k for k in outcome.objects if k[3] == "old-pod"])

    def test_rights_in_one_namespace_suffice(self):
        outcome = self.result("namespaced_rights")
        self.assertEqual(outcome.messages()[1], README_BOX)
        self.assertNotIn(("POST", "/api/v1/namespaces"), outcome.requests)

    def test_namespace_that_is_there_is_not_touched(self):
        outcome = self.result("again")
        self.assertFalse([r for r in outcome.requests
                          if r[0] != "GET" and r[1].endswith("/namespaces/abcde")])

    # -- shards ----------------------------------------------------------------------
    def test_shards_apart(self):
        outcome = self.result("shards")
        self.all_messages("shards-apart", outcome)
        spec = outcome.jobs[0]["spec"]
        self.assertEqual((spec["completions"], spec["parallelism"], spec["completionMode"],
                          spec["backoffLimitPerIndex"]), (3, 3, "Indexed", 0))
        self.assertNotIn("backoffLimit", spec)
        env = {e["name"]: e.get("value") for e in spec["template"]["spec"]["containers"][0]["env"]}
        self.assertEqual(env["LITEBENCH_SHARDS"], "3")
        self.assertLess(abs(int(env["LITEBENCH_START_AT"]) - 30 - created(outcome.jobs[0])), 10)
        self.assertEqual(outcome.data()["litemaas_benchmark_verdict"], "UNDECIDED")
        self.assertEqual(outcome.data()["litemaas_benchmark_total_requests"], "110")

    def test_shards_are_merged_by_litebench(self):
        outcome = self.result("shards_merged")
        self.assertEqual(outcome.messages()[1], README_BOX)
        self.assertIn("merged from 3 shards", outcome.messages()[2])

    def test_missing_shard_is_never_pass(self):
        outcome = self.result("shard_missing")
        data = outcome.data()
        self.assertEqual(data["litemaas_benchmark_status"], "INVALID ✗")
        self.assertIn("2 of 3 shards", data["litemaas_benchmark_verdict_reason"])
        self.assertIn("OOMKilled", data["litemaas_benchmark_verdict_reason"])

    # -- destroy ---------------------------------------------------------------------
    def test_destroy_shared(self):
        outcome = self.result("destroy_shared")
        self.assertEqual(outcome.kinds(), ["namespaces"])
        first, second = outcome.messages("destroy")
        self.golden("destroy-shared", first, outcome.folder)
        self.assertEqual(first, second)
        self.assertIn("changed=0", outcome.outputs[1])

    def test_destroy_spares_a_namespace_of_others(self):
        outcome = self.result("destroy_unproved")  # a plain Kubernetes: no Routes there
        self.assertEqual(outcome.kinds(), ["namespaces"])
        self.assertIn("oc delete namespace theirs", outcome.messages("remove")[0])

    def test_destroy_namespace_switch(self):
        self.assertEqual(self.result("destroy_always").kinds(), [])
        self.assertEqual(self.result("destroy_never").kinds(), ["namespaces"])

    # -- the real program instead of canned logs ---------------------------------------
    def program(self, name, *codes):
        try:
            environment.program()
        except environment.Unavailable as error:
            self.skipTest(str(error))
        return self.result(name, *codes)

    def test_program_in_the_pod(self):
        outcome = self.program("program")
        data = outcome.data()
        self.assertEqual(data["litemaas_benchmark_total_requests"], "60")
        self.assertEqual(data["litemaas_benchmark_errors"], "0")
        self.assertIn("LiteMaaS Benchmark Results", outcome.messages()[1])

    def test_program_in_three_pods(self):
        outcome = self.program("program_shards")
        self.assertEqual(outcome.data()["litemaas_benchmark_total_requests"], "48")
        self.assertNotIn("litemaas_benchmark_results", outcome.data())  # one merged result
        self.assertNotIn("shards stay apart", outcome.output)

    def test_program_without_endpoint(self):
        outcome = self.program("program_no_endpoint")
        self.assertIn("does not accept connections", outcome.messages()[-1])

    # -- examples ------------------------------------------------------------------
    def test_standalone_example(self):
        outcome = self.result("standalone")
        self.assertEqual(outcome.option("--conversations"), "30")
        self.assertIn("guid" not in outcome.jobs[0]["metadata"]["labels"], [True])
        self.assertEqual(outcome.shown()[1], "user.info: " + README_BOX)
        self.assertEqual(outcome.kinds(), [])  # its own namespace went too

    def test_catalog_example(self):
        outcome = self.result("catalog")
        self.assertEqual(outcome.option("--conversations"), "50")
        self.assertEqual(outcome.kinds(), ["namespaces"])
        self.assertIn("preserved (shared", outcome.messages("destroy")[0])

    def test_catalog_parameter_example(self):
        self.assertEqual(self.result("catalog_parameter").option("--conversations"), "33")


class Core219(RoleTests, unittest.TestCase):
    core = "v219"


class Core215(RoleTests, unittest.TestCase):
    core = "v215"


class ReadmeCleanup(unittest.TestCase):
    """The three commands of the README's manual cleanup, with kubectl for oc."""

    def test_manual_commands(self):
        import shutil
        import subprocess
        from fake_kubernetes import FakeKubernetes
        from scenarios import namespace, old_job
        kubectl = shutil.which("kubectl")
        if kubectl is None:
            self.skipTest("no kubectl")
        with FakeKubernetes() as fake:
            for item in old_job():
                fake.cluster.add(*item)
            fake.cluster.add(*namespace("bench"))
            job = next(v for k, v in fake.cluster.objects.items() if k[1] == "jobs")
            owner = [{"kind": "Job", "name": "litemaas-benchmark", "uid": job["metadata"]["uid"]}]
            for plural in ("pods", "secrets"):
                fake.cluster.add("v1", plural, {"metadata": {
                    "name": "of-the-job", "namespace": "abcde", "ownerReferences": owner,
                    "labels": {"app": "litemaas-benchmark"}}})

            def run(*words):
                done = subprocess.run([kubectl, "--server", fake.url, "--token", "x", *words],
                                      capture_output=True, text=True, check=False, timeout=60,
                                      env=dict(os.environ, KUBECONFIG="/dev/null"))
                self.assertEqual(done.returncode, 0, done.stderr)
            run("delete", "job", "litemaas-benchmark", "-n", "abcde", "--wait=false")
            left = [k[3] for k in fake.cluster.objects if k[1] in ("pods", "secrets")]
            self.assertEqual(left, [])  # the Secret went by its owner
            run("delete", "all", "-l", "app=litemaas-benchmark",
                "-n", "abcde", "--wait=false")
            run("delete", "namespace", "bench", "--wait=false")
            self.assertEqual([k[1] for k in fake.cluster.objects], ["namespaces"])
