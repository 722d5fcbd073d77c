/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold_counts.c - what came of the requests: counts, classes of errors, tokens, rates. Unknown
 * stays unknown: a server that reports no usage has no zero tokens. Tested in
 * tests/unit/test_fold.c.
 */
#include <math.h>
#include <string.h>

#include "report/fold.h"

lb_err lbi_count_name(const struct lbi_mem *mem, struct lbi_names *names, const char *name,
                      size_t times)
{
    for (size_t i = 0; i < names->count; i++) {
        if (names->items[i].name == name) {
            names->items[i].count += times;
            return LB_OK;
        }
    }
    void *grown = names->items;
    lb_err err = lbi_grow(mem, &grown, &names->cap, names->count, sizeof(*names->items));
    names->items = grown;
    if (err != LB_OK)
        return err;
    names->items[names->count++] = (struct lbi_count){name, times};
    return LB_OK;
}

/* Most frequent first, then by name: independent of the order of records. */
static void sort_names(struct lbi_names *names)
{
    struct lbi_count *items = names->items;

    for (size_t i = 1; i < names->count; i++) {
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

lb_err lbi_count_turn(struct lbi_part *part, const struct lbi_mem *mem, const lb_turn *turn)
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
        err = lbi_count_name(mem, &part->errors, turn->error, 1);
    }
    if (err == LB_OK && *turn->answered_by != '\0' && role <= LBI_ROLE_FAILED)
        err = lbi_count_name(mem, &part->answered, turn->answered_by, 1);
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

void lbi_close_counts(struct lbi_part *part)
{
    part->counts.total = part->counts.ok + part->counts.failed;
    sort_names(&part->errors);
    sort_names(&part->answered);
}

lb_err lbi_fold_counts(struct lbi_part *part, const struct lbi_mem *mem)
{
    lb_err err = LB_OK;

    for (size_t i = 0; i < part->view.count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        err = lbi_count_turn(part, mem, &turn);
    }
    lbi_close_counts(part);
    count_outside(part);
    return err;
}

void lbi_widen_span(struct lbi_span *span, const lb_turn *turn)
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

void lbi_take_usage(struct lbi_tokens *tokens, const lb_turn *turn)
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
static double wall_of(const struct lbi_part *part, const struct lbi_span *span)
{
    bool own_begin = span->first_start != INT64_MAX && (span->first_start < 0 || !part->view.whole);

    if (span->last_done == INT64_MIN)
        return (double)NAN;
    return (double)(span->last_done - (own_begin ? span->first_start : 0)) / 1e6;
}

void lbi_begin_tokens(struct lbi_tokens *tokens, struct lbi_span *span)
{
    *span = (struct lbi_span){.first_start = INT64_MAX, .last_done = INT64_MIN};
    *tokens = (struct lbi_tokens){.prompt = (double)NAN,
                                  .cached = (double)NAN,
                                  .completion = (double)NAN,
                                  .chunks = (double)NAN};
}

void lbi_close_tokens(struct lbi_part *part, const struct lbi_span *span)
{
    struct lbi_tokens *tokens = &part->tokens;
    double seconds = (double)NAN;

    estimate(tokens);
    if (span->first_start != INT64_MAX && span->last_done != INT64_MIN)
        seconds = (double)(span->last_done - span->first_start) / 1e9;
    part->rates.requests = per_second((double)part->counts.ok, seconds);
    part->rates.output_tokens = per_second(tokens->completion, seconds);
    part->rates.input_tokens = per_second(tokens->prompt, seconds);
    part->rates.chunks = per_second(tokens->chunks, seconds);
    part->wall_ms = wall_of(part, span);
}

void lbi_fold_tokens(struct lbi_part *part)
{
    struct lbi_span span;

    lbi_begin_tokens(&part->tokens, &span);
    for (size_t i = 0; i < part->view.count; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        lbi_widen_span(&span, &turn);
        if (lbi_role_of(&turn) == LBI_ROLE_OK)
            lbi_take_usage(&part->tokens, &turn);
    }
    lbi_close_tokens(part, &span);
}
