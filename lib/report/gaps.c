/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gaps.c - one pool for the pauses of all requests. A pause takes four bytes: nanoseconds up to
 * 2.1 s, above that units of 1.024 us (the upper bit says which; the error is below 5e-7). Tested
 * in tests/unit/test_dataset.c.
 */
#include "report/gaps.h"

#define COARSE       0x80000000u
#define COARSE_SHIFT 10

void lbi_gaps_init(struct lbi_gaps *gaps, const struct lbi_mem *mem)
{
    *gaps = (struct lbi_gaps){.mem = mem, .budget = LBI_GAPS_BUDGET};
}

void lbi_gaps_free(struct lbi_gaps *gaps)
{
    lbi_free(gaps->mem, gaps->items);
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
    bool fits = !gaps->spent && count <= gaps->budget - gaps->count;
    lb_err err = fits ? reserve(gaps, count) : LB_OK;

    if (err != LB_OK)
        return err;
    gaps->spent = !fits;
    *first = gaps->count;
    *kept = fits;
    for (size_t i = 0; fits && i < count; i++)
        gaps->items[gaps->count++] = pack(ns[i]);
    return LB_OK;
}

void lbi_gaps_close(struct lbi_gaps *gaps)
{
    lbi_gaps_free(gaps);
    gaps->spent = true;
}
