/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rng.h - deterministic random streams. A stream is named by (seed, purpose, index), so a
 * conversation draws the same numbers whatever else runs beside it and on whatever machine.
 * Generator: xoshiro256** (Blackman and Vigna, 2018), seeded by SplitMix64.
 */
#ifndef LBI_BASE_RNG_H
#define LBI_BASE_RNG_H

#include <stdint.h>

struct lbi_rng {
    uint64_t s[4];
};

enum lbi_rng_purpose {
    LBI_RNG_PLAN = 1,
    LBI_RNG_THINK,
    LBI_RNG_WARMUP,
    LBI_RNG_CANNED,
    LBI_RNG_NONCE,
};

void lbi_rng_init(struct lbi_rng *rng, uint64_t seed, enum lbi_rng_purpose purpose, uint64_t index);
uint64_t lbi_rng_next(struct lbi_rng *rng);
/* Uniform in [0, n), n > 0, without bias. */
uint64_t lbi_rng_below(struct lbi_rng *rng, uint64_t n);
/* Uniform in [0, 1). */
double lbi_rng_unit(struct lbi_rng *rng);

#endif
