/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result.h - the result as a tree in the shape of schema litebench.report/1: what every format is
 * rendered from, and what a stored report is.
 */
#ifndef LBI_REPORT_RESULT_H
#define LBI_REPORT_RESULT_H

#include "report/judge.h"
#include "report/tree.h"

#define LBI_REPORT_SCHEMA "litebench.report/1"

void lbi_rules_init(struct lbi_rules *rules);
void lbi_rules_free(struct lbi_rules *rules, const struct lbi_mem *mem);
/* Adds one objective from text; a failure names what is wrong with it. */
lb_err lbi_rules_add(struct lbi_rules *rules, struct lb_ctx *ctx, const char *expr);
/* Puts `given` in the place of those of the same metrics; what is in both stays where it is. */
lb_err lbi_rules_overlay(struct lbi_rules *rules, struct lb_ctx *ctx,
                         const struct lbi_rules *given);

/* Folds, judges and builds. The reference is the caller's. */
lb_err lbi_result_make(struct json_object **out, const struct lb_dataset *dataset,
                       const struct lbi_rules *rules);
/* A stored one; schema and shape are looked at. */
lb_err lbi_result_load(struct json_object **out, struct lb_ctx *ctx, const char *json, size_t len);

/* ---- inside this folder ---- */

struct lbi_whole { /* what the parts of a tree are made from */
    struct lbi_tree *tree;
    const struct lbi_result *result;
    const struct lbi_rules *rules;
    struct json_object *header, *footer;
};

/* Members of one part, in their order; each takes the tree it adds to. */
void lbi_put_verdict(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part,
                     const struct lbi_verdict *verdict);
void lbi_put_numbers(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part);
void lbi_put_trust(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part,
                   const struct lbi_verdict *verdict);
void lbi_put_legacy(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part);
void lbi_put_requests(struct lbi_tree *tree, struct json_object *to,
                      const struct lbi_counts *counts, const struct lbi_names *errors);
void lbi_put_conversations(struct lbi_tree *tree, struct json_object *to,
                           const struct lbi_sessions *sessions);
/* "EXCELLENT ✓" and the like, by strict < and > as the old role had it. */
const char *lbi_cache_word(double speedup, double threshold);

#endif
