/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample.c - collecting, sorting and what needs no interval: min, max, stddev. It also keeps what
 * several statistics of one sample share, so that five percentiles in a row sort once.
 *
 * Renaming clusters and shuffling observations must change no digit of any result. So whatever is
 * added up is added in the order of values, or in integers, or by lbi_sum.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/idmap.h"
#include "stats/internal.h"
#include "stats/special.h"

void lbi_sample_init(struct lbi_sample *sample, const struct lbi_mem *mem)
{
    memset(sample, 0, sizeof(*sample));
    sample->mem = mem;
}

static void drop_shared(struct lbi_sample *sample)
{
    lbi_free(sample->mem, sample->dense);
    lbi_free(sample->mem, sample->deff);
    sample->dense = NULL;
    sample->deff = NULL;
    sample->clusters = 0;
    sample->sorted = false;
}

void lbi_sample_free(struct lbi_sample *sample)
{
    drop_shared(sample);
    lbi_free(sample->mem, sample->obs);
    lbi_sample_init(sample, sample->mem);
}

lb_err lbi_sample_add(struct lbi_sample *sample, uint32_t cluster, double value)
{
    if (isnan(value) || (isinf(value) && value < 0))
        return LB_E_INVALID;

    void *obs = sample->obs;
    lb_err err = lbi_grow(sample->mem, &obs, &sample->cap, sample->count, sizeof(*sample->obs));
    if (err)
        return err;
    sample->obs = obs;
    drop_shared(sample);
    sample->obs[sample->count].value = value + 0.0; /* makes -0 a 0: they are ties */
    sample->obs[sample->count].cluster = cluster;
    sample->count++;
    if (isinf(value))
        sample->missed++;
    return LB_OK;
}

lb_err lbi_sample_merge(struct lbi_sample *into, const struct lbi_sample *from)
{
    size_t more = from->count; /* `from` may be `into` */

    if (more == 0)
        return LB_OK;
    if (more > SIZE_MAX / sizeof(*into->obs) - into->count)
        return LB_E_NOMEM;
    if (into->count + more > into->cap) {
        size_t cap = into->count + more;
        if (cap < into->cap + into->cap / 2)
            cap = into->cap + into->cap / 2; /* many small ones must not copy all each time */
        struct lbi_obs *obs = lbi_realloc(into->mem, into->obs, cap * sizeof(*obs));
        if (obs == NULL)
            return LB_E_NOMEM;
        into->obs = obs;
        into->cap = cap;
    }
    drop_shared(into);
    memcpy(into->obs + into->count, from->obs, more * sizeof(*from->obs));
    into->count += more;
    into->missed += from->missed;
    return LB_OK;
}

static int by_value(const void *left, const void *right)
{
    const struct lbi_obs *a = left;
    const struct lbi_obs *b = right;

    if (a->value < b->value)
        return -1;
    if (a->value > b->value)
        return 1;
    return (a->cluster > b->cluster) - (a->cluster < b->cluster);
}

static lb_err number_clusters(struct lbi_sample *sample, uint32_t *dense)
{
    struct lbi_idmap map;
    lb_err err = LB_OK;

    lbi_idmap_init(&map, sample->mem);
    for (size_t i = 0; i < sample->count && !err; i++)
        err = lbi_idmap_number(&map, &dense[i], sample->obs[i].cluster);
    sample->clusters = (uint32_t)map.count;
    lbi_idmap_free(&map);
    return err;
}

lb_err lbi_sample_prepare(struct lbi_sample *sample)
{
    if (sample->count == 0 || (sample->sorted && sample->dense != NULL))
        return LB_OK;

    if (!sample->sorted) {
        drop_shared(sample); /* whoever clears the flag by hand has moved the observations */
        qsort(sample->obs, sample->count, sizeof(*sample->obs), by_value);
        sample->sorted = true;
    }
    uint32_t *dense = lbi_alloc(sample->mem, sample->count * sizeof(*dense));
    if (dense == NULL)
        return LB_E_NOMEM;
    lb_err err = number_clusters(sample, dense);
    if (err) {
        lbi_free(sample->mem, dense);
        return err;
    }
    sample->dense = dense;
    return LB_OK;
}

double lbi_stat_min(struct lbi_sample *sample)
{
    double min = LBI_NAN;

    for (size_t i = 0; i < sample->count; i++) {
        double value = sample->obs[i].value;
        if (isfinite(value) && !(value >= min))
            min = value;
    }
    return min;
}

double lbi_stat_max(struct lbi_sample *sample)
{
    double max = LBI_NAN;

    for (size_t i = 0; i < sample->count; i++) {
        double value = sample->obs[i].value;
        if (isfinite(value) && !(value <= max))
            max = value;
    }
    return max;
}

/* Sum of (value - center)^power over the finite ones; power is 1 or 2, `reach` the largest
 * distance from the center. */
static double sum_of(const struct lbi_sample *sample, double center, double reach, int power)
{
    struct lbi_sum sum;

    lbi_sum_init(&sum, power == 1 ? reach : reach * reach, sample->count);
    for (size_t i = 0; i < sample->count; i++) {
        double d = sample->obs[i].value - center;
        if (isfinite(d))
            lbi_sum_add(&sum, power == 1 ? d : d * d);
    }
    return lbi_sum_value(&sum);
}

double lbi_stat_stddev(struct lbi_sample *sample)
{
    size_t n = sample->count - sample->missed;

    if (n < 2)
        return LBI_NAN;
    double min = lbi_stat_min(sample);
    double max = lbi_stat_max(sample);
    double mean = sum_of(sample, 0, fmax(fabs(min), fabs(max)), 1) / (double)n;
    double reach = fmax(mean - min, max - mean);
    return sqrt(sum_of(sample, mean, reach, 2) / (double)(n - 1));
}

void lbi_stat_unknown(lb_stat *out, uint64_t n)
{
    out->value = LBI_NAN;
    out->low = LBI_NAN;
    out->high = LBI_NAN;
    out->n_eff = n < 1 ? 0 : 1; /* one cluster may be one observation said many times */
    out->n = n;
}

double lbi_bounds_level(enum lbi_bounds bounds)
{
    return bounds == LBI_TWO_SIDED ? 0.975 : 0.95;
}

double lbi_bounds_t(enum lbi_bounds bounds, size_t clusters)
{
    return lbi_t_quantile(lbi_bounds_level(bounds), (double)(clusters - 1));
}

double lbi_bounds_shrink(enum lbi_bounds bounds, size_t clusters)
{
    double ratio = lbi_normal_quantile(lbi_bounds_level(bounds)) / lbi_bounds_t(bounds, clusters);

    return ratio * ratio;
}
