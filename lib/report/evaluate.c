/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate.c - the value of one objective with the interval that is printed (two-sided) and the
 * bounds that decide (one-sided), and how many more conversations would probably decide. Must not
 * know validity or verdicts. Tested in tests/unit/test_judge.c.
 */
#include <math.h>

#include "report/judge.h"
#include "report/tally.h"

void lbi_judged_bounds(struct lbi_judged *out, const lb_stat *one_sided)
{
    out->low = one_sided->low;
    out->high = one_sided->high;
}

void lbi_judged_point(struct lbi_judged *out, double value, uint64_t n)
{
    out->shown = (lb_stat){value, (double)NAN, (double)NAN, (double)NAN, n};
    out->low = out->high = value;
}

static lb_err evaluate_stat(struct lbi_judged *out, struct lbi_sample *sample)
{
    const struct lbi_objective *objective = out->objective;
    lb_stat one_sided;
    lb_err err;

    switch (objective->stat_kind) {
    case LBI_STAT_MIN:
        lbi_judged_point(out, lbi_stat_min(sample), sample->count);
        return LB_OK;
    case LBI_STAT_MAX:
        lbi_judged_point(out, sample->missed > 0 ? (double)NAN : lbi_stat_max(sample),
                         sample->count);
        return LB_OK;
    case LBI_STAT_MEAN:
        err = lbi_stat_mean(sample, &out->shown, LBI_TWO_SIDED);
        if (err == LB_OK)
            err = lbi_stat_mean(sample, &one_sided, LBI_ONE_SIDED);
        break;
    case LBI_STAT_PERCENTILE:
    case LBI_STAT_NONE:
    default:
        err = lbi_stat_percentile(sample, &out->shown, objective->p_100k, LBI_TWO_SIDED);
        if (err == LB_OK)
            err = lbi_stat_percentile(sample, &one_sided, objective->p_100k, LBI_ONE_SIDED);
        break;
    }
    if (err == LB_OK)
        lbi_judged_bounds(out, &one_sided);
    return err;
}

/* Successful requests of which the metric is simply not known. */
static bool any_unknown(const struct lbi_part *part, const struct lbi_filter *filter,
                        enum lbi_metric metric)
{
    for (size_t i = 0; i < part->view.count; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        if (lbi_role_of(&turn) == LBI_ROLE_OK && lbi_filter_takes(filter, &turn) &&
            !isfinite(lbi_turn_value(&turn, metric)) &&
            !lbi_turn_missed(&part->view, &turn, metric))
            return true;
    }
    return false;
}

/* Answers that came but count as missed, as they held reasoning only. */
static size_t count_wordless(const struct lbi_part *part, const struct lbi_filter *filter,
                             enum lbi_metric metric)
{
    size_t count = 0;

    for (size_t i = 0; i < part->view.count; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        count += lbi_role_of(&turn) == LBI_ROLE_OK && lbi_filter_takes(filter, &turn) &&
                 lbi_turn_missed(&part->view, &turn, metric);
    }
    return count;
}

static lb_err evaluate_duration(struct lbi_judged *out, const struct lbi_part *part)
{
    const struct lbi_filter filter = lbi_objective_filter(out->objective);
    enum lbi_metric metric = out->objective->metric;
    struct lbi_sample sample;

    if (part->tally != NULL) {
        lbi_tally_duration(out, part);
        return LB_OK;
    }
    if (metric == LBI_M_ITL && part->pauses != NULL && lbi_evaluate_pauses(out, part))
        return LB_OK;
    lb_err err = lbi_view_sample(&part->view, &sample, &filter, metric, true);
    if (err == LB_OK)
        err = evaluate_stat(out, &sample);
    out->wordless = sample.missed > 0 ? count_wordless(part, &filter, metric) : 0;
    out->any_failed = sample.missed > out->wordless;
    bool nothing = sample.count == sample.missed;
    if (err == LB_OK && nothing && any_unknown(part, &filter, metric))
        out->shown.n = 0; /* all that is known are failures: nothing was measured */
    lbi_sample_free(&sample);
    return err;
}

static void evaluate_sessions(struct lbi_judged *out, const struct lbi_part *part)
{
    const struct lbi_sessions *sessions = &part->sessions;
    lb_stat one_sided;

    lbi_stat_binomial(&out->shown, sessions->met, sessions->judged, LBI_TWO_SIDED);
    lbi_stat_binomial(&one_sided, sessions->met, sessions->judged, LBI_ONE_SIDED);
    out->hits = sessions->met;
    lbi_judged_bounds(out, &one_sided);
}

static lb_err errors_of(const struct lbi_part *part, lb_stat *out,
                        const struct lbi_objective *objective, enum lbi_bounds bounds)
{
    const struct lbi_filter filter = lbi_objective_filter(objective);

    if (part->tally == NULL)
        return lbi_view_errors(&part->view, out, &filter, bounds);
    lbi_tally_errors(part->tally, out, objective, bounds);
    return LB_OK;
}

static lb_err cache_hit_of(const struct lbi_part *part, lb_stat *out,
                           const struct lbi_objective *objective, enum lbi_bounds bounds)
{
    const struct lbi_filter filter = lbi_objective_filter(objective);

    if (part->tally == NULL)
        return lbi_view_cache_hit(&part->view, out, &filter, bounds);
    lbi_tally_cache_hit(part->tally, out, objective, bounds);
    return LB_OK;
}

typedef lb_err (*stat_of)(const struct lbi_part *part, lb_stat *out,
                          const struct lbi_objective *objective, enum lbi_bounds bounds);

static lb_err evaluate_share(struct lbi_judged *out, const struct lbi_part *part, stat_of share)
{
    lb_stat one_sided;
    lb_err err = share(part, &out->shown, out->objective, LBI_TWO_SIDED);

    if (err == LB_OK)
        err = share(part, &one_sided, out->objective, LBI_ONE_SIDED);
    if (err == LB_OK)
        lbi_judged_bounds(out, &one_sided);
    return err;
}

static lb_err evaluate_errors(struct lbi_judged *out, const struct lbi_part *part)
{
    lb_err err = evaluate_share(out, part, errors_of);

    out->hits = out->shown.n > 0 ? (size_t)llround(out->shown.value * (double)out->shown.n) : 0;
    return err;
}

static void evaluate_rate(struct lbi_judged *out, double rate, size_t n)
{
    lbi_judged_point(out, rate, isfinite(rate) ? n : 0);
}

lb_err lbi_evaluate(struct lbi_judged *out, const struct lbi_part *part)
{
    const double unknown = (double)NAN;

    out->shown = (lb_stat){unknown, unknown, unknown, unknown, 0};
    out->low = out->high = unknown;
    switch ((int)out->objective->metric) {
    case LBI_M_ERRORS:
        return evaluate_errors(out, part);
    case LBI_M_SESSIONS:
        evaluate_sessions(out, part);
        return LB_OK;
    case LBI_M_CACHE_HIT:
        return evaluate_share(out, part, cache_hit_of);
    case LBI_M_SPEEDUP:
        out->shown = part->speedup;
        out->shown.n = isfinite(out->shown.value) ? out->shown.n : 0;
        out->low = out->high = out->shown.value;
        return LB_OK;
    case LBI_M_RPS:
        evaluate_rate(out, part->rates.requests, part->counts.ok);
        return LB_OK;
    case LBI_M_TPS:
        evaluate_rate(out, part->rates.output_tokens, part->counts.ok);
        return LB_OK;
    case LBI_M_CACHE_BENEFIT:
        return LB_OK; /* needs cold twins, which no run sends yet */
    default:
        return evaluate_duration(out, part);
    }
}

#define TOO_MANY 25 /* times as many conversations: too close to call */

/* The least size of a sample whose one-sided bound at this percentile exists, with some room. */
static double least_size(const struct lbi_judged *judged)
{
    const struct lbi_objective *objective = judged->objective;

    if (objective->stat_kind != LBI_STAT_PERCENTILE || !lbi_op_upper(objective->op))
        return 0;
    return 1.15 * log(0.05) / log((double)objective->p_100k / 100000);
}

/* Half the interval on the limit's side over the distance to the limit; durations as logarithms,
 * since their spread grows with them. */
static double nearness(const struct lbi_judged *judged)
{
    const lb_stat *shown = &judged->shown;
    double limit = judged->objective->limit;
    bool above = limit > shown->value;
    double end = above ? shown->high : shown->low;

    if (!isfinite(end))
        end = above ? 2 * shown->value - shown->low : 2 * shown->value - shown->high;
    if (lbi_metrics[judged->objective->metric].unit != LBI_UNIT_MS)
        return fabs(end - shown->value) / fabs(limit - shown->value);
    if (end <= 0 || shown->value <= 0 || limit <= 0)
        return (double)NAN;
    return fabs(log(end / shown->value)) / fabs(log(limit / shown->value));
}

int64_t lbi_more_conversations(const struct lbi_judged *judged, const struct lbi_part *part,
                               size_t errors_floor)
{
    double have = (double)part->sessions.total;
    double requests = (double)part->counts.total;
    double near = nearness(judged) * (1.96 + 1.645) / 1.96;
    double wanted = isfinite(near) ? have * near * near : have + 1;

    if (judged->objective->metric == LBI_M_ERRORS && requests > 0)
        wanted = ceil((double)errors_floor * have / requests);
    else if (judged->shown.n_eff > 0)
        wanted = fmax(wanted, have * least_size(judged) / judged->shown.n_eff);
    if (!isfinite(near) && isinf(near))
        return 0; /* the value is the limit */
    wanted = ceil(fmax(wanted, have + 1));
    if (wanted > have * TOO_MANY && wanted > 1000)
        return 0;
    return (int64_t)(wanted - have);
}
