/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.c - see quota.h. The estimate: a quota that renews every minute has let through, in the
 * minute before it refuses, all that it allows; whether its minute slides or starts anew, never
 * less. So the least such number over all refusals is nearest to it.
 */
#include "report/quota.h"

#include <stdlib.h>
#include <string.h>

#include "report/tree.h"

#define MINUTE_NS INT64_C(60000000000)

void lbi_quota_read(struct lbi_quota *quota, const char *gateway_json)
{
    const char *why;
    struct json_object *notes =
        *gateway_json != '\0' ? lbi_tree_parse(gateway_json, strlen(gateway_json), &why) : NULL;

    if (json_object_is_type(notes, json_type_object)) {
        json_object_object_foreach(notes, key, value)
        {
            const char *text = value != NULL ? json_object_get_string(value) : "";
            lbi_quota_header(quota, key, strlen(key), text, strlen(text));
        }
    }
    (void)json_object_put(notes);
}

static bool is_refused(const lb_turn *turn)
{
    return strcmp(turn->error, "rate_limit") == 0;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* How many of `times`, which are in order, are not after `limit`. */
static size_t count_until(const int64_t *times, size_t count, int64_t limit)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (times[middle] <= limit)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* Starts of the answered ones in front, those of the refused ones at the back. */
static void gather(const struct lbi_view *view, int64_t *times, size_t *answered, size_t *refused,
                   struct lbi_quota *said)
{
    for (size_t i = 0; i < view->count; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        if (is_refused(&turn) && said->requests == LB_UNKNOWN)
            lbi_quota_read(said, turn.gateway_json);
        if (turn.start_ns == LB_UNKNOWN || turn.status == 0)
            continue;
        if (is_refused(&turn))
            times[view->count - ++*refused] = turn.start_ns;
        else
            times[(*answered)++] = turn.start_ns;
    }
}

lb_err lbi_quota_of(struct lbi_quota_hit *out, const struct lbi_view *view)
{
    int64_t *times = lbi_alloc(view->mem, (view->count + 1) * sizeof(*times));
    size_t answered = 0;
    size_t refused = 0;

    lbi_quota_init(&out->said);
    out->estimate = 0;
    if (times == NULL)
        return LB_E_NOMEM;
    gather(view, times, &answered, &refused, &out->said);
    qsort(times, answered, sizeof(*times), by_time);
    for (size_t i = 0; i < refused; i++) {
        int64_t at = times[view->count - 1 - i];
        size_t let =
            count_until(times, answered, at) - count_until(times, answered, at - MINUTE_NS);
        if (let > 0 && (out->estimate == 0 || (int64_t)let < out->estimate))
            out->estimate = (int64_t)let;
    }
    lbi_free(view->mem, times);
    return LB_OK;
}
