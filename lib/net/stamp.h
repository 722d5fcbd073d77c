/* SPDX-License-Identifier: Apache-2.0 */
/* stamp.h - the kernel's own time of arrival of what waits in a socket. */
#ifndef LBI_NET_STAMP_H
#define LBI_NET_STAMP_H

#include <stdint.h>

/* Turns stamping on for a socket; the kernel needs some milliseconds before it obeys. */
void lbi_stamp_enable(int fd);
/*
 * Arrival (CLOCK_REALTIME, ns) of the last segment in the socket's queue, 0 when unknown. One
 * system call; reads nothing away.
 */
int64_t lbi_stamp_peek(int fd);
/* Makes the kernel stamp from now on: to be kept open while anything is measured; -1 if it can't.
 */
int lbi_stamp_warm(void);

#endif
