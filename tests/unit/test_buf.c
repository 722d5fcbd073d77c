/* SPDX-License-Identifier: Apache-2.0 */
/* test_buf.c - buffers, the JSON texts made in them, and UTF-8. */
#include <check.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "expect.h"

static struct lbi_buf buf;

static void set_up(void)
{
    lbi_buf_init(&buf, &lbi_mem_libc);
}

static void tear_down(void)
{
    lbi_buf_free(&buf);
}

static const char *number(double value, int decimals)
{
    lbi_buf_clear(&buf);
    lbi_buf_json_number(&buf, value, decimals);
    return lbi_buf_text(&buf);
}

static void check_numbers(void)
{
    ck_assert_str_eq(number(0, 6), "0");
    ck_assert_str_eq(number(-0.0, 6), "0");
    ck_assert_str_eq(number(1, 6), "1");
    ck_assert_str_eq(number(-1, 6), "-1");
    ck_assert_str_eq(number(0.5, 6), "0.5");
    ck_assert_str_eq(number(-0.25, 6), "-0.25");
    ck_assert_str_eq(number(1.000001, 6), "1.000001");
    ck_assert_str_eq(number(1.0000004, 6), "1");
    ck_assert_str_eq(number(0.0000005, 6), "0.000001");
    ck_assert_str_eq(number(-0.0000004, 6), "0");
    ck_assert_str_eq(number(1234567.891, 3), "1234567.891");
    ck_assert_str_eq(number(1234567.8919, 3), "1234567.892");
    ck_assert_str_eq(number(0.1 + 0.2, 6), "0.3");
    ck_assert_str_eq(number(2.5, 0), "3");
    ck_assert_str_eq(number(1.05, 1), "1.1");
    ck_assert_str_eq(number(0.000123, 6), "0.000123");
    ck_assert_str_eq(number(999.9999996, 6), "1000");
    ck_assert_str_eq(number(9007199254740992.0, 2), "9007199254740992");
    ck_assert_str_eq(number(1e18, 6), "1000000000000000000");
    ck_assert_str_eq(number(-1e18, 6), "-1000000000000000000");
    ck_assert_str_eq(number(1e300, 0) + 300, "0.0");
    ck_assert_str_eq(number((double)NAN, 6), "null");
    ck_assert_str_eq(number((double)INFINITY, 6), "null");
    ck_assert_str_eq(number(-(double)INFINITY, 6), "null");
}

START_TEST(numbers)
{
    check_numbers();
}
END_TEST

START_TEST(numbers_in_another_locale)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE", "fr_FR.UTF-8"};
    bool set = false;

    for (size_t i = 0; i < 4 && !set; i++)
        set = setlocale(LC_ALL, names[i]) != NULL;
    check_numbers();
    (void)setlocale(LC_ALL, "C");
}
END_TEST

/* As good as the double itself: read back, a number is within half of its last decimal. */
START_TEST(numbers_read_back)
{
    for (int i = 0; i < 20000; i++) {
        double value = (i - 10000) * 0.7310585786 * pow(10, i % 13 - 6);
        double back = strtod(number(value, 6), NULL);
        EXPECT(fabs(back - value) <= 0.5000001e-6 + fabs(value) * 1e-15, "%.17g became %s", value,
               lbi_buf_text(&buf));
    }
}
END_TEST

START_TEST(json_texts)
{
    static const char *const table[][2] = {
        {"", ""},
        {"plain", "plain"},
        {"\"\\/", "\\\"\\\\/"},
        {"\b\f\n\r\t", "\\b\\f\\n\\r\\t"},
        {"\x01\x1b[31m\x1f", "\\u0001\\u001b[31m\\u001f"},
        {"\x7f", "\\u007f"},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\xff", "\xef\xbf\xbd"},
        {"a\xc3", "a\xef\xbf\xbd"},
        {"\xc3z", "\xef\xbf\xbdz"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        lbi_buf_clear(&buf);
        lbi_buf_json_text(&buf, table[i][0], strlen(table[i][0]));
        ck_assert_str_eq(lbi_buf_text(&buf), table[i][1]);
        ck_assert(lbi_utf8_all_valid(buf.data != NULL ? buf.data : "", buf.len));
    }
    lbi_buf_clear(&buf);
    lbi_buf_json_text(&buf, "a\0b", 3);
    ck_assert_str_eq(lbi_buf_text(&buf), "a\\u0000b");
    lbi_buf_clear(&buf);
    lbi_buf_json_string(&buf, "a\"b");
    ck_assert_str_eq(lbi_buf_text(&buf), "\"a\\\"b\"");
}
END_TEST

/* Every byte at every place of a text that is looked at in pieces. */
START_TEST(json_texts_at_every_place)
{
    char text[27];
    struct lbi_buf piece;

    lbi_buf_init(&piece, &lbi_mem_libc);
    for (size_t at = 0; at < sizeof(text); at++) {
        for (int c = 0; c < 256; c++) {
            memset(text, 'y', sizeof(text));
            text[at] = (char)c;
            lbi_buf_clear(&piece);
            lbi_buf_json_text(&piece, text + at, 1);
            lbi_buf_clear(&buf);
            lbi_buf_json_text(&buf, text, sizeof(text));
            ck_assert_uint_eq(buf.len, sizeof(text) - 1 + piece.len);
            ck_assert_int_eq(memcmp(buf.data + at, piece.data, piece.len), 0);
            ck_assert_uint_eq(strspn(buf.data, "y"), c == 'y' ? sizeof(text) : at);
        }
    }
    lbi_buf_free(&piece);
}
END_TEST

START_TEST(digits)
{
    static const struct {
        uint64_t value;
        int least;
        const char *text;
    } table[] = {
        {0, 1, "0"},
        {0, 0, "0"},
        {7, 3, "007"},
        {9, 1, "9"},
        {10, 1, "10"},
        {99, 1, "99"},
        {100, 1, "100"},
        {405, 5, "00405"},
        {1234, 3, "1234"},
        {98765, 2, "98765"},
        {UINT64_MAX, 1, "18446744073709551615"},
        {1, 20, "00000000000000000001"},
        {1, 21, "00000000000000000001"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        lbi_buf_clear(&buf);
        lbi_buf_uint(&buf, table[i].value, table[i].least);
        ck_assert_str_eq(lbi_buf_text(&buf), table[i].text);
    }
}
END_TEST

START_TEST(grows_and_shrinks)
{
    for (int i = 0; i < 1000; i++)
        lbi_buf_printf(&buf, "%03d,", i);
    ck_assert_uint_eq(buf.len, 4000);
    ck_assert_str_eq(buf.data + 3992, "998,999,");
    lbi_buf_truncate(&buf, 5000); /* more than there is: nothing happens */
    ck_assert_uint_eq(buf.len, 4000);
    lbi_buf_truncate(&buf, 3);
    ck_assert_str_eq(lbi_buf_text(&buf), "000");
    lbi_buf_clear(&buf);
    ck_assert_str_eq(lbi_buf_text(&buf), "");
    lbi_buf_free(&buf);
    ck_assert_str_eq(lbi_buf_text(&buf), "");
    lbi_buf_add(&buf, NULL, 0);
    ck_assert_int_eq(buf.err, LB_OK);
}
END_TEST

START_TEST(repeated)
{
    lbi_buf_puts(&buf, "[");
    lbi_buf_repeat(&buf, "0,", 2, 0);
    ck_assert_str_eq(lbi_buf_text(&buf), "[");
    lbi_buf_repeat(&buf, "0,", 2, 3);
    ck_assert_str_eq(lbi_buf_text(&buf), "[0,0,0,");
    lbi_buf_repeat(&buf, "x", 1, 1000);
    ck_assert_uint_eq(buf.len, 1007);
    ck_assert_uint_eq(strspn(buf.data + 7, "x"), 1000);
    buf.limit = 1010;
    lbi_buf_repeat(&buf, "y", 1, 4);
    ck_assert_int_eq(buf.err, LB_E_RANGE);
    ck_assert_uint_eq(buf.len, 1007);
}
END_TEST

START_TEST(the_limit_sticks)
{
    buf.limit = 10;
    lbi_buf_puts(&buf, "0123456789");
    ck_assert_int_eq(buf.err, LB_OK);
    lbi_buf_putc(&buf, 'x');
    ck_assert_int_eq(buf.err, LB_E_RANGE);
    lbi_buf_puts(&buf, "");
    lbi_buf_truncate(&buf, 5);
    lbi_buf_putc(&buf, 'x');
    lbi_buf_printf(&buf, "%d", 7);
    ck_assert_str_eq(lbi_buf_text(&buf), "01234");
    lbi_buf_clear(&buf);
    lbi_buf_printf(&buf, "%s", "0123456789");
    ck_assert_int_eq(buf.err, LB_OK);
    lbi_buf_printf(&buf, "%s", "x");
    ck_assert_int_eq(buf.err, LB_E_RANGE);
    ck_assert_int_eq(lbi_buf_reserve(&buf, 1), LB_E_RANGE);
}
END_TEST

START_TEST(no_size_overflows)
{
    ck_assert_int_eq(lbi_buf_reserve(&buf, SIZE_MAX), LB_E_RANGE);
    lbi_buf_clear(&buf);
    ck_assert_int_eq(lbi_buf_reserve(&buf, SIZE_MAX / 4 + 1), LB_E_RANGE);
}
END_TEST

static void *no_memory(void *user, void *old, size_t size)
{
    (void)user;
    if (size == 0)
        free(old);
    return NULL;
}

START_TEST(out_of_memory_sticks)
{
    const struct lbi_mem mem = {no_memory, NULL};
    struct lbi_buf poor;

    lbi_buf_init(&poor, &mem);
    lbi_buf_puts(&poor, "x");
    ck_assert_int_eq(poor.err, LB_E_NOMEM);
    lbi_buf_json_number(&poor, 1.5, 2);
    lbi_buf_json_string(&poor, "x");
    ck_assert_uint_eq(poor.len, 0);
    ck_assert_str_eq(lbi_buf_text(&poor), "");
    lbi_buf_free(&poor);
}
END_TEST

/* Length of the valid sequence at the start; by RFC 3629, table 3-7 of Unicode. */
START_TEST(utf8_valid)
{
    static const struct {
        const char *text;
        size_t n;
    } table[] = {
        {"a", 1},
        {"\x7f", 1},
        {"\x80", 0},
        {"\xbf", 0},
        {"\xc0\x80", 0},
        {"\xc1\xbf", 0},
        {"\xc2\x80", 2},
        {"\xdf\xbf", 2},
        {"\xc2", 0},
        {"\xc2z", 0},
        {"\xc2\xc2", 0},
        {"\xe0\x9f\xbf", 0},
        {"\xe0\xa0\x80", 3},
        {"\xe2\x82", 0},
        {"\xe2\x82z", 0},
        {"\xec\xbf\xbf", 3},
        {"\xed\x9f\xbf", 3},
        {"\xed\xa0\x80", 0},
        {"\xed\xbf\xbf", 0},
        {"\xee\x80\x80", 3},
        {"\xef\xbf\xbf", 3},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xf0\x90\x80\x80", 4},
        {"\xf0\x9f\x98", 0},
        {"\xf4\x8f\xbf\xbf", 4},
        {"\xf4\x90\x80\x80", 0},
        {"\xf5\x80\x80\x80", 0},
        {"\xff", 0},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        ck_assert_msg(lbi_utf8_valid(table[i].text, strlen(table[i].text)) == table[i].n,
                      "line %zu", i);
    ck_assert_uint_eq(lbi_utf8_valid("a", 0), 0);
    ck_assert(lbi_utf8_all_valid("", 0));
    ck_assert(lbi_utf8_all_valid("a\xc3\xa4\0b", 5));
    ck_assert(!lbi_utf8_all_valid("a\xc3\xa4\xc3", 4));
}
END_TEST

/* ASCII is looked through in eights: what is none of it is seen wherever it stands. */
START_TEST(utf8_among_ascii)
{
    static const struct {
        const char *text;
        bool valid;
    } table[] = {{"\xc3\xa4", true},      {"\xe2\x82\xac", true}, {"\xf0\x9f\x98\x80", true},
                 {"\x80", false},         {"\xff", false},        {"\xe2\x82", false},
                 {"\xed\xa0\x80", false}, {"\xc3", false}};
    char text[24];

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t n = strlen(table[i].text);
        for (size_t at = 0; at + n <= sizeof(text); at++) {
            memset(text, 'a', sizeof(text));
            memcpy(text + at, table[i].text, n);
            ck_assert_msg(lbi_utf8_all_valid(text, sizeof(text)) == table[i].valid,
                          "line %zu at %zu", i, at);
        }
    }
}
END_TEST

/* Every code point goes out and comes back as one whole sequence. */
START_TEST(utf8_put)
{
    char out[4];

    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        size_t n = lbi_utf8_put(out, code);
        EXPECT(lbi_utf8_valid(out, n) == n, "code %x", (unsigned)code);
        if (code >= 0xd800 && code <= 0xdfff)
            ck_assert_mem_eq(out, "\xef\xbf\xbd", 3);
    }
    ck_assert_uint_eq(lbi_utf8_put(out, 0x110000), 3);
    ck_assert_mem_eq(out, "\xef\xbf\xbd", 3);
    ck_assert_uint_eq(lbi_utf8_put(out, UINT32_MAX), 3);
}
END_TEST

START_TEST(utf8_cut)
{
    static const char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";
    static const size_t wanted[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};

    for (size_t len = 0; len < sizeof(wanted) / sizeof(wanted[0]); len++)
        ck_assert_uint_eq(lbi_utf8_cut(text, len), wanted[len]);
    ck_assert_uint_le(lbi_utf8_cut("\x80\x80\x80\x80\x80", 5), 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buf");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, numbers);
    tcase_add_test(tcase, numbers_in_another_locale);
    tcase_add_test(tcase, numbers_read_back);
    tcase_add_test(tcase, json_texts);
    tcase_add_test(tcase, json_texts_at_every_place);
    tcase_add_test(tcase, digits);
    tcase_add_test(tcase, grows_and_shrinks);
    tcase_add_test(tcase, repeated);
    tcase_add_test(tcase, the_limit_sticks);
    tcase_add_test(tcase, no_size_overflows);
    tcase_add_test(tcase, out_of_memory_sticks);
    tcase_add_test(tcase, utf8_valid);
    tcase_add_test(tcase, utf8_among_ascii);
    tcase_add_test(tcase, utf8_put);
    tcase_add_test(tcase, utf8_cut);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
