/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advice.c - warnings[] of the result: facts that change how far the numbers carry, and for each
 * common failure what to do about it. Must not change a verdict. Tested in
 * tests/unit/test_formats.c.
 */
#include "report/advice.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "report/say.h"
#include "report/tally.h"

struct adviser {
    struct lbi_tree *tree;
    struct json_object *warnings;
    const struct lbi_result *result;
    const struct lbi_part *part;
    struct json_object *header, *footer;
    struct lbi_buf text;
};

/* Takes the text gathered so far as one warning. */
static void warn(struct adviser *a, const char *code)
{
    struct json_object *item = lbi_tree_object(a->tree);

    lbi_put_text(a->tree, item, "code", code);
    lbi_put_text(a->tree, item, "text", lbi_buf_text(&a->text));
    lbi_push(a->tree, a->warnings, item);
    a->tree->failed = a->tree->failed || a->text.err != LB_OK;
    lbi_buf_clear(&a->text);
}

static void advise_models(struct adviser *a)
{
    size_t there = lbi_tree_size(a->header, "target.models");

    if (there < 2 || a->result->part_count > 1)
        return;
    lbi_buf_printf(&a->text, "the endpoint lists %zu models, only ", there);
    lbi_say_safe(&a->text, a->part->model, 60);
    lbi_buf_puts(&a->text, " was asked; --model chooses others");
    warn(a, "models_available");
}

static void advise_in_flight(struct adviser *a)
{
    int64_t conversations = lbi_tree_int(a->header, "workload.conversations", 0);
    int64_t workers = lbi_tree_int(a->header, "workload.workers", 0);
    const char *schedule = lbi_tree_text(a->header, "workload.schedule");

    if (workers <= 0 || conversations <= workers || strcmp(schedule, "users") == 0)
        return;
    lbi_buf_printf(&a->text,
                   "%" PRId64 " conversations, at most %" PRId64 " requests at once: not %" PRId64
                   " people; see --users",
                   conversations, workers, conversations);
    warn(a, "few_in_flight");
}

static void advise_documents(struct adviser *a)
{
    int64_t cut = lbi_tree_int(a->header, "workload.documents_cut", 0);
    int64_t context = lbi_tree_int(a->header, "workload.context", 0);

    if (cut <= 0)
        return;
    lbi_buf_printf(&a->text, "%" PRId64 " of %" PRId64 " documents were cut to fit the context",
                   cut, lbi_tree_int(a->header, "workload.documents", cut));
    if (context > 0)
        lbi_buf_printf(&a->text, " of %" PRId64 " tokens (--context)", context);
    warn(a, "documents_cut");
}

static size_t errors_of(const struct lbi_part *part, const char *name)
{
    for (size_t i = 0; i < part->errors.count; i++) {
        if (strcmp(part->errors.items[i].name, name) == 0)
            return part->errors.items[i].count;
    }
    return 0;
}

static void advise_quota(struct adviser *a)
{
    size_t count = errors_of(a->part, "rate_limit");

    if (count == 0)
        return;
    a->tree->failed = lbi_say_quota_hit(&a->text, a->part, count) != LB_OK || a->tree->failed;
    warn(a, "quota");
}

/* What to do about each class of failure: the questions that people ask. */
static const struct {
    const char *error, *text;
} remedies[] = {
    {"dns", "the endpoint's name was not found: check the URL"},
    {"connect", "the endpoint could not be reached: check the URL, network policies and proxies"},
    {"tls", "the endpoint's certificate was not accepted: see --ca-file"},
    {"auth", "the endpoint refused the key: check that it is valid and for this endpoint"},
    {"model_not_found",
     "the endpoint does not know the model for this key: litebench doctor lists what it knows"},
    {"context_length",
     "conversations became longer than the model's context: lower --max-tokens or --turns, or say "
     "its size with --context"},
    {"timeout",
     "answers did not come in time: raise --timeout, or lower --conversations, --workers or "
     "--users"},
    {"stall", "answers went silent in the middle: look at the server's log, or raise "
              "--stall-timeout"},
    {"stream_cut", "answers broke off: look at time-outs of proxies on the way"},
    {"no_token", "answers came without a single token: check the model and its chat template"},
    {"bad_request", "the endpoint rejected requests: read its words under errors"},
    {"too_large", "requests or answers were larger than allowed: lower --max-tokens or --turns"},
    {"server_error", "the server failed: look at its log"},
    {"not_sse", "answers were no event streams: does the endpoint support streaming?"},
};

static void advise_errors(struct adviser *a)
{
    for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
        size_t count = errors_of(a->part, remedies[i].error);
        if (count == 0)
            continue;
        lbi_buf_printf(&a->text, "%zu request%s: %s", count, count == 1 ? "" : "s",
                       remedies[i].text);
        warn(a, remedies[i].error);
    }
}

static void advise_fallback(struct adviser *a)
{
    for (size_t i = 0; i < a->part->answered.count; i++) {
        const struct lbi_count *item = &a->part->answered.items[i];
        if (strcmp(item->name, a->part->model) == 0 || a->part->answered.count < 2)
            continue;
        lbi_buf_printf(&a->text, "%zu answers came from ", item->count);
        lbi_say_safe(&a->text, item->name, 60);
        lbi_buf_puts(&a->text, " although another model was asked");
        warn(a, "fallback");
    }
}

/* Answers whose times say something else than how fast the model is. */
static void advise_gateway(struct adviser *a)
{
    const struct lbi_gateway *gateway = &a->part->gateway;

    if (gateway->stored > 0)
        lbi_buf_printf(&a->text,
                       "STORED ANSWERS: %zu answer%s came from a response cache, as its "
                       "headers say",
                       gateway->stored, gateway->stored == 1 ? "" : "s");
    else if (gateway->repeated > 0)
        lbi_buf_printf(&a->text,
                       "STORED ANSWERS: %zu answer%s may have come from a response cache, "
                       "with the id of an earlier answer",
                       gateway->repeated, gateway->repeated == 1 ? "" : "s");
    if (gateway->stored + gateway->repeated > 0) {
        lbi_buf_puts(&a->text,
                     ": times of such answers say nothing about the model; switch the cache "
                     "off, or use a new --nonce");
        warn(a, "stored_answers");
    }
    if (gateway->retried > 0) {
        lbi_buf_printf(&a->text,
                       "the gateway asked again for %zu answers: their times hold more than one "
                       "attempt (x-litellm-attempted-retries)",
                       gateway->retried);
        warn(a, "gateway_retries");
    }
}

/*
 * What was sent again without a word is in no statistic: many such requests are no detail. One that
 * found its connection closed before it sent anything is, but whoever waits for it, waits longer.
 */
static void advise_connections(struct adviser *a)
{
    const struct lbi_counts *counts = &a->part->counts;
    size_t all = counts->total + counts->retried + counts->reconnected;
    const char *kind = lbi_tree_text(a->header, "workload.connections");

    if (20 * counts->reconnected > all) {
        lbi_buf_printf(
            &a->text,
            "the endpoint closes kept connections: %zu of %zu requests had to connect again; "
            "--connections new keeps such requests in the statistics",
            counts->reconnected, all);
        warn(a, "reconnected");
    }
    if (2 * counts->later_new > counts->later && *kind != '\0' && strcmp(kind, "new") != 0) {
        lbi_buf_printf(&a->text,
                       "the endpoint closes idle connections: %zu of %zu later requests opened a "
                       "new one; ttft counts from `sent` and does not hold that, ttft_total does",
                       counts->later_new, counts->later);
        warn(a, "idle_closed");
    }
}

static void advise_records(struct adviser *a)
{
    const struct lbi_counts *counts = &a->part->counts;
    const struct lbi_tokens *tokens = &a->part->tokens;

    if (counts->retried + counts->reconnected > 0) {
        lbi_buf_printf(&a->text,
                       "%zu retried and %zu reconnected requests are counted but kept out of all "
                       "statistics",
                       counts->retried, counts->reconnected);
        warn(a, "retried");
    }
    if (counts->ok > 0 && !tokens->from_server && isfinite(tokens->completion)) {
        lbi_buf_puts(&a->text, "the server reports no usage: output tokens are an estimate (one "
                               "per frame), input tokens are unknown");
        warn(a, "no_usage");
    }
    double per_chunk = tokens->completion / tokens->chunks;
    if (tokens->from_server && isfinite(per_chunk) && per_chunk > 1.05) {
        lbi_say_fixed(&a->text, per_chunk, 2);
        lbi_buf_puts(&a->text, " tokens come in one frame: read tpot, not the pauses between "
                               "frames (itl)");
        warn(a, "tokens_per_frame");
    }
    if (a->part->pauses != NULL) {
        lbi_buf_puts(&a->text, "so many pauses that itl comes from a histogram, right within "
                               "0.4 %");
        warn(a, "histogram");
    }
}

static void advise_run(struct adviser *a)
{
    if (a->footer == NULL || lbi_tree_true(a->footer, "partial")) {
        lbi_buf_puts(&a->text, "the run did not reach its end: the numbers are of what was done");
        warn(a, "partial");
    }
    if (lbi_tree_true(a->footer, "bounded")) {
        lbi_buf_puts(&a->text, "the run was bounded by --for or --max-requests: not all planned "
                               "turns were sent");
        warn(a, "bounded");
    }
    if (lbi_tree_true(a->header, "target.insecure")) {
        lbi_buf_puts(&a->text, "TLS was not verified (--insecure): anybody may have answered");
        warn(a, "insecure");
    }
    const char *proxy = lbi_tree_text(a->header, "target.proxy");
    if (proxy[0] != '\0') {
        lbi_buf_printf(&a->text,
                       "all requests went through the proxy %s: what it costs is in "
                       "every duration",
                       proxy);
        warn(a, "proxy");
    }
}

static void advise_exact(struct adviser *a)
{
    if (a->part->tally == NULL)
        return;
    lbi_buf_printf(&a->text,
                   "%zu requests are more than are kept one by one (output.exact_limit): "
                   "percentiles are right within 0.4 %%, and single requests are in the NDJSON "
                   "only",
                   lbi_dataset_size(a->result->dataset));
    warn(a, "not_exact");
}

static void advise_validity(struct adviser *a, const struct lbi_validity *validity)
{
    if (validity->buffered) {
        lbi_buf_puts(&a->text, "STREAM BUFFERED: a proxy collects the stream and sends it in "
                               "bunches; ttft, itl, tpot and stall say nothing about the model. "
                               "Turn off buffering and compression there");
        warn(a, "buffered");
    }
    if (validity->late) {
        lbi_buf_puts(&a->text, "METER LATE: this machine was too busy to time the answers; use a "
                               "quieter one or fewer --users");
        warn(a, "meter_late");
    }
    if (validity->contaminated == 1) {
        lbi_buf_puts(&a->text, "CONTAMINATED: first turns hit the cache although their text was "
                               "new; a cache in front of the model, or the same --nonce again");
        warn(a, "contaminated");
    }
}

static bool is_said(const struct adviser *a, const char *code)
{
    size_t count = json_object_array_length(a->warnings);

    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(a->warnings, i);
        if (strcmp(lbi_tree_text(item, "code"), code) == 0)
            return true;
    }
    return false;
}

/* Those that the run itself noted. */
static void pass_on(struct adviser *a)
{
    size_t count = lbi_tree_size(a->footer, "warnings");

    for (size_t i = 0; i < count; i++) {
        struct json_object *item = lbi_tree_item(a->footer, "warnings", i);
        if (!is_said(a, lbi_tree_text(item, "code")))
            lbi_push(a->tree, a->warnings, json_object_get(item));
    }
}

lb_err lbi_advise(struct lbi_tree *tree, struct json_object *warnings,
                  const struct lbi_result *result, const struct lbi_part *part,
                  const struct lbi_verdict *verdict)
{
    struct adviser a = {.tree = tree,
                        .warnings = warnings,
                        .result = result,
                        .part = part,
                        .header = lbi_dataset_header(result->dataset),
                        .footer = lbi_dataset_footer(result->dataset)};

    if (warnings == NULL)
        return LB_E_NOMEM;
    lbi_buf_init(&a.text, result->mem);
    advise_validity(&a, &verdict->validity);
    advise_run(&a);
    advise_exact(&a);
    advise_quota(&a);
    advise_errors(&a);
    advise_models(&a);
    advise_in_flight(&a);
    advise_documents(&a);
    advise_fallback(&a);
    advise_gateway(&a);
    advise_records(&a);
    advise_connections(&a);
    pass_on(&a);
    lbi_buf_free(&a.text);
    return tree->failed ? LB_E_NOMEM : LB_OK;
}
