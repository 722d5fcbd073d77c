/* SPDX-License-Identifier: Apache-2.0 */
/* test_url.c - addresses of endpoints: which are taken, into which parts, and what is shown. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "wire/url.h"

START_TEST(bases)
{
    static const char *const table[][2] = {
        {"http://h", "http://h/v1"},
        {"http://h/", "http://h/v1"},
        {"http://h///", "http://h/v1"},
        {"http://h/v1", "http://h/v1"},
        {"http://h/v1/", "http://h/v1"},
        {"http://h:8000/v1", "http://h:8000/v1"},
        {"HTTPS://H.example/V1", "https://H.example/V1/v1"},
        {"https://h/openai/v2", "https://h/openai/v2"},
        {"https://h/openai/v12/", "https://h/openai/v12"},
        {"https://h/openai", "https://h/openai/v1"},
        {"https://h/v", "https://h/v/v1"},
        {"https://h/1", "https://h/1/v1"},
        {"https://h/av1", "https://h/av1/v1"},
        {"https://h/v1/chat/completions", "https://h/v1"},
        {"https://h/v1/chat/completions/", "https://h/v1"},
        {"https://h/chat/completions", "https://h/v1"},
        {"https://h/v1?key=secret", "https://h/v1"},
        {"https://h?key=secret", "https://h/v1"},
        {"https://h/a#part", "https://h/a/v1"},
        {"http://[::1]:8080/", "http://[::1]:8080/v1"},
    };
    struct lbi_buf out;

    lbi_buf_init(&out, &lbi_mem_libc);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        ck_assert_ptr_null(lbi_url_fault(table[i][0]));
        lbi_buf_clear(&out);
        lbi_url_base(&out, table[i][0]);
        ck_assert_str_eq(lbi_buf_text(&out), table[i][1]);
    }
    lbi_buf_free(&out);
}
END_TEST

START_TEST(parts)
{
    static const struct {
        const char *url;
        bool https;
        const char *host;
        unsigned port;
        bool ipv6;
    } table[] = {
        {"http://h", false, "h", 80, false},
        {"https://h", true, "h", 443, false},
        {"http://h:1/v1", false, "h", 1, false},
        {"https://a.b-c.example:65535?x", true, "a.b-c.example", 65535, false},
        {"http://127.0.0.1:8000", false, "127.0.0.1", 8000, false},
        {"http://[::1]", false, "::1", 80, true},
        {"https://[fe80::1%25eth0]:8443/v1", true, "fe80::1%25eth0", 8443, true},
        {"http://h:080", false, "h", 80, false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct lbi_url url;
        ck_assert_ptr_null(lbi_url_fault(table[i].url));
        lbi_url_split(&url, table[i].url);
        ck_assert_int_eq(url.https, table[i].https);
        ck_assert_str_eq(url.host, table[i].host);
        ck_assert_uint_eq(url.port, table[i].port);
        ck_assert_int_eq(url.ipv6, table[i].ipv6);
    }
}
END_TEST

START_TEST(faults)
{
    static const char *const table[][2] = {
        {"", "http://"},
        {"h", "http://"},
        {"h:8000/v1", "http://"},
        {"//h/v1", "http://"},
        {"ftp://h", "http://"},
        {"http:/h", "http://"},
        {"file:///etc/passwd", "http://"},
        {"http://", "host"},
        {"http:///v1", "host"},
        {"http://:80", "host"},
        {"http://?x", "host"},
        {"http://[]", "host"},
        {"http://[::1", "host"},
        {"http://h:", "port"},
        {"http://h:0", "port"},
        {"http://h:65536", "port"},
        {"http://h:99999", "port"},
        {"http://h:123456", "port"},
        {"http://h:-1", "port"},
        {"http://h:8o", "port"},
        {"http://[::1]x", "port"},
        {"http://h:80:80", "port"},
        {"http://user:secret@h/v1", "password"},
        {"http://user@h", "password"},
        {"http://@h", "password"},
        {"http://a b", "blank"},
        {" http://h", "blank"},
        {"http://h\n", "blank"},
        {"http://h/\tx", "blank"},
        {"http://h\x7f", "blank"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const char *fault = lbi_url_fault(table[i][0]);
        ck_assert_msg(fault != NULL, "taken: %s", table[i][0]);
        ck_assert_msg(strstr(fault, table[i][1]) != NULL, "%s: %s", table[i][0], fault);
        ck_assert_ptr_null(strstr(fault, "secret"));
    }
}
END_TEST

START_TEST(long_hosts)
{
    char url[400] = "http://";

    memset(url + 7, 'a', 255);
    ck_assert_ptr_null(lbi_url_fault(url));
    struct lbi_url url_parts;
    lbi_url_split(&url_parts, url);
    ck_assert_uint_eq(strlen(url_parts.host), 255);
    url[7 + 255] = 'a';
    ck_assert_ptr_nonnull(lbi_url_fault(url));
}
END_TEST

START_TEST(an_at_sign_in_the_path_is_no_password)
{
    ck_assert_ptr_null(lbi_url_fault("http://h/@scope/v1"));
    ck_assert_ptr_null(lbi_url_fault("http://h?mail=a@b"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("url");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, bases);
    tcase_add_test(tcase, parts);
    tcase_add_test(tcase, faults);
    tcase_add_test(tcase, long_hosts);
    tcase_add_test(tcase, an_at_sign_in_the_path_is_no_password);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
