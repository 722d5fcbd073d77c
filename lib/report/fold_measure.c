/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold_measure.c - the usual statistics of one clock, of each turn and of each class of requests.
 * Tested in tests/unit/test_fold.c.
 */
#include <math.h>

#include "report/fold.h"

const uint32_t lbi_percentiles_100k[LBI_PERCENTILES] = {50000, 90000, 95000, 99000, 99900};

const char *const lbi_group_names[LBI_GROUPS] = {"first", "later", "code", "text"};

lb_err lbi_measure(struct lbi_measures *out, struct lbi_sample *sample)
{
    lb_err err = lbi_stat_mean(sample, &out->mean, LBI_TWO_SIDED);

    for (int i = 0; i < LBI_PERCENTILES && err == LB_OK; i++)
        err = lbi_stat_percentile(sample, &out->p[i], lbi_percentiles_100k[i], LBI_TWO_SIDED);
    out->n = sample->count;
    out->min = lbi_stat_min(sample);
    out->max = lbi_stat_max(sample);
    out->stddev = lbi_stat_stddev(sample);
    return err;
}

void lbi_to_ms(lb_stat *stat)
{
    stat->value /= 1e6;
    stat->low /= 1e6;
    stat->high /= 1e6;
}

void lbi_measure_binned(struct lbi_measures *out, const struct lbi_binned *binned)
{
    bool any = binned->count > 0;

    out->n = (size_t)binned->count;
    lbi_binned_mean(binned, &out->mean, LBI_TWO_SIDED);
    lbi_to_ms(&out->mean);
    for (int i = 0; i < LBI_PERCENTILES; i++) {
        lbi_binned_percentile(binned, NULL, &out->p[i], lbi_percentiles_100k[i], LBI_TWO_SIDED);
        lbi_to_ms(&out->p[i]);
    }
    out->min = any ? (double)binned->min / 1e6 : (double)NAN;
    out->max = any ? (double)binned->max / 1e6 : (double)NAN;
    out->stddev = lbi_binned_stddev(binned) / 1e6;
}

/* n, ok and the plain mean of a group in one pass over rows [from, to). */
static lb_err fold_group(const struct lbi_view *view, struct lbi_group *out,
                         const struct lbi_filter *filter)
{
    struct lbi_sample sample;
    lb_stat hit;
    lb_err err = LB_OK;

    lbi_sample_init(&sample, view->mem);
    for (size_t i = 0; i < view->count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        enum lbi_role role = lbi_role_of(&turn);
        if (role > LBI_ROLE_FAILED || !lbi_filter_takes(filter, &turn))
            continue;
        out->n++;
        out->ok += role == LBI_ROLE_OK;
        double ttft = lbi_turn_value(&turn, LBI_M_TTFT);
        if (role == LBI_ROLE_OK && isfinite(ttft))
            err = lbi_sample_add(&sample, view->cluster[i], ttft);
    }
    if (err == LB_OK)
        err = lbi_measure(&out->ttft, &sample);
    if (err == LB_OK)
        err = lbi_view_cache_hit(view, &hit, filter, LBI_TWO_SIDED);
    if (err == LB_OK)
        out->cached_share = hit.value;
    lbi_sample_free(&sample);
    return err;
}

/* Rows are ordered by turn, so the rows of a turn are a view of their own. */
static struct lbi_view slice(const struct lbi_view *view, size_t from, size_t to)
{
    struct lbi_view part = *view;

    part.rows += from;
    part.cluster += from;
    part.count = to - from;
    return part;
}

static lb_err fold_turns(struct lbi_part *part, const struct lbi_view *view,
                         const struct lbi_mem *mem)
{
    size_t cap = 0, from = 0;
    lb_err err = LB_OK;

    while (from < view->count && err == LB_OK) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[from]);
        int32_t number = turn.turn;
        size_t to = from + 1;
        for (; to < view->count; to++) {
            lbi_dataset_row(view->dataset, &turn, view->rows[to]);
            if (turn.turn != number)
                break;
        }
        void *turns = part->turns;
        err = lbi_grow(mem, &turns, &cap, part->turn_count, sizeof(*part->turns));
        part->turns = turns;
        if (err != LB_OK)
            return err;
        struct lbi_view rows = slice(view, from, to);
        struct lbi_group *group = &part->turns[part->turn_count];
        *group = (struct lbi_group){.turn = number};
        err = fold_group(&rows, group, NULL);
        part->turn_count += number > 0; /* records that do not say their turn make no row */
        from = to;
    }
    return err;
}

lb_err lbi_fold_groups(struct lbi_part *part, const struct lbi_mem *mem)
{
    static const enum lbi_class kinds[LBI_GROUPS] = {LBI_CLASS_FIRST, LBI_CLASS_LATER,
                                                     LBI_CLASS_CODE, LBI_CLASS_TEXT};
    struct lbi_view by_turn;
    lb_err err = lbi_view_by_turn(&by_turn, &part->view);

    if (err == LB_OK)
        err = fold_turns(part, &by_turn, mem);
    lbi_view_free(&by_turn);
    for (int g = 0; g < LBI_GROUPS && err == LB_OK; g++) {
        const struct lbi_filter filter = {kinds[g], 0};
        part->groups[g] = (struct lbi_group){0};
        err = fold_group(&part->view, &part->groups[g], &filter);
    }
    return err;
}
