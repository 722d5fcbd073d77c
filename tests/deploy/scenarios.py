# SPDX-License-Identifier: Apache-2.0
"""What the role is put through: each scenario is one or more plays on a fresh cluster."""
import os

from fake_kubernetes import block
from reports import all_failed, models, report

STUBS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "stubs/ansible_collections/agnosticd/core/plugins/")
ROLE = "ocp4_workload_litemaas_benchmark"
IMAGE = "registry.example.com/tools/litebench:0.1"
KEY = "sk-abc123-do-not-print"
GUID = {"guid": "abcde"}
BASE = dict(GUID, **{ROLE + "_url": "https://litemaas.example.com/v1", ROLE + "_key": KEY,
                     ROLE + "_image": IMAGE})


def own(**values):
    """Variables of the role without their long prefix."""
    return {"%s_%s" % (ROLE, name): value for name, value in values.items()}


def ok(document, index=0, of=1):
    return {"log": "talk\n" + block(document, index, of) + "Requests 110\nPASS  well\n"}


class Scenario:
    """play: variables of each play in turn; before: objects that are there already."""

    def __init__(self, name, *plays, script=None, before=(), cluster=None, agnosticd=False,
                 env=None, playbook=None, become=False, output_dir=True, arguments=()):
        self.name, self.plays, self.script = name, plays or (BASE,), script
        self.before, self.cluster, self.agnosticd = before, cluster or {}, agnosticd
        self.env, self.playbook, self.become = env or {}, playbook, become
        self.output_dir, self.arguments = output_dir, list(arguments)


def namespace(name, **labels):
    return ("v1", "namespaces", {"metadata": {"name": name, "labels": labels}})


def old_job(name="abcde"):
    """A Job of an earlier run with its pod and an old result in it."""
    labels = {"app": "litemaas-benchmark", "guid": "abcde"}
    container = {"name": "benchmark", "image": "x"}
    spec = {"template": {"metadata": {"labels": labels}, "spec": {
        "restartPolicy": "Never", "containers": [container]}}}
    return [namespace(name),
            ("batch/v1", "jobs", {
                "metadata": {"name": "litemaas-benchmark", "namespace": name, "labels": labels},
                "spec": dict(spec, suspend=True)}),
            ("v1", "pods", {"metadata": {"name": "old-pod", "namespace": name, "labels": labels,
                                         "ownerReferences": [{"name": "litemaas-benchmark"}]},
                            "spec": {"containers": [container]},
                            "status": {"phase": "Succeeded"},
                            "_log": block(report(p95=1.0))})]


def report_objects(name):
    meta = {"name": "benchmark-report", "namespace": name, "labels": {"app": "benchmark-report"}}
    return [("route.openshift.io/v1", "routes", {"metadata": meta}),
            ("v1", "services", {"metadata": meta}),
            ("apps/v1", "deployments", {"metadata": meta}),
            ("v1", "configmaps", {"metadata": meta})]


DESTROY = dict(GUID, ACTION="destroy")
OURS = {"litebench.io/created-by": ROLE, "workload": ROLE, "guid": "abcde"}
SUCCESS = {"pods": [ok(report())]}
DENIED = ('pods "litemaas-benchmark-0" is forbidden: violates PodSecurity "restricted:latest": '
          "runAsNonRoot != true")
SHARDS = [ok(report(total=40), 0, 3), ok(report(total=40, p95=300.0), 1, 3),
          ok(report(total=30), 2, 3)]

ALL = [
    Scenario("success", BASE, script=SUCCESS),
    Scenario("agnosticd", dict(GUID, **own(image=IMAGE)), script=SUCCESS, agnosticd=True,
             playbook="agnosticd.yml", become=True),
    # The first agnosticd keeps its plugins in folders, under short names.
    Scenario("agnosticd_folders", BASE, script=SUCCESS, env={
        "ANSIBLE_ACTION_PLUGINS": STUBS + "action", "ANSIBLE_LOOKUP_PLUGINS": STUBS + "lookup"}),
    Scenario("all_failed", BASE, script={"pods": [dict(ok(all_failed()), exit=3)]}),
    Scenario("partly_failed", BASE, script={"pods": [ok(report(
        "FAIL", p95=80.0, total=110, failed=109, errors={"server_error": 109},
        sentence="FAIL  109 of 110 answers failed"))]}),
    Scenario("container_fails", BASE, script={"pods": [
        {"exit": 1, "log": "\n".join("line %d" % i for i in range(20)) + "\n"}]}),
    Scenario("deadline", BASE, script={"pods": [{"exit": 143}], "deadline": True}),
    Scenario("again", dict(BASE, **own(conversations=7)), script=SUCCESS, before=old_job()),
    Scenario("image_pull", BASE, script={"pods": [{
        "waiting": "ErrImagePull", "message": "manifest unknown"}]}),
    Scenario("oom", BASE, script={"pods": [{"exit": 137, "reason": "OOMKilled"}]}),
    Scenario("denied", BASE, script={"deny": DENIED}),
    Scenario("bad_key", BASE, script={"pods": [
        {"exit": 3, "message": '{"v":1,"shard":0,"of":1,"status":"FAIL","reason":"auth"}'}]}),
    Scenario("context", BASE, script={"pods": [
        {"exit": 3, "message": '{"v":1,"status":"FAIL","reason":"context_length"}'}]}),
    Scenario("bad_block", BASE, script={"pods": [
        {"log": block(report()).replace("sha256=", "sha256=0")}]}),
    Scenario("nothing_given", {}, script=SUCCESS),
    Scenario("old_image", dict(BASE, **own(
        image="quay.io/hayesphilip/multi-turn-benchmark:0.0.1", conversations="many",
        min_delay="3", fail_on="failed"))),
    Scenario("strings", dict(BASE, **own(
        conversations="40", turns="5", parallel_workers="", max_tokens="300", min_delay="0.5",
        max_delay="1", ttft_p95_threshold_ms="100", speedup_threshold="2.5", enabled="true",
        mcp_enabled="yes", timeout_seconds="1200", save_results="true", insecure_tls="false",
        shards="1")), script=SUCCESS),
    Scenario("workshop", dict(BASE, benchmark_conversations_count=120, benchmark_turns_count=6,
                              benchmark_sessions_count=2, benchmark_model_supports_mcp=True,
                              benchmark_max_tokens_count=200,
                              **own(profile="workshop", parallel_workers=None)),
             script=SUCCESS),
    Scenario("fail_on", dict(BASE, **own(fail_on=["fail", "invalid"])), script={
        "pods": [ok(report("FAIL", p95=5000.0, sentence="FAIL  too slow"))]}),
    Scenario("fail_on_no_result", dict(BASE, **own(fail_on="invalid")), script={"deny": DENIED}),
    Scenario("models", dict(BASE, **own(
        models=["granite-3-2-8b-instruct", "llama-scout-17b"], slo=["errors<=2%"])),
        script={"pods": [ok(models())]}),
    Scenario("shards", dict(BASE, **own(shards=3, merge_command="no-such-litebench")),
             script={"pods": SHARDS}, env={"TZ": "Asia/Tokyo"}),
    Scenario("shards_merged", dict(BASE, **own(shards=3)), script={"pods": SHARDS},
             env={"PATH_FIRST": "fake-litebench"}),
    Scenario("shard_missing", dict(BASE, **own(shards=3)), script={"pods": SHARDS[:2] + [
        {"exit": 137, "reason": "OOMKilled"}]}, env={"PATH_FIRST": "fake-litebench"}),
    Scenario("undecided", BASE, script={"pods": [ok(report(
        "UNDECIDED", conversations=20, sentence="UNDECIDED  20 conversations are too few"))]}),
    Scenario("off", dict(BASE, **own(enabled=False)), script=SUCCESS),
    Scenario("no_save", dict(BASE, **own(save_results=False)), script=SUCCESS),
    Scenario("namespaced_rights", BASE, script=SUCCESS, before=[namespace("abcde")],
             cluster={"cluster_admin": False}),
    Scenario("tls", dict(BASE, **own(ca_bundle="-----BEGIN CERTIFICATE-----\nx\n", users=30,
                                     conversations=40, insecure_tls=True,
                                     results_file="{{ output_dir }}/r.yaml")),
             script=SUCCESS),
    Scenario("secret", dict(GUID, **own(secret_name="my-secret", image=IMAGE)), script=SUCCESS),
    Scenario("environment", dict(GUID, **own(image=IMAGE)), script=SUCCESS, output_dir=False,
             env={"LITEBENCH_URL": "https://from.env/v1", "OPENAI_API_KEY": KEY}),
    Scenario("facts_first", dict(GUID, litellm_api_base_url="https://from.fact/v1",
                                 litellm_virtual_key=KEY, **own(image=IMAGE)), script=SUCCESS,
             env={"LITEBENCH_URL": "https://from.env/v1", "OPENAI_API_KEY": "sk-other"}),
    Scenario("standalone", {}, {"ACTION": "destroy"}, script=SUCCESS, playbook="standalone.yml",
             output_dir=False),
    Scenario("catalog", {"guid": "abcde"}, {"guid": "abcde", "ACTION": "destroy"},
             script=SUCCESS, agnosticd=True, playbook="catalog.yml"),
    Scenario("catalog_parameter", {"guid": "abcde", "run_benchmark": True,
                                   "benchmark_conversations": 33},
             script=SUCCESS, agnosticd=True, playbook="catalog.yml"),
    Scenario("destroy_shared", dict(DESTROY, **own(enabled=False)), DESTROY,
             before=old_job() + report_objects("abcde")),
    Scenario("destroy_unproved", dict(GUID, agnosticd_action="remove", **own(namespace="theirs")),
             before=old_job("theirs"), cluster={"openshift": False}),
    Scenario("destroy_always", dict(DESTROY, **own(namespace="theirs", delete_namespace="always")),
             before=[namespace("theirs")]),
    Scenario("destroy_never", dict(DESTROY, **own(namespace="bench", delete_namespace="never")),
             before=[namespace("bench", **OURS)]),
    Scenario("program", dict(BASE, **own(conversations=20, turns=3, max_tokens=20, min_delay=0,
                                         max_delay=0.1)), script={"pods": [{"program": None}]}),
    Scenario("program_shards", dict(BASE, **own(
        conversations=24, turns=2, max_tokens=20, min_delay=0, max_delay=0.1, shards=3,
        start_margin_seconds=6)), script={"pods": [{"program": None}]}),
    Scenario("program_no_endpoint", dict(BASE, **own(
        url="http://127.0.0.1:9/v1", conversations=2, turns=1, models=["m"])),
        script={"pods": [{"program": None}]}),
    Scenario("check_mode", BASE, script=SUCCESS, arguments=["--check"]),
    Scenario("unknown_action", dict(BASE, ACTION="status")),
]
