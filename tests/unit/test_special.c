/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_special.c - the distribution functions against closed forms, printed tables and values that
 * mpmath 1.3.0 gives with 40 digits.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "stats/special.h"

static void near(double got, double wanted, double relative)
{
    ck_assert_msg(fabs(got - wanted) <= relative * fabs(wanted), "%.17g, wanted %.17g", got,
                  wanted);
}

START_TEST(beta_against_mpmath)
{
    /* mpmath.betainc(a, b, 0, x, regularized=True); from 1e5 up mpmath.quad of the density */
    static const double table[][4] = {
        {0.5, 0.5, 0.1, 0.20483276469913346},
        {2.5, 7.25, 0.3, 0.66048227358190722},
        {0.01, 3, 0.2, 0.99508711823131596},
        {0.001, 50, 0.01, 0.99943690102102229},
        {57, 15.5, 0.8, 0.59295178708161984},
        {1000, 50, 0.95, 0.34450982299155539},
        {1e5, 5e3, 0.9523, 0.44928024390385931},
        {1e6, 1e6, 0.5005, 0.92135042241909818},
        {950000.25, 50000.75, 0.9502, 0.82138654057064674},
        {30, 0.5, 0.999, 0.80723730615953703},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const double *t = table[i];
        near(lbi_beta_inc(t[0], t[1], t[2]), t[3], 1e-12);
        near(lbi_beta_inv(t[0], t[1], t[3]), t[2], 1e-9);
    }
    /* t with a million degrees of freedom: 1 - x is small beside the last digits of a */
    near(lbi_beta_inc(5e5, 0.5, 1 - 0x1p-18), 0.050804622478400824, 1e-10);
}
END_TEST

/* P(X >= k) of a binomial, added up term by term: DLMF 8.17.5. */
static double binomial_tail(int k, int n, double p)
{
    double term = pow(1 - p, n);
    double sum = k <= 0 ? term : 0;

    for (int i = 1; i <= n; i++) {
        term *= (n - i + 1) * p / (i * (1 - p));
        if (i >= k)
            sum += term;
    }
    return sum;
}

START_TEST(beta_is_a_binomial_tail)
{
    near(lbi_beta_inc(3, 4, 0.5), 42.0 / 64, 1e-14);
    for (int n = 1; n <= 60; n++)
        for (int k = 1; k <= n; k++)
            for (int i = 1; i < 20; i++) {
                double p = i / 20.0;
                near(lbi_beta_inc(k, n - k + 1, p), binomial_tail(k, n, p), 1e-11);
            }
}
END_TEST

START_TEST(beta_edges)
{
    near(lbi_beta_inc(1, 7, 0.25), 1 - pow(0.75, 7), 1e-14);
    near(lbi_beta_inc(7, 1, 0.25), pow(0.25, 7), 1e-13);
    near(lbi_beta_inc(123.5, 123.5, 0.5), 0.5, 1e-13);
    ck_assert_double_eq(lbi_beta_inc(2, 3, 0), 0);
    ck_assert_double_eq(lbi_beta_inc(2, 3, 1), 1);
    ck_assert_double_eq(lbi_beta_inv(2, 3, 0), 0);
    ck_assert_double_eq(lbi_beta_inv(2, 3, 1), 1);
    ck_assert_double_nan(lbi_beta_inc(0, 3, 0.5));
    ck_assert_double_nan(lbi_beta_inc(2, 3, 1.5));
    ck_assert_double_nan(lbi_beta_inc(2, LBI_NAN, 0.5));
    ck_assert_double_nan(lbi_beta_inv(2, 3, -0.5));
}
END_TEST

START_TEST(t_quantiles)
{
    static const double exact[][3] = {
        /* mpmath */
        {0.975, 3, 3.1824463052837096},   {0.975, 10, 2.2281388519862747},
        {0.95, 59, 1.671093032103895},    {0.975, 59, 2.0009953780882677},
        {0.975, 199, 1.9719565442517538}, {0.95, 19, 1.7291328115213695},
        {0.995, 5, 4.0321429835552281},   {0.975, 100000, 1.9599877075346096},
    };
    static const double printed[][3] = {
        /* Abramowitz and Stegun, table 26.10; p = (1 + A)/2 */
        {0.95, 1, 6.314},   {0.975, 1, 12.706}, {0.975, 2, 4.303},   {0.99, 4, 3.747},
        {0.995, 8, 3.355},  {0.975, 20, 2.086}, {0.95, 30, 1.697},   {0.975, 60, 2.000},
        {0.995, 60, 2.660}, {0.95, 120, 1.658}, {0.975, 120, 1.980}, {0.995, 120, 2.617},
    };

    for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
        near(lbi_t_quantile(exact[i][0], exact[i][1]), exact[i][2], 1e-11);
    for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++)
        ck_assert_double_eq_tol(lbi_t_quantile(printed[i][0], printed[i][1]), printed[i][2],
                                0.0005001);

    near(lbi_t_quantile(0.975, 1), tan(0.475 * acos(-1.0)), 1e-12); /* the Cauchy distribution */
    near(lbi_t_quantile(0.9, 2), 0.8 / sqrt(2 * 0.9 * 0.1), 1e-12);
    near(lbi_t_quantile(0.025, 7), -lbi_t_quantile(0.975, 7), 1e-13);
    ck_assert_double_eq_tol(lbi_t_quantile(0.5, 7), 0, 1e-12);
    ck_assert_double_nan(lbi_t_quantile(0.975, 0));
    ck_assert_double_nan(lbi_t_quantile(1, 5));
}
END_TEST

START_TEST(normal_quantiles)
{
    static const double table[][2] = {
        /* mpmath */
        {0.6, 0.2533471031357998},   {0.9, 1.2815515655446005},     {0.95, 1.6448536269514727},
        {0.975, 1.9599639845400542}, {0.99, 2.3263478740408411},    {0.995, 2.5758293035489008},
        {0.999, 3.0902323061678135}, {1e-6, -4.7534243088228989},   {1e-12, -7.0344838253011319},
        {0.4, -0.2533471031357998},  {1e-300, -37.047096299361199},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        near(lbi_normal_quantile(table[i][0]), table[i][1], 1e-14);
    ck_assert_double_eq(lbi_normal_quantile(0.5), 0);
    ck_assert_double_nan(lbi_normal_quantile(0));
    ck_assert_double_nan(lbi_normal_quantile(1));
}
END_TEST

START_TEST(clopper_pearson)
{
    static const struct {
        double hits, total, low, high, tolerance;
    } table[] = {
        /* Newcombe 1998, Statistics in Medicine 17:857, table I, method 5 */
        {81, 263, 0.2527, 0.3676, 0.00005001},
        {15, 148, 0.0578, 0.1617, 0.00005001},
        {0, 20, 0.0000, 0.1684, 0.00005001},
        {1, 29, 0.0009, 0.1776, 0.00005001},
        /* the example of R's binom.test, after Conover 1971 */
        {682, 925, 0.7076683, 0.7654066, 0.00000005001},
        /* mpmath */
        {3.7, 41.2, 0.0233430288066861, 0.220856191041172, 1e-13},
    };
    double low, high;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        lbi_clopper_pearson(&low, &high, table[i].hits, table[i].total, 0.975);
        ck_assert_double_eq_tol(low, table[i].low, table[i].tolerance);
        ck_assert_double_eq_tol(high, table[i].high, table[i].tolerance);
        lbi_clopper_pearson(&low, &high, table[i].total - table[i].hits, table[i].total, 0.975);
        ck_assert_double_eq_tol(1 - high, table[i].low, table[i].tolerance);
    }
    lbi_clopper_pearson(&low, &high, 50, 50, 0.95);
    near(low, pow(0.05, 1.0 / 50), 1e-13);
    ck_assert_double_eq(high, 1);
    lbi_clopper_pearson(&low, &high, 3, 2, 0.95);
    ck_assert_double_nan(low);
    ck_assert_double_nan(high);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("special");
    TCase *tcase = tcase_create("functions");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, beta_against_mpmath);
    tcase_add_test(tcase, beta_is_a_binomial_tail);
    tcase_add_test(tcase, beta_edges);
    tcase_add_test(tcase, t_quantiles);
    tcase_add_test(tcase, normal_quantiles);
    tcase_add_test(tcase, clopper_pearson);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
