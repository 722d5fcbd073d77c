/* SPDX-License-Identifier: Apache-2.0 */
/* stamp.h - the kernel's own time of arrival of what waits in a socket. */
#ifndef LBI_NET_STAMP_H
#define LBI_NET_STAMP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Turns stamping on for a socket; the kernel needs some milliseconds before it obeys. */
void lbi_stamp_enable(int fd);
/*
 * recv(2) that does not wait, and the arrival (CLOCK_REALTIME, ns) of the last byte it gives, 0
 * when unknown. One system call.
 */
ssize_t lbi_stamp_read(int fd, char *bytes, size_t room, int flags, int64_t *stamp_ns);
/* Makes the kernel stamp from now on: to be kept open while anything is measured; -1 if it can't.
 */
int lbi_stamp_warm(void);

#endif
