/* SPDX-License-Identifier: Apache-2.0 */
/* test_hist.c - percentiles of the meter's histogram against sorted values. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "base/hist.h"
#include "base/rng.h"

enum { COUNT = 5000 };

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

START_TEST(empty)
{
    static struct lbi_hist hist;

    ck_assert_int_eq(lbi_hist_percentile(&hist, 0.5), 0);
    ck_assert_int_eq(lbi_hist_percentile(&hist, 1), 0);
}
END_TEST

START_TEST(small_values_are_exact)
{
    static struct lbi_hist hist;

    for (int64_t v = 0; v < 64; v++)
        lbi_hist_add(&hist, v);
    for (int k = 1; k <= 64; k++)
        ck_assert_int_eq(lbi_hist_percentile(&hist, k / 64.0), k - 1);
    ck_assert_int_eq(lbi_hist_percentile(&hist, 0), 0);
}
END_TEST

START_TEST(negative_is_zero)
{
    static struct lbi_hist hist;

    lbi_hist_add(&hist, -5);
    ck_assert_uint_eq(hist.count, 1);
    ck_assert_int_eq(hist.max_ns, 0);
    ck_assert_int_eq(lbi_hist_percentile(&hist, 1), 0);
}
END_TEST

/* Over all sizes from a nanosecond to nine minutes. */
START_TEST(near_the_sorted_values)
{
    static const double ps[] = {0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1};
    static struct lbi_hist hist;
    static int64_t values[COUNT];
    struct lbi_rng rng;

    lbi_rng_init(&rng, 7, LBI_RNG_PLAN, 0);
    for (int i = 0; i < COUNT; i++) {
        values[i] = (int64_t)exp(lbi_rng_unit(&rng) * log(5.4e11));
        lbi_hist_add(&hist, values[i]);
    }
    qsort(values, COUNT, sizeof(values[0]), by_value);
    for (size_t i = 0; i < sizeof(ps) / sizeof(ps[0]); i++) {
        int64_t exact = values[(size_t)ceil(ps[i] * COUNT) - 1];
        int64_t got = lbi_hist_percentile(&hist, ps[i]);
        ck_assert_msg(got >= exact && (double)got <= (double)exact * 1.0325 + 1,
                      "p%g: %lld, exact %lld", ps[i] * 100, (long long)got, (long long)exact);
    }
}
END_TEST

START_TEST(every_edge)
{
    for (int bit = 0; bit < 62; bit++) {
        for (int64_t off = -1; off <= 1; off++) {
            static struct lbi_hist hist;
            int64_t v = (INT64_C(1) << bit) + off;
            hist = (struct lbi_hist){0};
            lbi_hist_add(&hist, v);
            lbi_hist_add(&hist, INT64_MAX); /* so that the bucket's edge shows, not the largest */
            int64_t got = lbi_hist_percentile(&hist, 0.5);
            if (bit < 39)
                ck_assert_msg(got >= v && got <= v + v / 32, "2^%d%+lld: %lld", bit, (long long)off,
                              (long long)got);
            ck_assert_int_eq(lbi_hist_percentile(&hist, 1), INT64_MAX);
        }
    }
}
END_TEST

START_TEST(the_longest_is_no_guess)
{
    static struct lbi_hist hist;

    lbi_hist_add(&hist, INT64_C(3600000000000));
    ck_assert_int_eq(lbi_hist_percentile(&hist, 0.5), INT64_C(3600000000000));
}
END_TEST

START_TEST(merge_is_adding_both)
{
    static struct lbi_hist a, b, both;

    for (int64_t v = 1; v < 3000; v++) {
        lbi_hist_add(v % 3 == 0 ? &a : &b, v * v);
        lbi_hist_add(&both, v * v);
    }
    lbi_hist_merge(&a, &b);
    ck_assert_mem_eq(&a, &both, sizeof(a));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hist");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, empty);
    tcase_add_test(tcase, small_values_are_exact);
    tcase_add_test(tcase, negative_is_zero);
    tcase_add_test(tcase, near_the_sorted_values);
    tcase_add_test(tcase, every_edge);
    tcase_add_test(tcase, the_longest_is_no_guess);
    tcase_add_test(tcase, merge_is_adding_both);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
