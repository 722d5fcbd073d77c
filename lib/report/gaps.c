/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gaps.c - one pool for the pauses of all requests. A pause takes four bytes: nanoseconds up to
 * 2.1 s, above that units of 1.024 us (the upper bit says which; the error is below 5e-7). Once
 * the budget is spent, everything also goes into logarithmic buckets, and statistics come from
 * these. Tested in tests/unit/test_dataset.c.
 */
#include "report/gaps.h"

#include <math.h>

#define COARSE       0x80000000u
#define COARSE_SHIFT 10

void lbi_gaps_init(struct lbi_gaps *gaps, const struct lbi_mem *mem)
{
    *gaps = (struct lbi_gaps){.mem = mem, .budget = LBI_GAPS_BUDGET};
}

void lbi_gaps_free(struct lbi_gaps *gaps)
{
    lbi_free(gaps->mem, gaps->items);
    lbi_free(gaps->mem, gaps->buckets);
    lbi_gaps_init(gaps, gaps->mem);
}

static uint32_t pack(int64_t ns)
{
    if (ns < 0)
        return 0;
    if (ns < (int64_t)COARSE)
        return (uint32_t)ns;
    int64_t coarse = ns >> COARSE_SHIFT;
    if (coarse >= (int64_t)COARSE)
        coarse = (int64_t)COARSE - 1;
    return COARSE | (uint32_t)coarse;
}

int64_t lbi_gaps_ns(const struct lbi_gaps *gaps, size_t index)
{
    uint32_t item = gaps->items[index];

    return (item & COARSE) != 0 ? (int64_t)(item & ~COARSE) << COARSE_SHIFT : (int64_t)item;
}

/* 1024 buckets in each doubling. */
static size_t bucket_of(int64_t ns)
{
    int exponent;
    double part = frexp((double)(ns < 1 ? 1 : ns), &exponent); /* 0.5 <= part < 1 */
    size_t bucket = (size_t)(exponent - 1) * 1024 + (size_t)((part - 0.5) * 2048.0);

    return bucket < LBI_GAP_BUCKETS ? bucket : LBI_GAP_BUCKETS - 1;
}

double lbi_gaps_bucket_ns(size_t bucket)
{
    double part = 1.0 + ((double)(bucket % 1024) + 0.5) / 1024.0;

    return ldexp(part, (int)(bucket / 1024));
}

static void count_one(struct lbi_gaps *gaps, int64_t ns)
{
    gaps->buckets[bucket_of(ns)]++;
    gaps->bucketed++;
}

static lb_err start_buckets(struct lbi_gaps *gaps)
{
    if (gaps->buckets != NULL)
        return LB_OK;
    gaps->buckets = lbi_zalloc(gaps->mem, LBI_GAP_BUCKETS * sizeof(*gaps->buckets));
    if (gaps->buckets == NULL)
        return LB_E_NOMEM;
    for (size_t i = 0; i < gaps->count; i++)
        count_one(gaps, lbi_gaps_ns(gaps, i));
    return LB_OK;
}

static lb_err reserve(struct lbi_gaps *gaps, size_t count)
{
    size_t cap = gaps->cap == 0 ? 256 : gaps->cap;

    while (cap < gaps->count + count)
        cap += cap / 2;
    if (cap > gaps->budget) /* which holds them: the caller has looked */
        cap = gaps->budget;
    if (cap == gaps->cap)
        return LB_OK;
    uint32_t *items = lbi_realloc(gaps->mem, gaps->items, cap * sizeof(*items));
    if (items == NULL)
        return LB_E_NOMEM;
    gaps->items = items;
    gaps->cap = cap;
    return LB_OK;
}

lb_err lbi_gaps_add(struct lbi_gaps *gaps, size_t *first, bool *kept, const int64_t *ns,
                    size_t count)
{
    bool fits = count <= gaps->budget - gaps->count && gaps->buckets == NULL;
    lb_err err = fits ? reserve(gaps, count) : start_buckets(gaps);

    if (err != LB_OK)
        return err;
    *first = gaps->count;
    *kept = fits;
    for (size_t i = 0; i < count; i++) {
        if (fits)
            gaps->items[gaps->count++] = pack(ns[i]);
        else
            count_one(gaps, ns[i]);
    }
    return LB_OK;
}

lb_err lbi_gaps_close(struct lbi_gaps *gaps)
{
    lb_err err = start_buckets(gaps);

    if (err != LB_OK)
        return err;
    lbi_free(gaps->mem, gaps->items);
    gaps->items = NULL;
    gaps->cap = gaps->count = gaps->budget = 0;
    return LB_OK;
}

lb_err lbi_gaps_merge(struct lbi_gaps *into, const struct lbi_gaps *from)
{
    lb_err err = start_buckets(into);

    for (size_t b = 0; err == LB_OK && from->buckets != NULL && b < LBI_GAP_BUCKETS; b++)
        into->buckets[b] += from->buckets[b];
    if (err == LB_OK)
        into->bucketed += from->bucketed;
    return err;
}

double lbi_gaps_ms_at_rank(const struct lbi_gaps *gaps, uint64_t rank)
{
    uint64_t seen = 0;

    for (size_t b = 0; b < LBI_GAP_BUCKETS; b++) {
        seen += gaps->buckets[b];
        if (seen >= rank)
            return lbi_gaps_bucket_ns(b) / 1e6;
    }
    return (double)NAN;
}
