/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.c - the verdict: what may be said of each objective, and what of the run. A bound decides,
 * not a point; what could not be measured is INVALID, what the sample cannot carry UNDECIDED, and
 * a run without success is never PASS. Must not know output. Tested in tests/unit/test_judge.c.
 */
#include "report/judge.h"

#include <math.h>
#include <string.h>

#include "report/tally.h"
#include "report/tree.h"

const char *const lbi_status_names[] = {"PASS", "UNDECIDED", "WARN", "FAIL", "INVALID"};
const char *const lbi_reason_names[] = {
    "met",          "missed", "failures", "not_proved", "meter_late", "buffered",
    "contaminated", "stored", "no_data",  "no_success", "quota",      "unsteady",
};

/* From how many requests on the share of errors that was seen is the share. */
static size_t errors_floor(const struct lbi_result *result)
{
    const char *preset = lbi_tree_text(lbi_dataset_header(result->dataset), "workload.preset");

    return strcmp(preset, "quick") == 0 ? 10 : 100;
}

static bool needs_durations(const struct lbi_objective *objective)
{
    return lbi_metrics[objective->metric].unit == LBI_UNIT_MS ||
           objective->metric == LBI_M_SESSIONS;
}

/* Clocks that a stream which is held back and bunched makes meaningless. */
static bool spoilt_by_buffering(const struct lbi_objective *objective)
{
    switch ((int)objective->metric) {
    case LBI_M_TTFT:
    case LBI_M_ITL:
    case LBI_M_TPOT:
    case LBI_M_STALL:
        return true;
    default:
        return false;
    }
}

static bool about_cache(const struct lbi_objective *objective)
{
    return objective->metric == LBI_M_CACHE_HIT || objective->metric == LBI_M_CACHE_BENEFIT ||
           objective->metric == LBI_M_SPEEDUP;
}

/* How late the meter may be for this objective: a tenth of its limit, never under 1 ms. */
static double allowed_ms(double limit_ms)
{
    return fmax(1, 0.1 * limit_ms);
}

static double worst_delay(const struct lbi_validity *validity)
{
    double lag = isfinite(validity->lag_p99) ? validity->lag_p99 : 0;
    double own = isfinite(validity->own_p99) ? validity->own_p99 : 0;

    return fmax(lag, own);
}

static void note_late(struct lbi_validity *out, double limit_ms)
{
    if (worst_delay(out) <= allowed_ms(limit_ms))
        return;
    out->late = true;
    out->late_ms = worst_delay(out);
    out->allowed_ms = allowed_ms(limit_ms);
}

/* Does every conversation begin with text of its own that no earlier run can have sent? */
static bool begins_fresh(struct json_object *header)
{
    const char *nonce = lbi_tree_text(header, "workload.nonce");
    struct json_object *prefix = lbi_tree_get(header, "workload.shared_prefix");
    bool named =
        json_object_is_type(prefix, json_type_string) && json_object_get_string_len(prefix) > 0;
    bool sized = lbi_tree_number(header, "workload.shared_prefix") > 0 ||
                 lbi_tree_number(header, "workload.shared_prefix_bytes") > 0;

    return *nonce != '\0' && strcmp(nonce, "none") != 0 && !named && !sized;
}

bool lbi_is_contaminated(const lb_turn *first)
{
    return (double)first->cached_tokens > fmax(64, 0.01 * (double)first->prompt_tokens);
}

/* Then nothing of a first turn can have been cached. 1, 0, or -1: not known. */
static int find_contamination(const struct lbi_result *result, const struct lbi_part *part)
{
    int found = -1;

    if (!begins_fresh(lbi_dataset_header(result->dataset)))
        return -1;
    if (part->tally != NULL)
        return part->tally->contaminated;
    for (size_t i = 0; i < part->view.count; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        if (turn.turn != 1 || turn.cached_tokens == LB_UNKNOWN || turn.prompt_tokens == LB_UNKNOWN)
            continue;
        if (lbi_is_contaminated(&turn))
            return 1;
        found = 0;
    }
    return found;
}

void lbi_find_validity(struct lbi_validity *out, const struct lbi_result *result,
                       const struct lbi_part *part, const struct lbi_rules *rules)
{
    struct json_object *footer = lbi_dataset_footer(result->dataset);
    struct json_object *said = lbi_tree_get(footer, "meter.valid");
    bool any_limit = false;

    *out = (struct lbi_validity){.lag_p99 = lbi_tree_number(footer, "meter.loop_lag_ms.p99"),
                                 .own_p99 = part->own_delay.p99};
    out->known = isfinite(out->lag_p99) || isfinite(out->own_p99);
    out->said_invalid =
        json_object_is_type(said, json_type_boolean) && !json_object_get_boolean(said);
    out->buffered = lbi_tree_true(footer, "stream.buffered");
    out->contaminated = find_contamination(result, part);
    out->stored = 100 * part->gateway.stored > part->counts.ok;
    for (size_t i = 0; i < rules->objective_count; i++) {
        const struct lbi_objective *objective = &rules->objectives[i];
        if (lbi_metrics[objective->metric].unit != LBI_UNIT_MS)
            continue;
        any_limit = true;
        note_late(out, objective->limit);
        out->sessions_spoilt =
            out->sessions_spoilt || (out->buffered && spoilt_by_buffering(objective));
    }
    double median = part->metrics[LBI_M_TTFT].p[LBI_P50].value;
    if (!any_limit && isfinite(median))
        note_late(out, median);
    out->late = out->late || out->said_invalid;
}

static bool meter_spoils(const struct lbi_validity *validity, const struct lbi_objective *objective)
{
    if (!needs_durations(objective))
        return false;
    if (validity->said_invalid || objective->metric == LBI_M_SESSIONS)
        return validity->late;
    return worst_delay(validity) > allowed_ms(objective->limit);
}

/* False: nothing forbids judging it. */
static bool is_invalid(struct lbi_judged *out, const struct lbi_validity *validity)
{
    if (out->shown.n == 0)
        out->reason = LBI_WHY_NO_DATA;
    else if (meter_spoils(validity, out->objective))
        out->reason = LBI_WHY_METER_LATE;
    else if ((validity->buffered && spoilt_by_buffering(out->objective)) ||
             (validity->sessions_spoilt && out->objective->metric == LBI_M_SESSIONS))
        out->reason = LBI_WHY_BUFFERED;
    else if (validity->stored && (needs_durations(out->objective) || about_cache(out->objective)))
        out->reason = LBI_WHY_STORED;
    else if (validity->contaminated == 1 && about_cache(out->objective))
        out->reason = LBI_WHY_CONTAMINATED;
    else
        return false;
    out->status = LBI_INVALID;
    return true;
}

static void decide(struct lbi_judged *out, bool met, bool missed)
{
    out->status = met ? LBI_PASS : (missed ? LBI_FAIL : LBI_UNDECIDED);
    out->reason = met ? LBI_WHY_MET : (missed ? LBI_WHY_MISSED : LBI_WHY_NOT_PROVED);
}

/* By bounds: the far one inside the limit passes, the near one outside fails. */
static void decide_by_bounds(struct lbi_judged *out)
{
    const struct lbi_objective *objective = out->objective;
    bool upper = lbi_op_upper(objective->op);
    double far_end = upper ? out->high : out->low;
    double near_end = upper ? out->low : out->high;
    bool met = isfinite(far_end) && lbi_op_holds(objective->op, far_end, objective->limit);
    bool missed = isfinite(near_end) && !lbi_op_holds(objective->op, near_end, objective->limit);

    decide(out, met, missed);
}

static void soften(struct lbi_judged *out)
{
    const struct lbi_objective *objective = out->objective;
    bool mild = lbi_metrics[objective->metric].unit == LBI_UNIT_MS && lbi_op_upper(objective->op) &&
                isfinite(out->shown.value) && out->shown.value <= 2 * objective->limit;

    if (out->status == LBI_FAIL && mild)
        out->status = LBI_WARN;
}

static void judge_one(struct lbi_judged *out, const struct lbi_validity *validity, size_t floor)
{
    const struct lbi_objective *objective = out->objective;

    out->more = 0;
    if (is_invalid(out, validity))
        return;
    if (!isfinite(out->shown.value)) { /* it falls on a failed request */
        out->status = LBI_FAIL;
        out->reason = LBI_WHY_FAILURES;
        return;
    }
    if (objective->metric == LBI_M_ERRORS && out->shown.n >= floor) {
        bool met = lbi_op_holds(objective->op, out->shown.value, objective->limit);
        decide(out, met, !met);
        return;
    }
    decide_by_bounds(out);
    soften(out);
}

static int rank(enum lbi_status status, bool of_errors)
{
    if (status == LBI_FAIL && of_errors)
        return 10;
    return (int)status; /* PASS < UNDECIDED < WARN < FAIL < INVALID */
}

int lbi_verdict_rank(const struct lbi_verdict *verdict)
{
    int worst = (int)verdict->status;

    for (size_t i = 0; i < verdict->slo_count; i++) {
        int here = rank(verdict->slo[i].status, verdict->slo[i].objective->metric == LBI_M_ERRORS);
        worst = here > worst ? here : worst;
    }
    return worst;
}

int lbi_exit_code(enum lbi_status status, const struct lbi_rules *rules)
{
    switch (status) {
    case LBI_FAIL:
        return rules->fail_on_fail ? 1 : 0;
    case LBI_WARN:
        return rules->fail_on_fail || rules->fail_on_warn ? 1 : 0;
    case LBI_INVALID:
        return rules->fail_on_invalid ? 4 : 0;
    case LBI_UNDECIDED:
        return rules->fail_on_undecided ? 5 : 0;
    case LBI_PASS:
    default:
        return 0;
    }
}

/* Nothing was measured because nothing could be: the endpoint, not its speed, is the matter. */
static bool could_not_measure(const struct lbi_counts *counts)
{
    return counts->total > 0 && counts->ok == 0 &&
           (!counts->any_answer || counts->refused == counts->total);
}

static void conclude(struct lbi_verdict *out, const struct lbi_part *part,
                     const struct lbi_rules *rules)
{
    int worst;

    out->status = LBI_PASS;
    worst = lbi_verdict_rank(out);
    out->status = worst == 10 ? LBI_FAIL : (enum lbi_status)worst;
    out->no_success = part->counts.ok == 0;
    if (out->no_success && out->status == LBI_PASS)
        out->status = LBI_INVALID;
    if (out->shards_missing > 0 && worst != 10) /* what they saw may be all that matters */
        out->status = LBI_INVALID;
    for (size_t i = 0; i < part->errors.count; i++)
        out->quota = out->quota || strcmp(part->errors.items[i].name, "rate_limit") == 0;
    out->exit_code = could_not_measure(&part->counts) ? 3 : lbi_exit_code(out->status, rules);
}

lb_err lbi_judge(struct lbi_verdict *out, const struct lbi_result *result,
                 const struct lbi_part *part, const struct lbi_rules *rules)
{
    size_t floor = errors_floor(result);
    lb_err err = LB_OK;

    *out = (struct lbi_verdict){0};
    lbi_find_validity(&out->validity, result, part, rules);
    out->slo = lbi_zalloc(result->mem, (rules->objective_count + 1) * sizeof(*out->slo));
    if (out->slo == NULL)
        return LB_E_NOMEM;
    for (size_t i = 0; i < rules->objective_count && err == LB_OK; i++) {
        struct lbi_judged *judged = &out->slo[out->slo_count];
        judged->objective = &rules->objectives[i];
        if (!lbi_objective_applies(result, part, judged->objective))
            continue;
        bool absent = judged->objective->class_kind == LBI_CLASS_MODEL &&
                      strcmp(judged->objective->class_name + strlen("model="), part->model) != 0;
        err = lbi_evaluate(judged, part);
        if (absent)
            lbi_no_stat(&judged->shown);
        judge_one(judged, &out->validity, floor);
        if (judged->status == LBI_UNDECIDED)
            judged->more = lbi_more_conversations(judged, part, floor);
        out->slo_count++;
    }
    out->shards = lbi_tree_int(lbi_dataset_header(result->dataset), "workload.shard.of", 1);
    out->shards_missing =
        lbi_tree_int(lbi_dataset_header(result->dataset), "workload.shards_missing", 0);
    conclude(out, part, rules);
    return err;
}

void lbi_verdict_free(struct lbi_verdict *verdict, const struct lbi_mem *mem)
{
    lbi_free(mem, verdict->slo);
    verdict->slo = NULL;
    verdict->slo_count = 0;
}
