/* SPDX-License-Identifier: Apache-2.0 */
/*
 * binned.c - see binned.h. Bin 0 holds what is 0 or less, the others a 128th of an octave each:
 * these give values. Wider ones with a count for each lot give design effects, which change slowly.
 * Sums are whole numbers, so mean, min and max are exact. Tested in tests/unit/test_binned.c.
 */
#include "stats/binned.h"

#include <math.h>
#include <string.h>

#include "stats/internal.h"
#include "stats/special.h"

#define BINS      ((size_t)LBI_BIN_OCTAVES * LBI_BIN_STEPS)
#define STEP_BITS 7

/* The finaliser of SplitMix64: neighbours in a plan must not share a lot by rule. */
uint32_t lbi_lot_of(uint64_t conversation)
{
    uint64_t z = conversation + UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % LBI_LOTS);
}

/* Octave 0 is that of the 0 alone; 1 begins at 1, 2 at 2, 3 at 4 ... */
static size_t bin_of(int64_t value)
{
    if (value < 1)
        return 0;
    unsigned top = 63u - (unsigned)__builtin_clzll((uint64_t)value);
    uint64_t step = top >= STEP_BITS ? (uint64_t)value >> (top - STEP_BITS)
                                     : (uint64_t)value << (STEP_BITS - top);
    return (size_t)(top + 1) * LBI_BIN_STEPS + (size_t)(step % LBI_BIN_STEPS);
}

static double lower_edge(size_t bin)
{
    if (bin < LBI_BIN_STEPS)
        return 0;
    double part = 1 + (double)(bin % LBI_BIN_STEPS) / LBI_BIN_STEPS;
    return ldexp(part, (int)(bin / LBI_BIN_STEPS) - 1);
}

void lbi_binned_free(struct lbi_binned *binned, const struct lbi_mem *mem)
{
    for (size_t i = 0; i < LBI_BIN_OCTAVES; i++)
        lbi_free(mem, binned->octaves[i]);
    memset(binned, 0, sizeof(*binned));
}

static struct lbi_octave *octave_at(struct lbi_binned *binned, const struct lbi_mem *mem,
                                    size_t octave)
{
    if (binned->octaves[octave] == NULL)
        binned->octaves[octave] = lbi_zalloc(mem, sizeof(**binned->octaves));
    return binned->octaves[octave];
}

static void widen(struct lbi_binned *binned, int64_t min, int64_t max)
{
    binned->min = binned->count == 0 || min < binned->min ? min : binned->min;
    binned->max = binned->count == 0 || max > binned->max ? max : binned->max;
}

lb_err lbi_binned_add(struct lbi_binned *binned, const struct lbi_mem *mem, uint32_t lot,
                      int64_t value)
{
    size_t bin = bin_of(value);
    struct lbi_octave *octave = octave_at(binned, mem, bin / LBI_BIN_STEPS);

    if (octave == NULL)
        return LB_E_NOMEM;
    octave->all[bin % LBI_BIN_STEPS]++;
    octave->lots[bin % LBI_BIN_STEPS / (LBI_BIN_STEPS / LBI_BIN_COARSE)][lot]++;
    widen(binned, value, value);
    binned->count++;
    binned->n[lot]++;
    binned->sum[lot] += value;
    binned->squares += (double)value * (double)value;
    return LB_OK;
}

static void add_octave(struct lbi_octave *into, const struct lbi_octave *from)
{
    for (size_t i = 0; i < LBI_BIN_STEPS; i++)
        into->all[i] += from->all[i];
    for (size_t i = 0; i < LBI_BIN_COARSE; i++) {
        for (size_t lot = 0; lot < LBI_LOTS; lot++)
            into->lots[i][lot] += from->lots[i][lot];
    }
}

lb_err lbi_binned_merge(struct lbi_binned *into, const struct lbi_mem *mem,
                        const struct lbi_binned *from)
{
    if (from->count == 0)
        return LB_OK;
    for (size_t o = 0; o < LBI_BIN_OCTAVES; o++) {
        if (from->octaves[o] != NULL && octave_at(into, mem, o) == NULL)
            return LB_E_NOMEM;
    }
    for (size_t o = 0; o < LBI_BIN_OCTAVES; o++) {
        if (from->octaves[o] != NULL)
            add_octave(into->octaves[o], from->octaves[o]);
    }
    widen(into, from->min, from->max);
    into->count += from->count;
    for (size_t lot = 0; lot < LBI_LOTS; lot++) {
        into->n[lot] += from->n[lot];
        into->sum[lot] += from->sum[lot];
    }
    into->squares += from->squares;
    return LB_OK;
}

/* Where in the bin: its lower edge, its middle, its upper edge. */
enum place { LOW, MIDDLE, HIGH };

static double value_in(size_t bin, enum place place)
{
    double low = lower_edge(bin);
    double high = bin < LBI_BIN_STEPS ? 0 : lower_edge(bin + 1);

    return place == LOW ? low : (place == HIGH ? high : (low + high) / 2);
}

/* NAN outside of the observations and on a missed one. */
static double at_rank(const struct lbi_binned *binned, size_t rank, enum place place)
{
    uint64_t seen = 0;

    if (rank < 1 || rank > binned->count)
        return LBI_NAN;
    if (rank == 1 || rank == binned->count)
        return (double)(rank == 1 ? binned->min : binned->max);
    for (size_t bin = 0; bin < BINS; bin++) {
        const struct lbi_octave *octave = binned->octaves[bin / LBI_BIN_STEPS];
        seen += octave != NULL ? octave->all[bin % LBI_BIN_STEPS] : 0;
        if (seen >= rank)
            return fmin(fmax(value_in(bin, place), (double)binned->min), (double)binned->max);
    }
    return LBI_NAN;
}

/* A walk over the wider bins from below, as that of percentile.c over single observations. */
struct walk {
    struct lbi_split split;
    uint64_t below[LBI_LOTS], total[LBI_LOTS];
    uint64_t rank, first, last; /* the rank asked for, and those around it */
    double before, here, sum;   /* design effects: below this bin, at the rank, around it */
};

static void step(struct walk *walk, size_t lot, uint64_t count)
{
    uint64_t below = walk->below[lot];

    walk->below[lot] = below + count;
    walk->split.hits += count;
    walk->split.hit_hit += (below + count) * (below + count) - below * below;
    walk->split.hit_total += count * walk->total[lot];
}

/* All that one bin holds is one threshold. */
static void close_bin(struct walk *walk, uint64_t from)
{
    uint64_t to = walk->split.hits;

    if (to == from)
        return;
    double at = lbi_split_deff(&walk->split);
    double worst = to - from > 1 ? fmax(walk->before, at) : at;
    uint64_t begin = from + 1 > walk->first ? from + 1 : walk->first;
    uint64_t end = to < walk->last ? to : walk->last;
    if (begin <= end)
        walk->sum += worst * (double)(end - begin + 1);
    if (from < walk->rank && walk->rank <= to)
        walk->here = worst;
    walk->before = at;
}

static void take_walk(struct walk *walk, const struct lbi_binned *binned, const uint64_t *missed)
{
    for (size_t lot = 0; lot < LBI_LOTS; lot++) {
        walk->total[lot] = binned->n[lot] + (missed != NULL ? missed[lot] : 0);
        lbi_split_add(&walk->split, 0, (uint32_t)walk->total[lot]);
    }
    for (size_t i = 0; i < (size_t)LBI_BIN_OCTAVES * LBI_BIN_COARSE; i++) {
        const struct lbi_octave *octave = binned->octaves[i / LBI_BIN_COARSE];
        uint64_t from = walk->split.hits;
        for (size_t lot = 0; octave != NULL && lot < LBI_LOTS; lot++)
            step(walk, lot, octave->lots[i % LBI_BIN_COARSE][lot]);
        close_bin(walk, from);
    }
    uint64_t from = walk->split.hits;
    for (size_t lot = 0; missed != NULL && lot < LBI_LOTS; lot++)
        step(walk, lot, missed[lot]);
    close_bin(walk, from);
}

void lbi_binned_percentile(const struct lbi_binned *binned, const uint64_t *missed, lb_stat *out,
                           uint32_t p_100k, enum lbi_bounds bounds)
{
    struct walk walk = {.before = 1, .here = 1};
    uint64_t n = binned->count;

    for (size_t lot = 0; missed != NULL && lot < LBI_LOTS; lot++)
        n += missed[lot];
    lbi_stat_unknown(out, n);
    if (n == 0)
        return;
    walk.rank = (p_100k * n + 99999) / 100000;
    out->value = at_rank(binned, walk.rank, MIDDLE);
    lbi_deff_ranks(&walk.first, &walk.last, p_100k, n);
    take_walk(&walk, binned, missed);
    if (walk.split.clusters < 2)
        return;

    bool around = walk.first <= walk.last;
    double mean = around ? walk.sum / (double)(walk.last - walk.first + 1) : walk.here;
    out->n_eff = (double)n / fmax(1, fmax(walk.here, mean));
    struct lbi_binomial b = {(double)p_100k / 100000,
                             out->n_eff * lbi_bounds_shrink(bounds, walk.split.clusters)};
    double level = lbi_bounds_level(bounds);
    size_t low = lbi_low_rank(&b, n, level);
    out->low = at_rank(binned, low < walk.rank ? low : walk.rank, LOW);
    out->high = at_rank(binned, lbi_high_rank(&b, n, level), HIGH);
}

static double variance_of(const struct lbi_binned *binned)
{
    double n = (double)binned->count, sum = 0;

    if (binned->count < 2)
        return 0;
    for (size_t lot = 0; lot < LBI_LOTS; lot++)
        sum += (double)binned->sum[lot];
    return fmax(0, binned->squares - sum * sum / n) / (n - 1);
}

void lbi_binned_mean(const struct lbi_binned *binned, lb_stat *out, enum lbi_bounds bounds)
{
    double sums[LBI_LOTS];

    for (size_t lot = 0; lot < LBI_LOTS; lot++)
        sums[lot] = (double)binned->sum[lot];
    lbi_stat_mean_sums(out, sums, binned->n, LBI_LOTS, variance_of(binned), bounds);
}

double lbi_binned_stddev(const struct lbi_binned *binned)
{
    return binned->count < 2 ? LBI_NAN : sqrt(variance_of(binned));
}
