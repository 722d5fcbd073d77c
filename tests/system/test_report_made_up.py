#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`litebench report` and `merge` of made-up records: every number that an objective may name, by
arithmetic that shares no code with the library, and the words of people about it."""

import json
import math
import pathlib
import subprocess
import tempfile
import unittest

from simulator import BIN, LIMIT_S

SCHEMA = {"schema": "litebench.records/1"}
CONVERSATIONS, TURNS = 40, 3


def record(c, turn, **more):
    """A request that begins each 100 ms; its figures follow from its place."""
    start = 100.0 * (c * TURNS + turn - 1)
    ttft = 50.0 + 7 * (c % 10) + (200 if turn == 1 else 0)
    return {"conversation": c, "turn": turn, "status": 200, "model": "m", "answered_by": "m",
            "class": "code" if c % 2 else "text", "document": f"d{c}", "response_id": f"{c}.{turn}",
            "due_ms": start - 1, "start_ms": start, "sent_ms": start + 1,
            "first_byte_ms": start + 1 + ttft, "first_token_ms": start + 1 + ttft,
            "first_answer_ms": start + 1 + ttft, "last_token_ms": start + 1 + ttft + 90,
            "done_ms": start + 1 + ttft + 91, "chunks": 10, "prompt_tokens": 1000 + c,
            "cached_tokens": 0 if turn == 1 else 900, "completion_tokens": 20,
            "gaps_ms": [10.0] * 9, "reused": turn > 1, **more}


def records(**more):
    return [record(c, turn, **more) for turn in range(1, TURNS + 1) for c in range(CONVERSATIONS)]


def percentile(values, p):
    return sorted(values)[math.ceil(p * len(values)) - 1]


class Case(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.addCleanup(self.tmp.cleanup)

    def file(self, name, rows, header=None, footer=None):
        path = pathlib.Path(self.tmp.name, name)
        lines = [{**SCHEMA, **(header or {})}, *rows,
                 {**SCHEMA, "end": True, "partial": False, **(footer or {})}]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return str(path)

    def report(self, path, *options, format_name="json"):
        done = subprocess.run([BIN, "report", path, "-o", f"{format_name}:-", "--exit-zero",
                               *options], capture_output=True, text=True, timeout=LIMIT_S,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if format_name == "json" else done.stdout

    def judged(self, rows, *objectives, **more):
        options = [part for expr in objectives for part in ("--slo", expr)]
        result = self.report(self.file("r.ndjson", rows, **more), *options)
        self.assertEqual([o["expr"] for o in result["slo"]][-len(objectives):], list(objectives))
        return {o["expr"]: o for o in result["slo"]}, result


class Values(Case):
    def test_rates(self):
        rows = records()
        span = (max(r["done_ms"] for r in rows) - min(r["start_ms"] for r in rows)) / 1000
        slo, result = self.judged(rows, "rps>=9", "rps>=11", "tps>=190", "tps<190")
        rates = result["throughput"]
        self.assertAlmostEqual(rates["requests_per_s"], 120 / span, places=5)
        self.assertAlmostEqual(rates["output_tokens_per_s"], 20 * 120 / span, places=4)
        self.assertAlmostEqual(rates["chunks_per_s"], 10 * 120 / span, places=4)
        self.assertAlmostEqual(rates["input_tokens_per_s"],
                               sum(r["prompt_tokens"] for r in rows) / span, places=2)
        self.assertEqual([slo[e]["status"] for e in slo if e[0] in "rt" and "ps" in e],
                         ["PASS", "FAIL", "PASS", "FAIL"])
        self.assertAlmostEqual(slo["rps>=9"]["value"], 120 / span, places=5)

    def test_the_cache(self):
        rows = records()
        hit = sum(r["cached_tokens"] for r in rows) / sum(r["prompt_tokens"] for r in rows)
        first = [r["first_token_ms"] - r["sent_ms"] for r in rows if r["turn"] == 1]
        later = [r["first_token_ms"] - r["sent_ms"] for r in rows if r["turn"] > 1]
        speedup = (sum(first) / len(first)) / (sum(later) / len(later))
        slo, result = self.judged(rows, "cache_hit>=50%", "cache_hit<=50%", "speedup>=3",
                                  "speedup>=4", "cache_benefit>=1")
        self.assertAlmostEqual(slo["cache_hit>=50%"]["value"], hit, places=6)
        self.assertAlmostEqual(slo["speedup>=3"]["value"], speedup, places=6)
        self.assertAlmostEqual(result["cache"]["legacy_speedup"], speedup, places=6)
        self.assertEqual([slo[e]["status"] for e in list(slo)[-5:]],
                         ["PASS", "FAIL", "PASS", "FAIL", "INVALID"])

    def test_every_duration_and_statistic(self):
        rows = records()
        ttft = [r["first_token_ms"] - r["sent_ms"] for r in rows]
        known = {"ttft": ttft, "ttft_total": [t + 1 for t in ttft], "ttfa": ttft, "ttfb": ttft,
                 "response": [t + 2 for t in ttft], "e2e": [t + 91 for t in ttft],
                 "tpot": [90 / 19] * 120, "stall": [10.0] * 120, "itl": [10.0] * 1080}
        stats = {"mean": lambda v: sum(v) / len(v), "min": min, "max": max,
                 "p50": lambda v: percentile(v, 0.5), "p90": lambda v: percentile(v, 0.9),
                 "p95": lambda v: percentile(v, 0.95), "p99": lambda v: percentile(v, 0.99),
                 "p99.9": lambda v: percentile(v, 0.999)}
        wanted = {f"{metric}.{stat}<=10s": (metric, stat) for metric in known for stat in stats}
        slo, _ = self.judged(rows, *wanted)
        for expr, (metric, stat) in wanted.items():
            self.assertAlmostEqual(slo[expr]["value"], stats[stat](known[metric]), places=5,
                                   msg=expr)

    def test_every_class(self):
        rows = records()
        of = {"first": lambda r: r["turn"] == 1, "later": lambda r: r["turn"] > 1,
              "code": lambda r: r["class"] == "code", "text": lambda r: r["class"] == "text",
              "turn=2": lambda r: r["turn"] == 2, "model=m": lambda r: True}
        slo, result = self.judged(rows, *(f"ttft.p90@{name}<=1ms" for name in of))
        for name, is_in in of.items():
            one = slo[f"ttft.p90@{name}<=1ms"]
            values = [r["first_token_ms"] - r["sent_ms"] for r in rows if is_in(r)]
            self.assertAlmostEqual(one["value"], percentile(values, 0.9), places=6, msg=name)
            self.assertEqual((one["class"], one["status"]), (name, "FAIL"))
        text = " ".join(result["verdict"]["reasons"])
        for words in ("first turns", "later turns", "about code", "about text", "turn 2"):
            self.assertIn(words, text)

    def test_a_failure_is_a_miss(self):
        """9 of 129 failed: P95 falls on one, P50 does not."""
        rows = records() + [record(100 + i, 1, error="timeout", status=None) for i in range(9)]
        slo, result = self.judged(rows, "ttft.p95<=10s", "ttft.p50<=10s", "ttft.max<=10s",
                                  "ttft.mean<=10s", "errors<=20%")
        self.assertEqual([slo[e]["status"] for e in list(slo)[-5:]],
                         ["FAIL", "PASS", "FAIL", "PASS", "PASS"])
        self.assertIsNone(slo["ttft.p95<=10s"]["value"])
        self.assertAlmostEqual(slo["errors<=20%"]["value"], 9 / 129, places=6)
        self.assertEqual(result["requests"]["errors"], {"timeout": 9})


class Words(Case):
    GATEWAY = {"x-litellm-call-id": "a", "x-litellm-overhead-duration-ms": "4.5",
               "x-litellm-attempted-retries": "1", "x-litellm-attempted-fallbacks": "0"}

    def test_a_gateway(self):
        path = self.file("g.ndjson", records(gateway=self.GATEWAY))
        gateway = self.report(path)["gateway"]
        self.assertEqual((gateway["answers"], gateway["retried"]), (120, 120))
        self.assertEqual(gateway["overhead_ms"], {"n": 120, "p50": 4.5, "p95": 4.5, "max": 4.5})
        text = self.report(path, format_name="text")
        self.assertRegex(text, r"its own overhead +4\.5 ms +4\.5 ms +4\.5 ms")
        self.assertIn("LiteLLM says: 120 answers, 120 asked again, 0 by fallback, 0 stored", text)

    def test_idle_connections(self):
        rows = records(reused=False)
        for kind, said in (("reuse", True), ("user", True), ("new", False), (None, False)):
            header = {"workload": {"connections": kind}} if kind else None
            result = self.report(self.file("i.ndjson", rows, header=header))
            self.assertEqual("idle_closed" in [w["code"] for w in result["warnings"]], said, kind)


class Shards(Case):
    def merge(self, *footers):
        rows = records()
        names = []
        for i, footer in enumerate(footers):
            header = {"started": "2026-11-24T10:00:00Z", "target": {"model": "m"},
                      "workload": {"hash": "h", "seed": 1, "conversations": CONVERSATIONS,
                                   "turns": TURNS, "shard": {"index": i, "of": len(footers)}}}
            part = [r for r in rows if r["conversation"] % len(footers) == i]
            names.append(self.file(f"s{i}.ndjson", part, header, footer))
        out = pathlib.Path(self.tmp.name, "all.json")
        done = subprocess.run([BIN, "merge", *names, "-o", str(out), "--exit-zero"],
                              capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertTrue(out.exists(), done.stderr)
        return json.loads(out.read_text(encoding="utf-8"))

    def test_what_one_of_them_says_holds_for_all(self):
        calm = {"ended": "2026-11-24T10:01:00Z", "bounded": False, "warnings": [],
                "stream": {"buffered": False, "evidence": None}}
        loud = {"ended": "2026-11-24T10:03:00Z", "bounded": True,
                "stream": {"buffered": True, "evidence": "38 of 40 answers came at once"},
                "warnings": [{"code": "clock_step", "text": "the wall clock was set"}]}
        for footers in ((calm, loud), (loud, calm), (loud, loud)):
            whole = self.merge(*footers)
            self.assertEqual(whole["ended"], "2026-11-24T10:03:00Z")
            self.assertIs(whole["bounded"], True)
            self.assertEqual((whole["stream"]["buffered"], whole["stream"]["evidence"]),
                             (True, "38 of 40 answers came at once"))
            self.assertEqual([w["code"] for w in whole["warnings"]].count("clock_step"), 1)
            self.assertEqual(whole["requests"]["ok"], CONVERSATIONS * TURNS)

    def test_a_part_that_was_stopped(self):
        calm = {"ended": "2026-11-24T10:01:00Z"}
        whole = self.merge(calm, {**calm, "partial": True}, calm)
        self.assertIs(whole["partial"], True)


if __name__ == "__main__":
    unittest.main()
