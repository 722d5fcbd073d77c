/* SPDX-License-Identifier: Apache-2.0 */
/* test_errclass.c - statuses and words of servers and gateways, each as it was seen. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "wire/errclass.h"

static struct lbi_buf buf;

static void set_up(void)
{
    lbi_buf_init(&buf, &lbi_mem_libc);
}

static void tear_down(void)
{
    lbi_buf_free(&buf);
}

START_TEST(classes)
{
    static const struct {
        int status;
        const char *body, *error;
    } table[] = {
        {301, "", "http_other"},
        {302, "<a href=\"https://sso\">", "http_other"},
        {307, "", "http_other"},
        {400, "", "bad_request"},
        {400, "{\"error\":{\"message\":\"max_tokens must be positive\"}}", "bad_request"},
        {400,
         "{\"object\":\"error\",\"message\":\"This model's maximum context length is 4096 tokens. "
         "However, you requested 5000 tokens\",\"type\":\"BadRequestError\",\"code\":400}",
         "context_length"}, /* vLLM */
        {400,
         "{\"error\":{\"code\":400,\"message\":\"the request exceeds the available context size. "
         "try increasing the context size or enable context shift\","
         "\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":9000,\"n_ctx\":4096}}",
         "context_length"}, /* llama.cpp */
        {400,
         "{\"error\":{\"message\":\"litellm.ContextWindowExceededError: litellm.BadRequestError: "
         "ContextWindowExceededError: OpenAIException\",\"type\":null,\"code\":\"400\"}}",
         "context_length"}, /* LiteLLM */
        {400, "{\"error\":{\"message\":\"x\",\"code\":\"context_length_exceeded\"}}",
         "context_length"}, /* OpenAI */
        {400,
         "{\"object\":\"error\",\"message\":\"Requested token count exceeds the model's maximum "
         "context length of 4096 tokens\"}",
         "context_length"}, /* SGLang */
        {413, "maximum context length", "context_length"},
        {422, "{\"error\":\"`inputs` tokens + `max_new_tokens` must be <= 2048\"}", "bad_request"},
        {500, "This model's maximum context length is 4096 tokens", "context_length"},
        {400, "{\"error\":{\"message\":\"The model `x` does not exist.\"}}", "model_not_found"},
        {400,
         "{\"error\":{\"message\":\"/chat/completions: Invalid model name passed in model=x. Call "
         "`/v1/models` to view available models for your key.\",\"code\":\"400\"}}",
         "model_not_found"}, /* LiteLLM */
        {400, "{\"error\":{\"code\":\"model_not_found\"}}", "model_not_found"},
        {400,
         "{\"error\":{\"message\":\"Authentication Error, No connected db.\","
         "\"type\":\"no_db_connection\",\"param\":null,\"code\":\"400\"}}",
         "auth"}, /* LiteLLM without a database, a key it does not know */
        {401, "maximum context length", "auth"},
        {401, "{\"error\":\"Unauthorized\"}", "auth"},
        {403, "", "auth"},
        {404, "", "model_not_found"},
        {404, "{\"object\":\"error\",\"message\":\"The model `x` does not exist.\",\"code\":404}",
         "model_not_found"},
        {405, "{\"detail\":\"Method Not Allowed\"}", "bad_request"},
        {406, "", "http_other"},
        {408, "", "timeout"},
        {409, "", "http_other"},
        {413, "<html><head><title>413 Request Entity Too Large</title></head>", "too_large"},
        {418, "", "http_other"},
        {422, "{\"detail\":[{\"loc\":[\"body\",\"messages\"],\"msg\":\"field required\"}]}",
         "bad_request"},
        {429, "", "rate_limit"},
        {429, "This model's maximum context length is 4096 tokens", "rate_limit"},
        {429, "timeout", "rate_limit"},
        {500, "", "server_error"},
        {500, "{\"error\":{\"message\":\"litellm.Timeout: APITimeoutError - Request timed out\"}}",
         "timeout"}, /* LiteLLM */
        {500,
         "{\"error\":{\"message\":\"Authentication Error, No api key passed in.\","
         "\"type\":\"auth_error\",\"code\":\"500\"}}",
         "auth"}, /* LiteLLM */
        {500,
         "{\"error\":{\"message\":\"Malformed API Key passed in. Ensure Key has `Bearer ` "
         "prefix.\"}}",
         "auth"}, /* LiteLLM */
        {500,
         "{\"error\":{\"message\":\"Internal server error\",\"type\":\"internal_server_error\"}}",
         "server_error"}, /* LiteLLM 1.100 to a request without a key: no word of keys */
        {503,
         "{\"error\":{\"message\":\"Service Unavailable, the authentication database is "
         "temporarily "
         "unreachable. Please retry shortly.\",\"type\":\"no_db_connection\",\"code\":\"503\"}}",
         "server_error"}, /* LiteLLM: its fault, whatever the key is */
        {500, "{\"error\":{\"message\":\"litellm.InternalServerError: Connection error.\"}}",
         "server_error"},
        {501, "", "server_error"},
        {502, "<html><head><title>502 Bad Gateway</title></head></html>", "server_error"},
        {503, "<html><head><title>503 Service Temporarily Unavailable</title></head></html>",
         "server_error"},
        {503, "upstream request timeout", "timeout"},
        {504, "<html><head><title>504 Gateway Time-out</title></head></html>", "timeout"},
        {504, "", "timeout"},
        {529, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}", "server_error"},
        {600, "", "server_error"},
        {201, "", "http_other"},
        {204, "", "http_other"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const char *error = lbi_error_name(
            lbi_error_of_status(table[i].status, table[i].body, strlen(table[i].body)));
        ck_assert_msg(strcmp(error, table[i].error) == 0, "%d %s: %s, wanted %s", table[i].status,
                      table[i].body, error, table[i].error);
    }
}
END_TEST

START_TEST(names_in_outputs)
{
    static const char *const names[] = {"",
                                        "dns",
                                        "connect",
                                        "tls",
                                        "auth",
                                        "model_not_found",
                                        "context_length",
                                        "bad_request",
                                        "too_large",
                                        "timeout",
                                        "stall",
                                        "rate_limit",
                                        "server_error",
                                        "http_other",
                                        "not_sse",
                                        "stream_error",
                                        "stream_cut",
                                        "no_token",
                                        "bad_event",
                                        "cancelled"};

    ck_assert_int_eq(LBI_ERR_COUNT, 20);
    for (int i = 0; i < LBI_ERR_COUNT; i++)
        ck_assert_str_eq(lbi_error_name((enum lbi_error)i), names[i]);
}
END_TEST

START_TEST(bodies_that_are_errors)
{
    static const char *const yes[] = {"{\"error\":{\"message\":\"no\"}}", " \n {\"error\":\"no\"} ",
                                      "{\"error\":{}}",
                                      "{\"object\":\"error\",\"message\":\"no\"}"};
    static const char *const no[] = {"",
                                     "{}",
                                     "[]",
                                     "{\"error\":null}",
                                     "{\"object\":\"chat.completion\",\"choices\":[]}",
                                     "{\"object\":7}",
                                     "\"error\"",
                                     "error",
                                     "<html>error</html>",
                                     "{\"error\":"};

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        ck_assert_msg(lbi_body_is_error(yes[i], strlen(yes[i])), "%s", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        ck_assert_msg(!lbi_body_is_error(no[i], strlen(no[i])), "%s", no[i]);
}
END_TEST

START_TEST(a_large_error_is_one_too)
{
    lbi_buf_puts(&buf, "{\"trace\":\"");
    for (int i = 0; i < 40000; i++)
        lbi_buf_putc(&buf, 'x');
    lbi_buf_puts(&buf, "\",\"error\":\"no\"}");
    ck_assert(lbi_body_is_error(buf.data, buf.len));
}
END_TEST

START_TEST(texts)
{
    static const char *const table[][2] = {
        {"", ""},
        {"{\"error\":{\"message\":\"no more\",\"code\":1}}", "no more"},
        {"{\"error\":\"no more\"}", "no more"},
        {"{\"object\":\"error\",\"message\":\"no more\"}", "no more"},
        {"{\"error\":{\"message\":\"two\\nlines\\u001b[31m\"}}", "two lines [31m"},
        {"{\"error\":{\"code\":7}}", "{ \"code\": 7 }"},
        {"{\"detail\":\"Not Found\"}", "Not Found"},
        {"{\"detail\":[{\"msg\":\"field required\"}]}", "[ { \"msg\": \"field required\" } ]"},
        {"{\"other\":1}", "{\"other\":1}"},
        {"<html>\r\n<head><TITLE>502 Bad\tGateway</TITLE></head>", "502 Bad Gateway"},
        {"<html><title>cut", "cut"},
        {"upstream \x1b]0;x\x07 gone\r\n", "upstream ]0;x gone"},
        {"{\"error\":{\"message\":\"cut", "{\"error\":{\"message\":\"cut"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        lbi_buf_clear(&buf);
        lbi_error_text(&buf, table[i][0], strlen(table[i][0]));
        ck_assert_str_eq(lbi_buf_text(&buf), table[i][1]);
    }
}
END_TEST

static const char *line(const char *text, size_t max)
{
    lbi_buf_clear(&buf);
    lbi_one_line(&buf, text, strlen(text), max);
    return lbi_buf_text(&buf);
}

START_TEST(one_line)
{
    ck_assert_str_eq(line("", 10), "");
    ck_assert_str_eq(line(" \n a  b\t\n", 10), "a b");
    ck_assert_str_eq(line("a\x01\x02\x7f"
                          "b",
                          10),
                     "a b");
    ck_assert_str_eq(line("a\xc2\x9b"
                          "31m",
                          10),
                     "a 31m"); /* C1: another way to begin an escape */
    ck_assert_str_eq(line("a\xc2\xa0z", 10), "a\xc2\xa0z");
    ck_assert_str_eq(line("a\xff\xc3", 10), "a??");
    ck_assert_str_eq(line("a\xe2\x80\xae"
                          "b\xe2\x81\xa6"
                          "c\xe2\x80\xa8"
                          "d\xe2\x80\x8f",
                          20),
                     "a b c d"); /* marks that turn or break lines */
    ck_assert_str_eq(line("\xe2\x80\x9cq\xe2\x80\x9d \xe2\x82\xac", 20),
                     "\xe2\x80\x9cq\xe2\x80\x9d \xe2\x82\xac");
    ck_assert_str_eq(line("abcdef", 3), "abc");
    ck_assert_str_eq(line("ab\xe2\x82\xac", 4), "ab"); /* never half a character, never more */
    ck_assert_str_eq(line("ab\xe2\x82\xac", 5), "ab\xe2\x82\xac");
    ck_assert_str_eq(line("ab cd", 3), "ab");
    lbi_buf_clear(&buf);
    lbi_buf_puts(&buf, "HTTP 500: ");
    lbi_one_line(&buf, "  x", 3, 1);
    ck_assert_str_eq(lbi_buf_text(&buf), "HTTP 500: x");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("errclass");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, classes);
    tcase_add_test(tcase, names_in_outputs);
    tcase_add_test(tcase, bodies_that_are_errors);
    tcase_add_test(tcase, a_large_error_is_one_too);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, one_line);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
