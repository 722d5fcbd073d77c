/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_oom_libc.c - malloc itself fails at its n-th call, for json-c, libcurl and libc allocate by
 * themselves. Nothing may crash, and nothing of ours leak. What a library does without its memory
 * is its own matter: some go on without what was optional.
 */
#include "oom_steps.h"

#include <errno.h>
#include <json-c/json_c_version.h>

#ifndef __has_feature
#define __has_feature(name) 0
#endif

#if !defined(__GLIBC__) || defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
int main(void)
{
    (void)printf("skipped: no malloc can be put in front of this libc's or ThreadSanitizer's\n");
    return 77;
}
#else

/* Where AddressSanitizer is, its own; else libc's. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED  1
#define REAL(name) __interceptor_##name
#else
#define SANITIZED  0
#define REAL(name) __libc_##name
#endif

enum { MOST = 200000 };

/* json-c loses keys and values of its own when one of them cannot be added. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libjson-c\n";
}

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *old, size_t size);

static atomic_long calls, fail_at; /* fail_at 0: nothing fails */
static atomic_bool for_good;
static pthread_t main_thread;

static bool fails(void)
{
    long at = atomic_load(&fail_at);

    if (at == 0)
        return false;
    /* A sanitizer allocates when a thread starts and gives up if it cannot. */
    if (SANITIZED && pthread_equal(pthread_self(), main_thread) == 0)
        return false;
    long call = atomic_fetch_add(&calls, 1) + 1;
    if (call != at && (call < at || !atomic_load(&for_good)))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : REAL(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : REAL(calloc)(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : REAL(realloc)(old, size);
}

/* json-c 0.16 does not tell want of memory from a fault of the text, libcurl calls it a host that
 * cannot be resolved or a header too long, and a thread that cannot be started has many causes. */
static bool told_otherwise(lb_err err)
{
    return err == LB_E_PARSE || err == LB_E_NET || err == LB_E_IO;
}

#if !SANITIZED /* theirs does not come here */
/* Never fails: json-c looks for the end of a key that it could not copy, and crashes. */
char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = REAL(malloc)(size);

    return copy != NULL ? memcpy(copy, text, size) : NULL;
}
#endif

/* true: the walk was longer than n allocations. *told counts those that led to LB_E_NOMEM. */
static bool walk_failing(const struct oom_walk *walk, long n, bool good, long *told)
{
    lb_ctx *one = NULL;

    oom_fault[0] = '\0';
    atomic_store(&calls, 0);
    atomic_store(&for_good, good);
    atomic_store(&fail_at, n);
    lb_err err = lb_ctx_new(&one, NULL, 0);
    if (err == LB_OK)
        err = walk->walk(one);
    atomic_store(&fail_at, 0);
    ck_assert_msg(oom_fault[0] == '\0', "%s: allocation %ld failed: %s", walk->name, n, oom_fault);
    bool failed = atomic_load(&calls) >= n;
    *told += err != LB_OK;
    ck_assert_msg(err == LB_OK || (failed && (err == LB_E_NOMEM || told_otherwise(err))),
                  "%s: allocation %ld failed%s: %s (%s)", walk->name, n, good ? " for good" : "",
                  lb_err_name(err), lb_ctx_error(one));
    lb_ctx_free(one);
    return failed;
}

START_TEST(each_allocation)
{
    const struct oom_walk *walk = &walks[_i];
    long tried = 0, told = 0;

    for (int good = 0; good < 2; good++) {
        long n = 1;
        for (; n < MOST && walk_failing(walk, n, good != 0, &told); n += 1 + n / walk->large)
            tried++;
        ck_assert_int_lt(n, MOST);
    }
    (void)printf("%s: %ld failures of malloc, %ld told, the others did not matter\n", walk->name,
                 tried, told);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oom_libc");

    if (json_c_version_num() < (0 << 16 | 16 << 8)) {
        (void)printf("skipped: json-c %s itself crashes without memory\n", json_c_version());
        return 77;
    }
    main_thread = pthread_self();
    in.foreign = true;
    TCase *tests = tcase_create("malloc");

    tcase_set_timeout(tests, 100);
    tcase_add_unchecked_fixture(tests, oom_prepare, oom_clean);
    tcase_add_loop_test(tests, each_allocation, 0, OOM_WALKS);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
#endif
