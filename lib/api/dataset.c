/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dataset.c - records for callers: arguments are looked at here, the work is done in lib/report.
 * Tested in tests/unit/test_dataset.c.
 */
#include "report/dataset.h"

#include <string.h>

#include "api/size.h"
#include "report/pack.h"
#include "report/quota.h"
#include "report/record.h"

lb_err lb_turn_quota(int64_t *requests, int64_t *tokens, const char *gateway_json)
{
    struct lbi_quota quota;

    if (gateway_json == NULL)
        return LB_E_INVALID;
    lbi_quota_init(&quota);
    lbi_quota_read(&quota, gateway_json);
    if (requests != NULL)
        *requests = quota.requests;
    if (tokens != NULL)
        *tokens = quota.tokens;
    return LB_OK;
}

lb_err lb_dataset_new(lb_dataset **out, lb_ctx *ctx)
{
    if (ctx == NULL)
        return LB_E_INVALID;
    if (out == NULL)
        return lbi_fail(ctx, LB_E_INVALID, "lb_dataset_new: no place for the result");
    return lbi_dataset_new(out, ctx);
}

void lb_dataset_free(lb_dataset *dataset)
{
    lbi_dataset_free(dataset);
}

void lb_turn_init(lb_turn *out, size_t size)
{
    lb_turn turn;

    if (out == NULL)
        return;
    lbi_turn_init(&turn);
    lbi_copy_out(out, size, &turn, sizeof(turn));
}

lb_err lb_dataset_add(lb_dataset *dataset, const lb_turn *turn, size_t size)
{
    lb_turn whole;

    if (dataset == NULL)
        return LB_E_INVALID;
    if (turn == NULL || size == 0)
        return lbi_fail(lbi_dataset_ctx(dataset), LB_E_INVALID, "lb_dataset_add: no record");
    lbi_turn_init(&whole); /* what an older caller does not know is unknown */
    memcpy(&whole, turn, size < sizeof(whole) ? size : sizeof(whole));
    return lbi_dataset_add(dataset, &whole);
}

lb_err lb_dataset_load(lb_dataset *dataset, const char *text, size_t len)
{
    if (dataset == NULL)
        return LB_E_INVALID;
    if (text == NULL)
        return lbi_fail(lbi_dataset_ctx(dataset), LB_E_INVALID, "lb_dataset_load: no text");
    if (lbi_is_packed(text, len))
        return lbi_unpack(dataset, text, len);
    return lbi_dataset_load(dataset, text, len);
}

lb_err lb_dataset_merge(lb_dataset *into, const lb_dataset *from)
{
    return into == NULL || from == NULL ? LB_E_INVALID : lbi_dataset_merge(into, from);
}

size_t lb_dataset_size(const lb_dataset *dataset)
{
    return dataset == NULL ? 0 : lbi_dataset_size(dataset);
}

lb_err lb_dataset_at(const lb_dataset *dataset, lb_turn *out, size_t size, size_t index)
{
    lb_turn turn;

    if (dataset == NULL || out == NULL)
        return LB_E_INVALID;
    if (index >= lbi_dataset_size(dataset))
        return LB_E_RANGE;
    lb_err err = lbi_dataset_want_rows(dataset);
    if (err == LB_OK)
        err = lbi_dataset_read(dataset, &turn, index);
    if (err == LB_OK)
        lbi_copy_out(out, size, &turn, sizeof(turn));
    return err;
}

lb_err lb_dataset_write(const lb_dataset *dataset, const char *format, lb_write_cb write,
                        void *user)
{
    if (dataset == NULL)
        return LB_E_INVALID;
    if (format == NULL || write == NULL)
        return lbi_fail(lbi_dataset_ctx(dataset), LB_E_INVALID,
                        "lb_dataset_write: no format or nothing to write to");
    return lbi_dataset_write(dataset, format, write, user);
}
