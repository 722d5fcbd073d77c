/* SPDX-License-Identifier: Apache-2.0 */
/* timers.h - a heap of absolute times (CLOCK_MONOTONIC, ns). */
#ifndef SIM_TIMERS_H
#define SIM_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/* Lives in its owner. Zeroed: not set. */
struct sim_timer {
    int64_t due;
    size_t place; /* in the heap, from 1; 0: not set */
    void *owner;
};

/* The due time stands beside the pointer: sifting must not chase 10,000 cold owners. */
struct sim_timer_entry {
    int64_t due;
    struct sim_timer *timer;
};

struct sim_timers {
    struct sim_timer_entry *heap; /* [1..count] */
    size_t count, cap;
};

int64_t sim_now(void);

/* Sets it, or moves it when it is set already. */
void sim_timer_set(struct sim_timers *timers, struct sim_timer *timer, int64_t due);
void sim_timer_clear(struct sim_timers *timers, struct sim_timer *timer);
/* The one that is due first; NULL when none is set. */
struct sim_timer *sim_timers_first(const struct sim_timers *timers);
void sim_timers_free(struct sim_timers *timers);

#endif
