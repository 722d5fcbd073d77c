/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_formats.c - every format against golden files made from fixed records (written anew with
 * LITEBENCH_RENEW_GOLDEN=1), foreign text that must stay text, and the old role's message
 * character for character.
 */
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "records.h"
#include "report/format.h"
#include "report/say.h"

/* ---- golden files -------------------------------------------------------------------------- */

static void golden_path(char *path, size_t size, const char *name)
{
    const char *source = getenv("LITEBENCH_SOURCE_DIR"); /* __FILE__ is shortened in packages */

    (void)snprintf(path, size, "%s/tests/unit/golden/%s", source != NULL ? source : ".", name);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");

    ck_assert_msg(file != NULL, "%s is missing: make it with LITEBENCH_RENEW_GOLDEN=1", path);
    char *content = calloc(1, 4 << 20);
    ck_assert_ptr_nonnull(content);
    (void)fread(content, 1, (4 << 20) - 1, file);
    (void)fclose(file);
    return content;
}

static void check_golden(const char *name, const char *have, size_t len)
{
    char path[PATH_MAX];

    golden_path(path, sizeof(path), name);
    if (getenv("LITEBENCH_RENEW_GOLDEN") != NULL) {
        FILE *file = fopen(path, "wb");
        ck_assert_ptr_nonnull(file);
        ck_assert_uint_eq(fwrite(have, 1, len, file), len);
        (void)fclose(file);
        return;
    }
    char *wanted = read_file(path);
    if (strcmp(wanted, have) != 0) {
        size_t at = 0;
        while (wanted[at] == have[at])
            at++;
        ck_abort_msg("%s differs at byte %zu: wanted \"%.60s\", have \"%.60s\"", name, at,
                     wanted + at, have + at);
    }
    free(wanted);
}

static lb_err to_buf(void *user, const char *data, size_t len)
{
    struct lbi_buf *buf = user;

    lbi_buf_add(buf, data, len);
    return buf->err;
}

/* No line is wider than a terminal and none holds what a terminal would obey. */
static void check_plain(const char *rendered)
{
    while (*rendered != '\0') {
        size_t len = strcspn(rendered, "\n");
        ck_assert_msg(lbi_say_columns(rendered, len) <= 80, "too wide: %.*s", (int)len, rendered);
        rendered += len + (rendered[len] == '\n');
    }
}

static void check_clean(const char *name, const char *rendered, bool crlf)
{
    for (const char *p = rendered; *p != '\0'; p++) {
        bool fine = (unsigned char)*p >= 0x20 || *p == '\n' || (crlf && *p == '\r');
        ck_assert_msg(fine && *p != 0x7f, "%s holds control character 0x%02x", name, (unsigned)*p);
    }
}

static void check_formats(const char *kind)
{
    const char *format, *help;

    for (size_t i = 0; lb_format_at(&format, &help, i) == LB_OK; i++) {
        struct lbi_buf rendered;
        char name[64];
        bool csv = strcmp(format, "csv") == 0;
        bool records = csv || strcmp(format, "ndjson") == 0;
        /* Many records would make large files and show nothing new. */
        if (records && lb_dataset_size(dataset) > 100)
            continue;
        lbi_buf_init(&rendered, &lbi_mem_libc);
        lb_err err = records ? lb_dataset_write(dataset, format, to_buf, &rendered)
                             : lb_report_write(report, format, to_buf, &rendered);
        ck_assert_msg(err == LB_OK, "%s: %s", format, lb_ctx_error(ctx));
        (void)snprintf(name, sizeof(name), "%s.%s", kind, format);
        if (strcmp(kind, "hostile") == 0)
            check_clean(name, lbi_buf_text(&rendered), csv);
        if (strcmp(format, "text") == 0)
            check_plain(lbi_buf_text(&rendered));
        check_golden(name, lbi_buf_text(&rendered), rendered.len);
        lbi_buf_free(&rendered);
    }
}

START_TEST(golden_pass)
{
    load(FULL_HEADER(WORKLOAD(60, 2) "\"slo\":[\"ttft.p95<=500ms\",\"errors<=1%\"],"));
    add_conversations(60, 2, 100);
    load(FULL_FOOTER);
    make_report(NULL);
    ck_text("verdict.status", "PASS");
    check_formats("pass");
}
END_TEST

START_TEST(golden_undecided)
{
    load(FULL_HEADER(WORKLOAD(8, 3)));
    add_conversations(8, 3, 140);
    load(FULL_FOOTER);
    make_report(NULL);
    ck_text("verdict.status", "UNDECIDED");
    check_formats("undecided");
}
END_TEST

START_TEST(golden_quota)
{
    load(FULL_HEADER(WORKLOAD(20, 3)));
    for (int64_t c = 0; c < 20; c++) {
        lb_turn turn = turn_of(c, 1, 1);
        turn.first_byte_ns = turn.first_token_ns = turn.first_answer_ns = LB_UNKNOWN;
        turn.last_token_ns = turn.max_gap_ns = LB_UNKNOWN;
        turn.prompt_tokens = turn.cached_tokens = turn.completion_tokens = LB_UNKNOWN;
        turn.chunks = 0;
        turn.error = "rate_limit";
        turn.error_text = "Rate limit reached for key";
        turn.status = 429;
        turn.gateway_json = "{\"x-ratelimit-limit-requests\":\"120\","
                            "\"llm_provider-retry-after\":\"12\"}";
        add(&turn);
    }
    load(FULL_FOOTER);
    make_report(NULL);
    ck_text("verdict.status", "FAIL");
    ck_has(text("warnings.0.text"),
           "(120 requests/min) was hit, not the model's limit: 20 answers");
    ck_has(text("warnings.0.text"), "asked to wait 12 s (Retry-After)");
    check_formats("quota");
}
END_TEST

START_TEST(golden_two_models)
{
    load(FULL_HEADER(WORKLOAD(15, 4)));
    for (int model = 0; model < 2; model++) {
        for (int64_t c = 0; c < 30; c++) {
            for (int32_t t = 1; t <= 4; t++) {
                lb_turn turn = turn_of(c, t, made_ttft(c, t, model == 0 ? 60 : 250));
                turn.model = turn.answered_by = model == 0 ? "granite" : "llama-scout-17b";
                add(&turn);
            }
        }
    }
    load(FULL_FOOTER);
    make_report(NULL);
    ck_text("verdict.status", "WARN");
    check_formats("two");
}
END_TEST

/* Everything that a server can say, said by an enemy. The file ends in the middle of a line. */
#define EVIL                                                                                       \
    "<script>alert(1)</script> [x](javascript:y) \\u001b[31mred\\u001b[0m \\u202eright\\u2066 "    \
    "\\u0007 \\\"quoted\\\" | pipe \\n- item: 'yaml' \\u0085 \xff\xfe bad"
#define EVIL_RECORD                                                                                \
    "{\"conversation\":0,\"turn\":1,\"model\":\"" EVIL "\",\"answered_by\":\"" EVIL                \
    "\",\"document\":\"=cmd|' /C calc'!A0\",\"error\":\"" EVIL "\",\"error_text\":\"" EVIL         \
    "\",\"response_id\":\"@SUM(A1)\",\"finish_reason\":\"-1+1\",\"status\":200,"                   \
    "\"gateway\":{\"" EVIL "\":\"" EVIL "\"}}\n"

START_TEST(golden_hostile)
{
    load("{\"schema\":\"litebench.records/1\",\"tool\":{\"name\":\"litebench\"},\"started\":"
         "\"" EVIL "\",\"target\":{\"url\":\"https://x/" EVIL "\",\"models\":[\"" EVIL
         "\",1,null,{}]},\"workload\":{\"schedule\":5,\"conversations\":\"many\",\"preset\":"
         "\"" EVIL "\"},\"labels\":{\"" EVIL "\":\"" EVIL "\",\"n\":5,\"x\":null}}\n" EVIL_RECORD
         "{\"conversation\":1,\"turn\":1,\"model\":\"" EVIL "\",\"ttft_ms\":5}\n"
         "{\"conversation\":2,\"tur");
    make_report(NULL);
    check_formats("hostile");
}
END_TEST

START_TEST(labels_are_in_every_format_but_the_box)
{
    static const char *const cases[][2] = {
        {"text", "Label   room = b;1\n"},
        {"json", "\"room\": \"b;1\""},
        {"markdown", "\n\nLabels: event=su\\*mmit, room=b;1, my \\`key\\`=\n\n"},
        {"legacy", "\nLabels: event=su*mmit, room=b;1, my `key`=\n"},
        {"user-data", "\nlitemaas_benchmark_label_room: \"b;1\"\n"
                      "\"litemaas_benchmark_label_my `key`\": \"\"\n"},
    };
    struct lbi_buf csv;

    load("{\"schema\":\"litebench.records/1\",\"labels\":{\"event\":\"su*mmit\",\"room\":\"b;1\","
         "\"my `key`\":null}}\n");
    add_conversations(2, 1, 50);
    make_report(NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *rendered = NULL;
        ck_assert_int_eq(lb_report_render(report, &rendered, NULL, cases[i][0]), LB_OK);
        ck_has(rendered, cases[i][1]);
        lb_free(ctx, rendered);
    }
    lbi_buf_init(&csv, &lbi_mem_libc);
    ck_assert_int_eq(lb_dataset_write(dataset, "csv", to_buf, &csv), LB_OK);
    ck_has(lbi_buf_text(&csv), ",gateway,labels\r\n");
    ck_has(lbi_buf_text(&csv), ",,event=su*mmit;room=b;1;my `key`=\r\n");
    lbi_buf_free(&csv);
}
END_TEST

START_TEST(a_long_name_is_cut)
{
    char *name = malloc(10001);

    ck_assert_ptr_nonnull(name);
    memset(name, 'm', 10000);
    name[10000] = '\0';
    lb_turn turn = turn_of(0, 1, 5);
    turn.model = turn.answered_by = name;
    add(&turn);
    make_report(NULL);
    ck_assert_uint_eq(strlen(text("target.model")), 10000);
    char *rendered = NULL;
    ck_assert_int_eq(lb_report_render(report, &rendered, NULL, "text"), LB_OK);
    check_plain(rendered);
    lb_free(ctx, rendered);
    free(name);
}
END_TEST

/* ---- the old role -------------------------------------------------------------------------- */

#define RULE "════════════════════════════════════════════════════════════════\n"

/* The numbers of the old role's README, and its message. */
START_TEST(the_box_is_the_old_one)
{
    static const char stored[] =
        "{\"schema\":\"litebench.report/1\",\"wall_ms\":242750,"
        "\"verdict\":{\"status\":\"PASS\",\"exit_code\":0},"
        "\"requests\":{\"total\":110,\"ok\":110,\"failed\":0},\"conversations\":{\"total\":11},"
        "\"cache\":{\"legacy_speedup\":3.84,\"legacy_word\":\"EXCELLENT ✓\"},"
        "\"legacy\":{\"mean_ms\":120.98,\"p50_ms\":92.09,\"p95_ms\":271.6,\"p99_ms\":674.21}}";
    static const char box[] = RULE "LiteMaaS Benchmark Results\n" RULE "\n"
                                   "Time to First Token (TTFT):\n"
                                   "  • Mean:           120.98 ms\n"
                                   "  • P50 (Median):   92.09 ms\n"
                                   "  • P95:            271.60 ms\n"
                                   "  • P99:            674.21 ms\n\n"
                                   "Cache Performance:\n"
                                   "  • Speedup Ratio:  3.84x\n"
                                   "  • Status:         EXCELLENT ✓\n\n"
                                   "Load Testing Results:\n"
                                   "  • Total Time:     242.75 seconds\n"
                                   "  • Total Requests: 110\n"
                                   "  • Requests/sec:   0.45\n\n"
                                   "Overall Status: PASS ✓\n" RULE;
    static const char data[] = "litemaas_benchmark_p50_ms: \"92.09\"\n"
                               "litemaas_benchmark_p95_ms: \"271.60\"\n"
                               "litemaas_benchmark_p99_ms: \"674.21\"\n"
                               "litemaas_benchmark_mean_ms: \"120.98\"\n"
                               "litemaas_benchmark_speedup_ratio: \"3.84\"\n"
                               "litemaas_benchmark_status: \"PASS ✓\"\n"
                               "litemaas_benchmark_cache_status: \"EXCELLENT ✓\"\n"
                               "litemaas_benchmark_total_time_seconds: \"242.75\"\n"
                               "litemaas_benchmark_total_requests: \"110\"\n"
                               "litemaas_benchmark_requests_per_second: \"0.45\"\n";
    char *rendered = NULL;

    ck_assert_int_eq(lb_report_load(&report, ctx, stored, strlen(stored)), LB_OK);
    ck_assert_int_eq(lb_report_render(report, &rendered, NULL, "user-info"), LB_OK);
    ck_assert_str_eq(rendered, box);
    lb_free(ctx, rendered);
    ck_assert_int_eq(lb_report_render(report, &rendered, NULL, "user-data"), LB_OK);
    ck_assert_int_eq(strncmp(rendered, data, strlen(data)), 0);
    lb_free(ctx, rendered);
}
END_TEST

static const char *legacy_status(const char *verdict, double p95, const char *slo, int ok)
{
    static char stored[600];

    (void)snprintf(stored, sizeof(stored),
                   "{\"schema\":\"litebench.report/1\",\"verdict\":{\"status\":\"%s\"},"
                   "\"slo\":[%s],\"requests\":{\"ok\":%d},\"legacy\":{\"p95_ms\":%.3f,"
                   "\"ttft_limit_ms\":500}}",
                   verdict, slo, ok, p95);
    const char *why;
    static struct json_object *tree;
    (void)json_object_put(tree);
    tree = lbi_tree_parse(stored, strlen(stored), &why);
    ck_assert_ptr_nonnull(tree);
    const char *word = lbi_legacy_status(tree);
    return word;
}

START_TEST(old_words_by_the_point)
{
    static const char bad[] = "{\"metric\":\"errors\",\"status\":\"FAIL\"}";

    ck_assert_str_eq(legacy_status("PASS", 499.9, "", 9), "PASS ✓");
    ck_assert_str_eq(legacy_status("PASS", 500, "", 9), "WARN ⚠"); /* strictly less */
    ck_assert_str_eq(legacy_status("UNDECIDED", 499, "", 9), "PASS ✓");
    ck_assert_str_eq(legacy_status("FAIL", 999.9, "", 9), "WARN ⚠");
    ck_assert_str_eq(legacy_status("FAIL", 1000, "", 9), "FAIL ✗");
    ck_assert_str_eq(legacy_status("FAIL", 10, bad, 9), "FAIL ✗");
    ck_assert_str_eq(legacy_status("INVALID", 10, "", 9), "INVALID ✗");
    ck_assert_str_eq(legacy_status("UNDECIDED", 10, "", 0), "FAIL ✗");
    (void)legacy_status("PASS", 1, "", 1);
}
END_TEST

/* ---- spelling ------------------------------------------------------------------------------ */

static const char *said(void (*say)(struct lbi_buf *, double), double value)
{
    static struct lbi_buf buf;

    lbi_buf_free(&buf);
    lbi_buf_init(&buf, &lbi_mem_libc);
    say(&buf, value);
    return lbi_buf_text(&buf);
}

static void two(struct lbi_buf *buf, double value)
{
    lbi_say_fixed(buf, value, 2);
}

START_TEST(numbers_for_people)
{
    ck_assert_str_eq(said(lbi_say_ms, 0.04), "0.04 ms");
    ck_assert_str_eq(said(lbi_say_ms, 4.24), "4.2 ms");
    ck_assert_str_eq(said(lbi_say_ms, 92.4), "92 ms");
    ck_assert_str_eq(said(lbi_say_ms, 999.6), "1 s");
    ck_assert_str_eq(said(lbi_say_ms, 1900), "1.9 s");
    ck_assert_str_eq(said(lbi_say_ms, 5000), "5 s");
    ck_assert_str_eq(said(lbi_say_ms, (double)NAN), "-");
    ck_assert_str_eq(said(lbi_say_share, 0.95), "95 %");
    ck_assert_str_eq(said(lbi_say_share, 0.0064), "0.64 %");
    ck_assert_str_eq(said(lbi_say_share, 0.9995), "99.95 %");
    ck_assert_str_eq(said(two, 2.675), "2.67");  /* as C and Python print it */
    ck_assert_str_eq(said(two, -0.001), "0.00"); /* never -0 */
    ck_assert_str_eq(said(two, 1e15), "1000000000000000.00");
    (void)said(two, 0);
}
END_TEST

START_TEST(the_locale_changes_nothing)
{
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL && setlocale(LC_NUMERIC, "de_DE") == NULL)
        return; /* not installed here */
    ck_assert_str_eq(said(two, 92.085), "92.08");
    (void)setlocale(LC_NUMERIC, "C");
}
END_TEST

START_TEST(foreign_text_is_shown_not_obeyed)
{
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"\x1b[31mred", "\\x1b[31mred"},
        {"a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"},
        {"\xc2\x85 \xe2\x80\xae \xe2\x81\xa6", "\\u0085 \\u202e \\u2066"},
        {"\xff\xc3", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"h\xc3\xa9 \xe2\x9c\x93", "h\xc3\xa9 \xe2\x9c\x93"},
        {"0123456789abcdef", "0123456789abcdef"},
        {"0123456789abcdefg", "0123456789abc..."},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lbi_buf buf;
        lbi_buf_init(&buf, &lbi_mem_libc);
        lbi_say_safe(&buf, cases[i][0], i < 6 ? 80 : 16);
        ck_assert_str_eq(lbi_buf_text(&buf), cases[i][1]);
        lbi_buf_free(&buf);
    }
}
END_TEST

START_TEST(shell_words)
{
    struct lbi_buf buf;

    lbi_buf_init(&buf, &lbi_mem_libc);
    lbi_say_shell(&buf, "https://x.example/v1");
    lbi_buf_putc(&buf, ' ');
    lbi_say_shell(&buf, "a b; rm 'x'");
    ck_assert_str_eq(lbi_buf_text(&buf), "https://x.example/v1 'a b; rm '\\''x'\\'''");
    lbi_buf_free(&buf);
}
END_TEST

/* ---- stored reports and paths -------------------------------------------------------------- */

START_TEST(a_stored_report_renders_the_same)
{
    static const char *const names[] = {"text", "json", "markdown", "user-data", "legacy"};
    lb_report *again = NULL;
    char *stored = NULL;
    size_t len = 0;

    load(FULL_HEADER(WORKLOAD(60, 2)));
    add_conversations(60, 2, 100);
    load(FULL_FOOTER);
    make_report(NULL);
    ck_assert_int_eq(lb_report_render(report, &stored, &len, "json"), LB_OK);
    ck_assert_int_eq(lb_report_load(&again, ctx, stored, len), LB_OK);
    ck_assert_int_eq(lb_report_exit_code(again), lb_report_exit_code(report));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *a = NULL, *b = NULL;
        ck_assert_int_eq(lb_report_render(report, &a, NULL, names[i]), LB_OK);
        ck_assert_int_eq(lb_report_render(again, &b, NULL, names[i]), LB_OK);
        ck_assert_str_eq(a, b);
        lb_free(ctx, a);
        lb_free(ctx, b);
    }
    lb_report_free(again);
    lb_free(ctx, stored);
}
END_TEST

START_TEST(bad_stored_reports_are_refused)
{
    static const struct {
        const char *json, *words;
        lb_err code;
    } cases[] = {
        {"", "not JSON", LB_E_PARSE},
        {"{\"schema\":\"litebench.report/1\",", "not JSON", LB_E_PARSE},
        {"[]", "no report of litebench", LB_E_PARSE},
        {"{\"schema\":\"litebench.records/1\"}", "no report of litebench", LB_E_PARSE},
        {"{\"schema\":\"litebench.report/2\"}", "newer", LB_E_UNSUPPORTED},
        {"{\"schema\":\"litebench.report/1\"}", "verdict.status", LB_E_PARSE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lb_err err = lb_report_load(&report, ctx, cases[i].json, strlen(cases[i].json));
        ck_assert_int_eq(err, cases[i].code);
        ck_has(lb_ctx_error(ctx), cases[i].words);
    }
}
END_TEST

/* A report whose members have any type renders in every format without a crash. */
START_TEST(a_twisted_report_does_no_harm)
{
    static const char twisted[] =
        "{\"schema\":\"litebench.report/1\",\"verdict\":{\"status\":\"\\u001b[2J\","
        "\"sentence\":7,\"exit_code\":\"x\"},\"slo\":{\"a\":1},\"models\":[1,null,{}],"
        "\"metrics\":[],\"by_turn\":\"no\",\"warnings\":[1,[],null],\"requests\":{\"errors\":[1]},"
        "\"labels\":[],\"meter\":5,\"tokens\":null,\"wall_ms\":1e999}";
    const char *name;

    ck_assert_int_eq(lb_report_load(&report, ctx, twisted, strlen(twisted)), LB_OK);
    for (size_t i = 0; lb_format_at(&name, NULL, i) == LB_OK; i++) {
        char *rendered = NULL;
        lb_err err = lb_report_render(report, &rendered, NULL, name);
        ck_assert(err == LB_OK || err == LB_E_UNSUPPORTED);
        ck_assert(err != LB_OK || strchr(rendered, 0x1b) == NULL);
        lb_free(ctx, rendered);
    }
    ck_assert_int_eq(lb_report_exit_code(report), 3);
}
END_TEST

START_TEST(paths)
{
    double value;
    const char *word;

    add_conversations(3, 1, 100);
    make_report(NULL);
    ck_assert_int_eq(lb_report_number(report, &value, "metrics.ttft.p95"), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_report_number(report, &value, "slo.7.value"), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_report_number(report, &value, "slo.x.value"), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_report_number(report, &value, ""), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_report_number(report, &value, "."), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_report_number(report, &value, "tokens.prompt.x"), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_report_text(report, &word, "requests.ok"), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_report_text(report, &word, "ended"), LB_OK);
    ck_assert_str_eq(word, "");
    ck_assert_int_eq(lb_report_render(report, NULL, NULL, "json"), LB_E_INVALID);
    char *rendered = NULL;
    ck_assert_int_eq(lb_report_render(report, &rendered, NULL, "poem"), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_report_render(report, &rendered, NULL, "csv"), LB_E_UNSUPPORTED);
}
END_TEST

/* The text of the warning with this code, "" when there is none. */
static const char *warning(const char *code)
{
    const char *found = "";

    for (size_t i = 0; *found == '\0'; i++) {
        char path[32];
        const char *value;
        (void)snprintf(path, sizeof(path), "warnings.%zu.code", i);
        if (lb_report_text(report, &value, path) != LB_OK)
            break;
        if (strcmp(value, code) != 0)
            continue;
        (void)snprintf(path, sizeof(path), "warnings.%zu.text", i);
        found = text(path);
    }
    return found;
}

START_TEST(advice_answers_the_usual_questions)
{
    static const struct {
        const char *error, *words;
    } cases[] = {
        {"auth", "1 request: the endpoint refused the key"},
        {"connect", "could not be reached"},
        {"context_length", "lower --max-tokens or --turns"},
        {"timeout", "raise --timeout, or lower --conversations"},
    };

    for (size_t i = 0; i < 4; i++)
        add_failed((int64_t)i, 1, cases[i].error, 0);
    make_report(NULL);
    for (size_t i = 0; i < 4; i++)
        ck_has(warning(cases[i].error), cases[i].words);
}
END_TEST

START_TEST(cut_documents_are_told)
{
    load(FULL_HEADER("\"workload\":{\"documents\":16,\"documents_cut\":8,\"context\":8192},"));
    add_conversations(4, 2, 50);
    make_report(NULL);
    ck_assert_str_eq(warning("documents_cut"), "8 of 16 documents were cut to fit the context of "
                                               "8192 tokens (--context)");
}
END_TEST

START_TEST(closed_connections_are_told_when_they_are_many)
{
    for (int64_t c = 0; c < 100; c++) {
        lb_turn turn = turn_of(c, 1, 50);
        turn.reconnected = c < 5;
        add(&turn);
    }
    make_report(NULL);
    ck_assert_str_eq(warning("reconnected"), ""); /* 5 % */
    ck_has(warning("retried"), "0 retried and 5 reconnected");
    lb_turn turn = turn_of(100, 1, 50);
    turn.reconnected = 1;
    add(&turn);
    make_report(NULL);
    ck_has(warning("reconnected"),
           "closes kept connections: 6 of 101 requests had to connect again");
    ck_has(warning("reconnected"), "--connections new");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {golden_pass,
                                  golden_undecided,
                                  golden_quota,
                                  golden_two_models,
                                  golden_hostile,
                                  labels_are_in_every_format_but_the_box,
                                  a_long_name_is_cut,
                                  the_box_is_the_old_one,
                                  old_words_by_the_point,
                                  numbers_for_people,
                                  the_locale_changes_nothing,
                                  foreign_text_is_shown_not_obeyed,
                                  shell_words,
                                  a_stored_report_renders_the_same,
                                  bad_stored_reports_are_refused,
                                  a_twisted_report_does_no_harm,
                                  paths,
                                  advice_answers_the_usual_questions,
                                  cut_documents_are_told,
                                  closed_connections_are_told_when_they_are_many,
                                  NULL};

    return run_cases("formats", tests);
}
