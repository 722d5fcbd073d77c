/* SPDX-License-Identifier: Apache-2.0 */
/* test_quota.c - what a key may spend in a minute, asked through the public header. */
#include <check.h>
#include <litebench/litebench.h>
#include <stdlib.h>

START_TEST(of_a_record)
{
    int64_t requests = 0;
    int64_t tokens = 0;

    ck_assert_int_eq(lb_turn_quota(&requests, &tokens, "{\"x-ratelimit-limit-requests\":\"9\"}"),
                     LB_OK);
    ck_assert_int_eq(requests, 9);
    ck_assert_int_eq(tokens, LB_UNKNOWN);
    ck_assert_int_eq(lb_turn_quota(&requests, NULL, ""), LB_OK);
    ck_assert_int_eq(requests, LB_UNKNOWN);
    ck_assert_int_eq(lb_turn_quota(&requests, &tokens, NULL), LB_E_INVALID);
}
END_TEST

START_TEST(of_nobody)
{
    lb_ctx *ctx;
    lb_config *config;
    lb_client *client;
    int64_t requests = 7;

    ck_assert_int_eq(lb_ctx_new(&ctx, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    ck_assert_int_eq(lb_config_set(config, "target.url", "http://127.0.0.1:1", NULL), LB_OK);
    ck_assert_int_eq(lb_client_new(&client, config), LB_OK);
    ck_assert_int_eq(lb_client_quota(client, &requests, NULL), LB_E_NET);
    ck_assert_int_eq(requests, 7);
    ck_assert_str_ne(lb_ctx_error(ctx), "");
    ck_assert_int_eq(lb_client_quota(NULL, &requests, NULL), LB_E_INVALID);
    lb_client_free(client);
    lb_config_free(config);
    lb_ctx_free(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quota");
    TCase *all = tcase_create("all");

    tcase_add_test(all, of_a_record);
    tcase_add_test(all, of_nobody);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
