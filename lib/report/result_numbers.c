/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_numbers.c - verdict, counts, metrics and trust of one part as members of the tree. Key
 * order and names are the schema's. Tested in tests/unit/test_formats.c.
 */
#include <math.h>
#include <string.h>

#include "report/result.h"
#include "report/sentence.h"

static void put_said(struct lbi_tree *tree, struct json_object *to, const char *key,
                     struct lbi_buf *text)
{
    tree->failed = tree->failed || text->err != LB_OK;
    lbi_put_text(tree, to, key, lbi_buf_text(text));
    lbi_buf_free(text);
}

static void put_slo(struct lbi_whole *whole, struct json_object *array, const struct lbi_part *part,
                    const struct lbi_verdict *verdict, const struct lbi_judged *judged)
{
    struct lbi_tree *tree = whole->tree;
    struct json_object *one = lbi_tree_object(tree);
    const struct lbi_objective *objective = judged->objective;
    struct lbi_buf reason;

    lbi_put_text(tree, one, "expr", objective->expr);
    lbi_put_text(tree, one, "metric", lbi_metrics[objective->metric].name);
    lbi_put_text(tree, one, "stat", objective->stat);
    lbi_put_text(tree, one, "class", objective->class_name);
    lbi_put_text(tree, one, "op", lbi_op_text(objective->op));
    lbi_put_number(tree, one, "limit", objective->limit);
    lbi_put_number(tree, one, "value", judged->shown.value);
    lbi_put_number(tree, one, "low", judged->shown.low);
    lbi_put_number(tree, one, "high", judged->shown.high);
    lbi_put_text(tree, one, "status", lbi_status_names[judged->status]);
    lbi_buf_init(&reason, whole->result->mem);
    lbi_say_reason(&reason, judged, verdict, whole->result, part);
    put_said(tree, one, "reason", &reason);
    if (judged->more > 0)
        lbi_put_int(tree, one, "more_conversations", judged->more);
    else
        lbi_put(tree, one, "more_conversations", NULL);
    lbi_put_text(tree, one, "cause", lbi_reason_names[judged->reason]);
    lbi_push(tree, array, one);
}

/* Why the verdict is not PASS: a sentence for each objective that is not, and for the run. */
static void put_reasons(struct lbi_whole *whole, struct json_object *to,
                        const struct lbi_part *part, const struct lbi_verdict *verdict)
{
    struct json_object *reasons = lbi_tree_array(whole->tree);
    struct lbi_buf text;

    lbi_buf_init(&text, whole->result->mem);
    for (size_t i = 0; i < verdict->slo_count; i++) {
        if (verdict->slo[i].status == LBI_PASS)
            continue;
        lbi_buf_truncate(&text, 0);
        lbi_say_reason(&text, &verdict->slo[i], verdict, whole->result, part);
        lbi_push_text(whole->tree, reasons, lbi_buf_text(&text));
    }
    lbi_buf_truncate(&text, 0);
    if (verdict->shards_missing > 0) {
        lbi_say_shards(&text, verdict);
        lbi_buf_truncate(&text, text.len > 2 ? text.len - 2 : 0);
        lbi_push_text(whole->tree, reasons, lbi_buf_text(&text));
    }
    if (verdict->no_success)
        lbi_push_text(whole->tree, reasons, "no request was successful");
    if (verdict->quota)
        lbi_push_text(whole->tree, reasons, "a quota of the key was hit (HTTP 429)");
    whole->tree->failed = whole->tree->failed || text.err != LB_OK;
    lbi_buf_free(&text);
    lbi_put(whole->tree, to, "reasons", reasons);
}

void lbi_put_verdict(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part,
                     const struct lbi_verdict *verdict)
{
    struct lbi_tree *tree = whole->tree;
    struct json_object *one = lbi_tree_object(tree);
    struct json_object *slo = lbi_tree_array(tree);
    struct lbi_buf sentence;

    lbi_put_text(tree, one, "status", lbi_status_names[verdict->status]);
    lbi_put_int(tree, one, "exit_code", verdict->exit_code);
    put_reasons(whole, one, part, verdict);
    lbi_buf_init(&sentence, whole->result->mem);
    lbi_say_sentence(&sentence, verdict, whole->result, part);
    put_said(tree, one, "sentence", &sentence);
    lbi_put(tree, to, "verdict", one);
    for (size_t i = 0; i < verdict->slo_count; i++)
        put_slo(whole, slo, part, verdict, &verdict->slo[i]);
    lbi_put(tree, to, "slo", slo);
}

static void put_unknown_int(struct lbi_tree *tree, struct json_object *to, const char *key,
                            int64_t value)
{
    if (value < 0)
        lbi_put(tree, to, key, NULL);
    else
        lbi_put_int(tree, to, key, value);
}

static void put_count(struct lbi_tree *tree, struct json_object *to, const char *key, size_t count)
{
    lbi_put_int(tree, to, key, (int64_t)count);
}

void lbi_put_requests(struct lbi_tree *tree, struct json_object *to,
                      const struct lbi_counts *counts, const struct lbi_names *errors)
{
    struct json_object *one = lbi_tree_object(tree);
    struct json_object *classes = lbi_tree_object(tree);

    put_count(tree, one, "total", counts->total);
    put_count(tree, one, "ok", counts->ok);
    put_count(tree, one, "failed", counts->failed);
    put_count(tree, one, "cancelled", counts->cancelled);
    put_unknown_int(tree, one, "not_sent", counts->not_sent);
    for (size_t i = 0; errors != NULL && i < errors->count; i++)
        put_count(tree, classes, errors->items[i].name, errors->items[i].count);
    lbi_put(tree, one, "errors", classes);
    put_count(tree, one, "retried", counts->retried);
    put_count(tree, one, "reconnected", counts->reconnected);
    put_count(tree, one, "warmup", counts->warmup);
    put_count(tree, one, "twins", counts->twins);
    lbi_put(tree, to, "requests", one);
}

void lbi_put_conversations(struct lbi_tree *tree, struct json_object *to,
                           const struct lbi_sessions *sessions)
{
    struct json_object *one = lbi_tree_object(tree);

    put_count(tree, one, "total", sessions->total);
    put_unknown_int(tree, one, "completed", sessions->lost ? -1 : (int64_t)sessions->completed);
    put_unknown_int(tree, one, "aborted", sessions->lost ? -1 : (int64_t)sessions->aborted);
    put_unknown_int(tree, one, "slo_met", sessions->unjudged ? -1 : (int64_t)sessions->met);
    lbi_put(tree, to, "conversations", one);
}

static void put_stat(struct lbi_tree *tree, struct json_object *to, const char *key,
                     const lb_stat *stat)
{
    struct json_object *one = lbi_tree_object(tree);

    lbi_put_number(tree, one, "value", stat->value);
    lbi_put_number(tree, one, "low", stat->low);
    lbi_put_number(tree, one, "high", stat->high);
    lbi_put_int(tree, one, "n", (int64_t)stat->n);
    lbi_put_number(tree, one, "n_eff", stat->n_eff);
    lbi_put(tree, to, key, one);
}

static void put_measures(struct lbi_tree *tree, struct json_object *to, const char *key,
                         const struct lbi_measures *measures)
{
    static const char *const names[LBI_PERCENTILES] = {"p50", "p90", "p95", "p99", "p99_9"};
    struct json_object *one = lbi_tree_object(tree);

    put_count(tree, one, "n", measures->n);
    put_stat(tree, one, "mean", &measures->mean);
    lbi_put_number(tree, one, "min", measures->min);
    lbi_put_number(tree, one, "max", measures->max);
    lbi_put_number(tree, one, "stddev", measures->stddev);
    for (int i = 0; i < LBI_PERCENTILES; i++)
        put_stat(tree, one, names[i], &measures->p[i]);
    lbi_put(tree, to, key, one);
}

static void put_group(struct lbi_tree *tree, struct json_object *one, const struct lbi_group *group)
{
    put_count(tree, one, "n", group->n);
    put_count(tree, one, "ok", group->ok);
    put_measures(tree, one, "ttft", &group->ttft);
}

static void put_groups(struct lbi_tree *tree, struct json_object *to, const struct lbi_part *part)
{
    struct json_object *turns = lbi_tree_array(tree);
    struct json_object *classes = lbi_tree_object(tree);

    for (size_t i = 0; i < part->turn_count; i++) {
        struct json_object *one = lbi_tree_object(tree);
        lbi_put_int(tree, one, "turn", part->turns[i].turn);
        put_group(tree, one, &part->turns[i]);
        lbi_put_number(tree, one, "cached_share", part->turns[i].cached_share);
        lbi_push(tree, turns, one);
    }
    lbi_put(tree, to, "by_turn", turns);
    for (int g = 0; g < LBI_GROUPS; g++) {
        struct json_object *one = lbi_tree_object(tree);
        put_group(tree, one, &part->groups[g]);
        lbi_put(tree, classes, lbi_group_names[g], one);
    }
    lbi_put(tree, to, "by_class", classes);
}

static void put_tokens(struct lbi_tree *tree, struct json_object *to,
                       const struct lbi_tokens *tokens)
{
    struct json_object *one = lbi_tree_object(tree);
    const char *source =
        tokens->from_server ? "server" : (isfinite(tokens->completion) ? "estimate" : NULL);

    lbi_put_number(tree, one, "prompt", tokens->prompt);
    lbi_put_number(tree, one, "cached", tokens->cached);
    lbi_put_number(tree, one, "completion", tokens->completion);
    lbi_put_text(tree, one, "source", source);
    put_count(tree, one, "cached_known", tokens->cached_known);
    put_count(tree, one, "cached_of", tokens->cached_of);
    lbi_put(tree, to, "tokens", one);
}

const char *lbi_cache_word(double speedup, double threshold)
{
    if (speedup > 1.5 * threshold)
        return "EXCELLENT \xe2\x9c\x93";
    if (speedup > threshold)
        return "GOOD \xe2\x9c\x93";
    return "POOR \xe2\x9c\x97";
}

static void put_rates(struct lbi_tree *tree, struct json_object *to, const struct lbi_rates *rates)
{
    struct json_object *one = lbi_tree_object(tree);

    lbi_put_number(tree, one, "requests_per_s", rates->requests);
    lbi_put_number(tree, one, "output_tokens_per_s", rates->output_tokens);
    lbi_put_number(tree, one, "input_tokens_per_s", rates->input_tokens);
    lbi_put_number(tree, one, "chunks_per_s", rates->chunks);
    lbi_put(tree, to, "throughput", one);
}

void lbi_put_numbers(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part)
{
    struct lbi_tree *tree = whole->tree;
    struct json_object *metrics = lbi_tree_object(tree);

    put_rates(tree, to, &part->rates);
    for (int m = 0; m < LBI_M_DURATIONS; m++)
        put_measures(tree, metrics, lbi_metrics[m].name, &part->metrics[m]);
    lbi_put(tree, to, "metrics", metrics);
    put_groups(tree, to, part);
    lbi_put(tree, to, "models", lbi_tree_array(tree));
    put_tokens(tree, to, &part->tokens);
}
