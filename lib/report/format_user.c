/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format_user.c - the two outputs that readers of the old role know: its boxed message, character
 * for character, and its data keys as YAML. Values are points by the old formulas; the verdict
 * stands beside them. Tested by golden files in tests/unit/test_formats.c.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/format.h"
#include "report/say.h"

static void rule(struct lbi_buf *out)
{
    for (int i = 0; i < 64; i++)
        lbi_buf_puts(out, "\xe2\x95\x90");
    lbi_buf_putc(out, '\n');
}

/* "92.09", or "N/A" as the old role had it. */
static void two_decimals(struct lbi_buf *out, double value)
{
    if (isfinite(value))
        lbi_say_fixed(out, value, 2);
    else
        lbi_buf_puts(out, "N/A");
}

/* The value starts in column 21. */
static void item(struct lbi_buf *out, const char *label)
{
    lbi_buf_puts(out, "  \xe2\x80\xa2 ");
    lbi_lay_cell(out, label, 16);
}

static void number_item(struct lbi_buf *out, const char *label, double value, const char *unit)
{
    item(out, label);
    two_decimals(out, value);
    lbi_buf_puts(out, isfinite(value) ? unit : "");
    lbi_buf_putc(out, '\n');
}

static double seconds(struct json_object *result)
{
    return lbi_tree_number(result, "wall_ms") / 1000;
}

static const char *cache_status(struct json_object *result)
{
    const char *word = lbi_tree_text(result, "cache.legacy_word");

    return *word != '\0' ? word : "POOR \xe2\x9c\x97";
}

static void count_or_na(struct lbi_buf *out, struct json_object *result, const char *path)
{
    int64_t count = lbi_tree_int(result, path, -1);

    if (count >= 0)
        lbi_buf_printf(out, "%" PRId64, count);
    else
        lbi_buf_puts(out, "N/A");
}

static void overall(struct lbi_buf *out, struct json_object *result)
{
    int64_t conversations = lbi_tree_int(result, "conversations.total", 0);

    lbi_buf_printf(out, "Overall Status: %s", lbi_legacy_status(result));
    if (strcmp(lbi_tree_text(result, "verdict.status"), "UNDECIDED") == 0)
        lbi_buf_printf(out, " (by the measured value; %" PRId64 " %s cannot prove it)",
                       conversations, lbi_conversations(conversations));
    lbi_buf_putc(out, '\n');
}

static void box(struct lbi_buf *out, struct json_object *result, bool name_model)
{
    rule(out);
    lbi_buf_puts(out, "LiteMaaS Benchmark Results\n");
    rule(out);
    if (name_model) {
        lbi_buf_puts(out, "\nModel: ");
        lbi_say_safe(out, lbi_tree_text(result, "target.model"), 60);
        lbi_buf_putc(out, '\n');
    }
    lbi_buf_puts(out, "\nTime to First Token (TTFT):\n");
    number_item(out, "Mean:", lbi_legacy_number(result, "mean"), " ms");
    number_item(out, "P50 (Median):", lbi_legacy_number(result, "p50"), " ms");
    number_item(out, "P95:", lbi_legacy_number(result, "p95"), " ms");
    number_item(out, "P99:", lbi_legacy_number(result, "p99"), " ms");
    lbi_buf_puts(out, "\nCache Performance:\n");
    number_item(out, "Speedup Ratio:", lbi_tree_number(result, "cache.legacy_speedup"), "x");
    item(out, "Status:");
    lbi_say_safe(out, cache_status(result), 40);
    lbi_buf_puts(out, "\n\nLoad Testing Results:\n");
    number_item(out, "Total Time:", seconds(result), " seconds");
    item(out, "Total Requests:");
    count_or_na(out, result, "requests.total");
    lbi_buf_putc(out, '\n');
    number_item(out, "Requests/sec:", lbi_legacy_rate(result), "");
    lbi_buf_putc(out, '\n');
    overall(out, result);
    lbi_buf_puts(out, lbi_tree_true(result, "target.insecure") ? LBI_SAY_INSECURE : "");
    rule(out);
}

void lbi_render_user_info(struct lbi_buf *out, struct json_object *tree)
{
    size_t count = lbi_model_count(tree);

    for (size_t i = 0; i < count; i++)
        box(out, lbi_model_result(tree, i), count > 1);
}

static void key(struct lbi_buf *out, const char *name)
{
    lbi_buf_printf(out, "litemaas_benchmark_%s: \"", name);
}

/* A JSON string is a YAML double-quoted scalar; what a terminal would obey is made visible. */
static void text_key(struct lbi_buf *out, const char *name, const char *value)
{
    struct lbi_buf safe;

    lbi_buf_init(&safe, out->mem);
    lbi_say_safe(&safe, value, 2000);
    key(out, name);
    lbi_buf_json_text(out, lbi_buf_text(&safe), safe.len);
    lbi_buf_puts(out, "\"\n");
    lbi_buf_free_into(&safe, out);
}

static void number_key(struct lbi_buf *out, const char *name, double value)
{
    key(out, name);
    two_decimals(out, value);
    lbi_buf_puts(out, "\"\n");
}

static void count_key(struct lbi_buf *out, const char *name, struct json_object *result,
                      const char *path)
{
    key(out, name);
    count_or_na(out, result, path);
    lbi_buf_puts(out, "\"\n");
}

/* Names that YAML reads as they stand stay bare, as the other keys are; others are quoted. */
static bool is_bare(const char *name)
{
    return name[strspn(
               name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")] == '\0';
}

static void label_key(struct lbi_buf *out, const char *name, const char *value)
{
    struct lbi_buf safe;
    const char *quote = is_bare(name) ? "" : "\"";

    lbi_buf_init(&safe, out->mem);
    lbi_say_safe(&safe, name, 200);
    lbi_buf_printf(out, "%slitemaas_benchmark_label_", quote);
    lbi_buf_json_text(out, lbi_buf_text(&safe), safe.len);
    lbi_buf_printf(out, "%s: \"", quote);
    lbi_buf_truncate(&safe, 0);
    lbi_say_safe(&safe, value, 2000);
    lbi_buf_json_text(out, lbi_buf_text(&safe), safe.len);
    lbi_buf_puts(out, "\"\n");
    lbi_buf_free_into(&safe, out);
}

static void label_keys(struct lbi_buf *out, struct json_object *result)
{
    struct json_object *labels = lbi_tree_get(result, "labels");

    if (!json_object_is_type(labels, json_type_object))
        return;
    json_object_object_foreach(labels, name, value)
    {
        label_key(out, name, value != NULL ? json_object_get_string(value) : "");
    }
}

/* Of several models, the one that the verdict is about: the worst. */
static struct json_object *decisive(struct json_object *tree)
{
    const char *sentence = lbi_tree_text(tree, "verdict.sentence");
    size_t count = lbi_tree_size(tree, "models");

    for (size_t i = 0; i < count; i++) {
        struct json_object *one = lbi_tree_item(tree, "models", i);
        if (strcmp(lbi_tree_text(one, "verdict.sentence"), sentence) == 0)
            return one;
    }
    return lbi_model_result(tree, 0);
}

void lbi_render_user_data(struct lbi_buf *out, struct json_object *tree)
{
    struct json_object *result = decisive(tree);
    const char *model = lbi_tree_text(result, "target.model");

    number_key(out, "p50_ms", lbi_legacy_number(result, "p50"));
    number_key(out, "p95_ms", lbi_legacy_number(result, "p95"));
    number_key(out, "p99_ms", lbi_legacy_number(result, "p99"));
    number_key(out, "mean_ms", lbi_legacy_number(result, "mean"));
    number_key(out, "speedup_ratio", lbi_tree_number(result, "cache.legacy_speedup"));
    text_key(out, "status", lbi_legacy_status(result));
    text_key(out, "cache_status", cache_status(result));
    number_key(out, "total_time_seconds", seconds(result));
    count_key(out, "total_requests", result, "requests.total");
    number_key(out, "requests_per_second", lbi_legacy_rate(result));
    text_key(out, "model", *model != '\0' ? model : "N/A");
    count_key(out, "errors", result, "requests.failed");
    label_keys(out, result);
    text_key(out, "verdict", lbi_tree_text(result, "verdict.status"));
    text_key(out, "verdict_reason", lbi_tree_text(result, "verdict.sentence"));
    text_key(out, "ttft_word", lbi_legacy_ttft_word(result));
    if (lbi_tree_true(result, "target.insecure"))
        text_key(out, "insecure", "true");
}
