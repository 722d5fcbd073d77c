/* SPDX-License-Identifier: Apache-2.0 */
/* transfer_internal.h - between transfer.c, transfer_times.c and the two ways. */
#ifndef LBI_NET_TRANSFER_INTERNAL_H
#define LBI_NET_TRANSFER_INTERNAL_H

#include "net/transfer.h"

/* A request begins now. */
void lbi_transfer_begin(struct lbi_transfer *transfer);
/* So much more of the head came; false: it is longer than it may be. */
bool lbi_transfer_count_header(struct lbi_transfer *transfer, size_t len);
/* The status line came at that time. */
void lbi_transfer_note_status(struct lbi_transfer *transfer, const struct lbi_head *head,
                              int64_t at_ns);
/* The last byte of the request went to the kernel just now, and none of the answer came yet. */
void lbi_transfer_note_sent(struct lbi_transfer *transfer);
/* At the end: `sent` where it was never noted. `fallback_ns`: what to take for it then. */
void lbi_transfer_settle_sent(struct lbi_transfer *transfer, int64_t fallback_ns);

#endif
