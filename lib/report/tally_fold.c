/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally_fold.c - from a tally to the numbers that a fold of single records gives. Means, extremes
 * and sums are exact, percentiles are those of bins. Tested in tests/unit/test_tally.c.
 */
#include <math.h>
#include <string.h>

#include "report/tally.h"

static uint64_t sum_of(const uint64_t *lots)
{
    uint64_t sum = 0;

    for (size_t lot = 0; lot < LBI_LOTS; lot++)
        sum += lots[lot];
    return sum;
}

void lbi_tally_share(const struct lbi_tally_sums *sums, lb_stat *out, enum lbi_bounds bounds)
{
    uint32_t hits[LBI_LOTS], totals[LBI_LOTS];

    for (size_t lot = 0; lot < LBI_LOTS; lot++) {
        hits[lot] = (uint32_t)sums->failed[lot];
        totals[lot] = (uint32_t)(sums->failed[lot] + sums->ok[lot]);
    }
    lbi_share_of(out, hits, totals, LBI_LOTS, bounds);
}

void lbi_tally_cache(const struct lbi_tally_cache *cache, lb_stat *out, enum lbi_bounds bounds)
{
    lbi_no_stat(out);
    if (cache->known > 0)
        lbi_stat_ratio(out, cache->cached, cache->prompt, LBI_LOTS, bounds);
    out->n = cache->known;
}

static void fill_group(struct lbi_group *group, const struct lbi_tally_sums *sums,
                       const struct lbi_binned *ttft)
{
    lb_stat hit;

    group->ok = (size_t)sum_of(sums->ok);
    group->n = group->ok + (size_t)sum_of(sums->failed);
    lbi_measure_binned(&group->ttft, ttft);
    lbi_tally_cache(&sums->cache, &hit, LBI_TWO_SIDED);
    group->cached_share = hit.value;
}

static void fill_groups(struct lbi_part *part, const struct lbi_tally_part *tally)
{
    for (size_t g = 0; g < LBI_GROUPS; g++)
        fill_group(&part->groups[g], &tally->kinds[g].sums, &tally->kinds[g].durations[LBI_M_TTFT]);
}

static lb_err fill_turns(struct lbi_part *part, const struct lbi_mem *mem,
                         const struct lbi_tally_part *tally)
{
    part->turns = lbi_zalloc(mem, LBI_TALLY_TURNS * sizeof(*part->turns));
    if (part->turns == NULL)
        return LB_E_NOMEM;
    for (int32_t t = 1; t <= LBI_TALLY_TURNS; t++) {
        const struct lbi_tally_turn *row = tally->turns[t];
        if (row == NULL)
            continue;
        struct lbi_group *group = &part->turns[part->turn_count++];
        *group = (struct lbi_group){.turn = t};
        fill_group(group, &row->sums, &row->ttft);
    }
    return LB_OK;
}

/* Mean TTFT of turn 1 over that of later turns, as a ratio of sums by lot. */
static void fill_speedup(struct lbi_part *part, const struct lbi_tally_part *tally)
{
    const struct lbi_binned *first = &tally->kinds[LBI_GROUP_FIRST].durations[LBI_M_TTFT];
    const struct lbi_binned *later = &tally->kinds[LBI_GROUP_LATER].durations[LBI_M_TTFT];
    double above[LBI_LOTS], below[LBI_LOTS];

    lbi_no_stat(&part->speedup);
    for (size_t lot = 0; lot < LBI_LOTS; lot++) {
        above[lot] = (double)first->sum[lot] / (double)first->count;
        below[lot] = (double)later->sum[lot] / (double)later->count;
    }
    if (first->count > 0 && later->count > 0)
        lbi_stat_ratio(&part->speedup, above, below, LBI_LOTS, LBI_TWO_SIDED);
    part->speedup.n = first->count + later->count;
}

static void fill_times(struct lbi_legacy_times *out, const struct lbi_measures *measures)
{
    *out = (struct lbi_legacy_times){.n = measures->n,
                                     .min = measures->min,
                                     .max = measures->max,
                                     .mean = measures->mean.value,
                                     .p50 = measures->p[LBI_P50].value,
                                     .p95 = measures->p[LBI_P95].value,
                                     .p99 = measures->p[LBI_P99].value};
}

static void fill_legacy(struct lbi_part *part)
{
    struct lbi_legacy *legacy = &part->legacy;

    fill_times(&legacy->ttft, &part->metrics[LBI_M_TTFT]);
    fill_times(&legacy->total, &part->metrics[LBI_M_E2E]);
    legacy->first_mean = part->groups[LBI_GROUP_FIRST].ttft.mean.value;
    legacy->later_mean = part->groups[LBI_GROUP_LATER].ttft.mean.value;
    legacy->speedup = legacy->first_mean / legacy->later_mean;
}

static struct lbi_spread spread_of(const struct lbi_measures *measures)
{
    return (struct lbi_spread){measures->p[LBI_P50].value, measures->p[LBI_P99].value,
                               measures->max};
}

static void fill_metrics(struct lbi_part *part, const struct lbi_tally_part *tally)
{
    const struct lbi_tally_kind *all = &tally->kinds[LBI_TALLY_ALL];
    struct lbi_measures schedule;

    for (size_t m = 0; m < LBI_M_DURATIONS; m++)
        lbi_measure_binned(&part->metrics[m], &all->durations[m]);
    part->pauses = part->view.whole ? tally->pauses : NULL;
    if (part->pauses != NULL)
        lbi_measure_binned(&part->metrics[LBI_M_ITL], part->pauses);
    lbi_tally_share(&all->sums, &part->errors_share, LBI_TWO_SIDED);
    lbi_tally_cache(&all->sums.cache, &part->cache_hit, LBI_TWO_SIDED);
    part->own_delay = spread_of(&part->metrics[LBI_M_OWN_DELAY]);
    lbi_measure_binned(&schedule, &tally->schedule);
    part->schedule_delay = spread_of(&schedule);
    lbi_measure_binned(&part->gateway.overhead, &tally->overhead);
}

/* A server that gives all of them one id does not number its answers. */
static void fill_repeated(struct lbi_part *part, const struct lbi_tally_part *tally)
{
    const struct lbi_id_sample *ids = &tally->ids;

    part->gateway.repeated = ids->repeated + 1 < ids->known ? (size_t)ids->repeated : 0;
}

static bool is_wish(const struct lbi_wishes *wishes, const struct lbi_objective *objective)
{
    for (size_t i = 0; i < wishes->count; i++) {
        if (strcmp(wishes->items[i]->expr, objective->expr) == 0)
            return true;
    }
    return false;
}

/* Those under way count as they stand. Whether a bad moment was met is known only for the
 * objectives that were looked for all the time. */
static lb_err fill_sessions(struct lbi_part *part, const struct lbi_result *result,
                            const struct lbi_tally_part *tally)
{
    struct lbi_sessions *sessions = &part->sessions;
    struct lbi_wishes asked;
    lb_err err = lbi_find_wishes(&asked, result, part);

    for (size_t i = 0; i < tally->open.cap; i++) {
        if (tally->open.places[i].id != 0)
            lbi_session_count(sessions, &tally->open.places[i].state, result->planned_turns);
    }
    sessions->lost = tally->lost_sessions;
    sessions->unjudged = sessions->lost || asked.count != tally->wishes.count;
    for (size_t i = 0; i < asked.count; i++)
        sessions->unjudged = sessions->unjudged || !is_wish(&tally->wishes, asked.items[i]);
    if (sessions->unjudged)
        sessions->met = sessions->judged = 0;
    lbi_free(result->mem, (void *)asked.items);
    return err;
}

static lb_err copy_names(struct lbi_names *out, const struct lbi_mem *mem,
                         const struct lbi_names *from)
{
    *out = (struct lbi_names){NULL, 0, 0};
    if (from->count == 0)
        return LB_OK;
    out->items = lbi_alloc(mem, from->count * sizeof(*out->items));
    if (out->items == NULL)
        return LB_E_NOMEM;
    memcpy(out->items, from->items, from->count * sizeof(*out->items));
    out->cap = out->count = from->count;
    return LB_OK;
}

static lb_err fill_part(struct lbi_part *part, const struct lbi_result *result,
                        const struct lbi_tally_part *tally)
{
    lb_err err = copy_names(&part->errors, result->mem, &tally->part.errors);

    if (err == LB_OK)
        err = copy_names(&part->answered, result->mem, &tally->part.answered);
    lbi_close_counts(part);
    lbi_close_tokens(part, &tally->span);
    fill_metrics(part, tally);
    fill_groups(part, tally);
    fill_speedup(part, tally);
    fill_legacy(part);
    fill_repeated(part, tally);
    if (err == LB_OK)
        err = fill_turns(part, result->mem, tally);
    return err == LB_OK ? fill_sessions(part, result, tally) : err;
}

/* A model of which only the warm-up came makes no part. */
static bool any_measured(const struct lbi_counts *counts)
{
    return counts->ok + counts->failed + counts->cancelled + counts->retried + counts->reconnected >
           0;
}

lb_err lbi_tally_fold(struct lbi_result *result, const struct lbi_tally *tally)
{
    lb_err err = LB_OK;

    result->parts = lbi_zalloc(result->mem, (tally->part_count + 1) * sizeof(*result->parts));
    if (result->parts == NULL)
        return LB_E_NOMEM;
    for (size_t i = 0; i < tally->part_count; i++) {
        if (!any_measured(&tally->parts[i]->part.counts))
            continue;
        struct lbi_part *part = &result->parts[result->part_count++];
        *part = tally->parts[i]->part;
        part->errors = part->answered = (struct lbi_names){NULL, 0, 0};
        part->tally = tally->parts[i];
    }
    if (result->part_count == 0)
        result->parts[result->part_count++] =
            (struct lbi_part){.model = "", .view = {.mem = result->mem}};
    for (size_t i = 0; i < result->part_count && err == LB_OK; i++) {
        result->parts[i].view.whole = result->part_count == 1;
        if (result->parts[i].tally != NULL)
            err = fill_part(&result->parts[i], result, result->parts[i].tally);
    }
    return err;
}
