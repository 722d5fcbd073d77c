/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c - see utf8.h. Pure; tested by table in tests/unit/test_buf.c. */
#include "base/utf8.h"

#include <string.h>

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Sequences of three: neither overlong nor a surrogate. */
static bool is_three(const unsigned char *s, size_t len)
{
    if (len < 3 || !is_tail(s[1]) || !is_tail(s[2]))
        return false;
    bool overlong = s[0] == 0xe0 && s[1] < 0xa0;
    bool surrogate = s[0] == 0xed && s[1] > 0x9f;
    return !overlong && !surrogate;
}

/* Sequences of four: neither overlong nor beyond U+10FFFF. */
static bool is_four(const unsigned char *s, size_t len)
{
    if (len < 4 || !is_tail(s[1]) || !is_tail(s[2]) || !is_tail(s[3]))
        return false;
    bool overlong = s[0] == 0xf0 && s[1] < 0x90;
    bool beyond = s[0] == 0xf4 && s[1] > 0x8f;
    return !overlong && !beyond;
}

size_t lbi_utf8_valid(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;

    if (len == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return len >= 2 && is_tail(s[1]) ? 2 : 0;
    if ((s[0] & 0xf0) == 0xe0)
        return is_three(s, len) ? 3 : 0;
    if (s[0] >= 0xf0 && s[0] <= 0xf4)
        return is_four(s, len) ? 4 : 0;
    return 0;
}

/* How many bytes at the front are ASCII, in eights: most of most texts. */
static size_t ascii_eights(const char *text, size_t len)
{
    uint64_t eight;
    size_t at = 0;

    for (; len - at >= sizeof(eight); at += sizeof(eight)) {
        memcpy(&eight, text + at, sizeof(eight));
        if ((eight & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    return at;
}

bool lbi_utf8_all_valid(const char *text, size_t len)
{
    while (len > 0) {
        size_t n = ascii_eights(text, len);
        if (n == 0)
            n = lbi_utf8_valid(text, len);
        if (n == 0)
            return false;
        text += n;
        len -= n;
    }
    return true;
}

uint32_t lbi_utf8_decode(const char *text, size_t len)
{
    static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (unsigned char)text[0] & lead[len];

    for (size_t i = 1; i < len; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3f);
    return code;
}

bool lbi_utf8_is_trap(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    }
    return false;
}

size_t lbi_utf8_put(char *out, uint32_t code)
{
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
        code = 0xfffd;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | (code >> 6));
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | (code >> 12));
        out[1] = (char)(0x80 | ((code >> 6) & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | (code >> 18));
    out[1] = (char)(0x80 | ((code >> 12) & 0x3f));
    out[2] = (char)(0x80 | ((code >> 6) & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

size_t lbi_utf8_cut(const char *text, size_t len)
{
    size_t cut = len;

    while (cut > 0 && len - cut < 4 && is_tail((unsigned char)text[cut - 1]))
        cut--;
    if (cut == 0)
        return len;
    /* text[cut - 1] leads the last sequence: keep it only if it is whole. */
    return lbi_utf8_valid(text + cut - 1, len - cut + 1) > 0 ? len : cut - 1;
}
