/* SPDX-License-Identifier: Apache-2.0 */
/* crew.c - a loop, its workers, and who talks about what next. Runs on one thread. */
#include "engine/crew.h"

#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "engine/bunching.h"

enum { TELL_OF = 16 };
#define TELL_AFTER_NS (10 * LBI_NS_PER_MS)

static void on_deadline(struct lbi_timer *timer, int64_t now_ns)
{
    struct lbi_crew *crew =
        (struct lbi_crew *)(void *)((char *)timer - offsetof(struct lbi_crew, deadline));

    (void)now_ns;
    lbi_shared_stop(crew->shared, LBI_END_TIME);
}

lb_err lbi_crew_init(struct lbi_crew *crew, struct lbi_shared *shared, size_t index, size_t count,
                     size_t workers)
{
    const struct lbi_mem *mem = &shared->ctx->mem;

    *crew = (struct lbi_crew){.shared = shared,
                              .first = shared->shard + shared->shards * index,
                              .step = shared->shards * count,
                              .deadline = {.fire = on_deadline},
                              .tail_parts = LBI_TAIL_USAGE};
    lbi_buf_init(&crew->tail, mem);
    lbi_buf_init(&crew->scratch, mem);
    lb_err err = lbi_loop_init(&crew->loop, mem, shared->bell_fd);
    crew->next_talk = crew->first;
    size_t own = workers > crew->first ? (workers - crew->first + crew->step - 1) / crew->step : 0;
    if (err == LB_OK)
        err = lbi_loop_reserve_timers(&crew->loop, 2 * own + 3);
    if (err == LB_OK)
        err = lbi_talk_tail(&crew->tail, shared->config, crew->tail_parts);
    if (err == LB_OK && own > 0) {
        crew->workers = lbi_zalloc(mem, own * sizeof(*crew->workers));
        err = crew->workers == NULL ? LB_E_NOMEM : LB_OK;
    }
    for (size_t i = 0; err == LB_OK && i < own; i++) {
        crew->worker_count++;
        err = lbi_worker_init(&crew->workers[i], crew, crew->first + i * crew->step);
    }
    crew->busy = own;
    return err;
}

void lbi_crew_free(struct lbi_crew *crew)
{
    if (crew->shared == NULL)
        return;
    const struct lbi_mem *mem = &crew->shared->ctx->mem;
    struct lbi_talk *next;

    for (size_t i = 0; i < crew->worker_count; i++)
        lbi_worker_free(&crew->workers[i]);
    for (struct lbi_talk *talk = crew->waiting; talk != NULL; talk = next) {
        next = talk->next;
        lbi_talk_free(mem, talk);
    }
    lbi_free(mem, crew->workers);
    lbi_loop_free(&crew->loop);
    lbi_buf_free(&crew->tail);
    lbi_buf_free(&crew->scratch);
    *crew = (struct lbi_crew){0};
}

/* rotate: all conversations are open; one that never had a turn waited longest. */
struct lbi_talk *lbi_crew_take_talk(struct lbi_crew *crew)
{
    struct lbi_talk *talk = crew->waiting;

    if (crew->next_talk < lbi_plan_conversations(crew->shared->plan)) {
        talk = lbi_talk_new(crew->loop.mem, crew->next_talk);
        if (talk == NULL)
            lbi_shared_fail(crew->shared, LB_E_NOMEM);
        crew->next_talk += crew->step;
        return talk;
    }
    if (talk != NULL) {
        crew->waiting = talk->next;
        if (crew->waiting == NULL)
            crew->waiting_tail = NULL;
        talk->next = NULL;
    }
    return talk;
}

void lbi_crew_put_talk(struct lbi_crew *crew, struct lbi_talk *talk)
{
    talk->next = NULL;
    if (crew->waiting_tail != NULL)
        crew->waiting_tail->next = talk;
    else
        crew->waiting = talk;
    crew->waiting_tail = talk;
}

const struct lbi_buf *lbi_crew_tail(struct lbi_crew *crew)
{
    unsigned parts = 0;

    if (atomic_load(&crew->shared->plain_usage) == 0)
        parts |= LBI_TAIL_USAGE;
    if (atomic_load(&crew->shared->litellm) != 0)
        parts |= LBI_TAIL_NO_STORED;
    if (parts != crew->tail_parts) {
        crew->tail_parts = parts;
        lb_err err = lbi_talk_tail(&crew->tail, crew->shared->config, parts);
        if (err != LB_OK)
            lbi_shared_fail(crew->shared, err);
    }
    return &crew->tail;
}

static void tell(struct lbi_crew *crew)
{
    crew->untold_ns = 0;
    lbi_shared_tell(crew->shared);
}

void lbi_crew_deliver(struct lbi_crew *crew, const lb_turn *turn)
{
    size_t waiting = lbi_shared_deliver(crew->shared, turn);

    if (waiting % TELL_OF == 0)
        tell(crew);
    else if (crew->untold_ns == 0)
        crew->untold_ns = crew->loop.now_ns;
}

static void judge_stream(struct lbi_counts *counts, const struct lbi_chat *chat)
{
    const struct lbi_arrivals arrivals = {.chunks = chat->chunks,
                                          .reads = chat->token_reads,
                                          .tokens = chat->completion_tokens,
                                          .sent_ns = chat->transfer.sent_ns,
                                          .first_ns = chat->first_token_ns,
                                          .last_ns = chat->last_token_ns,
                                          .gaps_ns = chat->gaps_ns,
                                          .gap_count = chat->gap_count};
    enum lbi_bunching bunching =
        chat->error == LBI_ERR_NONE ? lbi_bunching_judge(&arrivals) : LBI_BUNCHING_UNKNOWN;

    counts->judged_streams += bunching != LBI_BUNCHING_UNKNOWN;
    counts->held_streams += bunching == LBI_BUNCHING_HELD;
    counts->lumpy_streams += bunching == LBI_BUNCHING_LUMPS;
}

void lbi_crew_count(struct lbi_crew *crew, const struct lbi_chat *chat)
{
    struct lbi_counts *counts = &crew->counts;

    counts->sent_exact += chat->transfer.sent_method == LBI_SENT_POLL_IN;
    counts->sent_fallback += chat->transfer.sent_method > LBI_SENT_POLL_IN;
    counts->with_token += chat->chunks > 0;
    counts->stamped += chat->chunks > 0 && chat->stamped;
    counts->chunks += chat->chunks;
    counts->token_reads += chat->token_reads;
    if (chat->completion_tokens > 0)
        counts->completion_tokens += (uint64_t)chat->completion_tokens;
    judge_stream(counts, chat);
    if (chat->litellm)
        atomic_store(&crew->shared->litellm, 1);
    if (crew->server[0] == '\0' && chat->server.len > 0)
        (void)snprintf(crew->server, sizeof(crew->server), "%s", chat->server.data);
}

/* What happened outside: the start, the end of new turns, the end of everything. */
static void heed(struct lbi_crew *crew)
{
    struct lbi_shared *shared = crew->shared;

    if (!crew->begun && atomic_load(&shared->begin_ns) != 0) {
        crew->begun = true;
        if (shared->set->for_time > 0)
            lbi_timer_set(&crew->loop, &crew->deadline,
                          atomic_load(&shared->begin_ns) + shared->set->for_time);
        for (size_t i = 0; i < crew->worker_count; i++)
            lbi_worker_begin(&crew->workers[i]);
    }
    bool cancel = atomic_load(&shared->cancel) != 0;
    bool stop = cancel || atomic_load(&shared->stop) != 0;
    if ((stop && !crew->stopped) || (cancel && !crew->cancelled)) {
        crew->stopped = true;
        crew->cancelled = cancel;
        for (size_t i = 0; i < crew->worker_count; i++)
            lbi_worker_stop(&crew->workers[i], cancel);
    }
}

lb_err lbi_crew_start(struct lbi_crew *crew)
{
    lbi_loop_start_beat(&crew->loop);
    for (size_t i = 0; i < crew->worker_count; i++)
        lbi_worker_advance(&crew->workers[i]);
    heed(crew);
    return LB_OK;
}

lb_err lbi_crew_step(struct lbi_crew *crew, bool wait)
{
    lb_err err = lbi_loop_step(&crew->loop, wait);

    /* The loop's own beat makes sure that there is a step. */
    if (crew->untold_ns != 0 && crew->loop.now_ns - crew->untold_ns >= TELL_AFTER_NS)
        tell(crew);
    heed(crew);
    return err;
}

bool lbi_crew_done(const struct lbi_crew *crew)
{
    return crew->busy == 0;
}
