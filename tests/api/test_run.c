/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_run.c - a client and the three ways to run, against an endpoint in a thread of this test:
 * what comes out, what may not be called when, cancelling, and two contexts at once.
 */
#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include <litebench/litebench.h>

#include "endpoint.h"

#define NS_PER_MS INT64_C(1000000)

enum { CONVERSATIONS = 5, TURNS = 4, ALL = CONVERSATIONS * TURNS };

static struct endpoint endpoint;
static lb_ctx *ctx;
static lb_config *config;

static void configure(lb_config *one)
{
    static const char options[] =
        "{\"target.model\": \"tiny\", \"plan.conversations\": 5, \"plan.turns\": 4,"
        " \"load.workers\": 5, \"load.min_delay\": 0, \"load.max_delay\": 0,"
        " \"request.max_tokens\": 20, \"judge.slo\": \"errors<=1%\"}";

    ck_assert_int_eq(lb_config_load_json(one, options, sizeof(options) - 1, NULL), LB_OK);
    ck_assert_int_eq(lb_config_set(one, "target.url", endpoint.url, NULL), LB_OK);
}

static void setup(void)
{
    endpoint_open(&endpoint, 1);
    ck_assert_int_eq(lb_ctx_new(&ctx, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    configure(config);
}

static void teardown(void)
{
    lb_config_free(config);
    lb_ctx_free(ctx);
    endpoint_close(&endpoint);
}

/* Corpus and plan are freed before the run that needs them. */
static lb_run *new_run(lb_config *one)
{
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL;
    lb_run *run = NULL;

    ck_assert_int_eq(lb_corpus_new(&corpus, one), LB_OK);
    ck_assert_int_eq(lb_corpus_add_builtin(corpus), LB_OK);
    ck_assert_int_eq(lb_plan_new(&plan, one, corpus), LB_OK);
    ck_assert_int_eq(lb_run_new(&run, one, plan), LB_OK);
    lb_plan_free(plan);
    lb_corpus_free(corpus);
    return run;
}

static void slow(void)
{
    endpoint.piece_ms = 20;
    ck_assert_int_eq(lb_config_set(config, "plan.conversations", "200", NULL), LB_OK);
}

static void check_result(lb_run *run, double ok)
{
    lb_report *report = NULL;
    lb_dataset *dataset = NULL;
    double number = 0;

    ck_assert_int_eq(lb_run_report(&report, run), LB_OK);
    ck_assert_int_eq(lb_run_dataset(&dataset, run), LB_OK);
    ck_assert_int_eq(lb_report_number(report, &number, "requests.ok"), LB_OK);
    ck_assert(number == ok);
    ck_assert_uint_ge(lb_dataset_size(dataset), (size_t)ok);
    lb_report_free(report);
    lb_dataset_free(dataset);
}

/* ---- the client ---- */

static lb_err hear(void *user, const char *text, size_t len, int64_t at_ns)
{
    unsigned *pieces = user;

    ck_assert_uint_eq(strlen(text), len);
    ck_assert_int_gt(at_ns, 0);
    ++*pieces;
    return LB_OK;
}

static lb_err hang_up(void *user, const char *text, size_t len, int64_t at_ns)
{
    (void)user, (void)text, (void)len, (void)at_ns;
    return LB_E_USER;
}

START_TEST(client)
{
    lb_message messages[] = {{"Be short.", 9, LB_ROLE_SYSTEM, 0}, {"Sing.", 5, LB_ROLE_USER, 0}};
    lb_client *one = NULL;
    const char *model;
    int64_t context = 0, requests = 0, tokens = 0;
    unsigned pieces = 0;
    lb_turn turn;

    ck_assert_int_eq(lb_client_new(&one, config), LB_OK);
    ck_assert_int_eq(lb_client_model(one, &model, &context, 0), LB_OK);
    ck_assert_str_eq(model, "tiny");
    ck_assert_int_eq(context, 8192);
    ck_assert_int_eq(lb_client_model(one, &model, NULL, 1), LB_E_RANGE);
    ck_assert_int_eq(lb_client_chat(one, &turn, sizeof(turn), messages, 2, hear, &pieces), LB_OK);
    ck_assert_str_eq(turn.error, "");
    ck_assert_str_eq(turn.answer, "la la la la ");
    ck_assert(pieces == ENDPOINT_PIECES && turn.completion_tokens == 4 && turn.ttft_ns > 0);
    ck_assert_int_eq(lb_client_chat(one, &turn, sizeof(turn), messages, 2, hang_up, NULL),
                     LB_E_USER);
    messages[0].role = 7;
    ck_assert_int_eq(lb_client_chat(one, &turn, sizeof(turn), messages, 2, NULL, NULL),
                     LB_E_INVALID);
    ck_assert_int_eq(lb_client_chat(one, &turn, sizeof(turn), messages, 0, NULL, NULL),
                     LB_E_INVALID);
    ck_assert_int_eq(lb_client_chat(one, &turn, sizeof(turn), messages + 1, 1, NULL, NULL), LB_OK);
    ck_assert_int_eq(lb_client_quota(one, &requests, &tokens), LB_OK);
    ck_assert_int_eq(lb_turn_quota(&requests, &tokens, turn.gateway_json), LB_OK);
    ck_assert(requests == LB_UNKNOWN && tokens == LB_UNKNOWN); /* this one says nothing of it */
    lb_client_free(one);
}
END_TEST

START_TEST(nobody_listens)
{
    lb_message message = {"x", 1, LB_ROLE_USER, 0};
    lb_client *one = NULL;
    const char *model;
    lb_turn turn;

    ck_assert_int_eq(lb_config_set(config, "target.url", "http://127.0.0.1:9", NULL), LB_OK);
    ck_assert_int_eq(lb_client_new(&one, config), LB_OK);
    ck_assert_int_eq(lb_client_model(one, &model, NULL, 0), LB_E_NET);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "127.0.0.1:9"));
    ck_assert_int_eq(lb_client_chat(one, &turn, sizeof(turn), &message, 1, NULL, NULL), LB_OK);
    ck_assert_str_eq(turn.error, "connect"); /* the endpoint's fault is data */
    ck_assert_int_eq(turn.ttft_ns, LB_UNKNOWN);
    lb_client_free(one);
}
END_TEST

/* ---- a client that is told to stop waiting ---- */

static lb_client *to_be_cancelled;

static void *cancel_client_soon(void *user)
{
    struct timespec pause = {0, 150 * NS_PER_MS};

    (void)user;
    (void)nanosleep(&pause, NULL);
    lb_client_cancel(to_be_cancelled, 1);
    return NULL;
}

static int64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
}

/* The endpoint takes three seconds to its first piece. */
START_TEST(client_cancelled_before_its_first_token)
{
    lb_message message = {"x", 1, LB_ROLE_USER, 0};
    lb_turn turn = {.status = 7};
    const char *model = "untouched";
    pthread_t thread;

    endpoint.piece_ms = 3000;
    ck_assert_int_eq(lb_client_new(&to_be_cancelled, config), LB_OK);
    ck_assert_int_eq(pthread_create(&thread, NULL, cancel_client_soon, NULL), 0);
    int64_t begun = now_ns();
    ck_assert_int_eq(lb_client_chat(to_be_cancelled, &turn, sizeof(turn), &message, 1, NULL, NULL),
                     LB_E_CANCELED);
    ck_assert_int_lt(now_ns() - begun, 3000 * NS_PER_MS);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_str_ne(lb_ctx_error(ctx), "");
    ck_assert_int_eq(turn.status, 7); /* outputs stay as they were */
    ck_assert_int_eq(lb_client_model(to_be_cancelled, &model, NULL, 0), LB_E_CANCELED);
    ck_assert_str_eq(model, "untouched");

    endpoint.piece_ms = 0;
    lb_client_cancel(to_be_cancelled, 0);
    ck_assert_int_eq(lb_client_model(to_be_cancelled, &model, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_client_chat(to_be_cancelled, &turn, sizeof(turn), &message, 1, NULL, NULL),
                     LB_OK);
    ck_assert_str_eq(turn.error, "");
    lb_client_cancel(to_be_cancelled, 1); /* while nothing is waited for: it is not lost */
    ck_assert_int_eq(lb_client_chat(to_be_cancelled, &turn, sizeof(turn), &message, 1, NULL, NULL),
                     LB_E_CANCELED);
    lb_client_free(to_be_cancelled);
    lb_client_cancel(NULL, 1);
}
END_TEST

/* ---- three ways to run ---- */

static lb_err count_lines(void *user, const char *data, size_t len)
{
    unsigned *lines = user;

    ck_assert_int_eq(data[len - 1], '\n');
    ++*lines;
    return LB_OK;
}

static lb_err refuse(void *user, const char *data, size_t len)
{
    (void)user, (void)data, (void)len;
    return LB_E_USER;
}

START_TEST(execute)
{
    lb_run *run = new_run(config);
    unsigned lines = 0, more = 0;

    ck_assert_int_eq(lb_run_tee(run, count_lines, &lines), LB_OK);
    ck_assert_int_eq(lb_run_tee(run, count_lines, &more), LB_OK);
    ck_assert_int_eq(lb_run_execute(run), LB_OK);
    ck_assert_uint_eq(lines, ALL + 2); /* header and footer */
    ck_assert_uint_eq(more, lines);
    ck_assert_int_eq(lb_run_execute(run), LB_E_STATE);
    ck_assert_int_eq(lb_run_start(run), LB_E_STATE);
    ck_assert_int_eq(lb_run_tee(run, count_lines, &lines), LB_E_STATE);
    check_result(run, ALL);
    lb_run_free(run);
}
END_TEST

/* Several threads: `_i` of them, pulled by one. */
START_TEST(events)
{
    unsigned kinds[LB_EV_DONE + 1] = {0};
    lb_event event = {0};
    char threads[8];

    (void)snprintf(threads, sizeof(threads), "%d", _i);
    ck_assert_int_eq(lb_config_set(config, "load.threads", threads, NULL), LB_OK);
    lb_run *run = new_run(config);
    ck_assert_int_eq(lb_run_start(run), LB_OK);
    ck_assert_int_eq(lb_run_step(run), LB_E_STATE);
    while (event.kind != LB_EV_DONE) {
        lb_err err = lb_run_next_event(run, &event, sizeof(event), 100 * NS_PER_MS);
        ck_assert(err == LB_OK || err == LB_E_TIMEOUT);
        if (err == LB_E_TIMEOUT)
            continue;
        kinds[event.kind]++;
        ck_assert_int_eq(event.turn != NULL, event.kind == LB_EV_TURN);
        ck_assert_ptr_nonnull(event.text);
        ck_assert_uint_eq(event.planned, ALL);
    }
    ck_assert(kinds[LB_EV_STARTED] == 1 && kinds[LB_EV_TURN] == ALL);
    ck_assert(event.ok == ALL && event.failed == 0 && event.in_flight == 0);
    ck_assert_int_eq(lb_run_next_event(run, &event, sizeof(event), -1), LB_E_STATE);
    check_result(run, ALL);
    lb_run_free(run);
}
END_TEST

static lb_err fail_later(void *user, const char *data, size_t len)
{
    unsigned *lines = user;

    (void)data, (void)len;
    return ++*lines > 3 ? LB_E_USER : LB_OK;
}

/* Whoever pulls events until the last one must not take a run that broke for one that is over. */
START_TEST(a_run_that_broke)
{
    lb_event event = {0};
    unsigned lines = 0;
    unsigned turns = 0;
    lb_err err = LB_OK;
    lb_run *run = new_run(config);

    ck_assert_int_eq(lb_run_tee(run, fail_later, &lines), LB_OK);
    ck_assert_int_eq(lb_run_start(run), LB_OK);
    while (err == LB_OK && event.kind != LB_EV_DONE) {
        err = lb_run_next_event(run, &event, sizeof(event), -1);
        turns += err == LB_OK && event.kind == LB_EV_TURN;
    }
    ck_assert_int_eq(err, LB_E_IO);
    ck_assert_uint_ge(turns, 2);
    ck_assert_int_eq(lb_run_next_event(run, &event, sizeof(event), -1), LB_E_IO);
    lb_report *report = NULL;
    ck_assert_int_eq(lb_run_report(&report, run), LB_OK);
    lb_report_free(report);
    lb_run_free(run);
}
END_TEST

/* Without waiting longer than the run says, and by one descriptor from the first step to the end.
 */
START_TEST(planned_of_a_shard)
{
    lb_event event = {0};

    ck_assert_int_eq(lb_config_set(config, "plan.shard", "1/3", NULL), LB_OK);
    lb_run *run = new_run(config);
    ck_assert_int_eq(lb_run_start(run), LB_OK);
    while (event.kind != LB_EV_DONE) {
        lb_err err = lb_run_next_event(run, &event, sizeof(event), 100 * NS_PER_MS);
        ck_assert(err == LB_OK || err == LB_E_TIMEOUT);
    }
    ck_assert(event.planned > 0 && event.planned < ALL);
    ck_assert_uint_eq(event.planned, event.ok);
    lb_run_free(run);
}
END_TEST

static unsigned step_to_the_end(lb_run *run)
{
    struct pollfd watched = {.events = POLLIN};
    lb_event event = {0};
    unsigned turns = 0;
    int32_t fd = -1;

    ck_assert_int_eq(lb_run_fd(run, &watched.fd), LB_OK);
    while (event.kind != LB_EV_DONE) {
        int64_t wait_ns = lb_run_timeout_ns(run);
        (void)poll(&watched, 1, wait_ns < 0 ? -1 : (int)(wait_ns / NS_PER_MS) + 1);
        ck_assert_int_eq(lb_run_step(run), LB_OK);
        lb_err err = LB_OK;
        while (event.kind != LB_EV_DONE && err == LB_OK) {
            err = lb_run_next_event(run, &event, sizeof(event), 0);
            turns += err == LB_OK && event.kind == LB_EV_TURN;
        }
        ck_assert(err == LB_OK || err == LB_E_TIMEOUT);
        ck_assert_int_eq(lb_run_fd(run, &fd), LB_OK);
        ck_assert_int_eq(fd, watched.fd);
    }
    return turns;
}

START_TEST(steps)
{
    lb_run *run = new_run(config);
    int32_t fd = -1;

    ck_assert_int_eq(lb_run_fd(run, &fd), LB_E_STATE);
    ck_assert_int_eq(lb_run_timeout_ns(run), 0);
    ck_assert_int_eq(lb_run_step(run), LB_OK);
    ck_assert_uint_eq(step_to_the_end(run), ALL);
    ck_assert_int_eq(lb_run_step(run), LB_E_STATE);
    ck_assert_int_eq(lb_run_timeout_ns(run), 0); /* nobody waits for more */
    check_result(run, ALL);
    lb_run_free(run);
}
END_TEST

/* One phase after the other; the caller's loop need not know. */
START_TEST(steps_through_two_models)
{
    ck_assert_int_eq(lb_config_add(config, "target.model", "tiny", NULL), LB_OK);
    ck_assert_int_eq(lb_config_add(config, "target.model", "other", NULL), LB_OK);
    ck_assert_int_eq(lb_config_set(config, "load.warmup", "3", NULL), LB_OK);
    lb_run *run = new_run(config);
    lb_report *report = NULL;
    double number = 0;

    ck_assert_int_eq(lb_run_step(run), LB_OK);
    ck_assert_uint_ge(step_to_the_end(run), 2 * ALL);
    ck_assert_int_eq(lb_run_report(&report, run), LB_OK);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(
            lb_report_number(report, &number, i ? "models.1.requests.ok" : "models.0.requests.ok"),
            LB_OK);
        ck_assert(number == ALL);
    }
    lb_report_free(report);
    lb_run_free(run);
}
END_TEST

/* ---- ends before the end ---- */

static void *cancel_soon(void *user)
{
    struct timespec pause = {0, 150 * NS_PER_MS};

    (void)nanosleep(&pause, NULL);
    lb_run_cancel(user);
    return NULL;
}

START_TEST(cancelled_from_another_thread)
{
    lb_report *report = NULL;
    double number = 0;
    pthread_t thread;

    slow();
    lb_run *run = new_run(config);
    ck_assert_int_eq(pthread_create(&thread, NULL, cancel_soon, run), 0);
    ck_assert_int_eq(lb_run_execute(run), LB_E_CANCELED);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_lt(atomic_load(&endpoint.chats), 200 * TURNS);
    ck_assert_int_eq(lb_run_report(&report, run), LB_OK);
    ck_assert_int_eq(lb_report_number(report, &number, "requests.cancelled"), LB_OK);
    ck_assert(number >= 0 && number <= 5); /* as many as were in flight just then */
    lb_report_free(report);
    lb_run_free(run);
}
END_TEST

START_TEST(cancelled_events_come_to_an_end)
{
    lb_event event = {0};
    unsigned cancelled = 0;

    slow();
    lb_run *run = new_run(config);
    ck_assert_int_eq(lb_run_start(run), LB_OK);
    while (event.kind != LB_EV_DONE) {
        lb_err err = lb_run_next_event(run, &event, sizeof(event), 100 * NS_PER_MS);
        ck_assert(err == LB_OK || err == LB_E_TIMEOUT);
        if (err == LB_OK && event.kind == LB_EV_TURN) {
            cancelled += strcmp(event.turn->error, "cancelled") == 0;
            lb_run_cancel(run);
        }
    }
    ck_assert(cancelled <= 5 && event.failed == 0 && event.ok < 200);
    lb_run_free(run);
}
END_TEST

START_TEST(freed_in_the_middle)
{
    lb_event event;

    slow();
    lb_run_free(new_run(config)); /* never started */
    lb_run *run = new_run(config);
    ck_assert_int_eq(lb_run_start(run), LB_OK);
    (void)lb_run_next_event(run, &event, sizeof(event), 50 * NS_PER_MS);
    lb_run_free(run);
    run = new_run(config);
    ck_assert_int_eq(lb_run_step(run), LB_OK);
    lb_run_free(run);
}
END_TEST

START_TEST(record_that_cannot_be_written)
{
    lb_run *run = new_run(config);

    ck_assert_int_eq(lb_run_tee(run, refuse, NULL), LB_OK);
    ck_assert_int_lt(lb_run_execute(run), LB_OK);
    ck_assert_str_ne(lb_ctx_error(ctx), "");
    lb_run_free(run);
}
END_TEST

START_TEST(run_without_a_model)
{
    lb_config *bare = NULL;
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL;
    lb_run *run = NULL;

    ck_assert_int_eq(lb_config_new(&bare, ctx), LB_OK);
    ck_assert_int_eq(lb_corpus_new(&corpus, bare), LB_OK);
    ck_assert_int_eq(lb_corpus_add_builtin(corpus), LB_OK);
    ck_assert_int_eq(lb_plan_new(&plan, bare, corpus), LB_OK);
    ck_assert_int_eq(lb_run_new(&run, bare, plan), LB_E_INVALID); /* no URL either */
    ck_assert_int_eq(lb_config_set(bare, "target.url", endpoint.url, NULL), LB_OK);
    ck_assert_int_eq(lb_run_new(&run, bare, plan), LB_E_INVALID);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "model"));
    ck_assert_ptr_null(run);
    lb_plan_free(plan);
    lb_corpus_free(corpus);
    lb_config_free(bare);
}
END_TEST

/* ---- two contexts, two threads, two allocators ---- */

struct guest {
    size_t blocks, calls;
    atomic_uint lines;
    bool own;
    double ok;
    pthread_mutex_t lock; /* threads of the library allocate, too */
};

static void *allocate(void *user, void *old, size_t size)
{
    struct guest *guest = user;

    (void)pthread_mutex_lock(&guest->lock);
    guest->calls++;
    guest->blocks += (old == NULL && size > 0 ? 1u : 0u);
    guest->blocks -= (old != NULL && size == 0 ? 1u : 0u);
    (void)pthread_mutex_unlock(&guest->lock);
    if (size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, size);
}

static void take_log(void *user, int32_t level, const char *text)
{
    struct guest *guest = user;

    if (level >= LB_LOG_ERROR && text[0] != '\0')
        atomic_fetch_add(&guest->lines, 1);
}

static void *work(void *user)
{
    struct guest *guest = user;
    lb_ctx_options options = {.log = take_log, .log_user = guest, .log_level = LB_LOG_DEBUG};
    lb_ctx *own = NULL;
    lb_config *one = NULL;
    lb_report *report = NULL;

    if (guest->own)
        options.realloc_fn = allocate;
    options.alloc_user = guest;
    ck_assert_int_eq(lb_ctx_new(&own, &options, sizeof(options)), LB_OK);
    ck_assert_int_eq(lb_config_new(&one, own), LB_OK);
    configure(one);
    ck_assert_int_eq(lb_config_set(one, "load.threads", "2", NULL), LB_OK);
    lb_ctx_free(own); /* its children hold it */
    lb_run *run = new_run(one);
    lb_config_free(one);
    ck_assert_int_eq(lb_run_execute(run), LB_OK);
    ck_assert_int_eq(lb_run_report(&report, run), LB_OK);
    lb_run_free(run);
    ck_assert_int_eq(lb_report_number(report, &guest->ok, "requests.ok"), LB_OK);
    lb_report_free(report);
    return NULL;
}

START_TEST(two_contexts_at_once)
{
    struct guest guests[2] = {{.own = true, .lock = PTHREAD_MUTEX_INITIALIZER},
                              {.own = false, .lock = PTHREAD_MUTEX_INITIALIZER}};
    pthread_t threads[2];

    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &guests[i]), 0);
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    ck_assert(guests[0].ok == ALL && guests[1].ok == ALL);
    ck_assert(guests[0].calls > 100 && guests[0].blocks == 0);
    ck_assert(guests[1].calls == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run");
    TCase *tests = tcase_create("all");
    const TTest *const all[] = {
        client,
        nobody_listens,
        client_cancelled_before_its_first_token,
        execute,
        planned_of_a_shard,
        a_run_that_broke,
        steps,
        steps_through_two_models,
        cancelled_from_another_thread,
        cancelled_events_come_to_an_end,
        freed_in_the_middle,
        record_that_cannot_be_written,
        run_without_a_model,
        two_contexts_at_once,
    };

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tests, all[i]);
    tcase_add_loop_test(tests, events, 1, 4);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
