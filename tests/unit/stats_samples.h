/* SPDX-License-Identifier: Apache-2.0 */
/* stats_samples.h - made-up samples and comparisons for the tests of lib/stats. */
#ifndef STATS_SAMPLES_H
#define STATS_SAMPLES_H

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "stats/internal.h"
#include "stats/special.h"

static inline void near(double got, double wanted, double relative)
{
    if (isnan(wanted)) {
        ck_assert_double_nan(got);
        return;
    }
    ck_assert_msg(fabs(got - wanted) <= relative * fabs(wanted), "%.17g, wanted %.17g", got,
                  wanted);
}

static inline void same_number(double a, double b)
{
    ck_assert_msg(a == b || (isnan(a) && isnan(b)), "%.17g is not %.17g", a, b);
}

static inline void same_stat(const lb_stat *a, const lb_stat *b)
{
    same_number(a->value, b->value);
    same_number(a->low, b->low);
    same_number(a->high, b->high);
    same_number(a->n_eff, b->n_eff);
    ck_assert_uint_eq(a->n, b->n);
}

static inline void no_interval(const lb_stat *stat)
{
    ck_assert_double_nan(stat->low);
    ck_assert_double_nan(stat->high);
}

static inline struct lbi_rng stream(uint64_t seed)
{
    struct lbi_rng rng;

    lbi_rng_init(&rng, seed, LBI_RNG_PLAN, 0);
    return rng;
}

/* Box and Muller 1958. */
static inline double gauss(struct lbi_rng *rng)
{
    double radius = sqrt(-2 * log(1 - lbi_rng_unit(rng)));

    return radius * cos(2 * acos(-1.0) * lbi_rng_unit(rng));
}

/* Conversations of 1 to 2K - 1 turns (or K each); whole milliseconds make ties. */
struct shape {
    uint32_t clusters, turns;
    bool unequal, ties;
    double between, within, missed;
};

static inline void draw(struct lbi_sample *sample, const struct shape *shape, struct lbi_rng *rng)
{
    lbi_sample_init(sample, &lbi_mem_libc);
    for (uint32_t c = 0; c < shape->clusters; c++) {
        double effect = shape->between * gauss(rng);
        uint64_t turns =
            shape->unequal ? 1 + lbi_rng_below(rng, 2 * shape->turns - 1) : shape->turns;
        for (uint64_t i = 0; i < turns; i++) {
            double value = exp(effect + shape->within * gauss(rng));
            if (shape->ties)
                value = ceil(value * 5);
            if (lbi_rng_unit(rng) < shape->missed)
                value = (double)INFINITY;
            ck_assert_int_eq(lbi_sample_add(sample, c * 2654435761u, value), LB_OK);
        }
    }
}

static const struct shape shapes[] = {
    {60, 10, false, false, 0.3, 0.5, 0},  {60, 10, true, false, 0.3, 0.5, 0},
    {40, 10, true, true, 0.3, 0.5, 0},    {200, 5, true, false, 0.8, 0.3, 0.02},
    {30, 6, true, true, 0.0, 0.3, 0.2},   {120, 1, false, false, 0.0, 0.5, 0},
    {2, 40, true, false, 0.3, 0.5, 0},    {5, 3, true, false, 0.3, 0.5, 0.1},
    {3, 1, false, false, 0.3, 0.5, 0},    {25, 30, true, true, 0.1, 0.02, 0},
    {2, 800, false, false, 0.05, 0.5, 0},
};
#define SHAPE_COUNT (sizeof(shapes) / sizeof(shapes[0]))

#endif
