/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sse.c - event streams by table: each case is fed whole, byte by byte, cut at every point
 * into two pieces and, when it is small, into three. The outcome must be the same each time.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "wire/sse.h"

enum { LIMIT = 64, SMALL = 90 };

/* What came out, as text: "name|data" and a newline for each event, at last "cut" or an error. */
struct seen {
    int known_left;
    struct lbi_buf log;
    unsigned events, fail_at; /* fail_at: number of the event that refuses, 0: none */
};

static lb_err on_event(void *user, const char *name, const char *data, size_t len)
{
    struct seen *seen = user;

    lbi_buf_printf(&seen->log, "%s|%.*s\n", name, (int)len, data);
    return ++seen->events == seen->fail_at ? LB_E_USER : LB_OK;
}

static const struct {
    const char *name, *input, *output;
} cases[] = {
    {"empty", "", ""},
    {"one event", "data: a\n\n", "|a\n"},
    {"carriage returns", "data: a\r\rdata: b\r\r", "|a\n|b\n"},
    {"both", "data: a\r\n\r\ndata: b\r\n\r\n", "|a\n|b\n"},
    {"mixed ends", "data: a\r\n\ndata: b\n\rdata: c\r\r\n", "|a\n|b\n|c\n"},
    {"no blank after the colon", "data:a\n\n", "|a\n"},
    {"only one blank goes", "data:  a \n\n", "| a \n"},
    {"colon in the value", "data: a: b:c\n\n", "|a: b:c\n"},
    {"empty value", "data:\n\n", "|\n"},
    {"one blank as value", "data: \n\n", "|\n"},
    {"no colon", "data\n\n", "|\n"},
    {"two lines", "data: a\ndata: b\n\n", "|a\nb\n"},
    {"two lines, the first empty", "data:\ndata: b\n\n", "|\nb\n"},
    {"two lines, the last empty", "data: a\ndata\n\n", "|a\n\n"},
    {"three lines, CRLF", "data: a\r\ndata:b\r\ndata:  c\r\n\r\n", "|a\nb\n c\n"},
    {"comment", ": hello\n\n: again\ndata: a\n:\n\n", "|a\n"},
    {"event name", "event: error\ndata: a\n\ndata: b\n\n", "error|a\n|b\n"},
    {"name after the data", "data: a\nevent: x\n\n", "x|a\n"},
    {"name without data", "event: x\n\ndata: a\n\n", "|a\n"},
    {"last name wins", "event: x\nevent: y\ndata: a\n\n", "y|a\n"},
    {"empty name", "event: x\nevent\ndata: a\n\n", "|a\n"},
    {"long name is cut", "event: 0123456789012345678901234567890123\ndata: a\n\n",
     "0123456789012345678901234567890|a\n"},
    {"id and retry", "id: 7\nretry: 3000\ndata: a\n\nretry:1\n\n", "|a\n"},
    {"unknown fields", "foo: bar\ndatax: 1\ndat: 2\nData: 3\n data: 4\ndata: a\n\n", "|a\n"},
    {"error field", "error: {}\n\n", "error|{}\n"},
    {"byte-order mark",
     "\xef\xbb\xbf"
     "data: a\n\n",
     "|a\n"},
    {"mark before a comment", "\xef\xbb\xbf:\n\ndata: a\n\n", "|a\n"},
    {"a mark later is none",
     "data: a\n\n\xef\xbb\xbf"
     "data: b\n\n",
     "|a\n"},
    {"half a mark is none",
     "\xef\xbb"
     "data: a\n\ndata: b\n\n",
     "|b\n"},
    {"many blank lines", "\n\n\r\r\n\ndata: a\n\n\n\n", "|a\n"},
    {"end without blank line", "data: a\n", "|a\n"},
    {"end without line end", "data: a", "|a\ncut"},
    {"end inside a second line", "data: a\ndata: b", "|a\nb\ncut"},
    {"end inside a field name", "data: a\n\ndat", "|a\ncut"},
    {"end after a carriage return", "data: a\r", "|a\n"},
    {"end inside a comment", "data: a\n\n: b", "|a\ncut"},
    {"bytes of all kinds", "data: \x01\xff\xc3\xa4\t\n\n", "|\x01\xff\xc3\xa4\t\n"},
    {"the longest line", "data: 0123456789012345678901234567890123456789012345678901234567\n\n",
     "|0123456789012345678901234567890123456789012345678901234567\n"},
    {"one byte more", "data: 01234567890123456789012345678901234567890123456789012345678\n\n",
     "too long"},
    {"a long comment", ": 01234567890123456789012345678901234567890123456789012345678901234\n",
     "too long"},
    {"too much data in lines",
     "data: 0123456789012345678901234567890123456789\ndata: 01234567890123456789012345678901\n\n",
     "too long"},
    {"as much data as may be",
     "data: 0123456789012345678901234567890123456789\ndata: 01234567890123456789012\n\n",
     "|0123456789012345678901234567890123456789\n01234567890123456789012\n"},
    {"far more than the limit in comments",
     ": 0123456789012345678901234567890123456789\n: 0123456789012345678901234567890123456789\n"
     ": 0123456789012345678901234567890123456789\ndata: a\n\n",
     "|a\n"},
    {"chat", "data: {\"a\":1}\n\n: ping\n\ndata: {\"a\":2}\n\ndata: [DONE]\n\n",
     "|{\"a\":1}\n|{\"a\":2}\n|[DONE]\n"},
};

/* A piece in memory of its own, gone afterwards: a parser that keeps a pointer into it is found. */
static lb_err feed_copy(struct lbi_sse *sse, const char *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    EXPECT(copy != NULL, "out of memory");
    memcpy(copy, bytes, len);
    lb_err err = lbi_sse_feed(sse, copy, len);
    memset(copy, '#', len);
    free(copy);
    return err;
}

/* `cuts` ascending, the last one is the length. */
static void play(struct lbi_sse *sse, struct seen *seen, const char *input, const size_t *cuts,
                 size_t count)
{
    lb_err err = LB_OK;
    bool cut = false;
    size_t from = 0;

    lbi_sse_reset(sse);
    lbi_buf_clear(&seen->log);
    seen->events = 0;
    for (size_t i = 0; i < count && err == LB_OK; i++) {
        err = feed_copy(sse, input + from, cuts[i] - from);
        from = cuts[i];
    }
    if (err == LB_OK)
        err = lbi_sse_end(sse, &cut);
    if (err == LB_E_RANGE)
        lbi_buf_puts(&seen->log, "too long");
    else if (err == LB_E_USER)
        lbi_buf_puts(&seen->log, "refused");
    else
        EXPECT(err == LB_OK, "error %d", err);
    if (cut)
        lbi_buf_puts(&seen->log, "cut");
}

static void check(const struct seen *seen, size_t i, size_t a, size_t b)
{
    EXPECT(strcmp(lbi_buf_text(&seen->log), cases[i].output) == 0,
           "%s cut at %zu and %zu: \"%s\", wanted \"%s\"", cases[i].name, a, b,
           lbi_buf_text(&seen->log), cases[i].output);
}

static void open_both(struct lbi_sse *sse, struct seen *seen, size_t limit)
{
    *seen = (struct seen){0};
    lbi_buf_init(&seen->log, &lbi_mem_libc);
    lbi_sse_init(sse, &lbi_mem_libc, limit, on_event, NULL, seen);
}

static void close_both(struct lbi_sse *sse, struct seen *seen)
{
    lbi_sse_free(sse);
    lbi_buf_free(&seen->log);
}

START_TEST(every_split)
{
    struct lbi_sse sse;
    struct seen seen;
    size_t plays = 0;

    open_both(&sse, &seen, LIMIT);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *input = cases[i].input;
        const size_t len = strlen(input);
        for (size_t a = 0; a <= len; a++) {
            play(&sse, &seen, input, (size_t[]){a, len}, 2);
            check(&seen, i, a, len);
            plays++;
            for (size_t b = a; len <= SMALL && b <= len; b++, plays++) {
                play(&sse, &seen, input, (size_t[]){a, b, len}, 3);
                check(&seen, i, a, b);
            }
        }
    }
    printf("sse: %zu cases, %zu ways to cut them\n", sizeof(cases) / sizeof(cases[0]), plays);
    close_both(&sse, &seen);
}
END_TEST

START_TEST(byte_by_byte)
{
    struct lbi_sse sse;
    struct seen seen;

    open_both(&sse, &seen, LIMIT);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t cuts[256];
        size_t len = strlen(cases[i].input);
        ck_assert_uint_lt(len, 256);
        for (size_t k = 0; k < len; k++)
            cuts[k] = k + 1;
        play(&sse, &seen, cases[i].input, cuts, len);
        check(&seen, i, 0, len);
    }
    close_both(&sse, &seen);
}
END_TEST

START_TEST(a_refusal_stops_the_feed)
{
    static const char input[] = "data: a\n\ndata: b\n\ndata: c\n\n";
    struct lbi_sse sse;
    struct seen seen;

    open_both(&sse, &seen, LIMIT);
    for (size_t a = 0; a < sizeof(input); a++) {
        seen.fail_at = 2;
        play(&sse, &seen, input, (size_t[]){a, sizeof(input) - 1}, 2);
        ck_assert_str_eq(lbi_buf_text(&seen.log), "|a\n|b\nrefused");
    }
    close_both(&sse, &seen);
}
END_TEST

/* Takes "data: k" events, one or many, and refuses at the last it may. */
static lb_err on_known(void *user, const char *bytes, size_t len, size_t *taken)
{
    struct seen *seen = user;

    for (; len - *taken >= 9 && memcmp(bytes + *taken, "data: k\n\n", 9) == 0; *taken += 9) {
        lbi_buf_puts(&seen->log, "|k\n");
        if (--seen->known_left == 0)
            return LB_E_USER;
    }
    return LB_OK;
}

/* Only what begins where an event begins may be taken, however the bytes are cut. */
START_TEST(known_events_are_taken)
{
    static const char input[] = "data: k\n\ndata: k\n\ndata: a\ndata: k\n\n: \ndata: k\n\n"
                                "event: x\ndata: k\n\ndata: k\n\n\ndata: k\n\n";
    struct lbi_sse sse;
    struct seen seen;

    open_both(&sse, &seen, LIMIT);
    for (size_t a = 0; a < sizeof(input); a++) {
        sse.on_known = on_known;
        seen.known_left = 100;
        play(&sse, &seen, input, (size_t[]){a, sizeof(input) - 1}, 2);
        ck_assert_str_eq(lbi_buf_text(&seen.log), "|k\n|k\n|a\nk\n|k\nx|k\n|k\n|k\n");
        ck_assert_int_le(seen.known_left, 98);
        seen.known_left = 2;
        play(&sse, &seen, input, (size_t[]){a, sizeof(input) - 1}, 2);
        ck_assert_str_eq(lbi_buf_text(&seen.log) + seen.log.len - 7, "refused");
    }
    close_both(&sse, &seen);
}
END_TEST

START_TEST(reset_forgets)
{
    struct lbi_sse sse;
    struct seen seen;
    bool cut;

    open_both(&sse, &seen, LIMIT);
    ck_assert_int_eq(lbi_sse_feed(&sse, "data: a\nevent: x\ndata: b", 24), LB_OK);
    lbi_sse_reset(&sse);
    ck_assert_int_eq(lbi_sse_end(&sse, &cut), LB_OK);
    ck_assert(!cut);
    ck_assert_uint_eq(seen.events, 0);
    /* a mark is one again, and a newline is no half of a carriage return's */
    ck_assert_int_eq(lbi_sse_feed(&sse, "\r", 1), LB_OK);
    lbi_sse_reset(&sse);
    ck_assert_int_eq(lbi_sse_feed(&sse,
                                  "\xef\xbb\xbf"
                                  "data: c\n\n",
                                  12),
                     LB_OK);
    ck_assert_str_eq(lbi_buf_text(&seen.log), "|c\n");
    close_both(&sse, &seen);
}
END_TEST

START_TEST(no_limit)
{
    struct lbi_sse sse;
    struct seen seen;
    char line[4096];

    open_both(&sse, &seen, 0);
    memset(line, 'x', sizeof(line));
    memcpy(line, "data: ", 6);
    ck_assert_int_eq(lbi_sse_feed(&sse, line, sizeof(line)), LB_OK);
    ck_assert_int_eq(lbi_sse_feed(&sse, "\n\n", 2), LB_OK);
    ck_assert_uint_eq(seen.log.len, sizeof(line) - 6 + 2);
    close_both(&sse, &seen);
}
END_TEST

/* An allocator that fails from the n-th call on. */
struct meagre {
    unsigned left;
};

static void *meagre_realloc(void *user, void *old, size_t size)
{
    struct meagre *meagre = user;

    if (size == 0 || meagre->left-- > 0)
        return lbi_realloc(&lbi_mem_libc, old, size);
    meagre->left = 0;
    return NULL;
}

START_TEST(out_of_memory)
{
    static const char input[] =
        "data: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
        "data: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n\n";
    lb_err err = LB_E_NOMEM;

    for (unsigned n = 0; err != LB_OK; n++) {
        struct meagre meagre = {n};
        struct lbi_mem mem = {meagre_realloc, &meagre};
        struct lbi_sse sse;
        struct seen seen;
        open_both(&sse, &seen, 0);
        lbi_sse_free(&sse);
        lbi_sse_init(&sse, &mem, 0, on_event, NULL, &seen);
        err = LB_OK;
        for (size_t i = 0; i < sizeof(input) - 1 && err == LB_OK; i++)
            err = lbi_sse_feed(&sse, input + i, 1);
        ck_assert(err == LB_OK || err == LB_E_NOMEM);
        ck_assert_uint_eq(seen.events, err == LB_OK ? 1 : 0);
        ck_assert_uint_lt(n, 20);
        close_both(&sse, &seen);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sse");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, every_split);
    tcase_add_test(tcase, byte_by_byte);
    tcase_add_test(tcase, a_refusal_stops_the_feed);
    tcase_add_test(tcase, known_events_are_taken);
    tcase_add_test(tcase, reset_forgets);
    tcase_add_test(tcase, no_limit);
    tcase_add_test(tcase, out_of_memory);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
