/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lag.c - the loop's own lateness. A heartbeat that was missed many times in a row counts each
 * time, so its percentiles are those of a moment chosen at random, not of the few that were looked
 * at.
 */
#include <stddef.h>

#include "base/clock.h"
#include "net/loop.h"

#define BEAT_NS (20 * LBI_NS_PER_MS)

static void on_beat(struct lbi_timer *timer, int64_t now_ns)
{
    struct lbi_loop *loop =
        (struct lbi_loop *)(void *)((char *)timer - offsetof(struct lbi_loop, beat));
    int64_t due = timer->due_ns;

    for (; due <= now_ns; due += BEAT_NS)
        lbi_hist_add(&loop->lag.beat, now_ns - due);
    lbi_timer_set(loop, timer, due);
    lbi_loop_watch_wall(loop);
}

void lbi_loop_start_beat(struct lbi_loop *loop)
{
    loop->beat.fire = on_beat;
    lbi_loop_watch_wall(loop);
    lbi_timer_set(loop, &loop->beat, lbi_clock_ns() + BEAT_NS);
}

void lbi_lag_merge(struct lbi_lag *into, const struct lbi_lag *from)
{
    lbi_hist_merge(&into->beat, &from->beat);
    lbi_hist_merge(&into->callback, &from->callback);
    lbi_hist_merge(&into->read, &from->read);
}

int64_t lbi_lag_percentile(const struct lbi_lag *lag, double p)
{
    const struct lbi_hist *all[] = {&lag->beat, &lag->callback, &lag->read};
    int64_t most = 0;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        int64_t value = p >= 1 ? all[i]->max_ns : lbi_hist_percentile(all[i], p);
        most = value > most ? value : most;
    }
    return most;
}
