# SPDX-License-Identifier: Apache-2.0
"""Why a benchmark Job has no result, in words.

Works on plain dictionaries as the API serves them (Job, pods, events), so it
is tested without a cluster.
"""
from __future__ import annotations

import json
import re

# Waiting reasons after which a pod never starts without a change by someone.
FATAL_WAITING = (
    "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError",
    "CreateContainerError", "RunContainerError", "StartError",
)
PULL_WAITING = ("ErrImagePull", "ImagePullBackOff")
# A pull may be tried again, unless the registry's answer is final.
FATAL_PULL_TEXT = (
    "not found", "unauthorized", "manifest unknown", "access denied", "denied:", "forbidden",
    "no match for platform",
)

# Error classes of a report or a termination message: what happened, what to do.
CLASSES = {
    "auth": ("the endpoint refused the API key (HTTP 401 or 403)",
             "check ocp4_workload_litemaas_benchmark_key and that the virtual keys workload ran"),
    "model_not_found": ("the endpoint does not know the model for this key",
                        "check ocp4_workload_litemaas_benchmark_models and the models of the key"),
    "context_length": ("the conversation became longer than the model's context",
                       "reduce ocp4_workload_litemaas_benchmark_turns or _max_tokens"),
    "dns": ("the endpoint's name does not resolve inside the cluster", "check the URL"),
    "connect": ("the endpoint does not accept connections from the cluster",
                "check the URL, network policies and proxies"),
    "tls": ("the endpoint's certificate is not trusted",
            "give its CA with ocp4_workload_litemaas_benchmark_ca_bundle"),
    "timeout": ("the endpoint did not answer in time", "use fewer users or a faster model"),
    "stall": ("the endpoint stopped in the middle of answers", "look at the model server's log"),
    "stream_cut": ("answers broke off before their end",
                   "look at time-outs of proxies between the cluster and the model"),
    "rate_limit": ("the endpoint limits the rate of this key (HTTP 429)",
                   "raise the key's limits or use fewer users"),
    "server_error": ("the endpoint answered with server errors (HTTP 5xx)",
                     "look at the model server's log"),
    "bad_request": ("the endpoint rejects the requests (HTTP 400, 405 or 422)",
                    "check the model's limits and ocp4_workload_litemaas_benchmark_extra_args"),
    "too_large": ("requests or answers are larger than the endpoint allows",
                  "reduce ocp4_workload_litemaas_benchmark_max_tokens or _turns"),
    "http_other": ("the endpoint answered with an HTTP status that says nothing of the cause",
                   "check the URL and what stands in front of the endpoint"),
    "not_sse": ("the answers are no event streams",
                "check that the URL is that of an OpenAI-compatible endpoint which streams"),
    "stream_error": ("the endpoint reported errors in the middle of its streams",
                     "look at the model server's log"),
    "no_token": ("answers came without a single token", "check the model and its chat template"),
    "bad_event": ("the answers hold events that are no JSON",
                  "look at what stands in front of the endpoint"),
}


def owned_by(items, uid):
    """Pods (or others) that the Job with this uid owns."""
    return [item for item in items or []
            if any(owner.get("uid") == uid
                   for owner in item.get("metadata", {}).get("ownerReferences") or [])]


def pod_index(pod):
    """Completion index of a pod of an Indexed Job; 0 when it has none."""
    meta = pod.get("metadata", {})
    for place in ("annotations", "labels"):
        value = (meta.get(place) or {}).get("batch.kubernetes.io/job-completion-index")
        if value is not None and str(value).isdigit():
            return int(value)
    return 0


def pods_by_index(pods, uid):
    """The pod to read for each index: one that succeeded, else the newest."""
    chosen = {}

    def rank(pod):
        return (pod.get("status", {}).get("phase") == "Succeeded",
                pod.get("metadata", {}).get("creationTimestamp") or "")

    for pod in owned_by(pods, uid):
        index = pod_index(pod)
        if index not in chosen or rank(pod) > rank(chosen[index]):
            chosen[index] = pod
    return chosen


def _container(pod):
    for status in pod.get("status", {}).get("containerStatuses") or []:
        if status.get("name") == "benchmark":
            return status.get("state") or {}
    return {}


def started(pod):
    state = _container(pod)
    return bool(state.get("running") or state.get("terminated")) or \
        pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def stuck(pod):
    """True when waiting longer cannot help."""
    waiting = _container(pod).get("waiting") or {}
    text = (waiting.get("message") or "").lower()
    if waiting.get("reason") in PULL_WAITING:
        return any(word in text for word in FATAL_PULL_TEXT)
    return waiting.get("reason") in FATAL_WAITING


def termination(pod):
    """The compact JSON that litebench leaves as termination message."""
    message = (_container(pod).get("terminated") or {}).get("message") or ""
    try:
        value = json.loads(message)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _last_words(pod):
    """What litebench said last where it ended before a run: the message is its log's end then."""
    message = (_container(pod).get("terminated") or {}).get("message") or ""
    lines = re.findall(r"^litebench[a-z ]*: (.+)$", message, re.M)
    return lines[-1] if lines else ""


def _waiting_words(pod):
    waiting = _container(pod).get("waiting") or {}
    reason, message = waiting.get("reason", ""), waiting.get("message", "")
    image = (pod.get("spec", {}).get("containers") or [{}])[0].get("image", "?")
    if reason in PULL_WAITING + ("InvalidImageName", "ErrImageNeverPull"):
        return ("the image %s cannot be pulled (%s: %s)" % (image, reason, message or "no detail"),
                "check ocp4_workload_litemaas_benchmark_image and that the namespace may pull it")
    if reason in FATAL_WAITING:
        return ("the container cannot start (%s: %s)" % (reason, message or "no detail"), "")
    for condition in pod.get("status", {}).get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return ("no node takes the pod (%s)" % condition.get("message", "no detail"),
                    "reduce ocp4_workload_litemaas_benchmark_resources or free a node")
    return None


def _terminated_words(pod):
    status = pod.get("status", {})
    if status.get("reason") == "Evicted":
        return ("the node evicted the pod (%s)" % status.get("message", "no detail"), "")
    ended = _container(pod).get("terminated") or {}
    if ended.get("reason") == "OOMKilled":
        return ("the container was killed for using more memory than its limit (OOMKilled)",
                "raise limits.memory in ocp4_workload_litemaas_benchmark_resources")
    if ended.get("reason") in ("StartError", "ContainerCannotRun"):
        return ("the container cannot start (%s: %s)"
                % (ended["reason"], ended.get("message") or "no detail"),
                "check that the image is a litebench image for this architecture")
    said = str(termination(pod).get("reason") or _last_words(pod))
    if said in CLASSES:
        return CLASSES[said]
    code = ended.get("exitCode")
    # Asked for its models, the endpoint refused the key: there was no run to give a class.
    if code == 3 and re.search(r"\bHTTP 40[13]\b", said):
        return CLASSES["auth"]
    if code == 2:
        return ("litebench refused its options (exit code 2)%s" % (": " + said if said else ""),
                "read the last log lines and ocp4_workload_litemaas_benchmark_extra_args")
    if code == 3:
        return ("litebench could not measure (exit code 3)%s" % (": " + said if said else ""),
                "check that the endpoint is reachable and the key is valid")
    if code in (137, 143):
        return ("the container was stopped from outside (exit code %d)" % code, "")
    if code:
        return ("the container ended with exit code %d" % code, "read the last log lines")
    return None


def _event_words(events):
    for event in reversed(events or []):
        message = event.get("message") or ""
        if event.get("reason") != "FailedCreate":
            continue
        if "PodSecurity" in message:
            return ("the namespace's Pod Security level denies the pod (%s)" % message,
                    "use a namespace that allows level restricted and add no other settings")
        if "security context constraint" in message:
            return ("no security context constraint lets the pod in (%s)" % message,
                    "the service account default needs restricted-v2")
        if "quota" in message:
            return ("the namespace's quota does not allow the pod (%s)" % message,
                    "set ocp4_workload_litemaas_benchmark_resources to fit the quota")
        return ("the Job cannot create its pod (%s)" % message, "")
    return None


def job_condition(job, kind):
    """The Job's condition of this type if it is True, else an empty mapping."""
    for condition in (job or {}).get("status", {}).get("conditions") or []:
        if condition.get("type") == kind and condition.get("status") == "True":
            return condition
    return {}


def denied(events):
    """True when the API server will never let the Job have pods.

    Other refusals, for instance a full quota, may pass: they get the patience of a start.
    """
    final = ("PodSecurity", "security context constraint")
    return not any(event.get("reason") == "SuccessfulCreate" for event in events or []) and \
        any(event.get("reason") == "FailedCreate" and
            any(word in (event.get("message") or "") for word in final) for event in events or [])


def explain(job, pods=None, events=None):
    """Return {"text", "hint"}: the best known reason, most specific first."""
    chosen = pods_by_index(pods, (job or {}).get("metadata", {}).get("uid"))
    failed = job_condition(job, "Failed")
    for index in sorted(chosen):
        words = _terminated_words(chosen[index])
        if words:
            return {"text": words[0], "hint": words[1]}
    if failed.get("reason") == "DeadlineExceeded":
        seconds = (job.get("spec") or {}).get("activeDeadlineSeconds", "?")
        return {"text": "the Job ran into its deadline of %s s" % seconds,
                "hint": "raise ocp4_workload_litemaas_benchmark_timeout_seconds or hold fewer "
                        "conversations"}
    words = [_waiting_words(chosen[index]) for index in sorted(chosen)]
    words = next((pair for pair in words if pair), None)
    if not words and not chosen:
        words = _event_words(events)
    if words:
        return {"text": words[0], "hint": words[1]}
    if failed:
        why = (failed.get("reason", "no reason"), failed.get("message", "no detail"))
        return {"text": "the Job failed (%s: %s)" % why, "hint": ""}
    if not job:
        return {"text": "the Job is gone: somebody deleted it", "hint": ""}
    if not chosen:
        return {"text": "the Job has no pods and no event says why", "hint": "oc describe job"}
    return {"text": "the Job did not end in time and says no reason", "hint": ""}
