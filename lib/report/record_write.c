/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_write.c - all records of a dataset as NDJSON or CSV, in pieces of bounded size, and a
 * copy of a dataset. Must not know files. Tested in tests/unit/test_dataset.c.
 */
#include <string.h>

#include "report/pack.h"
#include "report/record.h"

#define PIECE ((size_t)65536)

static lb_err flush(struct lbi_buf *out, size_t least, lb_write_cb write, void *user)
{
    if (out->err != LB_OK || out->len < least)
        return out->err;
    lb_err err = write(user, lbi_buf_text(out), out->len);
    lbi_buf_clear(out);
    return err;
}

/* `labels` is the cell of CSV, NULL for NDJSON. */
static lb_err write_rows(const struct lb_dataset *dataset, const char *labels, struct lbi_buf *out,
                         lb_write_cb write, void *user)
{
    size_t count = lbi_dataset_count(dataset);
    lb_err err = LB_OK;

    for (size_t i = 0; i < count && err == LB_OK; i++) {
        lb_turn turn;
        err = lbi_dataset_read(dataset, &turn, i);
        if (err != LB_OK)
            break;
        if (labels != NULL)
            lbi_csv_turn(out, &turn, labels);
        else
            lbi_ndjson_turn(out, &turn);
        err = flush(out, PIECE, write, user);
    }
    return err;
}

static lb_err write_packed(const struct lb_dataset *dataset, struct lbi_buf *out, lb_write_cb write,
                           void *user)
{
    lb_err err = lbi_pack(out, dataset);

    if (err == LB_OK)
        err = flush(out, 1, write, user);
    lbi_buf_free(out);
    return err == LB_E_NOMEM ? lbi_nomem(lbi_dataset_ctx(dataset)) : err;
}

static lb_err write_lines(const struct lb_dataset *dataset, bool csv, struct lbi_buf *out,
                          lb_write_cb write, void *user)
{
    struct lbi_buf labels;

    lbi_buf_init(&labels, out->mem);
    if (csv) {
        lbi_csv_header(out);
        lbi_csv_labels(&labels, lbi_dataset_header(dataset));
    } else {
        lbi_ndjson_header(out, lbi_dataset_header(dataset));
    }
    lb_err err = labels.err;
    if (err == LB_OK)
        err = write_rows(dataset, csv ? lbi_buf_text(&labels) : NULL, out, write, user);
    lbi_buf_free(&labels);
    if (err == LB_OK && !csv && lbi_dataset_footer(dataset) != NULL)
        lbi_ndjson_footer(out, lbi_dataset_footer(dataset));
    return err == LB_OK ? flush(out, 1, write, user) : err;
}

lb_err lbi_dataset_write(const struct lb_dataset *dataset, const char *format, lb_write_cb write,
                         void *user)
{
    struct lb_ctx *ctx = lbi_dataset_ctx(dataset);
    bool csv = strcmp(format, "csv") == 0;
    struct lbi_buf out;

    if (!csv && strcmp(format, "packed") != 0 && strcmp(format, "ndjson") != 0)
        return lbi_fail(ctx, LB_E_NOTFOUND, "format %.40s is none of ndjson, csv, packed", format);
    if (lbi_dataset_want_rows(dataset) != LB_OK)
        return LB_E_STATE;
    lbi_buf_init(&out, &ctx->mem);
    if (strcmp(format, "packed") == 0)
        return write_packed(dataset, &out, write, user);
    lb_err err = write_lines(dataset, csv, &out, write, user);
    lbi_buf_free(&out);
    return err == LB_E_NOMEM ? lbi_nomem(ctx) : err;
}

lb_err lbi_dataset_copy(struct lb_dataset **out, const struct lb_dataset *dataset)
{
    struct lb_ctx *ctx = lbi_dataset_ctx(dataset);
    struct lb_dataset *copy = NULL;
    lb_err err = lbi_dataset_new(&copy, ctx);

    if (err != LB_OK)
        return err;
    lbi_dataset_set_header(copy, json_object_get(lbi_dataset_header(dataset)));
    lbi_dataset_set_footer(copy, json_object_get(lbi_dataset_footer(dataset)));
    err = lbi_dataset_append(copy, dataset, 0);
    if (err != LB_OK) {
        lbi_dataset_free(copy);
        return err;
    }
    *out = copy;
    return LB_OK;
}
