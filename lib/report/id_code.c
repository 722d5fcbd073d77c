/* SPDX-License-Identifier: Apache-2.0 */
/*
 * id_code.c - see id_code.h. A code is a byte (its upper half the number of the word + 1, 0 for
 * none, its lower half the bits of a digit or UUID), a byte with the number of digits, then the
 * digits. A UUID is sixteen bytes, for its hyphens stand where they always do.
 * Tested in tests/unit/test_dataset.c.
 */
#include "report/id_code.h"

#include <stdbool.h>
#include <string.h>

static const char digits64[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

enum { UUID = 5, UUID_LEN = 36, HEX_LEN = 32 };

/* The number of a digit, 64 when it is none. */
static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A') + 36;
    return c == '-' ? 62 : c == '_' ? 63 : 64;
}

/* Length of the word in front, with the sign that ends it: letters, then - or _. */
static size_t word_len(const char *id, size_t len)
{
    size_t n = 0;

    while (n < len && digit_of(id[n]) >= 10 && digit_of(id[n]) < 62)
        n++;
    return n > 0 && n < len && n < LBI_ID_WORD_MAX && (id[n] == '-' || id[n] == '_') ? n + 1 : 0;
}

/* The number of a word + 1, 0 when it is not known and there is no room for it. */
static unsigned find_word(struct lbi_id_words *words, const char *word, size_t len)
{
    for (unsigned i = 0; i < words->count; i++) {
        if (words->len[i] == len && memcmp(words->words[i], word, len) == 0)
            return i + 1;
    }
    if (len == 0 || words->count == LBI_ID_WORDS)
        return 0;
    memcpy(words->words[words->count], word, len);
    words->len[words->count++] = (uint8_t)len;
    return words->count;
}

/* Bits that each of these needs. */
static unsigned bits_of(const char *text, size_t len)
{
    unsigned bits = 4;

    for (size_t i = 0; i < len; i++) {
        unsigned digit = digit_of(text[i]);
        if (digit == 64)
            return 8;
        bits = digit >= 16 ? 6 : bits;
    }
    return bits;
}

static size_t packed_len(size_t len, unsigned bits)
{
    return (len * bits + 7) / 8;
}

static void pack(unsigned char *out, const char *text, size_t len, unsigned bits)
{
    unsigned held = 0, count = 0;

    for (size_t i = 0; i < len; i++) {
        held = held << bits | (bits == 8 ? (unsigned char)text[i] : digit_of(text[i]));
        for (count += bits; count >= 8; count -= 8)
            *out++ = (unsigned char)(held >> (count - 8));
    }
    if (count > 0)
        *out = (unsigned char)(held << (8 - count));
}

static void unpack(char *text, const unsigned char *in, size_t len, unsigned bits)
{
    unsigned held = 0, count = 0;

    for (size_t i = 0; i < len; i++) {
        for (; count < bits; count += 8)
            held = held << 8 | *in++;
        count -= bits;
        unsigned digit = (held >> count) & ((1u << bits) - 1);
        text[i] = bits == 8 ? (char)(unsigned char)digit : digits64[digit];
    }
}

static bool is_hyphen_of_uuid(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

/* Its digits alone go to `hex`. */
static bool is_uuid(char *hex, const char *text, size_t len)
{
    for (size_t i = 0; len == UUID_LEN && i < len; i++) {
        if (is_hyphen_of_uuid(i) ? text[i] != '-' : digit_of(text[i]) >= 16)
            return false;
        if (!is_hyphen_of_uuid(i))
            *hex++ = text[i];
    }
    return len == UUID_LEN;
}

static void unpack_uuid(char *text, const unsigned char *in)
{
    char hex[HEX_LEN];
    const char *from = hex;

    unpack(hex, in, HEX_LEN, 4);
    for (size_t i = 0; i < UUID_LEN; i++)
        text[i] = is_hyphen_of_uuid(i) ? '-' : *from++;
}

size_t lbi_id_encode(struct lbi_id_words *words, unsigned char *out, const char *id, size_t len)
{
    size_t in_front = word_len(id, len);
    unsigned word = find_word(words, id, in_front);
    char hex[HEX_LEN];

    if (word > 0) {
        id += in_front;
        len -= in_front;
    }
    bool uuid = is_uuid(hex, id, len);
    unsigned bits = bits_of(id, len);
    out[0] = (unsigned char)(word << 4 | (uuid ? (unsigned)UUID : bits));
    out[1] = (unsigned char)len;
    if (uuid)
        pack(out + 2, hex, HEX_LEN, 4);
    else
        pack(out + 2, id, len, bits);
    return lbi_id_code_len(out);
}

size_t lbi_id_code_len(const unsigned char *bytes)
{
    unsigned bits = bytes[0] & 0xf;

    return 2 + (bits == UUID ? packed_len(HEX_LEN, 4) : packed_len(bytes[1], bits));
}

void lbi_id_decode(const struct lbi_id_words *words, char *id, const unsigned char *bytes)
{
    unsigned word = bytes[0] >> 4;
    unsigned bits = bytes[0] & 0xf;

    if (word > 0) {
        memcpy(id, words->words[word - 1], words->len[word - 1]);
        id += words->len[word - 1];
    }
    if (bits == UUID)
        unpack_uuid(id, bytes + 2);
    else
        unpack(id, bytes + 2, bytes[1], bits);
    id[bytes[1]] = '\0';
}
