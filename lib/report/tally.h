/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally.h - what is kept of records that are too many to be kept: counts, sums by lots of
 * conversations, and durations in bins. Its size depends on the models, the turns of a
 * conversation, and the conversations under way, never on the number of requests.
 */
#ifndef LBI_REPORT_TALLY_H
#define LBI_REPORT_TALLY_H

#include "report/id_sample.h"
#include "report/judge.h"
#include "report/session_table.h"
#include "report/strings.h"
#include "stats/binned.h"

enum {
    LBI_TALLY_TURNS = 64,    /* turns that have a row of their own */
    LBI_TALLY_OPEN = 262144, /* conversations under way that are followed */
    LBI_TALLY_MODELS = 64,
};

/* By classes of requests: all, and the groups of fold.h. */
enum { LBI_TALLY_ALL = LBI_GROUPS, LBI_TALLY_KINDS };

/* Tokens of prompts by lot, where both numbers are known. */
struct lbi_tally_cache {
    double cached[LBI_LOTS], prompt[LBI_LOTS];
    uint64_t known;
};

/* What is known of any class and of any single turn. */
struct lbi_tally_sums {
    uint64_t ok[LBI_LOTS], failed[LBI_LOTS];
    struct lbi_tally_cache cache;
};

struct lbi_tally_kind {
    struct lbi_tally_sums sums;
    uint64_t wordless[LBI_LOTS];                  /* answers without a word for people */
    uint64_t perhaps_mute[LBI_LOTS];              /* the same, if words were looked for at all */
    struct lbi_binned durations[LBI_M_DURATIONS]; /* nanoseconds */
};

struct lbi_tally_turn {
    struct lbi_tally_sums sums;
    struct lbi_binned ttft;
};

/* Of one model. */
struct lbi_tally_part {
    struct lbi_part part; /* names, counts, tokens, gateway; its statistics come at the end */
    struct lbi_span span;
    struct lbi_tally_kind kinds[LBI_TALLY_KINDS];
    struct lbi_tally_turn *turns[LBI_TALLY_TURNS + 1];
    struct lbi_binned schedule, overhead;
    struct lbi_session_table open;
    bool lost_sessions; /* more were under way than can be followed */
    struct lbi_wishes wishes;
    struct lbi_id_sample ids;
    int contaminated;         /* first turns hit a cache: 1, 0, or -1 unknown */
    const char *http_version; /* of the first answer; "" unknown */
    const char *refused;      /* headers of the first refusal by a quota that had some, or "" */
    const struct lbi_binned *pauses; /* of all models */
};

struct lbi_tally {
    struct lb_ctx *ctx;
    struct lbi_strings *strings; /* the dataset's, as are the pauses */
    const struct lbi_binned *pauses;
    struct lbi_tally_part **parts;
    size_t parts_cap, part_count;
    struct lbi_rules rules; /* of the header: what conversations are held to */
    int64_t planned_turns;
    uint64_t records;
};

lb_err lbi_tally_new(struct lbi_tally **out, struct lb_ctx *ctx, struct lbi_strings *strings,
                     const struct lbi_binned *pauses, struct json_object *header);
void lbi_tally_free(struct lbi_tally *tally);
/* `turn` as a dataset gives it back: its durations are derived, its strings interned. What hardly
 * ever repeats stands beside it. */
lb_err lbi_tally_add(struct lbi_tally *tally, const lb_turn *turn, const char *gateway_json,
                     const char *response_id);
/* Adds all of `from`, whose clocks began `by_ns` later. */
lb_err lbi_tally_merge(struct lbi_tally *into, const struct lbi_tally *from, int64_t by_ns);
/* The part of this model, made if need be. */
lb_err lbi_tally_part(struct lbi_tally *tally, struct lbi_tally_part **out, const char *model);

/* Fills result->parts. */
lb_err lbi_tally_fold(struct lbi_result *result, const struct lbi_tally *tally);
/* From the pauses of a part, with or without a tally. False: they do not know this class. */
bool lbi_evaluate_pauses(struct lbi_judged *out, const struct lbi_part *part);
/* As its namesake of evaluate.c. */
void lbi_tally_duration(struct lbi_judged *out, const struct lbi_part *part);
/* As their namesakes of view.h, of what the objective speaks of. */
void lbi_tally_errors(const struct lbi_tally_part *tally, lb_stat *out,
                      const struct lbi_objective *objective, enum lbi_bounds bounds);
void lbi_tally_cache_hit(const struct lbi_tally_part *tally, lb_stat *out,
                         const struct lbi_objective *objective, enum lbi_bounds bounds);

/* ---- inside ---- */
/* `text` among the strings of the dataset, which keeps it. */
lb_err lbi_tally_intern(const struct lbi_tally *tally, const char **out, const char *text);
/* Failed ones among all of them, by lot. */
void lbi_tally_share(const struct lbi_tally_sums *sums, lb_stat *out, enum lbi_bounds bounds);
void lbi_tally_cache(const struct lbi_tally_cache *cache, lb_stat *out, enum lbi_bounds bounds);

#endif
