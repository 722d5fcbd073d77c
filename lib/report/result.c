/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result.c - the result as one tree, in the shape and key order of schema litebench.report/1. With
 * several models each has a whole result of its own in models[], the metrics on top are null and
 * the verdict is the worst. Must not compute numbers. Tested in tests/unit/test_formats.c.
 */
#include "report/result.h"

#include <math.h>
#include <string.h>

#include "litebench/version.h"
#include "report/advice.h"
#include "report/sentence.h"
#include "report/tally.h"

static void put_tool(struct lbi_whole *whole, struct json_object *to)
{
    struct json_object *tool = lbi_tree_get(whole->header, "tool");

    if (json_object_is_type(tool, json_type_object)) {
        lbi_put(whole->tree, to, "tool", json_object_get(tool));
        return;
    }
    tool = lbi_tree_object(whole->tree);
    lbi_put_text(whole->tree, tool, "name", "litebench");
    lbi_put_text(whole->tree, tool, "version", LB_VERSION);
    lbi_put(whole->tree, tool, "libcurl", NULL);
    lbi_put(whole->tree, tool, "tls", NULL);
    lbi_put(whole->tree, to, "tool", tool);
}

static double wall_ms(const struct lbi_whole *whole, const struct lbi_part *part)
{
    double said = lbi_tree_number(whole->footer, "wall_ms");

    return isfinite(said) && whole->result->part_count == 1 ? said : part->wall_ms;
}

static void put_head(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part)
{
    struct lbi_tree *tree = whole->tree;
    struct json_object *labels = lbi_tree_get(whole->header, "labels");
    bool partial = whole->footer == NULL || lbi_tree_true(whole->footer, "partial");

    lbi_put_text(tree, to, "schema", LBI_REPORT_SCHEMA);
    put_tool(whole, to);
    lbi_put(tree, to, "labels",
            json_object_is_type(labels, json_type_object) ? json_object_get(labels)
                                                          : lbi_tree_object(tree));
    lbi_put_same(tree, to, "started", whole->header, "started");
    lbi_put_same(tree, to, "ended", whole->footer, "ended");
    lbi_put_number(tree, to, "wall_ms", wall_ms(whole, part));
    lbi_put_bool(tree, to, "partial", partial);
    lbi_put_bool(tree, to, "bounded", lbi_tree_true(whole->footer, "bounded"));
    lbi_put_bool(tree, to, "exact", lbi_dataset_tally(whole->result->dataset) == NULL);
}

static void put_answered(struct lbi_whole *whole, struct json_object *target,
                         const struct lbi_part *parts, size_t count)
{
    struct json_object *answered = lbi_tree_object(whole->tree);

    for (size_t p = 0; p < count; p++) {
        for (size_t i = 0; i < parts[p].answered.count; i++) {
            const struct lbi_count *item = &parts[p].answered.items[i];
            struct json_object *before = NULL;
            int64_t sum = (int64_t)item->count;
            if (json_object_object_get_ex(answered, item->name, &before))
                sum += json_object_get_int64(before);
            lbi_put_int(whole->tree, answered, item->name, sum);
        }
    }
    lbi_put(whole->tree, target, "answered_by", answered);
}

/* The first known version of HTTP among the records of a part. */
static const char *http_version(const struct lbi_part *part)
{
    if (part->tally != NULL)
        return part->tally->http_version;
    for (size_t i = 0; i < part->view.count; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        if (*turn.http_version != '\0')
            return turn.http_version;
    }
    return "";
}

/* One member of target{}: from the answers where they tell, else from the header. */
static void put_target_member(struct lbi_whole *whole, struct json_object *target, const char *key,
                              const struct lbi_part *parts, size_t count)
{
    struct json_object *said = lbi_tree_get(whole->header, "target");
    bool given = lbi_tree_get(said, key) != NULL;

    if (strcmp(key, "answered_by") == 0)
        put_answered(whole, target, parts, count);
    else if (strcmp(key, "model") == 0 && count == 1 && *parts[0].model != '\0')
        lbi_put_text(whole->tree, target, key, parts[0].model);
    else if (strcmp(key, "http_version") == 0 && !given)
        lbi_put_text(whole->tree, target, key, http_version(&parts[0]));
    else if (strcmp(key, "server") == 0 && !given)
        lbi_put_same(whole->tree, target, key, whole->footer, "server");
    else
        lbi_put_same(whole->tree, target, key, said, key);
}

/* What the header says of the target, with what the answers say. */
static void put_target(struct lbi_whole *whole, struct json_object *to,
                       const struct lbi_part *parts, size_t count)
{
    static const char *const keys[] = {"url",    "model",        "models",   "answered_by",
                                       "server", "http_version", "insecure", "proxy"};
    struct json_object *target = lbi_tree_object(whole->tree);
    struct json_object *said = lbi_tree_get(whole->header, "target");

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        put_target_member(whole, target, keys[i], parts, count);
    if (json_object_is_type(said, json_type_object)) {
        json_object_object_foreach(said, key, value)
        {
            if (!json_object_object_get_ex(target, key, NULL))
                lbi_put(whole->tree, target, key, json_object_get(value));
        }
    }
    lbi_put(whole->tree, to, "target", target);
}

static void put_workload(struct lbi_whole *whole, struct json_object *to)
{
    struct json_object *said = lbi_tree_get(whole->header, "workload");

    lbi_put(whole->tree, to, "workload",
            json_object_is_type(said, json_type_object) ? json_object_get(said)
                                                        : lbi_tree_object(whole->tree));
}

static lb_err put_warnings(struct lbi_whole *whole, struct json_object *to,
                           const struct lbi_part *part, const struct lbi_verdict *verdict)
{
    struct json_object *warnings = lbi_tree_array(whole->tree);
    lb_err err = lbi_advise(whole->tree, warnings, whole->result, part, verdict);

    lbi_put(whole->tree, to, "warnings", warnings);
    return err;
}

/* The whole result of one model. */
static lb_err make_part(struct lbi_whole *whole, struct json_object *to,
                        const struct lbi_part *part, const struct lbi_verdict *verdict)
{
    put_head(whole, to, part);
    lbi_put_verdict(whole, to, part, verdict);
    put_target(whole, to, part, 1);
    put_workload(whole, to);
    lbi_put_requests(whole->tree, to, &part->counts, &part->errors);
    lbi_put_conversations(whole->tree, to, &part->sessions);
    lbi_put_numbers(whole, to, part);
    lbi_put_trust(whole, to, part, verdict);
    lb_err err = put_warnings(whole, to, part, verdict);
    lbi_put_legacy(whole, to, part);
    return err;
}

static const struct lbi_part *worst_part(const struct lbi_result *result,
                                         const struct lbi_verdict *verdicts, size_t *index)
{
    *index = 0;
    for (size_t i = 1; i < result->part_count; i++) {
        if (lbi_verdict_rank(&verdicts[i]) > lbi_verdict_rank(&verdicts[*index]))
            *index = i;
    }
    return &result->parts[*index];
}

static void sum_counts(struct lbi_counts *sum, const struct lbi_counts *one)
{
    sum->total += one->total;
    sum->ok += one->ok;
    sum->failed += one->failed;
    sum->cancelled += one->cancelled;
    sum->retried += one->retried;
    sum->reconnected += one->reconnected;
    sum->warmup += one->warmup;
    sum->twins += one->twins;
    sum->not_sent = one->not_sent < 0 || sum->not_sent < 0 ? -1 : sum->not_sent + one->not_sent;
}

/* Sums over all models, where a sum makes sense. */
static void put_sums(struct lbi_whole *whole, struct json_object *to)
{
    const struct lbi_result *result = whole->result;
    struct lbi_counts counts = {0};
    struct lbi_sessions sessions = {0};

    for (size_t i = 0; i < result->part_count; i++) {
        const struct lbi_sessions *one = &result->parts[i].sessions;
        sum_counts(&counts, &result->parts[i].counts);
        sessions.total += one->total;
        sessions.completed += one->completed;
        sessions.aborted += one->aborted;
        sessions.met += one->met;
        sessions.unjudged = sessions.unjudged || one->unjudged;
        sessions.lost = sessions.lost || one->lost;
    }
    lbi_put_requests(whole->tree, to, &counts, NULL);
    struct json_object *errors = lbi_tree_get(to, "requests.errors");
    for (size_t i = 0; i < result->part_count; i++) {
        for (size_t e = 0; e < result->parts[i].errors.count; e++) {
            const struct lbi_count *item = &result->parts[i].errors.items[e];
            struct json_object *before = NULL;
            int64_t sum = (int64_t)item->count;
            if (json_object_object_get_ex(errors, item->name, &before))
                sum += json_object_get_int64(before);
            lbi_put_int(whole->tree, errors, item->name, sum);
        }
    }
    lbi_put_conversations(whole->tree, to, &sessions);
}

static void put_nulls(struct lbi_whole *whole, struct json_object *to, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        lbi_put(whole->tree, to, *keys, NULL);
}

static lb_err put_models(struct lbi_whole *whole, struct json_object *to,
                         const struct lbi_verdict *verdicts)
{
    struct json_object *models = lbi_tree_array(whole->tree);
    lb_err err = LB_OK;

    for (size_t i = 0; i < whole->result->part_count && err == LB_OK; i++) {
        struct json_object *one = lbi_tree_object(whole->tree);
        err = make_part(whole, one, &whole->result->parts[i], &verdicts[i]);
        lbi_push(whole->tree, models, one);
    }
    lbi_put(whole->tree, to, "models", models);
    return err;
}

/* The worst model's sentence names that model: of models that all passed none is to be named. */
static void put_all_passed(struct lbi_whole *whole, struct json_object *to)
{
    struct lbi_buf sentence;

    lbi_buf_init(&sentence, whole->result->mem);
    lbi_say_all_passed(&sentence, whole->result);
    lbi_put_text(whole->tree, lbi_tree_get(to, "verdict"), "sentence", lbi_buf_text(&sentence));
    whole->tree->failed = whole->tree->failed || sentence.err != LB_OK;
    lbi_buf_free(&sentence);
}

static lb_err make_several(struct lbi_whole *whole, struct json_object *to,
                           const struct lbi_verdict *verdicts)
{
    static const char *const before[] = {"throughput", "metrics", "by_turn", "by_class", NULL};
    static const char *const after[] = {"tokens", "cache", NULL};
    size_t index;
    const struct lbi_part *worst = worst_part(whole->result, verdicts, &index);

    put_head(whole, to, worst);
    lbi_put_verdict(whole, to, worst, &verdicts[index]);
    if (verdicts[index].status == LBI_PASS)
        put_all_passed(whole, to);
    put_target(whole, to, whole->result->parts, whole->result->part_count);
    put_workload(whole, to);
    put_sums(whole, to);
    put_nulls(whole, to, before);
    lb_err err = put_models(whole, to, verdicts);
    put_nulls(whole, to, after);
    lbi_put_trust(whole, to, worst, &verdicts[index]);
    if (err == LB_OK)
        err = put_warnings(whole, to, worst, &verdicts[index]);
    return err;
}

static lb_err make_tree(struct lbi_whole *whole, struct json_object *to,
                        struct lbi_verdict *verdicts)
{
    const struct lbi_result *result = whole->result;
    lb_err err = LB_OK;

    for (size_t i = 0; i < result->part_count && err == LB_OK; i++)
        err = lbi_judge(&verdicts[i], result, &result->parts[i], whole->rules);
    if (err != LB_OK)
        return err;
    if (result->part_count == 1)
        return make_part(whole, to, &result->parts[0], &verdicts[0]);
    return make_several(whole, to, verdicts);
}

lb_err lbi_result_make(struct json_object **out, const struct lb_dataset *dataset,
                       const struct lbi_rules *rules)
{
    struct lb_ctx *ctx = lbi_dataset_ctx(dataset);
    struct lbi_result result;
    struct lbi_tree tree = {false};
    struct lbi_whole whole = {&tree, &result, rules, lbi_dataset_header(dataset),
                              lbi_dataset_footer(dataset)};
    struct lbi_verdict *verdicts = NULL;
    struct json_object *root = lbi_tree_object(&tree);
    lb_err err = lbi_fold(&result, dataset, rules->objectives, rules->objective_count);

    if (err == LB_OK)
        verdicts = lbi_zalloc(&ctx->mem, result.part_count * sizeof(*verdicts));
    if (verdicts != NULL)
        err = make_tree(&whole, root, verdicts);
    for (size_t i = 0; verdicts != NULL && i < result.part_count; i++)
        lbi_verdict_free(&verdicts[i], &ctx->mem);
    if (verdicts == NULL || tree.failed)
        err = LB_E_NOMEM;
    lbi_free(&ctx->mem, verdicts);
    lbi_result_free(&result);
    if (err != LB_OK) {
        (void)json_object_put(root);
        return err == LB_E_NOMEM ? lbi_nomem(ctx) : err;
    }
    *out = root;
    return LB_OK;
}

lb_err lbi_result_load(struct json_object **out, struct lb_ctx *ctx, const char *json, size_t len)
{
    const char *why;
    struct json_object *tree = lbi_tree_parse(json, len, &why);
    const char *schema = lbi_tree_text(tree, "schema");
    lb_err err = LB_OK;

    if (tree == NULL && why == lbi_no_memory)
        return lbi_nomem(ctx);
    if (tree == NULL)
        return lbi_fail(ctx, LB_E_PARSE, "the report is not JSON: %s", why);
    if (strncmp(schema, "litebench.report/", strlen("litebench.report/")) != 0)
        err = lbi_fail(ctx, LB_E_PARSE,
                       "no report of litebench: \"schema\" must be "
                       "\"" LBI_REPORT_SCHEMA "\"");
    else if (strcmp(schema, LBI_REPORT_SCHEMA) != 0)
        err = lbi_fail(ctx, LB_E_UNSUPPORTED,
                       "schema %.40s is not known to this version, which reads " LBI_REPORT_SCHEMA
                       ": use a newer litebench",
                       schema);
    else if (*lbi_tree_text(tree, "verdict.status") == '\0')
        err = lbi_fail(ctx, LB_E_PARSE, "the report has no verdict.status");
    if (err != LB_OK) {
        (void)json_object_put(tree);
        return err;
    }
    *out = tree;
    return LB_OK;
}
