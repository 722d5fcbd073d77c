/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h - the measured records of one model, in the order of the dataset, where walking through
 * them is quickest, with their conversations numbered from 0; and samples of any metric drawn from
 * them.
 */
#ifndef LBI_REPORT_VIEW_H
#define LBI_REPORT_VIEW_H

#include "report/dataset.h"
#include "report/objective.h"
#include "stats/stat.h"

enum lbi_role {
    LBI_ROLE_OK,
    LBI_ROLE_FAILED,
    LBI_ROLE_CANCELLED,
    LBI_ROLE_APART, /* a retry or a silent reconnection: counted, but not in statistics */
};

struct lbi_view {
    const struct lb_dataset *dataset;
    const struct lbi_mem *mem;
    uint32_t *rows;    /* of the dataset */
    uint32_t *cluster; /* conversation of each, numbered without gaps */
    size_t count;
    uint32_t clusters;
    bool has_answer_clock; /* some record knows when its answer began */
    bool whole;            /* it holds all models of the dataset */
};

struct lbi_filter {
    enum lbi_class kind;
    int32_t turn;
};

/* `model` NULL: all. Warm-up and twins are left out. */
lb_err lbi_view_init(struct lbi_view *view, const struct lb_dataset *dataset, const char *model);
void lbi_view_free(struct lbi_view *view);
/* The same, ordered by turn. `out` is freed by the caller, also after a failure. */
lb_err lbi_view_by_turn(struct lbi_view *out, const struct lbi_view *view);

enum lbi_role lbi_role_of(const lb_turn *turn);
bool lbi_filter_takes(const struct lbi_filter *filter, const lb_turn *turn);
/* Milliseconds, NAN when the record does not have it. Not for itl, which has many values. */
double lbi_turn_value(const lb_turn *turn, enum lbi_metric metric);
/* An answer without a word for people: a miss for objectives on it. */
bool lbi_turn_missed(const struct lbi_view *view, const lb_turn *turn, enum lbi_metric metric);
/* `misses`: failed requests count as +INFINITY. The sample is initialised here and freed by the
 * caller, also after a failure. */
lb_err lbi_view_sample(const struct lbi_view *view, struct lbi_sample *out,
                       const struct lbi_filter *filter, enum lbi_metric metric, bool misses);
/* Nothing known, of nothing. */
void lbi_no_stat(lb_stat *out);
/* Hits among all, by conversation or lot of conversations. */
void lbi_share_of(lb_stat *out, const uint32_t *hits, const uint32_t *totals, size_t clusters,
                  enum lbi_bounds bounds);
/* Failed requests among ok and failed ones. */
lb_err lbi_view_errors(const struct lbi_view *view, lb_stat *out, const struct lbi_filter *filter,
                       enum lbi_bounds bounds);
/* Cached among all prompt tokens where both are known; n is the number of such requests. */
lb_err lbi_view_cache_hit(const struct lbi_view *view, lb_stat *out,
                          const struct lbi_filter *filter, enum lbi_bounds bounds);
/* Mean TTFT of turn 1 over that of later turns. */
lb_err lbi_view_speedup(const struct lbi_view *view, lb_stat *out, enum lbi_bounds bounds);

#endif
