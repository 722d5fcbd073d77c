/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorder alone: numbers that you measured yourself, percentiles with honest intervals. The
 * values of one user hang together, so a hundred values of ten users say less than a hundred. A
 * bound is nan when there are too few, a percentile when it falls on a failure.
 * Run: ./05_recorder
 * Expect: ^mean +189\.4 +\[ *[0-9.]+ +[0-9.]+\] +of 92 values, worth [0-9]+$
 * Expect: ^p95 +-?nan .* 100 values
 * Expect: ^max +289\.0
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include <litebench/litebench.h>

/* Ten users; each has a speed of its own and ten tries; the last two have a failure each. */
static lb_err record(lb_recorder *recorder, uint64_t user)
{
    lb_err err = LB_OK;

    for (uint64_t i = 0; err == LB_OK && i < 10; i++) {
        double ms = 100 + 20 * (double)user + (double)((i * 7 + user * 3) % 10);
        int32_t missed = user >= 6 && i >= 8;
        err = lb_recorder_add(recorder, user, ms, missed);
    }
    return err;
}

static lb_err print(lb_recorder *recorder)
{
    static const char *const wanted[] = {"mean", "p50", "p90", "p95", "max"};
    lb_err err = LB_OK;

    for (size_t i = 0; err == LB_OK && i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        lb_stat stat;
        err = lb_recorder_stat(recorder, &stat, sizeof(stat), wanted[i]);
        if (err == LB_OK)
            printf("%-5s %8.1f  [%8.1f %8.1f]  of %llu values, worth %.0f\n", wanted[i], stat.value,
                   stat.low, stat.high, (unsigned long long)stat.n, stat.n_eff);
    }
    return err;
}

int main(void)
{
    lb_ctx *ctx = NULL;
    lb_recorder *all = NULL, *part = NULL;
    lb_err err = lb_ctx_new(&ctx, NULL, 0);

    err = err ? err : lb_recorder_new(&all, ctx);
    err = err ? err : lb_recorder_new(&part, ctx);
    /* Two recorders, as two threads or two machines would have them, become one. */
    for (uint64_t user = 0; err == LB_OK && user < 10; user++)
        err = record(user < 5 ? all : part, user);
    err = err ? err : lb_recorder_merge(all, part);
    err = err ? err : print(all);
    if (err != LB_OK)
        fprintf(stderr, "%s: %s\n", lb_err_text(err), lb_ctx_error(ctx));
    lb_recorder_free(part);
    lb_recorder_free(all);
    lb_ctx_free(ctx);
    return err == LB_OK ? 0 : 1;
}
