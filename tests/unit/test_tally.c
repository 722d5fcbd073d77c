/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tally.c - the same records kept one by one and beyond the exact limit: what is counted or
 * summed is equal, percentiles are within half a bin, verdicts are the same, and memory does not
 * grow with the number of requests.
 */
#include <math.h>
#include <stdio.h>

#include "base/rng.h"
#include "counted.h"
#include "records.h"
#include "report/tally.h"

enum { TURNS = 10 };

/* As a run writes it, with a limit of its own. */
static void begin(lb_dataset *to, size_t limit, const char *slo)
{
    char text[600];

    (void)snprintf(text, sizeof(text),
                   "{\"schema\":\"litebench.records/1\",\"target\":{\"model\":\"granite\"},"
                   "\"workload\":{\"nonce\":\"k3v9\",\"turns\":%d,\"conversations\":%d,"
                   "\"exact_limit\":%zu},\"slo\":[%s]}\n",
                   TURNS, 2000, limit, slo);
    ck_assert_msg(lb_dataset_load(to, text, strlen(text)) == LB_OK, "%s", lb_ctx_error(ctx));
}

/* Fails in some turn, or holds reasoning only, for reasons of its own. */
static bool spoil(lb_turn *turn, uint64_t dice)
{
    if (dice % 401 == 0) {
        turn->first_answer_ns = turn->ttfa_ns = LB_UNKNOWN;
        return false;
    }
    if (dice % 97 != 0)
        return false;
    turn->error = dice % 2 != 0 ? "server_error" : "rate_limit";
    turn->status = dice % 2 != 0 ? 500 : 429;
    turn->gateway_json = "{\"retry-after\":\"7\",\"x-litellm-key-rpm-limit\":\"120\"}";
    turn->first_byte_ns = turn->first_token_ns = turn->first_answer_ns = LB_UNKNOWN;
    turn->last_token_ns = turn->max_gap_ns = LB_UNKNOWN;
    turn->prompt_tokens = turn->cached_tokens = turn->completion_tokens = LB_UNKNOWN;
    return true;
}

static double slow_of(int64_t conversation)
{
    return 0.5 + (double)((conversation * 7919) % 101) / 100;
}

/* Conversations of one shard of `of`. */
static void fill(lb_dataset *to, int64_t conversations, int64_t shard, int64_t of)
{
    static const int64_t gaps[3] = {9 * MS, 10 * MS, 11 * MS};

    for (int64_t c = shard; c < conversations; c += of) {
        struct lbi_rng rng;
        bool failed = false;
        lbi_rng_init(&rng, 5, LBI_RNG_PLAN, (uint64_t)c);
        for (int32_t t = 1; t <= TURNS && !failed; t++) {
            double ttft = 80 * slow_of(c) * exp(2 * lbi_rng_unit(&rng)) * (t == 1 ? 2 : 1);
            lb_turn turn = turn_of(c, t, ttft);
            char id[32];
            (void)snprintf(id, sizeof(id), "chatcmpl-%llx-%d", (unsigned long long)c * 977, t);
            turn.response_id = id;
            turn.gaps_ns = gaps;
            turn.gap_count = 3;
            failed = spoil(&turn, lbi_rng_next(&rng));
            ck_assert_int_eq(lb_dataset_add(to, &turn, sizeof(turn)), LB_OK);
        }
    }
}

static lb_report *report_of(const lb_dataset *of, const char *slo)
{
    lb_config *config = NULL;
    lb_report *made = NULL;

    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    if (slo != NULL)
        ck_assert_int_eq(lb_config_set(config, "judge.slo", slo, "--slo"), LB_OK);
    ck_assert_msg(lb_report_new(&made, of, config) == LB_OK, "%s", lb_ctx_error(ctx));
    lb_config_free(config);
    return made;
}

static double value_of(const lb_report *from, const char *path)
{
    double value = 0;

    ck_assert_msg(lb_report_number(from, &value, path) == LB_OK, "%s", path);
    return value;
}

static void same(const lb_report *a, const lb_report *b, const char *path, double tolerance)
{
    double x = value_of(a, path), y = value_of(b, path);

    ck_assert_msg(isnan(x) == isnan(y), "%s: %f and %f", path, x, y);
    ck_assert_msg(isnan(x) || fabs(x - y) <= tolerance * fabs(x) + 1e-9, "%s: %f and %f", path, x,
                  y);
}

#define BIN (1.0 / LBI_BIN_STEPS)
#define SLO                                                                                        \
    "\"ttft.p95<=1500ms\",\"ttfa.p90@later<=900ms\",\"errors<=2%\",\"sessions>=80%\","             \
    "\"ttft.p50@turn=3<=500ms\",\"e2e.mean<=700ms\",\"cache_hit>=50%\",\"errors@code<=3%\","       \
    "\"ttft.max<=10s\""

static const char *const equal_paths[] = {
    "requests.total",
    "requests.ok",
    "requests.failed",
    "requests.not_sent",
    "requests.errors.server_error",
    "requests.errors.rate_limit",
    "conversations.total",
    "conversations.completed",
    "conversations.aborted",
    "conversations.slo_met",
    "tokens.prompt",
    "tokens.cached",
    "tokens.completion",
    "throughput.requests_per_s",
    "throughput.output_tokens_per_s",
    "metrics.ttft.n",
    "metrics.ttft.mean.value",
    "metrics.ttft.min",
    "metrics.ttft.max",
    "metrics.ttft.stddev",
    "metrics.ttfa.n",
    "metrics.tpot.mean.value",
    "metrics.e2e.mean.value",
    "metrics.own_delay.max",
    "metrics.response.mean.value",
    "metrics.connect.mean.value",
    "by_turn.2.n",
    "by_turn.2.ttft.mean.value",
    "by_turn.2.cached_share",
    "by_class.first.n",
    "by_class.code.ttft.mean.value",
    "cache.hit_rate",
    "cache.legacy_speedup",
    "legacy.total.mean_ms",
    "meter.schedule_delay_ms.max",
    "wall_ms",
    NULL,
};

static const char *const near_paths[] = {
    "metrics.ttft.p50.value",   "metrics.ttft.p95.value",       "metrics.ttft.p99.value",
    "metrics.ttft.p99_9.value", "metrics.e2e.p90.value",        "metrics.stall.p50.value",
    "by_turn.4.ttft.p95.value", "by_class.text.ttft.p90.value", "legacy.p95_ms",
    "meter.own_delay_ms.p99",   "metrics.itl.p50.value",        NULL,
};

static void compare(const lb_report *exact, const lb_report *rough)
{
    for (size_t i = 0; equal_paths[i] != NULL; i++)
        same(exact, rough, equal_paths[i], 1e-9);
    for (size_t i = 0; near_paths[i] != NULL; i++)
        same(exact, rough, near_paths[i], BIN / 2 + 1e-3); /* gaps have buckets of their own */
    for (int i = 0; i < 9; i++) {
        char path[40];
        const char *a, *b;
        (void)snprintf(path, sizeof(path), "slo.%d.status", i);
        ck_assert_int_eq(lb_report_text(exact, &a, path), LB_OK);
        ck_assert_int_eq(lb_report_text(rough, &b, path), LB_OK);
        ck_assert_msg(strcmp(a, b) == 0, "%s: %s and %s", path, a, b);
        (void)snprintf(path, sizeof(path), "slo.%d.value", i);
        same(exact, rough, path, BIN / 2);
        /* The intervals come from 32 lots: near those of 2,000 conversations, not equal. */
        (void)snprintf(path, sizeof(path), "slo.%d.high", i);
        same(exact, rough, path, 0.08);
    }
}

START_TEST(the_same_numbers_beyond_the_limit)
{
    lb_dataset *folded = NULL;

    ck_assert_int_eq(lb_dataset_new(&folded, ctx), LB_OK);
    begin(dataset, 1000000, SLO);
    begin(folded, 1000, SLO);
    fill(dataset, 2000, 0, 1);
    fill(folded, 2000, 0, 1);
    ck_assert_uint_eq(lb_dataset_size(folded), lb_dataset_size(dataset));
    lb_report *exact = report_of(dataset, NULL), *rough = report_of(folded, NULL);
    compare(exact, rough);
    const char *text = NULL;
    char *json = NULL;
    ck_assert_int_eq(lb_report_render(exact, &json, NULL, "json"), LB_OK);
    ck_has(json, "\"exact\": true");
    lb_free(ctx, json);
    ck_assert_int_eq(lb_report_render(rough, &json, NULL, "json"), LB_OK);
    ck_has(json, "\"exact\": false");
    ck_has(json, "the server asked to wait 7 s");
    ck_has(json, "(120 requests/min)");
    lb_free(ctx, json);
    ck_assert_int_eq(lb_report_render(rough, &json, NULL, "text"), LB_OK);
    ck_has(json, "more than are kept one by one");
    lb_free(ctx, json);
    ck_assert_int_eq(lb_report_text(rough, &text, "target.http_version"), LB_OK);
    ck_assert_str_eq(text, "1.1");
    lb_report_free(exact);
    lb_report_free(rough);
    lb_dataset_free(folded);
}
END_TEST

START_TEST(shards_beyond_the_limit_are_the_whole)
{
    lb_dataset *parts[3] = {NULL}, *whole = NULL;

    begin(dataset, 1000000, SLO);
    fill(dataset, 2000, 0, 1);
    ck_assert_int_eq(lb_dataset_new(&whole, ctx), LB_OK);
    begin(whole, 1000, SLO);
    for (int64_t i = 0; i < 3; i++) { /* one of them is small enough to be exact */
        ck_assert_int_eq(lb_dataset_new(&parts[i], ctx), LB_OK);
        begin(parts[i], i == 1 ? 1000000 : 500, SLO);
        fill(parts[i], 2000, i, 3);
        ck_assert_int_eq(lbi_dataset_append(whole, parts[i], 0), LB_OK);
        lb_dataset_free(parts[i]);
    }
    lb_report *exact = report_of(dataset, NULL), *rough = report_of(whole, NULL);
    compare(exact, rough);
    lb_report_free(rough);
    struct lb_dataset *copy = NULL;
    ck_assert_int_eq(lbi_dataset_copy(&copy, whole), LB_OK);
    lb_dataset_free(whole);
    rough = report_of(copy, NULL);
    compare(exact, rough);
    lb_report_free(exact);
    lb_report_free(rough);
    lb_dataset_free(copy);
}
END_TEST

static lb_err nothing(void *user, const char *data, size_t len)
{
    (void)user;
    (void)data;
    (void)len;
    return LB_OK;
}

START_TEST(what_is_gone_is_said)
{
    lb_turn turn;

    begin(dataset, 100, SLO);
    fill(dataset, 20, 0, 1);
    ck_assert_int_eq(lb_dataset_at(dataset, &turn, sizeof(turn), 0), LB_E_STATE);
    ck_has(lb_ctx_error(ctx), "more than the 100 that are kept one by one");
    ck_assert_int_eq(lb_dataset_at(dataset, &turn, sizeof(turn), 100000), LB_E_RANGE);
    ck_assert_int_eq(lb_dataset_write(dataset, "csv", nothing, NULL), LB_E_STATE);
    /* Nobody looked for this one while the records came. */
    report = report_of(dataset, "e2e.p90<=1s");
    ck_assert(unknown_at("conversations.slo_met"));
    ck_assert(number("conversations.completed") > 0);
}
END_TEST

/* A record made by hand, of two models, without any header. */
START_TEST(several_models_and_no_plan)
{
    static const char *const models[] = {"granite", "llama"};

    begin(dataset, 50, "");
    for (int64_t c = 0; c < 40; c++) {
        for (int32_t t = 1; t <= 3; t++) {
            lb_turn turn = turn_of(c, t, 100 + (double)c);
            turn.model = models[c % 2];
            turn.warmup = c == 39;
            add(&turn);
        }
    }
    make_report(NULL);
    ck_number("models.0.requests.total", 60);
    ck_number("models.1.requests.total", 57);
    ck_number("models.1.requests.warmup", 3);
    ck_number("models.0.metrics.ttft.min", 100);
    ck_number("requests.total", 117);
}
END_TEST

START_TEST(a_bad_time_and_odd_ids)
{
    struct lbi_id_sample *ids = calloc(2, sizeof(*ids));
    char text[32];

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 50000; i++) {
            (void)snprintf(text, sizeof(text), "chatcmpl-%d", i);
            uint64_t hash = lbi_id_sample_hash(text, strlen(text));
            lbi_id_sample_add(&ids[round], hash);
            if (round == 1 && i < 20000)
                lbi_id_sample_add(&ids[0], hash);
        }
    }
    ck_assert_double_eq_tol((double)ids[0].repeated, 20000, 2000);
    ck_assert_uint_eq(ids[1].repeated, 0);
    lbi_id_sample_merge(&ids[0], &ids[1]);
    ck_assert_double_eq_tol((double)ids[0].repeated, 70000, 7000);
    free(ids);
}
END_TEST

/* ---- memory --------------------------------------------------------------------------------- */

/* The most that was held at any time, the report included. */
static size_t most_for(int64_t conversations)
{
    const lb_ctx_options options = {.realloc_fn = count_bytes};
    lb_ctx *old = ctx;
    lb_dataset *folded = NULL;

    held = most = 0;
    ck_assert_int_eq(lb_ctx_new(&ctx, &options, sizeof(options)), LB_OK);
    ck_assert_int_eq(lb_dataset_new(&folded, ctx), LB_OK);
    begin(folded, 1000, SLO);
    fill(folded, conversations, 0, 1);
    lb_report_free(report_of(folded, NULL));
    lb_dataset_free(folded);
    lb_ctx_free(ctx);
    ctx = old;
    ck_assert_uint_eq(held, 0);
    return most;
}

START_TEST(memory_is_flat_beyond_the_limit)
{
    size_t some = most_for(2000), many = most_for(20000);

    (void)printf("at most %zu KiB for 20,000 requests, %zu KiB for 200,000\n", some / 1024,
                 many / 1024);
    ck_assert_uint_le(many, some + some / 20);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {the_same_numbers_beyond_the_limit,
                                  shards_beyond_the_limit_are_the_whole,
                                  what_is_gone_is_said,
                                  several_models_and_no_plan,
                                  a_bad_time_and_odd_ids,
                                  memory_is_flat_beyond_the_limit,
                                  NULL};

    return run_cases("tally", tests);
}
