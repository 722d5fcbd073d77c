/* SPDX-License-Identifier: Apache-2.0 */
/* objective.h - what may be demanded of a run: "ttft.p95@later <= 500ms" and its parts. */
#ifndef LBI_REPORT_OBJECTIVE_H
#define LBI_REPORT_OBJECTIVE_H

#include "base/buf.h"

enum lbi_metric {
#define METRIC_ID(id, name, words, judged) LBI_M_##id,
#define DURATION                           METRIC_ID
#define SHARE                              METRIC_ID
#define PLAIN                              METRIC_ID
#include "report/metrics.def"
#undef DURATION
#undef SHARE
#undef PLAIN
#undef METRIC_ID
    LBI_M_COUNT
};

#define LBI_M_DURATIONS LBI_M_ERRORS /* the durations come first */

enum lbi_unit { LBI_UNIT_MS, LBI_UNIT_SHARE, LBI_UNIT_PLAIN };

struct lbi_metric_info {
    const char *name, *words;
    enum lbi_unit unit;
    bool judged;
};

extern const struct lbi_metric_info lbi_metrics[LBI_M_COUNT];

/* Statistic of a duration; a percentile is LBI_STAT_PERCENTILE and its p_100k. */
enum lbi_stat_kind {
    LBI_STAT_NONE,
    LBI_STAT_MEAN,
    LBI_STAT_MIN,
    LBI_STAT_MAX,
    LBI_STAT_PERCENTILE,
};

enum lbi_class {
    LBI_CLASS_ALL,
    LBI_CLASS_FIRST,
    LBI_CLASS_LATER,
    LBI_CLASS_CODE,
    LBI_CLASS_TEXT,
    LBI_CLASS_TURN,
    LBI_CLASS_MODEL,
};

enum lbi_op { LBI_OP_LE, LBI_OP_LT, LBI_OP_GE, LBI_OP_GT };

#define LBI_EXPR_MAX 200

struct lbi_objective {
    char expr[LBI_EXPR_MAX];       /* as given, without blanks around it */
    char stat[8];                  /* "p95", or "" */
    char class_name[LBI_EXPR_MAX]; /* "later", "turn=3", "model=x", or "" */
    enum lbi_metric metric;
    enum lbi_stat_kind stat_kind;
    uint32_t p_100k;
    enum lbi_class class_kind;
    int32_t turn; /* of LBI_CLASS_TURN */
    enum lbi_op op;
    double limit; /* ms, 0..1, or plain */
};

/* False: `why` gets one sentence that names the part, the value and what is known. */
bool lbi_objective_parse(struct lbi_objective *out, const char *text, struct lbi_buf *why);
const char *lbi_op_text(enum lbi_op op);
bool lbi_op_holds(enum lbi_op op, double value, double limit);
/* Is the limit an upper one ("<", "<=")? */
bool lbi_op_upper(enum lbi_op op);

#endif
