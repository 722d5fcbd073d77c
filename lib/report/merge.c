/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.c - shards of one run, put together as if one process had held them. Records are united and
 * their clocks brought to the common start; of what each shard knows of itself the worst counts.
 * Tested in tests/unit/test_pack.c.
 */
#include <math.h>
#include <string.h>

#include "report/pack.h"
#include "report/tree.h"

/* What must be equal for shards of one run. */
static const char *const same[] = {
    "workload.hash",       "workload.seed", "workload.nonce",    "workload.turns",
    "workload.max_tokens", "target.model",  "workload.shard.of", NULL};

static bool equal(struct json_object *a, struct json_object *b)
{
    return a == NULL || b == NULL ? a == b : json_object_equal(a, b) != 0;
}

static lb_err check_same(struct lb_ctx *ctx, struct json_object *a, struct json_object *b)
{
    for (size_t i = 0; same[i] != NULL; i++) {
        struct json_object *x = lbi_tree_get(a, same[i]);
        struct json_object *y = lbi_tree_get(b, same[i]);
        if (!equal(x, y))
            return lbi_fail(ctx, LB_E_INVALID, "not shards of one run: %s is %s here and %s there",
                            same[i], x != NULL ? json_object_get_string(x) : "null",
                            y != NULL ? json_object_get_string(y) : "null");
    }
    return LB_OK;
}

static bool has_shard(struct json_object *header, int64_t index)
{
    for (size_t i = 0; i < lbi_tree_size(header, "workload.shards"); i++) {
        struct json_object *item = lbi_tree_item(header, "workload.shards", i);
        if (json_object_get_int64(item) == index)
            return true;
    }
    return false;
}

/* Notes that a shard is in, and how many are still out. */
static void note_shard(struct lbi_tree *tree, struct json_object *header, int64_t index, int64_t of)
{
    struct json_object *workload = lbi_tree_get(header, "workload");
    struct json_object *list = lbi_tree_get(header, "workload.shards");

    if (list == NULL) {
        lbi_put(tree, workload, "shards", lbi_tree_array(tree));
        list = lbi_tree_get(workload, "shards"); /* not there when it could not be put */
    }
    struct json_object *number = json_object_new_int64(index);
    tree->failed = tree->failed || number == NULL;
    lbi_push(tree, list, number);
    int64_t present = (int64_t)lbi_tree_size(header, "workload.shards");
    lbi_put_int(tree, workload, "shards_missing", of - present);
}

static lb_err take_header(struct lb_dataset *into, struct json_object *from)
{
    struct lb_ctx *ctx = lbi_dataset_ctx(into);
    struct json_object *header = lbi_dataset_header(into);
    int64_t of = lbi_tree_int(from, "workload.shard.of", 0);
    int64_t index = lbi_tree_int(from, "workload.shard.index", -1);
    struct lbi_tree tree = {false};

    if (of < 1 || index < 0 || index >= of)
        return lbi_fail(ctx, LB_E_INVALID, "these records are of no shard: nothing to merge");
    if (header == NULL) {
        struct json_object *copy = NULL;
        if (json_object_deep_copy(from, &copy, NULL) != 0)
            return lbi_nomem(ctx);
        lbi_dataset_set_header(into, copy);
        header = copy;
    } else {
        lb_err err = check_same(ctx, header, from);
        if (err != LB_OK)
            return err;
        if (has_shard(header, index))
            return lbi_fail(ctx, LB_E_INVALID, "shard %lld is there twice", (long long)index);
    }
    note_shard(&tree, header, index, of);
    return tree.failed ? lbi_nomem(ctx) : LB_OK;
}

/* Each shard counts from its own start; the late ones began later. */
static lb_err take_records(struct lb_dataset *into, const struct lb_dataset *from)
{
    double late_ms = lbi_tree_number(lbi_dataset_footer(from), "start_late_ms");
    int64_t by = isfinite(late_ms) ? llround(late_ms * 1e6) : 0;

    return lbi_dataset_append(into, from, by);
}

enum how { WORST, LEAST, SUM };

static const struct {
    const char *section, *key;
    enum how how;
} numbers[] = {
    {"meter.loop_lag_ms", "p50", WORST},
    {"meter.loop_lag_ms", "p99", WORST},
    {"meter.loop_lag_ms", "max", WORST},
    {"meter", "cpu_s", SUM},
    {"meter", "cpu_us_per_chunk", WORST},
    {"meter", "peak_rss_bytes", WORST},
    {"meter", "threads", SUM},
    {"meter", "stamped_share", LEAST},
    {"stream", "tokens_per_read", WORST},
    {"stream", "chunks_per_token", WORST},
};

static double join(double a, double b, enum how how)
{
    if (!isfinite(a) || !isfinite(b))
        return isfinite(a) ? a : b;
    if (how == SUM)
        return a + b;
    return how == WORST ? fmax(a, b) : fmin(a, b);
}

static void merge_numbers(struct lbi_tree *tree, struct json_object *into, struct json_object *from)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct json_object *section = lbi_tree_get(into, numbers[i].section);
        struct json_object *other = lbi_tree_get(from, numbers[i].section);
        double value = join(lbi_tree_number(section, numbers[i].key),
                            lbi_tree_number(other, numbers[i].key), numbers[i].how);
        if (section != NULL && isfinite(value))
            lbi_put_number(tree, section, numbers[i].key, value);
    }
}

static bool has_warning(struct json_object *footer, const char *code)
{
    for (size_t i = 0; i < lbi_tree_size(footer, "warnings"); i++) {
        struct json_object *warning = lbi_tree_item(footer, "warnings", i);
        if (strcmp(lbi_tree_text(warning, "code"), code) == 0)
            return true;
    }
    return false;
}

static void merge_words(struct lbi_tree *tree, struct json_object *into, struct json_object *from)
{
    struct json_object *warnings = lbi_tree_get(into, "warnings");
    struct json_object *stream = lbi_tree_get(into, "stream");

    lbi_put_bool(tree, into, "partial",
                 lbi_tree_true(into, "partial") || lbi_tree_true(from, "partial"));
    lbi_put_bool(tree, into, "bounded",
                 lbi_tree_true(into, "bounded") || lbi_tree_true(from, "bounded"));
    if (strcmp(lbi_tree_text(from, "ended"), lbi_tree_text(into, "ended")) > 0)
        lbi_put_same(tree, into, "ended", from, "ended");
    if (stream != NULL && lbi_tree_true(from, "stream.buffered")) {
        lbi_put_bool(tree, stream, "buffered", true);
        lbi_put_same(tree, stream, "evidence", from, "stream.evidence");
    }
    for (size_t i = 0; warnings != NULL && i < lbi_tree_size(from, "warnings"); i++) {
        struct json_object *warning = lbi_tree_item(from, "warnings", i);
        if (!has_warning(into, lbi_tree_text(warning, "code")))
            lbi_push(tree, warnings, json_object_get(warning));
    }
}

static lb_err take_footer(struct lb_dataset *into, struct json_object *from, bool first)
{
    struct json_object *footer = lbi_dataset_footer(into);
    struct lbi_tree tree = {false};

    if (from == NULL || (footer == NULL && !first)) { /* one was cut: so is the whole */
        lbi_dataset_set_footer(into, NULL);
        return LB_OK;
    }
    if (first) {
        struct json_object *copy = NULL;
        if (json_object_deep_copy(from, &copy, NULL) != 0)
            return lbi_nomem(lbi_dataset_ctx(into));
        lbi_dataset_set_footer(into, copy);
        return LB_OK;
    }
    merge_numbers(&tree, footer, from);
    merge_words(&tree, footer, from);
    return tree.failed ? lbi_nomem(lbi_dataset_ctx(into)) : LB_OK;
}

lb_err lbi_dataset_merge(struct lb_dataset *into, const struct lb_dataset *from)
{
    bool first = lbi_dataset_header(into) == NULL;
    lb_err err = take_header(into, lbi_dataset_header(from));

    if (err == LB_OK)
        err = take_records(into, from);
    if (err == LB_OK)
        err = take_footer(into, lbi_dataset_footer(from), first);
    return err;
}
