/* SPDX-License-Identifier: Apache-2.0 */
/* judge.h - objectives against numbers: a status each, typed reasons, one verdict. */
#ifndef LBI_REPORT_JUDGE_H
#define LBI_REPORT_JUDGE_H

#include "report/fold.h"

enum lbi_status { LBI_PASS, LBI_UNDECIDED, LBI_WARN, LBI_FAIL, LBI_INVALID };

enum lbi_reason {
    LBI_WHY_MET,
    LBI_WHY_MISSED,
    LBI_WHY_FAILURES,   /* so many failed that the percentile falls on a failed one */
    LBI_WHY_NOT_PROVED, /* the interval holds the limit, or there is none */
    LBI_WHY_METER_LATE,
    LBI_WHY_BUFFERED,
    LBI_WHY_CONTAMINATED,
    LBI_WHY_STORED, /* a gateway answered from its response cache */
    LBI_WHY_NO_DATA,
    LBI_WHY_NO_SUCCESS, /* of the run: no request came */
    LBI_WHY_QUOTA,      /* of the run: 429s are among the failures */
    LBI_WHY_UNSTEADY,   /* of the run: kept for the drift test */
};

/* What the options say to the judge. */
struct lbi_rules {
    struct lbi_objective *objectives;
    size_t objectives_cap, objective_count;
    double speedup_threshold;
    bool fail_on_fail, fail_on_warn, fail_on_invalid, fail_on_undecided;
};

struct lbi_judged {
    const struct lbi_objective *objective;
    lb_stat shown;    /* two-sided interval, for printing */
    double low, high; /* one-sided bounds, for the status */
    size_t hits;      /* of a share: how many */
    size_t wordless;  /* misses of a duration that came but held no word for people */
    bool any_failed;  /* of a duration: some misses are failures */
    enum lbi_status status;
    enum lbi_reason reason;
    int64_t more; /* conversations that would probably decide; 0: none or too close */
};

/* What makes numbers of a kind worthless. */
struct lbi_validity {
    double lag_p99, own_p99; /* ms; NAN unknown */
    bool late;               /* for some objective, or for the median TTFT when there is none */
    bool known;              /* something was known of the meter */
    bool said_invalid;       /* the run's own meter says so */
    bool buffered;
    bool sessions_spoilt;       /* conversations are judged by clocks that buffering spoils */
    int contaminated;           /* 1, 0, or -1 unknown */
    bool stored;                /* more than a few answers are no answers of the model */
    double late_ms, allowed_ms; /* the worst case, when late */
};

struct lbi_verdict {
    enum lbi_status status;
    int exit_code;
    struct lbi_judged *slo;
    size_t slo_count;
    struct lbi_validity validity;
    bool no_success, quota;
    int64_t shards, shards_missing; /* of a merged run */
};

extern const char *const lbi_status_names[];
extern const char *const lbi_reason_names[];

/* `out->slo` is freed by lbi_verdict_free, also after a failure. */
lb_err lbi_judge(struct lbi_verdict *out, const struct lbi_result *result,
                 const struct lbi_part *part, const struct lbi_rules *rules);
void lbi_verdict_free(struct lbi_verdict *verdict, const struct lbi_mem *mem);
/* Exit code of a status when something could be measured. */
int lbi_exit_code(enum lbi_status status, const struct lbi_rules *rules);
/* The worse of two verdicts on parts: FAIL of errors > INVALID > FAIL > ... */
int lbi_verdict_rank(const struct lbi_verdict *verdict);

/* ---- inside this folder ---- */
/* A first turn, of which both numbers of tokens are known, hit a cache. */
bool lbi_is_contaminated(const lb_turn *first);
void lbi_judged_bounds(struct lbi_judged *out, const lb_stat *one_sided);
/* Judged by what was seen, since no interval exists: minimum, maximum, rates. */
void lbi_judged_point(struct lbi_judged *out, double value, uint64_t n);
lb_err lbi_evaluate(struct lbi_judged *out, const struct lbi_part *part);
void lbi_find_validity(struct lbi_validity *out, const struct lbi_result *result,
                       const struct lbi_part *part, const struct lbi_rules *rules);
int64_t lbi_more_conversations(const struct lbi_judged *judged, const struct lbi_part *part,
                               size_t errors_floor);

#endif
