/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_stats_properties.c - what must hold for any sample (order, names, scale, merging), samples
 * that are too small or hold failures, the names of statistics, and failing allocations.
 */
#include "stats/recorder.h"
#include "stats_samples.h"

/* ---- properties ---------------------------------------------------------------------------- */

static const char *const names[] = {"mean", "min", "max", "stddev", "p5",    "p50",
                                    "p75",  "p90", "p95", "p99",    "p99.9", "geomean"};
#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

static lb_stat by_name(struct lbi_sample *sample, const char *name)
{
    lb_stat stat;
    lb_err err = strcmp(name, "geomean") == 0
                     ? lbi_stat_geomean(sample, &stat, LBI_TWO_SIDED)
                     : lbi_stat_by_name(sample, &stat, name, LBI_TWO_SIDED);

    ck_assert_int_eq(err, LB_OK);
    return stat;
}

/* The same observations in another order, in clusters of other names, times a factor. */
static void vary(struct lbi_sample *to, const struct lbi_sample *from, struct lbi_rng *rng,
                 double factor)
{
    uint32_t key = (uint32_t)lbi_rng_next(rng);

    lbi_sample_init(to, &lbi_mem_libc);
    for (size_t i = 0; i < from->count; i++) /* a product with an odd number is a bijection */
        lbi_sample_add(to, (from->obs[i].cluster ^ key) * 2246822519u, from->obs[i].value * factor);
    for (size_t i = to->count - 1; i > 0; i--) {
        size_t j = (size_t)lbi_rng_below(rng, i + 1);
        struct lbi_obs other = to->obs[i];
        to->obs[i] = to->obs[j];
        to->obs[j] = other;
    }
}

START_TEST(order_and_names_do_not_matter)
{
    struct lbi_rng rng = stream(15);

    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        struct lbi_sample sample, other;
        draw(&sample, &shapes[i], &rng);
        vary(&other, &sample, &rng, 1);
        for (size_t k = 0; k < NAME_COUNT; k++) {
            lb_stat a = by_name(&sample, names[k]);
            lb_stat b = by_name(&other, names[k]);
            same_stat(&a, &b);
        }
        lbi_sample_free(&sample);
        lbi_sample_free(&other);
    }
}
END_TEST

START_TEST(scale)
{
    static const double factors[] = {1.0 / 1024, 1 << 20, 3.7, 1e6, 1.0 / 3};
    struct lbi_rng rng = stream(16);

    for (size_t i = 0; i < SHAPE_COUNT * 5; i++) {
        struct lbi_sample sample, other;
        double factor = factors[i % 5];
        draw(&sample, &shapes[i / 5], &rng);
        vary(&other, &sample, &rng, factor);
        for (size_t k = 0; k < NAME_COUNT; k++) {
            lb_stat a = by_name(&sample, names[k]);
            lb_stat b = by_name(&other, names[k]);
            double tolerance = names[k][0] == 'p' || names[k][1] == 'i' || i % 5 < 2 ? 0 : 1e-12;
            if (strcmp(names[k], "geomean") == 0)
                tolerance = 1e-12; /* log and exp round */
            near(b.value, a.value * factor, tolerance);
            near(b.low, a.low * factor, tolerance);
            near(b.high, a.high * factor, tolerance);
            near(b.n_eff, a.n_eff, 1e-11);
        }
        lbi_sample_free(&sample);
        lbi_sample_free(&other);
    }
}
END_TEST

START_TEST(parts_merge_to_the_whole)
{
    struct lbi_rng rng = stream(17);
    struct lbi_recorder whole, parts[7];
    lb_stat a, b;

    lbi_recorder_init(&whole, &lbi_mem_libc);
    for (size_t i = 0; i < 7; i++)
        lbi_recorder_init(&parts[i], &lbi_mem_libc);
    for (uint64_t i = 0; i < 3000; i++) {
        uint64_t cluster = lbi_rng_below(&rng, 150) << 32;
        bool missed = lbi_rng_below(&rng, 50) == 0;
        double value = missed ? LBI_NAN : exp(gauss(&rng));
        size_t part = (size_t)lbi_rng_below(&rng, 7);
        ck_assert_int_eq(lbi_recorder_add(&whole, cluster, value, missed), LB_OK);
        ck_assert_int_eq(lbi_recorder_add(&parts[part], cluster, value, missed), LB_OK);
        (void)by_name(&parts[part].sample, "p50"); /* a look between two additions is fine */
    }
    for (size_t i = 1; i < 7; i++)
        ck_assert_int_eq(lbi_recorder_merge(&parts[0], &parts[i]), LB_OK);
    ck_assert_uint_eq(whole.sample.missed, parts[0].sample.missed);
    for (size_t k = 0; k < NAME_COUNT; k++) {
        a = by_name(&whole.sample, names[k]);
        b = by_name(&parts[0].sample, names[k]);
        same_stat(&a, &b);
    }
    ck_assert_int_eq(lbi_recorder_merge(&whole, &whole), LB_OK);
    b = by_name(&whole.sample, "p50");
    ck_assert_uint_eq(b.n, 6000);
    ck_assert_int_eq(lbi_recorder_add(&whole, 1, LBI_NAN, false), LB_E_INVALID);
    ck_assert_int_eq(lbi_recorder_add(&whole, 1, (double)INFINITY, false), LB_E_INVALID);
    ck_assert_uint_eq(whole.sample.count, 6000);
    lbi_recorder_free(&whole);
    for (size_t i = 0; i < 7; i++)
        lbi_recorder_free(&parts[i]);
}
END_TEST

START_TEST(looking_does_not_disturb)
{
    struct lbi_sample sample;

    lbi_sample_init(&sample, &lbi_mem_libc);
    for (uint32_t i = 0; i < 500; i++) {
        lbi_sample_add(&sample, i / 5, 500 - i);
        lb_stat p50 = by_name(&sample, "p50");
        ck_assert_double_eq(p50.value, 500 - i + floor(i / 2.0));
        ck_assert_uint_eq(p50.n, i + 1);
    }
    lbi_sample_free(&sample);
}
END_TEST

/* ---- edges --------------------------------------------------------------------------------- */

START_TEST(empty)
{
    struct lbi_sample sample;

    lbi_sample_init(&sample, &lbi_mem_libc);
    for (size_t k = 0; k < NAME_COUNT; k++) {
        lb_stat stat = by_name(&sample, names[k]);
        ck_assert_double_nan(stat.value);
        no_interval(&stat);
        ck_assert_double_eq(stat.n_eff, 0);
        ck_assert_uint_eq(stat.n, 0);
    }
    ck_assert_int_eq(lbi_sample_add(&sample, 1, LBI_NAN), LB_E_INVALID);
    ck_assert_int_eq(lbi_sample_add(&sample, 1, (double)-INFINITY), LB_E_INVALID);
    ck_assert_uint_eq(sample.count, 0);
    ck_assert_int_eq(lbi_sample_add(&sample, 1, -0.0), LB_OK);
    ck_assert(signbit(lbi_stat_min(&sample)) == 0); /* else the order would show in the result */
    lbi_sample_free(&sample);
}
END_TEST

START_TEST(one_cluster)
{
    for (size_t n = 1; n <= 100; n += 99) {
        struct lbi_sample sample;
        lbi_sample_init(&sample, &lbi_mem_libc);
        for (size_t i = 0; i < n; i++)
            lbi_sample_add(&sample, 4294967295u, 2.5);
        for (size_t k = 0; k < NAME_COUNT; k++) {
            lb_stat stat = by_name(&sample, names[k]);
            if (strcmp(names[k], "stddev") != 0)
                near(stat.value, 2.5, 1e-15);
            no_interval(&stat);
            ck_assert_double_eq(stat.n_eff, 1);
            ck_assert_uint_eq(stat.n, n);
        }
        if (n == 1)
            ck_assert_double_nan(lbi_stat_stddev(&sample));
        lbi_sample_free(&sample);
    }
}
END_TEST

START_TEST(all_missed)
{
    struct lbi_sample sample;

    lbi_sample_init(&sample, &lbi_mem_libc);
    for (uint32_t i = 0; i < 500; i++)
        lbi_sample_add(&sample, i / 3, (double)INFINITY);
    for (size_t k = 0; k < NAME_COUNT; k++) {
        lb_stat stat = by_name(&sample, names[k]);
        ck_assert_double_nan(stat.value);
        no_interval(&stat);
        ck_assert_uint_eq(stat.n, names[k][0] == 'p' ? 500 : 0);
    }
    lbi_sample_free(&sample);
}
END_TEST

START_TEST(some_missed)
{
    struct lbi_sample sample;
    lb_stat stat;

    lbi_sample_init(&sample, &lbi_mem_libc);
    for (uint32_t i = 1; i <= 1000; i++)
        lbi_sample_add(&sample, i, i > 955 ? (double)INFINITY : i);
    stat = by_name(&sample, "p95"); /* 950 came, but the upper bound falls on a missed one */
    ck_assert_double_eq(stat.value, 950);
    ck_assert_double_lt(stat.low, 950);
    ck_assert_double_nan(stat.high);
    stat = by_name(&sample, "p99");
    ck_assert_double_nan(stat.value);
    no_interval(&stat);
    stat = by_name(&sample, "p90");
    ck_assert_double_eq(stat.value, 900);
    ck_assert_double_gt(stat.high, 900);
    stat = by_name(&sample, "mean");
    ck_assert_double_eq(stat.value, 478);
    ck_assert_uint_eq(stat.n, 955);
    lbi_sample_free(&sample);
}
END_TEST

START_TEST(clustering_is_seen)
{
    /* Each conversation says one value ten times: worth 60, not 600 */
    struct lbi_rng rng = stream(18);
    struct lbi_sample sample;

    lbi_sample_init(&sample, &lbi_mem_libc);
    for (uint32_t c = 0; c < 60; c++) {
        double value = gauss(&rng);
        for (int i = 0; i < 10; i++)
            lbi_sample_add(&sample, c, value);
    }
    lb_stat stat = by_name(&sample, "p50");
    near(stat.n_eff, 60, 0.05);
    stat = by_name(&sample, "mean");
    near(stat.n_eff, 60, 0.05);
    stat = by_name(&sample, "p95"); /* 60 are too few for an upper bound */
    ck_assert_double_nan(stat.high);
    ck_assert(!isnan(stat.low));
    lbi_sample_free(&sample);
}
END_TEST

START_TEST(name_table)
{
    static const struct {
        const char *name;
        double value;
    } good[] = {
        {"p50", 500},    {"p95", 950}, {"p99.9", 999},    {"p99.90", 999},
        {"p5", 50},      {"p05", 50},  {"min", 1},        {"max", 1000},
        {"mean", 500.5}, {"p0.1", 1},  {"p99.999", 1000},
    };
    static const char *const bad[] = {"",     "p",     "p0",    "p100", "p.5",   "p95.",
                                      "p95x", "95",    "p-5",   "P95",  "means", "p99.9999",
                                      "p 95", "p95.x", "p99_9", "p0.0", "median"};
    struct lbi_sample sample;
    lb_stat stat = {1, 2, 3, 4, 5}, before = stat;

    lbi_sample_init(&sample, &lbi_mem_libc);
    for (uint32_t i = 1; i <= 1000; i++)
        lbi_sample_add(&sample, i, i);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        lb_err err = lbi_stat_by_name(&sample, &stat, bad[i], LBI_TWO_SIDED);
        ck_assert_msg(err == LB_E_NOTFOUND, "%s", bad[i]);
        same_stat(&stat, &before);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        stat = by_name(&sample, good[i].name);
        ck_assert_msg(stat.value == good[i].value, "%s %g", good[i].name, stat.value);
    }
    lbi_sample_free(&sample);
}
END_TEST

/* ---- memory -------------------------------------------------------------------------------- */

struct meter {
    long left; /* calls that still succeed */
};

static void *metered(void *user, void *old, size_t size)
{
    struct meter *meter = user;

    if (size > 0 && meter->left-- <= 0)
        return NULL;
    return lbi_mem_libc.realloc_fn(NULL, old, size);
}

/* All that allocates, until one call fails. */
static lb_err everything(const struct lbi_mem *mem)
{
    struct lbi_recorder one, two;
    lb_stat stat = {1, 2, 3, 4, 5}, before = stat;
    lb_err err = LB_OK;

    lbi_recorder_init(&one, mem);
    lbi_recorder_init(&two, mem);
    for (uint32_t i = 0; i < 100 && !err; i++) {
        err = lbi_recorder_add(&one, i / 2, i + 1, false);
        if (!err)
            err = lbi_recorder_add(&two, i, i + 1, i == 5);
    }
    size_t count = one.sample.count;
    if (!err) {
        err = lbi_recorder_merge(&one, &two);
        ck_assert_uint_eq(one.sample.count, err ? count : count + two.sample.count);
    }
    for (size_t k = 0; k < NAME_COUNT && !err; k++) {
        stat = before;
        err = strcmp(names[k], "geomean") == 0
                  ? lbi_stat_geomean(&one.sample, &stat, LBI_TWO_SIDED)
                  : lbi_stat_by_name(&one.sample, &stat, names[k], LBI_TWO_SIDED);
        if (err)
            same_stat(&stat, &before);
    }
    lbi_recorder_free(&one);
    lbi_recorder_free(&two);
    return err;
}

START_TEST(every_allocation_may_fail)
{
    long calls = 0;
    lb_err err;

    do {
        struct meter meter = {calls++};
        struct lbi_mem mem = {metered, &meter};
        err = everything(&mem);
        ck_assert(err == LB_OK || err == LB_E_NOMEM);
    } while (err);
    ck_assert_int_gt(calls, 20);
}
END_TEST

START_TEST(large)
{
    /* Quadratic work would not end within the time limit of this test. */
    struct shape shape = {30000, 10, true, false, 0.3, 0.5, 0.001};
    struct lbi_rng rng = stream(19);
    struct lbi_sample sample;

    draw(&sample, &shape, &rng);
    for (size_t k = 0; k < NAME_COUNT; k++) {
        lb_stat stat = by_name(&sample, names[k]);
        ck_assert_uint_gt(stat.n, 250000);
    }
    lb_stat p50 = by_name(&sample, "p50");
    ck_assert(p50.low < 1 && p50.high > 1 && p50.high - p50.low < 0.02);
    lbi_sample_free(&sample);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats properties");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, order_and_names_do_not_matter);
    tcase_add_test(tcase, scale);
    tcase_add_test(tcase, parts_merge_to_the_whole);
    tcase_add_test(tcase, looking_does_not_disturb);
    tcase_add_test(tcase, empty);
    tcase_add_test(tcase, one_cluster);
    tcase_add_test(tcase, all_missed);
    tcase_add_test(tcase, some_missed);
    tcase_add_test(tcase, clustering_is_seen);
    tcase_add_test(tcase, name_table);
    tcase_add_test(tcase, every_allocation_may_fail);
    tcase_add_test(tcase, large);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
