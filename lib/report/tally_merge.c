/* SPDX-License-Identifier: Apache-2.0 */
/* tally_merge.c - tallies of parts of a run, put together: sums add up. Tested in
 * tests/unit/test_tally.c. */
#include <math.h>
#include <string.h>

#include "report/tally.h"

static lb_err merge_names(const struct lbi_tally *tally, struct lbi_names *into,
                          const struct lbi_names *from)
{
    const char *name;
    lb_err err = LB_OK;

    for (size_t i = 0; i < from->count && err == LB_OK; i++) {
        err = lbi_tally_intern(tally, &name, from->items[i].name);
        if (err == LB_OK)
            err = lbi_count_name(&tally->ctx->mem, into, name, from->items[i].count);
    }
    return err;
}

static void merge_counts(struct lbi_counts *into, const struct lbi_counts *from)
{
    into->ok += from->ok;
    into->failed += from->failed;
    into->cancelled += from->cancelled;
    into->retried += from->retried;
    into->reconnected += from->reconnected;
    into->warmup += from->warmup;
    into->twins += from->twins;
    into->refused += from->refused;
    into->any_answer = into->any_answer || from->any_answer;
}

static double sum_known(double a, double b)
{
    return isnan(a) ? b : (isnan(b) ? a : a + b);
}

static void merge_tokens(struct lbi_tokens *into, const struct lbi_tokens *from)
{
    into->prompt = sum_known(into->prompt, from->prompt);
    into->cached = sum_known(into->cached, from->cached);
    into->completion = sum_known(into->completion, from->completion);
    into->chunks = sum_known(into->chunks, from->chunks);
    into->from_server = into->from_server || from->from_server;
    into->cached_known += from->cached_known;
    into->cached_of += from->cached_of;
}

static void merge_gateway(struct lbi_gateway *into, const struct lbi_gateway *from)
{
    into->answers += from->answers;
    into->retried += from->retried;
    into->fallbacks += from->fallbacks;
    into->stored += from->stored;
}

static void merge_sums(struct lbi_tally_sums *into, const struct lbi_tally_sums *from)
{
    for (size_t lot = 0; lot < LBI_LOTS; lot++) {
        into->ok[lot] += from->ok[lot];
        into->failed[lot] += from->failed[lot];
        into->cache.cached[lot] += from->cache.cached[lot];
        into->cache.prompt[lot] += from->cache.prompt[lot];
    }
    into->cache.known += from->cache.known;
}

static lb_err merge_kind(struct lbi_tally_kind *into, const struct lbi_mem *mem,
                         const struct lbi_tally_kind *from)
{
    lb_err err = LB_OK;

    for (size_t lot = 0; lot < LBI_LOTS; lot++) {
        into->wordless[lot] += from->wordless[lot];
        into->perhaps_mute[lot] += from->perhaps_mute[lot];
    }
    merge_sums(&into->sums, &from->sums);
    for (size_t m = 0; m < LBI_M_DURATIONS && err == LB_OK; m++)
        err = lbi_binned_merge(&into->durations[m], mem, &from->durations[m]);
    return err;
}

static lb_err merge_turns(struct lbi_tally_part *into, const struct lbi_mem *mem,
                          const struct lbi_tally_part *from)
{
    lb_err err = LB_OK;

    for (size_t t = 0; t <= LBI_TALLY_TURNS && err == LB_OK; t++) {
        if (from->turns[t] == NULL)
            continue;
        if (into->turns[t] == NULL)
            into->turns[t] = lbi_zalloc(mem, sizeof(**into->turns));
        if (into->turns[t] == NULL)
            return LB_E_NOMEM;
        merge_sums(&into->turns[t]->sums, &from->turns[t]->sums);
        err = lbi_binned_merge(&into->turns[t]->ttft, mem, &from->turns[t]->ttft);
    }
    return err;
}

static void merge_state(struct lbi_session *into, const struct lbi_session *from)
{
    into->came += from->came;
    into->highest = from->highest > into->highest ? from->highest : into->highest;
    into->failed = into->failed || from->failed;
    into->cancelled = into->cancelled || from->cancelled;
    into->violated = into->violated || from->violated;
}

static lb_err merge_sessions(struct lbi_tally_part *into, const struct lbi_mem *mem,
                             const struct lbi_tally_part *from)
{
    struct lbi_sessions *sum = &into->part.sessions;
    const struct lbi_sessions *one = &from->part.sessions;
    bool fresh;

    into->lost_sessions = into->lost_sessions || from->lost_sessions;
    sum->total += one->total;
    sum->completed += one->completed;
    sum->aborted += one->aborted;
    sum->met += one->met;
    sum->judged += one->judged;
    for (size_t i = 0; i < from->open.cap; i++) {
        const struct lbi_open_session *session = &from->open.places[i];
        if (session->id == 0)
            continue;
        struct lbi_open_session *place =
            lbi_session_table_get(&into->open, mem, session->id - 1, &fresh);
        if (place == NULL)
            return LB_E_NOMEM;
        merge_state(&place->state, &session->state);
        sum->total -= !fresh; /* counted on both sides */
    }
    return LB_OK;
}

static void merge_span(struct lbi_span *into, const struct lbi_span *from, int64_t by_ns)
{
    if (from->first_start != INT64_MAX && from->first_start + by_ns < into->first_start)
        into->first_start = from->first_start + by_ns;
    if (from->last_done != INT64_MIN && from->last_done + by_ns > into->last_done)
        into->last_done = from->last_done + by_ns;
}

static lb_err merge_texts(const struct lbi_tally *tally, struct lbi_tally_part *into,
                          const struct lbi_tally_part *from)
{
    lb_err err = merge_names(tally, &into->part.errors, &from->part.errors);

    if (err == LB_OK)
        err = merge_names(tally, &into->part.answered, &from->part.answered);
    if (err == LB_OK && *into->http_version == '\0')
        err = lbi_tally_intern(tally, &into->http_version, from->http_version);
    if (err == LB_OK && *into->refused == '\0')
        err = lbi_tally_intern(tally, &into->refused, from->refused);
    return err;
}

static lb_err merge_part(const struct lbi_tally *tally, struct lbi_tally_part *into,
                         const struct lbi_tally_part *from, int64_t by_ns)
{
    const struct lbi_mem *mem = &tally->ctx->mem;
    lb_err err = merge_texts(tally, into, from);

    for (size_t k = 0; k < LBI_TALLY_KINDS && err == LB_OK; k++)
        err = merge_kind(&into->kinds[k], mem, &from->kinds[k]);
    if (err == LB_OK)
        err = merge_turns(into, mem, from);
    if (err == LB_OK)
        err = merge_sessions(into, mem, from);
    if (err == LB_OK)
        err = lbi_binned_merge(&into->schedule, mem, &from->schedule);
    if (err == LB_OK)
        err = lbi_binned_merge(&into->overhead, mem, &from->overhead);
    merge_counts(&into->part.counts, &from->part.counts);
    merge_tokens(&into->part.tokens, &from->part.tokens);
    merge_gateway(&into->part.gateway, &from->part.gateway);
    merge_span(&into->span, &from->span, by_ns);
    lbi_id_sample_merge(&into->ids, &from->ids);
    into->part.view.has_answer_clock =
        into->part.view.has_answer_clock || from->part.view.has_answer_clock;
    into->contaminated =
        from->contaminated > into->contaminated ? from->contaminated : into->contaminated;
    return err;
}

lb_err lbi_tally_merge(struct lbi_tally *into, const struct lbi_tally *from, int64_t by_ns)
{
    lb_err err = LB_OK;

    for (size_t i = 0; i < from->part_count && err == LB_OK; i++) {
        struct lbi_tally_part *part;
        const char *model;
        err = lbi_tally_intern(into, &model, from->parts[i]->part.model);
        if (err == LB_OK)
            err = lbi_tally_part(into, &part, model);
        if (err == LB_OK)
            err = merge_part(into, part, from->parts[i], by_ns);
    }
    into->records += from->records;
    return err;
}
