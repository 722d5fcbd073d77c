/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder.c - statistics of one clock for callers: arguments are looked at here, the work is done
 * in lib/stats. Tested in tests/unit/test_fold.c.
 */
#include "stats/recorder.h"

#include <math.h>
#include <string.h>

#include "api/size.h"
#include "base/ctx.h"

struct lb_recorder {
    struct lb_ctx *ctx;
    struct lbi_recorder inner;
};

lb_err lb_recorder_new(lb_recorder **out, lb_ctx *ctx)
{
    if (ctx == NULL)
        return LB_E_INVALID;
    if (out == NULL)
        return lbi_fail(ctx, LB_E_INVALID, "lb_recorder_new: no place for the result");
    struct lb_recorder *recorder = lbi_zalloc(&ctx->mem, sizeof(*recorder));
    if (recorder == NULL)
        return lbi_nomem(ctx);
    recorder->ctx = lbi_ctx_ref(ctx);
    lbi_recorder_init(&recorder->inner, &ctx->mem);
    *out = recorder;
    return LB_OK;
}

void lb_recorder_free(lb_recorder *recorder)
{
    if (recorder == NULL)
        return;
    struct lb_ctx *ctx = recorder->ctx;
    lbi_recorder_free(&recorder->inner);
    lbi_free(&ctx->mem, recorder);
    lbi_ctx_unref(ctx);
}

static lb_err noted(struct lb_ctx *ctx, lb_err err)
{
    return err == LB_E_NOMEM ? lbi_nomem(ctx) : err;
}

lb_err lb_recorder_add(lb_recorder *recorder, uint64_t cluster, double value, int32_t missed)
{
    if (recorder == NULL)
        return LB_E_INVALID;
    if (missed == 0 && !isfinite(value))
        return lbi_fail(recorder->ctx, LB_E_INVALID, "lb_recorder_add: the value is not finite");
    return noted(recorder->ctx, lbi_recorder_add(&recorder->inner, cluster, value, missed != 0));
}

lb_err lb_recorder_merge(lb_recorder *into, const lb_recorder *from)
{
    if (into == NULL)
        return LB_E_INVALID;
    if (from == NULL || from == into)
        return lbi_fail(into->ctx, LB_E_INVALID, "lb_recorder_merge: nothing else to merge");
    return noted(into->ctx, lbi_recorder_merge(&into->inner, &from->inner));
}

/* "p99.9" in units of 1/100000; 0 when it is no percentile. */
static uint32_t to_percentile(const char *text)
{
    uint32_t value = 0, scale = 1000; /* of the next decimal, once the point was seen */
    size_t digits = *text == 'p' ? strspn(text + 1, "0123456789") : 0;

    if (digits == 0 || digits > 2)
        return 0;
    for (text++; digits > 0; digits--, text++)
        value = value * 10 + 1000 * (uint32_t)(*text - '0');
    if (*text == '.')
        text++;
    for (; *text >= '0' && *text <= '9' && scale > 1; text++) {
        scale /= 10;
        value += scale * (uint32_t)(*text - '0');
    }
    return *text == '\0' ? value : 0;
}

static lb_err one_number(struct lbi_sample *sample, lb_stat *out, const char *what)
{
    *out = (lb_stat){(double)NAN, (double)NAN, (double)NAN, (double)NAN, sample->count};
    if (strcmp(what, "min") == 0)
        out->value = lbi_stat_min(sample);
    else if (strcmp(what, "max") == 0)
        out->value = lbi_stat_max(sample);
    else if (strcmp(what, "stddev") == 0)
        out->value = lbi_stat_stddev(sample);
    else
        return LB_E_NOTFOUND;
    return LB_OK;
}

lb_err lb_recorder_stat(lb_recorder *recorder, lb_stat *out, size_t size, const char *what)
{
    lb_stat stat;

    if (recorder == NULL)
        return LB_E_INVALID;
    if (out == NULL || what == NULL)
        return lbi_fail(recorder->ctx, LB_E_INVALID, "lb_recorder_stat: no name or no place");
    struct lbi_sample *sample = &recorder->inner.sample;
    uint32_t percentile = to_percentile(what);
    lb_err err;
    if (percentile > 0)
        err = lbi_stat_percentile(sample, &stat, percentile, LBI_TWO_SIDED);
    else if (strcmp(what, "mean") == 0)
        err = lbi_stat_mean(sample, &stat, LBI_TWO_SIDED);
    else
        err = one_number(sample, &stat, what);
    if (err == LB_E_NOTFOUND)
        return lbi_fail(
            recorder->ctx, err,
            "statistic %.40s is none of mean, min, max, stddev, p50, p99.9 and the like", what);
    if (err == LB_OK)
        lbi_copy_out(out, size, &stat, sizeof(stat));
    return noted(recorder->ctx, err);
}
