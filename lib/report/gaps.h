/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gaps.h - the pauses between frames with tokens of all requests, one by one up to a budget. Who
 * wants more counts them in bins.
 */
#ifndef LBI_REPORT_GAPS_H
#define LBI_REPORT_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

/* Pauses that are kept one by one: 4 MiB. */
#define LBI_GAPS_BUDGET ((size_t)1048576)

struct lbi_gaps {
    const struct lbi_mem *mem;
    uint32_t *items; /* packed, see gaps.c */
    size_t cap, count;
    size_t budget; /* tests make it small */
    bool spent;    /* from the first that did not fit on, none is kept */
};

void lbi_gaps_init(struct lbi_gaps *gaps, const struct lbi_mem *mem);
void lbi_gaps_free(struct lbi_gaps *gaps);
/* Keeps `count` pauses in a row; *first gets the place of the first, *kept is false when there was
 * no room. */
lb_err lbi_gaps_add(struct lbi_gaps *gaps, size_t *first, bool *kept, const int64_t *ns,
                    size_t count);
int64_t lbi_gaps_ns(const struct lbi_gaps *gaps, size_t index);
/* Forgets them, and keeps none from now on. */
void lbi_gaps_close(struct lbi_gaps *gaps);

#endif
