/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_oom.c - the allocator of a context fails at its n-th call, for each n: once, and from then
 * on for good. Each time a code comes back, a sentence is there, nothing is left behind.
 */
#include "oom_steps.h"

#include <stdatomic.h>

enum { MOST = 200000 };

static struct failing {
    atomic_long calls, blocks;
    long fail_at;
    bool for_good;
} heap;

static void *failing_realloc(void *user, void *old, size_t size)
{
    struct failing *one = user;

    if (size == 0) {
        atomic_fetch_sub(&one->blocks, old != NULL);
        free(old);
        return NULL;
    }
    long call = atomic_fetch_add(&one->calls, 1) + 1;
    if (call == one->fail_at || (one->for_good && call > one->fail_at))
        return NULL;
    void *block = realloc(old, size);
    atomic_fetch_add(&one->blocks, old == NULL && block != NULL);
    return block;
}

/* true: this walk was longer than n allocations, and so was told that one failed. */
static bool walk_failing(const struct oom_walk *walk, long n, bool for_good)
{
    lb_ctx_options options = {.realloc_fn = failing_realloc, .alloc_user = &heap};
    lb_ctx *one = NULL;

    oom_fault[0] = '\0';
    heap = (struct failing){.fail_at = n, .for_good = for_good};
    lb_err err = lb_ctx_new(&one, &options, sizeof(options));
    if (err == LB_OK)
        err = walk->walk(one);
    ck_assert_msg(oom_fault[0] == '\0', "%s: allocation %ld failed: %s", walk->name, n, oom_fault);
    bool failed = atomic_load(&heap.calls) >= n;
    ck_assert_msg(err == (failed ? LB_E_NOMEM : LB_OK) || (walk->faulty && err == LB_OK),
                  "%s: allocation %ld failed%s: %s (%s)", walk->name, n,
                  for_good ? " for good" : "", lb_err_name(err), lb_ctx_error(one));
    ck_assert_msg(!failed || one == NULL || *lb_ctx_error(one) != '\0',
                  "%s: allocation %ld failed%s, and nothing says so", walk->name, n,
                  for_good ? " for good" : "");
    lb_ctx_free(one);
    ck_assert_msg(atomic_load(&heap.blocks) == 0, "%s: allocation %ld failed: %ld blocks left",
                  walk->name, n, atomic_load(&heap.blocks));
    return failed;
}

/* Every allocation at first, then ever fewer of them. */
START_TEST(each_allocation)
{
    const struct oom_walk *walk = &walks[_i];
    long tried = 0;

    for (int for_good = 0; for_good < 2; for_good++) {
        long n = 1;
        for (; n < MOST && walk_failing(walk, n, for_good != 0); n += 1 + n / walk->large)
            tried++;
        ck_assert_int_lt(n, MOST);
    }
    (void)printf("%s: %ld failures of allocations\n", walk->name, tried);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oom");
    TCase *tests = tcase_create("allocator");

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
