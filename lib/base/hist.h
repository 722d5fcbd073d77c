/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hist.h - a small histogram of durations for the meter's own behaviour: logarithmic buckets with
 * 32 steps an octave, so a percentile is right within 3 %. One writer, no allocation.
 */
#ifndef LBI_BASE_HIST_H
#define LBI_BASE_HIST_H

#include <stdint.h>

enum { LBI_HIST_BITS = 5, LBI_HIST_BUCKETS = (40 - LBI_HIST_BITS) << LBI_HIST_BITS };

struct lbi_hist {
    uint64_t count;
    int64_t max_ns;
    uint32_t buckets[LBI_HIST_BUCKETS];
};

/* Negative values count as 0. */
void lbi_hist_add(struct lbi_hist *hist, int64_t value_ns);
void lbi_hist_merge(struct lbi_hist *into, const struct lbi_hist *from);
/* Upper edge of the bucket at rank ceil(p * count); 0 when empty. `p` in 0..1. */
int64_t lbi_hist_percentile(const struct lbi_hist *hist, double p);

#endif
