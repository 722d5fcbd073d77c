# SPDX-License-Identifier: Apache-2.0
"""Pods and logs of one Job to reports, lost shards and printable values."""
from __future__ import annotations

from .block import BlockError, parse_block
from .reasons import explain, pods_by_index
from .results import WORDS, apart, values


def _log_of(pod, logs):
    """The log that was read of this pod; BlockError says why there is none."""
    name = pod["metadata"]["name"]
    for item in logs:
        if (item.get("item") or {}).get("metadata", {}).get("name") == name:
            if item.get("log") is None:
                raise BlockError("its log cannot be read (%s)" % item.get("msg", "no detail"))
            return item["log"]
    raise BlockError("its log was not read")


def _shard(job, pod, logs, index, total):
    """({shard, report, log}, None) or (None, reason)."""
    if pod is None:
        return None, "it has no pod"
    try:
        log = _log_of(pod, logs)
        block = parse_block(log)
    except BlockError as error:
        if pod.get("status", {}).get("phase") == "Succeeded":
            return None, str(error)
        return None, explain(job, [pod])["text"]
    if (block["shard"], block["of"]) != (index, total):
        return None, "its log holds the result of shard %d/%d" % (block["shard"], block["of"])
    return {"shard": index, "report": block["report"], "log": log}, None


def shards(job, pods, logs, total):
    """{"reports": [{shard, report, log}], "lost": [{shard, reason, phase}]} by completion index."""
    chosen = pods_by_index(pods, job.get("metadata", {}).get("uid"))
    found = {"reports": [], "lost": [], "of": total}
    for index in range(total):
        report, reason = _shard(job, chosen.get(index), logs, index, total)
        if report is None:
            phase = (chosen.get(index) or {}).get("status", {}).get("phase")
            found["lost"].append({"shard": index, "reason": reason, "phase": phase})
        else:
            found["reports"].append(report)
    return found


def document(parts):
    """What is stored when there is no single report."""
    if not parts["reports"]:
        return None
    return {"schema": "litebench.shards/1", "of": parts["of"], "lost": parts["lost"],
            "shards": [{"shard": item["shard"], "report": item["report"]}
                       for item in parts["reports"]]}


def _lost_words(parts):
    lost = ", ".join("shard %d: %s" % (item["shard"], item["reason"]) for item in parts["lost"])
    return "%d of %d shards gave a result (%s)" % (len(parts["reports"]), parts["of"], lost)


def _never_pass(total, parts):
    """A part is missing: the numbers may be shown, the verdict is INVALID."""
    total.update(status=WORDS["INVALID"], verdict="INVALID", note="",
                 verdict_reason="INVALID  " + _lost_words(parts))
    return total


def summary(parts, whole, limit_ms, speedup_threshold):
    """{"have_result", "result", "columns", "lost"}; columns stand side by side."""
    def read(report):
        return values(report, limit_ms, speedup_threshold)

    answer = {"have_result": bool(parts["reports"]), "lost": parts["lost"], "columns": [],
              "result": {}, "merge_error": parts.get("merge_error", "")}
    if not parts["reports"]:
        return answer
    if whole is None:
        answer["columns"] = [dict(read(item["report"]), title="shard %d" % item["shard"])
                             for item in parts["reports"]]
        reason = _lost_words(parts) if parts["lost"] else \
            "%d shards measured apart: %s" % (parts["of"], answer["merge_error"])
        answer["result"] = apart(answer["columns"], reason,
                                 "INVALID" if parts["lost"] else "UNDECIDED")
        return answer
    models = whole.get("models") or []
    if len(models) > 1:
        answer["columns"] = [dict(read(item), title=read(item)["model"]) for item in models]
        verdict = read(whole)
        combined = apart(answer["columns"], "")
        combined["model"] = ", ".join(column["title"] for column in answer["columns"])
        combined.update({key: verdict[key] for key in ("verdict", "verdict_reason")})
        answer["result"] = combined
    else:
        answer["result"] = read(whole)
    if parts["lost"]:
        _never_pass(answer["result"], parts)
    return answer
