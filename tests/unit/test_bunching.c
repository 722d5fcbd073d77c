/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bunching.c - arrivals of honest and of held streams. The honest ones are what must never
 * raise an alarm: speculative decoding, short answers, very fast servers, Nagle's bursts.
 */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

#include "engine/bunching.h"

#define MS INT64_C(1000000)

enum { GAPS_MAX = 4096 };

static const char *const names[] = {"unknown", "none", "held", "lumps"};

/*
 * `lumps` bursts of `size` frames, `pause_us` apart, each burst in reads of `read` frames, frames
 * of one burst `inner_us` apart when in another read; the first comes after `ttft_ms`.
 */
struct shape {
    const char *name;
    unsigned lumps, size, read;
    int64_t ttft_ms, pause_us, inner_us, tokens;
    enum lbi_bunching wanted;
};

static enum lbi_bunching judge(const struct shape *shape)
{
    static int64_t gaps[GAPS_MAX];
    struct lbi_arrivals a = {.tokens = shape->tokens, .gaps_ns = gaps};
    int64_t now = shape->ttft_ms * MS;

    a.first_ns = now;
    for (unsigned lump = 0; lump < shape->lumps; lump++) {
        for (unsigned k = 0; k < shape->size; k++) {
            bool new_read = k % shape->read == 0;
            int64_t gap = k > 0 ? (new_read ? shape->inner_us * 1000 : 0) : shape->pause_us * 1000;
            a.reads += new_read ? 1 : 0;
            if (a.chunks++ == 0)
                continue;
            ck_assert_uint_lt(a.gap_count, GAPS_MAX);
            gaps[a.gap_count++] = gap;
            now += gap;
        }
    }
    a.last_ns = now;
    return lbi_bunching_judge(&a);
}

static const struct shape shapes[] = {
    /* honest */
    {"50 tokens/s", 100, 1, 1, 400, 20000, 0, 100, LBI_BUNCHING_NONE},
    {"slow prompt, 50 tokens/s", 20, 1, 1, 20000, 20000, 0, 20, LBI_BUNCHING_NONE},
    {"2,000 tokens/s", 500, 1, 1, 50, 500, 0, 500, LBI_BUNCHING_NONE},
    {"2,000 tokens/s after a slow prompt", 200, 1, 1, 5000, 500, 0, 200, LBI_BUNCHING_NONE},
    {"2,000 tokens/s, read in threes", 70, 3, 3, 2000, 1500, 0, 210, LBI_BUNCHING_NONE},
    {"2,000 tokens/s, read in eights", 25, 8, 8, 2000, 4000, 0, 200, LBI_BUNCHING_NONE},
    {"3,000 tokens/s", 300, 1, 1, 1000, 333, 0, 300, LBI_BUNCHING_NONE},
    {"speculative, 4 tokens a chunk", 50, 1, 1, 300, 30000, 0, 200, LBI_BUNCHING_NONE},
    {"speculative, 6 tokens a chunk, fast", 40, 1, 1, 800, 2500, 0, 240, LBI_BUNCHING_NONE},
    {"speculative, 6 frames a step", 40, 6, 6, 300, 40000, 0, 240, LBI_BUNCHING_NONE},
    {"speculative, 6 frames a slow step", 40, 6, 6, 300, 150000, 0, 240, LBI_BUNCHING_NONE},
    {"speculative, 10 frames a step", 40, 10, 10, 300, 60000, 0, 400, LBI_BUNCHING_NONE},
    {"Nagle at 500 tokens/s", 20, 20, 20, 100, 40000, 0, 400, LBI_BUNCHING_NONE},
    {"Nagle at 1,000 tokens/s", 10, 40, 40, 100, 40000, 0, 400, LBI_BUNCHING_NONE},
    {"full packets of 6 frames", 20, 6, 6, 200, 120000, 0, 120, LBI_BUNCHING_NONE},
    {"reasoning model, long silence", 50, 1, 1, 60000, 15000, 0, 50, LBI_BUNCHING_NONE},
    {"gaps of two seconds", 10, 1, 1, 500, 2000000, 0, 10, LBI_BUNCHING_NONE},
    {"batched in a slow engine", 10, 2, 1, 1000, 400000, 200, 20, LBI_BUNCHING_NONE},
    /* cannot tell */
    {"four frames at once", 1, 4, 4, 2000, 0, 0, 4, LBI_BUNCHING_UNKNOWN},
    {"one frame with all", 1, 1, 1, 2000, 0, 0, 500, LBI_BUNCHING_UNKNOWN},
    {"a cached answer within 3 ms", 1, 50, 50, 3, 0, 0, 50, LBI_BUNCHING_UNKNOWN},
    {"nothing", 0, 0, 1, 2000, 0, 0, LB_UNKNOWN, LBI_BUNCHING_UNKNOWN},
    /* held back */
    {"all at once", 1, 100, 100, 2000, 0, 0, 100, LBI_BUNCHING_HELD},
    {"all at once, counts unknown", 1, 100, 100, 2000, 0, 0, LB_UNKNOWN, LBI_BUNCHING_HELD},
    {"five frames at once", 1, 5, 5, 200, 0, 0, 5, LBI_BUNCHING_HELD},
    {"all at once in reads of 16 KB", 1, 1000, 65, 20000, 0, 300, 1000, LBI_BUNCHING_HELD},
    {"all at once over a slow line", 1, 500, 65, 10000, 0, 14000, 500, LBI_BUNCHING_HELD},
    {"all at once, speculative", 1, 30, 30, 900, 0, 0, 150, LBI_BUNCHING_HELD},
    {"two reads", 1, 10, 9, 300, 0, 200, 10, LBI_BUNCHING_HELD},
    /* lumps */
    {"4 KB buffers at 50 tokens/s", 10, 17, 17, 400, 340000, 0, 170, LBI_BUNCHING_LUMPS},
    {"8 KB buffers, two reads each", 5, 35, 18, 700, 700000, 200, 175, LBI_BUNCHING_LUMPS},
    {"a lump a second", 8, 50, 50, 1000, 1000000, 0, 400, LBI_BUNCHING_LUMPS},
    {"two lumps", 2, 40, 40, 2000, 2000000, 0, 80, LBI_BUNCHING_LUMPS},
    {"4 KB buffers at 150 tokens/s", 20, 17, 17, 150, 113000, 0, 340, LBI_BUNCHING_LUMPS},
};

START_TEST(every_shape)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        enum lbi_bunching got = judge(&shapes[i]);
        ck_assert_msg(got == shapes[i].wanted, "%s: %s, wanted %s", shapes[i].name, names[got],
                      names[shapes[i].wanted]);
    }
}
END_TEST

START_TEST(unknown_clocks_tell_nothing)
{
    const struct lbi_arrivals a = {.chunks = 100,
                                   .reads = 1,
                                   .tokens = 100,
                                   .sent_ns = LB_UNKNOWN,
                                   .first_ns = 900 * MS,
                                   .last_ns = 900 * MS};

    ck_assert_int_eq(lbi_bunching_judge(&a), LBI_BUNCHING_UNKNOWN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bunching");
    TCase *tcase = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, every_shape);
    tcase_add_test(tcase, unknown_clocks_tell_nothing);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
