#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# ctest: serial
"""litebench through LiteLLM, with llama.cpp and scripted engines behind it: the right words.

What LiteLLM does with each fault of an engine was looked at, not assumed: it answers 500 without a
key, names retry times only under `llm_provider-`, sends error objects inside a 200 stream.
"""

import unittest

import packages
import services
import upstreams

SLOTS = 2
QUICK = ["--conversations", "2", "--turns", "1", "--workers", "1", "--max-tokens", "8",
         "--doc-bytes", "400", "--min-delay", "0", "--max-delay", "0", "--abort-errors", "100%"]
OVERHEAD = "x-litellm-overhead-duration-ms"
SETTINGS = {
    "router_settings": {"num_retries": 0,
                        "optional_pre_call_checks": ["enforce_model_rate_limits"]},
    "litellm_settings": {"fallbacks": [{"covered": ["healthy"]}], "cache": True,
                         "cache_params": {"type": "local"}},
}


def models(engine, scripted):
    """What the gateway serves: the real engine and each scripted one under its name."""
    served = {name: {"api_base": scripted.url(name)} for name in upstreams.SCRIPTS}
    served["silent"]["timeout"] = 1
    served["covered"] = {"api_base": scripted.url("flaky")}
    served["quota"] = {"api_base": scripted.url("healthy"), "rpm": 2}
    served["down"] = {"api_base": f"http://127.0.0.1:{services.free_port()}/v1"}
    served[services.ENGINE_MODEL] = {"api_base": engine.url}
    return served


class GatewayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = services.engine(SLOTS, 2048)
        cls.addClassCleanup(cls.engine.stop)
        cls.upstreams = upstreams.Upstreams()
        cls.upstreams.__enter__()
        cls.addClassCleanup(cls.upstreams.__exit__)
        cls.gateway = services.gateway(models(cls.engine, cls.upstreams), **SETTINGS)
        cls.addClassCleanup(cls.gateway.stop)

    def ask(self, model, *options, key=services.KEY):
        run = services.Run(self.gateway.url, "--model", model, *QUICK, *options, key=key)
        self.assertTrue(run.records, run)
        return run

    def assert_fails(self, run, error, *words):
        """All requests failed with this class, and the words stand in the text of the error."""
        self.assertEqual(run.errors(), {error: len(run.records)}, run)
        for record in run.records:
            for word in words:
                self.assertIn(word, record["error_text"])

    # ---- who may ask ----

    def test_bad_key(self):
        run = self.ask("healthy", key="sk-not-this-one")
        self.assert_fails(run, "auth", "HTTP 400")
        self.assertEqual(run.code, 3)
        self.assertNotIn("sk-not-this-one", run.done.stdout + run.done.stderr)

    def test_no_key(self):
        """LiteLLM without a database: HTTP 500 and no word of keys. The status is what counts."""
        run = self.ask("healthy", key=None)
        self.assert_fails(run, "server_error", "HTTP 500", "no key was sent")
        self.assertEqual(run.code, 1)

    def test_unknown_model(self):
        self.assert_fails(self.ask("not-there"), "model_not_found")

    # ---- engines that fail ----

    def test_engine_down(self):
        self.assert_fails(self.ask("down"), "server_error", "Connection error")

    def test_engine_failing(self):
        self.assert_fails(self.ask("failing"), "server_error", "HTTP 503", "The engine is loading")

    def test_engine_silent(self):
        self.assert_fails(self.ask("silent"), "timeout")

    def test_error_inside_the_stream(self):
        run = self.ask("broken")
        self.assert_fails(run, "stream_error", "EngineCore encountered an issue")
        for record in run.records:
            self.assertEqual(record["status"], 200)
            self.assertEqual(record["chunks"], 2)
            self.assertIsNotNone(record["first_token_ms"])
        self.assertEqual(run.result["verdict"]["status"], "FAIL")

    def test_context_exceeded_at_the_engine(self):
        run = self.ask(services.ENGINE_MODEL, "--doc-bytes", "16000", "--context", "8000")
        self.assert_fails(run, "context_length")

    # ---- quotas ----

    def test_quota_of_the_gateway(self):
        run = self.ask("quota", "--conversations", "6")
        failed = [r for r in run.records if r["error"]]
        self.assertEqual({r["error"] for r in failed}, {"rate_limit"})
        self.assertEqual(len(failed), 4, run)
        for record in failed:
            self.assertGreater(int(record["gateway"]["llm_provider-retry-after"]), 0)
        answered = next(r for r in run.records if not r["error"])
        self.assertEqual(answered["gateway"]["x-ratelimit-limit-requests"], "2")
        self.assertIn("quota", run.done.stdout)

    def test_quota_of_the_engine(self):
        self.assert_fails(self.ask("limited"), "rate_limit", "Rate limit reached")

    # ---- answers ----

    def test_overhead_beside_the_engine(self):
        run = self.ask(services.ENGINE_MODEL, "--turns", "2", "--workers", "2", "--timeout", "300s")
        self.assertEqual(run.errors(), {}, run)
        for record in run.records:
            self.assertGreater(record["completion_tokens"], 0)
            self.assertGreater(float(record["gateway"][OVERHEAD]), 0)
            self.assertLess(float(record["gateway"][OVERHEAD]), record["e2e_ms"])
            self.assertEqual(record["gateway"]["x-litellm-attempted-retries"], "0")
        gateway = run.result["gateway"]
        self.assertEqual((gateway["answers"], gateway["overhead_ms"]["n"]), (4, 4))
        self.assertIn("its own overhead", run.done.stdout)
        later = [r for r in run.records if r["turn"] == 2]
        self.assertTrue(all(r["cached_tokens"] > 0 for r in later), later)

    def test_reasoning(self):
        run = self.ask("reasoning")
        self.assertEqual(run.errors(), {}, run)
        for record in run.records:
            self.assertEqual(record["chunks"], 3 + len(upstreams.WORDS))
            self.assertEqual(record["completion_tokens"], 3 + len(upstreams.WORDS))
            self.assertGreater(record["first_answer_ms"], record["first_token_ms"])

    def test_usage_counted_by_the_gateway(self):
        for record in self.ask("uncounted").records:
            self.assertIsNone(record["error"])
            self.assertGreater(record["completion_tokens"], 0)
            self.assertIsNone(record["cached_tokens"])  # unknown is not 0

    def test_fallback_is_flagged(self):
        run = self.ask("covered", "--conversations", "6")
        self.assertEqual(run.errors(), {}, run)
        self.assertEqual(set(run.result["target"]["answered_by"]), {"covered", "healthy"})
        self.assertIn("fallback", [w["code"] for w in run.result["warnings"]])
        for record in run.records:
            fell = record["gateway"]["x-litellm-attempted-fallbacks"]
            self.assertEqual(record["answered_by"] == "healthy", fell != "0")

    def test_retries_of_the_gateway(self):
        run = self.ask("flaky", "--conversations", "6", "--extra-body", '{"num_retries": 2}')
        self.assertEqual(run.errors(), {}, run)
        retried = [r for r in run.records if r["gateway"]["x-litellm-attempted-retries"] != "0"]
        self.assertTrue(retried, run)
        self.assertEqual(run.result["gateway"]["retried"], len(retried))
        self.assertIn("gateway_retries", [w["code"] for w in run.result["warnings"]])

    # ---- the response cache ----

    def test_response_cache_is_declined(self):
        """Known as LiteLLM by its first answer; from then on no stored answers are asked for."""
        again = ["--nonce", "stored", "--turns", "3"]
        self.ask("healthy", *again)
        run = self.ask("healthy", *again)
        stored = [r for r in run.records if "x-litellm-cache-key" in r["gateway"]]
        self.assertLessEqual(len(stored), 1, stored)
        self.assertNotIn("cache", self.upstreams.members)

    def test_stored_answers_are_no_measurement(self):
        again = ["--nonce", "wanted", "--extra-body", '{"cache": {"no-cache": false}}']
        self.ask("healthy", *again)
        run = self.ask("healthy", *again)
        self.assertEqual(run.result["gateway"]["stored"], 2, run)
        self.assertEqual(run.result["slo"][0]["status"], "INVALID")
        self.assertEqual(run.code, 4)
        self.assertIn("STORED ANSWERS", run.done.stdout)

    def test_response_cache_can_be_declined_from_the_start(self):
        again = ["--nonce", "stored", "--turns", "2", "--extra-body",
                 '{"cache": {"no-cache": true}}']
        self.ask("healthy", *again)
        run = self.ask("healthy", *again)
        self.assertEqual([r for r in run.records if "x-litellm-cache-key" in r["gateway"]], [])


if __name__ == "__main__":
    try:
        packages.environment(packages.ENGINE)
        packages.environment(packages.GATEWAY)
    except packages.Unavailable as reason:
        packages.skip(reason)
    unittest.main(verbosity=2)
