/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - which objectives a result is judged by. Tested in tests/unit/test_judge.c.
 */
#include <string.h>

#include "report/result.h"

void lbi_rules_init(struct lbi_rules *rules)
{
    *rules = (struct lbi_rules){.speedup_threshold = 2.0,
                                .fail_on_fail = true,
                                .fail_on_invalid = true,
                                .fail_on_undecided = true};
}

void lbi_rules_free(struct lbi_rules *rules, const struct lbi_mem *mem)
{
    lbi_free(mem, rules->objectives);
    rules->objectives = NULL;
    rules->objectives_cap = rules->objective_count = 0;
}

lb_err lbi_rules_add(struct lbi_rules *rules, struct lb_ctx *ctx, const char *expr)
{
    struct lbi_objective objective;
    struct lbi_buf why;

    lbi_buf_init(&why, &ctx->mem);
    if (!lbi_objective_parse(&objective, expr, &why)) {
        lb_err bad = lbi_fail(ctx, LB_E_INVALID, "objective %.80s: %s", expr, lbi_buf_text(&why));
        lbi_buf_free(&why);
        return bad;
    }
    lbi_buf_free(&why);
    void *items = rules->objectives;
    lb_err err = lbi_grow(&ctx->mem, &items, &rules->objectives_cap, rules->objective_count,
                          sizeof(objective));
    rules->objectives = items;
    if (err != LB_OK)
        return lbi_nomem(ctx);
    rules->objectives[rules->objective_count++] = objective;
    return LB_OK;
}

static bool has_expr(const struct lbi_rules *rules, const char *expr)
{
    for (size_t i = 0; i < rules->objective_count; i++) {
        if (strcmp(rules->objectives[i].expr, expr) == 0)
            return true;
    }
    return false;
}

static bool has_metric(const struct lbi_rules *rules, enum lbi_metric metric)
{
    for (size_t i = 0; i < rules->objective_count; i++) {
        if (rules->objectives[i].metric == metric)
            return true;
    }
    return false;
}

lb_err lbi_rules_overlay(struct lbi_rules *rules, struct lb_ctx *ctx, const struct lbi_rules *given)
{
    size_t kept = 0;
    lb_err err = LB_OK;

    for (size_t i = 0; i < rules->objective_count; i++) {
        const struct lbi_objective *one = &rules->objectives[i];
        if (has_expr(given, one->expr) || !has_metric(given, one->metric))
            rules->objectives[kept++] = *one;
    }
    rules->objective_count = kept;
    for (size_t i = 0; i < given->objective_count && err == LB_OK; i++) {
        if (!has_expr(rules, given->objectives[i].expr))
            err = lbi_rules_add(rules, ctx, given->objectives[i].expr);
    }
    return err;
}
