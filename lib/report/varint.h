/* SPDX-License-Identifier: Apache-2.0 */
/*
 * varint.h - whole numbers of variable length: 7 bits a byte, low ones first, the upper bit says
 * that more follow. For bytes of our own making; a reader of foreign ones checks their end itself.
 */
#ifndef LBI_REPORT_VARINT_H
#define LBI_REPORT_VARINT_H

#include <stdint.h>

#include "litebench/litebench.h"

enum { LBI_VARINT_MAX = 10 }; /* bytes of the longest */

static inline unsigned char *lbi_varint_put(unsigned char *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    *at++ = (unsigned char)value;
    return at;
}

static inline uint64_t lbi_varint_get(const unsigned char **at)
{
    uint64_t value = 0;
    unsigned shift = 0;

    for (;; shift += 7) {
        unsigned char byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
}

/* For numbers that are hardly ever negative, which cost as much as the largest. */
static inline uint64_t lbi_plain_to_code(int64_t value)
{
    return value == LB_UNKNOWN ? 0 : (uint64_t)value + 1;
}

static inline int64_t lbi_plain_from_code(uint64_t code)
{
    return code == 0 ? LB_UNKNOWN : (int64_t)(code - 1);
}

/* Small in both directions; 0 is kept for "unknown". */
static inline uint64_t lbi_known_to_code(int64_t value)
{
    uint64_t zigzag = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);

    return value == LB_UNKNOWN ? 0 : zigzag + 1;
}

static inline int64_t lbi_code_to_known(uint64_t code)
{
    if (code == 0)
        return LB_UNKNOWN;
    code--;
    return (int64_t)(code >> 1) ^ -(int64_t)(code & 1);
}

#endif
