/* SPDX-License-Identifier: Apache-2.0 */
/* rng.c - see rng.h. No rand(), no time: the same draws everywhere. */
#include "base/rng.h"

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void lbi_rng_init(struct lbi_rng *rng, uint64_t seed, enum lbi_rng_purpose purpose, uint64_t index)
{
    /* Hash each part in turn: neighbouring seeds and indices give unrelated streams. */
    uint64_t state = seed;
    state = splitmix(&state) ^ (uint64_t)purpose;
    state = splitmix(&state) ^ index;
    for (int i = 0; i < 4; i++)
        rng->s[i] = splitmix(&state);
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t lbi_rng_next(struct lbi_rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t lbi_rng_below(struct lbi_rng *rng, uint64_t n)
{
    uint64_t floor = (0 - n) % n; /* 2^64 mod n: draws below it would favour small results */
    uint64_t draw;

    do {
        draw = lbi_rng_next(rng);
    } while (draw < floor);
    return draw % n;
}

double lbi_rng_unit(struct lbi_rng *rng)
{
    return (double)(lbi_rng_next(rng) >> 11) * 0x1.0p-53;
}
