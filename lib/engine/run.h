/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - a run from start to end: its phases (one a model), its threads, and the collector that
 * turns finished requests into records, lines of NDJSON and events.
 */
#ifndef LBI_ENGINE_RUN_H
#define LBI_ENGINE_RUN_H

#include "engine/facts.h"
#include "report/dataset.h"

enum { LBI_TEES_MAX = 16, LBI_EVENTS_MAX = 65536 };

enum lbi_run_state { LBI_RUN_NEW, LBI_RUN_STEPPED, LBI_RUN_THREADED, LBI_RUN_OVER };

struct lbi_tee {
    lb_write_cb write;
    void *user;
};

struct lb_run {
    struct lb_ctx *ctx;
    struct lb_config *config;
    struct lb_plan *plan;
    struct lbi_endpoint endpoint;
    struct lbi_shared shared;
    struct lb_dataset *dataset;
    struct lbi_self self;
    enum lbi_run_state state;
    bool curl_held, shared_made;
    char nonce[64];
    char phase_nonce[80]; /* models may be one backend: no phase may meet the cache of another */
    size_t phase, phases; /* models */

    struct lbi_crew *crews;
    pthread_t *threads;
    size_t crew_count, thread_count;
    int step_fd; /* stepped: an epoll set around the loop of whatever phase it is; else -1 */

    struct lbi_tee tees[LBI_TEES_MAX];
    size_t tee_count;
    struct lbi_buf line;
    int64_t origin_ns; /* start of the measured part, 0: not yet */
    int64_t cpu_from_ns;

    bool keep_events;
    struct lbi_done *events, *events_tail; /* not pulled yet */
    struct lbi_done *given;                /* the event handed out last */
    size_t event_count;
    bool told_start, told_done, noted_usage;
    uint64_t ok, failed;
    lb_err result;
};

lb_err lbi_run_new(struct lb_run **out, const struct lb_config *config, struct lb_plan *plan);
void lbi_run_free(struct lb_run *run);
/* Header to the tees, first phase. `threaded` false: the caller steps. */
lb_err lbi_run_begin(struct lb_run *run, bool threaded);
/* Takes what the threads have finished; goes to the next phase or ends the run. */
lb_err lbi_run_collect(struct lb_run *run);
lb_err lbi_run_step(struct lb_run *run, bool wait);
lb_err lbi_run_next_event(struct lb_run *run, lb_event *out, int64_t timeout_ns);
uint64_t lbi_run_planned(const struct lb_run *run);

#endif
