/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sentence.c - why an objective has its status, and one sentence for the run. Plain words for an
 * instructor, no name of a metric. Must not decide anything. Tested in tests/unit/test_judge.c.
 */
#include "report/sentence.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "report/say.h"
#include "report/tree.h"

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
    lbi_buf_printf(out, "%zu %s cannot prove it: ", part->sessions.total,
                   lbi_conversations((int64_t)part->sessions.total));
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
        errors_said = errors_said || lbi_says_all_errors(judged);
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
    lbi_buf_printf(out, "; %zu %s cannot prove it", part->sessions.total,
                   lbi_conversations((int64_t)part->sessions.total));
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

static void say_failed(struct lbi_buf *out, const struct lbi_part *parts, size_t count)
{
    size_t failed = 0, total = 0;

    for (size_t i = 0; i < count; i++) {
        failed += parts[i].counts.failed;
        total += parts[i].counts.total;
    }
    lbi_buf_printf(out, "%zu of %zu answers failed", failed, total);
    lbi_say_causes(out, parts, count);
}

static void say_partial(struct lbi_buf *out, const struct lbi_result *result)
{
    struct json_object *footer = lbi_dataset_footer(result->dataset);

    if (footer == NULL || lbi_tree_true(footer, "partial"))
        lbi_buf_puts(out, "; stopped before the end");
}

void lbi_say_all_passed(struct lbi_buf *out, const struct lbi_result *result)
{
    lbi_buf_printf(out, "%s  all %zu models, ", lbi_status_names[LBI_PASS], result->part_count);
    say_load(out, result, &result->parts[0]);
    lbi_buf_puts(out, ": each met every objective; ");
    say_failed(out, result->parts, result->part_count);
    say_partial(out, result);
}

void lbi_say_sentence(struct lbi_buf *out, const struct lbi_verdict *verdict,
                      const struct lbi_result *result, const struct lbi_part *part)
{
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
        say_failed(out, part, 1);
    if (verdict->quota && verdict->status != LBI_PASS)
        lbi_buf_puts(out, "; a quota of the key was hit (HTTP 429), not the model's limit");
    if (verdict->status == LBI_UNDECIDED)
        say_more(out, verdict, part);
    say_partial(out, result);
}
