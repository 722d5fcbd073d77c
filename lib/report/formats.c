/* SPDX-License-Identifier: Apache-2.0 */
/*
 * formats.c - the table of formats, the JSON one, and what several formats say alike. A new format
 * is a row here and a file beside this one. Tested in tests/unit/test_formats.c.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/format.h"

static const struct lbi_format formats[] = {
    {"text", "for people, 80 columns, the verdict first", lbi_render_text},
    {"json", "the whole result (schema litebench.report/1)", lbi_render_json},
    {"ndjson", "every request as a line of JSON (schema litebench.records/1)", NULL},
    {"csv", "every request as a row (RFC 4180)", NULL},
    {"markdown", "for a ticket: sentence, tables, details", lbi_render_markdown},
    {"user-info", "the boxed results message of the old role", lbi_render_user_info},
    {"user-data", "the litemaas_benchmark_* keys of the old role as YAML", lbi_render_user_data},
    {"legacy", "the old script's summary sections", lbi_render_legacy},
};

const struct lbi_format *lbi_format_at(size_t index)
{
    return index < sizeof(formats) / sizeof(formats[0]) ? &formats[index] : NULL;
}

const struct lbi_format *lbi_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}

void lbi_render_json(struct lbi_buf *out, struct json_object *tree)
{
    lbi_tree_write(out, tree, true);
    lbi_buf_putc(out, '\n');
}

size_t lbi_model_count(struct json_object *tree)
{
    size_t several = lbi_tree_size(tree, "models");

    return several > 0 ? several : 1;
}

struct json_object *lbi_model_result(struct json_object *tree, size_t index)
{
    struct json_object *one = lbi_tree_item(tree, "models", index);

    return one != NULL ? one : tree;
}

const char *lbi_status_symbol(const char *status)
{
    static const struct {
        const char *status, *symbol;
    } symbols[] = {
        {"PASS", "\xe2\x9c\x93"}, {"WARN", "\xe2\x9a\xa0"}, {"FAIL", "\xe2\x9c\x97"},
        {"UNDECIDED", "?"},       {"INVALID", "!"},
    };

    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        if (strcmp(symbols[i].status, status) == 0)
            return symbols[i].symbol;
    }
    return " ";
}

double lbi_carried(struct json_object *tree, const char *path, const char *name)
{
    char full[96];

    (void)snprintf(full, sizeof(full), "%s.%s.high", path, name);
    if (!isfinite(lbi_tree_number(tree, full)))
        return (double)NAN;
    (void)snprintf(full, sizeof(full), "%s.%s.value", path, name);
    return lbi_tree_number(tree, full);
}

double lbi_legacy_number(struct json_object *result, const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "legacy.%s_ms", name);
    double value = lbi_tree_number(result, path);
    if (isfinite(value))
        return value;
    (void)snprintf(path, sizeof(path), "metrics.ttft.%s.value", name);
    return lbi_tree_number(result, path);
}

static double limit_of(struct json_object *result)
{
    double limit = lbi_tree_number(result, "legacy.ttft_limit_ms");

    return isfinite(limit) ? limit : 500;
}

/* Too many errors for the objective on them, or for a percentile to exist at all. */
static bool errors_failed(struct json_object *result)
{
    size_t count = lbi_tree_size(result, "slo");

    for (size_t i = 0; i < count; i++) {
        struct json_object *one = lbi_tree_item(result, "slo", i);
        bool of_errors = strcmp(lbi_tree_text(one, "metric"), "errors") == 0 ||
                         strcmp(lbi_tree_text(one, "cause"), "failures") == 0;
        if (of_errors && strcmp(lbi_tree_text(one, "status"), "FAIL") == 0)
            return true;
    }
    return false;
}

const char *lbi_legacy_status(struct json_object *result)
{
    double p95 = lbi_legacy_number(result, "p95");
    double limit = limit_of(result);

    if (strcmp(lbi_tree_text(result, "verdict.status"), "INVALID") == 0)
        return "INVALID \xe2\x9c\x97";
    if (errors_failed(result) || lbi_tree_number(result, "requests.ok") <= 0)
        return "FAIL \xe2\x9c\x97";
    if (p95 < limit)
        return "PASS \xe2\x9c\x93";
    return p95 < 2 * limit ? "WARN \xe2\x9a\xa0" : "FAIL \xe2\x9c\x97";
}

const char *lbi_legacy_ttft_word(struct json_object *result)
{
    double p95 = lbi_legacy_number(result, "p95");
    double limit = limit_of(result);

    if (p95 < limit)
        return "Excellent user experience \xe2\x9c\x93";
    return p95 < 2 * limit ? "Good user experience" : "May need optimization \xe2\x9c\x97";
}

double lbi_legacy_rate(struct json_object *result)
{
    double total = lbi_tree_number(result, "requests.total");
    double wall = lbi_tree_number(result, "wall_ms");

    return wall > 0 ? total * 1000 / wall : (double)NAN;
}
