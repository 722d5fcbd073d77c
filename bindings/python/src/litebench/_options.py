# SPDX-License-Identifier: Apache-2.0
"""Made by bindings/generate.py from the option table."""
import datetime
from typing import Sequence, TypedDict, Union


class Options(TypedDict, total=False):
    """Keywords: the last part of an option's name, `_` behind a keyword."""

    url: str
    """target.url: base URL of the endpoint, with or without /v1"""
    key: str
    """target.key: bearer key; never on a command line: use --key-file, --key-env or the
    environment"""
    key_file: str
    """target.key_file: file that holds the bearer key"""
    header: Union[str, Sequence[str]]
    """target.header: further request header, repeatable; 'NAME: @FILE' reads the value"""
    secret_header: Union[str, Sequence[str]]
    """target.secret_header: header whose value is never shown, repeatable"""
    session_header: str
    """target.session_header: send the conversation's id in this header (affinity at
    gateways)"""
    model: Union[str, Sequence[str]]
    """target.model: model to ask, repeatable; default: the first the endpoint lists"""
    known_models: Union[str, Sequence[str]]
    """target.known_models: models that the endpoint lists, for the report"""
    http: str
    """target.http: HTTP version; auto is 1.1 (auto, 1.1, 2); default auto"""
    ca_file: str
    """target.ca_file: certificates to trust instead of the system's"""
    insecure: bool
    """target.insecure: do not verify TLS; every report shows it; default false"""
    proxy: str
    """target.proxy: proxy to go through; litebench takes it from the environment, the library
    does not"""
    proxy_login: str
    """target.proxy_login: name and password for the proxy, URL-encoded"""
    docs: str
    """plan.docs: folder of documents to talk about; default: built-in ones"""
    doc_bytes: int
    """plan.doc_bytes: join and cut documents at paragraph ends to about N bytes; default 0"""
    context: int
    """plan.context: tokens a conversation must fit; default: what the endpoint says, else
    8192"""
    conversations: int
    """plan.conversations: conversations in all; default 40"""
    turns: int
    """plan.turns: requests per conversation, the first included; default 10"""
    seed: int
    """plan.seed: fixes the work: same seed, options and documents, same conversations; default
    1"""
    nonce: str
    """plan.nonce: cache identity that begins every conversation; default: random per run; none:
    no such text"""
    shared_prefix: str
    """plan.shared_prefix: common system prompt: a file, or a built-in text of that size"""
    shard: str
    """plan.shard: hold part I (from 0) of N of the conversations; default in an indexed Job:
    its index"""
    history: str
    """plan.history: live: answers go back as history; canned: planned texts of their usual
    length do (live, canned); default live"""
    workers: int
    """load.workers: requests in flight at most; default 4"""
    users: int
    """load.users: N people at once: workers, schedule users and, unless given, conversations"""
    schedule: str
    """load.schedule: rotate: workers serve all conversations in turn; users: each holds one to
    its end (rotate, users); default rotate"""
    min_delay: Union[float, str, datetime.timedelta]
    """load.min_delay: shortest think time before a turn; default 0.5s"""
    max_delay: Union[float, str, datetime.timedelta]
    """load.max_delay: longest think time before a turn; default 2s"""
    ramp: Union[float, str, datetime.timedelta]
    """load.ramp: users start spread evenly over this time; default 0"""
    warmup: int
    """load.warmup: requests before the measured part, with prompts of their own; default 0"""
    connections: str
    """load.connections: reuse: share kept ones; user: one per user; new: one per request
    (reuse, user, new); default reuse"""
    threads: int
    """load.threads: event loops; never changes what is sent; default: one per 2,000 workers;
    default 0"""
    start_at: float
    """load.start_at: begin at this time (seconds since 1970), so that shards begin together"""
    max_requests: int
    """load.max_requests: start no turn after this many requests; default 0"""
    for_: Union[float, str, datetime.timedelta]
    """load.for: start no turn after this time; default 0"""
    abort_errors: Union[float, str]
    """load.abort_errors: stop in order when this share of the last 20 requests failed; 100% is
    off; default 50%"""
    max_tokens: int
    """request.max_tokens: tokens per answer at most; default 500"""
    temperature: float
    """request.temperature: sampling temperature; default: not sent"""
    extra_body: str
    """request.extra_body: JSON object whose members are added to each request"""
    timeout: Union[float, str, datetime.timedelta]
    """request.timeout: for a whole request; default 120s"""
    stall_timeout: Union[float, str, datetime.timedelta]
    """request.stall_timeout: for silence after the first token; default 30s"""
    retries: int
    """request.retries: send a request again, at most N times, when it failed before its first
    byte; default 0"""
    max_answer_bytes: int
    """request.max_answer_bytes: an answer larger than this is an error (too_large); default
    16777216"""
    max_line_bytes: int
    """request.max_line_bytes: a line of a stream longer than this is an error (too_large);
    default 4194304"""
    max_header_bytes: int
    """request.max_header_bytes: response headers larger than this are an error (too_large);
    default 262144"""
    slo: Union[str, Sequence[str]]
    """judge.slo: objective, repeatable; replaces the defaults of the same metric; default
    ttft.p95<=500ms errors<=1%"""
    speedup_threshold: float
    """judge.speedup_threshold: limit of the legacy cache words; default 2.0"""
    fail_on: Union[str, Sequence[str]]
    """judge.fail_on: verdicts that give a non-zero exit, with commas; none: measure only (fail,
    warn, invalid, undecided, none); default fail,invalid,undecided"""
    label: Union[str, Sequence[str]]
    """output.label: label kept in every format, repeatable"""
    exact_limit: int
    """output.exact_limit: keep up to N records in memory; beyond it, results come from counts
    in bins; default 1000000"""
