/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run inside a libuv loop, beside work of your own. Two handles drive it: one for the descriptor,
 * one for the time at which the run wants to be stepped without it.
 * Needs: libuv
 * Run: ./11_libuv URL simulated-model
 * Expect: ^15 requests, [1-9][0-9]* ticks of something else$
 */
#include <stdio.h>
#include <uv.h>

#include <litebench/litebench.h>

static lb_run *run;
static lb_err failure;
static uv_poll_t watch;
static uv_timer_t due, other;
static unsigned requests, ticks;

static void tick(uv_timer_t *timer)
{
    (void)timer;
    ticks++;
}

static void step(uv_timer_t *timer)
{
    lb_event event = {0};

    (void)timer;
    failure = lb_run_step(run);
    while (failure == LB_OK && event.kind != LB_EV_DONE) {
        failure = lb_run_next_event(run, &event, sizeof(event), 0);
        requests += failure == LB_OK && event.kind == LB_EV_TURN;
    }
    int64_t wait_ns = lb_run_timeout_ns(run);
    if (failure != LB_E_TIMEOUT) /* no more news for now is the way a step ends, all else an end */
        uv_stop(uv_default_loop());
    else if (wait_ns >= 0)
        uv_timer_start(&due, step, (uint64_t)((wait_ns + 999999) / 1000000), 0);
}

static void on_readable(uv_poll_t *handle, int status, int events)
{
    (void)handle, (void)status, (void)events;
    step(NULL);
}

int main(int argc, char **argv)
{
    lb_ctx *ctx = NULL;
    lb_config *config = NULL;
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL;
    int32_t fd = -1;

    if (argc != 3 || lb_ctx_new(&ctx, NULL, 0) || lb_config_new(&config, ctx) ||
        lb_config_preset(config, "quick") || /* 5 conversations of 3 turns */
        lb_config_set(config, "target.url", argv[1], NULL) ||
        lb_config_set(config, "target.model", argv[2], NULL) || lb_corpus_new(&corpus, config) ||
        lb_corpus_add_builtin(corpus) || lb_plan_new(&plan, config, corpus) ||
        lb_run_new(&run, config, plan) || lb_run_step(run) || lb_run_fd(run, &fd)) {
        fprintf(stderr, "%s\n", lb_ctx_error(ctx));
        return 1;
    }
    uv_timer_init(uv_default_loop(), &due);
    uv_timer_init(uv_default_loop(), &other);
    uv_timer_start(&other, tick, 1, 1);
    uv_poll_init(uv_default_loop(), &watch, fd);
    uv_poll_start(&watch, UV_READABLE, on_readable);
    step(NULL);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    printf("%u requests, %u ticks of something else\n", requests, ticks);
    lb_run_free(run); /* the rest leaves with the process */
    return failure == LB_OK ? 0 : 1;
}
