/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.c - growing byte buffer with a sticky error, and the JSON texts made in it. Must not know
 * what the bytes mean beyond JSON's own escapes. Tested in tests/unit/test_buf.c.
 */
#include "base/buf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

void lbi_buf_init(struct lbi_buf *buf, const struct lbi_mem *mem)
{
    *buf = (struct lbi_buf){.mem = mem};
}

void lbi_buf_free(struct lbi_buf *buf)
{
    if (buf->data != NULL)
        lbi_free(buf->mem, buf->data);
    buf->data = NULL;
    buf->len = buf->cap = 0;
}

void lbi_buf_clear(struct lbi_buf *buf)
{
    buf->err = LB_OK;
    lbi_buf_truncate(buf, 0);
}

void lbi_buf_truncate(struct lbi_buf *buf, size_t len)
{
    if (len > buf->len)
        return;
    buf->len = len;
    if (buf->data != NULL)
        buf->data[len] = '\0';
}

lb_err lbi_buf_reserve(struct lbi_buf *buf, size_t more)
{
    if (buf->err != LB_OK)
        return buf->err;
    if (more > SIZE_MAX / 4 || (buf->limit > 0 && more > buf->limit - buf->len))
        return buf->err = LB_E_RANGE;
    if (more < buf->cap - buf->len)
        return LB_OK;

    size_t cap = buf->cap < 64 ? 64 : buf->cap;
    while (cap - buf->len <= more)
        cap += cap / 2;
    char *data = lbi_realloc(buf->mem, buf->data, cap);
    if (data == NULL)
        return buf->err = LB_E_NOMEM;
    buf->data = data;
    buf->cap = cap;
    return LB_OK;
}

void lbi_buf_add(struct lbi_buf *buf, const void *bytes, size_t len)
{
    if (lbi_buf_reserve(buf, len) != LB_OK)
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void lbi_buf_puts(struct lbi_buf *buf, const char *text)
{
    lbi_buf_add(buf, text, strlen(text));
}

void lbi_buf_putc(struct lbi_buf *buf, char c)
{
    lbi_buf_add(buf, &c, 1);
}

void lbi_buf_printf(struct lbi_buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need < 0 || lbi_buf_reserve(buf, (size_t)need) != LB_OK)
        return;
    va_start(args, format);
    (void)vsnprintf(buf->data + buf->len, (size_t)need + 1, format, args);
    va_end(args);
    buf->len += (size_t)need;
}

const char *lbi_buf_text(const struct lbi_buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}

static void put_escape(struct lbi_buf *buf, unsigned char c)
{
    static const char short_form[] = "\"\"\\\\\bb\ff\nn\rr\tt";

    for (size_t i = 0; i + 1 < sizeof(short_form); i += 2) {
        if ((unsigned char)short_form[i] == c) {
            const char pair[2] = {'\\', short_form[i + 1]};
            lbi_buf_add(buf, pair, 2);
            return;
        }
    }
    lbi_buf_printf(buf, "\\u%04x", (unsigned)c);
}

/* Not wrong in JSON, but a terminal or an editor that shows the file would obey it. */
static void put_code(struct lbi_buf *buf, uint32_t code)
{
    if (code < 0x10000)
        lbi_buf_printf(buf, "\\u%04x", (unsigned)code);
    else
        lbi_buf_printf(buf, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
                       (unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff)));
}

void lbi_buf_json_text(struct lbi_buf *buf, const char *text, size_t len)
{
    const char *end = text + len;

    while (text < end) {
        const char *plain = text;
        while (text < end && (unsigned char)*text >= 0x20 && (unsigned char)*text < 0x7f &&
               *text != '"' && *text != '\\')
            text++;
        lbi_buf_add(buf, plain, (size_t)(text - plain));
        if (text == end)
            return;
        unsigned char c = (unsigned char)*text;
        if (c < 0x80) {
            put_escape(buf, c);
            text++;
            continue;
        }
        size_t n = lbi_utf8_valid(text, (size_t)(end - text));
        if (n == 0)
            lbi_buf_puts(buf, "\xef\xbf\xbd");
        else if (lbi_utf8_is_trap(lbi_utf8_decode(text, n)))
            put_code(buf, lbi_utf8_decode(text, n));
        else
            lbi_buf_add(buf, text, n);
        text += n == 0 ? 1 : n;
    }
}

void lbi_buf_json_string(struct lbi_buf *buf, const char *text)
{
    lbi_buf_putc(buf, '"');
    lbi_buf_json_text(buf, text, strlen(text));
    lbi_buf_putc(buf, '"');
}

/* Digits by hand: printf would follow the locale of the host program. */
void lbi_buf_json_number(struct lbi_buf *buf, double value, int decimals)
{
    char digits[32];
    uint64_t scale = 1;

    if (!isfinite(value)) {
        lbi_buf_puts(buf, "null");
        return;
    }
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    double scaled = fabs(value) * (double)scale;
    if (scaled >= 9e18) { /* beyond exact integers: plain digits of the whole part */
        lbi_buf_printf(buf, "%.0f", value);
        return;
    }
    uint64_t n = (uint64_t)llround(scaled);
    uint64_t whole = n / scale;
    uint64_t part = n % scale;
    if (value < 0 && n > 0)
        lbi_buf_putc(buf, '-');
    lbi_buf_printf(buf, "%llu", (unsigned long long)whole);
    if (part == 0)
        return;
    int len = snprintf(digits, sizeof(digits), "%0*llu", decimals, (unsigned long long)part);
    while (len > 0 && digits[len - 1] == '0')
        len--;
    lbi_buf_putc(buf, '.');
    lbi_buf_add(buf, digits, (size_t)len);
}
