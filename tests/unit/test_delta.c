/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_delta.c - the scan, the remembered chunk and json-c must say the same of the same bytes.
 * Tables for what is in a chunk; generated chunks for everything that nobody thought of.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "delta_gen.h"
#include "expect.h"
#include "wire/delta.h"

enum { GENERATED = 40000, STREAMS = 2500 };

static struct lbi_buf scratch, left, right;

static void set_up(void)
{
    lbi_buf_init(&scratch, &lbi_mem_libc);
    lbi_buf_init(&left, &lbi_mem_libc);
    lbi_buf_init(&right, &lbi_mem_libc);
}

static void tear_down(void)
{
    lbi_buf_free(&scratch);
    lbi_buf_free(&left);
    lbi_buf_free(&right);
}

/* Plain text, made valid: the scan keeps bad bytes that json-c's half has replaced already. */
static void plain(struct lbi_buf *out, struct lbi_text text)
{
    struct lbi_buf raw;

    lbi_buf_init(&raw, &lbi_mem_libc);
    if (text.ptr != NULL)
        lbi_text_unescape(&raw, text);
    lbi_buf_clear(out);
    lbi_buf_json_text(out, lbi_buf_text(&raw), raw.len);
    lbi_buf_free(&raw);
}

static void same_text(const char *what, struct lbi_text a, struct lbi_text b, const char *chunk)
{
    EXPECT((a.ptr == NULL) == (b.ptr == NULL), "%s is absent in one: %s", what, chunk);
    plain(&left, a);
    plain(&right, b);
    EXPECT(left.len == right.len &&
               memcmp(lbi_buf_text(&left), lbi_buf_text(&right), left.len) == 0,
           "%s is \"%s\" and \"%s\": %s", what, lbi_buf_text(&left), lbi_buf_text(&right), chunk);
}

static void same(const struct lbi_delta *a, const struct lbi_delta *b, bool names,
                 const char *chunk)
{
    EXPECT(a->kind == b->kind, "kind %d and %d: %s", a->kind, b->kind, chunk);
    EXPECT(a->token == b->token, "token %d and %d: %s", a->token, b->token, chunk);
    EXPECT(a->answer == b->answer, "answer %d and %d: %s", a->answer, b->answer, chunk);
    same_text("content", a->content, b->content, chunk);
    same_text("finish_reason", a->finish_reason, b->finish_reason, chunk);
    if (names) {
        same_text("id", a->id, b->id, chunk);
        same_text("model", a->model, b->model, chunk);
    }
    same_text("error_text", a->error_text, b->error_text, chunk);
    same_text("error_code", a->error_code, b->error_code, chunk);
    EXPECT(a->prompt_tokens == b->prompt_tokens && a->completion_tokens == b->completion_tokens &&
               a->cached_tokens == b->cached_tokens,
           "tokens %lld %lld %lld and %lld %lld %lld: %s", (long long)a->prompt_tokens,
           (long long)a->completion_tokens, (long long)a->cached_tokens,
           (long long)b->prompt_tokens, (long long)b->completion_tokens,
           (long long)b->cached_tokens, chunk);
}

/* Bytes at the end of a block of their own, so that reading past them is seen by a sanitizer. */
static char *exact_copy(const struct lbi_buf *text)
{
    char *copy = malloc(text->len > 0 ? text->len : 1);

    EXPECT(copy != NULL, "out of memory");
    memcpy(copy, lbi_buf_text(text), text->len);
    return copy;
}

START_TEST(scan_agrees_with_json_c)
{
    struct gen gen = {.odd = 3};
    unsigned sure = 0;

    lbi_buf_init(&gen.out, &lbi_mem_libc);
    for (unsigned i = 0; i < GENERATED; i++) {
        struct lbi_delta fast, slow;
        lbi_rng_init(&gen.rng, 20261124, LBI_RNG_PLAN, i);
        gen.odd = i % 3 == 0 ? 0 : 4;
        gen_chunk(&gen);
        char *data = exact_copy(&gen.out);
        EXPECT(lbi_delta_parse(&scratch, &slow, data, gen.out.len) == LB_OK, "not read");
        EXPECT(slow.kind == LBI_DELTA_CHUNK || slow.kind == LBI_DELTA_ERROR, "kind %d: %s",
               slow.kind, lbi_buf_text(&gen.out));
        if (lbi_delta_scan(&fast, data, gen.out.len)) {
            sure++;
            same(&fast, &slow, true, lbi_buf_text(&gen.out));
        }
        free(data);
    }
    printf("delta: %d chunks, the scan was sure of %u\n", GENERATED, sure);
    ck_assert_uint_gt(sure, GENERATED / 4);
    lbi_buf_free(&gen.out);
}
END_TEST

/* A valid chunk with one byte gone, doubled or changed: whatever it is now, they agree. */
START_TEST(scan_agrees_on_broken_chunks)
{
    static const char bytes[] = "\"\\{}[]:,0 \nue\x01\xff";
    struct gen gen = {.odd = 1};
    unsigned sure = 0, bad = 0;

    lbi_buf_init(&gen.out, &lbi_mem_libc);
    for (unsigned i = 0; i < GENERATED; i++) {
        struct lbi_delta fast, slow;
        lbi_rng_init(&gen.rng, 4711, LBI_RNG_PLAN, i);
        gen_chunk(&gen);
        char *data = exact_copy(&gen.out);
        size_t len = gen.out.len;
        size_t at = (size_t)lbi_rng_below(&gen.rng, len);
        switch (gen_pick(&gen, 3)) {
        case 0:
            len = at;
            break;
        case 1:
            memmove(data + at, data + at + 1, len - at - 1);
            len--;
            break;
        default:
            data[at] = bytes[gen_pick(&gen, sizeof(bytes))];
            break;
        }
        EXPECT(lbi_delta_parse(&scratch, &slow, data, len) == LB_OK, "not read");
        bad += slow.kind == LBI_DELTA_BAD;
        if (lbi_delta_scan(&fast, data, len)) {
            sure++;
            EXPECT(slow.kind == LBI_DELTA_CHUNK, "kind %d: %.*s", slow.kind, (int)len, data);
            same(&fast, &slow, true, lbi_buf_text(&gen.out));
        }
        free(data);
    }
    printf("delta: %d broken chunks, %u no JSON any more, the scan was sure of %u\n", GENERATED,
           bad, sure);
    lbi_buf_free(&gen.out);
}
END_TEST

/* An event that is known by sight, in a stream that goes on behind it, must be what it seems. */
static bool check_known(const struct lbi_delta_scanner *old, const struct lbi_buf *chunk)
{
    struct lbi_buf stream;
    struct lbi_text content;
    struct lbi_delta_scanner fresh;
    struct lbi_delta read;

    lbi_buf_init(&stream, &lbi_mem_libc);
    lbi_buf_puts(&stream, "data: ");
    lbi_buf_add(&stream, chunk->data, chunk->len);
    lbi_buf_puts(&stream, "\n\ndata: {\"");
    char *data = exact_copy(&stream);
    size_t event = chunk->len + 8;
    size_t known = lbi_delta_known(old, data, stream.len, &content);
    EXPECT(known == 0 || known == event, "%zu bytes known: %.*s", known, (int)event, data);
    EXPECT(lbi_delta_known(old, data, event, &content) == known, "not at the end: %s", data);
    EXPECT(lbi_delta_known(old, data, event - 1, &content) == 0, "known before it came: %s", data);
    if (known > 0) {
        lbi_delta_scanner_init(&fresh, &lbi_mem_libc);
        EXPECT(lbi_delta_read(&fresh, &read, data + 6, chunk->len) == LB_OK, "not read");
        EXPECT(read.kind == LBI_DELTA_CHUNK && read.token && read.answer == (content.len > 0) &&
                   read.finish_reason.ptr == NULL && read.prompt_tokens == LB_UNKNOWN &&
                   read.content.len == content.len &&
                   (content.len == 0 || memcmp(read.content.ptr, content.ptr, content.len) == 0),
               "known as something else: %.*s", (int)event, data);
        lbi_delta_scanner_free(&fresh);
    }
    free(data);
    lbi_buf_free(&stream);
    return known > 0;
}

/* From after the opening quote of the first such text to its closing one; all, if there is none. */
static void split_at(const struct lbi_buf *chunk, const char *key, struct lbi_buf *head,
                     struct lbi_buf *tail)
{
    const char *text = lbi_buf_text(chunk);
    const char *at = strstr(text, key);
    const char *stop = at != NULL ? at + strlen(key) : text + chunk->len;

    lbi_buf_clear(head);
    lbi_buf_add(head, text, (size_t)(stop - text));
    ck_assert(at == NULL || lbi_json_string_end(&stop, text + chunk->len));
    lbi_buf_clear(tail);
    lbi_buf_add(tail, stop, chunk->len - (size_t)(stop - text));
}

static void in_one_line(struct lbi_buf *chunk)
{
    for (size_t i = 0; i < chunk->len; i++) {
        if (chunk->data[i] == '\n' || chunk->data[i] == '\r')
            chunk->data[i] = ' ';
    }
}

/* Chunks as they follow each other: what a scanner remembers must not change what it says. */
START_TEST(remembered_agrees_with_fresh)
{
    struct gen gen = {.odd = 1};
    struct lbi_delta_scanner old, fresh;
    static const char *const keys[] = {"\"content\":\"", "\"reasoning_content\":\""};
    struct lbi_buf head, tail, chunk;
    unsigned known[2] = {0};

    lbi_delta_scanner_init(&old, &lbi_mem_libc);
    lbi_delta_scanner_init(&fresh, &lbi_mem_libc);
    lbi_buf_init(&gen.out, &lbi_mem_libc);
    lbi_buf_init(&head, &lbi_mem_libc);
    lbi_buf_init(&tail, &lbi_mem_libc);
    lbi_buf_init(&chunk, &lbi_mem_libc);
    for (unsigned i = 0; i < STREAMS; i++) {
        lbi_rng_init(&gen.rng, 99, LBI_RNG_PLAN, i);
        lbi_delta_scanner_reset(&old);
        for (unsigned k = 0; k < 20; k++) {
            if (k % 5 == 0) {
                gen_chunk(&gen); /* another frame */
                in_one_line(&gen.out);
                split_at(&gen.out, keys[i % 2], &head, &tail);
            }
            lbi_buf_clear(&gen.out);
            if (tail.len > 0)
                gen_text(&gen);
            lbi_buf_clear(&chunk);
            lbi_buf_add(&chunk, lbi_buf_text(&head), head.len);
            lbi_buf_add(&chunk, lbi_buf_text(&gen.out), gen.out.len);
            lbi_buf_add(&chunk, lbi_buf_text(&tail), tail.len);
            struct lbi_delta a, b;
            char *data = exact_copy(&chunk);
            lbi_delta_scanner_reset(&fresh);
            known[i % 2] += check_known(&old, &chunk);
            EXPECT(lbi_delta_read(&old, &a, data, chunk.len) == LB_OK, "not read");
            EXPECT(lbi_delta_read(&fresh, &b, data, chunk.len) == LB_OK, "not read");
            same(&a, &b, false, lbi_buf_text(&chunk));
            free(data);
        }
    }
    printf("delta: %u chunks with content known by sight, %u with reasoning\n", known[0], known[1]);
    ck_assert_uint_gt(known[0], STREAMS / 2);
    ck_assert_uint_gt(known[1], STREAMS / 2);
    lbi_delta_scanner_free(&old);
    lbi_delta_scanner_free(&fresh);
    lbi_buf_free(&gen.out);
    lbi_buf_free(&head);
    lbi_buf_free(&tail);
    lbi_buf_free(&chunk);
}
END_TEST

START_TEST(invalid_json_is_bad)
{
    static const char *const cases[] = {
        "{",
        "}",
        "{\"choices\":[]",
        "{\"choices\":[}",
        "{\"a\":1,}",
        "{\"a\":[1,]}",
        "{'a':1}",
        "{a:1}",
        "{\"a\" 1}",
        "{\"a\":tru}",
        "{\"a\":TRUE}",
        "{\"a\":1}{\"b\":2}",
        "{\"a\":1} x",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\u12",
        "{\"a\":\"\\",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":-}",
        "{\"a\":1e}",
        "{\"a\":+1}",
        "{\"a\":1 /* comment */}",
        "[]",
        "[{\"choices\":[]}]",
        "\"text\"",
        "null",
        "12",
        "Internal Server Error",
        "<html>",
        "DONE",
        "[DONE",
        "data: {\"choices\":[]}",
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lbi_delta_scanner scanner;
        struct lbi_delta out;
        lbi_delta_scanner_init(&scanner, &lbi_mem_libc);
        EXPECT(!lbi_delta_scan(&out, cases[i], strlen(cases[i])), "%s", cases[i]);
        EXPECT(lbi_delta_read(&scanner, &out, cases[i], strlen(cases[i])) == LB_OK, "not read");
        EXPECT(out.kind == LBI_DELTA_BAD, "kind %d: %s", out.kind, cases[i]);
        lbi_delta_scanner_free(&scanner);
    }
}
END_TEST

/* The end of a string is looked for many bytes at a time: each byte at each place, to each end. */
START_TEST(ends_of_strings)
{
    enum { LONGEST = 40 };
    char text[LONGEST];

    for (size_t len = 0; len <= LONGEST; len++) {
        for (size_t at = 0; at < len; at++) {
            for (int byte = 0; byte < 256; byte++) {
                char *exact = memcpy(malloc(len), memset(text, 'a', len), len);
                const char *end = exact;
                exact[at] = (char)byte;
                bool ends = lbi_json_string_end(&end, exact + len);
                EXPECT(ends == (byte == '"') && (!ends || end == exact + at),
                       "byte %d at %zu of %zu", byte, at, len);
                free(exact);
            }
        }
    }
}
END_TEST

START_TEST(nul_bytes_are_bad)
{
    static const char inside[] = "{\"a\":\"x\0y\"}";
    static const char after[] = "{\"a\":1}\0";
    struct lbi_delta out;

    ck_assert(!lbi_delta_scan(&out, inside, sizeof(inside) - 1));
    EXPECT(lbi_delta_parse(&scratch, &out, inside, sizeof(inside) - 1) == LB_OK, "not read");
    ck_assert_int_eq(out.kind, LBI_DELTA_BAD);
    ck_assert(!lbi_delta_scan(&out, after, sizeof(after) - 1));
    EXPECT(lbi_delta_parse(&scratch, &out, after, sizeof(after) - 1) == LB_OK, "not read");
    ck_assert_int_eq(out.kind, LBI_DELTA_BAD);
}
END_TEST

#define CHOICE(delta)  "{\"choices\":[{\"index\":0,\"delta\":" delta "}]}"
#define UNKNOWN_COUNTS -1, -1, -1

/* Lines that were put together again: the same bytes in a stream are no event of one line. */
START_TEST(lines_are_not_remembered)
{
    static const char data[] = "{\"choices\":[{\"delta\":\n{\"content\":\"a\"}}]}";
    struct lbi_delta_scanner scanner;
    struct lbi_delta d;
    struct lbi_text content;

    lbi_delta_scanner_init(&scanner, &lbi_mem_libc);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(lbi_delta_read(&scanner, &d, data, strlen(data)), LB_OK);
        ck_assert_uint_eq(d.content.len, 1);
    }
    char stream[sizeof(data) + 8];
    int len = snprintf(stream, sizeof(stream), "data: %s\n\n", data);
    ck_assert_uint_eq(lbi_delta_known(&scanner, stream, (size_t)len, &content), 0);
    lbi_delta_scanner_free(&scanner);
}
END_TEST

/* -1 stands for unknown. */
static const struct {
    const char *data;
    enum lbi_delta_kind kind;
    bool token, answer;
    const char *content, *finish_reason, *error_text, *error_code;
    long prompt, cached, completion;
} chunks[] = {
    {"[DONE]", LBI_DELTA_DONE, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {"  [DONE] ", LBI_DELTA_DONE, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {"", LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {" ", LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {"{}", LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {"{\"choices\":[]}", LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {"{\"choices\":null}", LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {CHOICE("{}"), LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {CHOICE("null"), LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {CHOICE("{\"role\":\"assistant\"}"), LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {CHOICE("{\"role\":\"assistant\",\"content\":null}"), LBI_DELTA_CHUNK, 0, 0, "", "", "", "",
     UNKNOWN_COUNTS},
    {CHOICE("{\"role\":\"assistant\",\"content\":\"\"}"), LBI_DELTA_CHUNK, 0, 0, "", "", "", "",
     UNKNOWN_COUNTS},
    {CHOICE("{\"content\":\"a\"}"), LBI_DELTA_CHUNK, 1, 1, "a", "", "", "", UNKNOWN_COUNTS},
    {CHOICE("{\"content\":\" \"}"), LBI_DELTA_CHUNK, 1, 1, " ", "", "", "", UNKNOWN_COUNTS},
    {CHOICE("{\"content\":\"\\ud83d\\ude00\\n\"}"), LBI_DELTA_CHUNK, 1, 1, "\xf0\x9f\x98\x80\n", "",
     "", "", UNKNOWN_COUNTS},
    {CHOICE("{\"reasoning_content\":\"hm\"}"), LBI_DELTA_CHUNK, 1, 0, "", "", "", "",
     UNKNOWN_COUNTS},
    {CHOICE("{\"reasoning\":\"hm\",\"content\":\"\"}"), LBI_DELTA_CHUNK, 1, 0, "", "", "", "",
     UNKNOWN_COUNTS},
    {CHOICE("{\"reasoning\":\"\",\"reasoning_content\":null}"), LBI_DELTA_CHUNK, 0, 0, "", "", "",
     "", UNKNOWN_COUNTS},
    {CHOICE("{\"refusal\":\"no\"}"), LBI_DELTA_CHUNK, 1, 1, "", "", "", "", UNKNOWN_COUNTS},
    {CHOICE("{\"refusal\":null}"), LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {CHOICE("{\"tool_calls\":[{\"index\":0}]}"), LBI_DELTA_CHUNK, 1, 1, "", "", "", "",
     UNKNOWN_COUNTS},
    {CHOICE("{\"tool_calls\":[]}"), LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {CHOICE("{\"function_call\":{\"name\":\"f\"}}"), LBI_DELTA_CHUNK, 1, 1, "", "", "", "",
     UNKNOWN_COUNTS},
    {CHOICE("{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"text\":\"b\"},{\"x\":1}]}"),
     LBI_DELTA_CHUNK, 1, 1, "ab", "", "", "", UNKNOWN_COUNTS},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}", LBI_DELTA_CHUNK,
     1, 1, "a", "stop", "", "", UNKNOWN_COUNTS},
    {"{\"choices\":[{\"delta\":{},\"finish_reason\":\"\"}]}", LBI_DELTA_CHUNK, 0, 0, "", "", "", "",
     UNKNOWN_COUNTS},
    {"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}},"
     "{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"length\"}]}",
     LBI_DELTA_CHUNK, 1, 1, "a", "length", "", "", UNKNOWN_COUNTS},
    {"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}}]}", LBI_DELTA_CHUNK, 1, 1, "", "",
     "", "", UNKNOWN_COUNTS},
    {"{\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}", LBI_DELTA_CHUNK, 0,
     0, "", "", "", "", 7, -1, 2},
    {"{\"usage\":{\"prompt_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":0}}}",
     LBI_DELTA_CHUNK, 0, 0, "", "", "", "", 7, 0, -1},
    {"{\"usage\":{\"prompt_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":null}}}",
     LBI_DELTA_CHUNK, 0, 0, "", "", "", "", 7, -1, -1},
    {"{\"usage\":{\"prompt_tokens\":7,\"prompt_tokens_details\":null}}", LBI_DELTA_CHUNK, 0, 0, "",
     "", "", "", 7, -1, -1},
    {"{\"usage\":{\"prompt_tokens\":7,\"prompt_cache_hit_tokens\":5}}", LBI_DELTA_CHUNK, 0, 0, "",
     "", "", "", 7, 5, -1},
    {"{\"usage\":{\"prompt_tokens\":-7,\"completion_tokens\":\"2\"}}", LBI_DELTA_CHUNK, 0, 0, "",
     "", "", "", UNKNOWN_COUNTS},
    {"{\"usage\":{\"prompt_tokens\":7.0,\"completion_tokens\":1e400}}", LBI_DELTA_CHUNK, 0, 0, "",
     "", "", "", 7, -1, -1},
    {"{\"usage\":null}", LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {"{\"choices\":[{\"usage\":{\"completion_tokens\":3}}],\"usage\":{\"prompt_tokens\":9}}",
     LBI_DELTA_CHUNK, 0, 0, "", "", "", "", 9, -1, 3},
    {"{\"error\":{\"message\":\"no\",\"type\":\"x\",\"code\":500}}", LBI_DELTA_ERROR, 0, 0, "", "",
     "no", "500", UNKNOWN_COUNTS},
    {"{\"error\":{\"message\":\"no\",\"type\":\"x\",\"code\":\"y\"}}", LBI_DELTA_ERROR, 0, 0, "",
     "", "no", "y", UNKNOWN_COUNTS},
    {"{\"error\":{\"message\":\"no\",\"type\":\"x\",\"code\":null}}", LBI_DELTA_ERROR, 0, 0, "", "",
     "no", "x", UNKNOWN_COUNTS},
    {"{\"error\":{\"a\":1}}", LBI_DELTA_ERROR, 0, 0, "", "", "{\"a\":1}", "", UNKNOWN_COUNTS},
    {"{\"error\":\"no\"}", LBI_DELTA_ERROR, 0, 0, "", "", "no", "", UNKNOWN_COUNTS},
    {"{\"error\":{}}", LBI_DELTA_ERROR, 0, 0, "", "", "{}", "", UNKNOWN_COUNTS},
    {"{\"object\":\"error\",\"message\":\"no\",\"code\":40303}", LBI_DELTA_ERROR, 0, 0, "", "",
     "no", "40303", UNKNOWN_COUNTS},
    {"{\"error\":null,\"object\":\"error\",\"message\":\"no\"}", LBI_DELTA_ERROR, 0, 0, "", "",
     "no", "", UNKNOWN_COUNTS},
    {"{\"error\":null,\"choices\":[]}", LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {"{\"error\":\"\",\"choices\":[]}", LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {"{\"error\":false,\"choices\":[]}", LBI_DELTA_CHUNK, 0, 0, "", "", "", "", UNKNOWN_COUNTS},
    {"{\"error\":true}", LBI_DELTA_ERROR, 0, 0, "", "", "true", "", UNKNOWN_COUNTS},
};

static void is_text(const char *wanted, struct lbi_text text, const char *data)
{
    lbi_buf_clear(&left);
    if (text.ptr != NULL)
        lbi_text_unescape(&left, text);
    EXPECT(strcmp(lbi_buf_text(&left), wanted) == 0, "\"%s\", wanted \"%s\": %s",
           lbi_buf_text(&left), wanted, data);
}

START_TEST(what_a_chunk_says)
{
    struct lbi_delta_scanner scanner;

    lbi_delta_scanner_init(&scanner, &lbi_mem_libc);
    for (size_t i = 0; i < 2 * (sizeof(chunks) / sizeof(chunks[0])); i++) {
        size_t k = i / 2; /* each twice: the second time it is remembered */
        const char *data = chunks[k].data;
        struct lbi_delta d;
        EXPECT(lbi_delta_read(&scanner, &d, data, strlen(data)) == LB_OK, "not read");
        EXPECT(d.kind == chunks[k].kind, "kind %d: %s", d.kind, data);
        EXPECT(d.token == chunks[k].token && d.answer == chunks[k].answer, "%s", data);
        is_text(chunks[k].content, d.content, data);
        is_text(chunks[k].finish_reason, d.finish_reason, data);
        is_text(chunks[k].error_text, d.error_text, data);
        is_text(chunks[k].error_code, d.error_code, data);
        EXPECT(d.prompt_tokens == (chunks[k].prompt < 0 ? LB_UNKNOWN : chunks[k].prompt) &&
                   d.cached_tokens == (chunks[k].cached < 0 ? LB_UNKNOWN : chunks[k].cached) &&
                   d.completion_tokens ==
                       (chunks[k].completion < 0 ? LB_UNKNOWN : chunks[k].completion),
               "%s", data);
    }
    lbi_delta_scanner_free(&scanner);
}
END_TEST

START_TEST(names_of_a_chunk)
{
    static const char data[] = "{\"id\":\"c\\u00e4\",\"model\":\"m\",\"choices\":[]}";
    static const char odd[] = "{\"id\":7,\"model\":null,\"choices\":[]}";
    struct lbi_delta d;

    ck_assert(lbi_delta_scan(&d, data, sizeof(data) - 1));
    is_text("c\xc3\xa4", d.id, data);
    is_text("m", d.model, data);
    EXPECT(lbi_delta_parse(&scratch, &d, odd, sizeof(odd) - 1) == LB_OK, "not read");
    ck_assert_ptr_null(d.id.ptr);
    ck_assert_ptr_null(d.model.ptr);
}
END_TEST

START_TEST(deep_nesting)
{
    char data[2048];
    struct lbi_delta d;

    /* deep, but JSON; then too deep for anyone */
    for (int depth = 20; depth <= 600; depth += 580) {
        int len =
            snprintf(data, sizeof(data), "{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"x\":");
        for (int i = 0; i < depth; i++)
            data[len++] = '[';
        for (int i = 0; i < depth; i++)
            data[len++] = ']';
        data[len++] = '}';
        ck_assert(!lbi_delta_scan(&d, data, (size_t)len));
        EXPECT(lbi_delta_parse(&scratch, &d, data, (size_t)len) == LB_OK, "not read");
        ck_assert_int_eq(d.kind, depth == 20 ? LBI_DELTA_CHUNK : LBI_DELTA_BAD);
        ck_assert_int_eq(d.token, depth == 20);
    }
}
END_TEST

/* Texts grow when they are escaped again: the first ones must survive the later ones. */
START_TEST(texts_survive_growth)
{
    struct lbi_buf data;
    struct lbi_delta d;

    lbi_buf_init(&data, &lbi_mem_libc);
    lbi_buf_puts(&data, "{\"error\":{\"code\":\"");
    for (int i = 0; i < 20000; i++)
        lbi_buf_putc(&data, 0x7f);
    lbi_buf_puts(&data, "\"}}");
    EXPECT(lbi_delta_parse(&scratch, &d, lbi_buf_text(&data), data.len) == LB_OK, "not read");
    ck_assert_int_eq(d.kind, LBI_DELTA_ERROR);
    ck_assert_uint_eq(d.error_code.len, 120000);
    ck_assert_mem_eq(d.error_text.ptr, "{\\\"code\\\":\\\"\\u007f", 18);
    ck_assert_mem_eq(d.error_code.ptr, "\\u007f\\u007f", 12);
    lbi_buf_free(&data);
}
END_TEST

START_TEST(unescape)
{
    static const struct {
        const char *from, *to;
    } table[] = {
        {"", ""},
        {"plain", "plain"},
        {"\\\"\\\\\\/", "\"\\/"},
        {"\\b\\f\\n\\r\\t", "\b\f\n\r\t"},
        {"\\u0041\\u00e4\\u20ac\\u20AC", "A\xc3\xa4\xe2\x82\xac\xe2\x82\xac"},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
        {"\\uD83D\\uDE00!", "\xf0\x9f\x98\x80!"},
        {"\\udbff\\udfff", "\xf4\x8f\xbf\xbf"},
        {"\\ud800\\udc00", "\xf0\x90\x80\x80"},
        {"\\ud83d", "\xef\xbf\xbd"},
        {"\\ude00", "\xef\xbf\xbd"},
        {"\\ud83dx", "\xef\xbf\xbdx"},
        {"\\ud83d\\n", "\xef\xbf\xbd\n"},
        {"\\ud83d\\u0041", "\xef\xbf\xbd"
                           "A"},
        {"\\ud83d\\ud83d\\ude00", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
        {"\\", "\\"},
        {"a\\", "a\\"},
        {"\\u12", ""},
        {"\xc3\xa4", "\xc3\xa4"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        lbi_buf_clear(&left);
        lbi_text_unescape(&left, (struct lbi_text){table[i].from, strlen(table[i].from)});
        ck_assert_str_eq(lbi_buf_text(&left), table[i].to);
    }
    lbi_buf_clear(&left);
    lbi_text_unescape(&left, (struct lbi_text){"a\\u0000b", 8});
    ck_assert_uint_eq(left.len, 3);
    ck_assert_mem_eq(left.data, "a\0b", 3);
}
END_TEST

/* The usual streams of real servers must take the fast way; how fast is measured elsewhere. */
START_TEST(usual_chunks_are_scanned)
{
    static const char *const usual[] = {
        ("{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1717171717,"
         "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"logprobs\":"
         "null,"
         "\"finish_reason\":null}]}"),
        ("{\"id\": \"chatcmpl-1\", \"choices\": [{\"delta\": {\"content\": null, "
         "\"reasoning_content\":"
         " \"hm\", \"role\": null, \"function_call\": null, \"tool_calls\": null}, \"index\": 0}],"
         " \"usage\": null}"),
        ("{\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"total_tokens\":9,\"completion_tokens\":"
         "2,"
         "\"prompt_tokens_details\":{\"cached_tokens\":4}}}"),
    };
    struct lbi_delta d;

    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        EXPECT(lbi_delta_scan(&d, usual[i], strlen(usual[i])), "%s", usual[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("delta");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, scan_agrees_with_json_c);
    tcase_add_test(tcase, scan_agrees_on_broken_chunks);
    tcase_add_test(tcase, remembered_agrees_with_fresh);
    tcase_add_test(tcase, lines_are_not_remembered);
    tcase_add_test(tcase, invalid_json_is_bad);
    tcase_add_test(tcase, ends_of_strings);
    tcase_add_test(tcase, nul_bytes_are_bad);
    tcase_add_test(tcase, what_a_chunk_says);
    tcase_add_test(tcase, names_of_a_chunk);
    tcase_add_test(tcase, deep_nesting);
    tcase_add_test(tcase, texts_survive_growth);
    tcase_add_test(tcase, unescape);
    tcase_add_test(tcase, usual_chunks_are_scanned);
    tcase_set_timeout(tcase, 100);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
