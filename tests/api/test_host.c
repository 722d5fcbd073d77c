/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_host.c - a program that lives its own life around a run: it forks, has signal handlers, uses
 * libcurl itself, and keeps its descriptors and its signal mask.
 */
#include <check.h>
#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <litebench/litebench.h>

#include "endpoint.h"

#define NS_PER_MS INT64_C(1000000)

enum { ALL = 40 };

static struct endpoint endpoint;
static lb_ctx *ctx;
static lb_run *run;

static void setup(void)
{
    static const char options[] =
        "{\"target.model\": \"tiny\", \"plan.conversations\": 10, \"plan.turns\": 4,"
        " \"load.workers\": 5, \"load.threads\": 2, \"load.min_delay\": 0, \"load.max_delay\": 0}";
    lb_config *config = NULL;
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL;

    endpoint_open(&endpoint, 5);
    ck_assert_int_eq(lb_ctx_new(&ctx, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    ck_assert_int_eq(lb_config_load_json(config, options, sizeof(options) - 1, NULL), LB_OK);
    ck_assert_int_eq(lb_config_set(config, "target.url", endpoint.url, NULL), LB_OK);
    ck_assert_int_eq(lb_corpus_new(&corpus, config), LB_OK);
    ck_assert_int_eq(lb_corpus_add_builtin(corpus), LB_OK);
    ck_assert_int_eq(lb_plan_new(&plan, config, corpus), LB_OK);
    ck_assert_int_eq(lb_run_new(&run, config, plan), LB_OK);
    lb_plan_free(plan);
    lb_corpus_free(corpus);
    lb_config_free(config);
}

static void teardown(void)
{
    lb_run_free(run);
    lb_ctx_free(ctx);
    endpoint_close(&endpoint);
}

/* Pulls to the end; `meanwhile` after each event. */
static lb_event follow(void (*meanwhile)(void))
{
    lb_event event = {0};

    ck_assert_int_eq(lb_run_start(run), LB_OK);
    while (event.kind != LB_EV_DONE) {
        lb_err err = lb_run_next_event(run, &event, sizeof(event), 20 * NS_PER_MS);
        ck_assert(err == LB_OK || err == LB_E_TIMEOUT);
        if (event.kind != LB_EV_DONE)
            meanwhile();
    }
    ck_assert_uint_eq(event.ok, ALL);
    return event;
}

/* ---- fork ---- */

static void fork_and_leave(void)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(7);
    while (waitpid(child, &status, 0) < 0)
        ck_assert_int_eq(errno, EINTR);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

START_TEST(children_come_and_go)
{
    (void)follow(fork_and_leave);
}
END_TEST

/* ---- signals ---- */

static pthread_t host;
static atomic_uint heard, astray;

static void on_signal(int number)
{
    (void)number;
    atomic_fetch_add(&heard, 1);
    atomic_fetch_add(&astray, pthread_equal(pthread_self(), host) == 0);
}

static void send_one(void)
{
    (void)kill(getpid(), SIGUSR1);
}

/* The threads of the test's own endpoint must not take them. */
static void endpoint_hears_nothing(void)
{
    sigset_t one;

    (void)sigemptyset(&one);
    (void)sigaddset(&one, SIGUSR1);
    (void)pthread_sigmask(SIG_BLOCK, &one, NULL);
    setup();
    (void)pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

START_TEST(signals_come_to_the_host)
{
    struct sigaction action = {.sa_handler = on_signal}, before, after;
    sigset_t mask_before, mask_after;

    host = pthread_self();
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0); /* no SA_RESTART */
    ck_assert_int_eq(sigaction(SIGPIPE, NULL, &before), 0);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &mask_before), 0);
    (void)follow(send_one);
    ck_assert_uint_ge(atomic_load(&heard), 10);
    ck_assert_uint_eq(atomic_load(&astray), 0);
    ck_assert_int_eq(sigaction(SIGPIPE, NULL, &after), 0);
    ck_assert(before.sa_handler == after.sa_handler);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &mask_after), 0);
    for (int number = 1; number < 32; number++)
        ck_assert_int_eq(sigismember(&mask_before, number), sigismember(&mask_after, number));
}
END_TEST

/* ---- a host that uses libcurl itself ---- */

static size_t swallow(char *data, size_t size, size_t count, void *user)
{
    (void)data, (void)user;
    return size * count;
}

static void ask_by_itself(void)
{
    char url[96];
    CURL *easy = curl_easy_init();

    (void)snprintf(url, sizeof(url), "%s/models", endpoint.url);
    ck_assert_ptr_nonnull(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
    ck_assert_int_eq(curl_easy_perform(easy), CURLE_OK);
    curl_easy_cleanup(easy);
}

static void nothing(void)
{
}

START_TEST(the_hosts_own_libcurl)
{
    ck_assert_int_eq(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
    ask_by_itself();
    (void)follow(nothing);
    ask_by_itself();
    lb_run_free(run); /* the library's last use of libcurl */
    run = NULL;
    ask_by_itself();
    curl_global_cleanup();
}
END_TEST

/* ---- nothing is left ---- */

static unsigned descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");

    ck_assert_ptr_nonnull(folder);
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

START_TEST(no_descriptor_is_left)
{
    unsigned before = 0;

    for (int round = 0; round < 4; round++) {
        lb_run_free(run);
        run = NULL;
        teardown();
        if (round == 1) /* the first ones fill caches of libcurl and TLS */
            before = descriptors();
        if (round > 1)
            ck_assert_uint_eq(descriptors(), before);
        setup();
        (void)follow(nothing);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host");
    TCase *all = tcase_create("all");
    TCase *signals = tcase_create("signals");

    tcase_set_timeout(all, 60);
    tcase_set_timeout(signals, 60);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_checked_fixture(signals, endpoint_hears_nothing, teardown);
    tcase_add_test(all, children_come_and_go);
    tcase_add_test(all, the_hosts_own_libcurl);
    tcase_add_test(all, no_descriptor_is_left);
    tcase_add_test(signals, signals_come_to_the_host);
    suite_add_tcase(suite, all);
    suite_add_tcase(suite, signals);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
