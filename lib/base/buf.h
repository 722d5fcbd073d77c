/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - a growing byte buffer. Failure sticks: append freely, look at `err` once at the end.
 * The bytes are always NUL-terminated once something was added.
 */
#ifndef LBI_BASE_BUF_H
#define LBI_BASE_BUF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct lbi_buf {
    char *data;
    size_t len, cap;
    size_t limit; /* most bytes it may hold; 0: no limit. Beyond it err is LB_E_RANGE */
    const struct lbi_mem *mem;
    lb_err err;
};

void lbi_buf_init(struct lbi_buf *buf, const struct lbi_mem *mem);
void lbi_buf_free(struct lbi_buf *buf);
/* The same for a scratch whose text went into `out`: if it was not whole, neither is that. */
void lbi_buf_free_into(struct lbi_buf *buf, struct lbi_buf *out);
/* Empties it and forgets a failure; keeps the memory. */
void lbi_buf_clear(struct lbi_buf *buf);
void lbi_buf_truncate(struct lbi_buf *buf, size_t len);
/* Room for `more` bytes without a further allocation. */
lb_err lbi_buf_reserve(struct lbi_buf *buf, size_t more);
void lbi_buf_add(struct lbi_buf *buf, const void *bytes, size_t len);
void lbi_buf_puts(struct lbi_buf *buf, const char *text);
/* The same bytes `times` over. */
void lbi_buf_repeat(struct lbi_buf *buf, const char *bytes, size_t len, size_t times);
void lbi_buf_putc(struct lbi_buf *buf, char c);
void lbi_buf_printf(struct lbi_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Decimal digits; zeros before them if they are fewer than `least_digits`, which is 20 at most. */
void lbi_buf_uint(struct lbi_buf *buf, uint64_t value, int least_digits);
/* `whole`, a point and `part`, which has `decimals` digits, 20 at most; no zeros at the end. */
void lbi_buf_decimal(struct lbi_buf *buf, uint64_t whole, uint64_t part, int decimals);
/* The text so far, never NULL. */
const char *lbi_buf_text(const struct lbi_buf *buf);

/* Text as the inside of a JSON string: quotes, backslash and control characters escaped; invalid
 * UTF-8 becomes U+FFFD. */
void lbi_buf_json_text(struct lbi_buf *buf, const char *text, size_t len);
/* The same with its quotes. */
void lbi_buf_json_string(struct lbi_buf *buf, const char *text);
/* A number of JSON, independent of the locale: at most `decimals` decimals, no trailing zeros;
 * NAN and infinities are null. */
void lbi_buf_json_number(struct lbi_buf *buf, double value, int decimals);

#endif
