/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_objects.c - every object that needs no endpoint, through the shared library only: what it
 * does, what it says when it is used wrongly, and that it may be freed in any order.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <litebench/litebench.h>

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

#define ck_error_has(what) ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), what))

START_TEST(version_and_errors)
{
    ck_assert_uint_eq(lb_version_num(), LB_VERSION_NUM);
    ck_assert_str_eq(lb_version(), LB_VERSION);
    ck_assert_ptr_nonnull(strstr(lb_build_info(), "libcurl"));
    for (lb_err code = LB_OK; code >= LB_E_USER; code--) {
        ck_assert_int_eq(strncmp(lb_err_name(code), "LB_", 3), 0);
        ck_assert_uint_gt(strlen(lb_err_text(code)), 1);
    }
    ck_assert_str_eq(lb_err_name(LB_E_TIMEOUT), "LB_E_TIMEOUT");
    ck_assert_ptr_nonnull(lb_err_name(-999));
    ck_assert_ptr_nonnull(lb_err_text(999));
}
END_TEST

static void *count_bytes(void *user, void *old, size_t size)
{
    (void)user;
    if (size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, size);
}

static void *refuse(void *user, void *old, size_t size)
{
    (void)user, (void)old, (void)size;
    return NULL;
}

START_TEST(contexts)
{
    lb_ctx_options options = {.realloc_fn = count_bytes};
    lb_ctx *own = NULL;

    ck_assert_int_eq(lb_ctx_new(NULL, NULL, 0), LB_E_INVALID);
    ck_assert_int_eq(lb_ctx_new(&own, NULL, 8), LB_E_INVALID);
    ck_assert_int_eq(lb_ctx_new(&own, &options, sizeof(options)), LB_OK);
    ck_assert_str_eq(lb_ctx_error(own), "");
    lb_ctx_free(own);
    own = NULL;
    options.realloc_fn = refuse;
    ck_assert_int_eq(lb_ctx_new(&own, &options, sizeof(options)), LB_E_NOMEM);
    ck_assert_ptr_null(own);
}
END_TEST

START_TEST(everything_frees_null)
{
    lb_ctx_free(NULL);
    lb_config_free(NULL);
    lb_corpus_free(NULL);
    lb_plan_free(NULL);
    lb_client_free(NULL);
    lb_recorder_free(NULL);
    lb_run_free(NULL);
    lb_dataset_free(NULL);
    lb_report_free(NULL);
    lb_free(ctx, NULL);
    lb_run_cancel(NULL);
    lb_turn_init(NULL, 0);
}
END_TEST

START_TEST(no_null_is_followed)
{
    const char *text = "untouched";
    double number = 1;
    int32_t small = 2;
    size_t len = 3;
    lb_opt_info info;
    lb_turn turn;
    lb_stat stat;
    lb_event event;
    lb_message message = {"x", 1, LB_ROLE_USER, 0};
    const lb_err wrong[] = {
        lb_opt_at(NULL, sizeof(info), 0),
        lb_config_new(NULL, ctx),
        lb_config_new(&config, NULL),
        lb_config_clone(NULL, config),
        lb_config_clone(&config, NULL),
        lb_config_set(NULL, "load.workers", "1", NULL),
        lb_config_set(config, NULL, "1", NULL),
        lb_config_set(config, "load.workers", NULL, NULL),
        lb_config_add(NULL, "judge.slo", "x", NULL),
        lb_config_add(config, NULL, NULL, NULL),
        lb_config_get(NULL, &text, "load.workers", 0),
        lb_config_get(config, NULL, "load.workers", 0),
        lb_config_get(config, &text, NULL, 0),
        lb_config_origin(NULL, &text, "load.workers"),
        lb_config_origin(config, NULL, "load.workers"),
        lb_config_preset(NULL, "quick"),
        lb_config_preset(config, NULL),
        lb_config_load_json(NULL, "{}", 2, NULL),
        lb_config_load_json(config, NULL, 2, NULL),
        lb_config_check(NULL),
        lb_corpus_new(NULL, config),
        lb_corpus_add(NULL, "a", "b", 1),
        lb_corpus_add_path(NULL, "."),
        lb_corpus_add_builtin(NULL),
        lb_corpus_document(NULL, 0, &text, &small, &len),
        lb_plan_new(NULL, config, NULL),
        lb_plan_message(NULL, &text, &len, 0, 1),
        lb_plan_document(NULL, &text, &small, 0),
        lb_plan_write(NULL, NULL, NULL),
        lb_client_new(NULL, config),
        lb_client_model(NULL, &text, NULL, 0),
        lb_client_quota(NULL, NULL, NULL),
        lb_client_chat(NULL, &turn, sizeof(turn), &message, 1, NULL, NULL),
        lb_recorder_new(NULL, ctx),
        lb_recorder_add(NULL, 0, 0, 0),
        lb_recorder_merge(NULL, NULL),
        lb_recorder_stat(NULL, &stat, sizeof(stat), "p50"),
        lb_run_new(NULL, config, NULL),
        lb_run_tee(NULL, NULL, NULL),
        lb_run_execute(NULL),
        lb_run_start(NULL),
        lb_run_next_event(NULL, &event, sizeof(event), 0),
        lb_run_fd(NULL, &small),
        lb_run_step(NULL),
        lb_run_report(NULL, NULL),
        lb_run_dataset(NULL, NULL),
        lb_dataset_new(NULL, ctx),
        lb_dataset_add(NULL, &turn, sizeof(turn)),
        lb_dataset_load(NULL, "x", 1),
        lb_dataset_at(NULL, &turn, sizeof(turn), 0),
        lb_dataset_write(NULL, "csv", NULL, NULL),
        lb_report_new(NULL, NULL, NULL),
        lb_report_load(NULL, ctx, "{}", 2),
        lb_report_number(NULL, &number, "x"),
        lb_report_text(NULL, &text, "x"),
        lb_report_write(NULL, "json", NULL, NULL),
        lb_report_render(NULL, NULL, &len, "json"),
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(wrong[i] == LB_E_INVALID, "call %zu: %s", i, lb_err_name(wrong[i]));
    ck_assert_int_eq(lb_opt_find(&info, sizeof(info), NULL), LB_E_NOTFOUND);
    ck_assert_str_eq(text, "untouched");
    ck_assert(number == 1 && small == 2 && len == 3);
    ck_assert_int_eq(lb_run_timeout_ns(NULL), -1);
    ck_assert_uint_eq(lb_corpus_size(NULL), 0);
    ck_assert_uint_eq(lb_plan_conversations(NULL), 0);
    ck_assert_uint_eq(lb_plan_turns(NULL), 0);
    ck_assert_str_eq(lb_plan_hash(NULL), "");
    ck_assert_uint_eq(lb_dataset_size(NULL), 0);
    ck_assert_int_eq(lb_report_exit_code(NULL), 3);
    ck_assert_str_eq(lb_ctx_error(NULL), "");
}
END_TEST

START_TEST(options)
{
    lb_opt_info info, again;
    const char *name, *help;
    size_t count = 0;

    for (; lb_opt_at(&info, sizeof(info), count) == LB_OK; count++) {
        ck_assert_int_eq(lb_opt_find(&again, sizeof(again), info.name), LB_OK);
        ck_assert_ptr_eq(again.name, info.name);
        ck_assert_ptr_nonnull(strchr(info.name, '.'));
        ck_assert(info.kind >= LB_OPT_BOOL && info.kind <= LB_OPT_LIST);
    }
    ck_assert_uint_gt(count, 40);
    ck_assert_int_eq(lb_opt_at(&info, sizeof(info), count), LB_E_RANGE);
    ck_assert_int_eq(lb_opt_find(&info, sizeof(info), "load.wrkers"), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_opt_find(&info, sizeof(info), "config.preset"), LB_OK);
    ck_assert_int_eq(info.cli_only, 1);
    for (count = 0; lb_preset_at(&name, &help, count) == LB_OK; count++)
        ck_assert(name[0] != '\0' && help[0] != '\0');
    ck_assert_uint_ge(count, 4);
    for (count = 0; lb_format_at(&name, &help, count) == LB_OK; count++)
        ck_assert(name[0] != '\0' && help[0] != '\0');
    ck_assert_uint_ge(count, 8);
}
END_TEST

START_TEST(configuration)
{
    static const char json[] = "{\"load\": {\"workers\": 9}, \"plan.turns\": 2}";
    const char *value;
    lb_config *copy = NULL;

    ck_assert_int_eq(lb_config_preset(config, "quick"), LB_OK);
    ck_assert_int_eq(lb_config_set(config, "load.workers", "7", "the test"), LB_OK);
    ck_assert_int_eq(lb_config_clone(&copy, config), LB_OK);
    ck_assert_int_eq(lb_config_load_json(config, json, sizeof(json) - 1, "a file"), LB_OK);
    ck_assert_int_eq(lb_config_get(config, &value, "load.workers", 0), LB_OK);
    ck_assert_str_eq(value, "9");
    ck_assert_int_eq(lb_config_origin(config, &value, "plan.turns"), LB_OK);
    ck_assert_ptr_nonnull(strstr(value, "a file"));
    ck_assert_int_eq(lb_config_get(copy, &value, "load.workers", 0), LB_OK);
    ck_assert_str_eq(value, "7");
    ck_assert_int_eq(lb_config_set(copy, "load.workers", "0", "the test"), LB_E_INVALID);
    ck_error_has("0 is out of range 1..100000");
    ck_assert_int_eq(lb_config_set(copy, "load.wrkers", "1", NULL), LB_E_INVALID);
    ck_error_has("load.workers");
    ck_assert_int_eq(lb_config_preset(copy, "nothing"), LB_E_INVALID);
    ck_assert_int_eq(lb_config_load_json(copy, "{", 1, NULL), LB_E_PARSE);
    lb_config_free(copy);
}
END_TEST

START_TEST(lists_secrets_and_checks)
{
    const char *value;

    ck_assert_int_eq(lb_config_set(config, "output.label", "a=1", NULL), LB_OK);
    ck_assert_int_eq(lb_config_add(config, "output.label", "b=2", NULL), LB_OK);
    ck_assert_int_eq(lb_config_get(config, &value, "output.label", 1), LB_OK);
    ck_assert_str_eq(value, "b=2");
    ck_assert_int_eq(lb_config_get(config, &value, "output.label", 2), LB_E_RANGE);
    ck_assert_int_eq(lb_config_set(config, "target.key", "hush", NULL), LB_OK);
    ck_assert_int_eq(lb_config_get(config, &value, "target.key", 0), LB_OK);
    ck_assert_str_eq(value, "***");
    ck_assert_int_eq(lb_config_set(config, "target.url", "ftp://x", NULL), LB_OK);
    ck_assert_int_eq(lb_config_add(config, "output.label", "c", NULL), LB_OK);
    ck_assert_int_eq(lb_config_check(config), LB_E_INVALID);
    ck_assert_ptr_nonnull(strchr(lb_ctx_error(ctx), '\n')); /* both faults */
    ck_assert_int_eq(lb_config_set(config, "target.url", "http://127.0.0.1:1", NULL), LB_OK);
    ck_assert_int_eq(lb_config_set(config, "output.label", "c=3", NULL), LB_OK);
    ck_assert_int_eq(lb_config_check(config), LB_OK);
}
END_TEST

static lb_err count_lines(void *user, const char *data, size_t len)
{
    size_t *lines = user;

    for (size_t i = 0; i < len; i++)
        *lines += data[i] == '\n';
    return LB_OK;
}

static lb_err stop(void *user, const char *data, size_t len)
{
    (void)user, (void)data, (void)len;
    return LB_E_USER;
}

START_TEST(documents_and_plans)
{
    static const char document[] = "Birds are animals. Most of them fly, all of them hatch.\n";
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL;
    const char *text;
    int32_t code;
    size_t len, lines = 0;

    ck_assert_int_eq(lb_corpus_new(&corpus, config), LB_OK);
    ck_assert_int_ne(lb_plan_new(&plan, config, corpus), LB_OK); /* about nothing */
    ck_assert_int_eq(lb_corpus_add(corpus, "birds.md", document, sizeof(document) - 1), LB_OK);
    ck_assert_int_ne(lb_corpus_add_path(corpus, "/nowhere/at/all"), LB_OK);
    ck_error_has("/nowhere/at/all");
    ck_assert_int_eq(lb_corpus_add_builtin(corpus), LB_OK);
    ck_assert_uint_gt(lb_corpus_size(corpus), 2);
    ck_assert_int_eq(lb_corpus_document(corpus, 0, &text, &code, &len), LB_OK);
    ck_assert_str_eq(text, "birds.md");
    ck_assert(code == 0 && len == sizeof(document) - 1);
    ck_assert_int_eq(lb_corpus_document(corpus, 0, NULL, NULL, NULL), LB_OK);
    ck_assert_int_eq(lb_corpus_document(corpus, 9999, &text, &code, &len), LB_E_RANGE);
    ck_assert_int_eq(lb_config_set(config, "plan.conversations", "6", NULL), LB_OK);
    ck_assert_int_eq(lb_plan_new(&plan, config, corpus), LB_OK);
    lb_corpus_free(corpus);
    ck_assert_uint_eq(lb_plan_conversations(plan), 6);
    ck_assert_uint_eq(lb_plan_turns(plan), 10);
    ck_assert_uint_eq(strlen(lb_plan_hash(plan)), 16);
    ck_assert_int_eq(lb_plan_message(plan, &text, &len, 5, 10), LB_OK);
    ck_assert_uint_eq(strlen(text), len);
    ck_assert_int_eq(lb_plan_message(plan, &text, &len, 6, 1), LB_E_RANGE);
    ck_assert_int_eq(lb_plan_message(plan, &text, &len, 0, 0), LB_E_RANGE);
    ck_assert_int_eq(lb_plan_document(plan, &text, &code, 0), LB_OK);
    ck_assert_int_eq(lb_plan_document(plan, &text, &code, 6), LB_E_RANGE);
    ck_assert_int_eq(lb_plan_write(plan, count_lines, &lines), LB_OK);
    ck_assert_uint_eq(lines, 6);
    ck_assert_int_eq(lb_plan_write(plan, stop, NULL), LB_E_USER);
    lb_plan_free(plan);
}
END_TEST

START_TEST(recorder)
{
    lb_recorder *one = NULL, *two = NULL;
    lb_stat stat;

    ck_assert_int_eq(lb_recorder_new(&one, ctx), LB_OK);
    ck_assert_int_eq(lb_recorder_new(&two, ctx), LB_OK);
    for (unsigned i = 0; i < 100; i++)
        ck_assert_int_eq(lb_recorder_add(i % 2 ? one : two, i, i + 1, 0), LB_OK);
    ck_assert_int_eq(lb_recorder_merge(one, two), LB_OK);
    ck_assert_int_eq(lb_recorder_merge(one, one), LB_E_INVALID);
    ck_assert_int_eq(lb_recorder_stat(one, &stat, sizeof(stat), "p95"), LB_OK);
    ck_assert(stat.value == 95 && stat.n == 100 && stat.low < 95);
    ck_assert_int_eq(lb_recorder_stat(one, &stat, sizeof(stat), "mean"), LB_OK);
    ck_assert(fabs(stat.value - 50.5) < 1e-9 && stat.low < 50.5 && stat.high > 50.5);
    ck_assert_int_eq(lb_recorder_stat(one, &stat, sizeof(stat), "p100"), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_recorder_add(one, 1, (double)NAN, 0), LB_E_INVALID);
    for (unsigned i = 0; i < 100; i++)
        ck_assert_int_eq(lb_recorder_add(one, 100 + i, 0, 1), LB_OK);
    ck_assert_int_eq(lb_recorder_stat(one, &stat, sizeof(stat), "p95"), LB_OK);
    ck_assert(isnan(stat.value)); /* it falls on a failure */
    lb_recorder_free(two);
    lb_recorder_free(one);
}
END_TEST

/* Twelve conversations of a turn, by hand. */
static void fill(lb_dataset *dataset)
{
    for (int i = 0; i < 12; i++) {
        lb_turn turn;
        lb_turn_init(&turn, sizeof(turn));
        ck_assert(turn.ttft_ns == LB_UNKNOWN && turn.error[0] == '\0');
        turn.conversation = i;
        turn.turn = 1;
        turn.status = 200;
        turn.start_ns = turn.sent_ns = i * 1000000;
        turn.ttft_ns = (i + 1) * 1000000;
        turn.first_token_ns = turn.sent_ns + turn.ttft_ns;
        turn.done_ns = turn.last_token_ns = turn.first_token_ns + 1000000;
        ck_assert_int_eq(lb_dataset_add(dataset, &turn, sizeof(turn)), LB_OK);
    }
}

START_TEST(records_by_hand_become_a_report)
{
    lb_dataset *dataset = NULL;
    lb_report *report = NULL, *again = NULL;
    const char *text;
    char *json;
    double number;
    size_t len, lines = 0;

    ck_assert_int_eq(lb_dataset_new(&dataset, ctx), LB_OK);
    fill(dataset);
    ck_assert_uint_eq(lb_dataset_size(dataset), 12);
    ck_assert_int_eq(lb_dataset_write(dataset, "csv", count_lines, &lines), LB_OK);
    ck_assert_uint_eq(lines, 13);
    ck_assert_int_eq(lb_dataset_write(dataset, "csv", stop, NULL), LB_E_USER);
    ck_assert_int_ne(lb_dataset_write(dataset, "xls", count_lines, &lines), LB_OK);
    ck_assert_int_eq(lb_config_set(config, "judge.slo", "ttft.p50<=1s", NULL), LB_OK);
    ck_assert_int_eq(lb_report_new(&report, dataset, config), LB_OK);
    lb_dataset_free(dataset);
    ck_assert_int_eq(lb_report_number(report, &number, "metrics.ttft.p50.value"), LB_OK);
    ck_assert(number == 6);
    ck_assert_int_eq(lb_report_number(report, &number, "no.such"), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_report_text(report, &text, "verdict.status"), LB_OK);
    ck_assert_int_eq(lb_report_text(report, &text, "verdict.no"), LB_E_NOTFOUND);
    ck_assert_int_eq(lb_report_render(report, &json, &len, "json"), LB_OK);
    ck_assert_int_eq(lb_report_load(&again, ctx, json, len), LB_OK);
    ck_assert_int_eq(lb_report_exit_code(again), lb_report_exit_code(report));
    lb_free(ctx, json);
    lines = 0;
    ck_assert_int_eq(lb_report_write(again, "text", count_lines, &lines), LB_OK);
    ck_assert_uint_gt(lines, 5);
    ck_assert_int_eq(lb_report_write(again, "text", stop, NULL), LB_E_USER);
    ck_assert_int_ne(lb_report_render(again, &json, &len, "xls"), LB_OK);
    lb_report_free(again);
    ck_assert_int_eq(lb_report_load(&again, ctx, "{}", 2), LB_E_PARSE);
    lb_report_free(report);
}
END_TEST

START_TEST(stored_records)
{
    static const char text[] =
        "{\"schema\":\"litebench.records/1\"}\n"
        "{\"conversation\":3,\"turn\":1,\"ttft_ms\":12.5,\"gaps_ms\":[1,2]}\n"
        "{\"conversation\":4,\"tu";
    lb_dataset *dataset = NULL;
    lb_turn turn;

    ck_assert_int_eq(lb_dataset_new(&dataset, ctx), LB_OK);
    ck_assert_int_eq(lb_dataset_load(dataset, text, sizeof(text) - 1), LB_OK);
    ck_assert_uint_eq(lb_dataset_size(dataset), 1);
    ck_assert_int_eq(lb_dataset_at(dataset, &turn, sizeof(turn), 0), LB_OK);
    ck_assert(turn.ttft_ns == 12500000 && turn.conversation == 3 && turn.gap_count == 2);
    ck_assert_int_eq(lb_dataset_at(dataset, &turn, sizeof(turn), 1), LB_E_RANGE);
    lb_dataset_free(dataset);
    ck_assert_int_eq(lb_dataset_new(&dataset, ctx), LB_OK);
    ck_assert_int_eq(lb_dataset_load(dataset, "nonsense", 8), LB_E_PARSE);
    ck_error_has("line 1");
    lb_dataset_free(dataset);
}
END_TEST

static lb_dataset *load(const char *text)
{
    lb_dataset *dataset = NULL;

    ck_assert_int_eq(lb_dataset_new(&dataset, ctx), LB_OK);
    ck_assert_int_eq(lb_dataset_load(dataset, text, strlen(text)), LB_OK);
    return dataset;
}

START_TEST(shards_merge)
{
    lb_dataset *all = NULL;
    lb_dataset *parts[] = {load("{\"schema\":\"litebench.records/1\",\"workload\":{\"shard\":"
                                "{\"index\":0,\"of\":2}}}\n{\"conversation\":0,\"turn\":1}\n"),
                           load("{\"schema\":\"litebench.records/1\",\"workload\":{\"shard\":"
                                "{\"index\":1,\"of\":2}}}\n{\"conversation\":1,\"turn\":1}\n"),
                           load("{\"schema\":\"litebench.records/1\"}\n")};

    ck_assert_int_eq(lb_dataset_new(&all, ctx), LB_OK);
    ck_assert_int_eq(lb_dataset_merge(all, parts[1]), LB_OK);
    ck_assert_int_eq(lb_dataset_merge(all, parts[0]), LB_OK);
    ck_assert_uint_eq(lb_dataset_size(all), 2);
    ck_assert_int_eq(lb_dataset_merge(all, parts[0]), LB_E_INVALID);
    ck_error_has("twice");
    ck_assert_int_eq(lb_dataset_merge(all, parts[2]), LB_E_INVALID);
    ck_assert_int_eq(lb_dataset_merge(all, NULL), LB_E_INVALID);
    for (size_t i = 0; i < 3; i++)
        lb_dataset_free(parts[i]);
    lb_dataset_free(all);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("objects");
    TCase *tests = tcase_create("all");
    const TTest *const all[] = {
        version_and_errors,
        contexts,
        options,
        configuration,
        documents_and_plans,
        lists_secrets_and_checks,
        recorder,
        records_by_hand_become_a_report,
        stored_records,
        everything_frees_null,
        no_null_is_followed,
        shards_merge,
    };

    tcase_add_checked_fixture(tests, setup, teardown);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tests, all[i]);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
