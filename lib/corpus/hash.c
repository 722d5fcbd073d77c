/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.c - FNV-1a over bytes in a fixed order, so that every machine gets the same digits, with a
 * final mix (SplitMix64's), since plain FNV hardly spreads the last bytes.
 */
#include "corpus/hash.h"

void lbi_hash_init(struct lbi_hash *hash)
{
    hash->state = UINT64_C(0xcbf29ce484222325);
}

static void add(struct lbi_hash *hash, unsigned char byte)
{
    hash->state = (hash->state ^ byte) * UINT64_C(0x100000001b3);
}

void lbi_hash_number(struct lbi_hash *hash, uint64_t number)
{
    for (int shift = 0; shift < 64; shift += 8)
        add(hash, (unsigned char)(number >> shift));
}

void lbi_hash_text(struct lbi_hash *hash, const char *text, size_t len)
{
    lbi_hash_number(hash, len);
    for (size_t i = 0; i < len; i++)
        add(hash, (unsigned char)text[i]);
}

void lbi_hash_hex(const struct lbi_hash *hash, char out[17])
{
    uint64_t z = hash->state;

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    for (int i = 15; i >= 0; i--) {
        out[i] = "0123456789abcdef"[z & 15];
        z >>= 4;
    }
    out[16] = '\0';
}
