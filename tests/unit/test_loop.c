/* SPDX-License-Identifier: Apache-2.0 */
/* test_loop.c - what of the loop needs no network: pools, the heap of timers, the two clocks. */
#include <check.h>
#include <stdlib.h>

#include "base/clock.h"
#include "net/global.h"
#include "net/pool.h"

enum { MANY = 600, TIMERS = 500 };

static struct lbi_loop loop;

static void setup(void)
{
    ck_assert_int_eq(lbi_curl_acquire(), LB_OK);
    ck_assert_int_eq(lbi_loop_init(&loop, &lbi_mem_libc, -1), LB_OK);
    ck_assert_int_eq(lbi_loop_reserve_timers(&loop, TIMERS), LB_OK);
}

static void teardown(void)
{
    lbi_loop_free(&loop);
    lbi_curl_release();
}

START_TEST(transfers_spread_over_pools)
{
    struct lbi_pool *last = NULL;

    for (int i = 0; i < MANY; i++) {
        last = lbi_pool_join(&loop);
        ck_assert_ptr_nonnull(last);
    }
    ck_assert_uint_eq(loop.pool_count, 3);
    size_t members = last->members;
    lbi_pool_leave(last);
    ck_assert_ptr_eq(lbi_pool_join(&loop), last);
    ck_assert_uint_eq(last->members, members);
}
END_TEST

/* The wall clock cannot be set in a test: what was read of it is. */
START_TEST(a_step_of_the_wall_clock)
{
    int64_t before, after;

    ck_assert(lbi_loop_wall_offset(&loop, &before));
    ck_assert(lbi_loop_wall_offset(&loop, &after));
    ck_assert_uint_eq(loop.wall_steps, 0);
    loop.wall_offset_ns -= 5 * LBI_NS_PER_S;
    ck_assert(!lbi_loop_wall_offset(&loop, &after));
    ck_assert_uint_eq(loop.wall_steps, 1);
    ck_assert_int_lt(llabs(after - before), LBI_NS_PER_MS);
    ck_assert(!lbi_loop_wall_offset(&loop, &after)); /* never again */
    ck_assert_uint_eq(loop.wall_steps, 1);
    loop.wall_offset_ns += 2 * LBI_NS_PER_MS;
    ck_assert(!lbi_loop_wall_offset(&loop, &after));
    ck_assert_uint_eq(loop.wall_steps, 2);
}
END_TEST

static int64_t last_due;
static int fired;

static void on_fire(struct lbi_timer *timer, int64_t now_ns)
{
    ck_assert_int_le(timer->due_ns, now_ns);
    ck_assert_int_ge(timer->due_ns, last_due);
    last_due = timer->due_ns;
    fired++;
}

START_TEST(timers_fire_in_order)
{
    static struct lbi_timer timers[TIMERS];
    int64_t now = lbi_clock_ns();

    last_due = 0;
    fired = 0;
    for (int i = 0; i < TIMERS; i++) {
        timers[i] = (struct lbi_timer){.fire = on_fire};
        lbi_timer_set(&loop, &timers[i], now - 1 - (i * 7919) % TIMERS);
    }
    for (int i = 0; i < TIMERS; i += 5)
        lbi_timer_cancel(&loop, &timers[i]);
    lbi_timer_set(&loop, &timers[1], now - TIMERS); /* set anew, not twice */
    ck_assert_int_eq(lbi_loop_timeout_ns(&loop), 0);
    ck_assert_int_eq(lbi_loop_step(&loop, false), LB_OK);
    ck_assert_int_eq(fired, TIMERS - TIMERS / 5);
    ck_assert_int_eq(lbi_loop_timeout_ns(&loop), -1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loop");
    TCase *tcase = tcase_create("loop");
    SRunner *runner = srunner_create(suite);

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, transfers_spread_over_pools);
    tcase_add_test(tcase, a_step_of_the_wall_clock);
    tcase_add_test(tcase, timers_fire_in_order);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
