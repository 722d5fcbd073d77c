/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_share.c - shares and ratios of a view: sums by conversation, handed to the statistics.
 * Must not know objectives or output. Tested in tests/unit/test_fold.c.
 */
#include <math.h>

#include "report/view.h"

void lbi_no_stat(lb_stat *out)
{
    *out = (lb_stat){(double)NAN, (double)NAN, (double)NAN, (double)NAN, 0};
}

/* One conversation has no spread that could be measured: its requests count as independent ones,
 * so that six failures of six are not too few to tell. */
void lbi_share_of(lb_stat *out, const uint32_t *hits, const uint32_t *totals, size_t clusters,
                  enum lbi_bounds bounds)
{
    size_t used = 0;
    uint64_t hit = 0, total = 0;

    for (size_t c = 0; c < clusters; c++) {
        used += totals[c] > 0;
        hit += hits[c];
        total += totals[c];
    }
    if (used < 2)
        lbi_stat_binomial(out, hit, total, bounds);
    else
        lbi_stat_share(out, hits, totals, clusters, bounds);
}

lb_err lbi_view_errors(const struct lbi_view *view, lb_stat *out, const struct lbi_filter *filter,
                       enum lbi_bounds bounds)
{
    size_t size = (size_t)view->clusters + 1;
    uint32_t *hits = lbi_zalloc(view->mem, 2 * size * sizeof(*hits));

    lbi_no_stat(out);
    if (hits == NULL)
        return LB_E_NOMEM;
    uint32_t *totals = hits + size;
    for (size_t i = 0; i < view->count; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        enum lbi_role role = lbi_role_of(&turn);
        if (role > LBI_ROLE_FAILED || !lbi_filter_takes(filter, &turn))
            continue;
        totals[view->cluster[i]]++;
        hits[view->cluster[i]] += role == LBI_ROLE_FAILED;
    }
    lbi_share_of(out, hits, totals, view->clusters, bounds);
    lbi_free(view->mem, hits);
    return LB_OK;
}

lb_err lbi_view_cache_hit(const struct lbi_view *view, lb_stat *out,
                          const struct lbi_filter *filter, enum lbi_bounds bounds)
{
    size_t size = (size_t)view->clusters + 1;
    double *num = lbi_zalloc(view->mem, 2 * size * sizeof(*num));
    uint64_t known = 0;

    lbi_no_stat(out);
    if (num == NULL)
        return LB_E_NOMEM;
    double *den = num + size;
    for (size_t i = 0; i < view->count; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        if (lbi_role_of(&turn) != LBI_ROLE_OK || !lbi_filter_takes(filter, &turn) ||
            turn.cached_tokens == LB_UNKNOWN || turn.prompt_tokens == LB_UNKNOWN)
            continue;
        num[view->cluster[i]] += (double)turn.cached_tokens;
        den[view->cluster[i]] += (double)turn.prompt_tokens;
        known++;
    }
    if (known > 0)
        lbi_stat_ratio(out, num, den, view->clusters, bounds);
    out->n = known;
    lbi_free(view->mem, num);
    return LB_OK;
}

static void sum_ttft(const struct lbi_view *view, double *first, double *later, double *counts)
{
    for (size_t i = 0; i < view->count; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        double ttft = lbi_turn_value(&turn, LBI_M_TTFT);
        if (lbi_role_of(&turn) != LBI_ROLE_OK || !isfinite(ttft) || turn.turn < 1)
            continue;
        (turn.turn == 1 ? first : later)[view->cluster[i]] += ttft;
        counts[turn.turn == 1 ? 0 : 1]++;
    }
}

/* A ratio of two means is a ratio of sums once each part is divided by its own count. */
lb_err lbi_view_speedup(const struct lbi_view *view, lb_stat *out, enum lbi_bounds bounds)
{
    size_t size = (size_t)view->clusters + 1;
    double *first = lbi_zalloc(view->mem, 2 * size * sizeof(*first));
    double counts[2] = {0, 0};

    lbi_no_stat(out);
    if (first == NULL)
        return LB_E_NOMEM;
    double *later = first + size;
    sum_ttft(view, first, later, counts);
    bool both = counts[0] > 0 && counts[1] > 0;
    for (size_t c = 0; both && c < view->clusters; c++) {
        first[c] /= counts[0];
        later[c] /= counts[1];
    }
    if (both)
        lbi_stat_ratio(out, first, later, view->clusters, bounds);
    out->n = (uint64_t)(counts[0] + counts[1]);
    lbi_free(view->mem, first);
    return LB_OK;
}
