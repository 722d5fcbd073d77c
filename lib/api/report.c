/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - results for callers. Also the one place that knows both the options and the judge:
 * it says which objectives count and which verdicts give an exit code. Tested in
 * tests/unit/test_judge.c and test_formats.c.
 */
#include <math.h>
#include <string.h>

#include "config/config.h"
#include "report/format.h"
#include "report/result.h"

struct lb_report {
    struct lb_ctx *ctx;
    struct json_object *tree;
};

static lb_err wrap(lb_report **out, struct lb_ctx *ctx, struct json_object *tree)
{
    struct lb_report *report = lbi_zalloc(&ctx->mem, sizeof(*report));

    if (report == NULL) {
        (void)json_object_put(tree);
        return lbi_nomem(ctx);
    }
    report->ctx = lbi_ctx_ref(ctx);
    report->tree = tree;
    *out = report;
    return LB_OK;
}

/* The objectives of the run's own header, which are all that were in force: texts, or objects
 * with an `expr`. */
static lb_err add_stored(struct lbi_rules *rules, struct lb_ctx *ctx, struct json_object *header)
{
    size_t count = lbi_tree_size(header, "slo");
    lb_err err = LB_OK;

    for (size_t i = 0; i < count && err == LB_OK; i++) {
        struct json_object *item = lbi_tree_item(header, "slo", i);
        const char *expr = json_object_is_type(item, json_type_string)
                               ? json_object_get_string(item)
                               : lbi_tree_text(item, "expr");
        err = lbi_rules_add(rules, ctx, expr);
    }
    return err;
}

static lb_err add_list(struct lbi_rules *rules, struct lb_ctx *ctx, const struct lbi_list *list)
{
    lb_err err = LB_OK;

    for (size_t i = 0; i < list->count && err == LB_OK; i++)
        err = lbi_rules_add(rules, ctx, list->items[i]);
    return err;
}

/* Those of options as they come, or of a preset. */
static lb_err add_defaults(struct lbi_rules *rules, struct lb_ctx *ctx, const char *preset)
{
    struct lb_config *base = NULL;
    lb_err err = lbi_config_new(&base, ctx);

    if (err != LB_OK)
        return err;
    if (*preset != '\0')
        (void)lbi_config_preset(base, preset); /* one that we do not know brings none */
    err = add_list(rules, ctx, &base->set.slo);
    lbi_config_free(base);
    return err;
}

/* What somebody asks for now replaces what the records bring, metric by metric. */
static lb_err overlay_given(struct lbi_rules *rules, struct lb_ctx *ctx,
                            const struct lb_config *config)
{
    const struct lbi_list *slo = &config->set.slo;
    struct lbi_rules given;
    lb_err err = LB_OK;

    lbi_rules_init(&given);
    for (size_t i = 0; i < slo->count && err == LB_OK; i++) {
        if (strcmp(config->slo_origins.items[i], "default") != 0)
            err = lbi_rules_add(&given, ctx, slo->items[i]);
    }
    if (err == LB_OK)
        err = lbi_rules_overlay(rules, ctx, &given);
    lbi_rules_free(&given, &ctx->mem);
    return err;
}

static bool has_word(const struct lbi_list *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], word) == 0)
            return true;
    }
    return false;
}

static void take_fail_on(struct lbi_rules *rules, const struct lb_config *config)
{
    const struct lbi_list *list = &config->set.fail_on;
    bool none = config->set.exit_zero || has_word(list, "none");

    rules->fail_on_fail = !none && has_word(list, "fail");
    rules->fail_on_warn = !none && has_word(list, "warn");
    rules->fail_on_invalid = !none && has_word(list, "invalid");
    rules->fail_on_undecided = !none && has_word(list, "undecided");
}

static lb_err make_rules(struct lbi_rules *rules, const struct lb_dataset *dataset,
                         const struct lb_config *config)
{
    struct lb_ctx *ctx = lbi_dataset_ctx(dataset);
    struct json_object *header = lbi_dataset_header(dataset);
    double threshold = lbi_tree_number(header, "workload.speedup_threshold");
    bool given = config != NULL && lbi_given(config, LBI_OPT_slo);
    lb_err err;

    if (isfinite(threshold))
        rules->speedup_threshold = threshold;
    if (config != NULL && lbi_given(config, LBI_OPT_speedup_threshold))
        rules->speedup_threshold = config->set.speedup_threshold;
    if (config != NULL)
        take_fail_on(rules, config);
    if (lbi_tree_size(header, "slo") == 0)
        return given ? add_list(rules, ctx, &config->set.slo)
                     : add_defaults(rules, ctx, lbi_tree_text(header, "workload.preset"));
    err = add_stored(rules, ctx, header);
    return err == LB_OK && given ? overlay_given(rules, ctx, config) : err;
}

lb_err lb_report_new(lb_report **out, const lb_dataset *dataset, const lb_config *config)
{
    struct json_object *tree = NULL;
    struct lbi_rules rules;

    if (dataset == NULL)
        return LB_E_INVALID;
    struct lb_ctx *ctx = lbi_dataset_ctx(dataset);
    if (out == NULL)
        return lbi_fail(ctx, LB_E_INVALID, "lb_report_new: no place for the result");
    lbi_rules_init(&rules);
    lb_err err = make_rules(&rules, dataset, config);
    if (err == LB_OK)
        err = lbi_result_make(&tree, dataset, &rules);
    lbi_rules_free(&rules, &ctx->mem);
    return err != LB_OK ? err : wrap(out, ctx, tree);
}

lb_err lb_report_load(lb_report **out, lb_ctx *ctx, const char *json, size_t len)
{
    struct json_object *tree = NULL;

    if (ctx == NULL)
        return LB_E_INVALID;
    if (out == NULL || json == NULL)
        return lbi_fail(ctx, LB_E_INVALID, "lb_report_load: no text or no place for the result");
    lb_err err = lbi_result_load(&tree, ctx, json, len);
    return err != LB_OK ? err : wrap(out, ctx, tree);
}

void lb_report_free(lb_report *report)
{
    if (report == NULL)
        return;
    struct lb_ctx *ctx = report->ctx;
    (void)json_object_put(report->tree);
    lbi_free(&ctx->mem, report);
    lbi_ctx_unref(ctx);
}

static lb_err not_there(const struct lb_report *report, const char *path, const char *kind)
{
    return lbi_fail(report->ctx, LB_E_NOTFOUND, "the report has no %s at %.120s", kind, path);
}

lb_err lb_report_number(const lb_report *report, double *out, const char *path)
{
    struct json_object *found = NULL;

    if (report == NULL)
        return LB_E_INVALID;
    if (out == NULL || path == NULL)
        return lbi_fail(report->ctx, LB_E_INVALID, "lb_report_number: no path or no place");
    if (!lbi_tree_find(report->tree, path, &found))
        return not_there(report, path, "number");
    bool number =
        json_object_is_type(found, json_type_int) || json_object_is_type(found, json_type_double);
    if (found != NULL && !number)
        return not_there(report, path, "number");
    *out = found == NULL ? (double)NAN : json_object_get_double(found);
    return LB_OK;
}

lb_err lb_report_text(const lb_report *report, const char **out, const char *path)
{
    struct json_object *found = NULL;

    if (report == NULL)
        return LB_E_INVALID;
    if (out == NULL || path == NULL)
        return lbi_fail(report->ctx, LB_E_INVALID, "lb_report_text: no path or no place");
    if (!lbi_tree_find(report->tree, path, &found) ||
        (found != NULL && !json_object_is_type(found, json_type_string)))
        return not_there(report, path, "text");
    *out = found == NULL ? "" : json_object_get_string(found);
    return LB_OK;
}

int32_t lb_report_exit_code(const lb_report *report)
{
    return report == NULL ? 3 : (int32_t)lbi_tree_int(report->tree, "verdict.exit_code", 3);
}

lb_err lb_format_at(const char **name, const char **help, size_t index)
{
    const struct lbi_format *format = lbi_format_at(index);

    if (format == NULL)
        return LB_E_RANGE;
    if (name != NULL)
        *name = format->name;
    if (help != NULL)
        *help = format->help;
    return LB_OK;
}

/* The text in `text`, which the caller frees. */
static lb_err render(const struct lb_report *report, struct lbi_buf *text, const char *name)
{
    const struct lbi_format *format = lbi_format_find(name);

    if (format == NULL)
        return lbi_fail(report->ctx, LB_E_NOTFOUND, "format %.40s is not known", name);
    if (format->render == NULL)
        return lbi_fail(report->ctx, LB_E_UNSUPPORTED,
                        "format %s is of records: a report holds none", name);
    format->render(text, report->tree);
    return text->err == LB_OK ? LB_OK : lbi_nomem(report->ctx);
}

lb_err lb_report_write(const lb_report *report, const char *format, lb_write_cb write, void *user)
{
    struct lbi_buf text;

    if (report == NULL)
        return LB_E_INVALID;
    if (format == NULL || write == NULL)
        return lbi_fail(report->ctx, LB_E_INVALID,
                        "lb_report_write: no format or nothing to write to");
    lbi_buf_init(&text, &report->ctx->mem);
    lb_err err = render(report, &text, format);
    if (err == LB_OK)
        err = write(user, lbi_buf_text(&text), text.len);
    lbi_buf_free(&text);
    return err;
}

lb_err lb_report_render(const lb_report *report, char **out, size_t *len, const char *format)
{
    struct lbi_buf text;

    if (report == NULL)
        return LB_E_INVALID;
    if (out == NULL || format == NULL)
        return lbi_fail(report->ctx, LB_E_INVALID, "lb_report_render: no format or no place");
    lbi_buf_init(&text, &report->ctx->mem);
    lb_err err = render(report, &text, format);
    if (err != LB_OK) {
        lbi_buf_free(&text);
        return err;
    }
    if (len != NULL)
        *len = text.len;
    *out = text.data;
    return LB_OK;
}
