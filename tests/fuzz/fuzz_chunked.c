/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_chunked.c - the first byte says how the rest is cut into pieces. Read whole and in
 * pieces, the same body must come out, and the same end.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "wire/chunked.h"

struct outcome {
    struct lbi_buf body;
    bool bad;
};

static void feed(struct lbi_chunked *chunked, struct outcome *out, const char *bytes, size_t len)
{
    const char *piece;
    size_t at = 0;
    size_t n;

    while (lbi_chunked_next(chunked, bytes, len, &at, &piece, &n)) {
        FUZZ_CHECK(n > 0 && piece >= bytes && piece + n <= bytes + at && at <= len);
        lbi_buf_add(&out->body, piece, n);
    }
    FUZZ_CHECK(at == len || chunked->state == LBI_CHUNKED_END);
    out->bad = chunked->state == LBI_CHUNKED_BAD;
}

/* In memory of their own, so that a byte too many is seen. */
static char *copy_of(const uint8_t *data, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);

    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, len);
    return copy;
}

static void in_pieces_from(struct outcome *out, struct lbi_chunked chunked, const uint8_t *data,
                           size_t size, size_t piece)
{
    lbi_buf_init(&out->body, &lbi_mem_libc);
    out->bad = false;
    for (size_t at = 0; at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        char *copy = copy_of(data + at, n);
        feed(&chunked, out, copy, n);
        free(copy);
    }
}

static void compare(const struct outcome *a, const struct outcome *b)
{
    FUZZ_CHECK(a->bad == b->bad);
    FUZZ_CHECK(a->body.len == b->body.len);
    FUZZ_CHECK(memcmp(lbi_buf_text(&a->body), lbi_buf_text(&b->body), a->body.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct lbi_chunked start = {0};
    struct outcome whole, pieces;

    if (size == 0)
        return 0;
    size_t piece = 1u + data[0] % 64;
    in_pieces_from(&whole, start, data + 1, size - 1, size);
    in_pieces_from(&pieces, start, data + 1, size - 1, piece);
    compare(&whole, &pieces);
    lbi_buf_free(&whole.body);
    lbi_buf_free(&pieces.body);
    return 0;
}
