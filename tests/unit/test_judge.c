/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_judge.c - objectives and verdicts: the language, what a bound may say, what makes numbers
 * invalid, the order of verdicts, exit codes, and the runs that an older tool called a PASS.
 */
#include <stdio.h>

#include "records.h"
#include "report/objective.h"

#define SLO(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- the language -------------------------------------------------------------------------- */

static struct lbi_objective parsed(const char *expr)
{
    struct lbi_objective objective;
    struct lbi_buf why;

    lbi_buf_init(&why, &lbi_mem_libc);
    bool ok = lbi_objective_parse(&objective, expr, &why);
    ck_assert_msg(ok, "%s: %s", expr, lbi_buf_text(&why));
    lbi_buf_free(&why);
    return objective;
}

START_TEST(objectives_are_read)
{
    struct lbi_objective one = parsed("ttft.p95<=500ms");
    ck_assert(one.metric == LBI_M_TTFT && one.p_100k == 95000 && one.op == LBI_OP_LE);
    ck_assert_double_eq(one.limit, 500);
    one = parsed("  ttft . p99.9 @ later  <  1.5 s ");
    ck_assert(one.p_100k == 99900 && one.class_kind == LBI_CLASS_LATER && one.op == LBI_OP_LT);
    ck_assert_double_eq(one.limit, 1500);
    ck_assert_str_eq(one.expr, "ttft . p99.9 @ later  <  1.5 s");
    ck_assert_double_eq(parsed("e2e.mean<2m").limit, 120000);
    ck_assert_double_eq(parsed("errors<=1%").limit, 0.01);
    ck_assert_double_eq(parsed("errors<=0.01").limit, 0.01);
    ck_assert_double_eq(parsed("sessions>=90%").limit, 0.9);
    ck_assert_double_eq(parsed("rps>2.5").limit, 2.5);
    ck_assert_int_eq(parsed("stall.max@turn=3<=5s").turn, 3);
    ck_assert_str_eq(parsed("ttft.p50@model=granite-3.2<=5s").class_name, "model=granite-3.2");
}
END_TEST

START_TEST(wrong_objectives_are_explained)
{
    static const char *const cases[][2] = {
        {"tfft.p95<=1s", "unknown metric \"tfft\", did you mean ttft?"},
        {"ttft.p59<=1s", "unknown statistic \"p59\", did you mean p50?"},
        {"ttft.p95@latter<=1s", "unknown class \"latter\", did you mean later?"},
        {"ttft.p95@<=1s", "unknown class"},
        {"ttft.p95@turn=0<=1s", "turn=0 is no turn"},
        {"ttft.p95@model=<=1s", "unknown class"},
        {"ttft<=1s", "ttft needs a statistic"},
        {"errors.p95<=1%", "errors takes no statistic"},
        {"ttft.p95<=500", "has no unit, write 500ms or 500s"},
        {"ttft.p95<=500us", "unknown unit"},
        {"ttft.p95<=fast", "is no number"},
        {"ttft.p95<=-1s", "is no number"},
        {"errors<=5", "write it as 1% or 0.01"},
        {"errors<=1ms", "is no share"},
        {"rps>=5s", "takes no unit"},
        {"ttft.p95=500ms", "has no <, <=, > or >="},
        {"own_delay.p95<=1ms", "unknown metric"},
        {"", "has no <"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lbi_objective objective;
        struct lbi_buf why;
        lbi_buf_init(&why, &lbi_mem_libc);
        bool ok = lbi_objective_parse(&objective, cases[i][0], &why);
        ck_assert_msg(!ok, "%s was read", cases[i][0]);
        ck_has(lbi_buf_text(&why), cases[i][1]);
        lbi_buf_free(&why);
    }
}
END_TEST

START_TEST(a_wrong_objective_of_the_config_is_refused)
{
    lb_config *config = NULL;
    lb_err err;

    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    err = lb_config_add(config, "judge.slo", "tfft.p95<=1s", "--slo");
    if (err == LB_OK)
        err = lb_report_new(&report, dataset, config);
    ck_assert_int_eq(err, LB_E_INVALID);
    ck_has(lb_ctx_error(ctx), "ttft");
    ck_assert_ptr_null(report);
    lb_config_free(config);
}
END_TEST

/* ---- which objectives count ---------------------------------------------------------------- */

static size_t objectives(void)
{
    size_t count = 0;
    char path[32];
    const char *expr;

    do
        (void)snprintf(path, sizeof(path), "slo.%zu.expr", count++);
    while (lb_report_text(report, &expr, path) == LB_OK);
    return count - 1;
}

/* As the command line does: every --slo is added. */
static void report_with_slo(const char *a, const char *b)
{
    lb_config *config = NULL;

    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    ck_assert_int_eq(lb_config_add(config, "judge.slo", a, "--slo"), LB_OK);
    if (b != NULL)
        ck_assert_int_eq(lb_config_add(config, "judge.slo", b, "--slo"), LB_OK);
    make_report_with(config);
    lb_config_free(config);
}

START_TEST(defaults_are_replaced_by_metric)
{
    add_conversations(40, 3, 50);
    make_report(NULL);
    ck_assert_uint_eq(objectives(), 2);
    ck_text("slo.0.expr", "ttft.p95<=500ms");
    report_with_slo("ttft.p50<=1s", "ttft.p95@later<=200ms");
    ck_assert_uint_eq(objectives(), 3);
    ck_text("slo.0.expr", "errors<=1%");
    ck_text("slo.2.expr", "ttft.p95@later<=200ms");
    make_report(SLO("rps>1")); /* a list that was set is this list */
    ck_assert_uint_eq(objectives(), 1);
}
END_TEST

START_TEST(stored_objectives_stand_unless_replaced)
{
    load(FULL_HEADER("\"slo\":[\"ttfa.p95<=5s\",{\"expr\":\"errors<=2%\"}],"));
    add_conversations(40, 3, 50);
    load(FULL_FOOTER);
    make_report(NULL);
    ck_assert_uint_eq(objectives(), 2);
    report_with_slo("ttfa.p95<=4s", NULL);
    ck_assert_uint_eq(objectives(), 2);
    ck_text("slo.0.expr", "errors<=2%");
    ck_text("slo.1.expr", "ttfa.p95<=4s");
    report_with_slo("ttfa.p95<=5s", NULL); /* the same again changes nothing, not even the order */
    ck_text("slo.0.expr", "ttfa.p95<=5s");
}
END_TEST

START_TEST(a_preset_brings_its_own)
{
    load(FULL_HEADER("\"workload\":{\"preset\":\"quick\"},\"slo\":[\"errors<=1%\"],"));
    add_conversations(5, 3, 9000);
    load(FULL_FOOTER);
    make_report(NULL);
    ck_assert_uint_eq(objectives(), 1);
    ck_text("verdict.status", "PASS"); /* errors only, by the share from 10 requests up */
}
END_TEST

/* ---- bounds -------------------------------------------------------------------------------- */

START_TEST(fast_is_pass_slow_is_warn_very_slow_is_fail)
{
    add_conversations(40, 10, 100);
    make_report(NULL);
    ck_text("verdict.status", "PASS");
    ck_number("verdict.exit_code", 0);
    make_report(SLO("ttft.p95<=200ms"));
    ck_text("verdict.status", "WARN"); /* 300 ms and a bit: within twice the limit */
    ck_text("slo.0.status", "WARN");
    ck_number("verdict.exit_code", 1);
    make_report(SLO("ttft.p95<=100ms"));
    ck_text("verdict.status", "FAIL");
    ck_number("verdict.exit_code", 1);
}
END_TEST

START_TEST(a_lower_limit_never_softens)
{
    add_conversations(40, 10, 100);
    make_report(SLO("ttft.p50>=150ms"));
    ck_text("slo.0.status", "FAIL");
    ck_text("verdict.status", "FAIL");
}
END_TEST

/* n independent requests of 1 ms with one of them at `slow` ms. */
static void add_flat(int64_t n, double ms)
{
    for (int64_t c = 0; c < n; c++) {
        lb_turn turn = turn_of(c, 1, ms);
        add(&turn);
    }
}

/* 0.95^59 < 0.05 < 0.95^58: the 59th independent request is the one that proves a P95. */
START_TEST(the_bound_decides_not_the_point)
{
    lb_turn turn;

    add_flat(57, 100);
    make_report(SLO("ttft.p95<=500ms"));
    ck_text("slo.0.status", "UNDECIDED");
    ck_assert(number("slo.0.more_conversations") > 0);
    for (int64_t c = 57; c < 75; c++) {
        turn = turn_of(c, 1, 100);
        add(&turn);
    }
    make_report(SLO("ttft.p95<=500ms"));
    ck_text("slo.0.status", "PASS");
}
END_TEST

START_TEST(undecided_says_what_would_decide)
{
    load(FULL_HEADER(WORKLOAD(12, 5)));
    add_conversations(12, 5, 140);
    load(FULL_FOOTER);
    make_report(SLO("ttft.p95<=500ms"));
    ck_text("verdict.status", "UNDECIDED");
    ck_number("verdict.exit_code", 5);
    ck_has(text("slo.0.reason"), "12 conversations cannot prove it: about ");
    ck_has(text("slo.0.reason"),
           "litebench run https://litemaas.example.com/v1 --model granite --conversations ");
    ck_has(text("slo.0.reason"), "--turns 5 --slo 'ttft.p95<=500ms'");
    ck_has(text("verdict.sentence"), "cannot prove it");
}
END_TEST

START_TEST(errors_by_share_from_100_and_by_bounds_below)
{
    add_flat(50, 10);
    make_report(SLO("errors<=1%"));
    ck_text("slo.0.status", "UNDECIDED"); /* 0 of 50 */
    for (int64_t c = 50; c < 101; c++)
        add_failed(c, 1, "server_error", 500);
    make_report(SLO("errors<=1%"));
    ck_text("slo.0.status", "FAIL");
    ck_number("slo.0.value", 51.0 / 101);
}
END_TEST

START_TEST(one_of_a_hundred_is_one_percent)
{
    add_flat(99, 10);
    add_failed(99, 1, "server_error", 500);
    make_report(SLO("errors<=1%"));
    ck_text("slo.0.status", "PASS");
    make_report(SLO("errors<1%"));
    ck_text("slo.0.status", "FAIL");
}
END_TEST

START_TEST(six_of_six_fail)
{
    for (int64_t c = 0; c < 6; c++)
        add_failed(c, 1, "server_error", 500);
    make_report(NULL);
    ck_text("slo.1.status", "FAIL");
    ck_text("verdict.status", "FAIL");
    ck_number("verdict.exit_code", 1);
}
END_TEST

/* Records of one conversation, or that do not say of which they are. */
START_TEST(errors_of_one_conversation_are_judged_too)
{
    for (int32_t t = 1; t <= 6; t++)
        add_failed(0, t, "server_error", 500);
    make_report(SLO("errors<=1%"));
    ck_text("slo.0.status", "FAIL");
    for (int32_t t = 7; t <= 56; t++) {
        lb_turn turn = turn_of(0, t, 10);
        add(&turn);
    }
    make_report(SLO("errors@turn=1<=10%", "errors<=1%"));
    ck_text("slo.0.status", "UNDECIDED"); /* one of one, which may happen by chance */
    ck_text("slo.1.status", "FAIL");      /* 6 of 56 */
}
END_TEST

START_TEST(no_errors_of_fifty_prove_nothing_yet)
{
    for (int32_t t = 1; t <= 50; t++) {
        lb_turn turn = turn_of(0, t, 10);
        turn.conversation = LB_UNKNOWN;
        add(&turn);
    }
    make_report(SLO("errors<=1%"));
    ck_text("slo.0.status", "UNDECIDED");
    ck_number("slo.0.low", 0);
    ck_assert(number("slo.0.high") > 0.05);
}
END_TEST

START_TEST(failures_are_misses_in_percentiles)
{
    add_flat(180, 100);
    for (int64_t c = 180; c < 200; c++)
        add_failed(c, 1, "timeout", 0);
    make_report(SLO("ttft.p95<=500ms", "ttft.p50<=500ms", "ttft.mean<=500ms", "ttft.max<=500ms"));
    ck_assert(unknown_at("slo.0.value")); /* P95 falls on a failed one */
    ck_text("slo.0.status", "FAIL");
    ck_text("slo.0.cause", "failures");
    ck_text("slo.1.status", "PASS");
    ck_text("slo.2.status", "PASS"); /* a mean is over successes */
    ck_text("slo.3.status", "FAIL");
    ck_number("metrics.ttft.p95.value", 100); /* metrics are over successes */
}
END_TEST

START_TEST(classes_and_sessions)
{
    load(FULL_HEADER(WORKLOAD(100, 3)));
    add_conversations(100, 3, 100);
    load(FULL_FOOTER);
    make_report(SLO("ttft.p95@later<=150ms", "ttft.p50@first<=200ms", "ttft.p50@turn=3<=1s",
                    "ttft.p50@turn=9<=1s", "sessions>=90%"));
    ck_text("slo.0.status", "PASS");
    ck_text("slo.1.status", "WARN");
    ck_text("slo.2.status", "PASS");
    ck_text("slo.3.status", "INVALID"); /* there is no turn 9 */
    ck_text("slo.3.cause", "no_data");
    ck_assert(number("slo.4.value") < 1);
    ck_number("slo.4.value", number("conversations.slo_met") / 100);
}
END_TEST

START_TEST(whole_sessions)
{
    load(FULL_HEADER(WORKLOAD(100, 2)));
    add_conversations(95, 2, 50);
    for (int64_t c = 95; c < 100; c++)
        add_failed(c, 1, "server_error", 500);
    load(FULL_FOOTER);
    make_report(SLO("sessions>=85%"));
    ck_number("slo.0.value", 0.95);
    ck_text("slo.0.status", "PASS");
    ck_has(text("slo.0.reason"), "95 of 100 conversations had no bad moment");
    make_report(SLO("sessions>=97%", "errors<=10%"));
    ck_text("slo.0.status", "UNDECIDED");
}
END_TEST

START_TEST(reasoning_only_is_a_miss_for_answers)
{
    for (int64_t c = 0; c < 120; c++) {
        lb_turn turn = turn_of(c, 1, 100);
        if (c % 2 == 0)
            turn.first_answer_ns = LB_UNKNOWN;
        add(&turn);
    }
    make_report(SLO("ttfa.p95<=5s", "ttft.p95<=5s"));
    ck_text("slo.0.status", "FAIL");
    ck_assert(unknown_at("slo.0.value"));
    ck_number("metrics.ttfa.n", 60);
    ck_text("slo.1.status", "PASS");
}
END_TEST

START_TEST(the_sentence_says_why_all_failed)
{
    static const char *const classes[] = {"connect", "dns", "tls", "timeout"};

    for (int64_t c = 0; c < 2; c++)
        add_failed(c, 1, "connect", 0);
    make_report(NULL); /* too few for the objective on errors: the duration decides */
    ck_has(text("verdict.sentence"), "2 of 2 answers failed (2 connect)");
    for (int64_t c = 2; c < 12; c++)
        add_failed(c, 1, classes[c % 4], 0);
    make_report(SLO("ttft.p95<=500ms"));
    ck_has(text("verdict.sentence"), "12 of 12 answers failed (4 connect, 3 timeout, 3 tls, ...)");
    make_report(SLO("errors@first<=1%"));
    ck_has(text("verdict.sentence"), "12 of 12 answers of first turns failed, limit 1 %; 12 of 12 "
                                     "answers failed (4 connect, ");
}
END_TEST

START_TEST(reasoning_only_is_no_failure)
{
    for (int64_t c = 0; c < 120; c++) {
        lb_turn turn = turn_of(c, 1, 100);
        turn.first_answer_ns = LB_UNKNOWN;
        add(&turn);
    }
    make_report(SLO("ttfa.p95<=5s"));
    ck_has(text("verdict.sentence"),
           "never came in time, as 120 answers held no answer text (reasoning only), limit 5 s; "
           "0 of 120 answers failed");
    for (int64_t c = 120; c < 130; c++)
        add_failed(c, 1, "timeout", 0);
    make_report(SLO("ttfa.p95<=5s"));
    ck_has(text("verdict.sentence"),
           "as too many answers failed or held no answer text (120: reasoning only), limit 5 s; "
           "10 of 130 answers failed (10 timeout)");
}
END_TEST

/* ---- validity ------------------------------------------------------------------------------ */

#define LATE_FOOTER                                                                                \
    "{\"schema\":\"litebench.records/1\",\"end\":true,\"partial\":false,"                          \
    "\"meter\":{\"loop_lag_ms\":{\"p50\":1,\"p99\":60,\"max\":90}}}\n"

START_TEST(a_late_meter_spoils_durations_not_errors)
{
    load(HEADER);
    add_conversations(40, 10, 50);
    load(LATE_FOOTER);
    make_report(SLO("ttft.p95<=500ms", "ttft.p99<=5s", "errors<=1%"));
    ck_text("slo.0.status", "INVALID");
    ck_text("slo.0.cause", "meter_late");
    ck_text("slo.1.status", "PASS"); /* 60 ms are less than a tenth of 5 s */
    ck_text("slo.2.status", "PASS"); /* errors */
    ck_text("verdict.status", "INVALID");
    ck_number("verdict.exit_code", 4);
    ck_has(text("verdict.sentence"),
           "the meter itself was late (60 ms of own delay, 50 ms allowed)");
    ck_has(text("meter.reasons.0"), "60 ms");
}
END_TEST

START_TEST(own_delay_spoils_too_and_never_under_a_millisecond)
{
    for (int64_t c = 0; c < 200; c++) {
        lb_turn turn = turn_of(c, 1, 3);
        turn.start_ns = turn.sent_ns - 900000; /* 0.9 ms of our own */
        add(&turn);
    }
    make_report(SLO("ttft.p95<=5ms"));
    ck_text("slo.0.status", "PASS");
    for (int64_t c = 200; c < 300; c++) {
        lb_turn turn = turn_of(c, 1, 3);
        turn.start_ns = turn.sent_ns - 1200000;
        add(&turn);
    }
    make_report(SLO("ttft.p95<=5ms"));
    ck_text("slo.0.cause", "meter_late");
}
END_TEST

START_TEST(a_buffered_stream_spoils_some_clocks)
{
    load(HEADER);
    add_conversations(40, 10, 50);
    load("{\"schema\":\"litebench.records/1\",\"end\":true,\"stream\":{\"buffered\":true}}\n");
    make_report(SLO("ttft.p95<=500ms", "tpot.p95<=1s", "itl.p95<=1s", "stall.p95<=1s",
                    "e2e.p95<=5s", "response.p95<=5s"));
    for (int i = 0; i < 4; i++) {
        char path[32];
        (void)snprintf(path, sizeof(path), "slo.%d.cause", i);
        ck_text(path, "buffered");
    }
    ck_text("slo.4.status", "PASS");
    ck_text("slo.5.status", "PASS");
    ck_text("verdict.status", "INVALID");
}
END_TEST

START_TEST(a_warm_first_turn_is_contamination)
{
    load(FULL_HEADER(WORKLOAD(40, 3)));
    add_conversations(39, 3, 50);
    lb_turn turn = turn_of(39, 1, 20);
    turn.cached_tokens = 64; /* as much as a chat template may share */
    add(&turn);
    load(FULL_FOOTER);
    make_report(SLO("cache_hit>=10%", "ttft.p95<=500ms"));
    ck_text("slo.0.status", "PASS");
    turn = turn_of(40, 1, 20);
    turn.cached_tokens = 3000;
    add(&turn);
    make_report(SLO("cache_hit>=10%", "ttft.p95<=500ms"));
    ck_text("slo.0.cause", "contaminated");
    ck_text("slo.1.status", "PASS"); /* ttft is what it is */
    ck_text("verdict.status", "INVALID");
}
END_TEST

START_TEST(without_a_nonce_nobody_knows)
{
    lb_turn turn = turn_of(0, 1, 20);

    turn.cached_tokens = 3000;
    add(&turn);
    make_report(NULL);
    ck_assert(unknown_at("cache.contaminated"));
}
END_TEST

START_TEST(what_was_not_measured_is_invalid)
{
    for (int64_t c = 0; c < 100; c++) {
        lb_turn turn = turn_of(c, 1, 50);
        turn.completion_tokens = LB_UNKNOWN;
        add(&turn);
    }
    add_failed(100, 1, "timeout", 0);
    make_report(SLO("tpot.p95<=100ms", "cache_benefit>=2"));
    ck_text("slo.0.cause", "no_data"); /* not FAIL: the failure is all that is known of it */
    ck_text("slo.1.cause", "no_data");
}
END_TEST

/* ---- order and exit codes ------------------------------------------------------------------ */

START_TEST(errors_that_fail_come_first)
{
    load(HEADER);
    add_conversations(10, 10, 50);
    for (int64_t c = 10; c < 30; c++)
        add_failed(c, 1, "server_error", 500);
    load(LATE_FOOTER);
    make_report(NULL);
    ck_text("slo.0.status", "INVALID");
    ck_text("slo.1.status", "FAIL");
    ck_text("verdict.status", "FAIL");
    ck_has(text("verdict.sentence"), "20 of 120 answers failed (20 server_error), limit 1 %");
}
END_TEST

static int32_t exit_with(const char *fail_on)
{
    lb_config *config = NULL;

    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    ck_assert_int_eq(lb_config_set(config, "judge.fail_on", fail_on, "--fail-on"), LB_OK);
    lb_report_free(report);
    report = NULL;
    ck_assert_int_eq(lb_report_new(&report, dataset, config), LB_OK);
    lb_config_free(config);
    return lb_report_exit_code(report);
}

START_TEST(fail_on_decides_the_exit_code)
{
    add_conversations(40, 10, 200); /* WARN */
    ck_assert_int_eq(exit_with("fail"), 1);
    ck_assert_int_eq(exit_with("warn"), 1);
    ck_assert_int_eq(exit_with("invalid"), 0);
    ck_assert_int_eq(exit_with("none"), 0);
}
END_TEST

START_TEST(nothing_answered_is_3)
{
    static const char *const silent[] = {"dns", "connect", "tls", "timeout"};

    for (int64_t c = 0; c < 8; c++)
        add_failed(c, 1, silent[c % 4], 0);
    make_report(NULL);
    ck_number("verdict.exit_code", 3);
    ck_assert_int_eq(exit_with("none"), 3);
}
END_TEST

START_TEST(all_refused_is_3_but_not_some)
{
    for (int64_t c = 0; c < 10; c++)
        add_failed(c, 1, c % 2 != 0 ? "auth" : "model_not_found", c % 2 != 0 ? 401 : 404);
    make_report(NULL);
    ck_number("verdict.exit_code", 3);
    ck_text("verdict.status", "FAIL");
    add_failed(10, 1, "server_error", 500);
    make_report(NULL);
    ck_number("verdict.exit_code", 1);
}
END_TEST

START_TEST(nothing_at_all_is_invalid)
{
    make_report(NULL);
    ck_text("verdict.status", "INVALID");
    ck_number("verdict.exit_code", 4);
    add_failed(0, 1, "cancelled", 0);
    make_report(NULL);
    ck_text("verdict.status", "INVALID");
}
END_TEST

START_TEST(no_success_is_never_a_pass)
{
    lb_turn turn = turn_of(0, 1, 50);

    turn.attempt = 2; /* all there is stands outside the total */
    add(&turn);
    make_report(SLO("rps>=0", "errors<=100%", "ttft.min>=0ms"));
    ck_assert_str_ne(text("verdict.status"), "PASS");
}
END_TEST

START_TEST(not_even_when_failing_is_allowed)
{
    for (int64_t c = 0; c < 100; c++)
        add_failed(c, 1, "server_error", 500);
    make_report(SLO("errors<=100%"));
    ck_text("slo.0.status", "PASS");
    ck_text("verdict.status", "INVALID");
}
END_TEST

/* ---- what the old tool called a success ----------------------------------------------------- */

static void render_has(const char *format, const char *needle)
{
    char *rendered = NULL;

    ck_assert_int_eq(lb_report_render(report, &rendered, NULL, format), LB_OK);
    ck_has(rendered, needle);
    lb_free(ctx, rendered);
}

START_TEST(only_429_is_fail)
{
    for (int64_t c = 0; c < 60; c++)
        add_failed(c, 1, "rate_limit", 429);
    make_report(NULL);
    ck_text("verdict.status", "FAIL");
    ck_number("verdict.exit_code", 1);
    ck_has(text("verdict.sentence"), "60 of 60 answers failed (60 rate_limit)");
    ck_has(text("verdict.sentence"), "quota");
    render_has("user-data", "litemaas_benchmark_status: \"FAIL \xe2\x9c\x97\"");
    render_has("user-info", "P95:            N/A\n");
}
END_TEST

START_TEST(one_good_answer_of_110_is_fail)
{
    lb_turn turn = turn_of(0, 1, 50);

    add(&turn);
    for (int64_t c = 1; c < 110; c++)
        add_failed(c, 1, "server_error", 500);
    make_report(NULL);
    ck_text("verdict.status", "FAIL");
    ck_number("verdict.exit_code", 1);
    ck_has(text("verdict.sentence"), "109 of 110 answers failed");
    render_has("user-data", "litemaas_benchmark_status: \"FAIL \xe2\x9c\x97\"");
    render_has("user-data", "litemaas_benchmark_errors: \"109\"");
}
END_TEST

START_TEST(null_content_only_is_fail)
{
    for (int64_t c = 0; c < 40; c++)
        add_failed(c, 1, "no_token", 200);
    make_report(NULL);
    ck_text("verdict.status", "FAIL");
    ck_number("verdict.exit_code", 1);
    ck_number("requests.errors.no_token", 40);
    render_has("user-info", "Overall Status: FAIL \xe2\x9c\x97\n");
}
END_TEST

static void add_model(const char *model, int64_t conversations, double base_ms)
{
    for (int64_t c = 0; c < conversations; c++) {
        lb_turn turn = turn_of(c, 1, base_ms);
        turn.model = turn.answered_by = model;
        add(&turn);
    }
}

START_TEST(models_that_all_pass_are_named_together)
{
    load(FULL_HEADER(WORKLOAD(200, 1)));
    add_model("granite", 200, 50);
    add_model("llama", 200, 60);
    add_failed(200, 1, "timeout", 0);
    load(FULL_FOOTER);
    make_report(NULL);
    ck_text("verdict.sentence", "PASS  all 2 models, 4 requests at once: each met every objective; "
                                "1 of 401 answers failed (1 timeout)");
    ck_has(text("models.1.verdict.sentence"), "PASS  llama, 4 requests at once: 95 % of first");
    render_has("text", "PASS  all 2 models, ");
    add_model("slow", 200, 5000);
    make_report(NULL);
    ck_has(text("verdict.sentence"), "FAIL  slow, 4 requests at once: ");
}
END_TEST

START_TEST(one_conversation_is_no_plural)
{
    lb_turn turn = turn_of(0, 1, 50);

    load(HEADER);
    add(&turn);
    load(FOOTER);
    make_report(NULL);
    ck_text("verdict.status", "UNDECIDED");
    ck_has(text("verdict.sentence"), "; 1 conversation cannot prove it");
    ck_has(text("slo.0.reason"), "; 1 conversation cannot prove it");
    render_has("text", "  1 conversation: 1 complete");
    render_has("user-info", "(by the measured value; 1 conversation cannot prove it)");
}
END_TEST

START_TEST(a_bounded_run_says_by_what)
{
    load(HEADER);
    add_conversations(4, 2, 50);
    load("{\"schema\":\"litebench.records/1\",\"end\":true,\"bounded\":true}\n");
    make_report(NULL);
    ck_text("warnings.0.code", "bounded");
    ck_has(text("warnings.0.text"), "by --for or --max-requests: not all");
}
END_TEST

START_TEST(students_are_called_students)
{
    load(FULL_HEADER("\"workload\":{\"users\":100,\"workers\":100,\"schedule\":\"users\"},"));
    add_conversations(100, 6, 600);
    load(FULL_FOOTER);
    make_report(SLO("ttft.p95<=5s"));
    const char *said = text("verdict.sentence");
    ck_assert_int_eq(strncmp(said, "PASS  100 students at once: 95 % of first words within ", 55),
                     0);
    ck_has(said, "(surely under ");
    ck_has(said, "), limit 5 s; 0 of 600 answers failed");
}
END_TEST

START_TEST(so_are_users_without_a_number)
{
    load(FULL_HEADER("\"workload\":{\"users\":null,\"workers\":7,\"schedule\":\"users\"},"));
    add_conversations(60, 6, 60);
    make_report(NULL);
    ck_has(text("verdict.sentence"), "PASS  7 students at once: ");
    ck_has(text("verdict.sentence"), "; stopped before the end");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {objectives_are_read,
                                  wrong_objectives_are_explained,
                                  a_wrong_objective_of_the_config_is_refused,
                                  defaults_are_replaced_by_metric,
                                  stored_objectives_stand_unless_replaced,
                                  a_preset_brings_its_own,
                                  fast_is_pass_slow_is_warn_very_slow_is_fail,
                                  a_lower_limit_never_softens,
                                  the_bound_decides_not_the_point,
                                  undecided_says_what_would_decide,
                                  errors_by_share_from_100_and_by_bounds_below,
                                  one_of_a_hundred_is_one_percent,
                                  six_of_six_fail,
                                  errors_of_one_conversation_are_judged_too,
                                  no_errors_of_fifty_prove_nothing_yet,
                                  failures_are_misses_in_percentiles,
                                  classes_and_sessions,
                                  whole_sessions,
                                  reasoning_only_is_a_miss_for_answers,
                                  the_sentence_says_why_all_failed,
                                  reasoning_only_is_no_failure,
                                  a_late_meter_spoils_durations_not_errors,
                                  own_delay_spoils_too_and_never_under_a_millisecond,
                                  a_buffered_stream_spoils_some_clocks,
                                  a_warm_first_turn_is_contamination,
                                  without_a_nonce_nobody_knows,
                                  what_was_not_measured_is_invalid,
                                  errors_that_fail_come_first,
                                  fail_on_decides_the_exit_code,
                                  nothing_answered_is_3,
                                  all_refused_is_3_but_not_some,
                                  nothing_at_all_is_invalid,
                                  no_success_is_never_a_pass,
                                  not_even_when_failing_is_allowed,
                                  only_429_is_fail,
                                  one_good_answer_of_110_is_fail,
                                  null_content_only_is_fail,
                                  models_that_all_pass_are_named_together,
                                  one_conversation_is_no_plural,
                                  a_bounded_run_says_by_what,
                                  students_are_called_students,
                                  so_are_users_without_a_number,
                                  NULL};

    return run_cases("judge", tests);
}
