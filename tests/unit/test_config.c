/* SPDX-License-Identifier: Apache-2.0 */
/* test_config.c - values, the option table, precedence, JSON, presets and joined rules. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

static lb_ctx *ctx;
static lb_config *config;

static void setup(void)
{
    ck_assert_int_eq(lb_ctx_new(&ctx, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
}

static void teardown(void)
{
    lb_config_free(config);
    lb_ctx_free(ctx);
}

static void set(const char *name, const char *value, const char *origin)
{
    ck_assert_msg(lb_config_set(config, name, value, origin) == LB_OK, "%s", lb_ctx_error(ctx));
}

static void add(const char *name, const char *value, const char *origin)
{
    ck_assert_msg(lb_config_add(config, name, value, origin) == LB_OK, "%s", lb_ctx_error(ctx));
}

static const char *get(const char *name, size_t index)
{
    const char *out = NULL;

    if (lb_config_get(config, &out, name, index) != LB_OK)
        return "(none)";
    return out;
}

static const char *origin_of(const char *name)
{
    const char *out = NULL;

    ck_assert_int_eq(lb_config_origin(config, &out, name), LB_OK);
    return out;
}

/* ---- values ---- */

START_TEST(durations)
{
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {{"0", 0},
                {"0s", 0},
                {"2", 2000000000},
                {"2s", 2000000000},
                {"0.5s", 500000000},
                {".5s", 500000000},
                {"500ms", 500000000},
                {"1.5m", 90000000000},
                {"2h", 7200000000000},
                {"0.001ms", 1000},
                {"1e3ms", 1000000000},
                {"-1s", -1000000000},
                {"99999999999h", INT64_MAX}};
    static const char *const bad[] = {"",     " 1s",   "1s ", "1 s", "s",     "1x",  "1sec",
                                      "1,5s", "0x1",   "inf", "nan", "1m30s", "--1", "1.s",
                                      "1e",   "1.2.3", "ms",  "+1s", "1S",    "1d"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t ns = -1;
        ck_assert_msg(lbi_parse_duration(good[i].text, &ns), "%s", good[i].text);
        ck_assert_msg(ns == good[i].ns, "%s: %lld", good[i].text, (long long)ns);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t ns = 42;
        ck_assert_msg(!lbi_parse_duration(bad[i], &ns), "\"%s\" was taken", bad[i]);
        ck_assert_int_eq(ns, 42);
    }
}
END_TEST

START_TEST(numbers)
{
    static const char *const good[] = {
        "0",        "1",       "0.1", "2.0",           "1.5e3",
        "-3.25",    "1e-3",    "0.3", "123456789.123", "9007199254740991",
        "0.000001", "3.14159", "1E2", "0e999"};
    static const char *const bad[] = {"",    "x",     "1x",  "1.", "e5", "1e+", "0x10", "inf",
                                      "NaN", "1e999", "1,5", " 1", "1 ", "-",   "."};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        double value = -1;
        ck_assert_msg(lbi_parse_number(good[i], &value), "%s", good[i]);
        ck_assert_msg(value == strtod(good[i], NULL), "%s: %.17g", good[i], value);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        double value;
        ck_assert_msg(!lbi_parse_number(bad[i], &value), "\"%s\" was taken", bad[i]);
    }
}
END_TEST

START_TEST(integers_and_shares)
{
    static const char *const bad[] = {"", "-", "1.0", "1e3", "0x1", " 1", "1 ", "1_000", "ten"};
    int64_t n = 0;
    double share = 0;

    ck_assert(lbi_parse_integer("0042", &n) && n == 42);
    ck_assert(lbi_parse_integer("-7", &n) && n == -7);
    ck_assert(lbi_parse_integer("99999999999999999999999", &n) && n == INT64_MAX);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!lbi_parse_integer(bad[i], &n), "\"%s\" was taken", bad[i]);
    ck_assert(lbi_parse_share("50%", &share) && share == 0.5);
    ck_assert(lbi_parse_share("0.25", &share) && share == 0.25);
    ck_assert(lbi_parse_share("0.1%", &share) && share == 0.001);
    ck_assert(!lbi_parse_share("50 %", &share));
    ck_assert(!lbi_parse_share("%", &share));
    ck_assert(!lbi_parse_share("50%%", &share));
}
END_TEST

/* ---- the table ---- */

/* A value that every option of a kind takes, if its example does not say one. */
static const char *some_value(const lb_opt_info *info, char *buffer, size_t size)
{
    switch (info->kind) {
    case LB_OPT_BOOL:
        return "true";
    case LB_OPT_CHOICE:
        (void)snprintf(buffer, size, "%.*s", (int)strcspn(info->choices, "|"), info->choices);
        return buffer;
    case LB_OPT_TEXT:
    case LB_OPT_LIST:
        return info->example[0] != '\0' ? info->example : "some text";
    default:
        ck_assert_msg(info->example[0] != '\0', "%s has no example", info->name);
        return info->example;
    }
}

START_TEST(every_option_can_be_set)
{
    lb_opt_info info;
    char buffer[64];
    size_t n = 0;

    for (; lb_opt_at(&info, sizeof(info), n) == LB_OK; n++) {
        const char *value = some_value(&info, buffer, sizeof(buffer));
        lb_config *fresh;
        const char *out;
        ck_assert_int_eq(lb_config_new(&fresh, ctx), LB_OK);
        ck_assert_msg(lb_config_set(fresh, info.name, value, "a test") == LB_OK, "%s",
                      lb_ctx_error(ctx));
        ck_assert_int_eq(lb_config_get(fresh, &out, info.name, 0), LB_OK);
        if (info.secret)
            ck_assert_str_eq(out, "***");
        else if (strcmp(info.name, "judge.fail_on") != 0)
            ck_assert_str_eq(out, value);
        ck_assert_int_eq(lb_config_origin(fresh, &out, info.name), LB_OK);
        ck_assert_str_eq(out, "a test");
        lb_config_free(fresh);
    }
    ck_assert_uint_eq(n, LBI_OPT_COUNT);
    ck_assert_int_eq(lb_opt_at(&info, sizeof(info), n), LB_E_RANGE);
}
END_TEST

START_TEST(the_table_is_whole)
{
    for (int i = 0; i < LBI_OPT_COUNT; i++) {
        lb_opt_info a;
        ck_assert_int_eq(lb_opt_at(&a, sizeof(a), (size_t)i), LB_OK);
        ck_assert(strchr(a.name, '.') != NULL && a.help[0] != '\0' && a.group[0] != '\0');
        ck_assert(a.dflt != NULL && a.env != NULL && a.alias != NULL);
        ck_assert_msg(strlen(a.help) <= 90, "%s: long help", a.name);
        ck_assert(a.kind == LB_OPT_BOOL || a.value_name[0] != '\0');
        for (int j = i + 1; j < LBI_OPT_COUNT; j++) {
            const lb_opt_info *b = &lbi_opt_rows[j].info;
            ck_assert_str_ne(a.name, b->name);
            ck_assert(a.flag[0] == '\0' || strcmp(a.flag, b->flag) != 0);
            ck_assert(a.short_flag == 0 || a.short_flag != b->short_flag);
        }
    }
}
END_TEST

START_TEST(a_smaller_caller_gets_less)
{
    struct {
        lb_opt_info info;
        char beyond[8];
    } room;

    memset(&room, 0x55, sizeof(room));
    ck_assert_int_eq(lb_opt_find(&room.info, sizeof(const char *), "load.workers"), LB_OK);
    ck_assert_str_eq(room.info.name, "load.workers");
    ck_assert_int_eq(((unsigned char *)&room.info.flag)[0], 0x55);
    ck_assert_int_eq(lb_opt_find(&room.info, sizeof(room.info), "load.worker"), LB_E_NOTFOUND);
    ck_assert_int_eq(room.beyond[0], 0x55);
}
END_TEST

/* ---- setting ---- */

START_TEST(bad_values_say_what_is_wrong)
{
    static const struct {
        const char *name, *value, *origin, *message;
    } cases[] = {
        {"load.workers", "0", "--workers", "load.workers (--workers): 0 is out of range 1..100000"},
        {"load.users", "ten", "--users",
         "load.users (--users): \"ten\" is not a number (1..100000, for example --users 100)"},
        {"load.users", "1.5", "--set",
         "load.users (--set): \"1.5\" is not a whole number (1..100000, for example --set "
         "load.users=100)"},
        {"load.min_delay", "5x", NULL,
         "load.min_delay: \"5x\" is not a duration (0..86400 seconds, for example 15s)"},
        {"load.ramp", "-1s", "--ramp", "load.ramp (--ramp): -1s is out of range 0..86400 seconds"},
        {"load.abort_errors", "101%", "x.json",
         "load.abort_errors (x.json): 101% is out of range 0..1 or 0%..100%"},
        {"load.schedule", "random", "environment LITEBENCH_LOAD_SCHEDULE",
         "load.schedule (environment LITEBENCH_LOAD_SCHEDULE): \"random\" is none of rotate, "
         "users"},
        {"judge.fail_on", "fail,maybe", NULL,
         "judge.fail_on: \"fail,maybe\" is none of fail, warn, invalid, undecided, none"},
        {"target.insecure", "perhaps", NULL, "target.insecure: \"perhaps\" is not true or false"},
        {"target.url", "http://a\nb", NULL,
         "target.url: \"http://a?b\" holds control characters or is not UTF-8"},
        {"target.key", "sk-\x01", NULL,
         "target.key: \"***\" holds control characters or is not UTF-8"},
        {"load.wrokers", "1", NULL, "\"load.wrokers\" is no option; nearest: load.workers"},
        {"workers", "1", NULL, "\"workers\" is no option; nearest: load.workers"},
        {"something.else", "1", NULL, "\"something.else\" is no option"},
        {"plan.turns", "99999999999999999999", NULL,
         "plan.turns: 99999999999999999999 is out of range 1..1000"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lb_err err = lb_config_set(config, cases[i].name, cases[i].value, cases[i].origin);
        ck_assert_int_eq(err, LB_E_INVALID);
        ck_assert_str_eq(lb_ctx_error(ctx), cases[i].message);
    }
    ck_assert_int_eq(config->set.workers, 4);
    ck_assert_str_eq(origin_of("load.workers"), "default");
}
END_TEST

START_TEST(values_and_origins)
{
    ck_assert_str_eq(get("plan.turns", 0), "10");
    ck_assert_str_eq(get("target.url", 0), "");
    ck_assert_int_eq(config->set.stall_timeout, INT64_C(30000000000));
    ck_assert_str_eq(get("judge.slo", 0), "ttft.p95<=500ms");
    ck_assert_str_eq(get("judge.slo", 1), "errors<=1%");
    ck_assert_str_eq(get("judge.slo", 2), "(none)");
    ck_assert_str_eq(get("judge.fail_on", 2), "undecided");
    ck_assert(!lbi_given(config, LBI_OPT_slo));
    set("load.ramp", "5", "--ramp");
    ck_assert_str_eq(get("load.ramp", 0), "5s");
    ck_assert_int_eq(config->set.ramp, INT64_C(5000000000));
    ck_assert_str_eq(origin_of("load.ramp"), "--ramp");
    set("target.http", "2", NULL);
    ck_assert_int_eq(config->set.http, LBI_HTTP_2);
    ck_assert_str_eq(origin_of("target.http"), "the caller");
    set("output.quiet", "1", NULL);
    ck_assert_str_eq(get("output.quiet", 0), "true");
    set("judge.fail_on", "fail,warn", NULL);
    ck_assert_uint_eq(config->set.fail_on.count, 2);
    ck_assert_str_eq(config->set.fail_on.items[1], "warn");
    ck_assert_int_eq(lb_config_add(config, "load.workers", "3", NULL), LB_E_INVALID);
}
END_TEST

START_TEST(lists_replace_lower_steps)
{
    add("target.model", "a", "bench.json");
    add("target.model", "b", "bench.json");
    ck_assert_uint_eq(config->set.models.count, 2);
    add("target.model", "c", "--model");
    add("target.model", "d", "--set");
    ck_assert_uint_eq(config->set.models.count, 2);
    ck_assert_str_eq(get("target.model", 0), "c");
    ck_assert_str_eq(get("target.model", 1), "d");
    set("target.model", "e", "--model");
    ck_assert_uint_eq(config->set.models.count, 1);
}
END_TEST

START_TEST(objectives_replace_by_metric)
{
    add("judge.slo", "ttft.p99 <= 2s", "--slo");
    ck_assert_str_eq(get("judge.slo", 0), "errors<=1%");
    ck_assert_str_eq(get("judge.slo", 1), "ttft.p99 <= 2s");
    add("judge.slo", "ttft.p50<=1s", "--slo");
    ck_assert_uint_eq(config->set.slo.count, 3);
    add("judge.slo", "ttft_total.p50<=1s", "--slo");
    ck_assert_uint_eq(config->set.slo.count, 4);
    ck_assert_uint_eq(config->set.slo.count, config->slo_origins.count);
    ck_assert_int_eq(lb_config_preset(config, "quick"), LB_OK);
    ck_assert_uint_eq(config->set.slo.count, 1);
    ck_assert_str_eq(get("judge.slo", 0), "errors<=1%");
}
END_TEST

START_TEST(secrets_are_not_shown)
{
    set("target.key", "sk-geheim", "environment OPENAI_API_KEY");
    add("target.header", "Authorization: Bearer geheim", "bench.json");
    add("target.header", "X-Team: blue", "bench.json");
    add("target.header", "X-Own: geheim", "bench.json");
    add("target.header", "Cookie: @cookies.txt", "bench.json");
    ck_assert_str_eq(get("target.key", 0), "***");
    ck_assert_str_eq(config->set.key, "sk-geheim");
    ck_assert_str_eq(get("target.header", 0), "Authorization: ***");
    ck_assert_str_eq(get("target.header", 1), "X-Team: blue");
    ck_assert_str_eq(get("target.header", 2), "X-Own: geheim");
    ck_assert_str_eq(get("target.header", 3), "Cookie: @cookies.txt");
    add("target.secret_header", "x-own", "--secret-header");
    ck_assert_str_eq(get("target.header", 2), "X-Own: ***");
    ck_assert_int_eq(lb_config_add(config, "target.header", "A: gehe\nim", NULL), LB_E_INVALID);
    ck_assert_ptr_null(strstr(lb_ctx_error(ctx), "gehe"));
}
END_TEST

START_TEST(a_clone_is_equal_and_apart)
{
    lb_config *copy;
    const char *out;

    set("load.users", "7", "--users");
    add("target.model", "m", NULL);
    set("target.url", "http://h", NULL);
    ck_assert_int_eq(lb_config_clone(&copy, config), LB_OK);
    ck_assert_int_eq(copy->set.workers, 7);
    ck_assert_int_eq(lb_config_get(copy, &out, "target.model", 0), LB_OK);
    ck_assert_str_eq(out, "m");
    ck_assert_str_eq(copy->set.url, "http://h");
    set("target.url", "http://other", NULL);
    ck_assert_str_eq(copy->set.url, "http://h");
    ck_assert_uint_eq(copy->slo_origins.count, 2);
    lb_config_free(copy);
}
END_TEST

/* ---- what follows from what ---- */

START_TEST(users_make_workers_schedule_conversations)
{
    set("load.users", "100", "--users");
    ck_assert_int_eq(config->set.workers, 100);
    ck_assert_int_eq(config->set.conversations, 100);
    ck_assert_int_eq(config->set.schedule, LBI_USERS);
    ck_assert_str_eq(get("load.workers", 0), "100");
    ck_assert_str_eq(get("load.schedule", 0), "users");
    ck_assert_str_eq(origin_of("load.workers"), "--users");
    ck_assert(!lbi_given(config, LBI_OPT_workers));
    set("plan.conversations", "250", "--conversations");
    set("load.schedule", "rotate", "--schedule");
    set("load.users", "50", "--users");
    ck_assert_int_eq(config->set.workers, 50);
    ck_assert_int_eq(config->set.conversations, 250);
    ck_assert_int_eq(config->set.schedule, LBI_ROTATE);
}
END_TEST

START_TEST(workshop_with_and_without_users)
{
    ck_assert_int_eq(lb_config_preset(config, "pre-event"), LB_OK);
    ck_assert_int_eq(config->set.workers, 30);
    ck_assert_int_eq(config->set.conversations, 60);
    ck_assert_str_eq(get("config.preset", 0), "workshop");
    ck_assert_str_eq(origin_of("plan.turns"), "preset workshop");
    ck_assert_str_eq(get("judge.slo", 2), "sessions>=90%");
    set("load.users", "100", "--users");
    ck_assert_int_eq(config->set.workers, 100);
    ck_assert_int_eq(config->set.conversations, 100);
    ck_assert_str_eq(get("plan.conversations", 0), "100");
    set("load.users", "40", "--users");
    ck_assert_int_eq(config->set.conversations, 60);
    ck_assert_str_eq(get("plan.conversations", 0), "60");
    ck_assert_int_eq(lb_config_preset(config, "nothing"), LB_E_INVALID);
    ck_assert_str_eq(lb_ctx_error(ctx), "\"nothing\" is no preset; there are quick, workshop, "
                                        "continuous, model-comparison");
}
END_TEST

START_TEST(the_higher_step_wins)
{
    ck_assert_int_eq(lb_config_preset(config, "quick"), LB_OK);
    set("load.users", "20", "--users");
    ck_assert_int_eq(config->set.workers, 20);
    set("target.key", "k", "environment OPENAI_API_KEY");
    set("target.key_file", "f", "--key-file");
    ck_assert_ptr_null(config->set.key);
    ck_assert_str_eq(config->set.key_file, "f");
}
END_TEST

START_TEST(one_end_of_the_think_time)
{
    set("load.min_delay", "3s", "--min-delay");
    ck_assert_int_eq(config->set.max_delay, INT64_C(3000000000));
    set("load.max_delay", "5s", "--max-delay");
    ck_assert_int_eq(config->set.max_delay, INT64_C(5000000000));
    ck_assert_int_eq(config->set.min_delay, INT64_C(3000000000));
}
END_TEST

/* ---- JSON ---- */

static void load(const char *text)
{
    ck_assert_msg(lb_config_load_json(config, text, strlen(text), "b.json") == LB_OK, "%s",
                  lb_ctx_error(ctx));
}

START_TEST(json_sets_options)
{
    load("{\"load\": {\"workers\": 8, \"ramp\": \"5s\", \"max_delay\": 2.5}, "
         "\"plan.turns\": \"3\", \"target\": {\"model\": [\"a\", \"b\"], \"insecure\": true},"
         "\"request\": {\"extra_body\": {\"top_p\": 0.9}}, \"judge\": {\"slo\": \"errors<=2%\"},"
         "\"load.abort_errors\": 0.25}");
    ck_assert_int_eq(config->set.workers, 8);
    ck_assert_int_eq(config->set.turns, 3);
    ck_assert_int_eq(config->set.max_delay, INT64_C(2500000000));
    ck_assert_uint_eq(config->set.models.count, 2);
    ck_assert(config->set.insecure);
    ck_assert_str_eq(config->set.extra_body, "{\"top_p\":0.9}");
    ck_assert_str_eq(get("judge.slo", 0), "ttft.p95<=500ms");
    ck_assert_str_eq(get("judge.slo", 1), "errors<=2%");
    ck_assert(config->set.abort_errors == 0.25);
    ck_assert_str_eq(origin_of("load.workers"), "b.json");
    load("{}");
    load(" { } \n");
}
END_TEST

START_TEST(json_keeps_precedence_of_users)
{
    ck_assert_int_eq(lb_config_preset(config, "quick"), LB_OK);
    load("{\"load\": {\"users\": 9}}");
    ck_assert_int_eq(config->set.users, 9);
    ck_assert_int_eq(config->set.workers, 9);
}
END_TEST

START_TEST(json_faults_have_a_place)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"load\":\n {\"workers\": 8,,}}", "b.json:2:16: not JSON: "},
        {"{\"load\": {", "b.json:1:11: not JSON: the JSON ends too early"},
        {"", "b.json:1:1: not JSON: the JSON ends too early"},
        {"[1]", "b.json:1:4: wants a JSON object of options, {...}"},
        {"{\n  \"load\": {\n    \"wrokers\": 8\n  }\n}",
         "b.json:3:5: load.wrokers: no such option; nearest: load.workers"},
        {"{\"users\": 8}", "b.json:1:2: users: no such option; nearest: load.users"},
        {"{\"load\": {\"workers\": 0}}", "b.json:1:11: load.workers: 0 is out of range 1..100000"},
        {"{\"load\": {\"workers\": true}}",
         "b.json:1:11: load.workers: \"true\" is not a number (1..100000, for example 8)"},
        {"{\"load.workers\": [1]}", "b.json:1:2: load.workers: array is not a number"},
        {"{\"load.workers\": null}", "b.json:1:2: load.workers: null is not a number"},
        {"{\"target\": {\"model\": {\"a\": 1}}}",
         "b.json:1:13: target.model: object is not a list of texts"},
        {"{\"load\": {\"workers\": 0, \"users\": \"x\"}}",
         "b.json:1:11: load.workers: 0 is out of range 1..100000\n"
         "b.json:1:25: load.users: \"x\" is not a number (1..100000, for example 100)"},
        {"{} x", "b.json:1:"},
        {"{\"target\": {\"key\": [\"geheim\"]}}", "b.json:1:13: target.key: array is not a text"},
    };

    set("load.workers", "3", NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *text = cases[i].text;
        const char *message = cases[i].message;
        ck_assert_int_eq(lb_config_load_json(config, text, strlen(text), "b.json"), LB_E_PARSE);
        ck_assert_msg(strncmp(lb_ctx_error(ctx), message, strlen(message)) == 0,
                      "%s\n gave %s\n want %s", text, lb_ctx_error(ctx), message);
        ck_assert_int_eq(config->set.workers, 3);
    }
}
END_TEST

/* ---- joined rules ---- */

static void expect_fault(const char *message)
{
    ck_assert_int_eq(lb_config_check(config), LB_E_INVALID);
    ck_assert_msg(strstr(lb_ctx_error(ctx), message) != NULL, "want %s\n gave %s", message,
                  lb_ctx_error(ctx));
}

START_TEST(urls)
{
    static const char *const good[] = {"http://localhost",          "https://h.example/v1/",
                                       "HTTP://127.0.0.1:8000/v1",  "http://[::1]:80/v1",
                                       "https://h/x?api-version=1", "http://h:/v1"};
    static const struct {
        const char *url, *message;
    } bad[] = {{"", "missing"},
               {"  ", "missing"},
               {"http://a b", "holds blanks"},
               {"ftp://h", "is no http:// or https:// URL"},
               {"localhost:8000", "is no http:// or https:// URL"},
               {"http://", "names no host"},
               {"http://:80", "names no host"},
               {"http://h:port", "has no port"},
               {"http://h:70000", "has no port"},
               {"http://[::1", "closing ]"},
               {"https://me:geheim@h/v1", "holds a user name or password"},
               {"https://geheim@h/v1", "holds a user name or password"},
               {"ftp://me:geheim@h/v1", "holds a user name or password"},
               {"me:geheim@h", "holds a user name or password"}};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        set("target.url", good[i], NULL);
        ck_assert_msg(lb_config_check(config) == LB_OK, "%s: %s", good[i], lb_ctx_error(ctx));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set("target.url", bad[i].url, "--url");
        expect_fault(bad[i].message);
        ck_assert_ptr_null(strstr(lb_ctx_error(ctx), "geheim"));
    }
}
END_TEST

START_TEST(all_faults_are_listed)
{
    const char *error;
    size_t lines = 1;

    set("target.key", "k", "--key-env");
    set("target.key_file", "f", "--key-file");
    add("target.header", "no colon", "--header");
    set("load.min_delay", "5s", "--min-delay");
    set("load.max_delay", "1s", "--max-delay");
    set("load.users", "10", "--users");
    set("load.workers", "20", "--workers");
    set("request.extra_body", "[1]", "--extra-body");
    add("output.label", "nokey", "--label");
    add("judge.fail_on", "none,fail", "--fail-on");
    expect_fault("target.url: missing");
    expect_fault("target.key_file (--key-file): a key was already given another way");
    expect_fault("target.header (--header): a header wants the form");
    expect_fault("load.min_delay (--min-delay): 5s is longer than load.max_delay (--max-delay), "
                 "1s");
    expect_fault("load.users (--users): 10 people at once are as many workers");
    expect_fault("request.extra_body (--extra-body): \"[1]\" is no JSON object");
    expect_fault("output.label (--label): \"nokey\" is not of the form KEY=VALUE");
    expect_fault("judge.fail_on (--fail-on): none stands alone");
    error = lb_ctx_error(ctx);
    for (const char *p = error; *p != '\0'; p++)
        lines += *p == '\n';
    ck_assert_uint_eq(lines, 8);
}
END_TEST

START_TEST(objectives_are_checked)
{
    set("target.url", "http://h", NULL);
    add("judge.slo", "ttft.p95", "--slo");
    expect_fault("judge.slo (--slo): ");
    set("judge.slo", "ttft.p95 <= 2s", "--slo");
    ck_assert_msg(lb_config_check(config) == LB_OK, "%s", lb_ctx_error(ctx));
}
END_TEST

START_TEST(extra_bodies)
{
    static const char *const good[] = {"{}", " {\"a\": [1]} ", "{\"a\":{\"b\":null}}\n"};
    static const char *const bad[] = {"", "x", "{\"a\":}", "{} {}", "1", "{'a':1}", "{"};

    set("target.url", "http://h", NULL);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        set("request.extra_body", good[i], NULL);
        ck_assert_msg(lb_config_check(config) == LB_OK, "%s: %s", good[i], lb_ctx_error(ctx));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set("request.extra_body", bad[i], NULL);
        ck_assert_msg(lb_config_check(config) == LB_E_INVALID, "\"%s\" was taken", bad[i]);
        expect_fault("is no JSON object");
    }
}
END_TEST

/* ---- memory ---- */

struct budget {
    long left;
};

static void *failing_realloc(void *user, void *old, size_t size)
{
    struct budget *budget = user;

    if (size == 0) {
        free(old);
        return NULL;
    }
    return budget->left-- > 0 ? realloc(old, size) : NULL;
}

static lb_err everything(struct budget *budget)
{
    static const char json[] = "{\"load\":{\"users\":3},\"target\":{\"model\":[\"a\"]}}";
    lb_ctx_options opts = {.realloc_fn = failing_realloc, .alloc_user = budget};
    lb_ctx *own;
    lb_config *made = NULL;
    lb_config *copy = NULL;
    lb_err err = lb_ctx_new(&own, &opts, sizeof(opts));

    if (err != LB_OK)
        return err;
    err = lb_config_new(&made, own);
    if (err == LB_OK)
        err = lb_config_preset(made, "workshop");
    if (err == LB_OK)
        err = lb_config_load_json(made, json, sizeof(json) - 1, "b.json");
    if (err == LB_OK)
        err = lb_config_add(made, "target.header", "Cookie: x", NULL);
    if (err == LB_OK)
        err = lb_config_clone(&copy, made);
    lb_config_free(copy);
    lb_config_free(made);
    lb_ctx_free(own);
    return err;
}

START_TEST(memory_may_end_anywhere)
{
    lb_err err = LB_E_NOMEM;
    long n = 0;

    for (; err != LB_OK && n < 5000; n++) {
        struct budget budget = {n};
        err = everything(&budget);
        ck_assert_msg(err == LB_OK || err == LB_E_NOMEM, "after %ld: %s", n, lb_err_name(err));
    }
    ck_assert_int_eq(err, LB_OK);
}
END_TEST

START_TEST(contexts_and_errors)
{
    lb_ctx_options opts[2] = {{.log_level = LB_LOG_DEBUG}, {.log_level = 1}};
    lb_ctx *own;

    ck_assert_int_eq(lb_ctx_new(&own, opts, sizeof(opts)), LB_E_UNSUPPORTED);
    opts[1].log_level = 0;
    ck_assert_int_eq(lb_ctx_new(&own, opts, sizeof(opts)), LB_OK);
    ck_assert_str_eq(lb_ctx_error(own), "");
    lb_ctx_free(own);
    lb_ctx_free(NULL);
    ck_assert_str_eq(lb_err_name(LB_E_TIMEOUT), "LB_E_TIMEOUT");
    ck_assert_str_eq(lb_err_text(LB_E_TIMEOUT), "timed out");
    ck_assert_str_eq(lb_err_name(LB_OK), "LB_OK");
    ck_assert_str_eq(lb_err_name(-99), "LB_E_?");
    ck_assert_ptr_nonnull(strstr(lb_build_info(), "json-c "));
    ck_assert_uint_eq(lb_version_num(), LB_VERSION_NUM);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {durations,
                                  numbers,
                                  integers_and_shares,
                                  every_option_can_be_set,
                                  the_table_is_whole,
                                  a_smaller_caller_gets_less,
                                  bad_values_say_what_is_wrong,
                                  values_and_origins,
                                  lists_replace_lower_steps,
                                  objectives_replace_by_metric,
                                  secrets_are_not_shown,
                                  a_clone_is_equal_and_apart,
                                  users_make_workers_schedule_conversations,
                                  workshop_with_and_without_users,
                                  the_higher_step_wins,
                                  one_end_of_the_think_time,
                                  json_sets_options,
                                  json_keeps_precedence_of_users,
                                  json_faults_have_a_place,
                                  urls,
                                  all_faults_are_listed,
                                  objectives_are_checked,
                                  extra_bodies,
                                  memory_may_end_anywhere,
                                  contexts_and_errors};
    Suite *made = suite_create("config");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(made, tcase);
    return made;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
