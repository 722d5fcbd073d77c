/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bunching.c - see bunching.h. A false alarm would make good measurements INVALID, so every limit
 * stands clear of what honest servers were seen to do. Pure; tested by table in
 * tests/unit/test_bunching.c.
 */
#include "engine/bunching.h"

#include <stdbool.h>

#include "base/clock.h"

enum {
    MIN_CHUNKS = 5,           /* fewer frames may well share a packet */
    MIN_WHOLE_MS = 20,        /* in less, being held back would change nothing either */
    HELD_TOKENS_PER_S = 4000, /* twice what the fastest servers give to one stream */
    HELD_CHUNKS_PER_READ = 4, /* an honest fast stream is read frame by frame, or two or three */
    LUMP_CHUNKS = 8,          /* speculative decoding yields up to 6 tokens a step */
    LUMP_PAUSE_MS = 100,      /* small packets wait 40 ms for an acknowledgement (Nagle) */
};

#define TOGETHER_NS LBI_NS_PER_MS /* frames with less between them came together */

/* Nearly all of the time was silence, and then the tokens came faster than any are made. */
static bool is_held(const struct lbi_arrivals *a)
{
    int64_t streaming = a->last_ns - a->first_ns;
    int64_t whole = a->last_ns - a->sent_ns;
    int64_t tokens = a->tokens > (int64_t)a->chunks ? a->tokens : (int64_t)a->chunks;
    bool few_reads = a->reads <= 2 || a->chunks >= HELD_CHUNKS_PER_READ * a->reads;

    if (!few_reads || streaming > whole / 10)
        return false;
    return (double)tokens * 1e9 >= (double)HELD_TOKENS_PER_S * (double)streaming;
}

static bool is_lumpy(const struct lbi_arrivals *a)
{
    size_t pauses = 0;

    for (size_t i = 0; i < a->gap_count; i++)
        pauses += a->gaps_ns[i] >= TOGETHER_NS;
    if (pauses == 0 || a->chunks < LUMP_CHUNKS * (pauses + 1))
        return false;
    return (a->last_ns - a->first_ns) / (int64_t)pauses >= LUMP_PAUSE_MS * LBI_NS_PER_MS;
}

enum lbi_bunching lbi_bunching_judge(const struct lbi_arrivals *arrivals)
{
    bool timed = arrivals->sent_ns != LB_UNKNOWN && arrivals->first_ns != LB_UNKNOWN &&
                 arrivals->last_ns != LB_UNKNOWN;

    if (!timed || arrivals->chunks < MIN_CHUNKS ||
        arrivals->last_ns - arrivals->sent_ns < MIN_WHOLE_MS * LBI_NS_PER_MS)
        return LBI_BUNCHING_UNKNOWN;
    if (is_held(arrivals))
        return LBI_BUNCHING_HELD;
    return is_lumpy(arrivals) ? LBI_BUNCHING_LUMPS : LBI_BUNCHING_NONE;
}
