/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crew.h - one event loop and the workers it serves. Crews share nothing but struct lbi_shared;
 * how many there are never changes what is sent. A shard of a run has every N-th worker and
 * conversation; a crew has every n-th of those.
 */
#ifndef LBI_ENGINE_CREW_H
#define LBI_ENGINE_CREW_H

#include "engine/worker.h"

/* What the meter and the stream detector want to know, summed over requests. */
struct lbi_counts {
    uint64_t with_token, stamped, sent_exact, sent_fallback;
    uint64_t chunks, token_reads, completion_tokens;
    uint64_t judged_streams, held_streams, lumpy_streams;
};

struct lbi_crew {
    struct lbi_shared *shared;
    struct lbi_loop loop;
    struct lbi_timer deadline; /* --for */
    size_t first, step;        /* its workers and conversations: first, first + step, ... */
    struct lbi_worker *workers;
    size_t worker_count, busy;               /* busy: not yet done */
    size_t next_talk;                        /* first conversation nobody has taken yet */
    struct lbi_talk *waiting, *waiting_tail; /* rotate: those put back, longest waiting first */
    struct lbi_buf tail, scratch;
    unsigned tail_parts; /* what the tail has: LBI_TAIL_ */
    bool begun, stopped, cancelled;
    int64_t untold_ns; /* since when turns wait of which the collector does not know; 0: none */
    struct lbi_counts counts;
    char server[96];
};

lb_err lbi_crew_init(struct lbi_crew *crew, struct lbi_shared *shared, size_t index, size_t count,
                     size_t workers);
void lbi_crew_free(struct lbi_crew *crew);
/* First step: lets the workers begin. */
lb_err lbi_crew_start(struct lbi_crew *crew);
lb_err lbi_crew_step(struct lbi_crew *crew, bool wait);
bool lbi_crew_done(const struct lbi_crew *crew);

/* For workers: the next conversation, or NULL; and back it goes between turns (rotate). */
struct lbi_talk *lbi_crew_take_talk(struct lbi_crew *crew);
void lbi_crew_put_talk(struct lbi_crew *crew, struct lbi_talk *talk);
/* The tail of a request body as the endpoint wants it. */
const struct lbi_buf *lbi_crew_tail(struct lbi_crew *crew);
/* A turn for the collector, who is told of many at once: each time costs a switch of threads. */
void lbi_crew_deliver(struct lbi_crew *crew, const lb_turn *turn);
void lbi_crew_count(struct lbi_crew *crew, const struct lbi_chat *chat);

#endif
