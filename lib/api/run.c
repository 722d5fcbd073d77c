/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - lb_run_*: checks of arguments in front of engine/run.c. */
#include "engine/run.h"

#include "api/size.h"
#include "engine/collect.h"

lb_err lb_run_new(lb_run **out, const lb_config *config, lb_plan *plan)
{
    if (out == NULL || config == NULL || plan == NULL)
        return LB_E_INVALID;
    lb_err err = lb_config_check(config);
    return err != LB_OK ? err : lbi_run_new(out, config, plan);
}

void lb_run_free(lb_run *run)
{
    lbi_run_free(run);
}

lb_err lb_run_tee(lb_run *run, lb_write_cb write, void *user)
{
    if (run == NULL || write == NULL)
        return LB_E_INVALID;
    if (run->state != LBI_RUN_NEW)
        return lbi_fail(run->ctx, LB_E_STATE, "lb_run_tee: the run was started already");
    if (run->tee_count == LBI_TEES_MAX)
        return lbi_fail(run->ctx, LB_E_RANGE, "lb_run_tee: at most %d", LBI_TEES_MAX);
    run->tees[run->tee_count++] = (struct lbi_tee){write, user};
    return LB_OK;
}

static lb_err outcome(lb_run *run, lb_err err)
{
    if (err == LB_OK && atomic_load(&run->shared.cancel) != 0)
        return lbi_fail(run->ctx, LB_E_CANCELED, "the run was cancelled");
    return err;
}

lb_err lb_run_execute(lb_run *run)
{
    lb_err err = LB_OK;
    lb_event event;

    if (run == NULL)
        return LB_E_INVALID;
    if (run->state != LBI_RUN_NEW)
        return lbi_fail(run->ctx, LB_E_STATE, "lb_run_execute: the run was started already");
    if (run->crew_count > 1) {
        err = lbi_run_begin(run, true);
        while (err == LB_OK && run->state != LBI_RUN_OVER)
            err = lbi_run_next_event(run, &event, -1);
        return outcome(run, run->state == LBI_RUN_OVER && err == LB_E_STATE ? run->result : err);
    }
    while (err == LB_OK && run->state != LBI_RUN_OVER)
        err = lbi_run_step(run, true);
    return outcome(run, err);
}

lb_err lb_run_start(lb_run *run)
{
    if (run == NULL)
        return LB_E_INVALID;
    run->keep_events = true;
    return lbi_run_begin(run, true);
}

lb_err lb_run_next_event(lb_run *run, lb_event *out, size_t size, int64_t timeout_ns)
{
    lb_event event;

    if (run == NULL || out == NULL)
        return LB_E_INVALID;
    lb_err err = lbi_run_next_event(run, &event, timeout_ns);
    if (err == LB_OK || err == LB_E_TIMEOUT)
        lbi_copy_out(out, size, &event, sizeof(event));
    return err;
}

lb_err lb_run_fd(const lb_run *run, int32_t *out)
{
    if (run == NULL || out == NULL)
        return LB_E_INVALID;
    if (run->step_fd < 0)
        return lbi_fail(run->ctx, LB_E_STATE, "lb_run_fd: step the run first");
    *out = run->step_fd;
    return LB_OK;
}

int64_t lb_run_timeout_ns(const lb_run *run)
{
    if (run == NULL)
        return -1;
    if (run->state != LBI_RUN_STEPPED)
        return 0;
    return lbi_loop_timeout_ns(&run->crews[0].loop);
}

lb_err lb_run_step(lb_run *run)
{
    if (run == NULL)
        return LB_E_INVALID;
    run->keep_events = true;
    return lbi_run_step(run, false);
}

void lb_run_cancel(lb_run *run)
{
    if (run == NULL)
        return;
    atomic_store(&run->shared.cancel, 1);
    atomic_store(&run->shared.stop, 1);
    lbi_shared_ring(&run->shared);
}

lb_err lb_run_dataset(lb_dataset **out, lb_run *run)
{
    if (run == NULL || out == NULL)
        return LB_E_INVALID;
    lb_err err = lbi_run_collect(run);
    return err != LB_OK ? err : lbi_dataset_copy(out, run->dataset);
}

lb_err lb_run_report(lb_report **out, lb_run *run)
{
    if (run == NULL || out == NULL)
        return LB_E_INVALID;
    (void)lbi_run_collect(run);
    return lb_report_new(out, run->dataset, run->config);
}
