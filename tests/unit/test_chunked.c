/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_chunked.c - chunked coding by table, cut at every two points: read through, and read as the
 * socket is, by two in turn.
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
    {"one chunk", "3\r\nabc\r\n0\r\n\r\n", "abc", LBI_CHUNKED_LAST},
    {"several", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc", LBI_CHUNKED_LAST},
    {"not ended", "1\r\na\r\n2\r\nbc\r\n", "abc", LBI_CHUNKED_SIZE},
    {"cut in the data", "5\r\nabc", "abc", LBI_CHUNKED_DATA},
    {"cut after the data", "3\r\nabc\r", "abc", LBI_CHUNKED_AFTER},
    {"cut in a size", "3\r\nabc\r\n1", "abc", LBI_CHUNKED_SIZE},
    {"cut after a size", "3\r\nabc\r\n10\r", "abc", LBI_CHUNKED_LINE},
    {"hexadecimal", "A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a",
     LBI_CHUNKED_LAST},
    {"leading zeros", "0003\r\nabc\r\n000\r\n\r\n", "abc", LBI_CHUNKED_LAST},
    {"newlines alone", "3\nabc\n0\n\n", "abc", LBI_CHUNKED_LAST},
    {"extensions", "3;a=b;c=\"d\"\r\nabc\r\n0;x\r\n\r\n", "abc", LBI_CHUNKED_LAST},
    {"blanks after the size", "3  \r\nabc\r\n0\r\n\r\n", "abc", LBI_CHUNKED_LAST},
    {"trailers", "3\r\nabc\r\n0\r\nA: b\r\n3\r\nxyz\r\n\r\n", "abc", LBI_CHUNKED_LAST},
    {"data that looks like framing", "8\r\n0\r\n\r\n1\r\n\r\n1\r\na\r\n0\r\n\r\n",
     "0\r\n\r\n1\r\na", LBI_CHUNKED_LAST},
    {"the largest size", LONGEST "\r\nabc", "abc", LBI_CHUNKED_DATA},
    {"larger than that", "8000000000000000\r\nabc", "", LBI_CHUNKED_BAD},
    {"too many digits", "00000000000000003\r\nabc", "", LBI_CHUNKED_BAD},
    {"no size", "x\r\nabc", "", LBI_CHUNKED_BAD},
    {"no size later", "1\r\na\r\n\r\nabc", "a", LBI_CHUNKED_BAD},
    {"a chunk too long for its size", "2\r\nabc\r\n0\r\n\r\n", "ab", LBI_CHUNKED_BAD},
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

/* What the first `b` bytes hold. */
static void compare_start(size_t i, const struct lbi_buf *out, size_t stop, size_t a, size_t b)
{
    struct lbi_chunked chunked = {0};
    struct lbi_buf wanted;

    lbi_buf_init(&wanted, &lbi_mem_libc);
    feed_copy(&chunked, &wanted, cases[i].input, b);
    EXPECT(strcmp(lbi_buf_text(out), lbi_buf_text(&wanted)) == 0,
           "%s, shared at %zu, %zu and %zu: \"%s\"", cases[i].name, stop, a, b, lbi_buf_text(out));
    lbi_buf_free(&wanted);
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

/*
 * As a socket is read, by one who leaves the last chunk to another: up to `a` bytes, then up to
 * `b`, what was left in between given anew; the other one, who has read up to `stop`, goes on
 * there. In the end all was read, by one of them.
 */
static void share(struct lbi_buf *out, size_t i, size_t stop, size_t a, size_t b)
{
    const char *input = cases[i].input;
    const size_t ends[] = {a, b};
    struct lbi_chunked other = {0};
    bool last = false;

    lbi_buf_clear(out);
    feed_copy(&other, out, input, stop);
    if (!lbi_chunked_between(&other))
        return;
    struct lbi_chunked reader = other;
    size_t used = stop;
    for (size_t k = 0; k < 2 && !last && reader.state != LBI_CHUNKED_BAD; k++) {
        size_t len = ends[k] - used;
        feed_copy(&reader, out, input + used, len);
        last = reader.state == LBI_CHUNKED_LAST;
        size_t before = lbi_chunked_before_last(&reader, len);
        EXPECT(before <= len && (!last || before < len), "%s, shared at %zu, %zu and %zu: %zu",
               cases[i].name, stop, a, b, before);
        EXPECT(before == len || lbi_chunked_between(&reader), "%s, shared at %zu, %zu and %zu",
               cases[i].name, stop, a, b);
        used += before;
    }
    if (reader.state == LBI_CHUNKED_BAD)
        return;
    compare_start(i, out, stop, a, b);
    struct lbi_chunked *next = lbi_chunked_between(&reader) ? &other : &reader;
    feed_copy(next, out, input + used, strlen(input) - used);
    compare(i, out, a, b);
    EXPECT(next->state == cases[i].end, "%s, shared at %zu, %zu and %zu: state %d", cases[i].name,
           stop, a, b, (int)next->state);
}

START_TEST(every_way_to_share)
{
    struct lbi_buf out;

    lbi_buf_init(&out, &lbi_mem_libc);
    for (size_t stop = 0; stop <= strlen(cases[_i].input); stop++) {
        for (size_t a = stop; a <= strlen(cases[_i].input); a++) {
            for (size_t b = a; b <= strlen(cases[_i].input); b++)
                share(&out, (size_t)_i, stop, a, b);
        }
    }
    lbi_buf_free(&out);
}
END_TEST

/* A size of zeros may become one that is none; what cannot be the last chunk is not left. */
START_TEST(what_is_left_for_another)
{
    static const struct {
        const char *input;
        size_t before;
    } table[] = {
        {"1\r\na\r\n", 6},          {"1\r\na\r\n0", 6}, {"1\r\na\r\n00\r", 6}, {"1\r\na\r\n0;x", 6},
        {"1\r\na\r\n0\r\n\r\n", 6}, {"1\r\na\r\n1", 7}, {"1\r\na\r\n01\r", 9}, {"1\r\na\r", 5},
        {"0\r\n1\r\na\r\n", 0},     {"2\r\n0", 4},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct lbi_chunked chunked = {0};
        struct lbi_buf out;
        size_t len = strlen(table[i].input);
        lbi_buf_init(&out, &lbi_mem_libc);
        feed_copy(&chunked, &out, table[i].input, len);
        size_t before = lbi_chunked_before_last(&chunked, len);
        EXPECT(before == table[i].before, "line %zu: %zu", i, before);
        lbi_buf_free(&out);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chunked");
    TCase *tcase = tcase_create("chunked");

    tcase_add_loop_test(tcase, every_split, 0, CASES);
    tcase_add_loop_test(tcase, every_way_to_share, 0, CASES);
    tcase_add_test(tcase, what_is_left_for_another);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
