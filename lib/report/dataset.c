/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dataset.c - the records of a run: rows in blocks that never move, their strings, their gaps, and
 * the two trees around them. Must not know statistics. Tested in tests/unit/test_dataset.c.
 */
#include "report/dataset_row.h"

#include <string.h>

lb_err lbi_dataset_new(struct lb_dataset **out, struct lb_ctx *ctx)
{
    struct lb_dataset *dataset = lbi_zalloc(&ctx->mem, sizeof(*dataset));
    struct lbi_scratch *scratch = lbi_zalloc(&ctx->mem, sizeof(*scratch));

    if (dataset == NULL || scratch == NULL) {
        lbi_free(&ctx->mem, dataset);
        lbi_free(&ctx->mem, scratch);
        return lbi_nomem(ctx);
    }
    dataset->scratch = scratch;
    dataset->ctx = lbi_ctx_ref(ctx);
    lbi_strings_init(&dataset->strings, &ctx->mem);
    lbi_gaps_init(&dataset->gaps, &ctx->mem);
    *out = dataset;
    return LB_OK;
}

void lbi_dataset_free(struct lb_dataset *dataset)
{
    if (dataset == NULL)
        return;
    struct lb_ctx *ctx = dataset->ctx;
    for (size_t i = 0; i * LBI_BLOCK_ROWS < dataset->count; i++)
        lbi_free(&ctx->mem, dataset->blocks[i]);
    lbi_free(&ctx->mem, dataset->blocks);
    lbi_free(&ctx->mem, dataset->extras);
    lbi_free(&ctx->mem, dataset->scratch->gaps);
    lbi_free(&ctx->mem, dataset->scratch);
    lbi_gaps_free(&dataset->gaps);
    lbi_strings_free(&dataset->strings);
    (void)json_object_put(dataset->header);
    (void)json_object_put(dataset->footer);
    lbi_free(&ctx->mem, dataset);
    lbi_ctx_unref(ctx);
}

static lb_err pack_gaps(struct lb_dataset *dataset, struct lbi_row *row, const lb_turn *turn)
{
    size_t first = 0;
    bool kept = false;

    bool measured = lbi_row_is_measured(row);
    bool ok = turn->error == NULL || *turn->error == '\0';

    /* Statistics of gaps are over successful measured requests: only these use the budget. */
    row->gap_first = row->gap_count = 0;
    if (turn->gaps_ns == NULL || turn->gap_count == 0 || !measured || !ok)
        return LB_OK;
    lb_err err = lbi_gaps_add(&dataset->gaps, &first, &kept, turn->gaps_ns, turn->gap_count);
    if (err != LB_OK || !kept)
        return err;
    row->gap_first = (uint32_t)first;
    row->gap_count = (uint32_t)turn->gap_count;
    return LB_OK;
}

static lb_err check_turn(struct lb_ctx *ctx, const struct lb_dataset *dataset, const lb_turn *turn)
{
    if (turn->conversation != LB_UNKNOWN &&
        (turn->conversation < 0 || turn->conversation >= (int64_t)LBI_NO_U32))
        return lbi_fail(ctx, LB_E_RANGE, "conversation %lld is out of range 0..4294967294",
                        (long long)turn->conversation);
    if (turn->turn < 0 || turn->turn > UINT16_MAX)
        return lbi_fail(ctx, LB_E_RANGE, "turn %d is out of range 1..65535", (int)turn->turn);
    if (dataset->count >= LBI_NO_U32 - 1)
        return lbi_fail(ctx, LB_E_RANGE, "more than 4294967294 records");
    return LB_OK;
}

/* Room for one more row. */
static struct lbi_row *next_row(struct lb_dataset *dataset)
{
    size_t block = dataset->count / LBI_BLOCK_ROWS;

    if (dataset->count % LBI_BLOCK_ROWS == 0) {
        void *list = dataset->blocks;
        lb_err err = lbi_grow(&dataset->ctx->mem, &list, &dataset->blocks_cap, block,
                              sizeof(*dataset->blocks));
        dataset->blocks = list;
        if (err != LB_OK)
            return NULL;
        dataset->blocks[block] =
            lbi_alloc(&dataset->ctx->mem, LBI_BLOCK_ROWS * sizeof(struct lbi_row));
        if (dataset->blocks[block] == NULL)
            return NULL;
    }
    return dataset->blocks[block] + dataset->count % LBI_BLOCK_ROWS;
}

lb_err lbi_dataset_add(struct lb_dataset *dataset, const lb_turn *turn)
{
    struct lbi_row row;
    const char *id = turn->response_id == NULL ? "" : turn->response_id;
    lb_err err = check_turn(dataset->ctx, dataset, turn);

    if (err != LB_OK)
        return err;
    err = lbi_row_pack(dataset, &row, turn);
    if (err == LB_OK)
        err = lbi_strings_put(&dataset->strings, &row.response_id, id, strlen(id));
    if (err == LB_OK)
        err = pack_gaps(dataset, &row, turn);
    if (err != LB_OK)
        return err == LB_E_NOMEM ? lbi_nomem(dataset->ctx)
                                 : lbi_fail(dataset->ctx, err, "more than 8 GiB of text");
    struct lbi_row *place = next_row(dataset);
    if (place == NULL)
        return lbi_nomem(dataset->ctx);
    *place = row;
    dataset->count++;
    return LB_OK;
}

void lbi_dataset_set_header(struct lb_dataset *dataset, struct json_object *header)
{
    (void)json_object_put(dataset->header);
    dataset->header = header;
}

void lbi_dataset_set_footer(struct lb_dataset *dataset, struct json_object *footer)
{
    (void)json_object_put(dataset->footer);
    dataset->footer = footer;
}

struct json_object *lbi_dataset_header(const struct lb_dataset *dataset)
{
    return dataset->header;
}

struct json_object *lbi_dataset_footer(const struct lb_dataset *dataset)
{
    return dataset->footer;
}

struct lb_ctx *lbi_dataset_ctx(const struct lb_dataset *dataset)
{
    return dataset->ctx;
}

size_t lbi_dataset_count(const struct lb_dataset *dataset)
{
    return dataset->count;
}

static const struct lbi_row *row_at(const struct lb_dataset *dataset, size_t index)
{
    return dataset->blocks[index / LBI_BLOCK_ROWS] + index % LBI_BLOCK_ROWS;
}

void lbi_dataset_row(const struct lb_dataset *dataset, lb_turn *out, size_t index)
{
    lbi_row_unpack(dataset, row_at(dataset, index), out);
}

const struct lbi_gaps *lbi_dataset_gaps(const struct lb_dataset *dataset, size_t *first,
                                        size_t *count, size_t index)
{
    const struct lbi_row *row = row_at(dataset, index);

    *first = row->gap_first;
    *count = row->gap_count;
    return &dataset->gaps;
}

lb_err lbi_dataset_read(const struct lb_dataset *dataset, lb_turn *out, size_t index)
{
    struct lbi_scratch *scratch = dataset->scratch;
    const struct lbi_row *row = row_at(dataset, index);

    lbi_dataset_row(dataset, out, index);
    if (row->gap_count == 0)
        return LB_OK;
    if (row->gap_count > scratch->cap) {
        size_t size = row->gap_count * sizeof(*scratch->gaps);
        int64_t *gaps = lbi_realloc(&dataset->ctx->mem, scratch->gaps, size);
        if (gaps == NULL)
            return lbi_nomem(dataset->ctx);
        scratch->gaps = gaps;
        scratch->cap = row->gap_count;
    }
    for (size_t i = 0; i < row->gap_count; i++)
        scratch->gaps[i] = lbi_gaps_ns(&dataset->gaps, row->gap_first + i);
    out->gaps_ns = scratch->gaps;
    out->gap_count = row->gap_count;
    return LB_OK;
}

void lbi_dataset_set_gap_budget(struct lb_dataset *dataset, size_t budget)
{
    dataset->gaps.budget = budget;
}
