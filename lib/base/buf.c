/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * buf.c - growing byte buffer with a sticky error, and the JSON texts made in it. Must not know
 * what the bytes mean beyond JSON's own escapes. Tested in tests/unit/test_buf.c.
 */
#include "base/buf.h"

#include <endian.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { DIGITS_MAX = 20 }; /* of 64 bits */

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

void lbi_buf_free_into(struct lbi_buf *buf, struct lbi_buf *out)
{
    if (out->err == LB_OK)
        out->err = buf->err;
    lbi_buf_free(buf);
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

    size_t cap = buf->cap < 64 ? 64 : buf->cap + buf->cap / 2;
    if (cap - buf->len <= more) /* one large piece: there are thousands of such buffers */
        cap = buf->len + more + 1;
    char *data = lbi_realloc(buf->mem, buf->data, cap);
    if (data == NULL)
        return buf->err = LB_E_NOMEM;
    buf->data = data;
    buf->cap = cap;
    data[buf->len] = '\0';
    return LB_OK;
}

static bool has_room(const struct lbi_buf *buf, size_t more)
{
    return buf->err == LB_OK && more < buf->cap - buf->len &&
           (buf->limit == 0 || more <= buf->limit - buf->len);
}

void lbi_buf_add(struct lbi_buf *buf, const void *bytes, size_t len)
{
    if (!has_room(buf, len) && lbi_buf_reserve(buf, len) != LB_OK)
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

void lbi_buf_repeat(struct lbi_buf *buf, const char *bytes, size_t len, size_t times)
{
    if (!has_room(buf, len * times) && lbi_buf_reserve(buf, len * times) != LB_OK)
        return;
    for (size_t i = 0; i < times; i++, buf->len += len)
        memcpy(buf->data + buf->len, bytes, len);
    if (times > 0)
        buf->data[buf->len] = '\0';
}

void lbi_buf_putc(struct lbi_buf *buf, char c)
{
    if (!has_room(buf, 1) && lbi_buf_reserve(buf, 1) != LB_OK)
        return;
    buf->data[buf->len++] = c;
    buf->data[buf->len] = '\0';
}

void lbi_buf_printf(struct lbi_buf *buf, const char *format, ...)
{
    size_t room = buf->err == LB_OK ? buf->cap - buf->len : 0;
    va_list args;

    va_start(args, format);
    int need = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, format, args);
    va_end(args);
    bool whole = need >= 0 && (size_t)need < room; /* mostly there is room at once */
    if (need < 0 || lbi_buf_reserve(buf, (size_t)need) != LB_OK) {
        if (room > 0)
            buf->data[buf->len] = '\0'; /* takes back what was printed */
        return;
    }
    if (!whole) {
        va_start(args, format);
        (void)vsnprintf(buf->data + buf->len, (size_t)need + 1, format, args);
        va_end(args);
    }
    buf->len += (size_t)need;
}

/* A record holds a number for each token of an answer, so digits are made in pairs. */
static char *pair_before(char *at, unsigned value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";

    return memcpy(at - 2, pairs + (size_t)2 * value, 2);
}

/* Ends where `at` is; returns where it begins. */
static char *digits_before(char *at, uint64_t value, int least_digits)
{
    const char *end = at;

    for (; value >= 100; value /= 100)
        at = pair_before(at, (unsigned)(value % 100));
    if (value >= 10)
        at = pair_before(at, (unsigned)value);
    else
        *--at = (char)('0' + value);
    while (end - at < least_digits)
        *--at = '0';
    return at;
}

void lbi_buf_uint(struct lbi_buf *buf, uint64_t value, int least_digits)
{
    char text[DIGITS_MAX];
    char *end = text + sizeof(text);
    int least = least_digits < DIGITS_MAX ? least_digits : DIGITS_MAX;
    const char *at = digits_before(end, value, least);

    lbi_buf_add(buf, at, (size_t)(end - at));
}

void lbi_buf_decimal(struct lbi_buf *buf, uint64_t whole, uint64_t part, int decimals)
{
    char text[DIGITS_MAX + 1 + DIGITS_MAX];
    char *end = text + sizeof(text);
    char *at = end;

    if (whole == 0 && part == 0) { /* pauses of tokens that came together */
        lbi_buf_putc(buf, '0');
        return;
    }
    if (part > 0) {
        for (; part % 10 == 0; part /= 10)
            decimals--;
        at = digits_before(at, part, decimals);
        *--at = '.';
    }
    at = digits_before(at, whole, 1);
    lbi_buf_add(buf, at, (size_t)(end - at));
}

const char *lbi_buf_text(const struct lbi_buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}

static void put_escape(struct lbi_buf *buf, unsigned char c)
{
    static const char letters[128] = {['\n'] = 'n', ['"'] = '"',  ['\\'] = '\\', ['\t'] = 't',
                                      ['\r'] = 'r', ['\b'] = 'b', ['\f'] = 'f'};
    const char two[2] = {'\\', letters[c]};

    if (two[1] != '\0')
        lbi_buf_add(buf, two, sizeof(two));
    else
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

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* A bit for each of eight bytes that is not plain; above the lowest of them they may be wrong. */
static uint64_t marks_of(uint64_t eight)
{
    uint64_t controls = (eight - EACH(0x20)) & ~eight;
    uint64_t others = eight | (eight + EACH(1)); /* 0x7f and above */
    uint64_t quotes = eight ^ EACH('"');
    uint64_t slashes = eight ^ EACH('\\');

    quotes = (quotes - EACH(1)) & ~quotes;
    slashes = (slashes - EACH(1)) & ~slashes;
    return (controls | others | quotes | slashes) & EACH(0x80);
}

/* How many bytes JSON takes as they are. Bodies are long, so they are looked at in eights. */
static size_t plain_length(const char *text, size_t len)
{
    size_t i = 0;

    for (; len - i >= 8; i += 8) {
        uint64_t eight;
        memcpy(&eight, text + i, sizeof(eight));
        uint64_t marks = marks_of(le64toh(eight));
        if (marks != 0)
            return i + (size_t)__builtin_ctzll(marks) / 8;
    }
    while (i < len && is_plain((unsigned char)text[i]))
        i++;
    return i;
}

void lbi_buf_json_text(struct lbi_buf *buf, const char *text, size_t len)
{
    const char *end = text + len;

    /* It will not be shorter, and escapes take some more. */
    (void)lbi_buf_reserve(buf, buf->limit == 0 ? len + len / 8 : len);
    while (text < end) {
        const char *plain = text;
        text += plain_length(text, (size_t)(end - text));
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
    uint64_t scale = 1;

    if (!isfinite(value)) {
        lbi_buf_puts(buf, "null");
        return;
    }
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    double scaled = fabs(value) * (double)scale;
    if (scaled >= 9e18) { /* beyond exact integers: plain digits of the whole part */
        /* With a fraction, or a reader would take it for an integer and cap it. */
        lbi_buf_printf(buf, fabs(value) < 9.2e18 ? "%.0f" : "%.0f.0", value);
        return;
    }
    uint64_t n = (uint64_t)llround(scaled);
    uint64_t whole = n / scale;
    uint64_t part = n % scale;
    if (value < 0 && n > 0)
        lbi_buf_putc(buf, '-');
    lbi_buf_decimal(buf, whole, part, decimals);
}
