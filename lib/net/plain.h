/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain.h - a chat over HTTP/1.1 and a bare TCP socket, with no library between us and the kernel:
 * what is measured most has to cost least, and its clocks are taken at the system calls themselves.
 * Errors are told as libcurl's codes and in its words, for both ways have the same owner.
 */
#ifndef LBI_NET_PLAIN_H
#define LBI_NET_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/chunked.h"
#include "wire/head.h"
#include "wire/unpack.h"

struct lbi_endpoint;
struct lbi_loop;
struct lbi_transfer;

enum lbi_plain_state {
    LBI_PLAIN_OFF,        /* no request; there may be a connection */
    LBI_PLAIN_WAITS,      /* in the loop's list of those that start at its next step */
    LBI_PLAIN_CONNECTING, /* no byte was sent yet */
    LBI_PLAIN_HEAD,       /* connected: sending, or waiting for the answer */
    LBI_PLAIN_BODY
};

struct lbi_plain {
    enum lbi_plain_state state;
    int fd;                    /* -1: none */
    bool kept;                 /* it served another request before */
    bool heard;                /* bytes of this answer came */
    size_t first_address;      /* of the way: the one that was good the last time */
    size_t refusals;           /* addresses tried in vain for this connection */
    int64_t connect_from_ns;   /* to the first of the addresses */
    struct lbi_transfer *next; /* in the loop's list */
    struct lbi_buf tail;       /* of the request's head, behind what all requests have in common */
    const char *body, *extra_header;
    size_t body_len, sent; /* sent: of the whole request */
    bool over, excess;     /* the answer is whole; bytes came behind it */
    bool foreign;          /* the answer has a coding that only libcurl may know */
    struct lbi_buf line;   /* begin of a line of the head that a read has cut */
    struct lbi_head head;
    struct lbi_chunked chunked;
    uint64_t left; /* of a body with a length */
    struct lbi_unpack *unpack;
};

/* May the next chat go this way? */
bool lbi_plain_serves(const struct lbi_transfer *transfer);
void lbi_plain_init(struct lbi_transfer *transfer);
void lbi_plain_free(struct lbi_transfer *transfer);
/* See lbi_transfer_post. */
lb_err lbi_plain_post(struct lbi_transfer *transfer, const char *body, size_t len,
                      const char *extra_header);
void lbi_plain_abort(struct lbi_transfer *transfer);

/* For the loop. */
void lbi_plain_start_waiting(struct lbi_loop *loop);
void lbi_plain_ready(struct lbi_transfer *transfer, uint32_t events);

#endif
