/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_sse.c - the first byte says how the rest is cut into pieces. Whole or in pieces, in a block
 * of their own each, the same events must come out.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "wire/sse.h"

enum { LIMIT = 4096 };

static lb_err on_event(void *user, const char *name, const char *data, size_t len)
{
    struct lbi_buf *log = user;

    lbi_buf_puts(log, name);
    lbi_buf_putc(log, '|');
    lbi_buf_add(log, data, len);
    lbi_buf_putc(log, '\n');
    return LB_OK;
}

static void play(struct lbi_buf *log, const uint8_t *data, size_t size, size_t piece)
{
    struct lbi_sse sse;
    bool cut = false;
    lb_err err = LB_OK;

    lbi_buf_init(log, &lbi_mem_libc);
    lbi_sse_init(&sse, &lbi_mem_libc, LIMIT, on_event, NULL, log);
    for (size_t at = 0; at < size && err == LB_OK; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        char *copy = malloc(n);
        FUZZ_CHECK(copy != NULL);
        memcpy(copy, data + at, n);
        err = lbi_sse_feed(&sse, copy, n);
        free(copy);
    }
    if (err == LB_OK)
        err = lbi_sse_end(&sse, &cut);
    FUZZ_CHECK(err == LB_OK || err == LB_E_RANGE);
    lbi_buf_printf(log, "%d %d", (int)err, (int)cut);
    lbi_sse_free(&sse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lbi_buf whole, pieces;

    if (size == 0)
        return 0;
    play(&whole, data + 1, size - 1, size);
    play(&pieces, data + 1, size - 1, 1u + data[0] % 64);
    FUZZ_CHECK(whole.len == pieces.len);
    FUZZ_CHECK(memcmp(lbi_buf_text(&whole), lbi_buf_text(&pieces), whole.len) == 0);
    lbi_buf_free(&whole);
    lbi_buf_free(&pieces);
    return 0;
}
