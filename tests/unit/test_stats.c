/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_stats.c - statistics of clustered observations: against slow and obvious versions of the
 * formulas in docs/statistics.md, against published values, and by how often the intervals hold
 * the truth.
 */
#include "stats_samples.h"

static const uint32_t ranks[] = {5000, 25000, 50000, 75000, 89000, 90000, 95000, 99000, 99900};
#define RANK_COUNT (sizeof(ranks) / sizeof(ranks[0]))

/* ---- percentiles against the slow version -------------------------------------------------- */

struct table {
    struct lbi_obs *sorted;
    size_t n, clusters;
    uint32_t ids[256];
    size_t who[2048];  /* cluster of each rank, as an index of ids */
    double deff[2048]; /* at each rank */
};

static int compare(const void *a, const void *b)
{
    double left = ((const struct lbi_obs *)a)->value;
    double right = ((const struct lbi_obs *)b)->value;

    return (left > right) - (left < right);
}

/* The definition: C/(C-1) sum (e_c - f N_c)^2 / (n f (1 - f)), e_c = those of c above (or at) v. */
static double slow_deff(const struct table *t, double v, bool or_at)
{
    double above[256] = {0}, size[256] = {0}, all = 0, sum = 0;

    for (size_t i = 0; i < t->n; i++) {
        bool is_above = t->sorted[i].value > v || (or_at && t->sorted[i].value == v);
        size[t->who[i]]++;
        above[t->who[i]] += is_above;
        all += is_above;
    }
    double n = (double)t->n, f = all / n, clusters = (double)t->clusters;
    if (all == 0 || all == n)
        return 1;
    for (size_t c = 0; c < t->clusters; c++)
        sum += (above[c] - f * size[c]) * (above[c] - f * size[c]);
    return clusters / (clusters - 1) * sum / (n * f * (1 - f));
}

static double slow_rank_deff(const struct table *t, size_t rank)
{
    double v = t->sorted[rank - 1].value;
    bool tied =
        (rank > 1 && t->sorted[rank - 2].value == v) || (rank < t->n && t->sorted[rank].value == v);
    double at = slow_deff(t, v, false);

    return tied ? fmax(at, slow_deff(t, v, true)) : at;
}

static void slow_table(struct table *table, const struct lbi_sample *sample)
{
    struct lbi_obs *copy = malloc(sample->count * sizeof(*copy));

    ck_assert_uint_le(sample->count, 2048);
    memset(table, 0, sizeof(*table));
    table->n = sample->count;
    memcpy(copy, sample->obs, sample->count * sizeof(*copy));
    qsort(copy, sample->count, sizeof(*copy), compare);
    table->sorted = copy;
    for (size_t i = 0; i < table->n; i++) {
        size_t c = 0;
        while (c < table->clusters && table->ids[c] != copy[i].cluster)
            c++;
        if (c == table->clusters)
            table->ids[table->clusters++] = copy[i].cluster;
        table->who[i] = c;
    }
    for (size_t rank = 1; rank <= table->n; rank++)
        table->deff[rank - 1] = slow_rank_deff(table, rank);
}

static double slow_design(const struct table *t, double p, size_t rank)
{
    double upper = fmax(p, 1 - p);
    double lo = upper > 0.8999 ? 1 - 4 * (1 - upper) : upper - 0.15;
    double hi = upper > 0.8999 ? 1 - (1 - upper) / 2 : fmin(upper + 0.15, 1 - (1 - upper) / 2);
    double sum = 0;
    int count = 0;

    for (size_t k = 1; k < t->n; k++) {
        double level = p < 0.5 ? 1 - (double)k / (double)t->n : (double)k / (double)t->n;
        if (level > lo - 1e-9 && level < hi + 1e-9) {
            sum += t->deff[k - 1];
            count++;
        }
    }
    double here = t->deff[rank - 1];
    return fmax(1, fmax(here, count > 0 ? sum / count : here));
}

static double slow_at(const struct table *t, double rank)
{
    if (rank < 1 || rank > (double)t->n || isinf(t->sorted[(size_t)rank - 1].value))
        return LBI_NAN;
    return t->sorted[(size_t)rank - 1].value;
}

static lb_stat slow_percentile(const struct table *t, uint32_t p_100k, enum lbi_bounds bounds)
{
    double p = p_100k / 100000.0, n = (double)t->n;
    double level = bounds == LBI_TWO_SIDED ? 0.975 : 0.95;
    size_t rank = 1;

    while ((uint64_t)rank * 100000 < (uint64_t)p_100k * t->n)
        rank++;
    lb_stat out = {slow_at(t, (double)rank), LBI_NAN, LBI_NAN, 1, t->n};
    if (t->clusters < 2)
        return out;
    out.n_eff = n / slow_design(t, p, rank);
    double z = lbi_normal_quantile(level);
    double m = out.n_eff * pow(z / lbi_t_quantile(level, (double)t->clusters - 1), 2);

    if (m >= 1 && 1 - pow(1 - p, m) >= level) { /* halve the step while the condition holds */
        double l = pow(p, m) >= level ? m : 1;
        for (double step = m; step > 1e-12 * m; step /= 2)
            while (l + step <= m && lbi_beta_inc(l + step, m - l - step + 1, p) >= level)
                l += step;
        out.low = slow_at(t, l < m ? fmin(floor(l * n / m), (double)rank) : (double)rank);
    }
    if (pow(p, m) <= 1 - level) {
        double u = m;
        for (double step = m; step > 1e-12 * m; step /= 2)
            while (u - step > 0 && lbi_beta_inc(u - step, m - u + step + 1, p) <= 1 - level)
                u -= step;
        out.high = slow_at(t, fmax(fmin(ceil(u * n / m), n), (double)rank));
    }
    return out;
}

START_TEST(percentile_oracle)
{
    struct lbi_rng rng = stream(11);
    int given = 0, withheld = 0;

    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        struct lbi_sample sample;
        draw(&sample, &shapes[i], &rng);
        struct table table;
        slow_table(&table, &sample);
        for (size_t r = 0; r < RANK_COUNT; r++)
            for (int b = 0; b < 2; b++) {
                enum lbi_bounds bounds = b ? LBI_ONE_SIDED : LBI_TWO_SIDED;
                lb_stat wanted = slow_percentile(&table, ranks[r], bounds);
                lb_stat got;
                ck_assert_int_eq(lbi_stat_percentile(&sample, &got, ranks[r], bounds), LB_OK);
                same_number(got.value, wanted.value);
                same_number(got.low, wanted.low);
                same_number(got.high, wanted.high);
                near(got.n_eff, wanted.n_eff, 1e-10);
                ck_assert(isnan(got.low) || isnan(got.value) || got.low <= got.value);
                ck_assert(isnan(got.high) || got.high >= got.value);
                given += !isnan(got.high);
                withheld += isnan(got.high);
            }
        free(table.sorted);
        lbi_sample_free(&sample);
    }
    ck_assert_int_gt(given, 50); /* both branches were looked at */
    ck_assert_int_gt(withheld, 50);
}
END_TEST

START_TEST(low_end_is_not_above_the_value)
{
    /* Two conversations are worth about 10 observations here: the largest of 10 is below P99.9 in
     * .999^10 of all cases, so the bound would be the largest of all, beyond the value's rank. */
    struct lbi_sample sample;
    lb_stat stat;

    lbi_sample_init(&sample, &lbi_mem_libc);
    for (uint32_t i = 0; i < 1000; i++) {
        lbi_sample_add(&sample, 0, i);
        lbi_sample_add(&sample, 1, i + 500.5);
    }
    ck_assert_int_eq(lbi_stat_percentile(&sample, &stat, 99900, LBI_TWO_SIDED), LB_OK);
    ck_assert_double_eq(stat.value, 1497.5);
    ck_assert_double_eq(stat.low, 1497.5);
    ck_assert_double_nan(stat.high);
    lbi_sample_free(&sample);
}
END_TEST

START_TEST(percentile_rank)
{
    /* 1, 2, ... n: the value is the rank. ceil(.95 * 20) is 19, which .95 * 20 in doubles may miss
     */
    static const struct {
        size_t n;
        uint32_t p;
        double value;
    } table[] = {
        {20, 95000, 19},  {100, 95000, 95}, {101, 95000, 96},    {100, 99900, 100}, {1, 50000, 1},
        {2, 50000, 1},    {3, 50000, 2},    {1000, 99900, 999},  {10, 10000, 1},    {10, 10001, 2},
        {100, 29000, 29}, {100, 57000, 57}, {1000, 99999, 1000}, {100, 1, 1},
    };
    lb_stat stat;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct lbi_sample sample;
        lbi_sample_init(&sample, &lbi_mem_libc);
        for (size_t k = table[i].n; k > 0; k--)
            lbi_sample_add(&sample, (uint32_t)k, (double)k);
        ck_assert_int_eq(lbi_stat_percentile(&sample, &stat, table[i].p, LBI_TWO_SIDED), LB_OK);
        ck_assert_double_eq(stat.value, table[i].value);
        ck_assert_uint_eq(stat.n, table[i].n);
        ck_assert_int_eq(lbi_stat_percentile(&sample, &stat, 0, LBI_TWO_SIDED), LB_E_INVALID);
        ck_assert_int_eq(lbi_stat_percentile(&sample, &stat, 100000, LBI_TWO_SIDED), LB_E_INVALID);
        lbi_sample_free(&sample);
    }
}
END_TEST

/*
 * The smallest effective size that has a bound, as a whole number: independent values are added
 * one by one, so the size grows by about 1, until there is one.
 */
static void check_floor(uint32_t p, enum lbi_bounds bounds, bool upper, double least)
{
    double tail = bounds == LBI_TWO_SIDED ? 0.025 : 0.05;
    double exact = log(tail) / log(upper ? p / 1e5 : 1 - p / 1e5);
    double before = 0, size = 0;
    struct lbi_sample sample;
    lb_stat stat = {0};

    ck_assert_double_eq(ceil(exact), least);
    lbi_sample_init(&sample, &lbi_mem_libc);
    for (uint32_t n = 1; n < 3 || isnan(upper ? stat.high : stat.low); n++) {
        ck_assert_uint_lt(n, 1000);
        before = size;
        lbi_sample_add(&sample, n, n);
        ck_assert_int_eq(lbi_stat_percentile(&sample, &stat, p, bounds), LB_OK);
        size = n < 2 ? 0 : stat.n_eff * lbi_bounds_shrink(bounds, n);
    }
    ck_assert_double_lt(before, exact);
    ck_assert_double_ge(size, exact);
    lbi_sample_free(&sample);
}

START_TEST(floors)
{
    check_floor(95000, LBI_TWO_SIDED, true, 72);
    check_floor(95000, LBI_ONE_SIDED, true, 59);
    check_floor(99000, LBI_TWO_SIDED, true, 368); /* .99^367 is .02501 */
    check_floor(99000, LBI_ONE_SIDED, true, 299);
    check_floor(5000, LBI_TWO_SIDED, false, 72);
    check_floor(5000, LBI_ONE_SIDED, false, 59);
    check_floor(50000, LBI_TWO_SIDED, true, 6);
    check_floor(50000, LBI_TWO_SIDED, false, 6);
}
END_TEST

/* ---- means, shares, ratios ----------------------------------------------------------------- */

/* Hall 1992 as printed, with sums over clusters in the obvious way. */
static lb_stat slow_mean(const struct lbi_sample *sample, enum lbi_bounds bounds)
{
    struct table t;
    double sum = 0, squares = 0, n = 0, clusters = 0, r2 = 0, r3 = 0;

    slow_table(&t, sample);
    for (size_t i = 0; i < t.n && isfinite(t.sorted[i].value); i++, n++)
        sum += t.sorted[i].value;
    double mean = sum / n;
    for (size_t c = 0; c < t.clusters; c++) {
        double r = 0, used = 0;
        for (size_t i = 0; (double)i < n; i++)
            if (t.who[i] == c) {
                r += t.sorted[i].value - mean;
                squares += pow(t.sorted[i].value - mean, 2);
                used = 1;
            }
        clusters += used;
        r2 += r * r;
        r3 += r * r * r;
    }
    free(t.sorted);
    lb_stat out = {mean, LBI_NAN, LBI_NAN, 1, (uint64_t)n};
    if (clusters < 2)
        return out;
    double error = sqrt(clusters / (clusters - 1) * r2) / n;
    double skew = r3 / clusters / pow(r2 / clusters, 1.5);
    double y =
        lbi_t_quantile(bounds == LBI_TWO_SIDED ? 0.975 : 0.95, clusters - 1) / sqrt(clusters);
    double shift = skew / (6 * clusters);
    out.low = mean - error * sqrt(clusters) * 3 / skew * (cbrt(1 + skew * (y - shift)) - 1);
    out.high = mean - error * sqrt(clusters) * 3 / skew * (cbrt(1 + skew * (-y - shift)) - 1);
    out.n_eff = fmin(n, squares / (n - 1) / (error * error));
    return out;
}

START_TEST(mean_oracle)
{
    struct lbi_rng rng = stream(12);

    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        if (shapes[i].clusters < 3) /* two equal and opposite residuals: the skewness is 0/0 */
            continue;
        struct lbi_sample sample;
        draw(&sample, &shapes[i], &rng);
        for (int b = 0; b < 2; b++) {
            enum lbi_bounds bounds = b ? LBI_ONE_SIDED : LBI_TWO_SIDED;
            lb_stat wanted = slow_mean(&sample, bounds);
            lb_stat got;
            ck_assert_int_eq(lbi_stat_mean(&sample, &got, bounds), LB_OK);
            near(got.value, wanted.value, 1e-13);
            near(got.low, wanted.low, 1e-9);
            near(got.high, wanted.high, 1e-9);
            near(got.n_eff, wanted.n_eff, 1e-10);
            ck_assert_uint_eq(got.n, wanted.n);
            ck_assert(got.low < got.value && got.value < got.high);
        }
        lbi_sample_free(&sample);
    }
}
END_TEST

START_TEST(mean_by_hand)
{
    /* Two clusters: residuals +-2, se = sqrt(2 * 8) / 4 = 1, no skewness, so plain t_1 = 12.706 */
    static const double values[] = {1, 3, 3, 5};
    struct lbi_sample sample;
    lb_stat stat;

    lbi_sample_init(&sample, &lbi_mem_libc);
    for (uint32_t i = 0; i < 4; i++)
        lbi_sample_add(&sample, i / 2, values[i]);
    lbi_sample_add(&sample, 9, (double)INFINITY); /* no cluster of the mean */
    ck_assert_int_eq(lbi_stat_mean(&sample, &stat, LBI_TWO_SIDED), LB_OK);
    ck_assert_double_eq(stat.value, 3);
    ck_assert_double_eq_tol(stat.low, 3 - 12.7062047361747, 1e-10);
    ck_assert_double_eq_tol(stat.high, 3 + 12.7062047361747, 1e-10);
    ck_assert_uint_eq(stat.n, 4);
    near(stat.n_eff, 8.0 / 3, 1e-14);
    ck_assert_double_eq(lbi_stat_min(&sample), 1);
    ck_assert_double_eq(lbi_stat_max(&sample), 5);
    near(lbi_stat_stddev(&sample), sqrt(8.0 / 3), 1e-15);
    lbi_sample_free(&sample);
}
END_TEST

START_TEST(mean_of_equal_values)
{
    struct lbi_sample sample;
    lb_stat stat;

    lbi_sample_init(&sample, &lbi_mem_libc);
    for (uint32_t i = 0; i < 100; i++)
        lbi_sample_add(&sample, i % 7, 0.1);
    lbi_stat_mean(&sample, &stat, LBI_TWO_SIDED);
    near(stat.value, 0.1, 1e-15);
    near(stat.low, 0.1, 1e-15);
    near(stat.high, 0.1, 1e-15);
    ck_assert_double_eq_tol(lbi_stat_stddev(&sample), 0, 1e-16);
    lbi_stat_percentile(&sample, &stat, 50000, LBI_TWO_SIDED);
    ck_assert_double_eq(stat.low, 0.1);
    ck_assert_double_eq(stat.high, 0.1);
    lbi_sample_free(&sample);
}
END_TEST

START_TEST(geometric_mean)
{
    struct lbi_rng rng = stream(13);
    struct lbi_sample sample, inverse, logs;
    lb_stat a, b, log_mean;

    draw(&sample, &shapes[1], &rng);
    lbi_sample_init(&inverse, &lbi_mem_libc);
    lbi_sample_init(&logs, &lbi_mem_libc);
    for (size_t i = 0; i < sample.count; i++) {
        lbi_sample_add(&inverse, sample.obs[i].cluster, 1 / sample.obs[i].value);
        lbi_sample_add(&logs, sample.obs[i].cluster, log(sample.obs[i].value));
    }
    ck_assert_int_eq(lbi_stat_geomean(&sample, &a, LBI_TWO_SIDED), LB_OK);
    ck_assert_int_eq(lbi_stat_geomean(&inverse, &b, LBI_TWO_SIDED), LB_OK);
    ck_assert_int_eq(lbi_stat_mean(&logs, &log_mean, LBI_TWO_SIDED), LB_OK);
    near(a.value, exp(log_mean.value), 1e-13);
    near(a.low, exp(log_mean.low), 1e-13);
    near(a.value * b.value, 1, 1e-13);
    near(a.low * b.high, 1, 1e-12);
    near(a.high * b.low, 1, 1e-12);
    ck_assert_int_eq(lbi_sample_add(&sample, 1, 0), LB_OK);
    b = a;
    ck_assert_int_eq(lbi_stat_geomean(&sample, &b, LBI_TWO_SIDED), LB_E_INVALID);
    same_stat(&a, &b);
    lbi_sample_free(&sample);
    lbi_sample_free(&inverse);
    lbi_sample_free(&logs);
}
END_TEST

START_TEST(shares)
{
    static const uint32_t hits[] = {0, 3, 0, 1, 0, 10, 0, 0, 2, 0};
    static const uint32_t shuffled[] = {10, 0, 0, 2, 0, 0, 3, 0, 1, 0};
    static const uint32_t totals[] = {10, 10, 10, 10, 10, 10, 10, 10, 10, 10};
    static const uint32_t twice[] = {20, 20, 20, 20, 20, 20, 20, 20, 20, 20};
    static const uint32_t none[10] = {0};
    lb_stat a, b;

    lbi_stat_share(&a, hits, totals, 10, LBI_TWO_SIDED);
    lbi_stat_share(&b, shuffled, totals, 10, LBI_TWO_SIDED);
    same_stat(&a, &b);
    near(a.value, 0.16, 1e-15);
    /* sum (h - 1.6)^2 = 114 - 25.6 = 88.4; deff = 10/9 * 88.4 / (100 * .16 * .84) */
    near(a.n_eff, 100 / (10.0 / 9 * 88.4 / 13.44), 1e-12);
    double low, high;
    double size = a.n_eff * pow(1.9599639845400542 / 2.2621571627409915, 2); /* t_{.975, 9} */
    lbi_clopper_pearson(&low, &high, 0.16 * size, size, 0.975);
    near(a.low, low, 1e-9);
    near(a.high, high, 1e-9);

    lbi_stat_share(&a, none, totals, 10, LBI_TWO_SIDED);
    ck_assert_double_eq(a.value, 0);
    ck_assert_double_eq(a.low, 0);
    ck_assert_double_eq(a.n_eff, 100);
    size = 100 * pow(1.9599639845400542 / 2.2621571627409915, 2);
    near(a.high, 1 - pow(0.025, 1 / size), 1e-9); /* closed form for no hits */
    lbi_stat_share(&a, totals, totals, 10, LBI_ONE_SIDED);
    ck_assert_double_eq(a.value, 1);
    ck_assert_double_eq(a.high, 1);
    ck_assert_double_lt(a.low, 1);

    lbi_stat_share(&a, totals, twice, 10, LBI_TWO_SIDED); /* less spread than chance: no bonus */
    ck_assert_double_eq(a.n_eff, 200);

    lbi_stat_share(&a, hits + 1, totals, 1, LBI_TWO_SIDED);
    near(a.value, 0.3, 1e-15);
    no_interval(&a);
    lbi_stat_share(&a, none, none, 10, LBI_TWO_SIDED);
    ck_assert_double_nan(a.value);
    no_interval(&a);
    ck_assert_double_eq(a.n_eff, 0);
}
END_TEST

START_TEST(binomial)
{
    lb_stat stat;

    lbi_stat_binomial(&stat, 81, 263, LBI_TWO_SIDED); /* Newcombe 1998, table I */
    ck_assert_double_eq_tol(stat.low, 0.2527, 0.00005001);
    ck_assert_double_eq_tol(stat.high, 0.3676, 0.00005001);
    ck_assert_double_eq(stat.n_eff, 263);
    lbi_stat_binomial(&stat, 0, 59, LBI_ONE_SIDED);
    near(stat.high, 1 - pow(0.05, 1.0 / 59), 1e-12);
    lbi_stat_binomial(&stat, 0, 0, LBI_TWO_SIDED);
    ck_assert_double_nan(stat.value);
    no_interval(&stat);
}
END_TEST

START_TEST(ratios)
{
    static const double num[] = {1, 2, 6, 0};
    static const double den[] = {2, 4, 6, 0};
    static const double num2[] = {6, 0, 2, 1};
    static const double den2[] = {6, 0, 4, 2};
    lb_stat a, b;

    lbi_stat_ratio(&a, num, den, 4, LBI_TWO_SIDED);
    lbi_stat_ratio(&b, num2, den2, 4, LBI_TWO_SIDED);
    same_stat(&a, &b);
    /* R = 3/4, residuals -1/2, -1, 3/2: se = sqrt(3/2 * 3.5) / 12, t_{.975, 2} = 4.302652730 */
    near(a.value, 0.75, 1e-15);
    near(a.high - a.value, 4.302652729749462 * sqrt(1.5 * 3.5) / 12, 1e-12);
    near(a.value - a.low, a.high - a.value, 1e-12);
    ck_assert_uint_eq(a.n, 3);
    ck_assert_double_eq(a.n_eff, 3);
    lbi_stat_ratio(&a, den, den, 4, LBI_TWO_SIDED);
    ck_assert_double_eq(a.low, 1);
    ck_assert_double_eq(a.high, 1);
    lbi_stat_ratio(&a, num, den, 1, LBI_TWO_SIDED);
    ck_assert_double_eq(a.value, 0.5);
    no_interval(&a);
    lbi_stat_ratio(&a, num, den + 3, 1, LBI_TWO_SIDED);
    ck_assert_double_nan(a.value);
    no_interval(&a);

    struct lbi_rng rng = stream(14);
    double n1[100], d1[100], n2[100], d2[100];
    for (size_t i = 0; i < 100; i++) {
        d1[i] = d2[99 - i] = exp(gauss(&rng));
        n1[i] = n2[99 - i] = exp(gauss(&rng));
    }
    lbi_stat_ratio(&a, n1, d1, 100, LBI_TWO_SIDED);
    lbi_stat_ratio(&b, n2, d2, 100, LBI_TWO_SIDED);
    same_stat(&a, &b);
}
END_TEST

/* ---- coverage ------------------------------------------------------------------------------ */

enum { REPETITIONS = 300 };

static bool holds(struct lbi_sample *sample, const char *name, enum lbi_bounds bounds, double truth)
{
    lb_stat stat;

    ck_assert_int_eq(lbi_stat_by_name(sample, &stat, name, bounds), LB_OK);
    return (bounds == LBI_ONE_SIDED || stat.low <= truth) && truth <= stat.high;
}

/* A repetition without an interval counts as one that misses. */
START_TEST(intervals_hold)
{
    struct shape shape = {60, 10, _i == 1, false, 0.3, 0.5, 0};
    double variance = 0.3 * 0.3 + 0.5 * 0.5;
    double p95 = exp(1.6448536269514727 * sqrt(variance));
    struct lbi_rng rng = stream(20);
    int held[4] = {0};

    for (int i = 0; i < REPETITIONS; i++) {
        struct lbi_sample sample;
        draw(&sample, &shape, &rng);
        held[0] += holds(&sample, "p50", LBI_TWO_SIDED, 1);
        held[1] += holds(&sample, "p95", LBI_TWO_SIDED, p95);
        held[2] += holds(&sample, "mean", LBI_TWO_SIDED, exp(variance / 2));
        held[3] += holds(&sample, "p95", LBI_ONE_SIDED, p95);
        lbi_sample_free(&sample);
    }
    ck_assert_int_ge(held[0], REPETITIONS * 93 / 100);
    ck_assert_int_ge(held[1], REPETITIONS * 93 / 100);
    ck_assert_int_ge(held[2], REPETITIONS * 92 / 100);
    ck_assert_int_ge(held[3], REPETITIONS * 93 / 100);
    for (int i = 0; i < 3; i++) /* and they are no wider than that takes */
        ck_assert_int_le(held[i], REPETITIONS * 99 / 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, percentile_oracle);
    tcase_add_test(tcase, low_end_is_not_above_the_value);
    tcase_add_test(tcase, percentile_rank);
    tcase_add_test(tcase, floors);
    tcase_add_test(tcase, mean_oracle);
    tcase_add_test(tcase, mean_by_hand);
    tcase_add_test(tcase, mean_of_equal_values);
    tcase_add_test(tcase, geometric_mean);
    tcase_add_test(tcase, shares);
    tcase_add_test(tcase, binomial);
    tcase_add_test(tcase, ratios);
    tcase_add_loop_test(tcase, intervals_hold, 0, 2);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
