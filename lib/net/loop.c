/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * loop.c - epoll and one absolute timerfd. The cost of a wake-up does not grow with the number of
 * streams, and the epoll descriptor with a time to wait tells a foreign loop when to step.
 */
#include "net/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/kept.h"
#include "net/plain.h"
#include "net/pool.h"
#include "net/stamp.h"

enum { BATCH = 256 };
#define ALL_NEWS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

int lbi_loop_watch(struct lbi_loop *loop, int op, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    return epoll_ctl(loop->epoll_fd, op, fd, &event);
}

bool lbi_loop_note_reader(struct lbi_loop *loop, int fd, struct lbi_reader reader)
{
    while ((size_t)fd >= loop->by_fd_cap) {
        size_t before = loop->by_fd_cap;
        void *items = loop->by_fd;
        if (lbi_grow(loop->mem, &items, &loop->by_fd_cap, before, sizeof(*loop->by_fd)) != LB_OK)
            return false;
        loop->by_fd = items;
        for (size_t i = before; i < loop->by_fd_cap; i++)
            loop->by_fd[i] = (struct lbi_reader){0};
    }
    loop->by_fd[fd] = reader;
    return true;
}

void lbi_loop_forget(struct lbi_loop *loop, int fd)
{
    if ((size_t)fd < loop->by_fd_cap)
        loop->by_fd[fd] = (struct lbi_reader){0};
}

lb_err lbi_loop_add_socket(struct lbi_loop *loop, int fd, struct lbi_transfer *transfer)
{
    if (!lbi_loop_note_reader(loop, fd, (struct lbi_reader){.transfer = transfer})) {
        errno = ENOMEM;
        return LB_E_NOMEM;
    }
    if (lbi_loop_watch(loop, EPOLL_CTL_ADD, fd, ALL_NEWS) != 0)
        loop->err = LB_E_IO;
    return loop->err;
}

void lbi_loop_tell_again(struct lbi_loop *loop, int fd)
{
    (void)lbi_loop_watch(loop, EPOLL_CTL_MOD, fd, ALL_NEWS);
}

static int64_t next_due(const struct lbi_loop *loop)
{
    int64_t due = loop->heap_count > 0 ? loop->heap[0]->due_ns : INT64_MAX;

    if (loop->starting != NULL)
        return 0;
    return loop->curl_due_ns < due ? loop->curl_due_ns : due;
}

/*
 * False: something is due already. A timer that is set too early is left: it wakes us once in vain,
 * which costs less than setting it each time (in a virtual machine, as much as a dozen reads).
 */
static bool arm(struct lbi_loop *loop)
{
    int64_t due = next_due(loop);
    struct itimerspec spec = {0};

    if (due >= loop->armed_ns)
        return true;
    if (due <= lbi_clock_ns())
        return false;
    loop->armed_ns = due;
    spec.it_value.tv_sec = due / LBI_NS_PER_S;
    spec.it_value.tv_nsec = due % LBI_NS_PER_S;
    (void)timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
    return true;
}

static lb_err open_descriptors(struct lbi_loop *loop)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (loop->epoll_fd < 0 || loop->timer_fd < 0)
        return LB_E_IO;
    if (lbi_loop_watch(loop, EPOLL_CTL_ADD, loop->timer_fd, EPOLLIN) != 0)
        return LB_E_IO;
    /* Edge-triggered: nobody reads the bell, so each loop hears each ring once. */
    if (loop->bell_fd >= 0 &&
        lbi_loop_watch(loop, EPOLL_CTL_ADD, loop->bell_fd, EPOLLIN | EPOLLET) != 0)
        return LB_E_IO;
    return LB_OK;
}

lb_err lbi_loop_init(struct lbi_loop *loop, const struct lbi_mem *mem, int bell_fd)
{
    *loop = (struct lbi_loop){.mem = mem,
                              .epoll_fd = -1,
                              .timer_fd = -1,
                              .bell_fd = bell_fd,
                              .stamp_fd = -1,
                              .armed_ns = INT64_MAX,
                              .curl_due_ns = INT64_MAX};
    lb_err err = open_descriptors(loop);
    if (err != LB_OK)
        return err;
    loop->bytes = lbi_alloc(mem, LBI_LOOP_BYTES);
    if (loop->bytes == NULL)
        return LB_E_NOMEM;
    loop->stamp_fd = lbi_stamp_warm();
    loop->woke_ns = loop->now_ns = lbi_clock_ns();
    return LB_OK;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void lbi_loop_free(struct lbi_loop *loop)
{
    lbi_kept_free(loop);
    lbi_pools_free(loop);
    close_fd(loop->epoll_fd);
    close_fd(loop->timer_fd);
    close_fd(loop->stamp_fd);
    lbi_free(loop->mem, loop->bytes);
    lbi_free(loop->mem, loop->heap);
    lbi_free(loop->mem, loop->by_fd);
    loop->bytes = NULL;
    loop->epoll_fd = loop->timer_fd = loop->stamp_fd = -1;
    loop->heap = NULL;
    loop->by_fd = NULL;
}

static void drain(int fd)
{
    uint64_t count;

    while (read(fd, &count, sizeof(count)) > 0) {
    }
}

static void serve_socket(struct lbi_loop *loop, int fd, uint32_t events)
{
    struct lbi_reader reader =
        (size_t)fd < loop->by_fd_cap ? loop->by_fd[fd] : (struct lbi_reader){0};

    if (reader.kept != 0)
        lbi_kept_look(loop, fd);
    else if (reader.pool == NULL && reader.transfer != NULL)
        lbi_plain_ready(reader.transfer, events);
    else
        lbi_pool_ready(loop, fd, events);
}

static void run_due_timers(struct lbi_loop *loop)
{
    int64_t now = lbi_clock_ns();

    while (loop->heap_count > 0 && loop->heap[0]->due_ns <= now) {
        struct lbi_timer *timer = loop->heap[0];
        lbi_timer_cancel(loop, timer);
        timer->fire(timer, now);
    }
}

/* Tokens came and nothing else. What gets due meanwhile wakes the loop again at once. */
static bool nothing_due(const struct lbi_loop *loop)
{
    return loop->ran == NULL && next_due(loop) > loop->now_ns;
}

static void run_what_is_due(struct lbi_loop *loop)
{
    lbi_pools_run_timers(loop);
    lbi_pools_reap(loop);
    run_due_timers(loop);
    /* Timers start requests: send them now, not after another wake-up. */
    lbi_plain_start_waiting(loop);
    lbi_pools_run_timers(loop);
    lbi_pools_reap(loop);
}

lb_err lbi_loop_step(struct lbi_loop *loop, bool wait)
{
    struct epoll_event ready[BATCH];

    wait = wait && loop->starting == NULL; /* a start may already be an end */
    lbi_plain_start_waiting(loop);
    wait = arm(loop) && wait;
    int count = epoll_wait(loop->epoll_fd, ready, BATCH, wait ? -1 : 0);
    if (count < 0 && errno != EINTR)
        return LB_E_IO;
    loop->woke_ns = loop->now_ns = lbi_clock_ns();
    for (int i = 0; i < count; i++) {
        int fd = ready[i].data.fd;
        if (fd == loop->timer_fd) {
            drain(fd);
            loop->armed_ns = INT64_MAX; /* it has fired: whatever is due must be set anew */
        } else if (fd != loop->bell_fd) {
            serve_socket(loop, fd, ready[i].events);
        }
    }
    if (!nothing_due(loop))
        run_what_is_due(loop);
    (void)arm(loop);
    return loop->err;
}

int64_t lbi_loop_timeout_ns(const struct lbi_loop *loop)
{
    int64_t due = next_due(loop);
    int64_t now = lbi_clock_ns();

    if (due == INT64_MAX)
        return -1;
    return due > now ? due - now : 0;
}
