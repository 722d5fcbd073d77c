/* SPDX-License-Identifier: Apache-2.0 */
/* timers.c - a binary heap that knows where each timer is. It does not sleep: the loop does. */
#include "timers.h"

#include <stdlib.h>
#include <time.h>

#include "buffer.h"

int64_t sim_now(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void put(struct sim_timers *timers, size_t place, struct sim_timer_entry entry)
{
    timers->heap[place] = entry;
    entry.timer->place = place;
}

static void sift_up(struct sim_timers *timers, size_t place, struct sim_timer_entry entry)
{
    while (place > 1 && timers->heap[place / 2].due > entry.due) {
        put(timers, place, timers->heap[place / 2]);
        place /= 2;
    }
    put(timers, place, entry);
}

static void sift_down(struct sim_timers *timers, size_t place, struct sim_timer_entry entry)
{
    for (size_t child = place * 2; child <= timers->count; child = place * 2) {
        if (child < timers->count && timers->heap[child + 1].due < timers->heap[child].due)
            child++;
        if (timers->heap[child].due >= entry.due)
            break;
        put(timers, place, timers->heap[child]);
        place = child;
    }
    put(timers, place, entry);
}

static void settle(struct sim_timers *timers, size_t place, struct sim_timer_entry entry)
{
    if (place > 1 && timers->heap[place / 2].due > entry.due)
        sift_up(timers, place, entry);
    else
        sift_down(timers, place, entry);
}

void sim_timer_set(struct sim_timers *timers, struct sim_timer *timer, int64_t due)
{
    struct sim_timer_entry entry = {due, timer};

    timer->due = due;
    if (timer->place > 0) {
        settle(timers, timer->place, entry);
        return;
    }
    if (timers->count + 1 >= timers->cap) {
        timers->cap = timers->cap > 0 ? timers->cap * 2 : 256;
        timers->heap = sim_realloc(timers->heap, timers->cap * sizeof(*timers->heap));
    }
    timers->count++;
    sift_up(timers, timers->count, entry);
}

void sim_timer_clear(struct sim_timers *timers, struct sim_timer *timer)
{
    size_t place = timer->place;
    struct sim_timer_entry last;

    if (place == 0)
        return;
    timer->place = 0;
    last = timers->heap[timers->count--];
    if (last.timer != timer)
        settle(timers, place, last);
}

struct sim_timer *sim_timers_first(const struct sim_timers *timers)
{
    return timers->count > 0 ? timers->heap[1].timer : NULL;
}

void sim_timers_free(struct sim_timers *timers)
{
    free(timers->heap);
    *timers = (struct sim_timers){0};
}
