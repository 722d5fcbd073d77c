/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold_legacy.c - the numbers that the old Python script printed, by its formulas: percentile at
 * index floor(n*p), means over everything that has a TTFT. They are shown to readers of the old
 * formats and judge nothing. Tested in tests/unit/test_formats.c.
 */
#include <math.h>

#include "report/fold.h"

/* Of n sorted values, capped at the last. The script's n * 0.95 in binary floating point is
 * what int() cut, so the same product is taken here. */
static double at_floor(const struct lbi_sample *sample, double p)
{
    size_t index = (size_t)((double)sample->count * p);

    if (sample->count == 0)
        return (double)NAN;
    return sample->obs[index < sample->count ? index : sample->count - 1].value;
}

static lb_err fold_times(struct lbi_legacy_times *out, const struct lbi_view *view,
                         enum lbi_metric metric)
{
    struct lbi_sample sample;
    lb_stat mean, median;
    lb_err err = lbi_view_sample(view, &sample, NULL, metric, false);

    if (err == LB_OK)
        err = lbi_stat_mean(&sample, &mean, LBI_TWO_SIDED);
    if (err == LB_OK)
        err = lbi_stat_percentile(&sample, &median, 50000, LBI_TWO_SIDED); /* sorts it */
    if (err == LB_OK) {
        out->n = sample.count;
        out->mean = mean.value;
        out->min = lbi_stat_min(&sample);
        out->max = lbi_stat_max(&sample);
        out->p50 = at_floor(&sample, 0.5);
        out->p95 = at_floor(&sample, 0.95);
        out->p99 = at_floor(&sample, 0.99);
    }
    lbi_sample_free(&sample);
    return err;
}

lb_err lbi_fold_legacy(struct lbi_part *part)
{
    struct lbi_legacy *legacy = &part->legacy;
    const struct lbi_group *first = &part->groups[LBI_GROUP_FIRST];
    const struct lbi_group *later = &part->groups[LBI_GROUP_LATER];
    lb_err err = fold_times(&legacy->ttft, &part->view, LBI_M_TTFT);

    if (err == LB_OK)
        err = fold_times(&legacy->total, &part->view, LBI_M_E2E);
    legacy->first_mean = first->ttft.n > 0 ? first->ttft.mean.value : (double)NAN;
    legacy->later_mean = later->ttft.n > 0 ? later->ttft.mean.value : (double)NAN;
    legacy->speedup = legacy->first_mean / legacy->later_mean;
    return err;
}
