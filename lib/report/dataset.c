/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dataset.c - the records of a run: packed rows, their strings, their gaps, and the two trees
 * around them. Must not know statistics. Tested in tests/unit/test_dataset.c.
 */
#include "report/dataset_row.h"

#include <string.h>

#include "report/tally.h"
#include "report/tree.h"

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
    dataset->exact_limit = LBI_EXACT_LIMIT;
    lbi_strings_init(&dataset->strings, &ctx->mem);
    lbi_rows_init(&dataset->rows, &ctx->mem);
    lbi_gaps_init(&dataset->gaps, &ctx->mem);
    *out = dataset;
    return LB_OK;
}

void lbi_dataset_free(struct lb_dataset *dataset)
{
    if (dataset == NULL)
        return;
    struct lb_ctx *ctx = dataset->ctx;
    lbi_rows_free(&dataset->rows);
    lbi_tally_free(dataset->tally);
    if (dataset->pauses != NULL)
        lbi_binned_free(dataset->pauses, &ctx->mem);
    lbi_free(&ctx->mem, dataset->pauses);
    lbi_free(&ctx->mem, dataset->scratch->gaps);
    lbi_free(&ctx->mem, dataset->scratch);
    lbi_gaps_free(&dataset->gaps);
    lbi_strings_free(&dataset->strings);
    (void)json_object_put(dataset->header);
    (void)json_object_put(dataset->footer);
    lbi_free(&ctx->mem, dataset);
    lbi_ctx_unref(ctx);
}

static lb_err bin_pauses(struct lb_dataset *dataset, int64_t conversation, const int64_t *ns,
                         size_t count)
{
    uint32_t lot = lbi_lot_of((uint64_t)conversation);
    lb_err err = LB_OK;

    for (size_t i = 0; i < count && err == LB_OK; i++)
        err = lbi_binned_add(dataset->pauses, &dataset->ctx->mem, lot, ns[i]);
    return err;
}

/* From now on pauses are counted in bins; those that were kept are the first. */
static lb_err start_pauses(struct lb_dataset *dataset)
{
    lb_err err = LB_OK;

    if (dataset->pauses != NULL)
        return LB_OK;
    dataset->pauses = lbi_zalloc(&dataset->ctx->mem, sizeof(*dataset->pauses));
    if (dataset->pauses == NULL)
        return LB_E_NOMEM;
    for (size_t i = 0; i < dataset->rows.count && err == LB_OK; i++) {
        lb_turn turn;
        err = lbi_dataset_read(dataset, &turn, i);
        if (err == LB_OK)
            err = bin_pauses(dataset, turn.conversation, turn.gaps_ns, turn.gap_count);
    }
    return err;
}

/* Statistics of gaps are over successful measured requests: only these use the budget. */
static lb_err pack_gaps(struct lb_dataset *dataset, struct lbi_gap_place *place,
                        const lb_turn *turn)
{
    bool measured = turn->warmup <= 0 && turn->twin <= 0;
    bool ok = turn->error == NULL || *turn->error == '\0';
    bool kept = false;

    *place = (struct lbi_gap_place){0, 0};
    if (turn->gaps_ns == NULL || turn->gap_count == 0 || !measured || !ok)
        return LB_OK;
    lb_err err = lbi_gaps_add(&dataset->gaps, &place->first, &kept, turn->gaps_ns, turn->gap_count);
    if (err == LB_OK && kept)
        place->count = turn->gap_count;
    if (err != LB_OK || kept)
        return err;
    err = start_pauses(dataset);
    if (err == LB_OK)
        err = bin_pauses(dataset, turn->conversation, turn->gaps_ns, turn->gap_count);
    return err;
}

static lb_err check_turn(struct lb_ctx *ctx, const struct lb_dataset *dataset, const lb_turn *turn)
{
    if (turn->conversation != LB_UNKNOWN &&
        (turn->conversation < 0 || turn->conversation >= (int64_t)LBI_NO_U32))
        return lbi_fail(ctx, LB_E_RANGE, "conversation %lld is out of range 0..4294967294",
                        (long long)turn->conversation);
    if (turn->turn < 0 || turn->turn > UINT16_MAX)
        return lbi_fail(ctx, LB_E_RANGE, "turn %d is out of range 1..65535", (int)turn->turn);
    if (dataset->rows.count >= LBI_NO_U32 - 1)
        return lbi_fail(ctx, LB_E_RANGE, "more than 4294967294 records");
    return LB_OK;
}

static lb_err noted(const struct lb_dataset *dataset, lb_err err)
{
    if (err == LB_OK)
        return LB_OK;
    return err == LB_E_NOMEM ? lbi_nomem(dataset->ctx)
                             : lbi_fail(dataset->ctx, err, "more than 8 GiB of text or 64 models");
}

/* By way of a row, which derives durations and interns names: what is in the tally is the same as
 * if the record had been kept. Texts of its own would be kept for good. */
static lb_err tally_one(struct lb_dataset *dataset, const lb_turn *turn)
{
    unsigned char row[LBI_ROW_MAX];
    struct lbi_gap_place gaps = {0, 0};
    const unsigned char *id;
    lb_turn plain = *turn, whole;
    size_t len;

    plain.error_text = plain.document = plain.finish_reason = "";
    plain.gateway_json = plain.response_id = "";
    lb_err err = lbi_row_pack(dataset, row, &len, &plain, gaps);
    if (err != LB_OK)
        return err;
    lbi_row_unpack(dataset, row, &whole, &gaps, &id);
    return lbi_tally_add(dataset->tally, &whole,
                         turn->gateway_json == NULL ? "" : turn->gateway_json,
                         turn->response_id == NULL ? "" : turn->response_id);
}

/* The rows give way to a tally of them. */
static lb_err start_tally(struct lb_dataset *dataset)
{
    struct lbi_tally *tally = NULL;
    lb_err err = start_pauses(dataset);

    if (err == LB_OK)
        err = lbi_tally_new(&tally, dataset->ctx, &dataset->strings, dataset->pauses,
                            dataset->header);
    for (size_t i = 0; i < dataset->rows.count && err == LB_OK; i++) {
        struct lbi_gap_place gaps;
        const unsigned char *id;
        lb_turn turn;
        lbi_row_unpack(dataset, lbi_rows_at(&dataset->rows, i), &turn, &gaps, &id);
        err = lbi_tally_add(tally, &turn, turn.gateway_json, lbi_row_id(dataset, id));
    }
    if (err != LB_OK) {
        lbi_tally_free(tally);
        return err;
    }
    lbi_rows_free(&dataset->rows);
    lbi_gaps_close(&dataset->gaps);
    dataset->tally = tally;
    return LB_OK;
}

lb_err lbi_dataset_add(struct lb_dataset *dataset, const lb_turn *turn)
{
    unsigned char row[LBI_ROW_MAX];
    struct lbi_gap_place gaps;
    size_t len;
    lb_err err = check_turn(dataset->ctx, dataset, turn);

    if (err != LB_OK)
        return err;
    if (dataset->tally == NULL && dataset->rows.count >= dataset->exact_limit)
        err = start_tally(dataset);
    if (err == LB_OK)
        err = pack_gaps(dataset, &gaps, turn);
    if (err == LB_OK && dataset->tally != NULL)
        return noted(dataset, tally_one(dataset, turn));
    if (err == LB_OK)
        err = lbi_row_pack(dataset, row, &len, turn, gaps);
    if (err == LB_OK)
        err = lbi_rows_add(&dataset->rows, row, len);
    return noted(dataset, err);
}

static lb_err append_pauses(struct lb_dataset *into, const struct lbi_binned *from)
{
    lb_err err = start_pauses(into);

    into->gaps.spent = true;
    return err == LB_OK ? lbi_binned_merge(into->pauses, &into->ctx->mem, from) : err;
}

lb_err lbi_dataset_append(struct lb_dataset *into, const struct lb_dataset *from, int64_t by_ns)
{
    lb_err err = LB_OK;

    for (size_t i = 0; i < from->rows.count && err == LB_OK; i++) {
        lb_turn turn;
        err = lbi_dataset_read(from, &turn, i);
        if (err != LB_OK)
            break;
        lbi_turn_shift(&turn, by_ns);
        if (from->pauses != NULL) /* they come all together below */
            turn.gap_count = 0;
        err = lbi_dataset_add(into, &turn);
    }
    if (from->tally != NULL && err == LB_OK && into->tally == NULL)
        err = start_tally(into);
    if (from->tally != NULL && err == LB_OK)
        err = lbi_tally_merge(into->tally, from->tally, by_ns);
    if (from->pauses != NULL && err == LB_OK)
        err = append_pauses(into, from->pauses);
    return noted(into, err);
}

void lbi_dataset_set_header(struct lb_dataset *dataset, struct json_object *header)
{
    int64_t limit = lbi_tree_int(header, "workload.exact_limit", LBI_EXACT_LIMIT);

    (void)json_object_put(dataset->header);
    dataset->header = header;
    dataset->exact_limit = limit > 0 ? (size_t)limit : LBI_EXACT_LIMIT;
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
    return dataset->rows.count;
}

size_t lbi_dataset_size(const struct lb_dataset *dataset)
{
    return dataset->tally != NULL ? (size_t)dataset->tally->records : dataset->rows.count;
}

const struct lbi_tally *lbi_dataset_tally(const struct lb_dataset *dataset)
{
    return dataset->tally;
}

const struct lbi_binned *lbi_dataset_pauses(const struct lb_dataset *dataset)
{
    return dataset->pauses;
}

lb_err lbi_dataset_want_rows(const struct lb_dataset *dataset)
{
    if (dataset->tally == NULL)
        return LB_OK;
    return lbi_fail(dataset->ctx, LB_E_STATE,
                    "%zu records are more than the %zu that are kept one by one "
                    "(output.exact_limit): they are in the NDJSON only",
                    lbi_dataset_size(dataset), dataset->exact_limit);
}

void lbi_dataset_row(const struct lb_dataset *dataset, lb_turn *out, size_t index)
{
    struct lbi_gap_place gaps;
    const unsigned char *id;

    lbi_row_unpack(dataset, lbi_rows_at(&dataset->rows, index), out, &gaps, &id);
}

const struct lbi_gaps *lbi_dataset_gaps(const struct lb_dataset *dataset, size_t *first,
                                        size_t *count, size_t index)
{
    struct lbi_gap_place gaps;
    const unsigned char *id;
    lb_turn turn;

    lbi_row_unpack(dataset, lbi_rows_at(&dataset->rows, index), &turn, &gaps, &id);
    *first = gaps.first;
    *count = gaps.count;
    return &dataset->gaps;
}

uint64_t lbi_dataset_id_hash(const struct lb_dataset *dataset, size_t index)
{
    struct lbi_gap_place gaps;
    const unsigned char *id;
    lb_turn turn;

    lbi_row_unpack(dataset, lbi_rows_at(&dataset->rows, index), &turn, &gaps, &id);
    return lbi_row_id_hash(dataset, id);
}

lb_err lbi_dataset_read(const struct lb_dataset *dataset, lb_turn *out, size_t index)
{
    struct lbi_scratch *scratch = dataset->scratch;
    struct lbi_gap_place gaps;
    const unsigned char *id;

    lbi_row_unpack(dataset, lbi_rows_at(&dataset->rows, index), out, &gaps, &id);
    out->response_id = lbi_row_id(dataset, id);
    if (gaps.count == 0)
        return LB_OK;
    if (gaps.count > scratch->cap) {
        size_t size = gaps.count * sizeof(*scratch->gaps);
        int64_t *room = lbi_realloc(&dataset->ctx->mem, scratch->gaps, size);
        if (room == NULL)
            return lbi_nomem(dataset->ctx);
        scratch->gaps = room;
        scratch->cap = gaps.count;
    }
    for (size_t i = 0; i < gaps.count; i++)
        scratch->gaps[i] = lbi_gaps_ns(&dataset->gaps, gaps.first + i);
    out->gaps_ns = scratch->gaps;
    out->gap_count = gaps.count;
    return LB_OK;
}

void lbi_dataset_set_gap_budget(struct lb_dataset *dataset, size_t budget)
{
    dataset->gaps.budget = budget;
}
