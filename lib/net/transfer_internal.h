/* SPDX-License-Identifier: Apache-2.0 */
/* transfer_internal.h - between transfer.c and transfer_times.c. */
#ifndef LBI_NET_TRANSFER_INTERNAL_H
#define LBI_NET_TRANSFER_INTERNAL_H

#include "net/transfer.h"

/* The socket is watched for input alone, and no byte of the answer came yet. */
void lbi_transfer_note_sent(struct lbi_transfer *transfer);
/* At the end: what libcurl knows of names and connections, and `sent` where it was never noted. */
void lbi_transfer_take_phases(struct lbi_transfer *transfer);

#endif
