/* SPDX-License-Identifier: Apache-2.0 */
/* plain_internal.h - between the files of plain.h. */
#ifndef LBI_NET_PLAIN_INTERNAL_H
#define LBI_NET_PLAIN_INTERNAL_H

#include "net/transfer.h"

/* ---- the connection ---- */

/* Begins to connect to an address not tried yet, first to the one that was good the last time;
 * false: there is none, and errno says why the last one was not. */
bool lbi_plain_connect_next(struct lbi_transfer *transfer);
void lbi_plain_note_connected(struct lbi_transfer *transfer);
/* One that served another request; false: there is none. */
bool lbi_plain_take_kept(struct lbi_transfer *transfer);
/* After an answer: kept for the next request, if both sides are through with this one. */
void lbi_plain_leave_connection(struct lbi_transfer *transfer);
void lbi_plain_drop(struct lbi_transfer *transfer);

/* ---- request and answer ---- */

lb_err lbi_plain_set_request(struct lbi_plain *plain, const char *body, size_t len,
                             const char *extra_header);
size_t lbi_plain_request_len(const struct lbi_transfer *transfer);
/* As much of it as the socket takes; 0, or what went wrong. */
int lbi_plain_send(struct lbi_transfer *transfer);
void lbi_plain_expect_answer(struct lbi_plain *plain);
/*
 * Bytes came; they are changed. What they hold of the body goes to the owner; `over` is set when
 * the answer is whole. An error is the end of the transfer, whose text is set.
 */
CURLcode lbi_plain_take(struct lbi_transfer *transfer, char *bytes, size_t len, int64_t at_ns,
                        bool exact);

#endif
