/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_way.h - whether chats with an endpoint can go over bare sockets (plain.h), where to, and
 * the head of their requests. Made once, before anything is measured.
 */
#ifndef LBI_NET_PLAIN_WAY_H
#define LBI_NET_PLAIN_WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "litebench/litebench.h"

struct lbi_endpoint;

enum { LBI_PLAIN_ADDRESSES = 4 };

struct lbi_plain_address {
    struct sockaddr_storage at;
    socklen_t len;
};

struct lbi_plain_way {
    bool usable;
    bool named; /* the host is a name, so another address may be its next */
    struct lbi_plain_address to[LBI_PLAIN_ADDRESSES];
    size_t count;
    char *head; /* up to the number behind "Content-Length: "; the key is in it */
    size_t head_len;
};

/*
 * Looks at URL, headers and settings, and the host up. Not usable: encryption, HTTP/2 or a proxy is
 * between, the host is unknown or has addresses to choose from, or something is asked for that
 * libcurl has an opinion on. LB_E_NOMEM is the only error.
 */
lb_err lbi_plain_way_init(struct lbi_plain_way *way, const struct lbi_endpoint *endpoint);
void lbi_plain_way_free(struct lbi_plain_way *way, const struct lb_ctx *ctx);

#endif
