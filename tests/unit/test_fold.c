/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fold.c - from made-up records with known answers to numbers: what counts, which clock makes
 * which metric, what is unknown, and that the order of records does not matter.
 */
#include <math.h>
#include <stdio.h>

#include "records.h"

/* `n` records of conversations of their own with TTFT 1, 2, ... n ms, in a shuffled order. */
static void load_ladder(int n)
{
    struct lbi_buf lines;

    lbi_buf_init(&lines, &lbi_mem_libc);
    lbi_buf_puts(&lines, HEADER);
    for (int i = 0; i < n; i++) {
        int value = (i * 7) % n + 1; /* 7 and n have no common divisor */
        lbi_buf_printf(&lines, "{\"conversation\":%d,\"turn\":1,\"ttft_ms\":%d}\n", i, value);
    }
    lbi_buf_puts(&lines, FOOTER);
    load(lbi_buf_text(&lines));
    lbi_buf_free(&lines);
}

START_TEST(percentiles_are_nearest_rank)
{
    load_ladder(100);
    make_report(NULL);
    ck_number("metrics.ttft.n", 100);
    ck_number("metrics.ttft.p50.value", 50);
    ck_number("metrics.ttft.p90.value", 90);
    ck_number("metrics.ttft.p95.value", 95);
    ck_number("metrics.ttft.p99.value", 99);
    ck_number("metrics.ttft.p99_9.value", 100);
    ck_number("metrics.ttft.mean.value", 50.5);
    ck_number("metrics.ttft.min", 1);
    ck_number("metrics.ttft.max", 100);
    ck_number("metrics.ttft.stddev", 29.011491975882016);
    ck_number("metrics.ttft.p95.n", 100);
    ck_assert(unknown_at("metrics.ttft.p99.high")); /* 100 cannot bound it */
}
END_TEST

START_TEST(old_percentiles_are_floor)
{
    load_ladder(100);
    make_report(NULL);
    ck_number("legacy.p50_ms", 51);
    ck_number("legacy.p95_ms", 96);
    ck_number("legacy.p99_ms", 100);
}
END_TEST

START_TEST(absent_fields_are_unknown_and_never_zero)
{
    load_ladder(9);
    make_report(NULL);
    ck_assert(unknown_at("metrics.e2e.p50.value") && unknown_at("metrics.tpot.mean.value"));
    ck_assert(unknown_at("tokens.prompt") && unknown_at("tokens.cached"));
    ck_text("tokens.source", "");
    ck_number("tokens.cached_known", 0);
    ck_number("tokens.cached_of", 9);
    ck_assert(unknown_at("cache.hit_rate") && unknown_at("cache.legacy_speedup"));
    ck_assert(unknown_at("throughput.requests_per_s") && unknown_at("wall_ms"));
    ck_assert(unknown_at("requests.not_sent") && unknown_at("meter.own_delay_ms.p99"));
    ck_text("cache.legacy_word", "");
}
END_TEST

START_TEST(clocks_make_metrics)
{
    load(
        HEADER
        "{\"conversation\":0,\"turn\":1,\"due_ms\":1,\"start_ms\":2,\"sent_ms\":6.5,"
        "\"first_byte_ms\":10,\"first_token_ms\":20.25,\"first_answer_ms\":30,"
        "\"last_token_ms\":50.25,\"done_ms\":60,\"dns_ms\":1,\"connect_ms\":1.5,"
        "\"tls_ms\":1.75,\"completion_tokens\":11,\"gaps_ms\":[5,20,5],\"reused\":false}\n" FOOTER);
    make_report(NULL);
    ck_number("metrics.ttft.mean.value", 13.75);
    ck_number("metrics.ttft_total.mean.value", 18.25);
    ck_number("metrics.ttfa.mean.value", 23.5);
    ck_number("metrics.ttfb.mean.value", 3.5);
    ck_number("metrics.e2e.mean.value", 53.5);
    ck_number("metrics.response.mean.value", 19.25);
    ck_number("metrics.tpot.mean.value", 3);
    ck_number("metrics.itl.n", 3);
    ck_number("metrics.itl.mean.value", 10);
    ck_number("metrics.stall.mean.value", 20);
    ck_number("metrics.own_delay.mean.value", 0.25);
    ck_number("metrics.tls.mean.value", 1.75);
    ck_number("meter.schedule_delay_ms.max", 1);
    ck_number("throughput.requests_per_s", 1 / 0.058);
    ck_number("wall_ms", 60);
}
END_TEST

START_TEST(what_counts)
{
    lb_turn turn;

    load(FULL_HEADER(WORKLOAD(3, 2)));
    add_conversations(2, 2, 100);   /* 4 ok */
    add_failed(2, 1, "timeout", 0); /* its turn 2 is never sent */
    add_failed(3, 1, "cancelled", 0);
    turn = turn_of(4, 1, 5000);
    turn.warmup = 1;
    add(&turn);
    turn.warmup = 0;
    turn.twin = 1;
    add(&turn);
    turn.twin = 0;
    turn.attempt = 2;
    add(&turn);
    turn.attempt = 1;
    turn.reconnected = 1;
    turn.turn = 2;
    add(&turn);
    load(FULL_FOOTER);
    make_report(NULL);
    ck_number("requests.total", 5);
    ck_number("requests.ok", 4);
    ck_number("requests.failed", 1);
    ck_number("requests.cancelled", 1);
    ck_number("requests.errors.timeout", 1);
    ck_number("requests.retried", 1);
    ck_number("requests.reconnected", 1);
    ck_number("requests.warmup", 1);
    ck_number("requests.twins", 1);
    ck_number("requests.not_sent", 0); /* a plan of 6; 8 were sent, the twin and warm-up apart */
    ck_number("metrics.ttft.n", 4);
    ck_assert(number("metrics.ttft.max") < 1000); /* nothing of the 5 s ones */
    ck_number("conversations.total", 5);
    ck_number("conversations.completed", 3); /* the retried and reconnected one came whole too */
    ck_number("conversations.aborted", 1);
}
END_TEST

START_TEST(turns_that_were_never_sent)
{
    load(FULL_HEADER(WORKLOAD(10, 4)));
    add_conversations(9, 4, 100);
    add_failed(9, 1, "server_error", 503);
    load(FULL_FOOTER);
    make_report(NULL);
    ck_number("requests.not_sent", 3);
    ck_number("by_turn.0.n", 10);
    ck_number("by_turn.0.ok", 9);
    ck_number("by_turn.3.turn", 4);
    ck_number("by_turn.3.n", 9);
    ck_number("by_class.first.n", 10);
    ck_number("by_class.later.n", 27);
    ck_number("by_class.code.n", 17);
    ck_number("by_class.text.n", 20);
}
END_TEST

START_TEST(cache_and_tokens)
{
    load(FULL_HEADER(WORKLOAD(20, 2)));
    add_conversations(20, 2, 100);
    load(FULL_FOOTER);
    make_report(NULL);
    ck_number("tokens.prompt", 20 * (3500 + 4000));
    ck_number("tokens.cached", 20 * 3400);
    ck_number("tokens.completion", 20 * 2 * 4);
    ck_text("tokens.source", "server");
    ck_number("cache.hit_rate", 3400.0 / 7500);
    ck_number("by_turn.1.cached_share", 0.85);
    ck_number("stream.chunks_per_token", 1);
    double first = number("by_class.first.ttft.mean.value");
    double later = number("by_class.later.ttft.mean.value");
    ck_number("cache.legacy_speedup", first / later);
    ck_text("cache.method", "cached_tokens");
    ck_assert(unknown_at("cache.benefit.value"));
}
END_TEST

START_TEST(without_usage_tokens_are_an_estimate)
{
    lb_turn turn = turn_of(0, 1, 50);

    turn.prompt_tokens = turn.cached_tokens = turn.completion_tokens = LB_UNKNOWN;
    turn.chunks = 17;
    add(&turn);
    make_report(NULL);
    ck_text("tokens.source", "estimate");
    ck_number("tokens.completion", 17);
    ck_assert(unknown_at("tokens.prompt"));
}
END_TEST

/* The digits of a whole result, less what is allowed to differ. */
static char *result_of(const lb_dataset *from)
{
    char *rendered = NULL;
    lb_report *one = NULL;

    ck_assert_int_eq(lb_report_new(&one, from, NULL), LB_OK);
    ck_assert_int_eq(lb_report_render(one, &rendered, NULL, "json"), LB_OK);
    lb_report_free(one);
    return rendered;
}

START_TEST(order_and_names_change_nothing)
{
    lb_dataset *other = NULL;
    lb_turn turns[120];

    add_conversations(40, 3, 120);
    ck_assert_int_eq(lb_dataset_new(&other, ctx), LB_OK);
    for (size_t i = 0; i < 120; i++)
        ck_assert_int_eq(lb_dataset_at(dataset, &turns[i], sizeof(turns[i]), i), LB_OK);
    for (size_t i = 0; i < 120; i++) {
        lb_turn turn = turns[(i * 77 + 5) % 120]; /* a permutation */
        static const int64_t gaps[3] = {10 * MS, 10 * MS, 10 * MS};
        turn.gaps_ns = gaps;
        turn.conversation = 1000000 - 3 * turn.conversation;
        ck_assert_int_eq(lb_dataset_add(other, &turn, sizeof(turn)), LB_OK);
    }
    char *a = result_of(dataset), *b = result_of(other);
    ck_assert_str_eq(a, b);
    lb_free(ctx, a);
    lb_free(ctx, b);
    lb_dataset_free(other);
}
END_TEST

START_TEST(a_run_and_its_file_give_the_same_bytes)
{
    struct lbi_buf lines;
    lb_dataset *again = NULL;

    load(FULL_HEADER(WORKLOAD(30, 3)));
    add_conversations(30, 3, 120);
    load(FULL_FOOTER);
    lbi_buf_init(&lines, &lbi_mem_libc);
    lbi_ndjson_header(&lines, lbi_dataset_header(dataset));
    for (size_t i = 0; i < lb_dataset_size(dataset); i++) {
        lb_turn turn;
        ck_assert_int_eq(lb_dataset_at(dataset, &turn, sizeof(turn), i), LB_OK);
        lbi_ndjson_turn(&lines, &turn);
    }
    lbi_ndjson_footer(&lines, lbi_dataset_footer(dataset));
    ck_assert_int_eq(lb_dataset_new(&again, ctx), LB_OK);
    ck_assert_int_eq(lb_dataset_load(again, lbi_buf_text(&lines), lines.len), LB_OK);
    char *a = result_of(dataset), *b = result_of(again);
    ck_assert_str_eq(a, b);
    lb_free(ctx, a);
    lb_free(ctx, b);
    lb_dataset_free(again);
    lbi_buf_free(&lines);
}
END_TEST

/* The pool of gaps spent: itl comes from bins, within 0.4 %, with intervals, and says so. */
START_TEST(itl_from_bins)
{
    lbi_dataset_set_gap_budget(dataset, 100);
    for (int64_t c = 0; c < 50; c++) {
        int64_t gaps[20];
        lb_turn turn = turn_of(c, 1, 50);
        for (int64_t g = 0; g < 20; g++)
            gaps[g] = (c * 20 + g + 1) * 100000; /* 0.1 to 100 ms */
        turn.gaps_ns = gaps;
        turn.gap_count = 20;
        add(&turn);
    }
    static const char *const slo[] = {"itl.p50<=200ms", "itl.mean<=26ms", "itl.max<=1s", NULL};
    make_report(slo);
    ck_number("metrics.itl.n", 1000);
    ck_assert_double_eq_tol(number("metrics.itl.p50.value"), 50, 0.2);
    ck_assert_double_eq_tol(number("metrics.itl.p95.value"), 95, 0.38);
    ck_number("metrics.itl.mean.value", 50.05);
    ck_assert(number("metrics.itl.p50.low") < 50 && number("metrics.itl.p50.high") > 50);
    ck_text("slo.0.status", "PASS");
    ck_text("slo.1.status", "WARN");
    ck_number("slo.2.value", 100);
    for (int64_t c = 50; c < 110; c++) /* each weighs as the 20 pauses of one that came */
        add_failed(c, 1, "server_error", 500);
    make_report(slo);
    ck_text("slo.0.status", "FAIL");
    ck_assert(unknown_at("slo.0.value"));
    ck_assert(unknown_at("slo.2.value"));
    char *json = NULL;
    ck_assert_int_eq(lb_report_render(report, &json, NULL, "json"), LB_OK);
    ck_has(json, "\"histogram\"");
    lb_free(ctx, json);
}
END_TEST

START_TEST(several_models)
{
    lb_turn turn;

    for (int64_t c = 0; c < 100; c++) {
        turn = turn_of(c, 1, 100);
        add(&turn);
        turn = turn_of(c, 1, 2000);
        turn.model = turn.answered_by = "granite-3.2";
        add(&turn);
    }
    make_report(NULL);
    ck_number("requests.total", 200);
    ck_assert(unknown_at("metrics"));
    ck_assert(unknown_at("tokens"));
    ck_text("models.0.target.model", "granite");
    ck_text("models.0.verdict.status", "PASS");
    ck_text("models.1.verdict.status", "FAIL");
    ck_text("verdict.status", "FAIL");
    ck_number("verdict.exit_code", 1);
    ck_number("models.1.metrics.ttft.p50.value", 2000);
    ck_number("target.answered_by.granite-3.2", 100); /* a key with a dot is found, too */
    ck_number("conversations.total", 200);
    ck_has(text("verdict.sentence"), "granite-3.2");
}
END_TEST

START_TEST(a_model_that_answers_for_another)
{
    lb_turn turn = turn_of(0, 1, 100);

    add(&turn);
    turn.answered_by = "fallback";
    turn.conversation = 1;
    add(&turn);
    make_report(NULL);
    ck_number("target.answered_by.fallback", 1);
    ck_text("warnings.1.code", "fallback"); /* after "partial" */
}
END_TEST

START_TEST(recorder_alone)
{
    lb_recorder *recorder = NULL, *other = NULL;
    lb_stat stat;

    ck_assert_int_eq(lb_recorder_new(&recorder, ctx), LB_OK);
    ck_assert_int_eq(lb_recorder_new(&other, ctx), LB_OK);
    for (uint64_t i = 1; i <= 100; i++)
        ck_assert_int_eq(lb_recorder_add(i <= 50 ? recorder : other, i, (double)i, 0), LB_OK);
    ck_assert_int_eq(lb_recorder_merge(recorder, other), LB_OK);
    ck_assert_int_eq(lb_recorder_stat(recorder, &stat, sizeof(stat), "p95"), LB_OK);
    ck_assert(stat.value == 95 && stat.n == 100);
    ck_assert_int_eq(lb_recorder_stat(recorder, &stat, sizeof(stat), "p99.9"), LB_OK);
    ck_assert(stat.value == 100);
    ck_assert_int_eq(lb_recorder_stat(recorder, &stat, sizeof(stat), "p5"), LB_OK);
    ck_assert(stat.value == 5);
    ck_assert_int_eq(lb_recorder_add(recorder, 7, 0, 1), LB_OK);
    ck_assert_int_eq(lb_recorder_stat(recorder, &stat, sizeof(stat), "max"), LB_OK);
    ck_assert(stat.value == 100 && isnan(stat.low));
    ck_assert_int_eq(lb_recorder_stat(recorder, &stat, sizeof(stat), "p99.9"), LB_OK);
    ck_assert(isnan(stat.value)); /* it falls on the missed one */
    static const char *const bad[] = {"", "p", "p100", "p0", "p0.0", "p9x", "median", "p99.", "95"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        lb_err err = lb_recorder_stat(recorder, &stat, sizeof(stat), bad[i]);
        ck_assert_msg(err == LB_E_NOTFOUND || strcmp(bad[i], "p99.") == 0, "%s", bad[i]);
    }
    ck_assert_int_eq(lb_recorder_add(recorder, 1, (double)NAN, 0), LB_E_INVALID);
    ck_assert_int_eq(lb_recorder_merge(recorder, recorder), LB_E_INVALID);
    lb_recorder_free(other);
    lb_recorder_free(recorder);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {percentiles_are_nearest_rank,
                                  old_percentiles_are_floor,
                                  absent_fields_are_unknown_and_never_zero,
                                  clocks_make_metrics,
                                  what_counts,
                                  turns_that_were_never_sent,
                                  cache_and_tokens,
                                  without_usage_tokens_are_an_estimate,
                                  order_and_names_change_nothing,
                                  a_run_and_its_file_give_the_same_bytes,
                                  itl_from_bins,
                                  several_models,
                                  a_model_that_answers_for_another,
                                  recorder_alone,
                                  NULL};

    return run_cases("fold", tests);
}
