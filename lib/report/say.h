/* SPDX-License-Identifier: Apache-2.0 */
/* say.h - numbers and foreign text as people may read them, independent of the locale. */
#ifndef LBI_REPORT_SAY_H
#define LBI_REPORT_SAY_H

#include "base/buf.h"

/* As C's "%.*f" with a point, whatever the locale says. "-" when unknown, never "-0". */
void lbi_say_fixed(struct lbi_buf *out, double value, int decimals);
/* "1.9 s", "92 ms", "4.2 ms"; "-" when unknown. */
void lbi_say_ms(struct lbi_buf *out, double ms);
/* "1.2 %", "0 %", "99.95 %"; "-" when unknown. */
void lbi_say_share(struct lbi_buf *out, double share);
/* Plain number with at most `decimals` decimals. */
void lbi_say_number(struct lbi_buf *out, double value, int decimals);
/* Text of servers is data: control characters, escapes and direction marks become visible, what
 * is not UTF-8 becomes U+FFFD; at most `max` columns, then "...". */
void lbi_say_safe(struct lbi_buf *out, const char *text, size_t max);
/* One word of a shell command, quoted where needed. */
void lbi_say_shell(struct lbi_buf *out, const char *word);
/* "conversations", or "conversation" of one. */
const char *lbi_conversations(int64_t count);
/* Columns that UTF-8 text takes on a terminal, wide characters apart. */
size_t lbi_say_columns(const char *text, size_t len);

#endif
