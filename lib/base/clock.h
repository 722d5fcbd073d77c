/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the two clocks of a run: monotonic for durations, wall clock for dates only. */
#ifndef LBI_BASE_CLOCK_H
#define LBI_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define LBI_NS_PER_S  INT64_C(1000000000)
#define LBI_NS_PER_MS INT64_C(1000000)

/* CLOCK_MONOTONIC, nanoseconds. */
int64_t lbi_clock_ns(void);
/* CLOCK_REALTIME, nanoseconds. */
int64_t lbi_wall_ns(void);
/* CPU time of this process, user and system, nanoseconds. */
int64_t lbi_cpu_ns(void);
/* CLOCK_REALTIME minus CLOCK_MONOTONIC, taken between two readings of the latter. */
int64_t lbi_wall_offset_ns(void);
/* "2026-11-24T18:40:12Z" for now; out has room for 32. */
void lbi_clock_iso(char *out, size_t size);
/* The most memory that this process ever had. */
int64_t lbi_peak_rss_bytes(void);

#endif
