/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.c - which records count, what value a record has for a metric, and which conversation it
 * belongs to. The only place that knows the clocks behind the metrics (docs/definitions.md). Must
 * not know objectives or output. Tested in tests/unit/test_fold.c.
 */
#include "report/view.h"

#include <math.h>
#include <string.h>

#include "stats/idmap.h"

static bool takes_model(const lb_turn *turn, const char *model)
{
    return model == NULL || turn->model == model; /* equal strings have equal addresses */
}

static bool takes(const lb_turn *turn, const char *model)
{
    return !turn->warmup && !turn->twin && takes_model(turn, model);
}

static size_t count_taken(const struct lb_dataset *dataset, const char *model)
{
    size_t count = lbi_dataset_count(dataset), taken = 0;

    for (size_t i = 0; i < count; i++) {
        lb_turn turn;
        lbi_dataset_row(dataset, &turn, i);
        taken += takes(&turn, model);
    }
    return taken;
}

static lb_err fill(struct lbi_view *view, const char *model)
{
    size_t count = lbi_dataset_count(view->dataset), place = 0;
    struct lbi_idmap map;
    lb_err err = LB_OK;

    lbi_idmap_init(&map, view->mem);
    for (size_t i = 0; i < count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, i);
        if (!takes(&turn, model))
            continue;
        view->rows[place] = (uint32_t)i;
        /* Records without a conversation may all be of one: nothing is proved of them. */
        err = lbi_idmap_number(&map, &view->cluster[place++], (uint64_t)turn.conversation);
        view->has_answer_clock = view->has_answer_clock || turn.ttfa_ns != LB_UNKNOWN;
    }
    view->clusters = (uint32_t)map.count;
    lbi_idmap_free(&map);
    return err;
}

static lb_err reserve(struct lbi_view *view)
{
    view->rows = lbi_alloc(view->mem, (view->count + 1) * sizeof(*view->rows));
    view->cluster = lbi_alloc(view->mem, (view->count + 1) * sizeof(*view->cluster));
    return view->rows == NULL || view->cluster == NULL ? LB_E_NOMEM : LB_OK;
}

lb_err lbi_view_init(struct lbi_view *view, const struct lb_dataset *dataset, const char *model)
{
    *view = (struct lbi_view){
        .dataset = dataset, .mem = &lbi_dataset_ctx(dataset)->mem, .whole = model == NULL};
    view->count = count_taken(dataset, model);
    lb_err err = reserve(view);
    return err == LB_OK ? fill(view, model) : err;
}

/* Rows of each turn in `begins`, then where each turn begins. */
static void find_begins(const struct lbi_view *view, uint32_t *begins)
{
    uint32_t before = 0;

    for (size_t i = 0; i < view->count; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        begins[turn.turn]++;
    }
    for (size_t t = 0; t <= UINT16_MAX; t++) {
        uint32_t here = begins[t];
        begins[t] = before;
        before += here;
    }
}

lb_err lbi_view_by_turn(struct lbi_view *out, const struct lbi_view *view)
{
    uint32_t *begins = lbi_zalloc(view->mem, ((size_t)UINT16_MAX + 1) * sizeof(*begins));

    *out = *view;
    lb_err err = reserve(out);
    if (begins == NULL)
        err = LB_E_NOMEM;
    if (err == LB_OK)
        find_begins(view, begins);
    for (size_t i = 0; i < view->count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        uint32_t place = begins[turn.turn]++;
        out->rows[place] = view->rows[i];
        out->cluster[place] = view->cluster[i];
    }
    lbi_free(view->mem, begins);
    return err;
}

void lbi_view_free(struct lbi_view *view)
{
    if (view->mem == NULL)
        return;
    lbi_free(view->mem, view->rows);
    lbi_free(view->mem, view->cluster);
    view->rows = view->cluster = NULL;
    view->count = 0;
}

enum lbi_role lbi_role_of(const lb_turn *turn)
{
    if (strcmp(turn->error, "cancelled") == 0)
        return LBI_ROLE_CANCELLED;
    if (*turn->error != '\0') /* however often it was tried */
        return LBI_ROLE_FAILED;
    return turn->attempt > 1 || turn->reconnected > 0 ? LBI_ROLE_APART : LBI_ROLE_OK;
}

bool lbi_filter_takes(const struct lbi_filter *filter, const lb_turn *turn)
{
    if (filter == NULL)
        return true;
    switch (filter->kind) {
    case LBI_CLASS_FIRST:
        return turn->turn == 1;
    case LBI_CLASS_LATER:
        return turn->turn > 1;
    case LBI_CLASS_CODE:
        return turn->code == 1;
    case LBI_CLASS_TEXT:
        return turn->code == 0;
    case LBI_CLASS_TURN:
        return turn->turn == filter->turn;
    case LBI_CLASS_ALL:
    case LBI_CLASS_MODEL:
    default:
        return true;
    }
}

static double as_ms(int64_t ns)
{
    return ns == LB_UNKNOWN ? (double)NAN : (double)ns / 1e6;
}

static double between(int64_t end, int64_t begin)
{
    return end == LB_UNKNOWN || begin == LB_UNKNOWN ? (double)NAN : (double)(end - begin) / 1e6;
}

/* Per token, from the server's own count of them. */
static double tpot(const lb_turn *turn)
{
    if (turn->completion_tokens == LB_UNKNOWN || turn->completion_tokens < 2)
        return (double)NAN;
    return between(turn->last_token_ns, turn->first_token_ns) /
           (double)(turn->completion_tokens - 1);
}

/* Unknown phases of a reused connection are none; else they make the delay unknown. */
static double own_delay(const lb_turn *turn)
{
    int64_t phases[] = {turn->dns_ns, turn->connect_ns, turn->tls_ns};
    double delay = between(turn->sent_ns, turn->start_ns);

    for (size_t i = 0; i < 3; i++) {
        if (phases[i] == LB_UNKNOWN && turn->reused == 1)
            phases[i] = 0;
        delay -= as_ms(phases[i]);
    }
    return delay < 0 ? 0 : delay;
}

double lbi_turn_value(const lb_turn *turn, enum lbi_metric metric)
{
    switch ((int)metric) {
    case LBI_M_TTFT:
        return as_ms(turn->ttft_ns);
    case LBI_M_TTFT_TOTAL:
        return between(turn->first_token_ns, turn->start_ns);
    case LBI_M_TTFA:
        return as_ms(turn->ttfa_ns);
    case LBI_M_TTFB:
        return between(turn->first_byte_ns, turn->sent_ns);
    case LBI_M_TPOT:
        return tpot(turn);
    case LBI_M_STALL:
        return as_ms(turn->max_gap_ns);
    case LBI_M_E2E:
        return as_ms(turn->e2e_ns);
    case LBI_M_RESPONSE:
        return between(turn->first_token_ns, turn->due_ns);
    case LBI_M_OWN_DELAY:
        return own_delay(turn);
    case LBI_M_DNS:
        return as_ms(turn->dns_ns);
    case LBI_M_CONNECT:
        return as_ms(turn->connect_ns);
    case LBI_M_TLS:
        return as_ms(turn->tls_ns);
    default:
        return (double)NAN;
    }
}

/* Where no record at all knows when its answer began, the data does not tell; the clock of the
 * first token says that it was looked for. */
bool lbi_turn_missed(const struct lbi_view *view, const lb_turn *turn, enum lbi_metric metric)
{
    bool looked_for = view->has_answer_clock || turn->first_token_ns != LB_UNKNOWN;

    return metric == LBI_M_TTFA && turn->ttfa_ns == LB_UNKNOWN && turn->ttft_ns != LB_UNKNOWN &&
           looked_for;
}

static lb_err add_plain(const struct lbi_view *view, struct lbi_sample *out,
                        const struct lbi_filter *filter, enum lbi_metric metric, bool misses)
{
    lb_err err = LB_OK;

    for (size_t i = 0; i < view->count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        enum lbi_role role = lbi_role_of(&turn);
        if (!lbi_filter_takes(filter, &turn))
            continue;
        double value = lbi_turn_value(&turn, metric);
        bool missed = role == LBI_ROLE_FAILED || lbi_turn_missed(view, &turn, metric);
        if (missed && misses && role != LBI_ROLE_CANCELLED && role != LBI_ROLE_APART)
            err = lbi_sample_add(out, view->cluster[i], (double)INFINITY);
        else if (role == LBI_ROLE_OK && isfinite(value))
            err = lbi_sample_add(out, view->cluster[i], value);
    }
    return err;
}

static lb_err add_gaps_of(const struct lbi_view *view, struct lbi_sample *out, size_t i)
{
    size_t first, count;
    const struct lbi_gaps *gaps = lbi_dataset_gaps(view->dataset, &first, &count, view->rows[i]);
    lb_err err = LB_OK;

    for (size_t g = 0; g < count && err == LB_OK; g++)
        err = lbi_sample_add(out, view->cluster[i], (double)lbi_gaps_ns(gaps, first + g) / 1e6);
    return err;
}

static size_t miss_weight(size_t gaps, size_t with_gaps)
{
    size_t weight = with_gaps > 0 ? (gaps + with_gaps / 2) / with_gaps : 1;

    return weight > 0 ? weight : 1;
}

/* A failed request weighs as much as an average one that came: as many missed gaps as that has. */
static lb_err add_gaps(const struct lbi_view *view, struct lbi_sample *out,
                       const struct lbi_filter *filter, bool misses)
{
    size_t with_gaps = 0;
    lb_err err = LB_OK;

    for (size_t i = 0; i < view->count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        if (lbi_role_of(&turn) != LBI_ROLE_OK || !lbi_filter_takes(filter, &turn))
            continue;
        size_t before = out->count;
        err = add_gaps_of(view, out, i);
        with_gaps += out->count > before;
    }
    size_t weight = miss_weight(out->count, with_gaps);
    for (size_t i = 0; misses && i < view->count && err == LB_OK; i++) {
        lb_turn turn;
        lbi_dataset_row(view->dataset, &turn, view->rows[i]);
        if (lbi_role_of(&turn) != LBI_ROLE_FAILED || !lbi_filter_takes(filter, &turn))
            continue;
        for (size_t m = 0; m < weight && err == LB_OK; m++)
            err = lbi_sample_add(out, view->cluster[i], (double)INFINITY);
    }
    return err;
}

lb_err lbi_view_sample(const struct lbi_view *view, struct lbi_sample *out,
                       const struct lbi_filter *filter, enum lbi_metric metric, bool misses)
{
    lbi_sample_init(out, view->mem);
    if (metric == LBI_M_ITL)
        return add_gaps(view, out, filter, misses);
    return add_plain(view, out, filter, metric, misses);
}
