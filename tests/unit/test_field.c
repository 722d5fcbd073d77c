/* SPDX-License-Identifier: Apache-2.0 */
/* test_field.c - lines of a head by table: "name|value", or "" where there is no field. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/field.h"

static const struct {
    const char *line, *parts;
} cases[] = {
    {"Server: nginx\r\n", "Server|nginx"},
    {"Server:nginx", "Server|nginx"},
    {"Server: \t nginx \t\r\n", "Server|nginx"},
    {"Server:\r\n", "Server|"},
    {"Server: \r\n", "Server|"},
    {"Date: a:b: c\n", "Date|a:b: c"},
    {"Server : nginx\r\n", "Server |nginx"},
    {": nginx\r\n", "|nginx"},
    {":", "|"},
    {"HTTP/1.1 200 OK\r\n", ""},
    {"\r\n", ""},
    {"", ""},
};

START_TEST(each_line)
{
    const char *line = cases[_i].line;
    struct lbi_http_field field;
    char parts[64] = "";

    if (lbi_http_field_split(&field, line, strlen(line)))
        (void)snprintf(parts, sizeof(parts), "%.*s|%.*s", (int)field.name_len, field.name,
                       (int)field.value_len, field.value);
    ck_assert_str_eq(parts, cases[_i].parts);
}
END_TEST

START_TEST(names_in_any_case)
{
    struct lbi_http_field field;

    ck_assert(lbi_http_field_split(&field, "Content-TYPE: x", 15));
    ck_assert(lbi_http_field_is(&field, "content-type"));
    ck_assert(!lbi_http_field_is(&field, "content-typ"));
    ck_assert(!lbi_http_field_is(&field, "content-types"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("field");
    TCase *tests = tcase_create("lines");

    tcase_add_loop_test(tests, each_line, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tests, names_in_any_case);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
