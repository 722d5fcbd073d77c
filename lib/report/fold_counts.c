/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold_counts.c - what came of the requests: counts, classes of errors, tokens, rates. Unknown
 * stays unknown: a server that reports no usage has no zero tokens. Tested in
 * tests/unit/test_fold.c.
 */
#include <math.h>
#include <string.h>

#include "report/fold.h"

static lb_err count_name(const struct lbi_mem *mem, struct lbi_count **items, size_t *cap,
                         size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++) {
        if ((*items)[i].name == name) {
            (*items)[i].count++;
            return LB_OK;
        }
    }
    void *grown = *items;
    lb_err err = lbi_grow(mem, &grown, cap, *count, sizeof(**items));
    *items = grown;
    if (err != LB_OK)
        return err;
    (*items)[(*count)++] = (struct lbi_count){name, 1};
    return LB_OK;
}

/* Most frequent first, then by name: independent of the order of records. */
static void sort_counts(struct lbi_count *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct lbi_count item = items[i];
        size_t j = i;
        for (; j > 0; j--) {
            const struct lbi_count *before = &items[j - 1];
            bool in_order = before->count > item.count ||
                            (before->count == item.count && strcmp(before->name, item.name) < 0);
            if (in_order)
                break;
            items[j] = *before;
        }
        items[j] = item;
    }
}

/* A request without a status may still have been answered: its class says. */
static bool was_answered(const lb_turn *turn)
{
    static const char *const silent[] = {"dns",     "connect",    "tls",
                                         "timeout", "stream_cut", "cancelled"};

    if (turn->status > 0)
        return true;
    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
        if (strcmp(turn->error, silent[i]) == 0)
            return false;
    }
    return true;
}

static lb_err count_one(struct lbi_part *part, const struct lbi_mem *mem, const lb_turn *turn)
{
    struct lbi_counts *counts = &part->counts;
    enum lbi_role role = lbi_role_of(turn);
    lb_err err = LB_OK;

    counts->any_answer = counts->any_answer || was_answered(turn);
    counts->ok += role == LBI_ROLE_OK;
    counts->failed += role == LBI_ROLE_FAILED;
    counts->cancelled += role == LBI_ROLE_CANCELLED;
    if (role == LBI_ROLE_OK && turn->turn > 1 && turn->reused >= 0) {
        counts->later++;
        counts->later_new += turn->reused == 0;
    }
    if (role == LBI_ROLE_APART) {
        counts->retried += turn->attempt > 1;
        counts->reconnected += turn->attempt <= 1;
    }
    if (role == LBI_ROLE_FAILED) {
        counts->refused +=
            strcmp(turn->error, "auth") == 0 || strcmp(turn->error, "model_not_found") == 0;
        err = count_name(mem, &part->errors, &part->errors_cap, &part->error_count, turn->error);
    }
    if (err == LB_OK && *turn->answered_by != '\0' && role <= LBI_ROLE_FAILED)
        err = count_name(mem, &part->answered, &part->answered_cap, &part->answered_count,
                         turn->answered_by);
    return err;
}

/* Warm-up and twins stand outside every view. */
static void count_outside(struct lbi_part *part)
{
    const struct lb_dataset *dataset = part->view.dataset;
    size_t count = lbi_dataset_count(dataset);

    for (size_t i = 0; i < count; i++) {
        lb_turn turn;
        lbi_dataset_row(dataset, &turn, i);
        if (!part->view.whole && turn.model != part->model)
            continue;
        part->counts.warmup += turn.warmup != 0;
        part->counts.twins += turn.twin != 0 && !turn.warmup;
    }
}

lb_err lbi_fold_counts(struct lbi_part *part, const struct lbi_mem *mem)
{
    lb_err err = LB_OK;

    for (size_t i = 0; i < part->view.count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        err = count_one(part, mem, &turn);
    }
    part->counts.total = part->counts.ok + part->counts.failed;
    sort_counts(part->errors, part->error_count);
    sort_counts(part->answered, part->answered_count);
    count_outside(part);
    return err;
}

struct span {
    int64_t first_start, last_done;
};

static void widen(struct span *span, const lb_turn *turn)
{
    if (turn->start_ns != LB_UNKNOWN && turn->start_ns < span->first_start)
        span->first_start = turn->start_ns;
    if (turn->done_ns != LB_UNKNOWN && turn->done_ns > span->last_done)
        span->last_done = turn->done_ns;
}

static void add_known(double *sum, int64_t value)
{
    if (value != LB_UNKNOWN)
        *sum = (isfinite(*sum) ? *sum : 0) + (double)value;
}

static void take_usage(struct lbi_tokens *tokens, const lb_turn *turn)
{
    bool both = turn->cached_tokens != LB_UNKNOWN && turn->prompt_tokens != LB_UNKNOWN;

    add_known(&tokens->prompt, turn->prompt_tokens);
    add_known(&tokens->cached, turn->cached_tokens);
    add_known(&tokens->completion, turn->completion_tokens);
    tokens->from_server = tokens->from_server || turn->completion_tokens != LB_UNKNOWN ||
                          turn->prompt_tokens != LB_UNKNOWN;
    tokens->cached_known += both;
    tokens->cached_of++;
    add_known(&tokens->chunks, turn->chunks < 0 ? LB_UNKNOWN : turn->chunks);
}

/* Without any usage the frames are the best estimate of output tokens, and are called that. */
static void estimate(struct lbi_tokens *tokens)
{
    if (!tokens->from_server)
        tokens->completion = tokens->chunks;
}

static double per_second(double sum, double seconds)
{
    return isfinite(seconds) && seconds > 0 ? sum / seconds : (double)NAN;
}

/* The measured part begins at 0, think time included; a second model begins when it begins, and a
 * record made by hand may begin before 0. */
static double wall_of(const struct lbi_part *part, const struct span *span)
{
    bool own_begin = span->first_start != INT64_MAX && (span->first_start < 0 || !part->view.whole);

    if (span->last_done == INT64_MIN)
        return (double)NAN;
    return (double)(span->last_done - (own_begin ? span->first_start : 0)) / 1e6;
}

void lbi_fold_tokens(struct lbi_part *part)
{
    struct lbi_tokens *tokens = &part->tokens;
    struct span span = {.first_start = INT64_MAX, .last_done = INT64_MIN};

    *tokens = (struct lbi_tokens){.prompt = (double)NAN,
                                  .cached = (double)NAN,
                                  .completion = (double)NAN,
                                  .chunks = (double)NAN};
    for (size_t i = 0; i < part->view.count; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        widen(&span, &turn);
        if (lbi_role_of(&turn) == LBI_ROLE_OK)
            take_usage(tokens, &turn);
    }
    estimate(tokens);
    double seconds = (double)NAN;
    if (span.first_start != INT64_MAX && span.last_done != INT64_MIN)
        seconds = (double)(span.last_done - span.first_start) / 1e9;
    part->rates.requests = per_second((double)part->counts.ok, seconds);
    part->rates.output_tokens = per_second(tokens->completion, seconds);
    part->rates.input_tokens = per_second(tokens->prompt, seconds);
    part->rates.chunks = per_second(tokens->chunks, seconds);
    part->wall_ms = wall_of(part, &span);
}
