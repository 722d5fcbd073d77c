/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * chunked.c - see chunked.h.
 */
#include "wire/chunked.h"

#include <string.h>

enum { DIGITS_MAX = 16, SIZE_DIGITS = 6 };

/* Values of hexadecimal digits plus 1; 0: none. */
static const uint8_t hex[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static int hex_value(char c)
{
    return hex[(unsigned char)c] - 1;
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
static inline bool take_whole(const char *bytes, size_t len, size_t *at, const char **piece,
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

/* Trailers are read over. */
static void take_last(struct lbi_chunked *chunked, char c)
{
    if (c == '\n')
        chunked->state = chunked->state == LBI_CHUNKED_LAST ? LBI_CHUNKED_END : LBI_CHUNKED_LAST;
    else if (c != '\r')
        chunked->state = LBI_CHUNKED_TRAILER;
}

static bool is_between(const struct lbi_chunked *chunked)
{
    return chunked->state == LBI_CHUNKED_SIZE && chunked->digits == 0;
}

bool lbi_chunked_next(struct lbi_chunked *chunked, const char *bytes, size_t len, size_t *at,
                      const char **piece, size_t *piece_len)
{
    size_t i = *at;

    while (i < len) {
        switch (chunked->state) {
        case LBI_CHUNKED_SIZE:
            *at = i;
            if (is_between(chunked) && take_whole(bytes, len, at, piece, piece_len))
                return true;
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
        case LBI_CHUNKED_TRAILER:
            take_last(chunked, bytes[i++]);
            break;
        case LBI_CHUNKED_END:
            *at = i;
            return false;
        case LBI_CHUNKED_BAD:
        default:
            i = len;
            break;
        }
    }
    *at = i;
    return false;
}

size_t lbi_chunked_gather(struct lbi_chunked *chunked, char *bytes, size_t len, size_t *at,
                          char **body)
{
    const char *piece;
    size_t body_len = 0;
    size_t piece_len;

    *body = NULL;
    while ((is_between(chunked) && take_whole(bytes, len, at, &piece, &piece_len)) ||
           lbi_chunked_next(chunked, bytes, len, at, &piece, &piece_len)) {
        if (body_len == 0)
            *body = bytes + (piece - bytes); /* the same, to be written to */
        else
            memmove(*body + body_len, piece, piece_len);
        body_len += piece_len;
    }
    return body_len;
}
