/* SPDX-License-Identifier: Apache-2.0 */
/* test_quota.c - quotas in headers, and quotas that only show by what was refused. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "litebench/litebench.h"
#include "report/quota.h"

static const struct {
    const char *name, *value;
    int64_t requests, tokens, requests_left, tokens_left;
} headers[] = {
    {"x-ratelimit-limit-requests", "120", 120, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
    {"X-RateLimit-Limit-Requests", "120", 120, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
    {"llm_provider-x-ratelimit-limit-tokens", "40000", LB_UNKNOWN, 40000, LB_UNKNOWN, LB_UNKNOWN},
    {"x-ratelimit-model_per_key-limit-requests", "7", 7, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
    {"x-litellm-key-rpm-limit", "60", 60, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
    {"x-litellm-key-tpm-limit", "600.0", LB_UNKNOWN, 600, LB_UNKNOWN, LB_UNKNOWN},
    {"x-ratelimit-limit-minute", "9, 9;w=60", 9, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
    {"x-ratelimit-remaining-requests", "0", LB_UNKNOWN, LB_UNKNOWN, 0, LB_UNKNOWN},
    {"x-ratelimit-remaining-tokens", "5", LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, 5},
    {"x-ratelimit-limit-requests", "9223372036854775807", LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN,
     LB_UNKNOWN},
    {"x-ratelimit-limit-requests", "None", LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
    {"x-ratelimit-limit-requests", "-1", LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
    {"x-ratelimit-limit-requests", "12k", LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
    {"x-ratelimit-limit-requests", "", LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
    {"x-ratelimit-reset-requests", "12", LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
    {"x-limit-requests", "12", LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN},
};

START_TEST(what_a_header_says)
{
    struct lbi_quota quota;

    lbi_quota_init(&quota);
    lbi_quota_header(&quota, headers[_i].name, strlen(headers[_i].name), headers[_i].value,
                     strlen(headers[_i].value));
    ck_assert_int_eq(quota.requests, headers[_i].requests);
    ck_assert_int_eq(quota.tokens, headers[_i].tokens);
    ck_assert_int_eq(quota.requests_left, headers[_i].requests_left);
    ck_assert_int_eq(quota.tokens_left, headers[_i].tokens_left);
}
END_TEST

START_TEST(the_smallest_counts)
{
    int64_t requests = 0;
    int64_t tokens = 0;

    ck_assert_int_eq(lb_turn_quota(&requests, &tokens,
                                   "{\"llm_provider-x-ratelimit-limit-requests\":\"600\","
                                   "\"x-ratelimit-limit-requests\":\"120\",\"x-other\":null}"),
                     LB_OK);
    ck_assert_int_eq(requests, 120);
    ck_assert_int_eq(tokens, LB_UNKNOWN);
    ck_assert_int_eq(lb_turn_quota(&requests, NULL, "no JSON"), LB_OK);
    ck_assert_int_eq(requests, LB_UNKNOWN);
    ck_assert_int_eq(lb_turn_quota(NULL, &tokens, ""), LB_OK);
    ck_assert_int_eq(lb_turn_quota(&requests, &tokens, NULL), LB_E_INVALID);
}
END_TEST

static lb_ctx *ctx;
static lb_dataset *dataset;

static void setup(void)
{
    ck_assert_int_eq(lb_ctx_new(&ctx, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_dataset_new(&dataset, ctx), LB_OK);
}

static void teardown(void)
{
    lb_dataset_free(dataset);
    lb_ctx_free(ctx);
}

static void add(double start_s, bool refused, const char *gateway_json)
{
    static int64_t conversation;
    lb_turn turn;

    lb_turn_init(&turn, sizeof(turn));
    turn.conversation = conversation++;
    turn.turn = 1;
    turn.start_ns = (int64_t)(start_s * 1e9);
    turn.status = refused ? 429 : 200;
    turn.error = refused ? "rate_limit" : "";
    turn.gateway_json = gateway_json;
    ck_assert_int_eq(lb_dataset_add(dataset, &turn, sizeof(turn)), LB_OK);
}

static struct lbi_quota_hit look(void)
{
    struct lbi_quota_hit hit;
    struct lbi_view view;

    ck_assert_int_eq(lbi_view_init(&view, dataset, NULL), LB_OK);
    ck_assert_int_eq(lbi_quota_of(&hit, &view), LB_OK);
    lbi_view_free(&view);
    return hit;
}

/* A request a second; `limit` of each calendar minute pass. */
START_TEST(a_minute_that_starts_anew)
{
    const int limit = 20;
    int used = 0;

    for (int s = 0; s < 300; s++) {
        used = (s + 17) % 60 == 0 ? 0 : used;
        add(s, used >= limit, "");
        used += used < limit;
    }
    ck_assert_int_eq(look().estimate, limit);
}
END_TEST

/* A request a second; one passes when fewer than `limit` did in the last 60 s. */
START_TEST(a_minute_that_slides)
{
    const int limit = 25;
    int passed[400] = {0};

    for (int s = 0; s < 300; s++) {
        int used = 0;
        for (int back = s - 59 > 0 ? s - 59 : 0; back < s; back++)
            used += passed[back];
        passed[s] = used < limit;
        add(s, used >= limit, "");
    }
    ck_assert_int_eq(look().estimate, limit);
}
END_TEST

START_TEST(less_than_a_minute)
{
    for (int i = 0; i < 40; i++)
        add(i * 0.1, i >= 12, "");
    ck_assert_int_eq(look().estimate, 12);
}
END_TEST

START_TEST(nothing_to_go_by)
{
    ck_assert_int_eq(look().estimate, 0);
    add(1, true, "");
    ck_assert_int_eq(look().estimate, 0); /* whatever it allows, others had it */
    ck_assert_int_eq(look().said.requests, LB_UNKNOWN);
    add(2, true, "{\"x-ratelimit-limit-requests\":\"30\"}");
    ck_assert_int_eq(look().said.requests, 30);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quota");
    TCase *names = tcase_create("headers");
    TCase *pattern = tcase_create("pattern");

    tcase_add_loop_test(names, what_a_header_says, 0, sizeof(headers) / sizeof(headers[0]));
    tcase_add_test(names, the_smallest_counts);
    suite_add_tcase(suite, names);
    tcase_add_checked_fixture(pattern, setup, teardown);
    tcase_add_test(pattern, a_minute_that_starts_anew);
    tcase_add_test(pattern, a_minute_that_slides);
    tcase_add_test(pattern, less_than_a_minute);
    tcase_add_test(pattern, nothing_to_go_by);
    suite_add_tcase(suite, pattern);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
