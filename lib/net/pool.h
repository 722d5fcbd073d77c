/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h - libcurl's multi handles in a loop: their sockets, timers and finished transfers. */
#ifndef LBI_NET_POOL_H
#define LBI_NET_POOL_H

#include <curl/curl.h>

#include "net/loop.h"

/*
 * A multi handle and the transfers that share its connections. libcurl walks through all of its
 * connections when a request starts and when it ends, so many transfers are spread over several.
 */
struct lbi_pool {
    struct lbi_loop *loop;
    CURLM *multi;
    int64_t due_ns; /* libcurl's one timer; INT64_MAX: none */
    bool ran;       /* something may have finished: it is in the loop's list of those */
    struct lbi_pool *next_ran;
    size_t members;        /* transfers that use it */
    size_t sockets, taken; /* connections there are, and those that a request has or will take */
};

/* A pool for one more transfer, which leaves it when it ends; NULL: no memory. */
struct lbi_pool *lbi_pool_join(struct lbi_loop *loop);
void lbi_pool_leave(struct lbi_pool *pool);
/* For the loop. Something happened to a socket that is not a bare one of ours. */
void lbi_pool_ready(struct lbi_loop *loop, int fd, uint32_t events);
void lbi_pools_run_timers(struct lbi_loop *loop);
/* Tells the owners of what has ended. */
void lbi_pools_reap(struct lbi_loop *loop);
void lbi_pools_free(struct lbi_loop *loop);

#endif
