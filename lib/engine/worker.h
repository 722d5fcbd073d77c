/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker.h - a simulated person: thinks, asks, reads the answer, and so on. A visible state
 * machine; docs/internals/engine.md has its table.
 */
#ifndef LBI_ENGINE_WORKER_H
#define LBI_ENGINE_WORKER_H

#include "engine/chat.h"
#include "engine/talk.h"

struct lbi_crew;

enum lbi_worker_state {
    LBI_WORKER_WARM,   /* sends warm-up requests while there are any */
    LBI_WORKER_READY,  /* waits for the start of the measured part */
    LBI_WORKER_TAKE,   /* needs a conversation */
    LBI_WORKER_THINK,  /* its timer runs */
    LBI_WORKER_SEND,   /* the turn is due */
    LBI_WORKER_ANSWER, /* a request is in flight */
    LBI_WORKER_SETTLE, /* the request has ended */
    LBI_WORKER_RETRY,  /* it failed before its first byte: its timer runs, then it is sent again */
    LBI_WORKER_AGAIN,  /* the retry is due */
    LBI_WORKER_DONE,
};

struct lbi_worker {
    struct lbi_crew *crew;
    enum lbi_worker_state state;
    size_t index; /* in the whole run */
    struct lbi_timer timer;
    struct lbi_chat chat;
    struct lbi_talk *talk;    /* the conversation held */
    struct lbi_buf warm_body; /* of a warm-up request */
    size_t open_len;          /* of the body without its tail, while it is being sent */
    int64_t due_ns;
    int32_t attempt;  /* of the request in flight, from 1 */
    char header[160]; /* with the conversation's id, if one is asked for */
    bool asked_usage; /* the request in flight has stream_options */
    bool warming;     /* the request in flight is a warm-up */
    bool ramped;      /* its first turn is behind it */
};

lb_err lbi_worker_init(struct lbi_worker *worker, struct lbi_crew *crew, size_t index);
void lbi_worker_free(struct lbi_worker *worker);
/* Goes on as far as it can without waiting. */
void lbi_worker_advance(struct lbi_worker *worker);
/* The measured part has begun. */
void lbi_worker_begin(struct lbi_worker *worker);
/* No new turns: one that thinks or waits is done; `cancel` ends a request in flight, too. */
void lbi_worker_stop(struct lbi_worker *worker, bool cancel);

#endif
