/* SPDX-License-Identifier: Apache-2.0 */
/*
 * say.c - spelling of numbers and safe showing of foreign text, for all formats that people read.
 * Must not know what is said. Tested in tests/unit/test_formats.c.
 */
#include "report/say.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

void lbi_say_fixed(struct lbi_buf *out, double value, int decimals)
{
    char text[400];
    bool point = false;

    if (!isfinite(value)) {
        lbi_buf_putc(out, '-');
        return;
    }
    int len = snprintf(text, sizeof(text), "%.*f", decimals, fabs(value));
    bool zero = strspn(text, "0.,") == (size_t)len;
    if (value < 0 && !zero)
        lbi_buf_putc(out, '-');
    /* printf writes the locale's point, which may be several bytes. */
    for (const char *p = text; *p != '\0'; p++) {
        if (*p >= '0' && *p <= '9')
            lbi_buf_putc(out, *p);
        else if (!point)
            lbi_buf_putc(out, '.');
        point = point || *p < '0' || *p > '9';
    }
}

void lbi_say_number(struct lbi_buf *out, double value, int decimals)
{
    if (!isfinite(value))
        lbi_buf_putc(out, '-');
    else
        lbi_buf_json_number(out, value, decimals);
}

void lbi_say_ms(struct lbi_buf *out, double ms)
{
    double size = fabs(ms);

    if (!isfinite(ms))
        lbi_buf_putc(out, '-');
    else if (size < 999.5) {
        lbi_say_number(out, ms, size < 9.95 ? (size < 0.0995 ? 3 : 1) : 0);
        lbi_buf_puts(out, " ms");
    } else {
        lbi_say_number(out, ms / 1000, size < 99950 ? (size < 9995 ? 2 : 1) : 0);
        lbi_buf_puts(out, " s");
    }
}

void lbi_say_share(struct lbi_buf *out, double share)
{
    double percent = share * 100;
    bool near_end = (percent > 0 && percent < 1) || (percent > 99 && percent < 100);

    lbi_say_number(out, percent, near_end ? 2 : 1);
    if (isfinite(share))
        lbi_buf_puts(out, " %");
}

/* Appends one character; *columns grows by what it takes. Returns the bytes eaten. */
static size_t say_one(struct lbi_buf *out, const char *text, size_t len, size_t *columns)
{
    unsigned char c = (unsigned char)*text;
    size_t n = lbi_utf8_valid(text, len);
    size_t before = out->len;

    if (n == 0)
        lbi_buf_puts(out, "\xef\xbf\xbd");
    else if (c < 0x20 || c == 0x7f)
        lbi_buf_printf(out, "\\x%02x", (unsigned)c);
    else if (n > 1 && lbi_utf8_is_trap(lbi_utf8_decode(text, n)))
        lbi_buf_printf(out, "\\u%04x", (unsigned)lbi_utf8_decode(text, n));
    else
        lbi_buf_add(out, text, n);
    *columns += lbi_say_columns(lbi_buf_text(out) + before, out->len - before);
    return n == 0 ? 1 : n;
}

void lbi_say_safe(struct lbi_buf *out, const char *text, size_t max)
{
    size_t len = strlen(text), columns = 0, cut = out->len;

    while (len > 0) {
        if (columns + 3 <= max)
            cut = out->len;
        size_t n = say_one(out, text, len, &columns);
        text += n;
        len -= n;
        if (columns > max) {
            lbi_buf_truncate(out, cut);
            lbi_buf_puts(out, "...");
            return;
        }
    }
}

void lbi_say_shell(struct lbi_buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:@%+,=";

    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        lbi_buf_puts(out, word);
        return;
    }
    lbi_buf_putc(out, '\'');
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            lbi_buf_puts(out, "'\\'");
        lbi_buf_putc(out, *word);
    }
    lbi_buf_putc(out, '\'');
}

size_t lbi_say_columns(const char *text, size_t len)
{
    size_t columns = 0;

    for (size_t i = 0; i < len; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

const char *lbi_conversations(int64_t count)
{
    return count == 1 ? "conversation" : "conversations";
}
