/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talk.h - one conversation while it is held: the request body that grows turn by turn. Messages
 * are kept as escaped bytes and only appended to; a history of 100 kB is never printed again.
 */
#ifndef LBI_ENGINE_TALK_H
#define LBI_ENGINE_TALK_H

#include "engine/shared.h"

struct lbi_talk {
    struct lbi_talk *next; /* in the queue of those that wait for a worker */
    size_t id;             /* conversation of the plan */
    size_t turn;           /* the next one to be sent, from 1 */
    struct lbi_buf body;   /* {"model":"…","messages":[ … without its end */
};

struct lbi_talk *lbi_talk_new(const struct lbi_mem *mem, size_t id);
void lbi_talk_free(const struct lbi_mem *mem, struct lbi_talk *talk);
/* Appends the user message of the turn that is next. */
void lbi_talk_ask(struct lbi_talk *talk, const struct lbi_shared *shared);
/* Closes the body with `tail`, to be sent; lbi_talk_reopen takes that back. */
size_t lbi_talk_close(struct lbi_talk *talk, const struct lbi_buf *tail);
void lbi_talk_reopen(struct lbi_talk *talk, size_t len);
/* Appends the answer (escaped) or the planned one, and goes to the next turn. */
void lbi_talk_answer(struct lbi_talk *talk, const struct lbi_shared *shared,
                     const struct lbi_buf *answer, struct lbi_buf *scratch);
/* The body of a warm-up request. */
void lbi_talk_warmup(struct lbi_buf *body, const struct lbi_shared *shared, size_t index,
                     struct lbi_buf *scratch);
/* Members of a request that not every endpoint gets. */
enum {
    LBI_TAIL_USAGE = 1,     /* stream_options: token counts at the end */
    LBI_TAIL_NO_STORED = 2, /* LiteLLM's wish for an answer of the model, not of its own cache */
};
/* The members after the messages, and the end of the object: the same for all requests. `parts`
 * are some of LBI_TAIL_. */
lb_err lbi_talk_tail(struct lbi_buf *tail, const struct lb_config *config, unsigned parts);

#endif
