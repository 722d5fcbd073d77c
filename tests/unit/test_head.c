/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_head.c - heads of HTTP/1 answers by table: each as "status framing[ keeps][ packed][
 * coded]", "bad" where one is none, and "more" where its end is missing.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/head.h"

#define OK "HTTP/1.1 200 OK\r\n"

static const struct {
    const char *head, *meaning;
} cases[] = {
    {OK "\r\n", "200 close"},
    {OK "Content-Length: 5\r\n\r\n", "200 length 5 keeps"},
    {OK "content-length:5\r\n\r\n", "200 length 5 keeps"},
    {OK "Content-Length: 0\r\n\r\n", "200 none keeps"},
    {OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "200 length 5 keeps"},
    {OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "bad"},
    {OK "Content-Length: 5, 5\r\n\r\n", "200 length 5 keeps"},
    {OK "Content-Length: 5, 6\r\n\r\n", "bad"},
    {OK "Content-Length: ,\r\n\r\n", "bad"},
    {OK "Content-Length: +5\r\n\r\n", "bad"},
    {OK "Content-Length: -5\r\n\r\n", "bad"},
    {OK "Content-Length: \r\n\r\n", "bad"},
    {OK "Content-Length: 9999999999999999999\r\n\r\n", "bad"},
    {OK "Transfer-Encoding: chunked\r\n\r\n", "200 chunked keeps"},
    {OK "Transfer-Encoding: CHUNKED\r\n\r\n", "200 chunked keeps"},
    {OK "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\n", "200 length 5 keeps"},
    {OK "Transfer-Encoding: gzip, chunked\r\n\r\n", "200 chunked keeps coded"},
    {OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     "200 chunked keeps coded"},
    {OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "200 chunked"},
    {OK "Content-Encoding: identity\r\nContent-Length: 5\r\n\r\n", "200 length 5 keeps"},
    {OK "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", "200 length 5 keeps packed"},
    {OK "Content-Encoding: deflate\r\nContent-Length: 5\r\n\r\n", "200 length 5 keeps coded"},
    {OK "Content-Encoding: x-gzip, deflate\r\n\r\n", "200 close packed coded"},
    {OK "Content-Encoding: br\r\n\r\n", "200 close coded"},
    {OK "Connection: close\r\nContent-Length: 5\r\n\r\n", "200 length 5"},
    {OK "Connection: x , Close\r\nContent-Length: 5\r\n\r\n", "200 length 5"},
    {OK "Connection: keep-alive\r\nContent-Length: 5\r\n\r\n", "200 length 5 keeps"},
    {OK "X-Close: close\r\nContent-Length: 5\r\n\r\n", "200 length 5 keeps"},
    {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", "200 length 5"},
    {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\n",
     "200 length 5 keeps"},
    {"HTTP/1.1 204 No Content\r\n\r\n", "204 none keeps"},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204 none keeps"},
    {"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "304 none keeps"},
    {"HTTP/1.1 101 Switching\r\n\r\n", "101 none"},
    {"HTTP/1.1 404\r\nContent-Length: 1\r\n\r\n", "404 length 1 keeps"},
    {"HTTP/1.1  503 Busy\n\n", "503 close"},
    {OK "folded: a\r\n b: c\r\nContent-Length: 1\r\n\r\n", "200 length 1 keeps"},
    {OK "no colon\r\nContent-Length: 1\r\n\r\n", "200 length 1 keeps"},
    {OK "Content-Length: 1\r\n", "more"},
    {"HTTP/1.1 20 OK\r\n\r\n", "bad"},
    {"HTTP/1.1 099 OK\r\n\r\n", "bad"},
    {"HTTP/2 200\r\n\r\n", "bad"},
    {"HTTP/1.1\r\n\r\n", "bad"},
    {"HTTP/1 200\r\n\r\n", "bad"},
    {"ICY 200 OK\r\n\r\n", "bad"},
    {"\r\n", "bad"},
};

static void put_meaning(char *out, size_t size, const struct lbi_head *head)
{
    static const char *const framings[] = {"none", "length", "chunked", "close"};
    enum lbi_framing framing = lbi_head_framing(head);
    char length[32] = "";

    if (framing == LBI_FRAMING_LENGTH)
        (void)snprintf(length, sizeof(length), " %lld", (long long)head->length);
    (void)snprintf(out, size, "%d %s%s%s%s%s", head->status, framings[framing], length,
                   lbi_head_keeps(head) ? " keeps" : "", head->packed ? " packed" : "",
                   head->coded ? " coded" : "");
}

START_TEST(each_head)
{
    const char *line = cases[_i].head;
    struct lbi_head head;
    char meaning[64] = "more";

    lbi_head_init(&head);
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        size_t len = (size_t)(end + 1 - line);
        if (!lbi_head_line(&head, line, len)) {
            (void)snprintf(meaning, sizeof(meaning), "bad");
            break;
        }
        if (lbi_head_ends(line, len))
            put_meaning(meaning, sizeof(meaning), &head);
    }
    ck_assert_msg(strcmp(meaning, cases[_i].meaning) == 0, "%s: \"%s\", wanted \"%s\"",
                  cases[_i].head, meaning, cases[_i].meaning);
}
END_TEST

START_TEST(a_nul_is_no_text)
{
    struct lbi_head head;

    lbi_head_init(&head);
    ck_assert(lbi_head_line(&head, OK, sizeof(OK) - 1));
    ck_assert(!lbi_head_line(&head, "a: b\0c\r\n", 8));
}
END_TEST

/* libcurl shows its heads, too, and those of HTTP/2 look like this. */
START_TEST(versions)
{
    struct lbi_head head;

    ck_assert(lbi_status_line(&head, "HTTP/2 200 \r\n", 13));
    ck_assert(head.major == 2 && head.minor == 0 && head.status == 200);
    ck_assert(lbi_status_line(&head, "HTTP/1.0 404 No\r\n", 17));
    ck_assert(head.major == 1 && head.minor == 0 && head.status == 404);
    ck_assert(!lbi_status_line(&head, "Server: x\r\n", 11));
    ck_assert(!lbi_status_line(&head, "HTTP/x 200\r\n", 12));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("head");
    TCase *tcase = tcase_create("head");

    tcase_add_loop_test(tcase, each_head, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tcase, a_nul_is_no_text);
    tcase_add_test(tcase, versions);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
