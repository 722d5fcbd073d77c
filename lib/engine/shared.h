/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared.h - all that the threads of a run share: what to do (read-only while they run), flags to
 * stop, and the queue of finished requests. Everything else a thread has for itself.
 */
#ifndef LBI_ENGINE_SHARED_H
#define LBI_ENGINE_SHARED_H

#include <pthread.h>
#include <stdatomic.h>

#include "config/settings.h"
#include "corpus/plan.h"
#include "net/endpoint.h"

enum { LBI_ABORT_WINDOW = 20 };

/* A finished request on its way to the collector, with its strings and gaps in one block. */
struct lbi_done {
    struct lbi_done *next;
    lb_turn turn; /* clocks absolute until the collector makes them relative */
};

enum lbi_end { LBI_END_NONE, LBI_END_REQUESTS, LBI_END_TIME, LBI_END_ERRORS };

struct lbi_shared {
    struct lb_ctx *ctx;
    const struct lb_config *config;
    const struct lbi_settings *set; /* of config */
    const struct lb_plan *plan;
    const struct lbi_endpoint *endpoint;
    const char *model;    /* of the phase under way */
    const char *nonce;    /* "" for none */
    size_t shard, shards; /* this process holds one of how many parts */
    int64_t start_at_ns;  /* the wished start on the monotonic clock, 0: at once */
    int bell_fd;          /* wakes the loops of all threads */
    int event_fd;         /* wakes the collector */

    atomic_int cancel;      /* requests in flight end now */
    atomic_int stop;        /* no new turns */
    atomic_int end;         /* enum lbi_end: why new turns stopped, if a bound did it */
    atomic_int error;       /* lb_err that ended the run */
    atomic_int plain_usage; /* the endpoint refused stream_options: asked without from now on */
    atomic_int litellm;    /* a LiteLLM gateway answered: asked for no stored answers from now on */
    atomic_llong begin_ns; /* start of the measured part of this phase, 0: warm-up under way */
    atomic_llong warmup_next, warmup_left;
    atomic_llong started; /* measured requests of this phase */
    atomic_llong in_flight;
    atomic_int crews_left;

    pthread_mutex_t lock; /* of the queue and the window of outcomes */
    struct lbi_done *head, *tail;
    size_t waiting;                   /* so many in that list */
    uint8_t window[LBI_ABORT_WINDOW]; /* 1: failed */
    uint32_t window_count;
};

lb_err lbi_shared_init(struct lbi_shared *shared, struct lb_ctx *ctx);
void lbi_shared_free(struct lbi_shared *shared);
/* Before each phase (model) of a run. */
void lbi_shared_begin_phase(struct lbi_shared *shared, const char *model);

/* The measured part begins, at the wished time or now. [any thread] */
void lbi_shared_begin(struct lbi_shared *shared);
/* No new turns from now on. [any thread] */
void lbi_shared_stop(struct lbi_shared *shared, enum lbi_end why);
void lbi_shared_fail(struct lbi_shared *shared, lb_err err);
/* May one more measured request start at `now_ns`? Counts it if so. [any thread] */
bool lbi_shared_may_start(struct lbi_shared *shared, int64_t now_ns);
/* Wakes every loop. Async-signal-safe. */
void lbi_shared_ring(struct lbi_shared *shared);

/* Wakes the collector. [any thread] */
void lbi_shared_tell(struct lbi_shared *shared);
/* A copy of a finished request for the collector, who is not told; so many wait for it now (0: it
 * failed). [any thread] */
size_t lbi_shared_deliver(struct lbi_shared *shared, const lb_turn *turn);
/* All that were delivered, oldest first; the caller frees each with lbi_free. */
struct lbi_done *lbi_shared_collect(struct lbi_shared *shared);

#endif
