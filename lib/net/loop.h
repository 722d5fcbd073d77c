/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - everything that waits, waits here: one epoll set, one timer descriptor, used by one
 * thread. It knows nothing of chat.
 */
#ifndef LBI_NET_LOOP_H
#define LBI_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hist.h"
#include "base/mem.h"

struct lbi_pool;
struct lbi_transfer;

/* Embed it in what waits. A zeroed timer is not set. */
struct lbi_timer {
    int64_t due_ns;
    size_t slot; /* place in the heap plus 1; 0: not set */
    void (*fire)(struct lbi_timer *timer, int64_t now_ns);
};

/* How late a loop is, seen in three ways; the worst of them is the loop lag. */
struct lbi_lag {
    struct lbi_hist beat;     /* a regular timer against its time: what a moment at random meets */
    struct lbi_hist callback; /* bytes handed over against the return of epoll_wait */
    struct lbi_hist read;     /* bytes handed over against the kernel's stamp of their arrival */
};

/* Who reads from a descriptor: libcurl for a transfer, if there is a pool, else the transfer. */
struct lbi_reader {
    struct lbi_pool *pool;
    struct lbi_transfer *transfer;
    size_t kept; /* nobody now: its place among those that are kept, plus 1 */
    bool idle;   /* nobody now: it is libcurl's */
};

enum { LBI_LOOP_BYTES = 65536 };

struct lbi_loop {
    const struct lbi_mem *mem;
    char *bytes; /* LBI_LOOP_BYTES of room for the read under way, the same for all sockets */
    struct lbi_pool **pools;
    size_t pool_count, pool_cap;
    int epoll_fd, timer_fd;
    int bell_fd; /* an eventfd of the owner; each write to it makes a step return. -1: none */
    struct lbi_timer **heap;
    size_t heap_count, heap_cap;
    int64_t armed_ns;    /* what timer_fd is set to */
    int64_t curl_due_ns; /* no pool's timer is due before; INT64_MAX: none is set */
    struct lbi_pool *ran;
    int64_t woke_ns; /* when epoll_wait returned last */
    int64_t now_ns;  /* when somebody looked at the clock last, since then */
    struct lbi_reader *by_fd;
    size_t by_fd_cap;
    int *kept; /* kept.h */
    size_t kept_count, kept_cap;
    struct lbi_transfer *starting, *starting_last; /* plain.h: they start at the next step */
    bool lost_way; /* bare sockets do not get on with the endpoint: libcurl does it all */
    int64_t wall_offset_ns, wall_offset_at_ns; /* for the kernel's stamps */
    struct lbi_timer beat;
    struct lbi_lag lag;
    int stamp_fd;        /* keeps the kernel stamping; -1: it cannot */
    uint32_t wall_steps; /* how often the wall clock was set meanwhile */
    lb_err err;          /* a descriptor could not be watched, so libcurl has given up */
};

/* `bell_fd` may be shared by many loops: a write wakes all of them. */
lb_err lbi_loop_init(struct lbi_loop *loop, const struct lbi_mem *mem, int bell_fd);
/* Looks whether the wall clock was set. Often, or it goes unnoticed where no stamp is asked for. */
void lbi_loop_watch_wall(struct lbi_loop *loop);
/* CLOCK_REALTIME minus CLOCK_MONOTONIC; false once the wall clock was set: no stamp is believed. */
bool lbi_loop_wall_offset(struct lbi_loop *loop, int64_t *offset_ns);
void lbi_loop_free(struct lbi_loop *loop);
/* From now on `transfer` hears of each change of `fd`, once. On failure errno says why, and unless
 * it is memory the loop has failed, too. */
lb_err lbi_loop_add_socket(struct lbi_loop *loop, int fd, struct lbi_transfer *transfer);
/* Of how it is, in the next step. */
void lbi_loop_tell_again(struct lbi_loop *loop, int fd);
/* Before `fd` is closed. */
void lbi_loop_forget(struct lbi_loop *loop, int fd);
/* For pool.c: epoll_ctl(2); and who reads from `fd` from now on, false when out of memory. */
int lbi_loop_watch(struct lbi_loop *loop, int op, int fd, uint32_t events);
bool lbi_loop_note_reader(struct lbi_loop *loop, int fd, struct lbi_reader reader);
/* Waits until something is due (`wait` false: not at all) and serves it. */
lb_err lbi_loop_step(struct lbi_loop *loop, bool wait);
/* Nanoseconds until a step is due: 0 now, -1 only when the descriptor is readable. */
int64_t lbi_loop_timeout_ns(const struct lbi_loop *loop);

/* Watches its own lateness from now on; takes one timer. */
void lbi_loop_start_beat(struct lbi_loop *loop);
void lbi_lag_merge(struct lbi_lag *into, const struct lbi_lag *from);
/* Largest of the three at this percentile (0..1); 1 is the maximum. */
int64_t lbi_lag_percentile(const struct lbi_lag *lag, double p);

/* Room in the heap for `count` timers in all, so that setting one cannot fail. */
lb_err lbi_loop_reserve_timers(struct lbi_loop *loop, size_t count);
void lbi_timer_set(struct lbi_loop *loop, struct lbi_timer *timer, int64_t due_ns);
void lbi_timer_cancel(struct lbi_loop *loop, struct lbi_timer *timer);

#endif
