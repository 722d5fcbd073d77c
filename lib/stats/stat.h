/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stat.h - statistics of clustered observations: point values and intervals that hold although
 * the turns of one conversation are not independent. Formulas and their sources:
 * docs/statistics.md.
 */
#ifndef LBI_STATS_STAT_H
#define LBI_STATS_STAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

/* One observation. A failed request is +INFINITY: it counts in percentiles, not in means. */
struct lbi_obs {
    double value;
    uint32_t cluster;
};

struct lbi_sample {
    struct lbi_obs *obs;
    size_t count, cap;
    size_t missed; /* how many are +INFINITY */
    bool sorted;   /* by value, then cluster */
    const struct lbi_mem *mem;
    /* What the statistics share; made when first needed, dropped when an observation comes. */
    uint32_t *dense; /* cluster of each sorted observation, numbered from 0 without gaps */
    uint32_t clusters;
    double *deff; /* design effect at each rank (percentile.c) */
};

void lbi_sample_init(struct lbi_sample *sample, const struct lbi_mem *mem);
void lbi_sample_free(struct lbi_sample *sample);
/* LB_E_INVALID for NAN and -INFINITY. */
lb_err lbi_sample_add(struct lbi_sample *sample, uint32_t cluster, double value);
/* Adds all of `from`; equal cluster ids mean the same cluster. */
lb_err lbi_sample_merge(struct lbi_sample *into, const struct lbi_sample *from);

/* Which bounds are wanted: TWO_SIDED .975/.025 for printing, ONE_SIDED .95/.05 for verdicts. */
enum lbi_bounds { LBI_TWO_SIDED, LBI_ONE_SIDED };

/* Percentile `p` in (0, 1) at rank ceil(p*n), computed in integers from p's decimal form: p is
 * given in units of 1/100000 (95000 is P95). What falls on a missed one is NAN, and so is all of
 * it when n is 0. */
lb_err lbi_stat_percentile(struct lbi_sample *sample, lb_stat *out, uint32_t p_100k,
                           enum lbi_bounds bounds);
/* Over the finite ones; cluster-robust, skewness-corrected interval. */
lb_err lbi_stat_mean(struct lbi_sample *sample, lb_stat *out, enum lbi_bounds bounds);
/* min, max and stddev (n - 1) of the finite ones; NAN when there are none (fewer than 2). They
 * read the sample in whatever order it is. */
double lbi_stat_min(struct lbi_sample *sample);
double lbi_stat_max(struct lbi_sample *sample);
double lbi_stat_stddev(struct lbi_sample *sample);

/* A share of 0/1 observations: hits[i] of totals[i] in cluster i. Korn-Graubard interval. */
void lbi_stat_share(lb_stat *out, const uint32_t *hits, const uint32_t *totals, size_t clusters,
                    enum lbi_bounds bounds);
/* Clopper-Pearson for independent observations (sessions are). */
void lbi_stat_binomial(lb_stat *out, uint64_t hits, uint64_t total, enum lbi_bounds bounds);
/* A ratio of sums sum(num)/sum(den) over clusters (cache hit rate, speed-ups), linearised
 * with t_{C-1}. */
void lbi_stat_ratio(lb_stat *out, const double *num, const double *den, size_t clusters,
                    enum lbi_bounds bounds);
/* Geometric mean of positive values with clusters: exp of the mean of logs. LB_E_INVALID when one
 * is 0 or less. */
lb_err lbi_stat_geomean(struct lbi_sample *sample, lb_stat *out, enum lbi_bounds bounds);

/* "mean", "min", "max", "stddev", "p50", "p99.9" (up to three decimals); else LB_E_NOTFOUND. */
lb_err lbi_stat_by_name(struct lbi_sample *sample, lb_stat *out, const char *what,
                        enum lbi_bounds bounds);

#endif
