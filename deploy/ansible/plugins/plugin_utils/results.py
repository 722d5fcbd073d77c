# SPDX-License-Identifier: Apache-2.0
"""From a litebench.report/1 to the strings that the old role's readers know."""
from __future__ import annotations

from .reasons import CLASSES

ORDER = ("PASS", "UNDECIDED", "WARN", "FAIL", "INVALID")
WORDS = {"PASS": "PASS ✓", "WARN": "WARN ⚠", "FAIL": "FAIL ✗", "INVALID": "INVALID ✗"}


def worst(verdicts):
    """The worst verdict; one that we do not know counts as INVALID."""
    known = [ORDER.index(word) if word in ORDER else len(ORDER) - 1 for word in verdicts]
    return ORDER[max(known)] if known else "INVALID"


def _number(value):
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value


def _two(value):
    return "N/A" if value is None else "%.2f" % value


def _point(report, name):
    """A latency in ms. The old percentile formula where the report carries it."""
    legacy = _number((report.get("legacy") or {}).get(name + "_ms"))
    if legacy is not None:
        return legacy
    return _number(((report.get("metrics") or {}).get("ttft") or {}).get(name))


def _duration_word(p95, limit):
    if p95 is None or p95 >= 2 * limit:
        return "FAIL"
    return "PASS" if p95 < limit else "WARN"


def _other_objectives(report):
    """Verdict of the objectives that the old word (TTFT P95) does not cover."""
    found = [item.get("status") for item in report.get("slo") or []
             if (item.get("metric"), item.get("stat"), item.get("class")) != ("ttft", "p95", None)]
    return worst([word for word in found if word in ("FAIL", "WARN")] or ["PASS"])


def _status(report, limit):
    verdict = (report.get("verdict") or {}).get("status")
    if verdict not in ORDER:
        return "INVALID"
    if verdict == "INVALID":
        return verdict
    word = _duration_word(_point(report, "p95"), limit)
    return worst([word, _other_objectives(report)])


def _cache_word(speedup, threshold):
    if speedup is not None and speedup > 1.5 * threshold:
        return "EXCELLENT ✓"
    if speedup is not None and speedup > threshold:
        return "GOOD ✓"
    return "POOR ✗"


def _ttft_word(p95, limit):
    if p95 is not None and p95 < limit:
        return "Excellent user experience ✓"
    if p95 is not None and p95 < 2 * limit:
        return "Good user experience"
    return "May need optimization ✗"


def _main_error(report):
    errors = {name: count for name, count in
              ((report.get("requests") or {}).get("errors") or {}).items() if count}
    if not errors:
        return ""
    name = max(sorted(errors), key=errors.get)
    words = CLASSES.get(name, ("the commonest error is %s" % name, "see the report"))
    return "%d of %d failures: %s; %s" % (errors[name], sum(errors.values()), words[0], words[1])


def _sentence(report):
    verdict = report.get("verdict") or {}
    word = verdict.get("status") or "INVALID"
    sentence = verdict.get("sentence") or "; ".join(map(str, verdict.get("reasons") or []))
    return sentence if sentence.startswith(word) else ("%s  %s" % (word, sentence)).rstrip()


def values(report, limit_ms, speedup_threshold):
    """Strings of one result; every value is what the message prints."""
    requests = report.get("requests") or {}
    cache = report.get("cache") or {}
    p95 = _point(report, "p95")
    speedup = _number(cache.get("legacy_speedup"))
    total = _number(requests.get("total"))
    wall = _number(report.get("wall_ms"))
    status = _status(report, limit_ms)
    undecided = (report.get("verdict") or {}).get("status") == "UNDECIDED"
    count = (report.get("conversations") or {}).get("total")
    return {
        "p50_ms": _two(_point(report, "p50")),
        "p95_ms": _two(p95),
        "p99_ms": _two(_point(report, "p99")),
        "mean_ms": _two(_point(report, "mean")),
        "speedup_ratio": _two(speedup),
        "status": WORDS[status],
        "cache_status": _cache_word(speedup, speedup_threshold),
        "total_time_seconds": _two(None if wall is None else wall / 1000.0),
        "total_requests": "N/A" if total is None else "%d" % total,
        "requests_per_second": _two(total * 1000.0 / wall if total is not None and wall else None),
        "model": (report.get("target") or {}).get("model") or "N/A",
        "errors": "N/A" if requests.get("failed") is None else "%d" % requests["failed"],
        "verdict": (report.get("verdict") or {}).get("status") or "INVALID",
        "verdict_reason": _sentence(report),
        "ttft_word": _ttft_word(p95, limit_ms),
        "note": " (by the measured value; %s conversations cannot prove it)" % count
                if undecided and count is not None else "",
        "main_error": _main_error(report),
    }


def _sum(columns, key):
    numbers = [column[key] for column in columns]
    return str(sum(map(int, numbers))) if all(n.isdigit() for n in numbers) else "N/A"


def apart(columns, reason, at_best="PASS"):
    """Totals of results that cannot be merged; percentiles stay unknown.

    at_best: INVALID when a part is missing, UNDECIDED when nobody knows that the
    parts ran at the same time.
    """
    total = {key: "N/A" for key in columns[0]} if columns else {}
    verdict = worst([column["verdict"] for column in columns] + [at_best])
    words = [key for key, word in WORDS.items() for column in columns if column["status"] == word]
    total.update({
        "status": WORDS["INVALID" if at_best == "INVALID" else worst(words)],
        "cache_status": "N/A",
        "total_requests": _sum(columns, "total_requests") if columns else "N/A",
        "errors": _sum(columns, "errors") if columns else "N/A",
        "model": columns[0]["model"] if columns else "N/A",
        "verdict": verdict,
        "verdict_reason": "%s  %s" % (verdict, reason),
        "ttft_word": "N/A", "main_error": "",
        "note": " (by the measured values; parts that stay apart cannot prove it)"
                if verdict == "UNDECIDED" else "",
    })
    return total
