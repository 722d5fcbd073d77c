/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format_legacy.c - the summary that the old Python script printed, with its labels and formats,
 * for whoever reads it with patterns. Sections without data vanish, as they did. Tested by golden
 * files in tests/unit/test_formats.c.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/format.h"
#include "report/say.h"

static void rule(struct lbi_buf *out)
{
    for (int i = 0; i < 80; i++)
        lbi_buf_putc(out, '=');
    lbi_buf_putc(out, '\n');
}

/* "%10.2f ms" after the label. */
static void line(struct lbi_buf *out, const char *label, double value)
{
    struct lbi_buf number;

    lbi_buf_init(&number, out->mem);
    lbi_say_fixed(&number, value, 2);
    lbi_buf_printf(out, "  %s ", label);
    lbi_lay_cell(out, lbi_buf_text(&number), -10);
    lbi_buf_puts(out, " ms\n");
    lbi_buf_free_into(&number, out);
}

static void times(struct lbi_buf *out, struct json_object *times_of, const char *title, bool p99)
{
    if (lbi_tree_int(times_of, "n", 0) <= 0)
        return;
    lbi_buf_printf(out, "\n%s\n", title);
    line(out, "Min: ", lbi_tree_number(times_of, "min_ms"));
    line(out, "Max: ", lbi_tree_number(times_of, "max_ms"));
    line(out, "Mean:", lbi_tree_number(times_of, "mean_ms"));
    line(out, "P50: ", lbi_tree_number(times_of, "p50_ms"));
    line(out, "P95: ", lbi_tree_number(times_of, "p95_ms"));
    if (p99)
        line(out, "P99: ", lbi_tree_number(times_of, "p99_ms"));
}

static void group(struct lbi_buf *out, const char *label, struct json_object *one)
{
    struct lbi_buf number;

    lbi_buf_init(&number, out->mem);
    lbi_say_fixed(&number, lbi_tree_number(one, "ttft.mean.value"), 2);
    lbi_buf_printf(out, "  %s ", label);
    lbi_lay_cell(out, lbi_buf_text(&number), -10);
    lbi_buf_printf(out, " ms avg (%" PRId64 " requests)\n", lbi_tree_int(one, "ttft.n", 0));
    lbi_buf_free_into(&number, out);
}

static void by_turn(struct lbi_buf *out, struct json_object *result)
{
    size_t count = lbi_tree_size(result, "by_turn");
    bool titled = false;

    for (size_t i = 0; i < count; i++) {
        struct json_object *one = lbi_tree_item(result, "by_turn", i);
        struct lbi_buf label;
        if (lbi_tree_int(one, "ttft.n", 0) <= 0)
            continue;
        lbi_buf_puts(out, titled ? "" : "\nTTFT by Turn Number:\n");
        titled = true;
        lbi_buf_init(&label, out->mem);
        lbi_buf_printf(&label, "Turn %2" PRId64 ":", lbi_tree_int(one, "turn", 0));
        group(out, lbi_buf_text(&label), one);
        lbi_buf_free_into(&label, out);
    }
}

static void by_kind(struct lbi_buf *out, struct json_object *result)
{
    struct json_object *code = lbi_tree_get(result, "by_class.code");
    struct json_object *text = lbi_tree_get(result, "by_class.text");
    bool has_code = lbi_tree_int(code, "ttft.n", 0) > 0;
    bool has_text = lbi_tree_int(text, "ttft.n", 0) > 0;

    if (!has_code && !has_text)
        return;
    lbi_buf_puts(out, "\nTTFT by Document Type:\n");
    if (has_code)
        group(out, "CODE:", code);
    if (has_text)
        group(out, "TEXT:", text);
}

static void caching(struct lbi_buf *out, struct json_object *result)
{
    double speedup = lbi_tree_number(result, "cache.legacy_speedup");

    if (!isfinite(speedup))
        return;
    lbi_buf_puts(out, "\nFirst Turn vs Subsequent Turns (Prefix Caching Indicator):\n");
    line(out, "First turn avg:   ", lbi_tree_number(result, "legacy.first_turn_ms"));
    line(out, "Later turns avg:  ", lbi_tree_number(result, "legacy.later_turns_ms"));
    lbi_buf_puts(out, "  Speedup ratio:     ");
    struct lbi_buf number;
    lbi_buf_init(&number, out->mem);
    lbi_say_fixed(&number, speedup, 2);
    lbi_lay_cell(out, lbi_buf_text(&number), -10);
    lbi_buf_puts(out, "x\n");
    lbi_buf_free_into(&number, out);
}

static void labels(struct lbi_buf *out, struct json_object *result)
{
    struct lbi_buf text;

    if (lbi_tree_size(result, "labels") == 0)
        return;
    lbi_buf_init(&text, out->mem);
    lbi_tree_labels(&text, result, ", ");
    lbi_buf_puts(out, "Labels: ");
    lbi_say_safe(out, lbi_buf_text(&text), 1000);
    lbi_buf_putc(out, '\n');
    lbi_buf_free_into(&text, out);
}

static void totals(struct lbi_buf *out, struct json_object *result)
{
    double wall = lbi_tree_number(result, "wall_ms");

    double rate = lbi_legacy_rate(result);

    lbi_buf_putc(out, '\n');
    if (isfinite(wall)) {
        lbi_buf_puts(out, "Total time: ");
        lbi_say_fixed(out, wall / 1000, 2);
        lbi_buf_puts(out, "s\n");
    }
    lbi_buf_printf(out, "Total requests: %" PRId64 "\n", lbi_tree_int(result, "requests.total", 0));
    lbi_buf_printf(out, "Completed conversations: %" PRId64 "/%" PRId64 "\n",
                   lbi_tree_int(result, "conversations.completed", 0),
                   lbi_tree_int(result, "workload.conversations",
                                lbi_tree_int(result, "conversations.total", 0)));
    if (isfinite(rate)) {
        lbi_buf_puts(out, "Requests per second: ");
        lbi_say_fixed(out, rate, 2);
        lbi_buf_putc(out, '\n');
    }
    labels(out, result);
}

static void summary(struct lbi_buf *out, struct json_object *result, bool name_model)
{
    struct json_object *legacy = lbi_tree_get(result, "legacy");

    rule(out);
    lbi_buf_puts(out, "BENCHMARK SUMMARY\n");
    rule(out);
    if (name_model) {
        lbi_buf_puts(out, "\nModel: ");
        lbi_say_safe(out, lbi_tree_text(result, "target.model"), 60);
        lbi_buf_putc(out, '\n');
    }
    totals(out, result);
    times(out, legacy, "Time to First Token (TTFT):", true);
    times(out, lbi_tree_get(legacy, "total"), "Total Request Time:", false);
    by_turn(out, result);
    by_kind(out, result);
    caching(out, result);
    lbi_buf_putc(out, '\n');
    lbi_buf_puts(out, lbi_tree_true(result, "target.insecure") ? LBI_SAY_INSECURE : "");
    rule(out);
}

void lbi_render_legacy(struct lbi_buf *out, struct json_object *tree)
{
    size_t count = lbi_model_count(tree);

    for (size_t i = 0; i < count; i++)
        summary(out, lbi_model_result(tree, i), count > 1);
}
