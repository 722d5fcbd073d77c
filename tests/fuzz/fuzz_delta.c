/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_delta.c - whatever the scan is sure of, json-c says, too; and a scanner that remembers the
 * chunk before says the same as a fresh one. Lines of the input are chunks that follow each other.
 */
#include "fuzz.h"
#include "wire/delta.h"

static void plain(struct lbi_buf *out, struct lbi_text text)
{
    struct lbi_buf raw;

    lbi_buf_init(&raw, &lbi_mem_libc);
    lbi_buf_init(out, &lbi_mem_libc);
    if (text.ptr != NULL)
        lbi_text_unescape(&raw, text);
    lbi_buf_json_text(out, lbi_buf_text(&raw), raw.len);
    lbi_buf_free(&raw);
}

static void same_text(struct lbi_text a, struct lbi_text b)
{
    struct lbi_buf x, y;

    FUZZ_CHECK((a.ptr == NULL) == (b.ptr == NULL));
    plain(&x, a);
    plain(&y, b);
    FUZZ_CHECK(x.len == y.len && memcmp(lbi_buf_text(&x), lbi_buf_text(&y), x.len) == 0);
    lbi_buf_free(&x);
    lbi_buf_free(&y);
}

static void same(const struct lbi_delta *a, const struct lbi_delta *b, bool names)
{
    FUZZ_CHECK(a->kind == b->kind && a->token == b->token && a->answer == b->answer);
    FUZZ_CHECK(a->prompt_tokens == b->prompt_tokens);
    FUZZ_CHECK(a->cached_tokens == b->cached_tokens);
    FUZZ_CHECK(a->completion_tokens == b->completion_tokens);
    same_text(a->content, b->content);
    same_text(a->finish_reason, b->finish_reason);
    same_text(a->error_text, b->error_text);
    same_text(a->error_code, b->error_code);
    if (names) {
        same_text(a->id, b->id);
        same_text(a->model, b->model);
    }
}

static void try_chunk(struct lbi_delta_scanner *old, const char *data, size_t len)
{
    struct lbi_delta_scanner fresh;
    struct lbi_delta fast, slow, remembered, read;
    struct lbi_buf scratch;

    lbi_buf_init(&scratch, &lbi_mem_libc);
    lbi_delta_scanner_init(&fresh, &lbi_mem_libc);
    FUZZ_CHECK(lbi_delta_parse(&scratch, &slow, data, len) == LB_OK);
    if (lbi_delta_scan(&fast, data, len)) {
        FUZZ_CHECK(lbi_json_valid(data, len, 64));
        same(&fast, &slow, true);
    }
    FUZZ_CHECK(lbi_delta_read(&fresh, &read, data, len) == LB_OK);
    same(&read, &slow, true);
    FUZZ_CHECK(lbi_delta_read(old, &remembered, data, len) == LB_OK);
    same(&remembered, &slow, false);
    lbi_delta_scanner_free(&fresh);
    lbi_buf_free(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lbi_delta_scanner old;
    const char *text = (const char *)data;
    const char *end = text + size;

    lbi_delta_scanner_init(&old, &lbi_mem_libc);
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t len = (size_t)((stop != NULL ? stop : end) - text);
        try_chunk(&old, text, len);
        text += len + 1;
    }
    lbi_delta_scanner_free(&old);
    return 0;
}
