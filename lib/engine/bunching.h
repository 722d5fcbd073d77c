/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bunching.h - was an answer held back on its way? Tokens are made one after another; when they
 * arrive together, something between model and client kept them, and clocks of tokens say nothing.
 */
#ifndef LBI_ENGINE_BUNCHING_H
#define LBI_ENGINE_BUNCHING_H

#include <stddef.h>
#include <stdint.h>

#include "litebench/litebench.h"

/* How the tokens of one answer came in. */
struct lbi_arrivals {
    uint32_t chunks; /* frames with a token */
    uint32_t reads;  /* reads that held such frames */
    int64_t tokens;  /* the server's count; LB_UNKNOWN */
    int64_t sent_ns, first_ns, last_ns;
    const int64_t *gaps_ns; /* between frames with tokens */
    size_t gap_count;
};

enum lbi_bunching {
    LBI_BUNCHING_UNKNOWN, /* too few frames or too short a time to tell */
    LBI_BUNCHING_NONE,
    LBI_BUNCHING_HELD,  /* all at once, at the end */
    LBI_BUNCHING_LUMPS, /* many at once, again and again */
};

enum lbi_bunching lbi_bunching_judge(const struct lbi_arrivals *arrivals);

#endif
