/* SPDX-License-Identifier: Apache-2.0 */
/*
 * litebench.h - measure how an OpenAI-compatible LLM endpoint serves a crowd, and judge it.
 *
 *   lb_ctx --> lb_config --> lb_plan (from lb_corpus) --> lb_run --> lb_report
 *                 |                                         `--> lb_dataset --> lb_report
 *                 |--> lb_client (one conversation by hand)        lb_recorder stands alone
 *                 `--> lb_doctor (a look at the endpoint)
 *
 * RULES, for every function unless its comment says otherwise
 *  - Returns LB_OK (0) or a negative lb_err. Outputs come first and stay untouched on failure.
 *  - Text about a failure: lb_ctx_error(ctx), one line, valid until the next call on that context.
 *  - What `T **out` gives is yours: free it with lb_T_free (NULL is fine), in any order: children
 *    hold their parents. Any other pointer belongs to its parent and lives as long as that.
 *  - A context and all made from it belong to one thread at a time; two contexts are independent.
 *    Functions marked [any thread] may be called any time from anywhere.
 *  - Inputs are copied or only read during the call. Text is UTF-8: explicit length in,
 *    NUL-terminated out. Strings out are never NULL: unknown is "".
 *  - Structs that may grow travel with their size: pass sizeof, the library touches no more.
 *  - Times and durations are nanoseconds (int64, CLOCK_MONOTONIC); LB_UNKNOWN marks an unknown
 *    number. The library prints nothing, never exits, installs no signal handler, reads no
 *    environment and changes no process state, but for curl_global_init, counted per context.
 *  - After fork() a child may only exec or _exit.
 *
 * Conforms to C99 and C++11 and later. Needs nothing but <stddef.h> and <stdint.h>.
 */
#ifndef LITEBENCH_LITEBENCH_H
#define LITEBENCH_LITEBENCH_H

#include <stddef.h>
#include <stdint.h>

#include <litebench/version.h>

#if defined(__GNUC__)
#define LB_API __attribute__((visibility("default")))
#else
#define LB_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Marks an integer that is not known (a server that reports no usage, a clock that never ran). */
#define LB_UNKNOWN INT64_MIN

/* ---- version ------------------------------------------------------------------------------ */

/** Version of the loaded library, 0xMMmmpp; compare with LB_VERSION_NUM. [any thread] */
LB_API uint32_t lb_version_num(void);
/** The same as text, "0.1.0". [any thread] */
LB_API const char *lb_version(void);
/** What it stands on: "libcurl 7.88.1, OpenSSL/3.0.19, json-c 0.16". [any thread] */
LB_API const char *lb_build_info(void);

/* ---- errors ------------------------------------------------------------------------------- */

typedef int32_t lb_err; /* fixed width: the size of an enum is the compiler's choice */

#define LB_OK            0
#define LB_E_NOMEM       (-1)
#define LB_E_INVALID     (-2) /* a bad argument, option name or value: the caller's mistake */
#define LB_E_STATE       (-3) /* a call that does not fit the object's state */
#define LB_E_IO          (-4) /* a file or descriptor could not be read or written */
#define LB_E_PARSE       (-5) /* text that is not what it should be: JSON, records, a stream */
#define LB_E_NET         (-6) /* name, connection, TLS or transfer failed */
#define LB_E_HTTP        (-7) /* the endpoint answered with a refusal */
#define LB_E_TIMEOUT     (-8) /* nothing (yet) within the time given */
#define LB_E_CANCELED    (-9) /* lb_run_cancel or lb_client_cancel was called */
#define LB_E_NOTFOUND    (-10)
#define LB_E_RANGE       (-11) /* an index past the end: how every walk over a list stops */
#define LB_E_UNSUPPORTED (-12)
#define LB_E_USER        (-13) /* never made by the library: your callback asked to stop */

/** "LB_E_TIMEOUT": stable, for logs and tests. [any thread] */
LB_API const char *lb_err_name(lb_err code);
/** "timed out": English, for people. [any thread] */
LB_API const char *lb_err_text(lb_err code);

/* ---- context: allocator, log, last error -------------------------------------------------- */

typedef struct lb_ctx lb_ctx;

#define LB_LOG_ERROR 0
#define LB_LOG_WARN  1
#define LB_LOG_INFO  2
#define LB_LOG_DEBUG 3

/** Receives one line. Calls are serialised but may come from threads of the library. */
typedef void (*lb_log_cb)(void *user, int32_t level, const char *text);
/** realloc's contract; size 0 frees. Must be callable from any thread. */
typedef void *(*lb_realloc_cb)(void *user, void *old, size_t size);

typedef struct lb_ctx_options {
    lb_realloc_cb realloc_fn; /* NULL: libc. Covers our memory; libcurl's and json-c's is theirs */
    void *alloc_user;
    lb_log_cb log; /* NULL: silence */
    void *log_user;
    int32_t log_level; /* the most talkative level wanted */
    int32_t reserved0; /* 0 */
} lb_ctx_options;

/** `opts` may be NULL (size 0). Unknown trailing bytes of a newer caller must be 0. */
LB_API lb_err lb_ctx_new(lb_ctx **out, const lb_ctx_options *opts, size_t size);
LB_API void lb_ctx_free(lb_ctx *ctx);
/** One line on the last failed call on this context; "" when none, or of NULL: no context could be
 *  made. Never holds a secret. */
LB_API const char *lb_ctx_error(const lb_ctx *ctx);
/** Releases what lb_report_render gave. */
LB_API void lb_free(lb_ctx *ctx, void *buffer);

/* ---- options: one table describes all of them --------------------------------------------- */

#define LB_OPT_BOOL     0 /* "true" or "false" */
#define LB_OPT_INT      1 /* decimal integer */
#define LB_OPT_NUMBER   2 /* decimal number */
#define LB_OPT_SHARE    3 /* 0..1 or a percentage: "0.5", "50%" */
#define LB_OPT_TEXT     4 /* any text */
#define LB_OPT_DURATION 5 /* number and unit ms, s, m or h; a bare number is seconds */
#define LB_OPT_CHOICE   6 /* one of `choices` */
#define LB_OPT_LIST     7 /* repeatable text: lb_config_add */

typedef struct lb_opt_info {
    const char *name;       /* "load.workers" */
    const char *flag;       /* "workers", as in --workers; "" when it has none */
    const char *alias;      /* a second flag, or "" */
    const char *group;      /* "Load": heading in help and manual */
    const char *commands;   /* space-separated commands that take it: "run plan" */
    const char *value_name; /* "N"; "" for a bool */
    const char *choices;    /* "rotate|users", or "" */
    const char *dflt;       /* default as text; "" when unset */
    const char *env;        /* further environment names, space-separated, or "" */
    const char *help;       /* one line */
    const char *example;    /* a value, or "" */
    const char *since;      /* "0.1" */
    double min, max;        /* inclusive: INT, NUMBER, SHARE; seconds for DURATION */
    int32_t kind;           /* LB_OPT_... */
    int32_t short_flag;     /* 'w' or 0 */
    int32_t secret;         /* 1: never echoed, never logged */
    int32_t basic;          /* 1: shown in the short help */
    int32_t cli_only;       /* 1: only the program looks at it; nothing to offer in a binding */
    int32_t reserved0;      /* 0 */
} lb_opt_info;

/** Walks the table: index 0, 1, ... until LB_E_RANGE. [any thread] */
LB_API lb_err lb_opt_at(lb_opt_info *out, size_t size, size_t index);
/** By full name. [any thread] */
LB_API lb_err lb_opt_find(lb_opt_info *out, size_t size, const char *name);
/** Walks the presets: name and one line of help. [any thread] */
LB_API lb_err lb_preset_at(const char **name, const char **help, size_t index);

typedef struct lb_config lb_config;

/** Every option at its default. */
LB_API lb_err lb_config_new(lb_config **out, lb_ctx *ctx);
/** A copy that no longer follows the original; it holds the same context. */
LB_API lb_err lb_config_clone(lb_config **out, const lb_config *config);
LB_API void lb_config_free(lb_config *config);
/** Sets one option from text; a list becomes this one item. `origin` says where it came from
 *  ("--users", "environment LITEBENCH_URL"; NULL: "the caller") and stands in errors. */
LB_API lb_err lb_config_set(lb_config *config, const char *name, const char *value,
                            const char *origin);
/** Appends to a list; the first one from a new origin kind replaces what was there. */
LB_API lb_err lb_config_add(lb_config *config, const char *name, const char *value,
                            const char *origin);
/** The value as text ("***" for a secret); item `index` of a list, else 0; LB_E_RANGE past it. */
LB_API lb_err lb_config_get(const lb_config *config, const char **out, const char *name,
                            size_t index);
/** Where the value came from: "default", "preset quick", or what was given on setting. */
LB_API lb_err lb_config_origin(const lb_config *config, const char **out, const char *name);
/** Sets what a preset says. Apply it before everything it must not override. */
LB_API lb_err lb_config_preset(lb_config *config, const char *name);
/** JSON object {"group":{"name":value}} or {"group.name":value}; errors name line and column. */
LB_API lb_err lb_config_load_json(lb_config *config, const char *text, size_t len,
                                  const char *origin);
/** Rules that join several options. lb_ctx_error then lists every fault, a line each. */
LB_API lb_err lb_config_check(const lb_config *config);

/* ---- documents and planned conversations -------------------------------------------------- */

typedef struct lb_corpus lb_corpus;

/** An empty set of documents; limits and the context size come from `config`. */
LB_API lb_err lb_corpus_new(lb_corpus **out, const lb_config *config);
LB_API void lb_corpus_free(lb_corpus *corpus);
/** `title` decides the class (code or text) by its extension, else the content does. */
LB_API lb_err lb_corpus_add(lb_corpus *corpus, const char *title, const char *text, size_t len);
/** A file, or a folder: each file in it that is UTF-8 text; the others are logged and skipped. */
LB_API lb_err lb_corpus_add_path(lb_corpus *corpus, const char *path);
/** The documents that are built into the library. */
LB_API lb_err lb_corpus_add_builtin(lb_corpus *corpus);
/** Number of documents. */
LB_API size_t lb_corpus_size(const lb_corpus *corpus);
/** Any out-pointer may be NULL. `code` is 1 for source code, 0 for text. */
LB_API lb_err lb_corpus_document(const lb_corpus *corpus, size_t index, const char **title,
                                 int32_t *code, size_t *len);

typedef struct lb_plan lb_plan;

/** Same options, documents and seed: the same plan, byte for byte, on every machine. */
LB_API lb_err lb_plan_new(lb_plan **out, const lb_config *config, const lb_corpus *corpus);
LB_API void lb_plan_free(lb_plan *plan);
/** Number of conversations. */
LB_API size_t lb_plan_conversations(const lb_plan *plan);
/** Requests of each conversation, the first included. */
LB_API size_t lb_plan_turns(const lb_plan *plan);
/** User message of a turn (from 1). Valid until the next call on this plan. */
LB_API lb_err lb_plan_message(lb_plan *plan, const char **text, size_t *len, size_t conversation,
                              size_t turn);
/** Title and class of the document that a conversation is about. */
LB_API lb_err lb_plan_document(const lb_plan *plan, const char **title, int32_t *code,
                               size_t conversation);
/** 16 hexadecimal digits that are equal for equal work. */
LB_API const char *lb_plan_hash(const lb_plan *plan);

/** Receives a document piece by piece; return LB_OK to go on, LB_E_USER to stop. */
typedef lb_err (*lb_write_cb)(void *user, const char *data, size_t len);

/** JSON Lines, one object a conversation. */
LB_API lb_err lb_plan_write(lb_plan *plan, lb_write_cb write, void *user);

/* ---- one request and what came of it ------------------------------------------------------ */

/** Record of one request. Clocks are relative to the start of the measured part and may be
 *  negative (warm-up); LB_UNKNOWN: never happened or not known. docs/definitions.md defines all. */
typedef struct lb_turn {
    int64_t due_ns;          /* should start: think time over */
    int64_t start_ns;        /* handed to the transport */
    int64_t sent_ns;         /* last byte of the request handed to the kernel */
    int64_t first_byte_ns;   /* first byte of the final status line */
    int64_t first_token_ns;  /* first generated payload of any kind */
    int64_t first_answer_ns; /* first content, refusal or tool call (not reasoning) */
    int64_t last_token_ns;
    int64_t done_ns;                    /* [DONE], else the end of the response */
    int64_t ttft_ns;                    /* first_token - sent */
    int64_t ttfa_ns;                    /* first_answer - sent */
    int64_t e2e_ns;                     /* done - sent */
    int64_t dns_ns, connect_ns, tls_ns; /* 0 on a reused connection */
    int64_t max_gap_ns;                 /* longest pause between two frames with tokens */
    int64_t prompt_tokens, cached_tokens, completion_tokens; /* as the server reports them */
    int64_t conversation;                                    /* from 0 */
    int32_t turn;                                            /* from 1 */
    int32_t worker;                                          /* from 0 */
    int32_t chunks;                                          /* frames that carried a token */
    int32_t status;                                          /* HTTP status; 0: no answer */
    int32_t attempt;                                         /* 1, or more after a retry */
    int32_t reused;          /* 1: on a connection that stood already */
    int32_t reconnected;     /* 1: a kept connection was dead and was replaced silently */
    int32_t warmup, twin;    /* 1: outside the measured part */
    int32_t code;            /* 1: about source code, 0: about text, -1 unknown */
    const char *error;       /* class of docs/definitions.md; "" when ok */
    const char *error_text;  /* one line for people */
    const char *model;       /* asked */
    const char *answered_by; /* the server's word */
    const char *document;
    const char *response_id;
    const char *finish_reason;
    const char *http_version;
    const char *gateway_json; /* object of gateway headers, or "" */
    const char *answer;       /* the text; only from lb_client_chat */
    const int64_t *gaps_ns;   /* pauses between frames with tokens, or NULL */
    size_t gap_count;
} lb_turn;

/* ---- one conversation by hand ------------------------------------------------------------- */

#define LB_ROLE_SYSTEM    0
#define LB_ROLE_USER      1
#define LB_ROLE_ASSISTANT 2

/** Passed in arrays, so it is frozen. */
typedef struct lb_message {
    const char *text;
    size_t len;
    int32_t role;
    int32_t reserved0; /* 0 */
} lb_message;

/** A piece of the answer and when it arrived (CLOCK_MONOTONIC). LB_OK: go on. */
typedef lb_err (*lb_delta_cb)(void *user, const char *text, size_t len, int64_t at_ns);

typedef struct lb_client lb_client;

/** Copies what it needs of `config`; connects when it is first asked for something. */
LB_API lb_err lb_client_new(lb_client **out, const lb_config *config);
LB_API void lb_client_free(lb_client *client);
/** Model `index` of the endpoint's list, asked for once; LB_E_RANGE past the end.
 *  `context` (may be NULL) gets its max_model_len, 0 when not said. Blocks. */
LB_API lb_err lb_client_model(lb_client *client, const char **out, int64_t *context, size_t index);
/** What headers of the list of models (asked for once) let the key spend in a minute; LB_UNKNOWN:
 *  they do not say. Either may be NULL. Blocks. */
LB_API lb_err lb_client_quota(lb_client *client, int64_t *requests, int64_t *tokens);
/** The same by the headers of any answer, from lb_turn.gateway_json. [any thread] */
LB_API lb_err lb_turn_quota(int64_t *requests, int64_t *tokens, const char *gateway_json);
/** Sends one chat and waits for the end of the answer. `delta` may be NULL. Clocks in *out count
 *  from the call. Its strings are valid until the next call on this client. A refused or broken
 *  request is LB_OK with out->error set: errors of the endpoint are data. */
LB_API lb_err lb_client_chat(lb_client *client, lb_turn *out, size_t size,
                             const lb_message *messages, size_t count, lb_delta_cb delta,
                             void *user);
/** `on` 1: whatever this client waits for ends now, also before the first token, and its calls
 *  return LB_E_CANCELED until `on` 0 lets it work again. (A name look-up that has begun is waited
 *  for.) Async-signal-safe. [any thread], but not once the client is being freed. */
LB_API void lb_client_cancel(lb_client *client, int32_t on);

/* ---- the doctor: an endpoint looked at before a run ---------------------------------------- */

#define LB_CHECK_OK   0
#define LB_CHECK_WARN 1 /* a run works, yet some numbers will be missing or not the model's */
#define LB_CHECK_FAIL 2 /* to be mended before a run makes sense */

/** What one check found. */
typedef struct lb_check {
    const char *name;   /* "tls": stable, for programs */
    const char *text;   /* what was found, one line */
    const char *advice; /* what to do, one line, or "" */
    int32_t status;     /* LB_CHECK_... */
    int32_t reserved0;  /* 0 */
} lb_check;

typedef struct lb_doctor lb_doctor;

/** Copies what it needs of `config`; connects when it is first asked for something. */
LB_API lb_err lb_doctor_new(lb_doctor **out, const lb_config *config);
LB_API void lb_doctor_free(lb_doctor *doctor);
/** The next finding, until LB_E_RANGE. Blocks while it looks: lists the models, then sends one
 *  prompt twice. A check that depends on one that failed is left out. Strings in *out are valid
 *  until the next call. */
LB_API lb_err lb_doctor_next(lb_doctor *doctor, lb_check *out, size_t size);
/** The base URL, fit to be shown, and the model that is asked ("" while none is known). Either may
 *  be NULL. */
LB_API lb_err lb_doctor_target(const lb_doctor *doctor, const char **url, const char **model);

/* ---- the recorder: statistics of one clock, without a client ------------------------------ */

/** A value with its 95 % interval; NAN where the sample cannot bound it. */
typedef struct lb_stat {
    double value, low, high;
    double n_eff; /* independent observations that the sample is worth */
    uint64_t n;
} lb_stat;

typedef struct lb_recorder lb_recorder;

/** An empty recorder. Values are in whatever unit you add. */
LB_API lb_err lb_recorder_new(lb_recorder **out, lb_ctx *ctx);
LB_API void lb_recorder_free(lb_recorder *recorder);
/** `cluster`: the conversation; values of one cluster are not independent, and intervals need to
 *  know. `missed` 1: there was none (a failure), which counts as +infinity in percentiles (one
 *  that falls on it is NAN) and is left out of mean, min, max and stddev. */
LB_API lb_err lb_recorder_add(lb_recorder *recorder, uint64_t cluster, double value,
                              int32_t missed);
/** Adds the values of `from`; a cluster with the same number in both is one conversation. */
LB_API lb_err lb_recorder_merge(lb_recorder *into, const lb_recorder *from);
/** `what`: "mean", "min", "max", "stddev", "p50", "p95", "p99.9" ... Percentile p of n values is
 *  the one at rank ceil(p*n); intervals are cluster-robust (docs/statistics.md). */
LB_API lb_err lb_recorder_stat(lb_recorder *recorder, lb_stat *out, size_t size, const char *what);

/* ---- a run: blocking, in the background, or in your own event loop ------------------------ */

#define LB_EV_NONE    0
#define LB_EV_STARTED 1 /* the measured part begins */
#define LB_EV_TURN    2 /* a request ended; `turn` is set */
#define LB_EV_NOTE    3 /* something a person should know; `text` is set */
#define LB_EV_DONE    4 /* the last event */

typedef struct lb_event {
    int64_t at_ns;       /* since the start of the measured part */
    const lb_turn *turn; /* else NULL; valid until the next call on this run */
    const char *text;
    uint64_t in_flight, ok, failed, planned; /* measured ones; a cancelled one is neither */
    int32_t kind;                            /* LB_EV_... */
    int32_t reserved0;
} lb_event;

typedef struct lb_run lb_run;
typedef struct lb_report lb_report;
typedef struct lb_dataset lb_dataset;

/** Copies what it needs of `config`; holds `plan`. */
LB_API lb_err lb_run_new(lb_run **out, const lb_config *config, lb_plan *plan);
/** Ends the run if need be (cancelled) and joins its threads. */
LB_API void lb_run_free(lb_run *run);
/** Before the start: every record goes to `write` as a line of NDJSON when it ends, on the thread
 *  that pulls events, steps or waits. Several may be set. A failure of `write` ends the run. */
LB_API lb_err lb_run_tee(lb_run *run, lb_write_cb write, void *user);
/** 1. Blocking: returns when the run is over (LB_E_CANCELED when it was cancelled). */
LB_API lb_err lb_run_execute(lb_run *run);
/** 2. Background: start, then pull events until LB_EV_DONE. No callback from a foreign thread. */
LB_API lb_err lb_run_start(lb_run *run);
/** Waits at most `timeout_ns` (-1: for ever) for one event; LB_E_TIMEOUT: none, yet *out has the
 *  counters. A turn is told at the latest some 30 ms after its end, or with fifteen others. A run
 * that broke gives its error in place of LB_EV_DONE, and has a report of what was done. Behind
 * LB_EV_DONE: LB_E_STATE. */
LB_API lb_err lb_run_next_event(lb_run *run, lb_event *out, size_t size, int64_t timeout_ns);
/** 3. Your own loop (one thread): when `fd` is readable or the timeout is over, step, then pull
 *  events with timeout 0. The first step starts the run and opens `fd` (LB_E_STATE before it): one
 *  for all models, the run's own, the same until lb_run_free closes it. */
LB_API lb_err lb_run_fd(const lb_run *run, int32_t *out);
/** Nanoseconds until the next step is due, -1: only when the descriptor is readable. 0 once the run
 *  is over, for nothing more comes through the descriptor. */
LB_API int64_t lb_run_timeout_ns(const lb_run *run);
/** Never blocks. LB_E_STATE once the run is over. */
LB_API lb_err lb_run_step(lb_run *run);
/** Asks for an orderly end: requests in flight become `cancelled`. Async-signal-safe.
 *  [any thread] */
LB_API void lb_run_cancel(lb_run *run);
/** The result so far; after the end, the result. */
LB_API lb_err lb_run_report(lb_report **out, lb_run *run);
/** The records so far, a copy. */
LB_API lb_err lb_run_dataset(lb_dataset **out, lb_run *run);

/* ---- records of a run: from a run, a file or your own hand -------------------------------- */

/** An empty set of records. */
LB_API lb_err lb_dataset_new(lb_dataset **out, lb_ctx *ctx);
LB_API void lb_dataset_free(lb_dataset *dataset);
/** A record you made. Zeroed members are values: start from lb_turn_init. */
LB_API lb_err lb_dataset_add(lb_dataset *dataset, const lb_turn *turn, size_t size);
/** All numbers unknown, all strings "". [any thread] */
LB_API void lb_turn_init(lb_turn *out, size_t size);
/** NDJSON text, whole or cut anywhere: a missing last line marks the data as partial. Or what
 *  format "packed" gave, which must be whole. */
LB_API lb_err lb_dataset_load(lb_dataset *dataset, const char *text, size_t len);
/** Number of records. */
LB_API size_t lb_dataset_size(const lb_dataset *dataset);
/** Record `index`. Its strings belong to the dataset; `response_id` and `gaps_ns` are good until
 *  the next record is asked for. */
LB_API lb_err lb_dataset_at(const lb_dataset *dataset, lb_turn *out, size_t size, size_t index);
/** Adds the records of one shard of a run (plan.shard) to those of others; `into` begins empty.
 *  The whole is judged as if one process had held it; while a shard is missing, never PASS. */
LB_API lb_err lb_dataset_merge(lb_dataset *into, const lb_dataset *from);
/** "ndjson", "csv", or "packed": bytes that hold all but single texts, ids and most gaps. */
LB_API lb_err lb_dataset_write(const lb_dataset *dataset, const char *format, lb_write_cb write,
                               void *user);

/* ---- the report: immutable, outlives the run ---------------------------------------------- */

/** Folds records into a result and judges it; the same code as in a run. `config` may be NULL;
 *  objectives set in it replace those stored with the records. */
LB_API lb_err lb_report_new(lb_report **out, const lb_dataset *dataset, const lb_config *config);
/** A stored report (JSON, schema litebench.report/1): shown again, not computed again. */
LB_API lb_err lb_report_load(lb_report **out, lb_ctx *ctx, const char *json, size_t len);
LB_API void lb_report_free(lb_report *report);
/** A number by its path in the JSON form ("metrics.ttft.p95.value", "slo.0.value"); NAN for null,
 *  LB_E_NOTFOUND when there is no such number. Durations are milliseconds there. */
LB_API lb_err lb_report_number(const lb_report *report, double *out, const char *path);
/** A text by its path ("verdict.status", "verdict.sentence"). */
LB_API lb_err lb_report_text(const lb_report *report, const char **out, const char *path);
/** Exit code that a program should end with: docs/exit-codes.md. */
LB_API int32_t lb_report_exit_code(const lb_report *report);
/** Walks the formats: name and one line of help. [any thread] */
LB_API lb_err lb_format_at(const char **name, const char **help, size_t index);
/** The report in a format of lb_format_at, piece by piece. */
LB_API lb_err lb_report_write(const lb_report *report, const char *format, lb_write_cb write,
                              void *user);
/** The same into memory: *out is freed with lb_free. */
LB_API lb_err lb_report_render(const lb_report *report, char **out, size_t *len,
                               const char *format);

#ifdef __cplusplus
}
#endif

#endif
