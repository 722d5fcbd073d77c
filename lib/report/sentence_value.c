/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sentence_value.c - what was measured for one objective, in plain words: the value, what the
 * sample proves about it, the limit; and what kinds of failure there were. Must not decide
 * anything. Tested in tests/unit/test_judge.c.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/say.h"
#include "report/sentence.h"

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

/* Why there is no value: what failed, and what held nothing for people. */
static void say_missing(struct lbi_buf *out, const struct lbi_judged *judged)
{
    if (judged->wordless == 0)
        lbi_buf_puts(out, "too many answers failed");
    else if (judged->any_failed)
        lbi_buf_printf(out, "too many answers failed or held no answer text (%zu: reasoning only)",
                       judged->wordless);
    else
        lbi_buf_printf(out, "%zu answer%s held no answer text (reasoning only)", judged->wordless,
                       judged->wordless == 1 ? "" : "s");
}

static void say_percentile(struct lbi_buf *out, const struct lbi_judged *judged)
{
    const struct lbi_objective *objective = judged->objective;

    lbi_say_number(out, (double)objective->p_100k / 1000, 1);
    lbi_buf_printf(out, " %% of %s", lbi_metrics[objective->metric].words);
    say_class(out, objective);
    if (!isfinite(judged->shown.value)) {
        lbi_buf_puts(out, " never came in time, as ");
        say_missing(out, judged);
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
        lbi_buf_puts(out, " did not all come, as ");
        say_missing(out, judged);
        return;
    }
    lbi_buf_puts(out, objective->stat_kind == LBI_STAT_MEAN
                          ? " after "
                          : (objective->stat_kind == LBI_STAT_MAX ? " within at most "
                                                                  : " after at least "));
    lbi_say_ms(out, judged->shown.value);
    lbi_buf_puts(out, objective->stat_kind == LBI_STAT_MEAN ? " on average" : "");
}

bool lbi_says_all_errors(const struct lbi_judged *judged)
{
    const struct lbi_objective *objective = judged->objective;

    return objective->metric == LBI_M_ERRORS &&
           (objective->class_kind == LBI_CLASS_ALL || objective->class_kind == LBI_CLASS_MODEL);
}

#define CAUSES 3

static size_t total_of(const struct lbi_part *parts, size_t count, const char *name)
{
    size_t total = 0;

    for (size_t p = 0; p < count; p++) {
        for (size_t i = 0; i < parts[p].errors.count; i++)
            total += parts[p].errors.items[i].name == name ? parts[p].errors.items[i].count : 0;
    }
    return total;
}

static bool is_among(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i] == name)
            return true;
    }
    return false;
}

/* The commonest class that is not among those said; NULL when there is none. */
static const char *next_cause(const struct lbi_part *parts, size_t count, const char *const *said,
                              size_t said_count)
{
    const char *best = NULL;

    for (size_t p = 0; p < count; p++) {
        for (size_t i = 0; i < parts[p].errors.count; i++) {
            const char *name = parts[p].errors.items[i].name;
            if (is_among(said, said_count, name))
                continue;
            if (best == NULL || total_of(parts, count, name) > total_of(parts, count, best))
                best = name;
        }
    }
    return best;
}

void lbi_say_causes(struct lbi_buf *out, const struct lbi_part *parts, size_t count)
{
    const char *said[CAUSES] = {NULL};
    size_t n = 0;
    const char *name = next_cause(parts, count, said, n);

    if (name == NULL)
        return;
    for (; name != NULL && n < CAUSES; name = next_cause(parts, count, said, n)) {
        lbi_buf_printf(out, "%s%zu ", n > 0 ? ", " : " (", total_of(parts, count, name));
        lbi_say_safe(out, name, 30);
        said[n++] = name;
    }
    lbi_buf_puts(out, name != NULL ? ", ...)" : ")");
}

static void say_errors(struct lbi_buf *out, const struct lbi_judged *judged,
                       const struct lbi_part *part)
{
    lbi_buf_printf(out, "%zu of %" PRIu64 " answers", judged->hits, judged->shown.n);
    say_class(out, judged->objective);
    lbi_buf_puts(out, " failed");
    if (lbi_says_all_errors(judged))
        lbi_say_causes(out, part, 1);
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
