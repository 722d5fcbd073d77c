/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format_markdown.c - the report for a ticket or a chat: sentence, objectives, a small table of
 * numbers, details folded. Foreign text cannot become markup. Tested by golden files in
 * tests/unit/test_formats.c.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/format.h"
#include "report/say.h"

/* Foreign text as plain words: what Markdown or HTML would obey is escaped. */
static void put_text(struct lbi_buf *out, const char *text, size_t max)
{
    struct lbi_buf safe;

    lbi_buf_init(&safe, out->mem);
    lbi_say_safe(&safe, text, max);
    for (const char *p = lbi_buf_text(&safe); *p != '\0'; p++) {
        if (*p == '<')
            lbi_buf_puts(out, "&lt;");
        else if (*p == '&')
            lbi_buf_puts(out, "&amp;");
        else {
            if (strchr("\\`*_[]|~>", *p) != NULL)
                lbi_buf_putc(out, '\\');
            lbi_buf_putc(out, *p);
        }
    }
    lbi_buf_free_into(&safe, out);
}

static void sentence(struct lbi_buf *out, struct json_object *tree)
{
    const char *status = lbi_tree_text(tree, "verdict.status");
    const char *text = lbi_tree_text(tree, "verdict.sentence");
    size_t len = strlen(status);

    if (len > 0 && strncmp(text, status, len) == 0)
        text += len;
    while (*text == ' ')
        text++;
    lbi_buf_printf(out, "**%s ", lbi_status_symbol(status));
    put_text(out, status, 12);
    lbi_buf_puts(out, "** ");
    put_text(out, text, 2000);
    lbi_buf_puts(out, "\n\n");
}

static void objectives(struct lbi_buf *out, struct json_object *result)
{
    size_t count = lbi_tree_size(result, "slo");

    if (count == 0)
        return;
    lbi_buf_puts(out, "| Objective | Status | Why |\n|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        struct json_object *one = lbi_tree_item(result, "slo", i);
        const char *status = lbi_tree_text(one, "status");
        lbi_buf_puts(out, "| ");
        put_text(out, lbi_tree_text(one, "expr"), 60);
        lbi_buf_printf(out, " | %s ", lbi_status_symbol(status));
        put_text(out, status, 12);
        lbi_buf_puts(out, " | ");
        put_text(out, lbi_tree_text(one, "reason"), 4000);
        lbi_buf_puts(out, " |\n");
    }
    lbi_buf_putc(out, '\n');
}

static void measures(struct lbi_buf *out, const char *label, struct json_object *parent,
                     const char *path)
{
    struct json_object *one = lbi_tree_get(parent, path);
    static const char *const names[] = {"p50", "p95", "p99"};

    if (lbi_tree_int(one, "n", 0) <= 0)
        return;
    lbi_buf_printf(out, "| %s | %" PRId64 " | ", label, lbi_tree_int(one, "n", 0));
    lbi_say_ms(out, lbi_tree_number(one, "mean.value"));
    for (size_t i = 0; i < 3; i++) {
        lbi_buf_puts(out, " | ");
        lbi_say_ms(out, lbi_carried(parent, path, names[i]));
    }
    lbi_buf_puts(out, " |\n");
}

static void latency(struct lbi_buf *out, struct json_object *result)
{
    struct json_object *metrics = lbi_tree_get(result, "metrics");

    lbi_buf_puts(out, "| Latency | n | mean | P50 | P95 | P99 |\n|---|---|---|---|---|---|\n");
    measures(out, "first token", metrics, "ttft");
    measures(out, "first answer", metrics, "ttfa");
    measures(out, "whole answer", metrics, "e2e");
    measures(out, "first token, first turns", result, "by_class.first.ttft");
    measures(out, "first token, later turns", result, "by_class.later.ttft");
    lbi_buf_putc(out, '\n');
}

static void errors(struct lbi_buf *out, struct json_object *result)
{
    struct json_object *classes = lbi_tree_get(result, "requests.errors");

    lbi_buf_printf(out, "%" PRId64 " of %" PRId64 " answers failed",
                   lbi_tree_int(result, "requests.failed", 0),
                   lbi_tree_int(result, "requests.total", 0));
    if (json_object_is_type(classes, json_type_object)) {
        json_object_object_foreach(classes, key, value)
        {
            lbi_buf_puts(out, ", ");
            put_text(out, key, 40);
            lbi_buf_printf(out, " %" PRId64, json_object_get_int64(value));
        }
    }
    lbi_buf_puts(out, ". Cache: ");
    lbi_say_share(out, lbi_tree_number(result, "cache.hit_rate"));
    lbi_buf_puts(out, " of prompt tokens, turn 1 against later ");
    lbi_say_fixed(out, lbi_tree_number(result, "cache.legacy_speedup"), 2);
    lbi_buf_puts(out,
                 isfinite(lbi_tree_number(result, "cache.legacy_speedup")) ? "x.\n\n" : ".\n\n");
}

static void details(struct lbi_buf *out, struct json_object *result)
{
    size_t turns = lbi_tree_size(result, "by_turn");
    size_t notes = lbi_tree_size(result, "warnings");

    lbi_buf_puts(out, "<details><summary>Details</summary>\n\n");
    for (size_t i = 0; i < notes; i++) {
        lbi_buf_puts(out, "- ");
        put_text(out, lbi_tree_text(lbi_tree_item(result, "warnings", i), "text"), 1000);
        lbi_buf_putc(out, '\n');
    }
    lbi_buf_puts(out, "\n| Turn | n | mean | P50 |\n|---|---|---|---|\n");
    for (size_t i = 0; i < turns; i++) {
        struct json_object *one = lbi_tree_item(result, "by_turn", i);
        lbi_buf_printf(out, "| %" PRId64 " | %" PRId64 " | ", lbi_tree_int(one, "turn", 0),
                       lbi_tree_int(one, "ttft.n", 0));
        lbi_say_ms(out, lbi_tree_number(one, "ttft.mean.value"));
        lbi_buf_puts(out, " | ");
        lbi_say_ms(out, lbi_carried(one, "ttft", "p50"));
        lbi_buf_puts(out, " |\n");
    }
    lbi_buf_puts(out, "\n</details>\n");
}

static void labels(struct lbi_buf *out, struct json_object *result)
{
    struct lbi_buf text;

    if (lbi_tree_size(result, "labels") == 0)
        return;
    lbi_buf_init(&text, out->mem);
    lbi_tree_labels(&text, result, ", ");
    lbi_buf_puts(out, "Labels: ");
    put_text(out, lbi_buf_text(&text), 1000);
    lbi_buf_puts(out, "\n\n");
    lbi_buf_free_into(&text, out);
}

static void about(struct lbi_buf *out, struct json_object *result)
{
    put_text(out, lbi_tree_text(result, "target.url"), 100);
    lbi_buf_puts(out, ", model ");
    put_text(out, lbi_tree_text(result, "target.model"), 100);
    lbi_buf_puts(out, ", ");
    put_text(out, lbi_tree_text(result, "started"), 40);
    lbi_buf_puts(out, lbi_tree_true(result, "partial") ? ", PARTIAL\n\n" : "\n\n");
    labels(out, result);
}

static void one_model(struct lbi_buf *out, struct json_object *result)
{
    sentence(out, result);
    about(out, result);
    objectives(out, result);
    errors(out, result);
    latency(out, result);
    details(out, result);
}

static void side_by_side(struct lbi_buf *out, struct json_object *tree, size_t count)
{
    sentence(out, tree);
    lbi_buf_puts(out, "| Model | Verdict | ok | failed | TTFT P50 | TTFT P95 | tokens/s |\n"
                      "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        struct json_object *one = lbi_model_result(tree, i);
        const char *status = lbi_tree_text(one, "verdict.status");
        lbi_buf_puts(out, "| ");
        put_text(out, lbi_tree_text(one, "target.model"), 60);
        lbi_buf_printf(out, " | %s ", lbi_status_symbol(status));
        put_text(out, status, 12);
        lbi_buf_printf(out, " | %" PRId64 " | %" PRId64 " | ", lbi_tree_int(one, "requests.ok", 0),
                       lbi_tree_int(one, "requests.failed", 0));
        lbi_say_ms(out, lbi_carried(one, "metrics.ttft", "p50"));
        lbi_buf_puts(out, " | ");
        lbi_say_ms(out, lbi_carried(one, "metrics.ttft", "p95"));
        lbi_buf_puts(out, " | ");
        lbi_say_number(out, lbi_tree_number(one, "throughput.output_tokens_per_s"), 0);
        lbi_buf_puts(out, " |\n");
    }
    lbi_buf_putc(out, '\n');
}

void lbi_render_markdown(struct lbi_buf *out, struct json_object *tree)
{
    size_t count = lbi_model_count(tree);

    if (count > 1)
        side_by_side(out, tree, count);
    for (size_t i = 0; i < count; i++)
        one_model(out, lbi_model_result(tree, i));
}
