/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of lib/stats share. Nothing outside this folder includes it. */
#ifndef LBI_STATS_INTERNAL_H
#define LBI_STATS_INTERNAL_H

#include "stats/stat.h"

/* All NAN but for the count. */
void lbi_stat_unknown(lb_stat *out, uint64_t n);
/* The level of each of the two bounds: .975 or .95. */
double lbi_bounds_level(enum lbi_bounds bounds);
/* Quantile of t with clusters - 1 degrees of freedom at that level. */
double lbi_bounds_t(enum lbi_bounds bounds, size_t clusters);
/* (z/t)^2: what knowing the variance only from so many clusters costs in sample size. */
double lbi_bounds_shrink(enum lbi_bounds bounds, size_t clusters);

/* Sorts, and numbers the clusters: fills `dense` and `clusters`. */
lb_err lbi_sample_prepare(struct lbi_sample *sample);

/* Sums over clusters of a split into hits and others. Integers, so their order cannot matter. */
struct lbi_split {
    uint64_t hits, total, clusters;
    uint64_t hit_hit, hit_total, total_total; /* sums of products of a cluster's two counts */
};

/* Adds a cluster; one without observations does not count. */
void lbi_split_add(struct lbi_split *split, uint32_t hits, uint32_t total);
/* Variance of the share of hits over that of independent observations; 1 where it has none. */
double lbi_split_deff(const struct lbi_split *split);

/* What a percentile and its interval need, wherever the observations stand (percentile.c). */
struct lbi_binomial {
    double p, size;
};

/* Rank of the lower bound, 0 when there is none; of the upper bound, n + 1 when there is none. */
size_t lbi_low_rank(const struct lbi_binomial *b, size_t n, double level);
size_t lbi_high_rank(const struct lbi_binomial *b, size_t n, double level);
/* The ranks around a percentile over which the design effect is averaged; first > last: none. */
void lbi_deff_ranks(uint64_t *first, uint64_t *last, uint32_t p_100k, uint64_t n);
/* Mean and its interval from the sums of each cluster and the variance of one observation. */
void lbi_stat_mean_sums(lb_stat *out, const double *sums, const uint64_t *counts, size_t clusters,
                        double variance, enum lbi_bounds bounds);

/*
 * A sum that is the same to the last bit in whatever order the terms come: each is cut at two
 * fixed places, and the sums of the pieces are exact (Demmel and Nguyen 2013, "Fast reproducible
 * floating-point summation"). More accurate than adding one by one, too.
 */
struct lbi_sum {
    double cut[2], part[2];
};

/* For at most `count` terms of magnitude up to `max`. */
void lbi_sum_init(struct lbi_sum *sum, double max, size_t count);
void lbi_sum_add(struct lbi_sum *sum, double term);
double lbi_sum_value(const struct lbi_sum *sum);

#endif
