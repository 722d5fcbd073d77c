/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer.h - one HTTP request after another on one libcurl easy handle, with the clocks taken
 * where they are exact. It knows nothing of chat: bytes go to its owner as they come.
 */
#ifndef LBI_NET_TRANSFER_H
#define LBI_NET_TRANSFER_H

#include "config/settings.h"
#include "net/endpoint.h"
#include "net/loop.h"
#include "wire/chunked.h"

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

/* How the body of an answer is coded, as its head says. */
enum { LBI_CODING_NONE = 0, LBI_CODING_CHUNKED = 1, LBI_CODING_OTHER = 2 };

/* Over cleartext libcurl reads so much at once, and so much is looked at before it does. Four times
 * as much would save a tenth of an answer that comes at once, and cost each stream 3 kB. */
enum { LBI_TRANSFER_READ = 4096 };

struct lbi_transfer {
    CURL *easy;
    struct lbi_loop *loop;
    struct lbi_pool *pool;
    const struct lbi_endpoint *endpoint;
    struct lbi_transfer_owner owner;
    struct curl_slist *headers;    /* of this transfer alone; NULL: the endpoint's */
    struct curl_slist *connect_to; /* connections = user */
    struct curl_slist *resolve;
    bool active;
    bool want_stamp; /* the owner waits for the first token */
    bool used_socket, reopened;
    bool takes;         /* has a connection of the loop, or will take one that is idle */
    bool leaves_coding; /* `easy` is told to hand chunked coding on as it is */
    bool reads_only;    /* the request is sent: the socket is watched for input alone */
    bool direct;        /* body.c reads the socket, libcurl is paused */
    bool left_socket;   /* libcurl, paused, does not wait for the socket any more ... */
    bool told_socket;   /* ... and does again: it has spoken of it since this was cleared */
    int coding;         /* of LBI_CODING_*, together */
    int fd;             /* the connection, once `reads_only` */
    struct lbi_chunked chunked;
    int status; /* of the answer's final status line, 0: none yet */
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
/* POST of `body`, which must stay until the end. `extra_header` may be NULL. */
lb_err lbi_transfer_post(struct lbi_transfer *transfer, const char *url, const char *body,
                         size_t len, const char *extra_header);
lb_err lbi_transfer_get(struct lbi_transfer *transfer, const char *url);
/* Drops a request under way and its connection; on_done is not called. Never from a callback of
 * the owner but from a timer. */
void lbi_transfer_abort(struct lbi_transfer *transfer);

/* After its end: the proxy would not connect it to the endpoint. */
bool lbi_transfer_refused_by_proxy(const struct lbi_transfer *transfer);

/* For the loop. */
void lbi_transfer_on_socket(struct lbi_transfer *transfer, curl_socket_t fd, int what);
/*
 * Looks at what waits in the socket, without reading it away, and keeps the kernel's stamp of it,
 * if that is wanted. As recv(2): how many bytes came, at most `room`.
 */
ssize_t lbi_transfer_peek(struct lbi_transfer *transfer, int fd, char *bytes, size_t room);
/* `len` bytes came from libcurl: if it read more than was peeked at, no stamp is theirs. */
void lbi_transfer_came(struct lbi_transfer *transfer, size_t len);
/* When the bytes under way arrived; *exact: by the kernel's stamp. */
int64_t lbi_transfer_arrival(struct lbi_transfer *transfer, bool *exact);
void lbi_transfer_finish(struct lbi_transfer *transfer, CURLcode code);

#endif
