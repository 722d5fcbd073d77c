/* SPDX-License-Identifier: Apache-2.0 */
/* records.h - made-up records for the tests of the fold, the judge and the formats. */
#ifndef TEST_RECORDS_H
#define TEST_RECORDS_H

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"
#include "report/dataset.h"

#define MS     INT64_C(1000000)
#define HEADER "{\"schema\":\"litebench.records/1\"}\n"
#define FOOTER "{\"schema\":\"litebench.records/1\",\"end\":true,\"partial\":false}\n"

/* A header as a run writes it. */
#define FULL_HEADER(more)                                                                          \
    "{\"schema\":\"litebench.records/1\",\"tool\":{\"name\":\"litebench\",\"version\":\"0.1.0\","  \
    "\"libcurl\":\"7.88.1\",\"tls\":\"OpenSSL/3.0\"},\"started\":\"2026-11-24T18:40:12Z\","        \
    "\"target\":{\"url\":\"https://litemaas.example.com/v1\",\"model\":\"granite\","               \
    "\"models\":[\"granite\"],\"insecure\":false,\"proxy\":null}," more                            \
    "\"labels\":{\"event\":\"summit\"}}\n"
#define WORKLOAD(conversations, turns)                                                             \
    "\"workload\":{\"seed\":1,\"nonce\":\"k3v9\",\"hash\":\"0123456789abcdef\","                   \
    "\"schedule\":\"rotate\",\"conversations\":" #conversations ",\"turns\":" #turns               \
    ",\"workers\":4,\"users\":null,\"max_tokens\":500,\"documents\":12,\"history\":\"live\","      \
    "\"connections\":\"reuse\",\"min_delay_ms\":500,\"max_delay_ms\":2000,\"ramp_ms\":0},"
#define FULL_FOOTER                                                                                \
    "{\"schema\":\"litebench.records/1\",\"end\":true,\"ended\":\"2026-11-24T18:42:12Z\","         \
    "\"partial\":false,\"bounded\":false,\"wall_ms\":24000,\"meter\":{\"loop_lag_ms\":{"           \
    "\"p50\":0.01,\"p99\":0.1,\"max\":0.4},\"cpu_s\":0.2,\"peak_rss_bytes\":9437184,"              \
    "\"threads\":1,\"arrival_stamp\":\"kernel\",\"stamped_share\":1,\"sent_method\":"              \
    "\"socket state\"},\"stream\":{\"buffered\":false}}\n"

static lb_ctx *ctx;
static lb_dataset *dataset;
static lb_report *report;

static inline void setup(void)
{
    ck_assert_int_eq(lb_ctx_new(&ctx, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_dataset_new(&dataset, ctx), LB_OK);
    report = NULL;
}

static inline void teardown(void)
{
    lb_report_free(report);
    lb_dataset_free(dataset);
    lb_ctx_free(ctx);
}

static inline void load(const char *text)
{
    lb_err err = lb_dataset_load(dataset, text, strlen(text));

    ck_assert_msg(err == LB_OK, "%s", lb_ctx_error(ctx));
}

/* One request with all its clocks: ttft given, four frames 10 ms apart, done at once. */
static inline lb_turn turn_of(int64_t conversation, int32_t number, double ttft_ms)
{
    lb_turn turn;
    int64_t begin = (conversation * 100 + number) * 40 * MS;
    int64_t ttft = (int64_t)(ttft_ms * 1e6);

    lb_turn_init(&turn, sizeof(turn));
    turn.conversation = conversation;
    turn.turn = number;
    turn.worker = (int32_t)(conversation % 4);
    turn.model = turn.answered_by = "granite";
    turn.document = conversation % 2 != 0 ? "meter.py" : "minutes.txt";
    turn.code = conversation % 2 != 0;
    turn.status = 200;
    turn.http_version = "1.1";
    turn.due_ns = begin;
    turn.start_ns = begin + 20000;
    turn.sent_ns = turn.start_ns + 50000;
    turn.dns_ns = turn.connect_ns = turn.tls_ns = 0;
    turn.reused = 1;
    turn.first_byte_ns = turn.sent_ns + ttft / 2;
    turn.first_token_ns = turn.first_answer_ns = turn.sent_ns + ttft;
    turn.last_token_ns = turn.first_token_ns + 30 * MS;
    turn.done_ns = turn.last_token_ns + MS;
    turn.chunks = 4;
    turn.max_gap_ns = 10 * MS;
    turn.prompt_tokens = 3000 + 500 * number;
    turn.cached_tokens = number == 1 ? 0 : 2900 + 500 * (number - 1);
    turn.completion_tokens = 4;
    turn.finish_reason = "stop";
    return turn;
}

static inline void add(const lb_turn *turn)
{
    static const int64_t gaps[3] = {10 * MS, 10 * MS, 10 * MS};
    lb_turn whole = *turn;

    if (*whole.error == '\0' && whole.gaps_ns == NULL) {
        whole.gaps_ns = gaps;
        whole.gap_count = 3;
    }
    ck_assert_int_eq(lb_dataset_add(dataset, &whole, sizeof(whole)), LB_OK);
}

static inline void add_failed(int64_t conversation, int32_t number, const char *error,
                              int32_t status)
{
    lb_turn turn = turn_of(conversation, number, 1);

    turn.first_byte_ns = turn.first_token_ns = turn.first_answer_ns = LB_UNKNOWN;
    turn.last_token_ns = turn.max_gap_ns = LB_UNKNOWN;
    turn.prompt_tokens = turn.cached_tokens = turn.completion_tokens = LB_UNKNOWN;
    turn.chunks = 0;
    turn.done_ns = turn.sent_ns + 2 * MS;
    turn.error = error;
    turn.status = status;
    turn.finish_reason = turn.answered_by = "";
    add(&turn);
}

/* Smooth made-up TTFTs: base times 0.8 to 1.2, the first turn three times as long. */
static inline double made_ttft(int64_t conversation, int32_t number, double base_ms)
{
    double spread = (double)((conversation * 37 + number * 101) % 41) / 100 - 0.2;

    return base_ms * (1 + spread) * (number == 1 ? 3 : 1);
}

static inline void add_conversations(int64_t conversations, int32_t turns, double base_ms)
{
    for (int64_t c = 0; c < conversations; c++) {
        for (int32_t t = 1; t <= turns; t++) {
            lb_turn turn = turn_of(c, t, made_ttft(c, t, base_ms));
            add(&turn);
        }
    }
}

static inline void make_report_with(const lb_config *config)
{
    lb_report_free(report);
    report = NULL;
    lb_err err = lb_report_new(&report, dataset, config);
    ck_assert_msg(err == LB_OK, "%s", lb_ctx_error(ctx));
}

/* Folds and judges with just these objectives, or with the usual ones when there are none. */
static inline void make_report(const char *const *slo)
{
    lb_config *config = NULL;

    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    for (size_t i = 0; slo != NULL && slo[i] != NULL; i++) {
        lb_err err = i == 0 ? lb_config_set(config, "judge.slo", slo[i], "--slo")
                            : lb_config_add(config, "judge.slo", slo[i], "--slo");
        ck_assert_int_eq(err, LB_OK);
    }
    make_report_with(config);
    lb_config_free(config);
}

static inline double number(const char *path)
{
    double value = 0;
    lb_err err = lb_report_number(report, &value, path);

    ck_assert_msg(err == LB_OK, "%s: %s", path, lb_ctx_error(ctx));
    return value;
}

static inline const char *text(const char *path)
{
    const char *value = NULL;
    lb_err err = lb_report_text(report, &value, path);

    ck_assert_msg(err == LB_OK, "%s: %s", path, lb_ctx_error(ctx));
    return value;
}

static inline bool unknown_at(const char *path)
{
    double value = number(path);

    return !(value >= 0) && !(value <= 0);
}

#define ck_number(path, wanted) ck_assert_double_eq_tol(number(path), wanted, 1e-6)
#define ck_text(path, wanted)   ck_assert_str_eq(text(path), wanted)
#define ck_has(haystack, needle)                                                                   \
    ck_assert_msg(strstr(haystack, needle) != NULL, "\"%s\" not in: %s", needle, haystack)

static inline int run_cases(const char *name, const TTest *const *tests)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);

    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    for (; *tests != NULL; tests++)
        tcase_add_test(cases, *tests);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
