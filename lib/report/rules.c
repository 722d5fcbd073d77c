/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - which objectives a result is judged by. Tested in tests/unit/test_judge.c.
 */
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

lb_err lbi_rules_add_default(struct lbi_rules *rules, struct lb_ctx *ctx, const char *expr,
                             size_t own)
{
    lb_err err = lbi_rules_add(rules, ctx, expr);

    if (err != LB_OK)
        return err;
    enum lbi_metric metric = rules->objectives[rules->objective_count - 1].metric;
    for (size_t i = 0; i < own; i++) {
        if (rules->objectives[i].metric == metric) {
            rules->objective_count--;
            break;
        }
    }
    return LB_OK;
}
