/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * loop.c - epoll + one absolute timerfd + curl_multi_socket_action. The cost of a wake-up does not
 * grow with the number of streams, which curl_multi_poll's does, and the epoll descriptor alone
 * tells a foreign loop when to step.
 */
#include "net/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/body.h"
#include "net/stamp.h"
#include "net/transfer.h"

enum { BATCH = 256, POOL_MEMBERS = 256, SPARE_CONNECTIONS = 16 };

static int watch(struct lbi_loop *loop, int op, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    return epoll_ctl(loop->epoll_fd, op, fd, &event);
}

/* Remembers who reads from `fd`; false when out of memory. */
static bool note_reader(struct lbi_loop *loop, int fd, struct lbi_reader reader)
{
    while ((size_t)fd >= loop->by_fd_cap) {
        size_t before = loop->by_fd_cap;
        void *items = loop->by_fd;
        if (lbi_grow(loop->mem, &items, &loop->by_fd_cap, before, sizeof(*loop->by_fd)) != LB_OK)
            return false;
        loop->by_fd = items;
        for (size_t i = before; i < loop->by_fd_cap; i++)
            loop->by_fd[i] = (struct lbi_reader){NULL, NULL};
    }
    loop->by_fd[fd] = reader;
    return true;
}

static void forget_reader(struct lbi_loop *loop, int fd)
{
    if ((size_t)fd < loop->by_fd_cap)
        loop->by_fd[fd] = (struct lbi_reader){NULL, NULL};
}

/* A descriptor that is watched may have been closed and given out anew behind our back. */
static bool want(struct lbi_loop *loop, int fd, int what)
{
    uint32_t events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);

    return watch(loop, EPOLL_CTL_MOD, fd, events) == 0 ||
           watch(loop, EPOLL_CTL_ADD, fd, events) == 0;
}

lb_err lbi_loop_watch_news(struct lbi_loop *loop, int fd)
{
    return watch(loop, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLRDHUP | EPOLLET) == 0 ? LB_OK : LB_E_IO;
}

lb_err lbi_loop_watch_input(struct lbi_loop *loop, int fd)
{
    return want(loop, fd, CURL_POLL_IN) ? LB_OK : LB_E_IO;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    struct lbi_pool *pool = user;
    struct lbi_loop *loop = pool->loop;
    struct lbi_transfer *transfer = NULL;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    (void)known;
    if (transfer != NULL && transfer->direct) { /* paused, and still watched */
        transfer->left_socket |= what == CURL_POLL_REMOVE;
        return 0;
    }
    if (what == CURL_POLL_REMOVE) {
        (void)watch(loop, EPOLL_CTL_MOD, fd, EPOLLRDHUP); /* fails if closed: gone all the same */
        forget_reader(loop, fd);
        return 0;
    }
    if (!want(loop, fd, what)) {
        loop->err = LB_E_IO;
        return -1;
    }
    if (transfer != NULL)
        lbi_transfer_on_socket(transfer, fd, what);
    if (note_reader(loop, fd, (struct lbi_reader){pool, transfer}))
        return 0;
    loop->err = LB_E_NOMEM;
    return -1;
}

static void act(struct lbi_pool *pool, curl_socket_t fd, int mask)
{
    int running;

    /* Short of memory, libcurl leaves tables behind that it divides by zero in the next time. */
    if (pool->loop->err != LB_OK)
        return;
    if (curl_multi_socket_action(pool->multi, fd, mask, &running) == CURLM_OUT_OF_MEMORY)
        pool->loop->err = LB_E_NOMEM;
    if (pool->ran)
        return;
    pool->ran = true;
    pool->next_ran = pool->loop->ran;
    pool->loop->ran = pool;
}

/* Only notes the time: socket_action must not be called from inside libcurl. */
static int on_curl_timer(CURLM *multi, long timeout_ms, void *user)
{
    struct lbi_pool *pool = user;

    (void)multi;
    pool->due_ns = timeout_ms < 0 ? INT64_MAX : lbi_clock_ns() + timeout_ms * LBI_NS_PER_MS;
    if (pool->due_ns < pool->loop->curl_due_ns)
        pool->loop->curl_due_ns = pool->due_ns;
    return 0;
}

static int64_t next_due(const struct lbi_loop *loop)
{
    int64_t due = loop->heap_count > 0 ? loop->heap[0]->due_ns : INT64_MAX;

    return loop->curl_due_ns < due ? loop->curl_due_ns : due;
}

static void arm(struct lbi_loop *loop)
{
    int64_t due = next_due(loop);
    struct itimerspec spec = {0};

    if (due == loop->armed_ns)
        return;
    loop->armed_ns = due;
    if (due != INT64_MAX) {
        int64_t at = due > 0 ? due : 1; /* 0 would disarm it */
        spec.it_value.tv_sec = at / LBI_NS_PER_S;
        spec.it_value.tv_nsec = at % LBI_NS_PER_S;
    }
    (void)timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static lb_err open_descriptors(struct lbi_loop *loop)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (loop->epoll_fd < 0 || loop->timer_fd < 0)
        return LB_E_IO;
    if (watch(loop, EPOLL_CTL_ADD, loop->timer_fd, EPOLLIN) != 0)
        return LB_E_IO;
    /* Edge-triggered: nobody reads the bell, so each loop hears each ring once. */
    if (loop->bell_fd >= 0 && watch(loop, EPOLL_CTL_ADD, loop->bell_fd, EPOLLIN | EPOLLET) != 0)
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

static struct lbi_pool *new_pool(struct lbi_loop *loop)
{
    void *items = loop->pools;

    if (lbi_grow(loop->mem, &items, &loop->pool_cap, loop->pool_count, sizeof(*loop->pools)) !=
        LB_OK)
        return NULL;
    loop->pools = items;
    struct lbi_pool *pool = lbi_zalloc(loop->mem, sizeof(*pool));
    CURLM *multi = pool != NULL ? curl_multi_init() : NULL;
    if (multi == NULL) {
        lbi_free(loop->mem, pool);
        return NULL;
    }
    pool->loop = loop;
    pool->multi = multi;
    pool->due_ns = INT64_MAX;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, pool);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, pool);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)(POOL_MEMBERS + SPARE_CONNECTIONS));
    loop->pools[loop->pool_count++] = pool;
    return pool;
}

struct lbi_pool *lbi_pool_join(struct lbi_loop *loop)
{
    struct lbi_pool *pool = loop->pool_count > 0 ? loop->pools[loop->pool_count - 1] : NULL;

    if (pool == NULL || pool->members == POOL_MEMBERS)
        pool = new_pool(loop);
    if (pool != NULL)
        pool->members++;
    return pool;
}

void lbi_pool_leave(struct lbi_pool *pool)
{
    pool->members--;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void lbi_loop_free(struct lbi_loop *loop)
{
    for (size_t i = 0; i < loop->pool_count; i++) {
        (void)curl_multi_cleanup(loop->pools[i]->multi);
        lbi_free(loop->mem, loop->pools[i]);
    }
    close_fd(loop->epoll_fd);
    close_fd(loop->timer_fd);
    close_fd(loop->stamp_fd);
    lbi_free(loop->mem, loop->bytes);
    lbi_free(loop->mem, loop->pools);
    lbi_free(loop->mem, loop->heap);
    lbi_free(loop->mem, loop->by_fd);
    loop->bytes = NULL;
    loop->pools = NULL;
    loop->pool_count = loop->pool_cap = 0;
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

/*
 * The server closed a connection that nobody uses. Over TLS a farewell stands before the end, and
 * libcurl would take it for a sign of life: without it libcurl sees the end, and opens a new one.
 */
static void forget_farewell(struct lbi_loop *loop, int fd)
{
    char bytes[1024];

    while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0) {
    }
    (void)watch(loop, EPOLL_CTL_DEL, fd, 0);
}

static int curl_mask(uint32_t events)
{
    return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
           ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
           ((events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
}

static void serve_socket(struct lbi_loop *loop, int fd, uint32_t events)
{
    struct lbi_reader reader =
        (size_t)fd < loop->by_fd_cap ? loop->by_fd[fd] : (struct lbi_reader){NULL, NULL};
    struct lbi_transfer *transfer = reader.transfer;

    if (reader.pool == NULL) { /* idle, or given up by something earlier in this batch */
        if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
            forget_farewell(loop, fd);
        return;
    }
    if (transfer != NULL && transfer->direct && !lbi_body_read(transfer, events))
        return;
    /* On HTTP/2 a stamp is of the connection, not of this stream. */
    if (transfer != NULL && transfer->want_stamp && transfer->http_major != 2 &&
        (events & EPOLLIN) != 0)
        (void)lbi_transfer_peek(transfer, fd, loop->bytes, LBI_TRANSFER_READ);
    act(reader.pool, fd, curl_mask(events));
    if (transfer != NULL)
        transfer->stamp_ns = 0; /* valid for that read only */
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

static void run_curl_timers(struct lbi_loop *loop)
{
    if (loop->curl_due_ns == INT64_MAX)
        return;
    int64_t now = lbi_clock_ns();
    if (loop->curl_due_ns > now)
        return;
    /* Set anew by what runs now, and by what is not due yet. */
    loop->curl_due_ns = INT64_MAX;
    for (size_t i = 0; i < loop->pool_count; i++) {
        struct lbi_pool *pool = loop->pools[i];
        if (pool->due_ns <= now) {
            pool->due_ns = INT64_MAX;
            act(pool, CURL_SOCKET_TIMEOUT, 0);
        }
        if (pool->due_ns < loop->curl_due_ns)
            loop->curl_due_ns = pool->due_ns;
    }
}

static void reap_pool(struct lbi_pool *pool)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(pool->multi, &left)) != NULL) {
        struct lbi_transfer *transfer = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        lbi_transfer_finish(transfer, code);
    }
}

static void reap_finished(struct lbi_loop *loop)
{
    /* Without memory every request ends, and none of them by the endpoint's doing. */
    while (loop->ran != NULL && loop->err == LB_OK) {
        struct lbi_pool *pool = loop->ran;
        loop->ran = pool->next_ran;
        pool->ran = false;
        reap_pool(pool);
    }
}

/* Tokens came and nothing else. What gets due meanwhile wakes the loop again at once. */
static bool nothing_due(const struct lbi_loop *loop)
{
    return loop->ran == NULL && next_due(loop) > loop->now_ns;
}

static void run_what_is_due(struct lbi_loop *loop)
{
    run_curl_timers(loop);
    reap_finished(loop);
    run_due_timers(loop);
    /* Timers start requests: let libcurl send them now, not after another wake-up. */
    run_curl_timers(loop);
    reap_finished(loop);
}

lb_err lbi_loop_step(struct lbi_loop *loop, bool wait)
{
    struct epoll_event ready[BATCH];

    arm(loop);
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
    arm(loop);
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
