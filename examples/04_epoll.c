/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run inside an event loop that you have already: one descriptor, one thread. In libuv, GLib or
 * asyncio it is the same: watch the descriptor, step when it is readable or the timeout is over.
 * Run: ./04_epoll URL simulated-model
 * Expect: ^15 requests, [1-9][0-9]* times there was nothing to do$
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/epoll.h>

#include <litebench/litebench.h>

static int loop_fd;
static unsigned requests, ticks; /* of 2 ms */

static lb_err step(lb_run *run, lb_event *event)
{
    lb_err err = lb_run_step(run);

    while (err == LB_OK && event->kind != LB_EV_DONE) {
        err = lb_run_next_event(run, event, sizeof(*event), 0);
        requests += err == LB_OK && event->kind == LB_EV_TURN;
    }
    return err == LB_E_TIMEOUT ? LB_OK : err; /* no more news for now */
}

static lb_err loop(lb_run *run)
{
    struct epoll_event ready;
    struct epoll_event watch = {.events = EPOLLIN};
    lb_event event = {0};
    int32_t fd = -1;
    lb_err err = step(run, &event); /* the first one opens the descriptor */

    err = err ? err : lb_run_fd(run, &fd);
    if (err == LB_OK && epoll_ctl(loop_fd, EPOLL_CTL_ADD, fd, &watch) != 0)
        err = LB_E_IO;
    while (err == LB_OK && event.kind != LB_EV_DONE) {
        int64_t wait_ns = lb_run_timeout_ns(run);
        bool idle = wait_ns < 0 || wait_ns > 2000000;
        int wait_ms = idle ? 2 : (int)((wait_ns + 999999) / 1000000);
        if (epoll_wait(loop_fd, &ready, 1, wait_ms) == 0 && idle)
            ticks++; /* the run has nothing to do: your other work */
        else
            err = step(run, &event);
    }
    return err;
}

int main(int argc, char **argv)
{
    lb_ctx *ctx = NULL;
    lb_config *config = NULL;
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL;
    lb_run *run = NULL;
    lb_err err = argc == 3 ? lb_ctx_new(&ctx, NULL, 0) : LB_E_INVALID;

    loop_fd = epoll_create1(0);
    err = err ? err : lb_config_new(&config, ctx);
    err = err ? err : lb_config_preset(config, "quick"); /* 5 conversations of 3 turns */
    err = err ? err : lb_config_set(config, "target.url", argv[1], NULL);
    err = err ? err : lb_config_set(config, "target.model", argv[2], NULL);
    err = err ? err : lb_corpus_new(&corpus, config);
    err = err ? err : lb_corpus_add_builtin(corpus);
    err = err ? err : lb_plan_new(&plan, config, corpus);
    err = err ? err : lb_run_new(&run, config, plan);
    err = err ? err : loop(run);
    if (err != LB_OK)
        fprintf(stderr, "%s: %s\n", lb_err_text(err), lb_ctx_error(ctx));
    printf("%u requests, %u times there was nothing to do\n", requests, ticks);
    lb_run_free(run);
    lb_plan_free(plan);
    lb_corpus_free(corpus);
    lb_config_free(config);
    lb_ctx_free(ctx);
    return err == LB_OK ? 0 : 1;
}
