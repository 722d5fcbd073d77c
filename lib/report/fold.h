/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold.h - from records to plain numbers: the same code for a run, for stored records and for
 * made-up ones. What it finds is judged in judge.h and put into a tree in result.h.
 */
#ifndef LBI_REPORT_FOLD_H
#define LBI_REPORT_FOLD_H

#include "report/objective.h"
#include "report/view.h"
#include "stats/binned.h"

enum { LBI_P50, LBI_P90, LBI_P95, LBI_P99, LBI_P99_9, LBI_PERCENTILES };
extern const uint32_t lbi_percentiles_100k[LBI_PERCENTILES];

/* One clock over successful requests. */
struct lbi_measures {
    size_t n;
    lb_stat mean, p[LBI_PERCENTILES];
    double min, max, stddev;
};

/* The requests of one turn or one class. */
struct lbi_group {
    int32_t turn;
    size_t n, ok;
    struct lbi_measures ttft;
    double cached_share;
};

enum { LBI_GROUP_FIRST, LBI_GROUP_LATER, LBI_GROUP_CODE, LBI_GROUP_TEXT, LBI_GROUPS };
extern const char *const lbi_group_names[LBI_GROUPS];

struct lbi_count {
    const char *name;
    size_t count;
};

/* Names and how often each came, most frequent first. */
struct lbi_names {
    struct lbi_count *items;
    size_t cap, count;
};

struct lbi_counts {
    size_t total, ok, failed, cancelled, retried, reconnected, warmup, twins;
    int64_t not_sent;        /* -1 unknown */
    bool any_answer;         /* some request got an HTTP answer */
    size_t refused;          /* auth or model_not_found */
    size_t later, later_new; /* ok ones behind a first turn, and those that opened a connection */
};

struct lbi_sessions {
    size_t total, completed, aborted;
    size_t met;    /* whole and inside every objective on durations */
    size_t judged; /* that ended, or missed something before we stopped them */
    bool unjudged; /* `met` is not known: nobody looked for these objectives */
    bool lost;     /* nor is any but `total`: too many were under way to follow them */
};

struct lbi_tokens {
    double prompt, cached, completion; /* NAN unknown */
    bool from_server;
    size_t cached_known, cached_of;
    double chunks; /* frames with tokens */
};

struct lbi_rates {
    double requests, output_tokens, input_tokens, chunks; /* per second; NAN unknown */
};

/* The old tool's numbers by its own formulas; NAN unknown. Milliseconds. */
struct lbi_legacy_times {
    size_t n;
    double min, max, mean, p50, p95, p99;
};

struct lbi_legacy {
    struct lbi_legacy_times ttft, total;
    double first_mean, later_mean, speedup;
};

/* What stands between us and the model, by its own headers. */
struct lbi_gateway {
    size_t answers;            /* that carry LiteLLM's headers */
    size_t retried, fallbacks; /* more than one attempt, or another model, behind one answer */
    size_t stored;             /* from its response cache, as it says */
    size_t repeated;           /* with the id of an earlier answer: a response cache, perhaps */
    struct lbi_measures overhead;
};

struct lbi_spread {
    double p50, p99, max; /* ms; NAN unknown */
};

/* Everything about one model. */
struct lbi_part {
    const char *model;                  /* "" unknown */
    struct lbi_view view;               /* without records where there is a tally */
    const struct lbi_tally_part *tally; /* beyond the exact limit; else NULL */
    struct lbi_counts counts;
    struct lbi_names errors;   /* by class */
    struct lbi_names answered; /* by answering model */
    struct lbi_sessions sessions;
    struct lbi_measures metrics[LBI_M_DURATIONS];
    struct lbi_group *turns;
    size_t turn_count;
    struct lbi_group groups[LBI_GROUPS];
    struct lbi_tokens tokens;
    struct lbi_rates rates;
    struct lbi_legacy legacy;
    lb_stat errors_share, cache_hit, speedup;
    struct lbi_spread own_delay, schedule_delay;
    struct lbi_gateway gateway;
    double wall_ms;
    const struct lbi_binned *pauses; /* where itl comes from once they are too many; else NULL */
};

struct lbi_result {
    const struct lb_dataset *dataset;
    const struct lbi_mem *mem;
    struct lbi_part *parts; /* one a model, at least one */
    size_t part_count;
    const struct lbi_objective *objectives;
    size_t objective_count;
    int64_t planned_turns; /* -1 unknown */
};

/* `out` is freed by the caller, also after a failure. Keeps `dataset` and `objectives` borrowed. */
lb_err lbi_fold(struct lbi_result *out, const struct lb_dataset *dataset,
                const struct lbi_objective *objectives, size_t count);
void lbi_result_free(struct lbi_result *result);

/* Does the objective speak of this model? (One that names another does not.) */
bool lbi_objective_applies(const struct lbi_result *result, const struct lbi_part *part,
                           const struct lbi_objective *objective);
struct lbi_filter lbi_objective_filter(const struct lbi_objective *objective);

/* ---- inside this folder ---- */

/* From the first start to the last end. */
struct lbi_span {
    int64_t first_start, last_done;
};

/* One conversation. */
struct lbi_session {
    uint32_t came, highest; /* turns that were answered; the highest number seen */
    bool failed, cancelled, violated;
};

/* The objectives on durations that speak of a model. */
struct lbi_wishes {
    const struct lbi_objective **items;
    size_t count;
};

lb_err lbi_count_name(const struct lbi_mem *mem, struct lbi_names *names, const char *name,
                      size_t times);
lb_err lbi_count_turn(struct lbi_part *part, const struct lbi_mem *mem, const lb_turn *turn);
void lbi_close_counts(struct lbi_part *part);
void lbi_begin_tokens(struct lbi_tokens *tokens, struct lbi_span *span);
void lbi_widen_span(struct lbi_span *span, const lb_turn *turn);
void lbi_take_usage(struct lbi_tokens *tokens, const lb_turn *turn);
void lbi_close_tokens(struct lbi_part *part, const struct lbi_span *span);
/* What headers of a gateway say; its overhead in ms, or NAN. */
double lbi_take_notes(struct lbi_gateway *gateway, const char *json);
/* `items` is freed by the caller, also after a failure. */
lb_err lbi_find_wishes(struct lbi_wishes *out, const struct lbi_result *result,
                       const struct lbi_part *part);
void lbi_session_take(struct lbi_session *session, const struct lbi_view *view,
                      const struct lbi_wishes *wishes, const lb_turn *turn);
void lbi_session_count(struct lbi_sessions *sessions, const struct lbi_session *session,
                       int64_t planned);
lb_err lbi_measure(struct lbi_measures *out, struct lbi_sample *sample);
/* The same from bins of nanoseconds. */
void lbi_measure_binned(struct lbi_measures *out, const struct lbi_binned *binned);
/* Nanoseconds to milliseconds. */
void lbi_to_ms(lb_stat *stat);
lb_err lbi_fold_counts(struct lbi_part *part, const struct lbi_mem *mem);
lb_err lbi_fold_sessions(struct lbi_part *part, const struct lbi_result *result);
void lbi_fold_tokens(struct lbi_part *part);
lb_err lbi_fold_gateway(struct lbi_part *part);
lb_err lbi_fold_legacy(struct lbi_part *part);
lb_err lbi_fold_groups(struct lbi_part *part, const struct lbi_mem *mem);

#endif
