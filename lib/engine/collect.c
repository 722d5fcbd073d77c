/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect.c - what happens to a finished request, on the thread of the caller: its clocks become
 * relative to the measured start, it enters the dataset, goes out as a line, and waits as an event.
 */
#include "engine/collect.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static lb_err write_line(struct lb_run *run)
{
    if (run->line.err != LB_OK)
        return lbi_nomem(run->ctx);
    for (size_t i = 0; i < run->tee_count; i++) {
        if (run->tees[i].write(run->tees[i].user, run->line.data, run->line.len) != LB_OK)
            return lbi_fail(run->ctx, LB_E_IO, "a record could not be written");
    }
    return LB_OK;
}

lb_err lbi_run_write_header(struct lb_run *run)
{
    struct json_object *header = lbi_facts_header(&run->shared);

    if (header == NULL)
        return lbi_nomem(run->ctx);
    lbi_dataset_set_header(run->dataset, header);
    lbi_buf_clear(&run->line);
    lbi_ndjson_header(&run->line, header);
    return write_line(run);
}

lb_err lbi_run_write_footer(struct lb_run *run)
{
    bool partial = atomic_load(&run->shared.cancel) != 0;
    struct json_object *footer = lbi_facts_footer(&run->shared, &run->self, partial);

    if (footer == NULL)
        return lbi_nomem(run->ctx);
    lbi_dataset_set_footer(run->dataset, footer);
    lbi_buf_clear(&run->line);
    lbi_ndjson_footer(&run->line, footer);
    return write_line(run);
}

static void keep_event(struct lb_run *run, struct lbi_done *done)
{
    done->next = NULL;
    if (!run->keep_events || run->event_count >= LBI_EVENTS_MAX) {
        lbi_free(&run->ctx->mem, done);
        return;
    }
    if (run->events_tail != NULL)
        run->events_tail->next = done;
    else
        run->events = done;
    run->events_tail = done;
    run->event_count++;
}

static lb_err take_one(struct lb_run *run, struct lbi_done *done)
{
    lb_turn *turn = &done->turn;

    lbi_turn_shift(turn, -run->origin_ns);
    if (!turn->warmup && turn->error[0] == '\0')
        run->ok++;
    else if (!turn->warmup && strcmp(turn->error, "cancelled") != 0)
        run->failed++;
    lb_err err = lbi_dataset_add(run->dataset, turn);
    if (err != LB_OK)
        return lbi_nomem(run->ctx);
    if (run->tee_count == 0)
        return LB_OK;
    lbi_buf_clear(&run->line);
    lbi_ndjson_turn(&run->line, turn);
    return write_line(run);
}

lb_err lbi_run_take_done(struct lb_run *run)
{
    lb_err err = LB_OK;
    struct lbi_done *next;
    bool over = run->state == LBI_RUN_OVER || atomic_load(&run->shared.crews_left) == 0 ||
                atomic_load(&run->shared.cancel) != 0;

    if (run->origin_ns == 0)
        run->origin_ns = atomic_load(&run->shared.begin_ns);
    if (run->origin_ns == 0 && !over)
        return LB_OK; /* warm-up: times are not known yet */
    if (run->origin_ns == 0)
        run->origin_ns = lbi_clock_ns();
    for (struct lbi_done *done = lbi_shared_collect(&run->shared); done != NULL; done = next) {
        next = done->next;
        if (err == LB_OK)
            err = take_one(run, done);
        keep_event(run, done);
    }
    return err;
}

void lbi_run_free_events(struct lb_run *run)
{
    struct lbi_done *next;

    for (struct lbi_done *done = run->events; done != NULL; done = next) {
        next = done->next;
        lbi_free(&run->ctx->mem, done);
    }
    lbi_free(&run->ctx->mem, run->given);
    run->events = run->events_tail = run->given = NULL;
}

/* The next thing to tell, if there is one. */
static bool tell(struct lb_run *run, lb_event *out)
{
    if (!run->told_start && run->origin_ns != 0) {
        run->told_start = true;
        out->kind = LB_EV_STARTED;
        return true;
    }
    if (!run->noted_usage && atomic_load(&run->shared.plain_usage) != 0) {
        run->noted_usage = true;
        out->kind = LB_EV_NOTE;
        out->text = "the endpoint refuses stream_options: asked without it from now on, token "
                    "counts may be missing";
        return true;
    }
    if (run->events != NULL) {
        run->given = run->events;
        run->events = run->given->next;
        if (run->events == NULL)
            run->events_tail = NULL;
        run->event_count--;
        out->kind = LB_EV_TURN;
        out->turn = &run->given->turn;
        return true;
    }
    if (run->state == LBI_RUN_OVER && run->result == LB_OK && !run->told_done) {
        run->told_done = true;
        out->kind = LB_EV_DONE;
        return true;
    }
    return false;
}

static void wait_for_news(struct lb_run *run, int64_t timeout_ns)
{
    struct pollfd poll_fd = {.fd = run->shared.event_fd, .events = POLLIN};
    int64_t ms = timeout_ns < 0 ? -1 : (timeout_ns + LBI_NS_PER_MS - 1) / LBI_NS_PER_MS;
    uint64_t count;

    if (poll(&poll_fd, 1, ms > INT32_MAX ? INT32_MAX : (int)ms) > 0) {
        ssize_t n = read(run->shared.event_fd, &count, sizeof(count));
        (void)n;
    }
}

/* When there is no more to tell: what broke the run, else that nothing follows. */
static lb_err outcome(struct lb_run *run)
{
    if (run->result == LB_OK)
        return LB_E_STATE;
    return lbi_fail(run->ctx, run->result, "the run broke: %s", lb_err_text(run->result));
}

lb_err lbi_run_next_event(struct lb_run *run, lb_event *out, int64_t timeout_ns)
{
    int64_t until = timeout_ns < 0 ? -1 : lbi_clock_ns() + timeout_ns;
    lb_err err = LB_OK;

    lbi_free(&run->ctx->mem, run->given);
    run->given = NULL;
    for (;;) {
        *out = (lb_event){.text = "", .planned = lbi_run_planned(run)};
        err = lbi_run_collect(run);
        bool told = tell(run, out);
        out->at_ns = run->origin_ns != 0 ? lbi_clock_ns() - run->origin_ns : 0;
        out->in_flight = (uint64_t)atomic_load(&run->shared.in_flight);
        out->ok = run->ok;
        out->failed = run->failed;
        if (told)
            return LB_OK;
        if (run->state == LBI_RUN_OVER)
            return err != LB_OK ? err : outcome(run);
        int64_t left = until < 0 ? -1 : until - lbi_clock_ns();
        if (run->state != LBI_RUN_THREADED || (until >= 0 && left <= 0))
            return LB_E_TIMEOUT;
        wait_for_news(run, left);
    }
}
