// SPDX-License-Identifier: Apache-2.0
// Made by bindings/generate.py from the option table.

export interface Options {
  /** target.url: base URL of the endpoint, with or without /v1 */
  url?: string;
  /** target.key: bearer key; never on a command line: use --key-file, --key-env or the environment */
  key?: string;
  /** target.key_file: file that holds the bearer key */
  key_file?: string;
  /** target.header: further request header, repeatable; 'NAME: @FILE' reads the value */
  header?: string | string[];
  /** target.secret_header: header whose value is never shown, repeatable */
  secret_header?: string | string[];
  /** target.session_header: send the conversation's id in this header (affinity at gateways) */
  session_header?: string;
  /** target.model: model to ask, repeatable; default: the first the endpoint lists */
  model?: string | string[];
  /** target.known_models: models that the endpoint lists, for the report */
  known_models?: string | string[];
  /** target.http: HTTP version; auto is 1.1 (auto, 1.1, 2); default auto */
  http?: 'auto' | '1.1' | '2';
  /** target.ca_file: certificates to trust instead of the system's */
  ca_file?: string;
  /** target.insecure: do not verify TLS; every report shows it; default false */
  insecure?: boolean;
  /** target.proxy: proxy to go through; litebench takes it from the environment, the library does not */
  proxy?: string;
  /** target.proxy_login: name and password for the proxy, URL-encoded */
  proxy_login?: string;
  /** plan.docs: folder of documents to talk about; default: built-in ones */
  docs?: string;
  /** plan.doc_bytes: join and cut documents at paragraph ends to about N bytes; default 0 */
  doc_bytes?: number;
  /** plan.context: tokens a conversation must fit; default: what the endpoint says, else 8192 */
  context?: number;
  /** plan.conversations: conversations in all; default 40 */
  conversations?: number;
  /** plan.turns: requests per conversation, the first included; default 10 */
  turns?: number;
  /** plan.seed: fixes the work: same seed, options and documents, same conversations; default 1 */
  seed?: number;
  /** plan.nonce: cache identity that begins every conversation; default: random per run; none: no such text */
  nonce?: string;
  /** plan.shared_prefix: common system prompt: a file, or a built-in text of that size */
  shared_prefix?: string;
  /** plan.shard: hold part I (from 0) of N of the conversations; default in an indexed Job: its index */
  shard?: string;
  /** plan.history: live: answers go back as history; canned: planned texts of their usual length do (live, canned); default live */
  history?: 'live' | 'canned';
  /** load.workers: requests in flight at most; default 4 */
  workers?: number;
  /** load.users: N people at once: workers, schedule users and, unless given, conversations */
  users?: number;
  /** load.schedule: rotate: workers serve all conversations in turn; users: each holds one to its end (rotate, users); default rotate */
  schedule?: 'rotate' | 'users';
  /** load.min_delay: shortest think time before a turn; default 0.5s */
  min_delay?: number | string;
  /** load.max_delay: longest think time before a turn; default 2s */
  max_delay?: number | string;
  /** load.ramp: users start spread evenly over this time; default 0 */
  ramp?: number | string;
  /** load.warmup: requests before the measured part, with prompts of their own; default 0 */
  warmup?: number;
  /** load.connections: reuse: share kept ones; user: one per user; new: one per request (reuse, user, new); default reuse */
  connections?: 'reuse' | 'user' | 'new';
  /** load.threads: event loops; never changes what is sent; default: one per 2,000 workers; default 0 */
  threads?: number;
  /** load.start_at: begin at this time (seconds since 1970), so that shards begin together */
  start_at?: number;
  /** load.max_requests: start no turn after this many requests; default 0 */
  max_requests?: number;
  /** load.for: start no turn after this time; default 0 */
  for?: number | string;
  /** load.abort_errors: stop in order when this share of the last 20 requests failed; 100% is off; default 50% */
  abort_errors?: number | string;
  /** request.max_tokens: tokens per answer at most; default 500 */
  max_tokens?: number;
  /** request.temperature: sampling temperature; default: not sent */
  temperature?: number;
  /** request.extra_body: JSON object whose members are added to each request */
  extra_body?: string;
  /** request.timeout: for a whole request; default 120s */
  timeout?: number | string;
  /** request.stall_timeout: for silence after the first token; default 30s */
  stall_timeout?: number | string;
  /** request.retries: send a request again, at most N times, when it failed before its first byte; default 0 */
  retries?: number;
  /** request.max_answer_bytes: an answer larger than this is an error (too_large); default 16777216 */
  max_answer_bytes?: number;
  /** request.max_line_bytes: a line of a stream longer than this is an error (too_large); default 4194304 */
  max_line_bytes?: number;
  /** request.max_header_bytes: response headers larger than this are an error (too_large); default 262144 */
  max_header_bytes?: number;
  /** judge.slo: objective, repeatable; replaces the defaults of the same metric; default ttft.p95<=500ms errors<=1% */
  slo?: string | string[];
  /** judge.speedup_threshold: limit of the legacy cache words; default 2.0 */
  speedup_threshold?: number;
  /** judge.fail_on: verdicts that give a non-zero exit, with commas; none: measure only (fail, warn, invalid, undecided, none); default fail,invalid,undecided */
  fail_on?: string | string[];
  /** output.label: label kept in every format, repeatable */
  label?: string | string[];
  /** output.exact_limit: keep up to N records in memory; beyond it, results come from counts in bins; default 1000000 */
  exact_limit?: number;
}
