/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_binned.c - durations in bins against the same durations one by one: means, extremes and
 * standard deviations are equal, percentiles and their intervals off by no more than a bin is wide.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "stats/binned.h"

#define WIDTH (1.0 / LBI_BIN_STEPS) /* of a bin, relative: its middle is off by half of that */

static struct lbi_binned binned;
static struct lbi_sample sample;
static uint64_t missed[LBI_LOTS];

static void setup(void)
{
    memset(&binned, 0, sizeof(binned));
    memset(missed, 0, sizeof(missed));
    lbi_sample_init(&sample, &lbi_mem_libc);
}

static void teardown(void)
{
    lbi_binned_free(&binned, &lbi_mem_libc);
    lbi_sample_free(&sample);
}

static void add(uint32_t lot, int64_t ns)
{
    ck_assert_int_eq(lbi_binned_add(&binned, &lbi_mem_libc, lot, ns), LB_OK);
    ck_assert_int_eq(lbi_sample_add(&sample, lot, (double)ns), LB_OK);
}

static void miss(uint32_t lot)
{
    missed[lot]++;
    ck_assert_int_eq(lbi_sample_add(&sample, lot, (double)INFINITY), LB_OK);
}

/* Long-tailed times of conversations of which some are slow as a whole. */
static void fill(int conversations, int turns, double failing)
{
    struct lbi_rng rng;

    lbi_rng_init(&rng, 3, LBI_RNG_PLAN, 0);
    for (int c = 0; c < conversations; c++) {
        double slow = exp(0.6 * (lbi_rng_unit(&rng) + lbi_rng_unit(&rng) - 1));
        uint32_t lot = lbi_lot_of((uint64_t)c);
        for (int t = 0; t < turns; t++) {
            if (lbi_rng_unit(&rng) < failing)
                miss(lot);
            else
                add(lot, (int64_t)(2e8 * slow * exp(lbi_rng_unit(&rng) * 2)));
        }
    }
}

/* Both unknown, or near each other: relative to what may be half a bin, or a whole one. */
static void near(const char *what, double a, double b, double tolerance)
{
    ck_assert_msg(isnan(a) == isnan(b), "%s: %f and %f", what, a, b);
    ck_assert_msg(isnan(a) || fabs(a / b - 1) <= tolerance, "%s: %f and %f", what, a, b);
}

static void compare(bool with_misses)
{
    static const uint32_t percentiles[] = {1000, 50000, 90000, 95000, 99000, 99900};

    for (size_t i = 0; i < 2 * sizeof(percentiles) / sizeof(percentiles[0]); i++) {
        enum lbi_bounds bounds = i % 2 != 0 ? LBI_ONE_SIDED : LBI_TWO_SIDED;
        uint32_t p = percentiles[i / 2];
        lb_stat exact, rough;
        ck_assert_int_eq(lbi_stat_percentile(&sample, &exact, p, bounds), LB_OK);
        lbi_binned_percentile(&binned, with_misses ? missed : NULL, &rough, p, bounds);
        ck_assert_uint_eq(rough.n, exact.n);
        near("value", rough.value, exact.value, WIDTH / 2);
        /* Bins are thresholds wider than single values: the design effect is near, not equal. */
        near("n_eff", rough.n_eff, exact.n_eff, 0.1);
        near("low", rough.low, exact.low, 3 * WIDTH);
        near("high", rough.high, exact.high, 3 * WIDTH);
        ck_assert(isnan(rough.value) || isnan(rough.low) || rough.low <= rough.value);
        ck_assert(isnan(rough.value) || isnan(rough.high) || rough.high >= rough.value);
    }
}

START_TEST(percentiles_are_within_half_a_bin)
{
    fill(1200, 10, 0);
    compare(false);
}
END_TEST

START_TEST(failures_count_as_never)
{
    fill(800, 10, 0.02);
    compare(true);
}
END_TEST

START_TEST(means_and_extremes_are_exact)
{
    lb_stat exact, same;

    fill(500, 7, 0);
    ck_assert_int_eq(lbi_stat_mean(&sample, &exact, LBI_TWO_SIDED), LB_OK);
    lbi_binned_mean(&binned, &same, LBI_TWO_SIDED);
    near("mean", same.value, exact.value, 1e-12);
    near("low", same.low, exact.low, 1e-9);
    near("high", same.high, exact.high, 1e-9);
    near("n_eff", same.n_eff, exact.n_eff, 1e-6);
    near("stddev", lbi_binned_stddev(&binned), lbi_stat_stddev(&sample), 1e-9);
    near("min", (double)binned.min, lbi_stat_min(&sample), 0);
    near("max", (double)binned.max, lbi_stat_max(&sample), 0);
}
END_TEST

/* Halves of a run, put together, are the run. */
START_TEST(merged_is_the_whole)
{
    struct lbi_binned halves[2] = {{.count = 0}};
    lb_stat whole, joined;

    fill(300, 5, 0);
    for (size_t i = 0; i < sample.count; i++)
        ck_assert_int_eq(lbi_binned_add(&halves[i % 2], &lbi_mem_libc, sample.obs[i].cluster,
                                        (int64_t)sample.obs[i].value),
                         LB_OK);
    ck_assert_int_eq(lbi_binned_merge(&halves[0], &lbi_mem_libc, &halves[1]), LB_OK);
    lbi_binned_percentile(&binned, NULL, &whole, 95000, LBI_TWO_SIDED);
    lbi_binned_percentile(&halves[0], NULL, &joined, 95000, LBI_TWO_SIDED);
    ck_assert_int_eq(memcmp(&whole, &joined, sizeof(whole)), 0);
    ck_assert(halves[0].min == binned.min && halves[0].max == binned.max);
    lbi_binned_free(&halves[0], &lbi_mem_libc);
    lbi_binned_free(&halves[1], &lbi_mem_libc);
}
END_TEST

START_TEST(nothing_and_little)
{
    lb_stat stat;

    lbi_binned_percentile(&binned, NULL, &stat, 50000, LBI_TWO_SIDED);
    ck_assert(stat.n == 0 && isnan(stat.value) && isnan(lbi_binned_stddev(&binned)));
    lbi_binned_mean(&binned, &stat, LBI_TWO_SIDED);
    ck_assert(stat.n == 0 && isnan(stat.value));
    for (int i = 0; i < 100; i++)
        add(5, 0); /* one lot, and nothing took any time */
    lbi_binned_percentile(&binned, NULL, &stat, 95000, LBI_TWO_SIDED);
    ck_assert(stat.n == 100 && fabs(stat.value) < 1e-9 && isnan(stat.low) && isnan(stat.high));
    add(6, INT64_MAX / 2);
    lbi_binned_percentile(&binned, NULL, &stat, 99900, LBI_TWO_SIDED);
    near("largest", stat.value, (double)(INT64_MAX / 2), 1e-9);
}
END_TEST

START_TEST(lots_are_of_like_size)
{
    uint32_t count[LBI_LOTS] = {0};

    for (uint64_t c = 0; c < 32000; c++)
        count[lbi_lot_of(c)]++;
    for (size_t lot = 0; lot < LBI_LOTS; lot++)
        ck_assert(count[lot] > 850 && count[lot] < 1150);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {percentiles_are_within_half_a_bin,
                                  failures_count_as_never,
                                  means_and_extremes_are_exact,
                                  merged_is_the_whole,
                                  nothing_and_little,
                                  lots_are_of_like_size};
    Suite *suite = suite_create("binned");
    TCase *cases = tcase_create("binned");

    tcase_add_checked_fixture(cases, setup, teardown);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
