/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared.c - flags and the queue between the threads of a run and its collector. A request costs
 * one lock here; a token costs nothing.
 */
#include "engine/shared.h"

#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

lb_err lbi_shared_init(struct lbi_shared *shared, struct lb_ctx *ctx)
{
    shared->ctx = ctx;
    shared->bell_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    shared->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    (void)pthread_mutex_init(&shared->lock, NULL);
    if (shared->bell_fd < 0 || shared->event_fd < 0)
        return lbi_fail(ctx, LB_E_IO, "cannot open an event descriptor: too many open files");
    return LB_OK;
}

void lbi_shared_free(struct lbi_shared *shared)
{
    struct lbi_done *next;

    for (struct lbi_done *done = shared->head; done != NULL; done = next) {
        next = done->next;
        lbi_free(&shared->ctx->mem, done);
    }
    (void)pthread_mutex_destroy(&shared->lock);
    if (shared->bell_fd >= 0)
        (void)close(shared->bell_fd);
    if (shared->event_fd >= 0)
        (void)close(shared->event_fd);
}

void lbi_shared_begin_phase(struct lbi_shared *shared, const char *model)
{
    shared->model = model;
    shared->window_count = 0;
    atomic_store(&shared->stop, atomic_load(&shared->cancel));
    atomic_store(&shared->started, 0);
    atomic_store(&shared->warmup_next, 0);
    atomic_store(&shared->warmup_left, shared->set->warmup);
    atomic_store(&shared->begin_ns, 0);
    if (shared->set->warmup == 0)
        lbi_shared_begin(shared);
}

void lbi_shared_begin(struct lbi_shared *shared)
{
    int64_t now = lbi_clock_ns();

    atomic_store(&shared->begin_ns, now > shared->start_at_ns ? now : shared->start_at_ns);
    lbi_shared_tell(shared); /* what came before it was left in the queue */
}

static void ring(int fd)
{
    static const uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof(one)); /* a full counter has rung already */

    (void)written;
}

void lbi_shared_ring(struct lbi_shared *shared)
{
    ring(shared->bell_fd);
}

void lbi_shared_tell(struct lbi_shared *shared)
{
    ring(shared->event_fd);
}

void lbi_shared_stop(struct lbi_shared *shared, enum lbi_end why)
{
    int none = LBI_END_NONE;

    (void)atomic_compare_exchange_strong(&shared->end, &none, (int)why);
    if (atomic_exchange(&shared->stop, 1) == 0)
        lbi_shared_ring(shared);
}

void lbi_shared_fail(struct lbi_shared *shared, lb_err err)
{
    int ok = LB_OK;

    (void)atomic_compare_exchange_strong(&shared->error, &ok, err);
    atomic_store(&shared->cancel, 1);
    lbi_shared_stop(shared, LBI_END_NONE);
    lbi_shared_ring(shared);
}

bool lbi_shared_may_start(struct lbi_shared *shared, int64_t now_ns)
{
    const struct lbi_settings *set = shared->set;

    if (atomic_load(&shared->stop) != 0)
        return false;
    if (set->for_time > 0 && now_ns - atomic_load(&shared->begin_ns) >= set->for_time) {
        lbi_shared_stop(shared, LBI_END_TIME);
        return false;
    }
    if (atomic_fetch_add(&shared->started, 1) >= set->max_requests && set->max_requests > 0) {
        lbi_shared_stop(shared, LBI_END_REQUESTS);
        return false;
    }
    return true;
}

/* Many of the last requests failed: going on would only hurt the server. */
static bool too_many_failed(struct lbi_shared *shared, const lb_turn *turn)
{
    uint32_t failed = 0;
    double share = shared->set->abort_errors;

    if (turn->warmup || share >= 1.0)
        return false;
    shared->window[shared->window_count++ % LBI_ABORT_WINDOW] = turn->error[0] != '\0';
    if (shared->window_count < LBI_ABORT_WINDOW)
        return false;
    for (uint32_t i = 0; i < LBI_ABORT_WINDOW; i++)
        failed += shared->window[i];
    return failed > 0 && failed >= share * LBI_ABORT_WINDOW;
}

/* The strings of a turn that travel with it. */
static const size_t strings[] = {
    offsetof(lb_turn, error),         offsetof(lb_turn, error_text),
    offsetof(lb_turn, model),         offsetof(lb_turn, answered_by),
    offsetof(lb_turn, document),      offsetof(lb_turn, response_id),
    offsetof(lb_turn, finish_reason), offsetof(lb_turn, http_version),
    offsetof(lb_turn, gateway_json),
};

enum { STRINGS = sizeof(strings) / sizeof(strings[0]) };

static const char **string_at(lb_turn *turn, size_t i)
{
    return (const char **)(void *)((char *)turn + strings[i]);
}

static struct lbi_done *copy_turn(const struct lbi_mem *mem, const lb_turn *turn)
{
    lb_turn source = *turn;
    size_t gaps = turn->gap_count * sizeof(*turn->gaps_ns);
    size_t size = sizeof(struct lbi_done) + gaps;

    for (size_t i = 0; i < STRINGS; i++)
        size += strlen(*string_at(&source, i)) + 1;
    struct lbi_done *done = lbi_alloc(mem, size);
    if (done == NULL)
        return NULL;
    *done = (struct lbi_done){.turn = source};
    int64_t *gap_room = (int64_t *)(void *)(done + 1);
    if (gaps > 0)
        memcpy(gap_room, turn->gaps_ns, gaps);
    done->turn.gaps_ns = gaps > 0 ? gap_room : NULL;
    done->turn.answer = "";
    char *text = (char *)gap_room + gaps;
    for (size_t i = 0; i < STRINGS; i++) {
        size_t len = strlen(*string_at(&source, i)) + 1;
        memcpy(text, *string_at(&source, i), len);
        *string_at(&done->turn, i) = text;
        text += len;
    }
    return done;
}

size_t lbi_shared_deliver(struct lbi_shared *shared, const lb_turn *turn)
{
    struct lbi_done *done = copy_turn(&shared->ctx->mem, turn);

    if (done == NULL) {
        lbi_shared_fail(shared, LB_E_NOMEM);
        return 0;
    }
    (void)pthread_mutex_lock(&shared->lock);
    if (shared->tail != NULL)
        shared->tail->next = done;
    else
        shared->head = done;
    shared->tail = done;
    size_t waiting = ++shared->waiting;
    bool abort = too_many_failed(shared, turn);
    (void)pthread_mutex_unlock(&shared->lock);
    if (abort)
        lbi_shared_stop(shared, LBI_END_ERRORS);
    return waiting;
}

struct lbi_done *lbi_shared_collect(struct lbi_shared *shared)
{
    (void)pthread_mutex_lock(&shared->lock);
    struct lbi_done *all = shared->head;
    shared->head = shared->tail = NULL;
    shared->waiting = 0;
    (void)pthread_mutex_unlock(&shared->lock);
    return all;
}
