/* SPDX-License-Identifier: Apache-2.0 */
/*
 * id_code.h - ids of responses in few bytes, without loss. They are a word and then hexadecimal or
 * base-64 digits ("chatcmpl-8c5f..."): the word is kept once, a digit takes four or six bits.
 */
#ifndef LBI_REPORT_ID_CODE_H
#define LBI_REPORT_ID_CODE_H

#include <stddef.h>
#include <stdint.h>

enum {
    LBI_ID_LEN_MAX = 200,                 /* longer ones are not for this code */
    LBI_ID_CODE_MAX = LBI_ID_LEN_MAX + 2, /* bytes */
    LBI_ID_WORDS = 15,
    LBI_ID_WORD_MAX = 16,
};

/* Words that came in front of ids: the first few, for all after them. */
struct lbi_id_words {
    char words[LBI_ID_WORDS][LBI_ID_WORD_MAX];
    uint8_t len[LBI_ID_WORDS];
    uint8_t count;
};

/* Bytes written. Equal ids give equal bytes. */
size_t lbi_id_encode(struct lbi_id_words *words, unsigned char *out, const char *id, size_t len);
/* `id` has room for LBI_ID_LEN_MAX + 1 and becomes a string. */
void lbi_id_decode(const struct lbi_id_words *words, char *id, const unsigned char *bytes);
size_t lbi_id_code_len(const unsigned char *bytes);

#endif
