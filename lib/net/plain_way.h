/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plain_way.h - whether chats with an endpoint can go over bare sockets (plain.h), where to, and
 * the head of their requests. Made once, before anything is measured.
 */
#ifndef LBI_NET_PLAIN_WAY_H
#define LBI_NET_PLAIN_WAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "litebench/litebench.h"

struct addrinfo;
struct lbi_endpoint;

enum { LBI_PLAIN_ADDRESSES = 4 };

struct lbi_plain_address {
    struct sockaddr_storage at;
    socklen_t len;
};

struct lbi_plain_way {
    bool usable;
    struct lbi_plain_address to[LBI_PLAIN_ADDRESSES];
    size_t count;
    char *head; /* up to the number behind "Content-Length: "; the key is in it */
    size_t head_len;
};

/*
 * Looks at URL, headers and settings. Not usable: encryption, HTTP/2 or a proxy is between, or
 * something is asked for that libcurl has an opinion on. LB_E_NOMEM is the only error.
 */
lb_err lbi_plain_way_init(struct lbi_plain_way *way, const struct lbi_endpoint *endpoint);
/* The host's addresses, NULL: it is unknown. Nor is it usable then, or if there is one to choose.
 */
void lbi_plain_way_reach(struct lbi_plain_way *way, const struct addrinfo *list, uint16_t port);
void lbi_plain_way_free(struct lbi_plain_way *way, const struct lb_ctx *ctx);

#endif
