/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold_sessions.c - conversations as people lived them: came whole, broke off, had a bad moment.
 * Tested in tests/unit/test_fold.c.
 */
#include <math.h>

#include "report/fold.h"

static bool violates(const struct lbi_view *view, const struct lbi_objective *objective,
                     const lb_turn *turn)
{
    const struct lbi_filter filter = lbi_objective_filter(objective);
    double value = lbi_turn_value(turn, objective->metric);

    if (!lbi_filter_takes(&filter, turn))
        return false;
    /* Of the pauses within an answer the longest decides. */
    if (objective->metric == LBI_M_ITL)
        value = lbi_turn_value(turn, LBI_M_STALL);
    if (lbi_turn_missed(view, turn, objective->metric))
        return true;
    return isfinite(value) && !lbi_op_holds(objective->op, value, objective->limit);
}

void lbi_session_take(struct lbi_session *session, const struct lbi_view *view,
                      const struct lbi_wishes *wishes, const lb_turn *turn)
{
    enum lbi_role role = lbi_role_of(turn);
    bool ok = *turn->error == '\0';

    session->highest =
        (uint32_t)turn->turn > session->highest ? (uint32_t)turn->turn : session->highest;
    session->cancelled = session->cancelled || role == LBI_ROLE_CANCELLED;
    session->failed = session->failed || (!ok && role != LBI_ROLE_CANCELLED);
    session->came += ok;
    for (size_t i = 0; ok && role == LBI_ROLE_OK && i < wishes->count; i++)
        session->violated = session->violated || violates(view, wishes->items[i], turn);
}

/* Without a known plan, a conversation is whole when no turn before its last one is missing. */
static bool is_whole(const struct lbi_session *session, int64_t planned)
{
    uint32_t wanted = planned > 0 ? (uint32_t)planned : session->highest;

    return !session->failed && !session->cancelled && session->came >= wanted && session->came > 0;
}

void lbi_session_count(struct lbi_sessions *sessions, const struct lbi_session *session,
                       int64_t planned)
{
    bool whole = is_whole(session, planned);

    sessions->completed += whole;
    sessions->aborted += session->failed;
    sessions->met += whole && !session->violated;
    /* One that we stopped ourselves says nothing, unless it was bad already. */
    sessions->judged += whole || session->failed || session->violated;
}

lb_err lbi_find_wishes(struct lbi_wishes *out, const struct lbi_result *result,
                       const struct lbi_part *part)
{
    size_t count = result->objective_count;

    out->count = 0;
    out->items = lbi_zalloc(result->mem, (count + 1) * sizeof(*out->items));
    if (out->items == NULL)
        return LB_E_NOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct lbi_objective *objective = &result->objectives[i];
        if (lbi_metrics[objective->metric].unit == LBI_UNIT_MS &&
            lbi_objective_applies(result, part, objective))
            out->items[out->count++] = objective;
    }
    return LB_OK;
}

lb_err lbi_fold_sessions(struct lbi_part *part, const struct lbi_result *result)
{
    const struct lbi_view *view = &part->view;
    struct lbi_session *all = lbi_zalloc(view->mem, ((size_t)view->clusters + 1) * sizeof(*all));
    struct lbi_wishes wishes;
    lb_err err = lbi_find_wishes(&wishes, result, part);

    if (all == NULL)
        err = LB_E_NOMEM;
    for (size_t i = 0; i < view->count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        lbi_session_take(&all[view->cluster[i]], view, &wishes, &turn);
    }
    part->sessions.total = view->clusters;
    for (uint32_t c = 0; c < view->clusters && err == LB_OK; c++)
        lbi_session_count(&part->sessions, &all[c], result->planned_turns);
    lbi_free(view->mem, (void *)wishes.items);
    lbi_free(view->mem, all);
    return err;
}
