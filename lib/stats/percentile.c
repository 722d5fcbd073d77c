/* SPDX-License-Identifier: Apache-2.0 */
/*
 * percentile.c - percentiles and their intervals by order statistics at an effective sample size
 * (docs/statistics.md, "Percentiles"). No resampling: the same records give the same digits.
 *
 * For every rank k the sorted sample splits into k observations at or below and n - k above. The
 * design effect of that split says how much more its share varies between samples of whole
 * conversations than between samples of independent requests. Walking the sorted sample gives it
 * for all ranks in one pass, because only one cluster's count changes at each step.
 */
#include <math.h>

#include "stats/internal.h"
#include "stats/special.h"

enum { PERCENT_100K = 100000 };

struct tally {
    uint32_t below, total;
};

/* Moves one observation of `tally`'s cluster to the lower side of the split. */
static void step(struct lbi_split *split, struct tally *tally)
{
    tally->below++;
    split->hits++;
    split->hit_hit += 2 * (uint64_t)tally->below - 1; /* b^2 - (b - 1)^2 */
    split->hit_total += tally->total;
}

/*
 * Ties are one threshold, not several: within them the order is arbitrary, so all their ranks get
 * the larger design effect of the two splits that really exist, just below them and at them.
 */
static void walk(const struct lbi_sample *sample, struct lbi_split *split, struct tally *tallies,
                 double *deff)
{
    double before = 1;

    for (size_t from = 0, to = 0; from < sample->count; from = to) {
        double value = sample->obs[from].value;
        while (to < sample->count && sample->obs[to].value <= value)
            step(split, &tallies[sample->dense[to++]]);
        double at = lbi_split_deff(split);
        double worst = to - from > 1 ? fmax(before, at) : at;
        for (size_t i = from; i < to; i++)
            deff[i] = worst;
        before = at;
    }
}

static lb_err find_deff(struct lbi_sample *sample)
{
    if (sample->deff != NULL)
        return LB_OK;

    struct lbi_split split = {0};
    struct tally *tallies = lbi_zalloc(sample->mem, sample->clusters * sizeof(*tallies));
    double *deff = lbi_alloc(sample->mem, sample->count * sizeof(*deff));
    if (tallies == NULL || deff == NULL) {
        lbi_free(sample->mem, tallies);
        lbi_free(sample->mem, deff);
        return LB_E_NOMEM;
    }
    for (size_t i = 0; i < sample->count; i++)
        tallies[sample->dense[i]].total++;
    for (uint32_t c = 0; c < sample->clusters; c++)
        lbi_split_add(&split, 0, tallies[c].total);
    walk(sample, &split, tallies, deff);
    lbi_free(sample->mem, tallies);
    sample->deff = deff;
    return LB_OK;
}

/* Levels around p over which the design effect is averaged, in 1/200000; p is at least .5. */
static void levels_of(uint64_t *lo, uint64_t *hi, uint64_t p)
{
    *hi = PERCENT_100K + p; /* 1 - (1 - p)/2 */
    if (p >= 90000) {
        *lo = 8 * p - 6 * (uint64_t)PERCENT_100K; /* 1 - 4 (1 - p) */
        return;
    }
    *lo = 2 * p - 30000; /* towards the middle there is room for p +- .15 */
    if (2 * p + 30000 < *hi)
        *hi = 2 * p + 30000;
}

void lbi_deff_ranks(uint64_t *first, uint64_t *last, uint32_t p_100k, uint64_t n)
{
    const uint64_t whole = 2 * (uint64_t)PERCENT_100K;
    uint64_t lo, hi;

    if (p_100k >= PERCENT_100K / 2) {
        levels_of(&lo, &hi, p_100k);
    } else { /* the mirror image */
        levels_of(&lo, &hi, PERCENT_100K - p_100k);
        uint64_t mirrored = whole - lo;
        lo = whole - hi;
        hi = mirrored;
    }
    *first = (lo * n + whole - 1) / whole; /* 1 or more, for lo is not 0 */
    *last = hi * n / whole;
}

static double mean_deff(const struct lbi_sample *sample, uint32_t p, double otherwise)
{
    uint64_t first, last;

    lbi_deff_ranks(&first, &last, p, sample->count);
    if (first > last) /* too few observations: no rank is that near */
        return otherwise;

    double sum = 0;
    for (uint64_t rank = first; rank <= last; rank++)
        sum += sample->deff[rank - 1];
    return sum / (double)(last - first + 1);
}

/* P(X >= count) for X binomial, continued to fractional sizes and counts (DLMF 8.17.5). */
static double at_least(const void *args, double count)
{
    const struct lbi_binomial *b = args;

    return lbi_beta_inc(count, b->size - count + 1, b->p);
}

/* Less than one effective observation below a bound is none: the lower end mirrors the upper one.
 */
size_t lbi_low_rank(const struct lbi_binomial *b, size_t n, double level)
{
    if (b->size < 1 || at_least(b, 1) < level)
        return 0;
    if (pow(b->p, b->size) >= level) /* so few that even the largest is likely below */
        return n;

    double count = lbi_bisect(at_least, b, level, 1, b->size);
    return (size_t)floor(count * (double)n / b->size);
}

size_t lbi_high_rank(const struct lbi_binomial *b, size_t n, double level)
{
    if (pow(b->p, b->size) > 1 - level)
        return n + 1;

    double count = lbi_bisect(at_least, b, 1 - level, 0, b->size);
    double rank = ceil(count * (double)n / b->size);
    return rank < (double)n ? (size_t)rank : n;
}

/* Value at a rank; NAN outside of the sample and on a missed one. */
static double at_rank(const struct lbi_sample *sample, size_t rank)
{
    if (rank < 1 || rank > sample->count - sample->missed)
        return LBI_NAN;
    return sample->obs[rank - 1].value;
}

lb_err lbi_stat_percentile(struct lbi_sample *sample, lb_stat *out, uint32_t p_100k,
                           enum lbi_bounds bounds)
{
    if (p_100k < 1 || p_100k >= PERCENT_100K)
        return LB_E_INVALID;
    lb_err err = lbi_sample_prepare(sample);
    if (!err && sample->clusters > 1)
        err = find_deff(sample);
    if (err)
        return err;

    size_t n = sample->count;
    lbi_stat_unknown(out, n);
    if (n == 0)
        return LB_OK;
    size_t rank = (size_t)(((uint64_t)p_100k * n + PERCENT_100K - 1) / PERCENT_100K);
    out->value = at_rank(sample, rank);
    if (sample->clusters < 2)
        return LB_OK;

    double here = sample->deff[rank - 1];
    out->n_eff = (double)n / fmax(1, fmax(here, mean_deff(sample, p_100k, here)));
    struct lbi_binomial b = {p_100k / (double)PERCENT_100K,
                             out->n_eff * lbi_bounds_shrink(bounds, sample->clusters)};
    double level = lbi_bounds_level(bounds);
    size_t low = lbi_low_rank(&b, n, level);
    out->low = at_rank(sample, low < rank ? low : rank);
    out->high = at_rank(sample, lbi_high_rank(&b, n, level));
    return LB_OK;
}
