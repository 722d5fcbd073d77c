/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body.h - the bytes of an answer, on their way to the transfer's owner. Where libcurl would only
 * hand on what the socket has - chunked coding over cleartext HTTP/1.1 - the socket is read here,
 * between the head of an answer and its last chunk, which is libcurl's again: it keeps the
 * connection, and says what was wrong.
 */
#ifndef LBI_NET_BODY_H
#define LBI_NET_BODY_H

#include "net/transfer.h"

/* When a handle is made, and before each request. */
void lbi_body_begin(struct lbi_transfer *transfer);
/* Each line of the answer's head. */
void lbi_body_header(struct lbi_transfer *transfer, const char *line, size_t len);
/* libcurl's write callback; `user` is the transfer. */
size_t lbi_body_write(char *bytes, size_t size, size_t count, void *user);
/* Something came for a transfer that is `direct`. True: it is libcurl's turn now. */
bool lbi_body_read(struct lbi_transfer *transfer, uint32_t events);
/* Gives the socket back to libcurl, if it has not got it. */
void lbi_body_give_back(struct lbi_transfer *transfer);

#endif
