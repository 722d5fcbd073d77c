/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format_text.c - the report for people at a terminal: 80 columns, the verdict sentence first, then
 * what it rests on. A number that the sample cannot carry is a dash. Several models stand side by
 * side first. Tested by golden files in tests/unit/test_formats.c.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/format.h"
#include "report/say.h"

static void title(struct lbi_buf *out, const char *text)
{
    lbi_buf_printf(out, "\n%s\n", text);
}

/* A limit or value of an objective in its own unit. */
static void say_in_unit(struct lbi_buf *out, const char *metric, double value)
{
    bool share = strcmp(metric, "errors") == 0 || strcmp(metric, "sessions") == 0 ||
                 strcmp(metric, "cache_hit") == 0;
    bool plain = strcmp(metric, "rps") == 0 || strcmp(metric, "tps") == 0 ||
                 strcmp(metric, "speedup") == 0 || strcmp(metric, "cache_benefit") == 0;

    if (share)
        lbi_say_share(out, value);
    else if (plain)
        lbi_say_number(out, value, 2);
    else
        lbi_say_ms(out, value);
}

static void objective(struct lbi_buf *out, struct json_object *one)
{
    const char *status = lbi_tree_text(one, "status");
    const char *metric = lbi_tree_text(one, "metric");
    double low = lbi_tree_number(one, "low"), high = lbi_tree_number(one, "high");
    struct lbi_buf cell;

    lbi_buf_init(&cell, out->mem);
    lbi_buf_printf(out, "  %s ", lbi_status_symbol(status));
    lbi_lay_cell(out, status, 10);
    lbi_lay_cell(out, lbi_tree_text(one, "expr"), 30);
    lbi_buf_putc(out, ' ');
    say_in_unit(&cell, metric, lbi_tree_number(one, "value"));
    lbi_lay_cell(out, lbi_buf_text(&cell), -10);
    lbi_buf_truncate(&cell, 0);
    say_in_unit(&cell, metric, low);
    lbi_buf_puts(&cell, " to ");
    say_in_unit(&cell, metric, high);
    lbi_buf_puts(out, "  ");
    lbi_lay_cell(out, isfinite(low) || isfinite(high) ? lbi_buf_text(&cell) : "-", 0 - 22);
    lbi_buf_putc(out, '\n');
    lbi_buf_free_into(&cell, out);
    if (strcmp(status, "UNDECIDED") == 0 || strcmp(status, "INVALID") == 0)
        lbi_lay_wrap(out, lbi_tree_text(one, "reason"), "               ", 15);
}

static void objectives(struct lbi_buf *out, struct json_object *result)
{
    size_t count = lbi_tree_size(result, "slo");

    if (count == 0)
        return;
    title(out, "Objectives                                     measured           95 % interval");
    for (size_t i = 0; i < count; i++)
        objective(out, lbi_tree_item(result, "slo", i));
}

static void requests(struct lbi_buf *out, struct json_object *result)
{
    struct json_object *errors = lbi_tree_get(result, "requests.errors");
    int64_t not_sent = lbi_tree_int(result, "requests.not_sent", 0);
    int64_t cancelled = lbi_tree_int(result, "requests.cancelled", 0);

    title(out, "Requests");
    lbi_buf_printf(out, "  %" PRId64 " ended: %" PRId64 " ok, %" PRId64 " failed",
                   lbi_tree_int(result, "requests.total", 0),
                   lbi_tree_int(result, "requests.ok", 0),
                   lbi_tree_int(result, "requests.failed", 0));
    if (cancelled > 0)
        lbi_buf_printf(out, "; %" PRId64 " cancelled", cancelled);
    if (not_sent > 0)
        lbi_buf_printf(out, "; %" PRId64 " never sent", not_sent);
    int64_t conversations = lbi_tree_int(result, "conversations.total", 0);
    lbi_buf_printf(out,
                   "\n  %" PRId64 " %s: %" PRId64 " complete, %" PRId64 " broken off, %" PRId64
                   " without a bad moment\n",
                   conversations, lbi_conversations(conversations),
                   lbi_tree_int(result, "conversations.completed", 0),
                   lbi_tree_int(result, "conversations.aborted", 0),
                   lbi_tree_int(result, "conversations.slo_met", 0));
    if (!json_object_is_type(errors, json_type_object))
        return;
    json_object_object_foreach(errors, key, value)
    {
        lbi_buf_puts(out, "  \xe2\x9c\x97 ");
        lbi_lay_cell(out, key, 20);
        lbi_lay_int(out, json_object_get_int64(value), -8);
        lbi_buf_putc(out, '\n');
    }
}

static void measures(struct lbi_buf *out, const char *label, struct json_object *one,
                     const char *path)
{
    char full[64];

    lbi_buf_puts(out, "  ");
    lbi_lay_cell(out, label, 26);
    (void)snprintf(full, sizeof(full), "%s.n", path);
    lbi_lay_int(out, lbi_tree_int(one, full, 0), -8);
    (void)snprintf(full, sizeof(full), "%s.mean.value", path);
    lbi_lay_ms(out, lbi_tree_number(one, full), -11);
    lbi_lay_ms(out, lbi_carried(one, path, "p50"), -11);
    lbi_lay_ms(out, lbi_carried(one, path, "p95"), -11);
    lbi_lay_ms(out, lbi_carried(one, path, "p99"), -11);
    lbi_buf_putc(out, '\n');
}

static void latency(struct lbi_buf *out, struct json_object *result)
{
    static const struct {
        const char *path, *label;
    } rows[] = {
        {"ttft", "first token (ttft)"},  {"ttfa", "first answer (ttfa)"},
        {"response", "from when due"},   {"tpot", "per token (tpot)"},
        {"itl", "between frames (itl)"}, {"stall", "longest pause (stall)"},
        {"e2e", "whole answer (e2e)"},
    };
    struct json_object *metrics = lbi_tree_get(result, "metrics");

    if (lbi_tree_int(result, "requests.ok", 0) <= 0)
        return;
    title(out, "Latency                          n       mean        P50        P95        P99");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_object *one = lbi_tree_get(metrics, rows[i].path);
        if (lbi_tree_int(one, "n", 0) > 0)
            measures(out, rows[i].label, metrics, rows[i].path);
    }
}

static void classes(struct lbi_buf *out, struct json_object *result)
{
    static const struct {
        const char *path, *label;
    } rows[] = {
        {"first", "first turns"},
        {"later", "later turns"},
        {"code", "about code"},
        {"text", "about text"},
    };
    struct json_object *by_class = lbi_tree_get(result, "by_class");
    size_t turns = lbi_tree_size(result, "by_turn");

    if (lbi_tree_int(result, "metrics.ttft.n", 0) <= 0)
        return;
    title(out, "First token by class             n       mean        P50        P95        P99");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_object *one = lbi_tree_get(by_class, rows[i].path);
        if (lbi_tree_int(one, "ttft.n", 0) > 0)
            measures(out, rows[i].label, one, "ttft");
    }
    if (turns == 0)
        return;
    title(out, "First token by turn              n       mean        P50        P95     cached");
    for (size_t i = 0; i < turns; i++) {
        struct json_object *one = lbi_tree_item(result, "by_turn", i);
        struct lbi_buf cell;
        lbi_buf_init(&cell, out->mem);
        lbi_buf_printf(&cell, "turn %" PRId64, lbi_tree_int(one, "turn", 0));
        lbi_buf_puts(out, "  ");
        lbi_lay_cell(out, lbi_buf_text(&cell), 26);
        lbi_lay_int(out, lbi_tree_int(one, "ttft.n", 0), -8);
        lbi_lay_ms(out, lbi_tree_number(one, "ttft.mean.value"), -11);
        lbi_lay_ms(out, lbi_carried(one, "ttft", "p50"), -11);
        lbi_lay_ms(out, lbi_carried(one, "ttft", "p95"), -11);
        lbi_buf_truncate(&cell, 0);
        lbi_say_share(&cell, lbi_tree_number(one, "cached_share"));
        lbi_lay_cell(out, lbi_buf_text(&cell), -11);
        lbi_buf_putc(out, '\n');
        lbi_buf_free_into(&cell, out);
    }
}

static void cache(struct lbi_buf *out, struct json_object *result)
{
    const char *word = lbi_tree_text(result, "cache.legacy_word");

    title(out, "Cache");
    lbi_buf_puts(out, "  prompt tokens from the cache: ");
    lbi_say_share(out, lbi_tree_number(result, "cache.hit_rate"));
    lbi_buf_printf(out, " (known for %" PRId64 " of %" PRId64 " requests)\n",
                   lbi_tree_int(result, "tokens.cached_known", 0),
                   lbi_tree_int(result, "tokens.cached_of", 0));
    lbi_buf_puts(out, "  turn 1 against later turns (legacy): ");
    lbi_say_fixed(out, lbi_tree_number(result, "cache.legacy_speedup"), 2);
    lbi_buf_puts(out, *word != '\0' ? "x  " : "");
    lbi_say_safe(out, word, 40);
    lbi_buf_printf(out, "\n  TTFT word (legacy): %s\n", lbi_legacy_ttft_word(result));
}

/* Its own overhead stands beside the model's time, which holds it. */
static void gateway(struct lbi_buf *out, struct json_object *result)
{
    struct json_object *one = lbi_tree_get(result, "gateway");

    if (one == NULL)
        return;
    title(out, "Gateway                                    P50        P95        max");
    lbi_buf_puts(out, "  ");
    lbi_lay_cell(out, "its own overhead", 34);
    lbi_lay_ms(out, lbi_tree_number(one, "overhead_ms.p50"), -11);
    lbi_lay_ms(out, lbi_tree_number(one, "overhead_ms.p95"), -11);
    lbi_lay_ms(out, lbi_tree_number(one, "overhead_ms.max"), -11);
    lbi_buf_puts(out, "\n  ");
    lbi_say_safe(out, lbi_tree_text(one, "name"), 40);
    lbi_buf_printf(out,
                   " says: %" PRId64 " answers, %" PRId64 " asked again, %" PRId64
                   " by fallback, %" PRId64 " stored\n",
                   lbi_tree_int(one, "answers", 0), lbi_tree_int(one, "retried", 0),
                   lbi_tree_int(one, "fallbacks", 0), lbi_tree_int(one, "stored", 0));
}

static void rate(struct lbi_buf *out, double value, const char *unit)
{
    lbi_say_number(out, value, value < 100 ? 2 : 0);
    lbi_buf_puts(out, unit);
}

static void tokens(struct lbi_buf *out, struct json_object *result)
{
    const char *source = lbi_tree_text(result, "tokens.source");

    title(out, "Throughput and tokens");
    lbi_buf_puts(out, "  ");
    rate(out, lbi_tree_number(result, "throughput.requests_per_s"), " requests/s, ");
    rate(out, lbi_tree_number(result, "throughput.output_tokens_per_s"), " output tokens/s, ");
    rate(out, lbi_tree_number(result, "throughput.input_tokens_per_s"), " input tokens/s\n");
    lbi_buf_puts(out, "  tokens: ");
    lbi_say_number(out, lbi_tree_number(result, "tokens.prompt"), 0);
    lbi_buf_puts(out, " in, ");
    lbi_say_number(out, lbi_tree_number(result, "tokens.completion"), 0);
    lbi_buf_puts(out, " out (");
    lbi_say_safe(out, *source != '\0' ? source : "unknown", 20);
    lbi_buf_puts(out, ")\n");
}

static void spread(struct lbi_buf *out, const char *label, struct json_object *one)
{
    lbi_buf_puts(out, "  ");
    lbi_lay_cell(out, label, 34);
    lbi_lay_ms(out, lbi_tree_number(one, "p50"), -11);
    lbi_lay_ms(out, lbi_tree_number(one, "p99"), -11);
    lbi_lay_ms(out, lbi_tree_number(one, "max"), -11);
    lbi_buf_putc(out, '\n');
}

static void meter(struct lbi_buf *out, struct json_object *result)
{
    struct json_object *one = lbi_tree_get(result, "meter");
    struct json_object *valid = lbi_tree_get(one, "valid");
    const char *word =
        valid == NULL ? "not known" : (lbi_tree_true(one, "valid") ? "in time" : "LATE");

    title(out, "Meter                                      P50        P99        max");
    spread(out, "lateness of the loop", lbi_tree_get(one, "loop_lag_ms"));
    spread(out, "due to start", lbi_tree_get(one, "schedule_delay_ms"));
    spread(out, "own delay (start to sent)", lbi_tree_get(one, "own_delay_ms"));
    lbi_buf_printf(out, "  meter %s", word);
    lbi_buf_puts(out, "; CPU ");
    lbi_say_number(out, lbi_tree_number(one, "cpu_s"), 2);
    lbi_buf_puts(out, " s, memory ");
    lbi_say_number(out, lbi_tree_number(one, "peak_rss_bytes") / 1048576, 1);
    lbi_buf_puts(out, " MiB; stream ");
    struct json_object *buffered = lbi_tree_get(result, "stream.buffered");
    lbi_buf_puts(out,
                 buffered == NULL
                     ? "not judged"
                     : (lbi_tree_true(result, "stream.buffered") ? "BUFFERED" : "not buffered"));
    lbi_buf_putc(out, '\n');
}

static void warnings(struct lbi_buf *out, struct json_object *result)
{
    size_t count = lbi_tree_size(result, "warnings");

    if (count == 0)
        return;
    title(out, "Notes");
    for (size_t i = 0; i < count; i++)
        lbi_lay_wrap(out, lbi_tree_text(lbi_tree_item(result, "warnings", i), "text"), "  - ", 4);
}

static void about(struct lbi_buf *out, struct json_object *result)
{
    struct json_object *labels = lbi_tree_get(result, "labels");

    lbi_buf_puts(out, "\nTarget  ");
    lbi_say_safe(out, lbi_tree_text(result, "target.url"), 70);
    lbi_buf_puts(out, "\nModel   ");
    lbi_say_safe(out, lbi_tree_text(result, "target.model"), 70);
    lbi_buf_puts(out, "\nStarted ");
    lbi_say_safe(out, lbi_tree_text(result, "started"), 40);
    lbi_buf_puts(out, ", took ");
    lbi_say_ms(out, lbi_tree_number(result, "wall_ms"));
    lbi_buf_puts(out, lbi_tree_true(result, "partial") ? ", PARTIAL\n" : "\n");
    if (!json_object_is_type(labels, json_type_object))
        return;
    json_object_object_foreach(labels, key, value)
    {
        lbi_buf_puts(out, "Label   ");
        lbi_say_safe(out, key, 30);
        lbi_buf_puts(out, " = ");
        lbi_say_safe(out, value != NULL ? json_object_get_string(value) : "", 38);
        lbi_buf_putc(out, '\n');
    }
}

static void one_model(struct lbi_buf *out, struct json_object *result)
{
    lbi_lay_wrap(out, lbi_tree_text(result, "verdict.sentence"), "", 2);
    about(out, result);
    objectives(out, result);
    requests(out, result);
    latency(out, result);
    classes(out, result);
    cache(out, result);
    gateway(out, result);
    tokens(out, result);
    meter(out, result);
    warnings(out, result);
}

static void side_by_side(struct lbi_buf *out, struct json_object *tree, size_t count)
{
    lbi_lay_wrap(out, lbi_tree_text(tree, "verdict.sentence"), "", 2);
    title(out, "Model                      verdict         ok failed  TTFT P50  TTFT P95  tok/s");
    for (size_t i = 0; i < count; i++) {
        struct json_object *one = lbi_model_result(tree, i);
        const char *status = lbi_tree_text(one, "verdict.status");
        struct lbi_buf cell;
        lbi_buf_init(&cell, out->mem);
        lbi_lay_cell(out, lbi_tree_text(one, "target.model"), 27);
        lbi_buf_printf(out, "%s ", lbi_status_symbol(status));
        lbi_lay_cell(out, status, 9);
        lbi_lay_int(out, lbi_tree_int(one, "requests.ok", 0), -7);
        lbi_lay_int(out, lbi_tree_int(one, "requests.failed", 0), -7);
        lbi_lay_ms(out, lbi_carried(one, "metrics.ttft", "p50"), -10);
        lbi_lay_ms(out, lbi_carried(one, "metrics.ttft", "p95"), -10);
        lbi_say_number(&cell, lbi_tree_number(one, "throughput.output_tokens_per_s"), 0);
        lbi_lay_cell(out, lbi_buf_text(&cell), -7);
        lbi_buf_putc(out, '\n');
        lbi_buf_free_into(&cell, out);
    }
}

void lbi_render_text(struct lbi_buf *out, struct json_object *tree)
{
    size_t count = lbi_model_count(tree);

    if (count < 2) {
        one_model(out, lbi_model_result(tree, 0));
        return;
    }
    side_by_side(out, tree, count);
    for (size_t i = 0; i < count; i++) {
        lbi_buf_puts(out, "\n----------------------------------------------------------------\n");
        one_model(out, lbi_model_result(tree, i));
    }
}
