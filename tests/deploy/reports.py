# SPDX-License-Identifier: Apache-2.0
"""Made-up litebench.report/1 documents for the tests."""


def stat(value):
    return {"value": value, "low": None, "high": None, "n": 110, "n_eff": 100.0}


def report(status="PASS", mean=120.98, p50=92.09, p95=271.60, p99=674.21, speedup=3.84,
           total=110, failed=0, errors=None, wall=242750.0, model="granite-3-2-8b-instruct",
           conversations=11, slo=None, sentence=None):
    """The README's example unless told otherwise."""
    return {
        "schema": "litebench.report/1",
        "tool": {"name": "litebench", "version": "0.1.0"},
        "wall_ms": wall, "partial": False,
        "verdict": {"status": status, "exit_code": 0, "reasons": ["a reason"],
                    "sentence": sentence or "%s  a sentence in plain words" % status},
        "slo": slo if slo is not None else [
            {"expr": "ttft.p95<=500ms", "metric": "ttft", "stat": "p95", "class": None,
             "status": status},
            {"expr": "errors<=1%", "metric": "errors", "stat": None, "class": None,
             "status": "FAIL" if failed else "PASS"}],
        "target": {"url": "https://litemaas.example.com/v1", "model": model, "models": [model]},
        "requests": {"total": total, "ok": total - failed, "failed": failed,
                     "errors": errors or {}},
        "conversations": {"total": conversations, "completed": conversations, "aborted": 0},
        "metrics": {"ttft": {"n": total - failed, "mean": stat(mean), "p50": stat(p50),
                             "p95": stat(p95), "p99": stat(p99)}},
        "cache": {"legacy_speedup": speedup, "legacy_word": "EXCELLENT ✓"},
    }


def all_failed(name="auth", total=20):
    """No request got an answer: every latency is unknown."""
    return report("FAIL", None, None, None, None, None, total=total, failed=total,
                  errors={name: total}, wall=4000.0,
                  sentence="FAIL  %d of %d answers failed" % (total, total))


def models():
    """Two models in one run: whole results inside, top-level metrics null."""
    good = report(model="granite-3-2-8b-instruct")
    bad = report("FAIL", 2100.5, 1900.0, 4200.25, 5000.0, 1.02, total=110, failed=3,
                 errors={"timeout": 3}, model="llama-scout-17b")
    whole = report("FAIL", total=220, failed=3, sentence="FAIL  llama-scout-17b is too slow")
    whole.update(models=[good, bad], metrics=None)
    return whole
