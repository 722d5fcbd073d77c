/* SPDX-License-Identifier: Apache-2.0 */
/* heap.c - the loop's timers: a binary heap of pointers, each timer knowing its place. */
#include "net/loop.h"

static void put(struct lbi_loop *loop, size_t slot, struct lbi_timer *timer)
{
    loop->heap[slot] = timer;
    timer->slot = slot + 1;
}

static void sift_up(struct lbi_loop *loop, size_t slot, struct lbi_timer *timer)
{
    while (slot > 0) {
        size_t parent = (slot - 1) / 2;
        if (loop->heap[parent]->due_ns <= timer->due_ns)
            break;
        put(loop, slot, loop->heap[parent]);
        slot = parent;
    }
    put(loop, slot, timer);
}

static void sift_down(struct lbi_loop *loop, size_t slot, struct lbi_timer *timer)
{
    for (;;) {
        size_t child = 2 * slot + 1;
        if (child >= loop->heap_count)
            break;
        if (child + 1 < loop->heap_count &&
            loop->heap[child + 1]->due_ns < loop->heap[child]->due_ns)
            child++;
        if (timer->due_ns <= loop->heap[child]->due_ns)
            break;
        put(loop, slot, loop->heap[child]);
        slot = child;
    }
    put(loop, slot, timer);
}

lb_err lbi_loop_reserve_timers(struct lbi_loop *loop, size_t count)
{
    if (count <= loop->heap_cap)
        return LB_OK;
    void *grown = lbi_realloc(loop->mem, loop->heap, count * sizeof(*loop->heap));
    if (grown == NULL)
        return LB_E_NOMEM;
    loop->heap = grown;
    loop->heap_cap = count;
    return LB_OK;
}

void lbi_timer_set(struct lbi_loop *loop, struct lbi_timer *timer, int64_t due_ns)
{
    lbi_timer_cancel(loop, timer);
    timer->due_ns = due_ns;
    sift_up(loop, loop->heap_count++, timer);
}

void lbi_timer_cancel(struct lbi_loop *loop, struct lbi_timer *timer)
{
    if (timer->slot == 0)
        return;
    size_t slot = timer->slot - 1;
    struct lbi_timer *last = loop->heap[--loop->heap_count];
    timer->slot = 0;
    if (last == timer)
        return;
    if (slot > 0 && last->due_ns < loop->heap[(slot - 1) / 2]->due_ns)
        sift_up(loop, slot, last);
    else
        sift_down(loop, slot, last);
}
