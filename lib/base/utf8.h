/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - what is valid UTF-8 (RFC 3629) and what may be shown to a person. */
#ifndef LBI_BASE_UTF8_H
#define LBI_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length (1..4) of the valid sequence at `text`, 0 when there is none within `len`. */
size_t lbi_utf8_valid(const char *text, size_t len);
bool lbi_utf8_all_valid(const char *text, size_t len);
/* Code point of the valid sequence of `len` bytes at `text`. */
uint32_t lbi_utf8_decode(const char *text, size_t len);
/* What a terminal would obey or a reader be fooled by: control characters, line separators, marks
 * that turn the direction of text, characters that cannot be seen. */
bool lbi_utf8_is_trap(uint32_t code);
/* Appends one code point (surrogates become U+FFFD); returns the bytes written, at most 4. */
size_t lbi_utf8_put(char *out, uint32_t code);
/* Largest cut point <= len that splits no sequence. */
size_t lbi_utf8_cut(const char *text, size_t len);

#endif
