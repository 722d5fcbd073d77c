#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What goes over the wire: the body and the headers of each request, as the options say.

The endpoint keeps what it heard; nothing here trusts the program's own account of it.
"""

import json
import pathlib
import tempfile
import unittest

from scripted import Endpoint, answer, chunk, reply
from simulator import NO_THINKING, Run

ASK = ["--model", "m", "--context", "8192", "--exit-zero", *NO_THINKING]
STREAM = [("Content-Type", "text/event-stream")]


def said(text, field="content"):
    """An answer of one frame."""
    body = chunk({field: text}) + chunk({}, "stop") + "data: [DONE]\n\n"
    return reply(200, body, STREAM)


def hear(*options, behave=lambda connection, request: answer(), models=None, ask=True):
    """The run, and the heads and bodies of its chat requests in their order."""
    with Endpoint(behave, models=models) as endpoint:
        run = Run(endpoint.url, "-p", "1", *options, *(ASK if ask else ASK[4:]))
        heard = [(head, json.loads(body)) for head, body in endpoint.heard
                 if head.startswith("POST")]
    return run, heard


def header(head, name):
    for line in head.split("\r\n")[1:]:
        key, value = line.split(":", 1)
        if key.lower() == name.lower():
            return value.strip()
    return None


class Bodies(unittest.TestCase):
    def test_the_usual(self):
        _, heard = hear("-c", "1", "-t", "2", "--max-tokens", "33", "--nonce", "none")
        first, second = (body for _, body in heard)
        self.assertEqual(sorted(first), ["max_tokens", "messages", "model", "stream",
                                         "stream_options"])
        self.assertEqual((first["model"], first["stream"], first["max_tokens"]), ("m", True, 33))
        self.assertEqual(first["stream_options"], {"include_usage": True})
        self.assertEqual([m["role"] for m in second["messages"]], ["user", "assistant", "user"])
        self.assertEqual(second["messages"][0], first["messages"][0])
        self.assertEqual(second["messages"][1]["content"], "word " * 6)
        for head, body in heard:
            self.assertTrue(head.startswith("POST /v1/chat/completions HTTP/1.1\r\n"))
            self.assertEqual(header(head, "Content-Type"), "application/json")
            self.assertIsNone(header(head, "Accept-Encoding"))
            self.assertIsNone(header(head, "Authorization"))
            self.assertEqual(header(head, "Expect"), None)
            del body

    def test_options_of_the_answer(self):
        extra = {"top_p": 0.9, "stop": ["\n\u2028"], "model": "other", "messages": [],
                 "stream": False}
        _, heard = hear("-c", "1", "-t", "1", "--temperature", "0.25", "--extra-body",
                        json.dumps(extra))
        body = heard[0][1]
        self.assertEqual((body["temperature"], body["top_p"], body["stop"]),
                         (0.25, 0.9, extra["stop"]))
        self.assertEqual((body["model"], body["stream"], len(body["messages"])), ("m", True, 1))

    def test_an_extra_body_may_set_what_is_not_ours(self):
        _, heard = hear("-c", "1", "-t", "1", "--extra-body", '{"max_tokens": 7, "seed": 3}')
        self.assertEqual((heard[0][1]["max_tokens"], heard[0][1]["seed"]), (7, 3))

    def test_nonce_prefix_and_text(self):
        """In this order, so that runs share no cache and all people of one run share a prefix."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "prefix.txt")
            path.write_text("You help \u00e4 workshop.\n", encoding="utf-8")
            _, heard = hear("-c", "2", "-t", "2", "--nonce", "n1", "--shared-prefix", str(path))
        for _, body in heard:
            system, user = body["messages"][:2]
            self.assertEqual(system, {"role": "system",
                                      "content": "[n1]\n\nYou help \u00e4 workshop.\n"})
            self.assertEqual(user["role"], "user")
            self.assertNotIn("n1", user["content"][:20])
        _, plain = hear("-c", "1", "-t", "1", "--nonce", "n1")
        self.assertTrue(plain[0][1]["messages"][0]["content"].startswith("[n1]\n\n"))

    def test_a_prefix_of_a_size(self):
        _, heard = hear("-c", "2", "-t", "1", "--nonce", "none", "--shared-prefix", "3000")
        prefixes = {body["messages"][0]["content"] for _, body in heard}
        self.assertEqual(len(prefixes), 1)
        self.assertAlmostEqual(len(prefixes.pop().encode()), 3000, delta=100)

    def test_warm_up_has_words_of_its_own(self):
        _, heard = hear("-c", "1", "-t", "1", "--warmup", "2", "--nonce", "none")
        texts = [body["messages"][-1]["content"] for _, body in heard]
        self.assertEqual(len(set(texts)), 3)
        self.assertNotEqual(texts[0][:40], texts[2][:40])


class History(unittest.TestCase):
    def second(self, behave, *options):
        _, heard = hear("-c", "1", "-t", "2", *options, behave=behave)
        return heard[1][1]["messages"][1]

    def test_what_was_answered_goes_back(self):
        text = "caf\u00e9 \U0001f600 \"quoted\"\n\tand \u0007 \\ back"
        message = self.second(lambda connection, request: said(text))
        self.assertEqual(message, {"role": "assistant", "content": text})

    def test_reasoning_never_does(self):
        for field in ("reasoning_content", "reasoning"):
            message = self.second(lambda connection, request, field=field: said("hm", field))
            self.assertEqual(message, {"role": "assistant", "content": "(no answer)"})

    def test_planned_texts(self):
        """Of 4 bytes a token, the same in every run, whatever was answered."""
        first = self.second(lambda connection, request: said("one"), "--history", "canned",
                            "--max-tokens", "100")
        second = self.second(lambda connection, request: said("other"), "--history", "canned",
                             "--max-tokens", "100")
        self.assertEqual(first, second)
        self.assertAlmostEqual(len(first["content"].encode()), 400, delta=4)


class Headers(unittest.TestCase):
    def test_the_conversation_is_named(self):
        _, heard = hear("-c", "3", "-t", "2", "--session-header", "X-Session")
        ids = {}
        for head, body in heard:
            ids.setdefault(body["messages"][0]["content"], set()).add(header(head, "x-session"))
        self.assertEqual([len(of) for of in ids.values()], [1, 1, 1])
        self.assertEqual(len(set.union(*ids.values())), 3)
        self.assertNotIn(None, set.union(*ids.values()))

    def test_own_headers(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "value")
            path.write_text("from a file\n", encoding="ascii")
            _, heard = hear("-c", "1", "-t", "1", "-H", "X-Plain: a: b", "-H",
                            f"X-Read: @{path}", "-H", "User-Agent: mine")
        head = heard[0][0]
        self.assertEqual([header(head, name) for name in ("X-Plain", "X-Read", "User-Agent")],
                         ["a: b", "from a file", "mine"])
        self.assertEqual(head.lower().count("user-agent:"), 1)


class Labels(unittest.TestCase):
    def test_in_the_result(self):
        run, _ = hear("-c", "1", "-t", "1", "--label", "event=summit", "--label", "note=a=b c")
        self.assertEqual(run.result["labels"], {"event": "summit", "note": "a=b c"})


class Models(unittest.TestCase):
    """What the list of models says of a context, and what of it is no model."""

    def context(self, *entries):
        models = reply(200, json.dumps({"data": list(entries)}))
        run, _ = hear("-c", "1", "-t", "1", models=models, ask=False)
        return run.result["workload"]["context"], run.result["target"]["models"]

    def test_what_servers_call_it(self):
        self.assertEqual(self.context({"id": "a", "max_model_len": 3000}), (3000, ["a"]))
        self.assertEqual(self.context({"id": "a", "meta": {"n_ctx": 2048}}), (2048, ["a"]))
        self.assertEqual(self.context({"id": "a", "max_model_len": "much"}), (8192, ["a"]))
        self.assertEqual(self.context({"id": "a", "max_model_len": -1}), (8192, ["a"]))

    def test_what_is_none(self):
        entries = (7, {"id": 3}, {"name": "x"}, {"id": "b", "max_model_len": 4000}, {"id": "c"})
        self.assertEqual(self.context(*entries), (4000, ["b", "c"]))


if __name__ == "__main__":
    unittest.main()
