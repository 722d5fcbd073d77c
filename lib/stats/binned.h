/* SPDX-License-Identifier: Apache-2.0 */
/*
 * binned.h - durations counted in bins instead of kept: memory does not grow with their number.
 * Conversations are drawn into 32 lots; unions of clusters are clusters, so intervals hold as those
 * of single observations do, with 31 degrees of freedom (docs/statistics.md, "Very long runs").
 */
#ifndef LBI_STATS_BINNED_H
#define LBI_STATS_BINNED_H

#include "stats/stat.h"

enum {
    LBI_LOTS = 32,
    LBI_BIN_STEPS = 128, /* bins in an octave: a value is off by less than 0.4 % */
    LBI_BIN_COARSE = 16, /* wider bins, whose counts are kept by lot: for design effects */
    LBI_BIN_OCTAVES = 64,
};

struct lbi_octave {
    uint32_t all[LBI_BIN_STEPS];
    uint32_t lots[LBI_BIN_COARSE][LBI_LOTS];
};

/* Zeroed: empty. */
struct lbi_binned {
    struct lbi_octave *octaves[LBI_BIN_OCTAVES]; /* NULL: nothing there */
    uint64_t n[LBI_LOTS], count;
    int64_t sum[LBI_LOTS], min, max;
    double squares;
};

/* The lot of a conversation, the same everywhere. */
uint32_t lbi_lot_of(uint64_t conversation);

void lbi_binned_free(struct lbi_binned *binned, const struct lbi_mem *mem);
lb_err lbi_binned_add(struct lbi_binned *binned, const struct lbi_mem *mem, uint32_t lot,
                      int64_t value);
lb_err lbi_binned_merge(struct lbi_binned *into, const struct lbi_mem *mem,
                        const struct lbi_binned *from);
/* As lbi_stat_percentile. `missed`: failed observations of each lot, or NULL. A bound is the outer
 * edge of its bin. */
void lbi_binned_percentile(const struct lbi_binned *binned, const uint64_t *missed, lb_stat *out,
                           uint32_t p_100k, enum lbi_bounds bounds);
void lbi_binned_mean(const struct lbi_binned *binned, lb_stat *out, enum lbi_bounds bounds);
double lbi_binned_stddev(const struct lbi_binned *binned);

#endif
