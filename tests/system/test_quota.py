#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A key's quota: told before a run that will not fit, and never taken for the model's limit."""

import unittest

from scripted import Endpoint, answer, reply
from simulator import NO_THINKING, Run, Server

FAST = ("--ttft", "5ms", "--itl", "1ms", "--tokens", "4")
WANTS = "the plan wants about 30 requests/min, the key's quota is 12 requests/min"
REFUSED = reply(429, '{"error":{"message":"slow down"}}')


def quota_text(run):
    return [w["text"] for w in run.result["warnings"] if w["code"] == "quota"]


class BeforeTheRun(unittest.TestCase):
    def test_the_list_of_models_says_it(self):
        with Server(*FAST, "--rate-limit", "12") as server:
            run = Run(server.url, "-c", "30", "-t", "1", "-m", "99", "--exit-zero", *NO_THINKING)
        self.assertIn(WANTS, run.stderr)
        self.assertEqual(run.stderr.count("the plan wants"), 1)

    def test_the_first_answer_says_it(self):
        headers = [("x-ratelimit-limit-requests", "12")]
        with Endpoint(lambda c, r: answer(headers=headers)) as e:
            run = Run(e.url, "-c", "30", "-t", "1", "-m", "99", "--exit-zero", *NO_THINKING)
        self.assertIn(WANTS, run.stderr)
        self.assertEqual(run.stderr.count("the plan wants"), 1)

    def test_tokens(self):
        headers = [("x-ratelimit-limit-tokens", "1000")]
        with Endpoint(lambda c, r: answer(headers=headers)) as e:
            run = Run(e.url, "-c", "3", "-t", "1", "--exit-zero", *NO_THINKING)
        self.assertRegex(run.stderr, r"wants about [0-9]{4,} tokens/min, the key's quota is 1000 ")

    def test_it_fits(self):
        with Server(*FAST, "--rate-limit", "1000") as server:
            run = Run(server.url, "-c", "30", "-t", "1", "-m", "99", "--exit-zero", *NO_THINKING)
        self.assertNotIn("quota", run.stderr)
        self.assertEqual(quota_text(run), [])

    def test_quiet(self):
        with Server(*FAST, "--rate-limit", "12") as server:
            run = Run(server.url, "-c", "30", "-t", "1", "-m", "99", "-q", "--exit-zero",
                      *NO_THINKING)
        self.assertEqual(run.stderr, "")


class InTheReport(unittest.TestCase):
    def test_named_by_headers(self):
        with Server(*FAST, "--rate-limit", "12") as server:
            run = Run(server.url, "-c", "30", "-t", "1", "--abort-errors", "100%", *NO_THINKING)
        text = quota_text(run)[0]
        self.assertIn("the key's quota (12 requests/min) was hit, not the model's limit", text)
        self.assertRegex(text, r"the server asked to wait [0-9]+ s \(Retry-After\)")
        self.assertEqual(run.result["requests"]["errors"], {"rate_limit": 18})
        self.assertEqual(run.status, "FAIL")
        self.assertEqual(run.code, 1)
        self.assertIn("12 requests/min", run.stdout.replace("\n    ", " "))

    def test_estimated(self):
        """A server that says nothing but 429: 9 pass, the rest does not."""
        with Endpoint(lambda c, r: answer() if c < 9 else REFUSED) as e:
            run = Run(e.url, "-c", "30", "-t", "1", "-p", "1", "--connections", "new",
                      "--model", "m", "--context", "8192", "--abort-errors", "100%", *NO_THINKING)
        self.assertIn("about 9 requests/min by the pattern of its refusals", quota_text(run)[0])

    def test_headers_are_kept(self):
        headers = [("llm_provider-retry-after", "7"), ("x-ratelimit-limit-requests", "3")]
        with Endpoint(lambda c, r: reply(429, "{}", headers)) as e:
            run = Run(e.url, "-c", "2", "-t", "1", *NO_THINKING)
        self.assertEqual(run.records[0]["gateway"], dict(headers))
        self.assertIn("asked to wait 7 s", quota_text(run)[0])


if __name__ == "__main__":
    unittest.main()
