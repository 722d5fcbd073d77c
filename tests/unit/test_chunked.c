/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_chunked.c - chunked coding by table, cut at every two points.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "expect.h"
#include "wire/chunked.h"

#define LONGEST "7fffffffffffffff"

static const struct {
    const char *name, *input, *body;
    enum lbi_chunked_state end;
} cases[] = {
    {"nothing", "", "", LBI_CHUNKED_SIZE},
    {"one chunk", "3\r\nabc\r\n0\r\n\r\n", "abc", LBI_CHUNKED_END},
    {"several", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc", LBI_CHUNKED_END},
    {"not ended", "1\r\na\r\n2\r\nbc\r\n", "abc", LBI_CHUNKED_SIZE},
    {"cut in the data", "5\r\nabc", "abc", LBI_CHUNKED_DATA},
    {"cut after the data", "3\r\nabc\r", "abc", LBI_CHUNKED_AFTER},
    {"cut in a size", "3\r\nabc\r\n1", "abc", LBI_CHUNKED_SIZE},
    {"cut after a size", "3\r\nabc\r\n10\r", "abc", LBI_CHUNKED_LINE},
    {"hexadecimal", "A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a",
     LBI_CHUNKED_END},
    {"leading zeros", "0003\r\nabc\r\n000\r\n\r\n", "abc", LBI_CHUNKED_END},
    {"newlines alone", "3\nabc\n0\n\n", "abc", LBI_CHUNKED_END},
    {"extensions", "3;a=b;c=\"d\"\r\nabc\r\n0;x\r\n\r\n", "abc", LBI_CHUNKED_END},
    {"blanks after the size", "3  \r\nabc\r\n0\r\n\r\n", "abc", LBI_CHUNKED_END},
    {"trailers", "3\r\nabc\r\n0\r\nA: b\r\n3\r\nxyz\r\n\r\n", "abc", LBI_CHUNKED_END},
    {"data that looks like framing", "8\r\n0\r\n\r\n1\r\n\r\n1\r\na\r\n0\r\n\r\n",
     "0\r\n\r\n1\r\na", LBI_CHUNKED_END},
    {"the largest size", LONGEST "\r\nabc", "abc", LBI_CHUNKED_DATA},
    {"larger than that", "8000000000000000\r\nabc", "", LBI_CHUNKED_BAD},
    {"too many digits", "00000000000000003\r\nabc", "", LBI_CHUNKED_BAD},
    {"no size", "x\r\nabc", "", LBI_CHUNKED_BAD},
    {"no size later", "1\r\na\r\n\r\nabc", "a", LBI_CHUNKED_BAD},
    {"a chunk too long for its size", "2\r\nabc\r\n0\r\n\r\n", "ab", LBI_CHUNKED_BAD},
    {"the end cut in its line", "1\r\na\r\n0\r", "a", LBI_CHUNKED_LINE},
    {"the end without its blank line", "1\r\na\r\n0\r\n", "a", LBI_CHUNKED_LAST},
    {"cut in a trailer", "1\r\na\r\n0\r\nA: b", "a", LBI_CHUNKED_TRAILER},
    {"cut after a trailer", "1\r\na\r\n0\r\nA: b\r\n\r", "a", LBI_CHUNKED_LAST},
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static void feed(struct lbi_chunked *chunked, struct lbi_buf *out, const char *bytes, size_t len)
{
    const char *piece;
    size_t at = 0;
    size_t n;

    while (lbi_chunked_next(chunked, bytes, len, &at, &piece, &n)) {
        EXPECT(n > 0 && piece >= bytes && piece + n <= bytes + at, "a piece out of its bytes");
        lbi_buf_add(out, piece, n);
    }
    EXPECT(at == len, "%zu of %zu bytes used", at, len);
}

/* Pieces in memory of their own, so that a sanitizer sees each byte too many. */
static void feed_copy(struct lbi_chunked *chunked, struct lbi_buf *out, const char *bytes,
                      size_t len)
{
    char *copy = malloc(len + 1);

    EXPECT(copy != NULL, "no memory");
    memcpy(copy, bytes, len);
    char *exact = realloc(copy, len > 0 ? len : 1);
    EXPECT(exact != NULL, "no memory");
    feed(chunked, out, exact, len);
    free(exact);
}

static void compare(size_t i, const struct lbi_buf *out, size_t a, size_t b)
{
    EXPECT(strcmp(lbi_buf_text(out), cases[i].body) == 0, "%s, cut at %zu and %zu: \"%s\"",
           cases[i].name, a, b, lbi_buf_text(out));
}

static void split(struct lbi_buf *out, size_t i, size_t a, size_t b)
{
    const char *input = cases[i].input;
    struct lbi_chunked chunked = {0};

    lbi_buf_clear(out);
    feed_copy(&chunked, out, input, a);
    feed_copy(&chunked, out, input + a, b - a);
    feed_copy(&chunked, out, input + b, strlen(input) - b);
    compare(i, out, a, b);
    EXPECT(chunked.state == cases[i].end, "%s, cut at %zu and %zu: state %d", cases[i].name, a, b,
           (int)chunked.state);
}

START_TEST(every_split)
{
    struct lbi_buf out;

    lbi_buf_init(&out, &lbi_mem_libc);
    for (size_t a = 0; a <= strlen(cases[_i].input); a++) {
        for (size_t b = a; b <= strlen(cases[_i].input); b++)
            split(&out, (size_t)_i, a, b);
    }
    lbi_buf_free(&out);
}
END_TEST

/* In one piece, whatever way it is cut; bytes are written to, so each time from a fresh copy. */
static void gather_copy(struct lbi_chunked *chunked, struct lbi_buf *out, const char *bytes,
                        size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    size_t at = 0;
    char *body;

    EXPECT(copy != NULL, "no memory");
    memcpy(copy, bytes, len);
    size_t body_len = lbi_chunked_gather(chunked, copy, len, &at, &body);
    EXPECT(body_len == 0 || (body >= copy && body + body_len <= copy + at), "out of its bytes");
    lbi_buf_add(out, body, body_len);
    free(copy);
}

START_TEST(gathered)
{
    const char *input = cases[_i].input;
    struct lbi_buf out;

    lbi_buf_init(&out, &lbi_mem_libc);
    for (size_t a = 0; a <= strlen(input); a++) {
        struct lbi_chunked chunked = {0};
        lbi_buf_clear(&out);
        gather_copy(&chunked, &out, input, a);
        gather_copy(&chunked, &out, input + a, strlen(input) - a);
        compare((size_t)_i, &out, a, a);
        EXPECT(chunked.state == cases[_i].end, "%s, cut at %zu", cases[_i].name, a);
    }
    lbi_buf_free(&out);
}
END_TEST

/* What stands behind the end is not taken. */
START_TEST(what_follows_the_end)
{
    static const char input[] = "1\r\na\r\n0\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n";
    struct lbi_chunked chunked = {0};
    const char *piece;
    size_t n;
    size_t at = 0;

    while (lbi_chunked_next(&chunked, input, sizeof(input) - 1, &at, &piece, &n)) {
    }
    EXPECT(chunked.state == LBI_CHUNKED_END, "state %d", (int)chunked.state);
    EXPECT(memcmp(input + at, "HTTP/", 5) == 0, "stands at %zu", at);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chunked");
    TCase *tcase = tcase_create("chunked");

    tcase_add_loop_test(tcase, every_split, 0, CASES);
    tcase_add_loop_test(tcase, gathered, 0, CASES);
    tcase_add_test(tcase, what_follows_the_end);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
