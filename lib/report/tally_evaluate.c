/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally_evaluate.c - the value of an objective from a tally: evaluate.c without records. Tested in
 * tests/unit/test_tally.c.
 */
#include <math.h>
#include <string.h>

#include "report/tally.h"

/* One turn is no class of its own but has a row; the first one is both. */
static bool is_single(const struct lbi_objective *objective)
{
    return objective->class_kind == LBI_CLASS_TURN && objective->turn != 1;
}

static const struct lbi_tally_kind *kind_of(const struct lbi_tally_part *tally,
                                            const struct lbi_objective *objective)
{
    switch (objective->class_kind) {
    case LBI_CLASS_FIRST:
    case LBI_CLASS_TURN:
        return &tally->kinds[LBI_GROUP_FIRST];
    case LBI_CLASS_LATER:
        return &tally->kinds[LBI_GROUP_LATER];
    case LBI_CLASS_CODE:
        return &tally->kinds[LBI_GROUP_CODE];
    case LBI_CLASS_TEXT:
        return &tally->kinds[LBI_GROUP_TEXT];
    case LBI_CLASS_ALL:
    case LBI_CLASS_MODEL:
    default:
        return &tally->kinds[LBI_TALLY_ALL];
    }
}

static const struct lbi_tally_turn *row_of(const struct lbi_tally_part *tally,
                                           const struct lbi_objective *objective)
{
    bool kept = objective->turn >= 1 && objective->turn <= LBI_TALLY_TURNS;

    return kept ? tally->turns[objective->turn] : NULL;
}

static void take_stats(struct lbi_judged *out, lb_stat one_sided)
{
    lbi_to_ms(&out->shown);
    lbi_to_ms(&one_sided);
    lbi_judged_bounds(out, &one_sided);
}

/* Failed ones by lot, and answers without a word; how many of each. */
struct misses {
    uint64_t lots[LBI_LOTS], failed, wordless;
};

static void find_misses(struct misses *out, const struct lbi_tally_kind *kind,
                        enum lbi_metric metric, bool has_answer_clock)
{
    *out = (struct misses){{0}, 0, 0};
    for (size_t lot = 0; lot < LBI_LOTS; lot++) {
        uint64_t mute = metric == LBI_M_TTFA ? kind->wordless[lot] : 0;
        mute += metric == LBI_M_TTFA && has_answer_clock ? kind->perhaps_mute[lot] : 0;
        out->lots[lot] = kind->sums.failed[lot] + mute;
        out->failed += kind->sums.failed[lot];
        out->wordless += mute;
    }
}

static void evaluate_binned(struct lbi_judged *out, const struct lbi_binned *binned,
                            const struct misses *misses)
{
    const struct lbi_objective *objective = out->objective;
    uint64_t missed = misses->failed + misses->wordless, n = binned->count + missed;
    lb_stat one_sided;

    if (objective->stat_kind == LBI_STAT_MIN) {
        lbi_judged_point(out, binned->count > 0 ? (double)binned->min / 1e6 : (double)NAN, n);
    } else if (objective->stat_kind == LBI_STAT_MAX) {
        lbi_judged_point(out, missed > 0 || n == 0 ? (double)NAN : (double)binned->max / 1e6, n);
    } else if (objective->stat_kind == LBI_STAT_MEAN) {
        lbi_binned_mean(binned, &out->shown, LBI_TWO_SIDED);
        lbi_binned_mean(binned, &one_sided, LBI_ONE_SIDED);
        take_stats(out, one_sided);
    } else {
        lbi_binned_percentile(binned, misses->lots, &out->shown, objective->p_100k, LBI_TWO_SIDED);
        lbi_binned_percentile(binned, misses->lots, &one_sided, objective->p_100k, LBI_ONE_SIDED);
        take_stats(out, one_sided);
    }
}

/* A failed request weighs as much as an average one that came: as many missed pauses. */
bool lbi_evaluate_pauses(struct lbi_judged *out, const struct lbi_part *part)
{
    const struct lbi_view *view = &part->view;
    enum lbi_class kind = out->objective->class_kind;
    struct misses misses = {{0}, 0, 0};

    if (kind != LBI_CLASS_ALL && kind != LBI_CLASS_MODEL)
        return false;
    uint64_t weight =
        part->counts.ok > 0 ? (part->pauses->count + part->counts.ok / 2) / part->counts.ok : 1;
    weight = weight > 0 ? weight : 1;
    for (size_t lot = 0; part->tally != NULL && lot < LBI_LOTS; lot++)
        misses.lots[lot] = weight * part->tally->kinds[LBI_TALLY_ALL].sums.failed[lot];
    for (size_t i = 0; i < view->count; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        if (lbi_role_of(&turn) == LBI_ROLE_FAILED)
            misses.lots[lbi_lot_of((uint64_t)turn.conversation)] += weight;
    }
    misses.failed = weight * part->counts.failed;
    evaluate_binned(out, part->pauses, &misses);
    out->any_failed = misses.failed > 0;
    return true;
}

/* Of a single turn only the first token is known. */
static void evaluate_row(struct lbi_judged *out, const struct lbi_part *part)
{
    const struct lbi_tally_turn *row = row_of(part->tally, out->objective);
    struct misses misses = {{0}, 0, 0};

    if (row == NULL || out->objective->metric != LBI_M_TTFT)
        return;
    for (size_t lot = 0; lot < LBI_LOTS; lot++) {
        misses.lots[lot] = row->sums.failed[lot];
        misses.failed += row->sums.failed[lot];
    }
    evaluate_binned(out, &row->ttft, &misses);
    out->any_failed = misses.failed > 0;
}

void lbi_tally_duration(struct lbi_judged *out, const struct lbi_part *part)
{
    enum lbi_metric metric = out->objective->metric;
    const struct lbi_tally_kind *kind = kind_of(part->tally, out->objective);
    struct misses misses;
    uint64_t ok = 0;

    if (metric == LBI_M_ITL) {
        if (part->pauses != NULL)
            (void)lbi_evaluate_pauses(out, part);
        return;
    }
    if (is_single(out->objective)) {
        evaluate_row(out, part);
        return;
    }
    const struct lbi_binned *binned = &kind->durations[metric];
    find_misses(&misses, kind, metric, part->view.has_answer_clock);
    evaluate_binned(out, binned, &misses);
    out->wordless = (size_t)misses.wordless;
    out->any_failed = misses.failed > 0;
    for (size_t lot = 0; lot < LBI_LOTS; lot++)
        ok += kind->sums.ok[lot];
    if (binned->count == 0 && ok > misses.wordless)
        out->shown.n = 0; /* all that is known are failures: nothing was measured */
}

/* NULL: a turn of which nothing was kept. */
static const struct lbi_tally_sums *sums_of(const struct lbi_tally_part *tally,
                                            const struct lbi_objective *objective)
{
    const struct lbi_tally_turn *row = row_of(tally, objective);

    if (!is_single(objective))
        return &kind_of(tally, objective)->sums;
    return row != NULL ? &row->sums : NULL;
}

void lbi_tally_errors(const struct lbi_tally_part *tally, lb_stat *out,
                      const struct lbi_objective *objective, enum lbi_bounds bounds)
{
    const struct lbi_tally_sums *sums = sums_of(tally, objective);

    lbi_no_stat(out);
    if (sums != NULL)
        lbi_tally_share(sums, out, bounds);
}

void lbi_tally_cache_hit(const struct lbi_tally_part *tally, lb_stat *out,
                         const struct lbi_objective *objective, enum lbi_bounds bounds)
{
    const struct lbi_tally_sums *sums = sums_of(tally, objective);

    lbi_no_stat(out);
    if (sums != NULL)
        lbi_tally_cache(&sums->cache, out, bounds);
}
