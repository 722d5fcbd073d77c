/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer.h - one HTTP request after another, with the clocks taken where they are exact. It knows
 * nothing of chat: bytes go to its owner as they come. They take one of two ways: HTTP/1.1 over a
 * bare socket, which is ours (plain.h), and all that is libcurl's (easy.h).
 */
#ifndef LBI_NET_TRANSFER_H
#define LBI_NET_TRANSFER_H

#include "config/settings.h"
#include "net/endpoint.h"
#include "net/loop.h"
#include "net/plain.h"
#include "net/pool.h"

/* What an owner wants to hear. A result but LB_OK ends the transfer. */
struct lbi_transfer_owner {
    lb_err (*on_header)(void *user, const char *line, size_t len);
    /* at_ns: when these bytes arrived; exact: the kernel's stamp. */
    lb_err (*on_body)(void *user, const char *bytes, size_t len, int64_t at_ns, bool exact);
    void (*on_done)(void *user, CURLcode code);
    void *user;
    /* May be NULL. Bytes are about to be read: what they will need can be fetched meanwhile. */
    void (*on_soon)(const void *user);
};

/* How `sent` was taken, best first. */
enum lbi_sent_method { LBI_SENT_UNKNOWN, LBI_SENT_POLL_IN, LBI_SENT_PREREQ, LBI_SENT_PRETRANSFER };

/* Where the kernel's stamp is wanted, so much is read at once: it is that of the last byte. */
enum { LBI_TRANSFER_READ = 4096 };

struct lbi_transfer {
    struct lbi_loop *loop;
    const struct lbi_endpoint *endpoint;
    struct lbi_transfer_owner owner;
    size_t user_index;
    struct lbi_plain plain;
    bool by_plain; /* the way of this request */
    CURL *easy;    /* NULL until it is needed */
    struct lbi_pool *pool;
    struct curl_slist *headers;    /* of this transfer alone; NULL: the endpoint's */
    struct curl_slist *connect_to; /* connections = user */
    struct curl_slist *resolve;
    bool active;
    bool want_stamp; /* the owner waits for the first token */
    bool used_socket, reopened;
    bool takes;        /* has a connection of the pool, or will take one that is idle */
    bool lacks_memory; /* ours, so nothing is to be said of the endpoint */
    int status;        /* of the answer's final status line, 0: none yet */
    int http_major, http_minor;
    size_t header_bytes;
    int opened;       /* sockets opened for this request */
    int64_t stamp_ns; /* kernel's stamp for the read under way, 0: none */
    size_t stamped;   /* so many bytes that are still to come were there when it was taken */
    int64_t start_ns, sent_ns, first_byte_ns;
    bool sent_waits;  /* the socket was full: sending took its time */
    int64_t ready_ns; /* connected, about to send */
    int64_t dns_ns, connect_ns, tls_ns;
    enum lbi_sent_method sent_method;
    int reopenings; /* how often `easy` met a dead connection */
    char error[CURL_ERROR_SIZE];
};

/* `user_index` names the simulated user whose own connection this is (connections = user). */
lb_err lbi_transfer_init(struct lbi_transfer *transfer, struct lbi_loop *loop,
                         const struct lbi_endpoint *endpoint, size_t user_index);
void lbi_transfer_free(struct lbi_transfer *transfer);
/* POST of `body` to the endpoint's chat; it and `extra_header`, which may be NULL, must stay until
 * the end. Nothing of the owner is called before the loop's next step. */
lb_err lbi_transfer_post(struct lbi_transfer *transfer, const char *body, size_t len,
                         const char *extra_header);
lb_err lbi_transfer_get(struct lbi_transfer *transfer, const char *url);
/* Drops a request under way and its connection; on_done is not called. Never from a callback of
 * the owner but from a timer. */
void lbi_transfer_abort(struct lbi_transfer *transfer);

/* After its end: the proxy would not connect it to the endpoint. */
bool lbi_transfer_refused_by_proxy(const struct lbi_transfer *transfer);

/* As recv(2), for the loop and both ways; keeps the kernel's stamp of what it gives. */
ssize_t lbi_transfer_read(struct lbi_transfer *transfer, int fd, char *bytes, size_t room,
                          int flags);
/* `len` bytes came from libcurl: if it read more than was peeked at, no stamp is theirs. */
void lbi_transfer_came(struct lbi_transfer *transfer, size_t len);
/* When the bytes under way arrived; *exact: by the kernel's stamp. */
int64_t lbi_transfer_arrival(struct lbi_transfer *transfer, bool *exact);

#endif
