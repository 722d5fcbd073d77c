/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * chunked.c - see chunked.h.
 */
#include "wire/chunked.h"

enum { DIGITS_MAX = 16, SIZE_DIGITS = 6 };

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Digits of a size up to what ends it; returns where it stopped. */
static size_t take_size(struct lbi_chunked *chunked, const char *bytes, size_t len, size_t i)
{
    int value = 0;

    for (; i < len && (value = hex_value(bytes[i])) >= 0; i++) {
        chunked->left = chunked->left << 4 | (unsigned)value;
        chunked->digits++;
        if (chunked->digits > DIGITS_MAX || chunked->left > INT64_MAX) {
            chunked->state = LBI_CHUNKED_BAD;
            return i;
        }
    }
    if (value < 0)
        chunked->state = chunked->digits > 0 ? LBI_CHUNKED_LINE : LBI_CHUNKED_BAD;
    return i;
}

static void take_after(struct lbi_chunked *chunked, char c)
{
    if (c == '\n') {
        chunked->state = LBI_CHUNKED_SIZE;
        chunked->digits = 0;
    } else if (c != '\r') {
        chunked->state = LBI_CHUNKED_BAD;
    }
}

static void end_line(struct lbi_chunked *chunked)
{
    chunked->state = chunked->left == 0 ? LBI_CHUNKED_LAST : LBI_CHUNKED_DATA;
}

/* Most chunks come whole: size, data and both line ends in one go. */
static bool take_whole(const char *bytes, size_t len, size_t *at, const char **piece,
                       size_t *piece_len)
{
    size_t from = *at;
    size_t i = from;
    size_t size = 0;
    int value;

    for (; i < len && i - from < SIZE_DIGITS && (value = hex_value(bytes[i])) >= 0; i++)
        size = size << 4 | (unsigned)value;
    if (size == 0 || len - i < size + 4)
        return false;
    const char *data = bytes + i + 2;
    if (data[-2] != '\r' || data[-1] != '\n' || data[size] != '\r' || data[size + 1] != '\n')
        return false;
    *piece = data;
    *piece_len = size;
    *at = i + size + 4;
    return true;
}

bool lbi_chunked_next(struct lbi_chunked *chunked, const char *bytes, size_t len, size_t *at,
                      const char **piece, size_t *piece_len)
{
    size_t i = *at;

    while (i < len) {
        switch (chunked->state) {
        case LBI_CHUNKED_SIZE:
            *at = i;
            if (chunked->digits == 0 && take_whole(bytes, len, at, piece, piece_len))
                return true;
            if (chunked->digits == 0)
                chunked->line = i;
            i = take_size(chunked, bytes, len, i);
            break;
        case LBI_CHUNKED_LINE:
            if (bytes[i++] == '\n')
                end_line(chunked);
            break;
        case LBI_CHUNKED_DATA:
            *piece = bytes + i;
            *piece_len = chunked->left < len - i ? (size_t)chunked->left : len - i;
            chunked->left -= *piece_len;
            if (chunked->left == 0)
                chunked->state = LBI_CHUNKED_AFTER;
            *at = i + *piece_len;
            return true;
        case LBI_CHUNKED_AFTER:
            take_after(chunked, bytes[i++]);
            break;
        case LBI_CHUNKED_LAST:
        case LBI_CHUNKED_BAD:
        default:
            i = len;
            break;
        }
    }
    *at = i;
    return false;
}

bool lbi_chunked_between(const struct lbi_chunked *chunked)
{
    return chunked->state == LBI_CHUNKED_SIZE && chunked->digits == 0;
}

size_t lbi_chunked_before_last(struct lbi_chunked *chunked, size_t len)
{
    bool in_line = chunked->state == LBI_CHUNKED_LINE ||
                   (chunked->state == LBI_CHUNKED_SIZE && chunked->digits > 0);

    if (chunked->state != LBI_CHUNKED_LAST && !(in_line && chunked->left == 0))
        return len;
    chunked->state = LBI_CHUNKED_SIZE;
    chunked->digits = 0;
    return chunked->line;
}
