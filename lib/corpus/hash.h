/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h - a 64-bit fingerprint (FNV-1a) of work: against mistakes, not against attackers. */
#ifndef LBI_CORPUS_HASH_H
#define LBI_CORPUS_HASH_H

#include <stddef.h>
#include <stdint.h>

struct lbi_hash {
    uint64_t state;
};

void lbi_hash_init(struct lbi_hash *hash);
/* Numbers and texts are told apart from their neighbours: "ab","c" is not "a","bc". */
void lbi_hash_number(struct lbi_hash *hash, uint64_t number);
void lbi_hash_text(struct lbi_hash *hash, const char *text, size_t len);
/* 16 hexadecimal digits. */
void lbi_hash_hex(const struct lbi_hash *hash, char out[17]);

#endif
