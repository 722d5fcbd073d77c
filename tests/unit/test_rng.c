/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rng.c - the same draws on every machine and for ever: golden numbers from an independent
 * program, the generator's own reference, and a look at the spread.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "expect.h"

START_TEST(reference_of_the_generator)
{
    /* as published for xoshiro256** with the state 1, 2, 3, 4 */
    static const uint64_t wanted[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240),
                                      UINT64_C(1216172134540287360)};
    struct lbi_rng rng = {{1, 2, 3, 4}};

    for (int i = 0; i < 5; i++)
        ck_assert_uint_eq(lbi_rng_next(&rng), wanted[i]);
}
END_TEST

START_TEST(golden_draws)
{
    static const struct {
        uint64_t seed;
        int purpose;
        uint64_t index, draws[3];
    } table[] = {
        {UINT64_C(0x1),
         1,
         UINT64_C(0x0),
         {UINT64_C(0x0040b293030dc336), UINT64_C(0xa1e4967b50ae2534),
          UINT64_C(0x4cefc7e016b26cd0)}},
        {UINT64_C(0x1),
         1,
         UINT64_C(0x1),
         {UINT64_C(0xa730601823fa7785), UINT64_C(0x83011c2201ae8a6a),
          UINT64_C(0x30af3b1e78c74688)}},
        {UINT64_C(0x1),
         2,
         UINT64_C(0x0),
         {UINT64_C(0x9f0b1e7ea7c98bcb), UINT64_C(0xd54ccb1d83f3af22),
          UINT64_C(0x3e1baa59da9fd066)}},
        {UINT64_C(0x2),
         1,
         UINT64_C(0x0),
         {UINT64_C(0x60f120a535296bd7), UINT64_C(0x74562148360338b5),
          UINT64_C(0xddcd0cf1af81e3bc)}},
        {UINT64_C(0x0),
         5,
         UINT64_C(0x0),
         {UINT64_C(0xd794a47c70a0b176), UINT64_C(0x6e59680d8a2833fb),
          UINT64_C(0x6a3eae9b9475a874)}},
        {UINT64_C(0xffffffffffffffff),
         3,
         UINT64_C(0xffffffffffffffff),
         {UINT64_C(0x7564bae5531afe8b), UINT64_C(0x3ee1f6ab4b6c15bd),
          UINT64_C(0x1a0e8b15263ced43)}},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct lbi_rng rng;
        lbi_rng_init(&rng, table[i].seed, (enum lbi_rng_purpose)table[i].purpose, table[i].index);
        for (int k = 0; k < 3; k++)
            ck_assert_uint_eq(lbi_rng_next(&rng), table[i].draws[k]);
    }
}
END_TEST

/* Numbers of purposes are part of what a seed means: they may never change. */
START_TEST(purposes_keep_their_numbers)
{
    ck_assert_int_eq(LBI_RNG_PLAN, 1);
    ck_assert_int_eq(LBI_RNG_THINK, 2);
    ck_assert_int_eq(LBI_RNG_WARMUP, 3);
    ck_assert_int_eq(LBI_RNG_CANNED, 4);
    ck_assert_int_eq(LBI_RNG_NONCE, 5);
}
END_TEST

/* Chi-square of n cells stays under a bound that chance passes less than once in a million. */
static void even(const uint64_t *cells, size_t n, uint64_t draws)
{
    double expected = (double)draws / (double)n;
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += ((double)cells[i] - expected) * ((double)cells[i] - expected) / expected;
    double limit = (double)n + 5 * sqrt(2.0 * (double)n) + 20;
    ck_assert_msg(sum < limit, "chi-square %g of %zu cells, limit %g", sum, n, limit);
}

START_TEST(below_has_no_bias)
{
    static const uint64_t sizes[] = {1, 2, 3, 7, 10, 64, 100};
    struct lbi_rng rng;

    for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
        uint64_t cells[100] = {0};
        lbi_rng_init(&rng, 5, LBI_RNG_PLAN, k);
        for (int i = 0; i < 100000; i++) {
            uint64_t draw = lbi_rng_below(&rng, sizes[k]);
            EXPECT(draw < sizes[k], "%llu of %llu", (unsigned long long)draw,
                   (unsigned long long)sizes[k]);
            cells[draw]++;
        }
        even(cells, (size_t)sizes[k], 100000);
    }
}
END_TEST

/* For n = 3 * 2^62 plain modulo would give the lowest third twice as often. */
START_TEST(below_rejects_the_overhang)
{
    const uint64_t n = UINT64_C(3) << 62;
    struct lbi_rng rng;
    uint64_t cells[3] = {0};

    lbi_rng_init(&rng, 6, LBI_RNG_PLAN, 0);
    for (int i = 0; i < 100000; i++)
        cells[lbi_rng_below(&rng, n) >> 62]++;
    even(cells, 3, 100000);
}
END_TEST

START_TEST(unit_is_even_and_below_one)
{
    struct lbi_rng rng;
    uint64_t cells[100] = {0};

    lbi_rng_init(&rng, 8, LBI_RNG_THINK, 3);
    for (int i = 0; i < 100000; i++) {
        double u = lbi_rng_unit(&rng);
        EXPECT(u >= 0 && u < 1, "%g", u);
        cells[(size_t)(u * 100)]++;
    }
    even(cells, 100, 100000);
    rng = (struct lbi_rng){{0, UINT64_MAX, 0, 0}};
    ck_assert(lbi_rng_unit(&rng) < 1);
}
END_TEST

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Streams of neighbouring names share no draw. */
START_TEST(neighbours_are_unrelated)
{
    enum { STREAMS = 64, DRAWS = 64 };
    static uint64_t seen[STREAMS * DRAWS];
    size_t count = 0;

    for (uint64_t k = 0; k < STREAMS; k++) {
        struct lbi_rng rng;
        lbi_rng_init(&rng, k / 16, (enum lbi_rng_purpose)(1 + k / 4 % 4), k % 4);
        for (int i = 0; i < DRAWS; i++)
            seen[count++] = lbi_rng_next(&rng);
    }
    qsort(seen, count, sizeof(seen[0]), by_value);
    for (size_t i = 1; i < count; i++)
        ck_assert_uint_ne(seen[i - 1], seen[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rng");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, reference_of_the_generator);
    tcase_add_test(tcase, golden_draws);
    tcase_add_test(tcase, purposes_keep_their_numbers);
    tcase_add_test(tcase, below_has_no_bias);
    tcase_add_test(tcase, below_rejects_the_overhang);
    tcase_add_test(tcase, unit_is_even_and_below_one);
    tcase_add_test(tcase, neighbours_are_unrelated);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
