/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_records.c - any text as records is refused with words, or judged and shown; written out it
 * loads again and gives the same bytes, and cut anywhere it is never a PASS of the whole.
 */
#include "fuzz_api.h"

static lb_dataset *load(lb_ctx *ctx, const char *text, size_t len)
{
    lb_dataset *dataset = NULL;

    FUZZ_CHECK(lb_dataset_new(&dataset, ctx) == LB_OK);
    if (lb_dataset_load(dataset, text, len) == LB_OK)
        return dataset;
    fuzz_error(ctx);
    lb_dataset_free(dataset);
    return NULL;
}

static void again(const lb_dataset *dataset, lb_ctx *ctx)
{
    struct lbi_buf first = fuzz_records(dataset, "ndjson");
    lb_dataset *second = load(ctx, first.data, first.len);

    FUZZ_CHECK(second != NULL && lb_dataset_size(second) == lb_dataset_size(dataset));
    struct lbi_buf other = fuzz_records(second, "ndjson");
    FUZZ_CHECK(first.len == other.len && memcmp(first.data, other.data, first.len) == 0);
    lbi_buf_free(&first);
    lbi_buf_free(&other);
    lb_dataset_free(second);
}

static void show(const lb_dataset *dataset, lb_ctx *ctx)
{
    struct lbi_buf csv = fuzz_records(dataset, "csv");
    lb_turn turn;

    fuzz_plain(lbi_buf_text(&csv), csv.len);
    lbi_buf_free(&csv);
    for (size_t i = 0; i < lb_dataset_size(dataset); i++)
        FUZZ_CHECK(lb_dataset_at(dataset, &turn, sizeof(turn), i) == LB_OK);
    fuzz_report_of(dataset, ctx);
}

static void merge(const lb_dataset *dataset, lb_ctx *ctx)
{
    lb_dataset *whole = NULL;

    FUZZ_CHECK(lb_dataset_new(&whole, ctx) == LB_OK);
    if (lb_dataset_merge(whole, dataset) != LB_OK)
        fuzz_error(ctx);
    else
        FUZZ_CHECK(lb_dataset_merge(whole, dataset) != LB_OK); /* the same shard twice */
    fuzz_report_of(whole, ctx);
    lb_dataset_free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lbi_buf input;
    const char *text = fuzz_text(&input, data, size);
    lb_ctx *ctx = fuzz_ctx();
    lb_dataset *dataset = load(ctx, text, input.len);

    if (dataset != NULL) {
        again(dataset, ctx);
        show(dataset, ctx);
        merge(dataset, ctx);
    }
    lb_dataset_free(dataset);
    lb_ctx_free(ctx);
    lbi_buf_free(&input);
    return 0;
}
