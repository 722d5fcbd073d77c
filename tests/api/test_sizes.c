/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sizes.c - structs that travel with their size, with a caller that was compiled when they
 * were shorter and with one that knows members which this library does not.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <litebench/litebench.h>

#define UNTOUCHED 0xa5
#define MORE      64 /* bytes that a newer caller's struct has and ours has not */

/* Room for any of our structs, the members of a newer one and a margin that nobody may touch. */
union room {
    unsigned char bytes[1024];
    lb_turn turn;
    lb_event event;
    lb_opt_info info;
    lb_stat stat;
    lb_ctx_options options;
};

static union room room;
static lb_ctx *ctx;

static void setup(void)
{
    memset(&room, UNTOUCHED, sizeof(room));
    ck_assert_int_eq(lb_ctx_new(&ctx, NULL, 0), LB_OK);
}

static void teardown(void)
{
    lb_ctx_free(ctx);
}

static void all_are(size_t from, size_t to, unsigned char value)
{
    for (size_t i = from; i < to; i++)
        ck_assert_msg(room.bytes[i] == value, "byte %zu is %#x", i, room.bytes[i]);
}

/* What a struct of `known` bytes must look like after a call with `size`. */
static void check_room(size_t size, size_t known)
{
    if (size > known)
        all_are(known, size, 0);
    all_are(size, sizeof(room), UNTOUCHED);
    memset(&room, UNTOUCHED, sizeof(room));
}

static lb_err opt_at(size_t size)
{
    return lb_opt_at(&room.info, size, 3);
}

static lb_err opt_find(size_t size)
{
    return lb_opt_find(&room.info, size, "load.workers");
}

static lb_err turn_init(size_t size)
{
    lb_turn_init(&room.turn, size);
    return LB_OK;
}

static lb_err dataset_at(size_t size)
{
    lb_dataset *dataset;
    lb_turn turn;

    ck_assert_int_eq(lb_dataset_new(&dataset, ctx), LB_OK);
    lb_turn_init(&turn, sizeof(turn));
    ck_assert_int_eq(lb_dataset_add(dataset, &turn, sizeof(turn)), LB_OK);
    lb_err err = lb_dataset_at(dataset, &room.turn, size, 0);
    lb_dataset_free(dataset);
    return err;
}

static lb_err recorder_stat(size_t size)
{
    lb_recorder *recorder;

    ck_assert_int_eq(lb_recorder_new(&recorder, ctx), LB_OK);
    ck_assert_int_eq(lb_recorder_add(recorder, 0, 1.0, 0), LB_OK);
    lb_err err = lb_recorder_stat(recorder, &room.stat, size, "mean");
    lb_recorder_free(recorder);
    return err;
}

/* Of an endpoint where nobody listens: every request fails at once. */
static lb_config *config_of_nobody(void)
{
    static const char json[] =
        "{\"target.url\": \"http://127.0.0.1:9\", \"target.model\": [\"m\"],"
        " \"plan.conversations\": 1, \"plan.turns\": 1, \"load.workers\": 1,"
        " \"load.min_delay\": \"0s\", \"load.max_delay\": \"0s\", \"request.timeout\": \"5s\"}";
    lb_config *config;

    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    ck_assert_msg(lb_config_load_json(config, json, strlen(json), NULL) == LB_OK, "%s",
                  lb_ctx_error(ctx));
    return config;
}

static lb_err client_chat(size_t size)
{
    static const lb_message hello = {"hello", 5, LB_ROLE_USER, 0};
    lb_config *config = config_of_nobody();
    lb_client *client;

    ck_assert_msg(lb_client_new(&client, config) == LB_OK, "%s", lb_ctx_error(ctx));
    lb_err err = lb_client_chat(client, &room.turn, size, &hello, 1, NULL, NULL);
    lb_client_free(client);
    lb_config_free(config);
    return err;
}

static lb_run *run_of_nobody(void)
{
    lb_config *config = config_of_nobody();
    lb_corpus *corpus;
    lb_plan *plan;
    lb_run *run;

    ck_assert_int_eq(lb_corpus_new(&corpus, config), LB_OK);
    ck_assert_int_eq(lb_corpus_add_builtin(corpus), LB_OK);
    ck_assert_msg(lb_plan_new(&plan, config, corpus) == LB_OK, "%s", lb_ctx_error(ctx));
    ck_assert_msg(lb_run_new(&run, config, plan) == LB_OK, "%s", lb_ctx_error(ctx));
    lb_plan_free(plan);
    lb_corpus_free(corpus);
    lb_config_free(config);
    return run;
}

static lb_err run_next_event(size_t size)
{
    lb_run *run = run_of_nobody();

    ck_assert_msg(lb_run_start(run) == LB_OK, "%s", lb_ctx_error(ctx));
    lb_err err = lb_run_next_event(run, &room.event, size, 10000000000);
    lb_run_free(run);
    return err;
}

static const struct {
    lb_err (*call)(size_t size);
    size_t known;
} calls[] = {
    {opt_at, sizeof(lb_opt_info)},      {opt_find, sizeof(lb_opt_info)},
    {turn_init, sizeof(lb_turn)},       {dataset_at, sizeof(lb_turn)},
    {recorder_stat, sizeof(lb_stat)},   {client_chat, sizeof(lb_turn)},
    {run_next_event, sizeof(lb_event)},
};

START_TEST(outputs_keep_to_the_size)
{
    size_t known = calls[_i].known;
    const size_t sizes[] = {0, 8, known / 16 * 8, known - 8, known, known + MORE};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        ck_assert_int_eq(calls[_i].call(sizes[i]), LB_OK);
        check_room(sizes[i], known);
    }
}
END_TEST

START_TEST(an_older_caller_gets_what_it_knows)
{
    lb_opt_info whole;

    ck_assert_int_eq(lb_opt_find(&whole, sizeof(whole), "load.workers"), LB_OK);
    ck_assert_int_eq(opt_find(offsetof(lb_opt_info, env)), LB_OK);
    ck_assert_mem_eq(&room, &whole, offsetof(lb_opt_info, env));
    ck_assert_str_eq(room.info.name, "load.workers");
}
END_TEST

/* A record in: what an older caller does not know is unknown, not 0. */
START_TEST(records_of_an_older_caller)
{
    size_t size = offsetof(lb_turn, error_text);
    lb_dataset *dataset;
    lb_turn turn;

    lb_turn_init(&room.turn, size);
    room.turn.ttft_ns = 7;
    ck_assert_int_eq(lb_dataset_new(&dataset, ctx), LB_OK);
    ck_assert_int_eq(lb_dataset_add(dataset, &room.turn, size), LB_OK);
    size = offsetof(lb_turn, prompt_tokens);
    ck_assert_int_eq(lb_dataset_add(dataset, &room.turn, size), LB_OK);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(lb_dataset_at(dataset, &turn, sizeof(turn), i), LB_OK);
        ck_assert_int_eq(turn.ttft_ns, 7);
        ck_assert(turn.completion_tokens == LB_UNKNOWN);
        ck_assert_str_eq(turn.model, "");
        ck_assert_uint_eq(turn.gap_count, 0);
    }
    lb_dataset_free(dataset);
}
END_TEST

START_TEST(records_of_a_newer_caller)
{
    lb_dataset *dataset;
    lb_turn turn;

    lb_turn_init(&room.turn, sizeof(lb_turn) + MORE);
    room.turn.turn = 3;
    memset(room.bytes + sizeof(lb_turn), 1, MORE); /* members that we have no idea of */
    ck_assert_int_eq(lb_dataset_new(&dataset, ctx), LB_OK);
    ck_assert_int_eq(lb_dataset_add(dataset, &room.turn, sizeof(lb_turn) + MORE), LB_OK);
    ck_assert_int_eq(lb_dataset_at(dataset, &turn, sizeof(turn), 0), LB_OK);
    ck_assert_int_eq(turn.turn, 3);
    ck_assert_int_eq(lb_dataset_add(dataset, &turn, 0), LB_E_INVALID);
    lb_dataset_free(dataset);
}
END_TEST

static void count_line(void *user, int32_t level, const char *text)
{
    (void)level;
    (void)text;
    ++*(int *)user;
}

/* Settings in: asking for what we do not know must fail, not be ignored. */
START_TEST(options_of_a_context)
{
    lb_ctx *other = NULL;
    int lines = 0;

    memset(&room, 0, sizeof(room));
    room.options.log = count_line;
    room.options.log_user = &lines;
    ck_assert_int_eq(lb_ctx_new(&other, &room.options, sizeof(lb_ctx_options) + MORE), LB_OK);
    lb_ctx_free(other);
    other = NULL;
    room.bytes[sizeof(lb_ctx_options) + MORE - 1] = 1;
    ck_assert_int_eq(lb_ctx_new(&other, &room.options, sizeof(lb_ctx_options) + MORE),
                     LB_E_UNSUPPORTED);
    ck_assert_ptr_null(other);

    /* An older caller's struct ends before the log; what lies behind it is not ours to read. */
    memset(&room, UNTOUCHED, sizeof(room));
    room.options.realloc_fn = NULL;
    room.options.alloc_user = NULL;
    ck_assert_int_eq(lb_ctx_new(&other, &room.options, offsetof(lb_ctx_options, log)), LB_OK);
    lb_ctx_free(other);
}
END_TEST

static Suite *suite(void)
{
    Suite *made = suite_create("sizes");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, outputs_keep_to_the_size, 0, sizeof(calls) / sizeof(calls[0]));
    tcase_add_test(tcase, an_older_caller_gets_what_it_knows);
    tcase_add_test(tcase, records_of_an_older_caller);
    tcase_add_test(tcase, records_of_a_newer_caller);
    tcase_add_test(tcase, options_of_a_context);
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
