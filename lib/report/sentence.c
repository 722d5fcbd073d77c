/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sentence.c - one sentence for an objective, one for its reason, one for the run. Plain words for
 * an instructor, no name of a metric. Must not decide anything. Tested in tests/unit/test_judge.c.
 */
#include "report/sentence.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/say.h"
#include "report/tree.h"

static void say_class(struct lbi_buf *out, const struct lbi_objective *objective)
{
    switch (objective->class_kind) {
    case LBI_CLASS_FIRST:
        lbi_buf_puts(out, " of first turns");
        break;
    case LBI_CLASS_LATER:
        lbi_buf_puts(out, " of later turns");
        break;
    case LBI_CLASS_CODE:
        lbi_buf_puts(out, " about code");
        break;
    case LBI_CLASS_TEXT:
        lbi_buf_puts(out, " about text");
        break;
    case LBI_CLASS_TURN:
        lbi_buf_printf(out, " of turn %d", (int)objective->turn);
        break;
    case LBI_CLASS_MODEL:
        lbi_buf_puts(out, " of ");
        lbi_say_safe(out, objective->class_name + strlen("model="), 40);
        break;
    case LBI_CLASS_ALL:
    default:
        break;
    }
}

static void say_value(struct lbi_buf *out, const struct lbi_objective *objective, double value)
{
    switch (lbi_metrics[objective->metric].unit) {
    case LBI_UNIT_MS:
        lbi_say_ms(out, value);
        break;
    case LBI_UNIT_SHARE:
        lbi_say_share(out, value);
        break;
    case LBI_UNIT_PLAIN:
    default:
        lbi_say_number(out, value, 2);
        break;
    }
}

static bool has_bounds(const struct lbi_objective *objective)
{
    return (objective->stat_kind != LBI_STAT_MIN && objective->stat_kind != LBI_STAT_MAX) &&
           lbi_metrics[objective->metric].unit != LBI_UNIT_PLAIN;
}

/* The interval as far as there is one: "(between 0 % and 12 %)", "(at least 389 ms)". */
static void say_interval(struct lbi_buf *out, const struct lbi_judged *judged)
{
    const lb_stat *shown = &judged->shown;
    bool both = isfinite(shown->low) && isfinite(shown->high);

    if (!isfinite(shown->low) && !isfinite(shown->high))
        return;
    lbi_buf_puts(out, both ? " (between " : (isfinite(shown->low) ? " (at least " : " (at most "));
    say_value(out, judged->objective, isfinite(shown->low) ? shown->low : shown->high);
    if (both) {
        lbi_buf_puts(out, " and ");
        say_value(out, judged->objective, shown->high);
    }
    lbi_buf_putc(out, ')');
}

/* What the sample proves about the value, as far as it matters for this status. */
static void say_surely(struct lbi_buf *out, const struct lbi_judged *judged)
{
    bool upper = lbi_op_upper(judged->objective->op);
    bool under = judged->status == LBI_PASS ? upper : !upper;
    double bound = under ? judged->high : judged->low;

    if (!has_bounds(judged->objective) || judged->status == LBI_INVALID)
        return;
    if (judged->status == LBI_UNDECIDED) {
        say_interval(out, judged);
        return;
    }
    if (judged->objective->metric == LBI_M_ERRORS) /* judged by the share that was seen */
        return;
    if (!isfinite(bound) || (bound <= judged->shown.value && bound >= judged->shown.value))
        return;
    lbi_buf_puts(out, under ? " (surely under " : " (surely over ");
    say_value(out, judged->objective, bound);
    lbi_buf_putc(out, ')');
}

static void say_percentile(struct lbi_buf *out, const struct lbi_judged *judged)
{
    const struct lbi_objective *objective = judged->objective;

    lbi_say_number(out, (double)objective->p_100k / 1000, 1);
    lbi_buf_printf(out, " %% of %s", lbi_metrics[objective->metric].words);
    say_class(out, objective);
    if (!isfinite(judged->shown.value)) {
        lbi_buf_puts(out, " never came in time, as too many answers failed");
        return;
    }
    lbi_buf_puts(out, " within ");
    lbi_say_ms(out, judged->shown.value);
}

static void say_duration(struct lbi_buf *out, const struct lbi_judged *judged)
{
    const struct lbi_objective *objective = judged->objective;

    if (objective->stat_kind == LBI_STAT_PERCENTILE) {
        say_percentile(out, judged);
        return;
    }
    lbi_buf_puts(out, lbi_metrics[objective->metric].words);
    say_class(out, objective);
    if (!isfinite(judged->shown.value)) {
        lbi_buf_puts(out, " did not all come");
        return;
    }
    lbi_buf_puts(out, objective->stat_kind == LBI_STAT_MEAN
                          ? " after "
                          : (objective->stat_kind == LBI_STAT_MAX ? " within at most "
                                                                  : " after at least "));
    lbi_say_ms(out, judged->shown.value);
    lbi_buf_puts(out, objective->stat_kind == LBI_STAT_MEAN ? " on average" : "");
}

static void say_errors(struct lbi_buf *out, const struct lbi_judged *judged,
                       const struct lbi_part *part)
{
    lbi_buf_printf(out, "%zu of %" PRIu64 " answers", judged->hits, judged->shown.n);
    say_class(out, judged->objective);
    lbi_buf_puts(out, " failed");
    if (judged->hits == 0 || judged->objective->class_kind != LBI_CLASS_ALL)
        return;
    lbi_buf_puts(out, " (");
    for (size_t i = 0; i < part->error_count && i < 3; i++) {
        lbi_buf_puts(out, i > 0 ? ", " : "");
        lbi_buf_printf(out, "%zu ", part->errors[i].count);
        lbi_say_safe(out, part->errors[i].name, 30);
    }
    lbi_buf_puts(out, part->error_count > 3 ? ", ...)" : ")");
}

static void say_what(struct lbi_buf *out, const struct lbi_judged *judged,
                     const struct lbi_part *part)
{
    const struct lbi_objective *objective = judged->objective;
    const struct lbi_metric_info *metric = &lbi_metrics[objective->metric];

    if (metric->unit == LBI_UNIT_MS) {
        say_duration(out, judged);
    } else if (objective->metric == LBI_M_ERRORS) {
        say_errors(out, judged, part);
    } else if (objective->metric == LBI_M_SESSIONS) {
        lbi_buf_printf(out, "%zu of %" PRIu64 " %s", judged->hits, judged->shown.n, metric->words);
    } else if (metric->unit == LBI_UNIT_SHARE) {
        lbi_say_share(out, judged->shown.value);
        lbi_buf_printf(out, " of %s", metric->words);
        say_class(out, objective);
    } else {
        lbi_buf_printf(out, "%s ", metric->words);
        lbi_say_number(out, judged->shown.value, 2);
    }
}

void lbi_say_objective(struct lbi_buf *out, const struct lbi_judged *judged,
                       const struct lbi_part *part)
{
    const struct lbi_objective *objective = judged->objective;

    if (judged->shown.n == 0) {
        lbi_buf_puts(out, "nothing was measured for ");
        lbi_say_safe(out, objective->expr, 60);
        return;
    }
    say_what(out, judged, part);
    say_surely(out, judged);
    lbi_buf_puts(out, ", limit ");
    if (!lbi_op_upper(objective->op))
        lbi_buf_puts(out, "at least ");
    say_value(out, objective, objective->limit);
}

static void say_invalid(struct lbi_buf *out, enum lbi_reason reason,
                        const struct lbi_validity *validity)
{
    switch ((int)reason) {
    case LBI_WHY_METER_LATE:
        lbi_buf_puts(out, "the meter itself was late");
        if (!isfinite(validity->late_ms) || validity->late_ms <= 0)
            break;
        lbi_buf_puts(out, " (");
        lbi_say_ms(out, validity->late_ms);
        lbi_buf_puts(out, " of own delay, ");
        lbi_say_ms(out, validity->allowed_ms);
        lbi_buf_puts(out, " allowed)");
        break;
    case LBI_WHY_BUFFERED:
        lbi_buf_puts(out, "something on the way holds the stream back and sends it in bunches, so "
                          "first words and pauses were not seen as they came");
        break;
    case LBI_WHY_CONTAMINATED:
        lbi_buf_puts(out, "first turns were already in the cache although they were new");
        break;
    case LBI_WHY_STORED:
        lbi_buf_puts(out, "the gateway gave stored answers, which say nothing about the model");
        break;
    default:
        lbi_buf_puts(out, "nothing was measured");
        break;
    }
}

static void say_undecided(struct lbi_buf *out, const struct lbi_judged *judged,
                          const struct lbi_result *result, const struct lbi_part *part)
{
    lbi_buf_printf(out, "%zu conversations cannot prove it: ", part->sessions.total);
    if (judged->more <= 0) {
        lbi_buf_puts(out, "too close to call");
        return;
    }
    lbi_buf_printf(out, "about %" PRId64 " more would probably decide: ", judged->more);
    lbi_say_command(out, result, (int64_t)part->sessions.total + judged->more);
}

void lbi_say_reason(struct lbi_buf *out, const struct lbi_judged *judged,
                    const struct lbi_verdict *verdict, const struct lbi_result *result,
                    const struct lbi_part *part)
{
    if (judged->status == LBI_INVALID) {
        say_invalid(out, judged->reason, &verdict->validity);
        if (judged->reason != LBI_WHY_NO_DATA)
            return;
        lbi_buf_puts(out, " for ");
        lbi_say_safe(out, judged->objective->expr, 60);
        return;
    }
    lbi_say_objective(out, judged, part);
    if (judged->status == LBI_UNDECIDED) {
        lbi_buf_puts(out, "; ");
        say_undecided(out, judged, result, part);
    }
}

/* "100 students at once" */
static void say_load(struct lbi_buf *out, const struct lbi_result *result,
                     const struct lbi_part *part)
{
    struct json_object *header = lbi_dataset_header(result->dataset);
    int64_t users = lbi_tree_int(header, "workload.users", 0);
    int64_t workers = lbi_tree_int(header, "workload.workers", 0);
    bool people = users > 0 || strcmp(lbi_tree_text(header, "workload.schedule"), "users") == 0;
    int64_t count = users > 0 ? users : workers;

    if (count <= 0) {
        lbi_buf_printf(out, "%zu requests", part->counts.total);
        return;
    }
    lbi_buf_printf(out, "%" PRId64 " %s%s at once", count, people ? "student" : "request",
                   count == 1 ? "" : "s");
}

static bool decides(const struct lbi_verdict *verdict, const struct lbi_judged *judged)
{
    bool of_errors = judged->objective->metric == LBI_M_ERRORS;

    if (verdict->status == LBI_FAIL && lbi_verdict_rank(verdict) > (int)LBI_INVALID)
        return of_errors && judged->status == LBI_FAIL;
    return judged->status == verdict->status && !(of_errors && judged->status == LBI_PASS);
}

/* At most two objectives that made the verdict; the errors come at the end anyway. */
static bool say_deciding(struct lbi_buf *out, const struct lbi_verdict *verdict,
                         const struct lbi_part *part)
{
    size_t said = 0;
    bool errors_said = false;

    for (size_t i = 0; i < verdict->slo_count && said < 2; i++) {
        const struct lbi_judged *judged = &verdict->slo[i];
        if (!decides(verdict, judged))
            continue;
        lbi_buf_puts(out, said > 0 ? "; " : "");
        if (judged->status == LBI_INVALID)
            say_invalid(out, judged->reason, &verdict->validity);
        else
            lbi_say_objective(out, judged, part);
        errors_said = errors_said || judged->objective->metric == LBI_M_ERRORS;
        said++;
        if (judged->status == LBI_INVALID && judged->reason != LBI_WHY_NO_DATA)
            break; /* one cause, said once */
    }
    if (said > 0 && !errors_said)
        lbi_buf_puts(out, "; ");
    return errors_said;
}

static void say_more(struct lbi_buf *out, const struct lbi_verdict *verdict,
                     const struct lbi_part *part)
{
    int64_t most = 0;
    bool close = false;

    for (size_t i = 0; i < verdict->slo_count; i++) {
        if (verdict->slo[i].status != LBI_UNDECIDED)
            continue;
        most = verdict->slo[i].more > most ? verdict->slo[i].more : most;
        close = close || verdict->slo[i].more <= 0;
    }
    lbi_buf_printf(out, "; %zu conversations cannot prove it", part->sessions.total);
    if (close)
        lbi_buf_puts(out, ", too close to call");
    else
        lbi_buf_printf(out, ", about %" PRId64 " more probably would", most);
}

void lbi_say_shards(struct lbi_buf *out, const struct lbi_verdict *verdict)
{
    lbi_buf_printf(out, "only %" PRId64 " of %" PRId64 " shards gave a result; ",
                   verdict->shards - verdict->shards_missing, verdict->shards);
}

void lbi_say_sentence(struct lbi_buf *out, const struct lbi_verdict *verdict,
                      const struct lbi_result *result, const struct lbi_part *part)
{
    struct json_object *footer = lbi_dataset_footer(result->dataset);

    lbi_buf_printf(out, "%s  ", lbi_status_names[verdict->status]);
    if (result->part_count > 1) {
        lbi_say_safe(out, *part->model != '\0' ? part->model : "(no model)", 60);
        lbi_buf_puts(out, ", ");
    }
    say_load(out, result, part);
    lbi_buf_puts(out, ": ");
    if (part->counts.total == 0) {
        lbi_buf_puts(out, "nothing was measured, no request ended");
        return;
    }
    if (verdict->shards_missing > 0)
        lbi_say_shards(out, verdict);
    bool errors_said = say_deciding(out, verdict, part);
    if (!errors_said)
        lbi_buf_printf(out, "%zu of %zu answers failed", part->counts.failed, part->counts.total);
    if (verdict->quota && verdict->status != LBI_PASS)
        lbi_buf_puts(out, "; a quota of the key was hit (HTTP 429), not the model's limit");
    if (verdict->status == LBI_UNDECIDED)
        say_more(out, verdict, part);
    if (footer == NULL || lbi_tree_true(footer, "partial"))
        lbi_buf_puts(out, "; stopped before the end");
}
