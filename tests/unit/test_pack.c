/* SPDX-License-Identifier: Apache-2.0 */
/* test_pack.c - packed records: there and back without a loss, and no trust in what comes in. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "report/pack.h"
#include "report/tree.h"

static lb_ctx *ctx;

static void set_up(void)
{
    ck_assert_int_eq(lb_ctx_new(&ctx, NULL, 0), LB_OK);
}

static void tear_down(void)
{
    lb_ctx_free(ctx);
}

static int64_t maybe(struct lbi_rng *rng, uint64_t below)
{
    return lbi_rng_below(rng, 5) == 0 ? LB_UNKNOWN : (int64_t)lbi_rng_below(rng, below);
}

static void random_turn(struct lbi_rng *rng, lb_turn *turn, int64_t *gaps)
{
    static const char *const errors[] = {"", "", "", "timeout", "rate_limit"};

    lbi_turn_init(turn);
    turn->conversation = (int64_t)lbi_rng_below(rng, 50);
    turn->turn = 1 + (int32_t)lbi_rng_below(rng, 10);
    turn->worker = (int32_t)lbi_rng_below(rng, 8);
    turn->start_ns = (int64_t)lbi_rng_below(rng, 100000000000) - 1000000000;
    turn->due_ns = turn->start_ns - (int64_t)lbi_rng_below(rng, 1000);
    turn->sent_ns = maybe(rng, 1000000) == LB_UNKNOWN ? LB_UNKNOWN : turn->start_ns + 5000;
    turn->first_byte_ns = turn->sent_ns == LB_UNKNOWN ? LB_UNKNOWN : turn->sent_ns + 777;
    turn->first_token_ns = maybe(rng, 9) == LB_UNKNOWN ? LB_UNKNOWN : turn->start_ns + 123456789;
    turn->done_ns = turn->start_ns + 999999999;
    turn->dns_ns = maybe(rng, 1000);
    turn->connect_ns = maybe(rng, 100000);
    turn->tls_ns = 0;
    turn->prompt_tokens = maybe(rng, 10000);
    turn->cached_tokens = maybe(rng, 10000);
    turn->completion_tokens = maybe(rng, 500);
    turn->chunks = (int32_t)lbi_rng_below(rng, 500);
    turn->status = 200;
    turn->attempt = 1;
    turn->reused = (int32_t)lbi_rng_below(rng, 2);
    turn->code = (int32_t)lbi_rng_below(rng, 3) - 1;
    turn->error = errors[lbi_rng_below(rng, 5)];
    turn->model = "m";
    turn->document = lbi_rng_below(rng, 2) == 0 ? "a.md" : "b.c";
    turn->gap_count = (size_t)lbi_rng_below(rng, 4);
    for (size_t i = 0; i < turn->gap_count; i++)
        gaps[i] = (int64_t)lbi_rng_below(rng, 50000000);
    turn->gaps_ns = turn->gap_count > 0 ? gaps : NULL;
}

static struct lb_dataset *random_dataset(uint64_t seed, size_t count)
{
    struct lb_dataset *dataset = NULL;
    struct lbi_rng rng;
    const char *why;
    static const char header[] = "{\"schema\":\"litebench.records/1\",\"workload\":{\"turns\":3}}";

    ck_assert_int_eq(lbi_dataset_new(&dataset, ctx), LB_OK);
    lbi_rng_init(&rng, seed, LBI_RNG_PLAN, 0);
    lbi_dataset_set_header(dataset, lbi_tree_parse(header, sizeof(header) - 1, &why));
    for (size_t i = 0; i < count; i++) {
        lb_turn turn;
        int64_t gaps[4];
        random_turn(&rng, &turn, gaps);
        ck_assert_int_eq(lbi_dataset_add(dataset, &turn), LB_OK);
    }
    return dataset;
}

static lb_err add_text(void *user, const char *data, size_t len)
{
    lbi_buf_add(user, data, len);
    return LB_OK;
}

static void write_ndjson(struct lbi_buf *out, const struct lb_dataset *dataset)
{
    lbi_buf_init(out, &lbi_mem_libc);
    ck_assert_int_eq(lb_dataset_write(dataset, "ndjson", add_text, out), LB_OK);
}

START_TEST(there_and_back)
{
    struct lb_dataset *dataset = random_dataset(1, 300);
    struct lb_dataset *again = NULL;
    struct lbi_buf packed, before, after;

    lbi_buf_init(&packed, &lbi_mem_libc);
    ck_assert_int_eq(lbi_pack(&packed, dataset), LB_OK);
    ck_assert_uint_lt(packed.len, 300 * 60);
    ck_assert_int_eq(lbi_dataset_new(&again, ctx), LB_OK);
    ck_assert_int_eq(lb_dataset_load(again, packed.data, packed.len), LB_OK);
    write_ndjson(&before, dataset);
    write_ndjson(&after, again);
    ck_assert_str_eq(before.data, after.data);
    lbi_buf_free(&packed);
    lbi_buf_free(&before);
    lbi_buf_free(&after);
    lbi_dataset_free(dataset);
    lbi_dataset_free(again);
}
END_TEST

/* Whatever is cut or changed: an error or other records, never a crash. */
START_TEST(damage)
{
    struct lb_dataset *dataset = random_dataset(2, 20);
    struct lbi_buf packed;
    struct lbi_rng rng;

    lbi_buf_init(&packed, &lbi_mem_libc);
    ck_assert_int_eq(lbi_pack(&packed, dataset), LB_OK);
    lbi_rng_init(&rng, 3, LBI_RNG_PLAN, 0);
    for (size_t i = 0; i < packed.len + 2000; i++) {
        struct lb_dataset *again = NULL;
        bool cut = i < packed.len;
        size_t len = cut ? i : packed.len;
        size_t at = (size_t)lbi_rng_below(&rng, packed.len);
        char was = packed.data[at];
        if (!cut)
            packed.data[at] = (char)lbi_rng_below(&rng, 256);
        ck_assert_int_eq(lbi_dataset_new(&again, ctx), LB_OK);
        lb_err err = lbi_unpack(again, packed.data, len);
        if (cut)
            ck_assert_int_ne(err, LB_OK);
        packed.data[at] = was;
        lbi_dataset_free(again);
    }
    lbi_buf_free(&packed);
    lbi_dataset_free(dataset);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pack");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, there_and_back);
    tcase_add_test(tcase, damage);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
