# SPDX-License-Identifier: Apache-2.0
"""Questions about Job, pods and events that the role's waiting asks."""
from __future__ import annotations

from ansible_collections.litebench.litemaas.plugins.plugin_utils import reasons


def pods_to_read(pods, job):
    """One pod for each completion index that this very Job owns."""
    chosen = reasons.pods_by_index(pods, job["metadata"]["uid"])
    return [chosen[index] for index in sorted(chosen)]


def settled(pods, job, shards):
    """Every shard has started, or one is stuck for good."""
    chosen = pods_to_read(pods, job)
    return any(map(reasons.stuck, chosen)) or \
        (len(chosen) >= int(shards) and all(map(reasons.started, chosen)))


def any_started(pods, job):
    return any(map(reasons.started, pods_to_read(pods, job)))


def ended(job):
    """True once the Job is Complete or Failed, or gone."""
    return not job or bool(reasons.job_condition(job, "Complete")
                           or reasons.job_condition(job, "Failed"))


def pods_denied(events):
    return reasons.denied(events)


def explain(job, pods, events):
    return reasons.explain(job, pods, events)


def kinds_and_names(results):
    """[kind, name] of everything that k8s_info, looped over kinds, has found."""
    return [[result["item"], resource["metadata"]["name"]]
            for result in results for resource in result.get("resources") or []]


class FilterModule:
    def filters(self):
        return {
            "pods_to_read": pods_to_read, "settled": settled, "any_started": any_started,
            "job_ended": ended, "pods_denied": pods_denied, "explain_job": explain,
            "kinds_and_names": kinds_and_names,
        }
