/* SPDX-License-Identifier: Apache-2.0 */
/* hist.c - see hist.h. */
#include "base/hist.h"

#include <math.h>
#include <stdbool.h>

static unsigned bucket_of(uint64_t value)
{
    if (value < (1u << LBI_HIST_BITS))
        return (unsigned)value;
    unsigned top = 63u - (unsigned)__builtin_clzll(value);
    unsigned shift = top - LBI_HIST_BITS;
    unsigned bucket =
        ((shift + 1) << LBI_HIST_BITS) + (unsigned)((value >> shift) & ((1u << LBI_HIST_BITS) - 1));
    return bucket < LBI_HIST_BUCKETS ? bucket : LBI_HIST_BUCKETS - 1;
}

static int64_t upper_edge(unsigned bucket)
{
    if (bucket < (1u << LBI_HIST_BITS))
        return (int64_t)bucket;
    unsigned shift = (bucket >> LBI_HIST_BITS) - 1;
    int64_t low = (int64_t)((bucket & ((1u << LBI_HIST_BITS) - 1)) | (1u << LBI_HIST_BITS));
    return ((low + 1) << shift) - 1;
}

void lbi_hist_add(struct lbi_hist *hist, int64_t value_ns)
{
    if (value_ns < 0)
        value_ns = 0;
    hist->count++;
    if (value_ns > hist->max_ns)
        hist->max_ns = value_ns;
    hist->buckets[bucket_of((uint64_t)value_ns)]++;
}

void lbi_hist_merge(struct lbi_hist *into, const struct lbi_hist *from)
{
    into->count += from->count;
    if (from->max_ns > into->max_ns)
        into->max_ns = from->max_ns;
    for (unsigned i = 0; i < LBI_HIST_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
}

int64_t lbi_hist_percentile(const struct lbi_hist *hist, double p)
{
    uint64_t rank = (uint64_t)ceil(p * (double)hist->count);
    uint64_t seen = 0;

    for (unsigned i = 0; i < LBI_HIST_BUCKETS; i++) {
        seen += hist->buckets[i];
        if (seen == 0 || seen < rank)
            continue;
        bool open = i == LBI_HIST_BUCKETS - 1; /* all that is longer than nine minutes */
        return !open && upper_edge(i) < hist->max_ns ? upper_edge(i) : hist->max_ns;
    }
    return 0;
}
