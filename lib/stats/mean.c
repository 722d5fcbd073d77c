/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mean.c - arithmetic and geometric means with a cluster-robust standard error and Hall's (1992)
 * transformation, which takes out the skewness that makes a plain t interval sit too low for
 * latencies (docs/statistics.md, "Means").
 */
#include <math.h>

#include "stats/binned.h"
#include "stats/internal.h"
#include "stats/special.h"

struct residual {
    double sum; /* of value - mean over one cluster */
    bool used;
};

struct moments {
    size_t n, clusters;
    double mean;
    double variance; /* of one observation, n - 1 */
    double error;    /* standard error of the mean, cluster-robust */
    double skewness; /* of the cluster residuals */
};

static double same(double x)
{
    return x;
}

static void find_mean(const struct lbi_sample *sample, struct moments *m, double (*map)(double))
{
    double first = map(sample->obs[0].value);
    double last = map(sample->obs[m->n - 1].value);
    struct lbi_sum sum;

    lbi_sum_init(&sum, fmax(fabs(first), fabs(last)), m->n);
    for (size_t i = 0; i < m->n; i++)
        lbi_sum_add(&sum, map(sample->obs[i].value));
    m->mean = lbi_sum_value(&sum) / (double)m->n;

    double reach = fmax(m->mean - first, last - m->mean);
    lbi_sum_init(&sum, reach * reach, m->n);
    for (size_t i = 0; i < m->n; i++) {
        double d = map(sample->obs[i].value) - m->mean;
        lbi_sum_add(&sum, d * d);
    }
    m->variance = m->n > 1 ? lbi_sum_value(&sum) / (double)(m->n - 1) : 0;
}

/* The sums of one cluster grow in the order of values, so its name does not matter. */
static double find_residuals(const struct lbi_sample *sample, struct moments *m,
                             struct residual *residuals, double (*map)(double))
{
    double max = 0;

    for (size_t i = 0; i < m->n; i++) {
        struct residual *r = &residuals[sample->dense[i]];
        r->sum += map(sample->obs[i].value) - m->mean;
        r->used = true;
    }
    for (uint32_t c = 0; c < sample->clusters; c++) {
        if (!residuals[c].used)
            continue;
        m->clusters++;
        max = fmax(max, fabs(residuals[c].sum));
    }
    return max;
}

static void find_error(struct moments *m, const struct residual *residuals, size_t count,
                       double max)
{
    struct lbi_sum squares, cubes;
    double clusters = (double)m->clusters;

    if (m->clusters < 2 || !(max > 0))
        return;
    lbi_sum_init(&squares, 1, count);
    lbi_sum_init(&cubes, 1, count);
    for (size_t c = 0; c < count; c++) {
        double r = residuals[c].sum / max; /* cubes of nanoseconds could overflow */
        lbi_sum_add(&squares, r * r);
        lbi_sum_add(&cubes, r * r * r);
    }
    double square = lbi_sum_value(&squares);
    m->error = max * sqrt(clusters / (clusters - 1) * square) / (double)m->n;
    m->skewness = lbi_sum_value(&cubes) / clusters / pow(square / clusters, 1.5);
}

static lb_err find_moments(struct lbi_sample *sample, struct moments *m, double (*map)(double))
{
    struct residual *residuals = lbi_zalloc(sample->mem, sample->clusters * sizeof(*residuals));

    if (residuals == NULL)
        return LB_E_NOMEM;
    find_mean(sample, m, map);
    double max = find_residuals(sample, m, residuals, map);
    find_error(m, residuals, sample->clusters, max);
    lbi_free(sample->mem, residuals);
    return LB_OK;
}

/*
 * Inverse of Hall's g(S) = S + a k S^2 + a^2 k^2 S^3 / 3 + b k / C with a = 1/3, b = 1/6 and
 * skewness k: (3/k) (cbrt(1 + k w) - 1), w = y - b k / C. Written so that k = 0 is no special
 * case: cbrt(1 + e) - 1 is e / (c^2 + c + 1) for c = cbrt(1 + e).
 */
static double hall_inverse(double y, double skewness, double clusters)
{
    double w = y - skewness / (6 * clusters);
    double c = cbrt(1 + skewness * w);

    return 3 * w / (c * c + c + 1);
}

static void fill(lb_stat *out, const struct moments *m, enum lbi_bounds bounds)
{
    lbi_stat_unknown(out, m->n);
    out->value = m->mean;
    if (m->clusters < 2)
        return;

    double n = (double)m->n;
    double error_squared = m->error * m->error;
    out->n_eff = error_squared * n > m->variance ? m->variance / error_squared : n;
    double root = sqrt((double)m->clusters);
    double reach = lbi_bounds_t(bounds, m->clusters) / root;
    double spread = m->error * root;
    out->low = m->mean - spread * hall_inverse(reach, m->skewness, (double)m->clusters);
    out->high = m->mean - spread * hall_inverse(-reach, m->skewness, (double)m->clusters);
}

void lbi_stat_mean_sums(lb_stat *out, const double *sums, const uint64_t *counts, size_t clusters,
                        double variance, enum lbi_bounds bounds)
{
    struct residual residuals[LBI_LOTS] = {{0, false}};
    struct moments m = {.variance = variance};
    double sum = 0, max = 0;

    for (size_t c = 0; c < clusters; c++) {
        m.n += counts[c];
        m.clusters += counts[c] > 0;
        sum += sums[c];
    }
    lbi_stat_unknown(out, m.n);
    if (m.n == 0)
        return;
    m.mean = sum / (double)m.n;
    for (size_t c = 0; c < clusters; c++) {
        residuals[c].sum = sums[c] - m.mean * (double)counts[c];
        max = fmax(max, fabs(residuals[c].sum));
    }
    find_error(&m, residuals, clusters, max);
    fill(out, &m, bounds);
}

static lb_err mean_of(struct lbi_sample *sample, lb_stat *out, enum lbi_bounds bounds,
                      double (*map)(double))
{
    struct moments m = {.n = sample->count - sample->missed};

    if (m.n == 0) {
        lbi_stat_unknown(out, 0);
        return LB_OK;
    }
    lb_err err = find_moments(sample, &m, map);
    if (!err)
        fill(out, &m, bounds);
    return err;
}

lb_err lbi_stat_mean(struct lbi_sample *sample, lb_stat *out, enum lbi_bounds bounds)
{
    lb_err err = lbi_sample_prepare(sample);

    return err ? err : mean_of(sample, out, bounds, same);
}

lb_err lbi_stat_geomean(struct lbi_sample *sample, lb_stat *out, enum lbi_bounds bounds)
{
    lb_stat logs;
    lb_err err = lbi_sample_prepare(sample);

    if (err)
        return err;
    if (sample->count > 0 && sample->obs[0].value <= 0)
        return LB_E_INVALID;
    err = mean_of(sample, &logs, bounds, log);
    if (err)
        return err;
    *out = logs;
    out->value = exp(logs.value);
    out->low = exp(logs.low);
    out->high = exp(logs.high);
    return LB_OK;
}
