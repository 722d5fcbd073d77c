/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.c - see pool.h. curl_multi_socket_action, whose cost does not grow with the number of
 * streams, as curl_multi_poll's does.
 */
#include "net/pool.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/easy.h"
#include "net/transfer.h"

enum { POOL_MEMBERS = 256, SPARE_CONNECTIONS = 16 };

/* A descriptor that is watched may have been closed and given out anew behind our back. */
static bool want(struct lbi_loop *loop, int fd, int what)
{
    uint32_t events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);

    return lbi_loop_watch(loop, EPOLL_CTL_MOD, fd, events) == 0 ||
           lbi_loop_watch(loop, EPOLL_CTL_ADD, fd, events) == 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    struct lbi_pool *pool = user;
    struct lbi_loop *loop = pool->loop;
    struct lbi_transfer *transfer = NULL;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    (void)known;
    if (what == CURL_POLL_REMOVE) {
        /* Fails if it is closed: gone all the same. */
        (void)lbi_loop_watch(loop, EPOLL_CTL_MOD, fd, EPOLLRDHUP);
        if ((size_t)fd < loop->by_fd_cap)
            loop->by_fd[fd] = (struct lbi_reader){.idle = true};
        return 0;
    }
    if (!want(loop, fd, what)) {
        loop->err = LB_E_IO;
        return -1;
    }
    if (transfer != NULL)
        lbi_easy_on_socket(transfer, fd, what);
    if (lbi_loop_note_reader(loop, fd, (struct lbi_reader){.pool = pool, .transfer = transfer}))
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

void lbi_pools_free(struct lbi_loop *loop)
{
    for (size_t i = 0; i < loop->pool_count; i++) {
        (void)curl_multi_cleanup(loop->pools[i]->multi);
        lbi_free(loop->mem, loop->pools[i]);
    }
    lbi_free(loop->mem, loop->pools);
    loop->pools = NULL;
    loop->pool_count = loop->pool_cap = 0;
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
    (void)lbi_loop_watch(loop, EPOLL_CTL_DEL, fd, 0);
}

static int curl_mask(uint32_t events)
{
    return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
           ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
           ((events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
}

void lbi_pool_ready(struct lbi_loop *loop, int fd, uint32_t events)
{
    struct lbi_reader reader =
        (size_t)fd < loop->by_fd_cap ? loop->by_fd[fd] : (struct lbi_reader){0};
    struct lbi_transfer *transfer = reader.transfer;

    if (reader.idle && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        forget_farewell(loop, fd);
    if (reader.pool == NULL) /* or given up by something earlier in this batch */
        return;
    /* On HTTP/2 a stamp is of the connection, not of this stream. */
    if (transfer != NULL && transfer->want_stamp && transfer->http_major != 2 &&
        (events & EPOLLIN) != 0)
        (void)lbi_transfer_read(transfer, fd, loop->bytes, LBI_TRANSFER_READ, MSG_PEEK);
    act(reader.pool, fd, curl_mask(events));
    if (transfer != NULL)
        transfer->stamp_ns = 0; /* valid for that read only */
}

void lbi_pools_run_timers(struct lbi_loop *loop)
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
        lbi_easy_finish(transfer, code);
    }
}

void lbi_pools_reap(struct lbi_loop *loop)
{
    /* Without memory every request ends, and none of them by the endpoint's doing. */
    while (loop->ran != NULL && loop->err == LB_OK) {
        struct lbi_pool *pool = loop->ran;
        loop->ran = pool->next_ran;
        pool->ran = false;
        reap_pool(pool);
    }
}
