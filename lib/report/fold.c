/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold.c - splits the records by model and folds each part into numbers. Pure: no clock, no file,
 * no output; the same records in any order give the same digits. Must not know verdicts or JSON's
 * shape. Tested in tests/unit/test_fold.c.
 */
#include "report/fold.h"

#include <math.h>
#include <string.h>

#include "report/tally.h"
#include "report/tree.h"

static bool known_before(const struct lbi_result *result, const char *model)
{
    for (size_t i = 0; i < result->part_count; i++) {
        if (result->parts[i].model == model)
            return true;
    }
    return false;
}

static lb_err add_part(struct lbi_result *result, size_t *cap, const char *model)
{
    void *parts = result->parts;
    lb_err err = lbi_grow(result->mem, &parts, cap, result->part_count, sizeof(*result->parts));

    result->parts = parts;
    if (err != LB_OK)
        return err;
    result->parts[result->part_count++] = (struct lbi_part){.model = model};
    return LB_OK;
}

/* One part a model, in the order in which they first came. */
static lb_err find_models(struct lbi_result *result)
{
    size_t count = lbi_dataset_count(result->dataset), cap = 0;
    const char *last = NULL;
    lb_err err = LB_OK;

    for (size_t i = 0; i < count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(result->dataset, &turn, i);
        if (turn.model == last || turn.warmup || turn.twin)
            continue;
        last = turn.model;
        if (!known_before(result, turn.model))
            err = add_part(result, &cap, turn.model);
    }
    if (err == LB_OK && result->part_count == 0)
        err = add_part(result, &cap, "");
    return err;
}

static lb_err fold_metric(struct lbi_part *part, enum lbi_metric metric)
{
    struct lbi_sample sample;

    if (metric == LBI_M_ITL && part->view.whole)
        part->pauses = lbi_dataset_pauses(part->view.dataset);
    if (metric == LBI_M_ITL && part->pauses != NULL) {
        lbi_measure_binned(&part->metrics[metric], part->pauses);
        return LB_OK;
    }
    lb_err err = lbi_view_sample(&part->view, &sample, NULL, metric, false);
    if (err == LB_OK)
        err = lbi_measure(&part->metrics[metric], &sample);
    lbi_sample_free(&sample);
    return err;
}

static lb_err fold_ratios(struct lbi_part *part)
{
    lb_err err = lbi_view_errors(&part->view, &part->errors_share, NULL, LBI_TWO_SIDED);

    if (err == LB_OK)
        err = lbi_view_cache_hit(&part->view, &part->cache_hit, NULL, LBI_TWO_SIDED);
    if (err == LB_OK)
        err = lbi_view_speedup(&part->view, &part->speedup, LBI_TWO_SIDED);
    return err;
}

/* How late requests were started, which is our own doing. */
static lb_err fold_schedule(struct lbi_part *part)
{
    const struct lbi_measures *own = &part->metrics[LBI_M_OWN_DELAY];
    struct lbi_measures late;
    struct lbi_sample sample;
    lb_err err = LB_OK;

    part->own_delay = (struct lbi_spread){own->p[LBI_P50].value, own->p[LBI_P99].value, own->max};
    lbi_sample_init(&sample, part->view.mem);
    for (size_t i = 0; i < part->view.count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        if (turn.due_ns != LB_UNKNOWN && turn.start_ns != LB_UNKNOWN)
            err = lbi_sample_add(&sample, part->view.cluster[i],
                                 fmax(0, (double)(turn.start_ns - turn.due_ns) / 1e6));
    }
    if (err == LB_OK)
        err = lbi_measure(&late, &sample);
    if (err == LB_OK)
        part->schedule_delay =
            (struct lbi_spread){late.p[LBI_P50].value, late.p[LBI_P99].value, late.max};
    lbi_sample_free(&sample);
    return err;
}

static lb_err fold_part(struct lbi_result *result, struct lbi_part *part)
{
    const char *only = result->part_count > 1 ? part->model : NULL;
    lb_err err = lbi_view_init(&part->view, result->dataset, only);

    if (err == LB_OK)
        err = lbi_fold_counts(part, result->mem);
    for (int m = 0; m < LBI_M_DURATIONS && err == LB_OK; m++)
        err = fold_metric(part, (enum lbi_metric)m);
    if (err == LB_OK)
        err = lbi_fold_groups(part, result->mem);
    if (err == LB_OK)
        err = fold_ratios(part);
    if (err == LB_OK)
        err = fold_schedule(part);
    if (err == LB_OK)
        err = lbi_fold_sessions(part, result);
    if (err == LB_OK)
        err = lbi_fold_legacy(part);
    if (err == LB_OK)
        err = lbi_fold_gateway(part);
    if (err == LB_OK)
        lbi_fold_tokens(part);
    return err;
}

/* Conversations of the plan that these records should hold: of one shard, its part. */
static int64_t planned_conversations(struct json_object *header)
{
    int64_t all = lbi_tree_int(header, "workload.conversations", -1);
    int64_t of = lbi_tree_int(header, "workload.shard.of", 1);
    int64_t index = lbi_tree_int(header, "workload.shard.index", 0);

    if (all < 0 || of <= 1 || lbi_tree_size(header, "workload.shards") > 0)
        return all;
    return all > index ? (all - index + of - 1) / of : 0;
}

/* What was planned and never became a request; unknown when the plan is. */
static void count_not_sent(const struct lbi_result *result, struct lbi_part *part)
{
    struct json_object *header = lbi_dataset_header(result->dataset);
    int64_t conversations = planned_conversations(header);
    const struct lbi_counts *counts = &part->counts;

    part->counts.not_sent = -1;
    if (conversations < 0 || result->planned_turns < 0)
        return;
    int64_t left =
        conversations * result->planned_turns -
        (int64_t)(counts->total + counts->cancelled + counts->retried + counts->reconnected);
    part->counts.not_sent = left > 0 ? left : 0;
}

lb_err lbi_fold(struct lbi_result *out, const struct lb_dataset *dataset,
                const struct lbi_objective *objectives, size_t count)
{
    *out = (struct lbi_result){.dataset = dataset,
                               .mem = &lbi_dataset_ctx(dataset)->mem,
                               .objectives = objectives,
                               .objective_count = count};
    out->planned_turns = lbi_tree_int(lbi_dataset_header(dataset), "workload.turns", -1);
    const struct lbi_tally *tally = lbi_dataset_tally(dataset);
    lb_err err = tally != NULL ? lbi_tally_fold(out, tally) : find_models(out);
    for (size_t i = 0; i < out->part_count && err == LB_OK; i++) {
        if (tally == NULL)
            err = fold_part(out, &out->parts[i]);
        if (err == LB_OK)
            count_not_sent(out, &out->parts[i]);
    }
    return err;
}

void lbi_result_free(struct lbi_result *result)
{
    for (size_t i = 0; i < result->part_count; i++) {
        struct lbi_part *part = &result->parts[i];
        lbi_view_free(&part->view);
        lbi_free(result->mem, part->errors.items);
        lbi_free(result->mem, part->answered.items);
        lbi_free(result->mem, part->turns);
    }
    lbi_free(result->mem, result->parts);
    result->parts = NULL;
    result->part_count = 0;
}

struct lbi_filter lbi_objective_filter(const struct lbi_objective *objective)
{
    return (struct lbi_filter){objective->class_kind, objective->turn};
}

bool lbi_objective_applies(const struct lbi_result *result, const struct lbi_part *part,
                           const struct lbi_objective *objective)
{
    const char *wanted = objective->class_name + strlen("model=");

    if (objective->class_kind != LBI_CLASS_MODEL || strcmp(wanted, part->model) == 0)
        return true;
    for (size_t i = 0; i < result->part_count; i++) {
        if (strcmp(wanted, result->parts[i].model) == 0)
            return false;
    }
    return true; /* a model that was never asked: every part says that nothing was measured */
}
