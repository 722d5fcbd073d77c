#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/corpus/recorded-*.case anew: what llama.cpp and LiteLLM really answer.

Run by hand when a new version of either is looked at: `LITEBENCH_BUILD_DIR=build/dev
tests/real/record.py`. The bodies are the servers' own, line by line; headers that name a machine,
a moment or a request are left out. What must come out is stated here, not taken from litebench.
"""

import http.client
import json
import pathlib

import services
import test_gateway
import upstreams

CORPUS = pathlib.Path(__file__).resolve().parents[1] / "corpus"
HEADERS = ("content-type", "retry-after", "llm_provider-retry-after", "x-ratelimit-limit-requests",
           "x-litellm-version", "x-litellm-attempted-retries", "x-litellm-attempted-fallbacks")
REFUSED = ("auth", "model_not_found")  # of all requests: nothing could be measured
QUESTION = {"role": "user", "content": "Name three colours, please."}
LONG = {"role": "user", "content": "Some words that fill the context of a small model. " * 400}


def ask(port, model, key=None, messages=(QUESTION,), **more):
    body = {"model": model, "stream": True, "stream_options": {"include_usage": True},
            "max_tokens": 8, "messages": list(messages), **more}
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = "Bearer " + key
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        answer = connection.getresponse()
        return answer, answer.read().decode()
    finally:
        connection.close()


def events(text):
    for line in text.splitlines():
        if line.startswith("data: {"):
            yield json.loads(line[len("data: "):])


def has_token(event):
    return any(choice["delta"].get(field) for choice in event.get("choices", [])
               for field in ("content", "reasoning_content"))


def expectation(error, text):
    """The lines of a case that say what must come out."""
    seen = list(events(text))
    usage = next((e["usage"] for e in seen if e.get("usage")), {})
    details = usage.get("prompt_tokens_details") or {}
    finish = next((c["finish_reason"] for e in seen for c in e.get("choices", [])
                   if c.get("finish_reason")), "-")
    counts = (usage.get("prompt_tokens"), details.get("cached_tokens"),
              usage.get("completion_tokens"))
    yield f"class {error}"
    yield f"chunks {sum(map(has_token, seen))}"
    yield "tokens " + " ".join("-" if count is None else str(count) for count in counts)
    yield f"finish {finish}"
    yield f"model {next((e['model'] for e in seen if 'model' in e), '-')}"
    yield "verdict " + ("PASS 0" if error == "ok" else "FAIL 3" if error in REFUSED else "FAIL 1")


def write(name, about, error, answered):
    answer, text = answered
    lines = [f"about {about}", f"http HTTP/1.1 {answer.status} {answer.reason}"]
    kept = {key.lower(): value for key, value in answer.getheaders()}
    lines += [f"header {key}: {kept[key]}" for key in HEADERS if key in kept]
    if "text/event-stream" not in kept.get("content-type", ""):
        lines.append("framing length")
    lines.append("")
    lines += ["> " + line if line else ">" for line in text.removesuffix("\n").split("\n")]
    lines += ["", *expectation(error, text)]
    path = CORPUS / f"recorded-{name}.case"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(path.name)


def record_engine(engine):
    model = services.ENGINE_MODEL
    write("llamacpp-cold", "llama.cpp: a first answer; timings stand beside usage.", "ok",
          ask(engine.port, model))
    write("llamacpp-warm", "llama.cpp: the same question again, from its slot.", "ok",
          ask(engine.port, model))
    write("llamacpp-progress", "llama.cpp: frames of prompt progress before the first token.", "ok",
          ask(engine.port, model, messages=[{"role": "user", "content": "Red. " * 300}],
              return_progress=True))
    write("llamacpp-context", "llama.cpp: a prompt larger than a slot.", "context_length",
          ask(engine.port, model, messages=[LONG]))


def record_gateway(gateway):
    def through(name, about, error, model, key=services.KEY, **more):
        write("litellm-" + name, "LiteLLM: " + about, error, ask(gateway.port, model, key, **more))

    fresh = {"cache": {"no-cache": True}}
    through("engine", "llama.cpp behind it.", "ok", services.ENGINE_MODEL, **fresh)
    through("reasoning", "reasoning comes on under another name.", "ok", "reasoning", **fresh)
    through("uncounted", "an engine without usage: it counts itself.", "ok", "uncounted", **fresh)
    through("error-in-stream", "the engine fails in the middle.", "stream_error", "broken", **fresh)
    through("bad-key", "no database, a key it does not know.", "auth", "healthy", "sk-unknown")
    through("no-key", "no database, no key: 500 without a word of keys.", "server_error", "healthy",
            None)
    through("down", "nothing listens at the engine's port.", "server_error", "down", **fresh)
    through("failing", "the engine says 503.", "server_error", "failing", **fresh)
    through("silent", "the engine is slower than the gateway waits.", "timeout", "silent", **fresh)
    through("limited", "the engine says 429; its Retry-After gets lost.", "rate_limit", "limited",
            **fresh)
    through("model", "a model that it does not have.", "model_not_found", "not-there")
    through("context", "a prompt larger than the engine's slot.", "context_length",
            services.ENGINE_MODEL, messages=[LONG], **fresh)
    for _ in range(2):
        ask(gateway.port, "quota", services.KEY, **fresh)
    through("quota", "its own limit of requests a minute.", "rate_limit", "quota", **fresh)
    through("stored", "kept for the next case.", "ok", "healthy")
    through("stored", "an answer from its response cache: whole words, no cached tokens.", "ok",
            "healthy")


def main():
    with services.engine(2, 2048) as engine, upstreams.Upstreams() as scripted:
        record_engine(engine)
        with services.gateway(test_gateway.models(engine, scripted),
                              **test_gateway.SETTINGS) as gateway:
            record_gateway(gateway)


if __name__ == "__main__":
    main()
