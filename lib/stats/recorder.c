/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder.c - collects under 64-bit cluster names, and answers for a statistic by its name.
 */
#include "stats/recorder.h"

#include <math.h>
#include <string.h>

#include "stats/special.h"

void lbi_recorder_init(struct lbi_recorder *recorder, const struct lbi_mem *mem)
{
    lbi_sample_init(&recorder->sample, mem);
    lbi_idmap_init(&recorder->clusters, mem);
}

void lbi_recorder_free(struct lbi_recorder *recorder)
{
    lbi_sample_free(&recorder->sample);
    lbi_idmap_free(&recorder->clusters);
}

lb_err lbi_recorder_add(struct lbi_recorder *recorder, uint64_t cluster, double value, bool missed)
{
    uint32_t number;

    if (!missed && !isfinite(value))
        return LB_E_INVALID;
    lb_err err = lbi_idmap_number(&recorder->clusters, &number, cluster);
    if (err)
        return err;
    return lbi_sample_add(&recorder->sample, number, missed ? (double)INFINITY : value);
}

/* The numbers that `into` gives to the clusters of `from`, and then its observations with them. */
static lb_err append(struct lbi_recorder *into, const struct lbi_recorder *from, uint32_t *numbers)
{
    size_t start = into->sample.count;

    for (size_t i = 0; i < from->clusters.count; i++) {
        lb_err err = lbi_idmap_number(&into->clusters, &numbers[i], from->clusters.ids[i]);
        if (err)
            return err;
    }
    lb_err err = lbi_sample_merge(&into->sample, &from->sample);
    if (err)
        return err;
    for (size_t i = start; i < into->sample.count; i++)
        into->sample.obs[i].cluster = numbers[into->sample.obs[i].cluster];
    return LB_OK;
}

lb_err lbi_recorder_merge(struct lbi_recorder *into, const struct lbi_recorder *from)
{
    if (from->sample.count == 0)
        return LB_OK;

    const struct lbi_mem *mem = into->sample.mem;
    uint32_t *numbers = lbi_alloc(mem, from->clusters.count * sizeof(*numbers));
    if (numbers == NULL)
        return LB_E_NOMEM;
    lb_err err = append(into, from, numbers);
    lbi_free(mem, numbers);
    return err;
}

/* Reads up to `limit` digits onto the end of *number; how many there were. */
static int take_digits(const char **text, uint32_t *number, int limit)
{
    int count = 0;

    for (; **text >= '0' && **text <= '9' && count < limit; count++)
        *number = *number * 10 + (uint32_t)(*(*text)++ - '0');
    return count;
}

/* "p95" is 95000, "p99.9" is 99900; 0 when it is nothing of the kind. */
static uint32_t parse_percentile(const char *what)
{
    uint32_t p = 0;
    int decimals = 0;

    if (*what++ != 'p' || take_digits(&what, &p, 2) == 0)
        return 0;
    if (*what == '.') {
        what++;
        decimals = take_digits(&what, &p, 3);
        if (decimals == 0)
            return 0;
    }
    if (*what != '\0')
        return 0;
    for (; decimals < 3; decimals++)
        p *= 10;
    return p;
}

/* A value without an interval; the sample is worth for it what it is worth for the mean. */
static lb_err plain(struct lbi_sample *sample, lb_stat *out, double (*find)(struct lbi_sample *))
{
    lb_stat stat;
    lb_err err = lbi_stat_mean(sample, &stat, LBI_TWO_SIDED);

    if (err)
        return err;
    stat.value = find(sample);
    stat.low = LBI_NAN;
    stat.high = LBI_NAN;
    *out = stat;
    return LB_OK;
}

lb_err lbi_stat_by_name(struct lbi_sample *sample, lb_stat *out, const char *what,
                        enum lbi_bounds bounds)
{
    if (strcmp(what, "mean") == 0)
        return lbi_stat_mean(sample, out, bounds);
    if (strcmp(what, "min") == 0)
        return plain(sample, out, lbi_stat_min);
    if (strcmp(what, "max") == 0)
        return plain(sample, out, lbi_stat_max);
    if (strcmp(what, "stddev") == 0)
        return plain(sample, out, lbi_stat_stddev);

    uint32_t p = parse_percentile(what);
    return p == 0 ? LB_E_NOTFOUND : lbi_stat_percentile(sample, out, p, bounds);
}
