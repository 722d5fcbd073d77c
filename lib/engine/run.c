/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - life of a run. With one thread there is none but the caller's; with more each crew has
 * its own, and the caller's only collects.
 */
#include "engine/run.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "config/config.h"
#include "engine/collect.h"
#include "net/global.h"

enum { WORKERS_PER_THREAD = 2000, SPARE_DESCRIPTORS = 64 };

static void take_shard(struct lb_run *run)
{
    const char *text = run->config->set.shard;

    if (text == NULL || !lbi_parse_shard(text, &run->shared.shard, &run->shared.shards)) {
        run->shared.shard = 0;
        run->shared.shards = 1;
    }
}

static void take_start(struct lb_run *run)
{
    if (!lbi_given(run->config, LBI_OPT_start_at))
        return;
    run->shared.start_at_ns = (int64_t)(run->config->set.start_at * 1e9) - lbi_wall_offset_ns();
}

/* Shards that begin together are one run, and meet one shared prefix. */
static void make_common_nonce(struct lb_run *run)
{
    struct lbi_rng rng;

    lbi_rng_init(&rng, (uint64_t)run->config->set.seed, LBI_RNG_NONCE,
                 (uint64_t)(run->config->set.start_at * 1e3));
    (void)snprintf(run->nonce, sizeof(run->nonce), "%016llx",
                   (unsigned long long)lbi_rng_next(&rng));
}

/* Random, unlike everything else: a second run must not meet the cache of the first. */
static lb_err make_nonce(struct lb_run *run)
{
    const char *given = run->config->set.nonce;
    unsigned char bytes[8];

    if (given != NULL) {
        bool none = strcmp(given, "none") == 0;
        if (strlen(given) >= sizeof(run->nonce))
            return lbi_fail(run->ctx, LB_E_INVALID, "plan.nonce: longer than %zu bytes",
                            sizeof(run->nonce) - 1);
        (void)snprintf(run->nonce, sizeof(run->nonce), "%s", none ? "" : given);
        return LB_OK;
    }
    if (run->shared.shards > 1 && lbi_given(run->config, LBI_OPT_start_at)) {
        make_common_nonce(run);
        return LB_OK;
    }
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return lbi_fail(run->ctx, LB_E_IO, "no random bytes from the system for a nonce");
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(run->nonce + 2 * i, 3, "%02x", bytes[i]);
    return LB_OK;
}

static lb_err check_descriptors(const struct lb_run *run)
{
    struct rlimit limit;
    unsigned each = lbi_endpoint_descriptors(&run->endpoint);
    rlim_t need = (rlim_t)run->config->set.workers * each + SPARE_DESCRIPTORS;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return LB_OK;
    return lbi_fail(run->ctx, LB_E_INVALID,
                    "load.workers: %lld need %llu open files, the limit is %llu; raise it "
                    "(ulimit -n %llu)",
                    (long long)run->config->set.workers, (unsigned long long)need,
                    (unsigned long long)limit.rlim_cur, (unsigned long long)need);
}

/* Those that this process may use: a pinned one has fewer than the machine. */
static long usable_cores(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        return CPU_COUNT(&set);
    return sysconf(_SC_NPROCESSORS_ONLN); /* more cores than the set has room for */
}

static size_t thread_count(const struct lbi_settings *set)
{
    long cores = usable_cores();
    int64_t count = set->threads;

    if (count == 0) {
        count = (set->workers + WORKERS_PER_THREAD - 1) / WORKERS_PER_THREAD;
        if (cores > 0 && count > cores)
            count = cores;
    }
    return (size_t)(count < set->workers ? count : set->workers);
}

static lb_err prepare(struct lb_run *run)
{
    struct lb_ctx *ctx = run->ctx;

    if (run->config->set.models.count == 0)
        return lbi_fail(ctx, LB_E_INVALID,
                        "target.model: no model given; ask lb_client_model for what there is");
    lb_err err = lbi_curl_acquire();
    if (err != LB_OK)
        return lbi_nomem(ctx);
    run->curl_held = true;
    run->shared_made = true;
    take_shard(run);
    take_start(run);
    err = lbi_shared_init(&run->shared, ctx);
    if (err == LB_OK)
        err = make_nonce(run);
    if (err == LB_OK)
        err = lbi_endpoint_init(&run->endpoint, run->config);
    if (err == LB_OK)
        err = check_descriptors(run);
    if (err == LB_OK)
        err = lbi_dataset_new(&run->dataset, ctx);
    if (err != LB_OK)
        return err;
    run->phases = run->config->set.models.count;
    run->crew_count = thread_count(&run->config->set);
    run->crews = lbi_zalloc(&ctx->mem, run->crew_count * sizeof(*run->crews));
    run->threads = lbi_zalloc(&ctx->mem, run->crew_count * sizeof(*run->threads));
    if (run->crews == NULL || run->threads == NULL)
        return lbi_nomem(ctx);
    run->shared.config = run->config;
    run->shared.set = &run->config->set;
    run->shared.plan = run->plan;
    run->shared.endpoint = &run->endpoint;
    run->shared.nonce = run->nonce;
    run->shared.model = run->config->set.models.items[0];
    return LB_OK;
}

lb_err lbi_run_new(struct lb_run **out, const struct lb_config *config, struct lb_plan *plan)
{
    struct lb_run *run = lbi_zalloc(&config->ctx->mem, sizeof(*run));

    if (run == NULL)
        return lbi_nomem(config->ctx);
    run->ctx = lbi_ctx_ref(config->ctx);
    run->plan = lbi_plan_ref(plan);
    run->shared.bell_fd = run->shared.event_fd = run->step_fd = -1;
    lbi_buf_init(&run->line, &run->ctx->mem);
    lb_err err = lbi_config_clone(&run->config, config);
    if (err == LB_OK)
        err = prepare(run);
    if (err != LB_OK) {
        lbi_run_free(run);
        return err;
    }
    *out = run;
    return LB_OK;
}

static void end_threads(struct lb_run *run)
{
    for (size_t i = 0; i < run->thread_count; i++)
        (void)pthread_join(run->threads[i], NULL);
    run->thread_count = 0;
}

void lbi_run_free(struct lb_run *run)
{
    if (run == NULL)
        return;
    struct lb_ctx *ctx = run->ctx;

    if (run->thread_count > 0) {
        atomic_store(&run->shared.cancel, 1);
        atomic_store(&run->shared.stop, 1);
        lbi_shared_ring(&run->shared);
        end_threads(run);
    }
    for (size_t i = 0; run->crews != NULL && i < run->crew_count; i++)
        lbi_crew_free(&run->crews[i]);
    if (run->step_fd >= 0)
        (void)close(run->step_fd);
    lbi_run_free_events(run);
    if (run->shared_made)
        lbi_shared_free(&run->shared);
    lbi_dataset_free(run->dataset);
    lbi_endpoint_free(&run->endpoint);
    lbi_config_free(run->config);
    lbi_plan_free(run->plan);
    lbi_buf_free(&run->line);
    lbi_free(&ctx->mem, run->crews);
    lbi_free(&ctx->mem, run->threads);
    if (run->curl_held)
        lbi_curl_release();
    lbi_free(&ctx->mem, run);
    lbi_ctx_unref(ctx);
}

static void *crew_main(void *user)
{
    struct lbi_crew *crew = user;
    lb_err err = lbi_crew_start(crew);

    while (err == LB_OK && !lbi_crew_done(crew))
        err = lbi_crew_step(crew, true);
    if (err != LB_OK)
        lbi_shared_fail(crew->shared, err);
    atomic_fetch_sub(&crew->shared->crews_left, 1);
    lbi_shared_tell(crew->shared);
    return NULL;
}

/* Signals belong to the host's threads. */
static lb_err start_threads(struct lb_run *run)
{
    sigset_t all, before;
    lb_err err = LB_OK;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    for (size_t i = 0; i < run->crew_count && err == LB_OK; i++) {
        if (pthread_create(&run->threads[i], NULL, crew_main, &run->crews[i]) != 0)
            err = lbi_fail(run->ctx, LB_E_IO, "cannot start thread %zu of %zu", i + 1,
                           run->crew_count);
        else
            run->thread_count++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

/* One descriptor for the caller's loop; the loop inside leaves it when its phase ends. */
static lb_err watch_loop(struct lb_run *run)
{
    struct epoll_event event = {.events = EPOLLIN};

    if (run->step_fd < 0)
        run->step_fd = epoll_create1(EPOLL_CLOEXEC);
    if (run->step_fd < 0 ||
        epoll_ctl(run->step_fd, EPOLL_CTL_ADD, run->crews[0].loop.epoll_fd, &event) != 0)
        return lbi_fail(run->ctx, LB_E_IO, "no descriptors left");
    return LB_OK;
}

static lb_err begin_phase(struct lb_run *run)
{
    lb_err err = LB_OK;

    (void)snprintf(run->phase_nonce, sizeof(run->phase_nonce), "%s", run->nonce);
    if (run->nonce[0] != '\0' && run->phase > 0)
        (void)snprintf(run->phase_nonce, sizeof(run->phase_nonce), "%s/%zu", run->nonce,
                       run->phase + 1);
    run->shared.nonce = run->phase_nonce;
    lbi_shared_begin_phase(&run->shared, run->config->set.models.items[run->phase]);
    for (size_t i = 0; i < run->crew_count && err == LB_OK; i++)
        err = lbi_crew_init(&run->crews[i], &run->shared, i, run->crew_count,
                            (size_t)run->config->set.workers);
    if (err != LB_OK)
        return lbi_fail(run->ctx, err, "cannot prepare the workers: %s", lb_err_text(err));
    atomic_store(&run->shared.crews_left, (int)run->crew_count);
    if (run->state == LBI_RUN_THREADED)
        return start_threads(run);
    err = watch_loop(run);
    return err == LB_OK ? lbi_crew_start(&run->crews[0]) : err;
}

lb_err lbi_run_begin(struct lb_run *run, bool threaded)
{
    if (run->state != LBI_RUN_NEW)
        return lbi_fail(run->ctx, LB_E_STATE, "the run was started already");
    run->state = threaded ? LBI_RUN_THREADED : LBI_RUN_STEPPED;
    if (!threaded)
        run->crew_count = 1;
    run->cpu_from_ns = lbi_cpu_ns();
    lb_err err = lbi_run_write_header(run);
    if (err == LB_OK)
        err = begin_phase(run);
    if (err != LB_OK)
        run->state = LBI_RUN_OVER;
    return err;
}

static bool phase_over(const struct lb_run *run)
{
    if (run->state == LBI_RUN_THREADED)
        return atomic_load(&run->shared.crews_left) == 0;
    return lbi_crew_done(&run->crews[0]);
}

/* After the last phase: the footer, and no crew is left. */
static lb_err end_phase(struct lb_run *run)
{
    end_threads(run);
    run->self.threads = run->crew_count;
    for (size_t i = 0; i < run->crew_count; i++) {
        lbi_self_add(&run->self, &run->crews[i]);
        lbi_crew_free(&run->crews[i]);
    }
    lb_err err = lbi_run_take_done(run);
    bool last = ++run->phase == run->phases || atomic_load(&run->shared.cancel) != 0;
    if (err == LB_OK && !last)
        return begin_phase(run);
    run->state = LBI_RUN_OVER;
    run->self.cpu_ns = lbi_cpu_ns() - run->cpu_from_ns;
    lb_err footer = lbi_run_write_footer(run);
    return err != LB_OK ? err : footer;
}

lb_err lbi_run_collect(struct lb_run *run)
{
    if (run->state == LBI_RUN_NEW || run->state == LBI_RUN_OVER)
        return LB_OK;
    lb_err err = lbi_run_take_done(run);
    if (err == LB_OK && phase_over(run))
        err = end_phase(run);
    if (err != LB_OK && run->result == LB_OK) {
        run->result = err;
        lbi_shared_fail(&run->shared, err);
    }
    int failed = atomic_load(&run->shared.error);
    if (failed != LB_OK && run->result == LB_OK)
        run->result = lbi_fail(run->ctx, failed, "the run broke: %s", lb_err_text(failed));
    return run->result;
}

lb_err lbi_run_step(struct lb_run *run, bool wait)
{
    lb_err err = LB_OK;

    if (run->state == LBI_RUN_NEW)
        err = lbi_run_begin(run, false);
    else if (run->state == LBI_RUN_STEPPED)
        err = lbi_crew_step(&run->crews[0], wait);
    else
        return lbi_fail(run->ctx, LB_E_STATE, "the run is over, or runs on its own threads");
    lb_err collected = lbi_run_collect(run);
    return err != LB_OK ? err : collected;
}

uint64_t lbi_run_planned(const struct lb_run *run)
{
    const struct lbi_shared *shared = &run->shared;
    size_t whole = lbi_plan_conversations(run->plan);
    size_t own = whole > shared->shard ? (whole - shared->shard - 1) / shared->shards + 1 : 0;
    uint64_t all = (uint64_t)own * lbi_plan_turns(run->plan);
    uint64_t most = (uint64_t)run->config->set.max_requests;

    return (most > 0 && most < all ? most : all) * run->phases;
}
