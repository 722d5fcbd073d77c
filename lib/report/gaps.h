/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gaps.h - the pauses between frames with tokens of all requests: exact up to a budget, beyond it
 * counts in buckets that are at most 0.1 % wide.
 */
#ifndef LBI_REPORT_GAPS_H
#define LBI_REPORT_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

/* Pauses that are kept one by one: 16 MiB. */
#define LBI_GAPS_BUDGET ((size_t)4194304)

#define LBI_GAP_BUCKETS (64 * 1024)

struct lbi_gaps {
    const struct lbi_mem *mem;
    uint32_t *items; /* packed, see gaps.c */
    size_t cap, count;
    size_t budget;     /* tests make it small */
    uint64_t *buckets; /* NULL until the budget is spent */
    uint64_t bucketed;
};

void lbi_gaps_init(struct lbi_gaps *gaps, const struct lbi_mem *mem);
void lbi_gaps_free(struct lbi_gaps *gaps);
/* Keeps `count` pauses in a row; *first gets the place of the first, *kept is false when they
 * only went into buckets. */
lb_err lbi_gaps_add(struct lbi_gaps *gaps, size_t *first, bool *kept, const int64_t *ns,
                    size_t count);
int64_t lbi_gaps_ns(const struct lbi_gaps *gaps, size_t index);
/* From now on there are only buckets. */
lb_err lbi_gaps_close(struct lbi_gaps *gaps);
lb_err lbi_gaps_merge(struct lbi_gaps *into, const struct lbi_gaps *from);
/* Of those in buckets, ms; NAN past the last. */
double lbi_gaps_ms_at_rank(const struct lbi_gaps *gaps, uint64_t rank);
/* Middle of a bucket, nanoseconds. */
double lbi_gaps_bucket_ns(size_t bucket);

#endif
