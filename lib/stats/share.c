/* SPDX-License-Identifier: Apache-2.0 */
/*
 * share.c - shares of yes/no observations and ratios of sums, over clusters. Works on counts by
 * cluster; knows nothing of samples. Tested against published intervals.
 */
#include <math.h>

#include "stats/internal.h"
#include "stats/special.h"

void lbi_split_add(struct lbi_split *split, uint32_t hits, uint32_t total)
{
    uint64_t h = hits < total ? hits : total;
    uint64_t t = total;

    if (total == 0)
        return;
    split->clusters++;
    split->hits += h;
    split->total += t;
    split->hit_hit += h * h;
    split->hit_total += h * t;
    split->total_total += t * t;
}

/* C/(C-1) sum((h_c - f t_c)^2) / (n f (1-f)), the square multiplied out. */
double lbi_split_deff(const struct lbi_split *split)
{
    if (split->clusters < 2 || split->hits == 0 || split->hits >= split->total)
        return 1;

    double n = (double)split->total;
    double clusters = (double)split->clusters;
    double f = (double)split->hits / n;
    double others = (double)(split->total - split->hits) / n; /* 1 - f would be less exact */
    double squares = (double)split->hit_hit - 2 * f * (double)split->hit_total +
                     f * f * (double)split->total_total;
    return clusters / (clusters - 1) * fmax(0, squares) / (n * f * others);
}

void lbi_stat_share(lb_stat *out, const uint32_t *hits, const uint32_t *totals, size_t clusters,
                    enum lbi_bounds bounds)
{
    struct lbi_split split = {0};

    for (size_t c = 0; c < clusters; c++)
        lbi_split_add(&split, hits[c], totals[c]);
    lbi_stat_unknown(out, split.total);
    if (split.total == 0)
        return;
    out->value = (double)split.hits / (double)split.total;
    if (split.clusters < 2)
        return;

    out->n_eff = (double)split.total / fmax(1, lbi_split_deff(&split));
    double size = out->n_eff * lbi_bounds_shrink(bounds, split.clusters);
    /* A share of 1 is exact, so all of `size` are hits and the upper bound is 1. */
    lbi_clopper_pearson(&out->low, &out->high, out->value * size, size, lbi_bounds_level(bounds));
}

void lbi_stat_binomial(lb_stat *out, uint64_t hits, uint64_t total, enum lbi_bounds bounds)
{
    lbi_stat_unknown(out, total);
    if (total == 0)
        return;
    if (hits > total)
        hits = total;
    out->value = (double)hits / (double)total;
    out->n_eff = (double)total;
    lbi_clopper_pearson(&out->low, &out->high, (double)hits, (double)total,
                        lbi_bounds_level(bounds));
}

static double sum_all(const double *terms, size_t count)
{
    struct lbi_sum sum;
    double max = 0;

    for (size_t i = 0; i < count; i++)
        max = fmax(max, fabs(terms[i]));
    lbi_sum_init(&sum, max, count);
    for (size_t i = 0; i < count; i++)
        lbi_sum_add(&sum, terms[i]);
    return lbi_sum_value(&sum);
}

/* Root of the sum of (num - ratio den)^2, which must not depend on the order of the clusters. */
static double residual_norm(const double *num, const double *den, size_t clusters, double ratio)
{
    struct lbi_sum sum;
    double max = 0;

    for (size_t c = 0; c < clusters; c++)
        max = fmax(max, fabs(num[c] - ratio * den[c]));
    if (max <= 0)
        return 0;
    lbi_sum_init(&sum, 1, clusters);
    for (size_t c = 0; c < clusters; c++) {
        double r = (num[c] - ratio * den[c]) / max;
        lbi_sum_add(&sum, r * r);
    }
    return max * sqrt(lbi_sum_value(&sum));
}

void lbi_stat_ratio(lb_stat *out, const double *num, const double *den, size_t clusters,
                    enum lbi_bounds bounds)
{
    size_t used = 0;

    /* A cluster with nothing above and below the line says nothing. */
    for (size_t c = 0; c < clusters; c++)
        if (fabs(num[c]) > 0 || fabs(den[c]) > 0)
            used++;
    lbi_stat_unknown(out, used);
    double below = sum_all(den, clusters);
    if (!(fabs(below) > 0))
        return;
    out->value = sum_all(num, clusters) / below;
    out->n_eff = (double)used;
    if (used < 2)
        return;

    double variance_factor = (double)used / (double)(used - 1);
    double se = sqrt(variance_factor) * residual_norm(num, den, clusters, out->value) / fabs(below);
    double reach = lbi_bounds_t(bounds, used) * se;
    out->low = out->value - reach;
    out->high = out->value + reach;
}
