/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fold_gateway.c - what LiteLLM says of itself, summed over answers; stored answers and what
 * they make worthless.
 */
#include <stdio.h>

#include "records.h"

/* 40 conversations of one turn; every fourth has `more` in its notes, the others `usual`. */
static void add_answers(const char *more, const char *usual)
{
    for (int64_t c = 0; c < 40; c++) {
        char notes[400];
        char id[32];
        lb_turn turn = turn_of(c, 1, 100);
        (void)snprintf(id, sizeof(id), "chatcmpl-%d", (int)c);
        (void)snprintf(notes, sizeof(notes),
                       "{\"x-litellm-call-id\":\"a\",\"x-litellm-overhead-duration-ms\":\"%d.5\","
                       "\"x-litellm-attempted-fallbacks\":\"0\",%s}",
                       (int)c + 1, c % 4 == 0 ? more : usual);
        turn.response_id = id;
        turn.gateway_json = notes;
        add(&turn);
    }
}

/* The text of the warning with this code, "" when there is none. */
static const char *warning(const char *code)
{
    const char *found = "";

    for (int i = 0; i < 20; i++) {
        char path[32];
        const char *value = NULL;
        (void)snprintf(path, sizeof(path), "warnings.%d.code", i);
        if (lb_report_text(report, &value, path) != LB_OK)
            break;
        bool same = strcmp(value, code) == 0;
        (void)snprintf(path, sizeof(path), "warnings.%d.text", i);
        if (same)
            ck_assert_int_eq(lb_report_text(report, &found, path), LB_OK);
    }
    return found;
}

START_TEST(no_gateway_is_null)
{
    add_conversations(4, 2, 100);
    make_report(NULL);
    ck_assert(unknown_at("gateway"));
}
END_TEST

START_TEST(overhead_and_retries_are_summed)
{
    add_answers("\"x-litellm-attempted-retries\":\"2\"", "\"x-litellm-attempted-retries\":\"0\"");
    make_report(NULL);
    ck_text("gateway.name", "LiteLLM");
    ck_number("gateway.answers", 40);
    ck_number("gateway.retried", 10);
    ck_number("gateway.fallbacks", 0);
    ck_number("gateway.stored", 0);
    ck_number("gateway.overhead_ms.n", 40);
    ck_number("gateway.overhead_ms.p50", 20.5);
    ck_number("gateway.overhead_ms.p95", 38.5);
    ck_number("gateway.overhead_ms.max", 40.5);
    ck_has(warning("gateway_retries"), "10 answers");
    ck_assert_str_ne(text("verdict.status"), "INVALID");
}
END_TEST

START_TEST(stored_answers_are_no_measurement)
{
    add_answers("\"x-litellm-cache-key\":\"k\"", "\"x-litellm-version\":\"1.100.0\"");
    make_report((const char *const[]){"ttft.p95<=500ms", "errors<=10%", NULL});
    ck_number("gateway.stored", 10);
    ck_text("slo.0.status", "INVALID");
    ck_text("slo.0.cause", "stored");
    ck_has(warning("stored_answers"), "10 answers came from a response cache, as its headers say");
    ck_text("slo.1.status", "PASS"); /* that answers came is true all the same */
    ck_text("verdict.status", "INVALID");
}
END_TEST

/* A response cache of whatever make. Nobody says so, hence it only warns. */
START_TEST(repeated_ids_are_noticed)
{
    for (int64_t c = 0; c < 40; c++) {
        char id[32];
        lb_turn turn = turn_of(c, 1, 100);
        (void)snprintf(id, sizeof(id), "chatcmpl-%d", c < 3 ? 0 : (int)c);
        turn.response_id = c % 5 == 4 ? "" : id;
        add(&turn);
    }
    make_report((const char *const[]){"ttft.p95<=500ms", NULL});
    ck_has(warning("stored_answers"), "2 answers may have come from a response cache");
    ck_assert_str_ne(text("slo.0.status"), "INVALID");
}
END_TEST

/* Servers that give all answers one id do not number them: it says nothing. */
START_TEST(one_id_for_all_is_no_store)
{
    for (int64_t c = 0; c < 40; c++) {
        lb_turn turn = turn_of(c, 1, 100);
        turn.response_id = "chatcmpl-constant";
        add(&turn);
    }
    make_report(NULL);
    ck_assert_str_eq(warning("stored_answers"), "");
}
END_TEST

START_TEST(nonsense_in_headers_is_unknown)
{
    static const char *const notes[] = {"",
                                        "{}",
                                        "[]",
                                        "{\"x-litellm-overhead-duration-ms\":\"\"}",
                                        "{\"x-litellm-overhead-duration-ms\":\"soon\"}",
                                        "{\"x-litellm-overhead-duration-ms\":\"-1\"}",
                                        "{\"x-litellm-overhead-duration-ms\":\"1e999\"}",
                                        "{\"x-litellm-attempted-retries\":7}"};

    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        lb_turn turn = turn_of((int64_t)i, 1, 100);
        turn.gateway_json = notes[i];
        add(&turn);
    }
    make_report(NULL);
    ck_assert(unknown_at("gateway"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {no_gateway_is_null,
                                  overhead_and_retries_are_summed,
                                  stored_answers_are_no_measurement,
                                  repeated_ids_are_noticed,
                                  one_id_for_all_is_no_store,
                                  nonsense_in_headers_is_unknown,
                                  NULL};

    return run_cases("fold_gateway", tests);
}
