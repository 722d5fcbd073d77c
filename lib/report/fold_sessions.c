/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold_sessions.c - conversations as people lived them: came whole, broke off, had a bad moment.
 * Tested in tests/unit/test_fold.c.
 */
#include <math.h>

#include "report/fold.h"

struct session {
    uint32_t came, highest; /* turns that were answered; the highest number seen */
    bool failed, cancelled, violated;
};

static bool violates(const struct lbi_view *view, const struct lbi_objective *objective,
                     const lb_turn *turn)
{
    const struct lbi_filter filter = lbi_objective_filter(objective);
    double value = lbi_turn_value(turn, objective->metric);

    if (lbi_metrics[objective->metric].unit != LBI_UNIT_MS || !lbi_filter_takes(&filter, turn))
        return false;
    /* Of the pauses within an answer the longest decides. */
    if (objective->metric == LBI_M_ITL)
        value = lbi_turn_value(turn, LBI_M_STALL);
    if (lbi_turn_missed(view, turn, objective->metric))
        return true;
    return isfinite(value) && !lbi_op_holds(objective->op, value, objective->limit);
}

static void take_turn(struct session *session, const struct lbi_part *part,
                      const struct lbi_result *result, const lb_turn *turn)
{
    enum lbi_role role = lbi_role_of(turn);
    bool ok = *turn->error == '\0';

    session->highest =
        (uint32_t)turn->turn > session->highest ? (uint32_t)turn->turn : session->highest;
    session->cancelled = session->cancelled || role == LBI_ROLE_CANCELLED;
    session->failed = session->failed || (!ok && role != LBI_ROLE_CANCELLED);
    session->came += ok;
    for (size_t i = 0; ok && role == LBI_ROLE_OK && i < result->objective_count; i++) {
        const struct lbi_objective *objective = &result->objectives[i];
        if (lbi_objective_applies(result, part, objective))
            session->violated = session->violated || violates(&part->view, objective, turn);
    }
}

/* Without a known plan, a conversation is whole when no turn before its last one is missing. */
static bool is_whole(const struct session *session, int64_t planned)
{
    uint32_t wanted = planned > 0 ? (uint32_t)planned : session->highest;

    return !session->failed && !session->cancelled && session->came >= wanted && session->came > 0;
}

lb_err lbi_fold_sessions(struct lbi_part *part, const struct lbi_result *result)
{
    const struct lbi_view *view = &part->view;
    struct lbi_sessions *sessions = &part->sessions;
    struct session *all = lbi_zalloc(view->mem, ((size_t)view->clusters + 1) * sizeof(*all));

    if (all == NULL)
        return LB_E_NOMEM;
    for (size_t i = 0; i < view->count; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        take_turn(&all[view->cluster[i]], part, result, &turn);
    }
    sessions->total = view->clusters;
    for (uint32_t c = 0; c < view->clusters; c++) {
        bool whole = is_whole(&all[c], result->planned_turns);
        sessions->completed += whole;
        sessions->aborted += all[c].failed;
        sessions->met += whole && !all[c].violated;
        /* One that we stopped ourselves says nothing, unless it was bad already. */
        sessions->judged += whole || all[c].failed || all[c].violated;
    }
    lbi_free(view->mem, all);
    return LB_OK;
}
