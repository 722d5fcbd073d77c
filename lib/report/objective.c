/* SPDX-License-Identifier: Apache-2.0 */
/*
 * objective.c - the little language of objectives: METRIC[.STAT][@CLASS] OP LIMIT. Pure: text in,
 * struct or one helpful sentence out. Must not know records. Tested in tests/unit/test_judge.c.
 */
#include "report/objective.h"

#include <math.h>
#include <string.h>

const struct lbi_metric_info lbi_metrics[LBI_M_COUNT] = {
#define JUDGED                            true
#define KEPT                              false
#define DURATION(id, name, words, judged) {name, words, LBI_UNIT_MS, judged},
#define SHARE(id, name, words, judged)    {name, words, LBI_UNIT_SHARE, judged},
#define PLAIN(id, name, words, judged)    {name, words, LBI_UNIT_PLAIN, judged},
#include "report/metrics.def"
#undef DURATION
#undef SHARE
#undef PLAIN
};

static const struct {
    const char *name;
    enum lbi_stat_kind kind;
    uint32_t p_100k;
} stats[] = {
    {"mean", LBI_STAT_MEAN, 0},
    {"min", LBI_STAT_MIN, 0},
    {"max", LBI_STAT_MAX, 0},
    {"p50", LBI_STAT_PERCENTILE, 50000},
    {"p90", LBI_STAT_PERCENTILE, 90000},
    {"p95", LBI_STAT_PERCENTILE, 95000},
    {"p99", LBI_STAT_PERCENTILE, 99000},
    {"p99.9", LBI_STAT_PERCENTILE, 99900},
};

static const char *const class_names[] = {"first", "later", "code", "text", "turn=N", "model=NAME"};

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Edit distance; both words are short. */
static size_t distance(const char *a, const char *b)
{
    size_t row[24];
    size_t a_len = strnlen(a, 20), b_len = strnlen(b, 20);

    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t replace = diagonal + (a[i - 1] != b[j - 1]);
            size_t least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = replace < least ? replace : least;
        }
    }
    return row[b_len];
}

static const char *metric_name(size_t i)
{
    return i < LBI_M_COUNT ? (lbi_metrics[i].judged ? lbi_metrics[i].name : "") : NULL;
}

static const char *stat_name(size_t i)
{
    return i < COUNT_OF(stats) ? stats[i].name : NULL;
}

static const char *class_name(size_t i)
{
    return i < COUNT_OF(class_names) ? class_names[i] : NULL;
}

/* "unknown metric x; nearest is y; known: ..." */
static bool unknown(struct lbi_buf *why, const char *kind, const char *given,
                    const char *(*name_at)(size_t))
{
    const char *best = "";
    size_t best_distance = 3;
    bool first = true;

    for (size_t i = 0; name_at(i) != NULL; i++) {
        size_t d = *name_at(i) == '\0' ? SIZE_MAX : distance(given, name_at(i));
        if (d < best_distance) {
            best_distance = d;
            best = name_at(i);
        }
    }
    lbi_buf_printf(why, "unknown %s \"%.40s\"", kind, given);
    if (*best != '\0')
        lbi_buf_printf(why, ", did you mean %s?", best);
    lbi_buf_puts(why, " (known: ");
    for (size_t i = 0; name_at(i) != NULL; i++) {
        if (*name_at(i) == '\0')
            continue;
        lbi_buf_printf(why, "%s%s", first ? "" : " ", name_at(i));
        first = false;
    }
    lbi_buf_putc(why, ')');
    return false;
}

/* Copies without the blanks around it; false when it does not fit. */
static bool copy_trimmed(char *out, size_t size, const char *text, size_t len)
{
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    while (len > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        len--;
    }
    if (len >= size)
        return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

/* A decimal number without sign and exponent; NULL when there is none, else what follows it. */
static const char *read_decimal(const char *text, double *out)
{
    double whole = 0, scale = 1;
    size_t digits = 0;
    bool point = false;

    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        if (++digits > 15)
            return NULL;
        whole = whole * 10 + (*text - '0');
        scale *= point ? 10 : 1;
    }
    *out = whole / scale;
    return digits > 0 ? text : NULL;
}

static bool parse_metric(struct lbi_objective *out, const char *name, struct lbi_buf *why)
{
    for (size_t i = 0; i < LBI_M_COUNT; i++) {
        if (lbi_metrics[i].judged && strcmp(lbi_metrics[i].name, name) == 0) {
            out->metric = (enum lbi_metric)i;
            return true;
        }
    }
    return unknown(why, "metric", name, metric_name);
}

static bool parse_stat(struct lbi_objective *out, struct lbi_buf *why)
{
    const struct lbi_metric_info *metric = &lbi_metrics[out->metric];

    if (metric->unit != LBI_UNIT_MS) {
        if (out->stat[0] == '\0')
            return true;
        lbi_buf_printf(why, "%s takes no statistic, write %s without .%s", metric->name,
                       metric->name, out->stat);
        return false;
    }
    if (out->stat[0] == '\0') {
        lbi_buf_printf(why, "%s needs a statistic, for example %s.p95", metric->name, metric->name);
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(stats); i++) {
        if (strcmp(stats[i].name, out->stat) == 0) {
            out->stat_kind = stats[i].kind;
            out->p_100k = stats[i].p_100k;
            return true;
        }
    }
    return unknown(why, "statistic", out->stat, stat_name);
}

static bool parse_turn(struct lbi_objective *out, const char *text, struct lbi_buf *why)
{
    double turn;
    const char *end = read_decimal(text, &turn);

    if (end == NULL || *end != '\0' || turn < 1 || turn > 65535 || turn != floor(turn)) {
        lbi_buf_printf(why, "turn=%.20s is no turn, which are numbered from 1", text);
        return false;
    }
    out->class_kind = LBI_CLASS_TURN;
    out->turn = (int32_t)turn;
    return true;
}

static bool parse_class(struct lbi_objective *out, struct lbi_buf *why)
{
    static const enum lbi_class kinds[] = {LBI_CLASS_FIRST, LBI_CLASS_LATER, LBI_CLASS_CODE,
                                           LBI_CLASS_TEXT};
    const char *name = out->class_name;

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (strcmp(name, class_names[i]) == 0) {
            out->class_kind = kinds[i];
            return true;
        }
    }
    if (strncmp(name, "turn=", 5) == 0)
        return parse_turn(out, name + 5, why);
    if (strncmp(name, "model=", 6) == 0 && name[6] != '\0') {
        out->class_kind = LBI_CLASS_MODEL;
        return true;
    }
    return unknown(why, "class", name, class_name);
}

static bool parse_duration(struct lbi_objective *out, const char *text, const char *unit,
                           double number, struct lbi_buf *why)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (strcmp(unit, units[i].name) == 0) {
            out->limit = number * units[i].ms;
            return true;
        }
    }
    if (*unit == '\0')
        lbi_buf_printf(why, "the limit %.20s has no unit, write %.20sms or %.20ss", text, text,
                       text);
    else
        lbi_buf_printf(why, "the limit %.20s has an unknown unit (known: ms s m h)", text);
    return false;
}

static bool parse_share(struct lbi_objective *out, const char *text, const char *unit,
                        double number, struct lbi_buf *why)
{
    bool percent = strcmp(unit, "%") == 0;

    out->limit = percent ? number / 100 : number;
    if ((percent || *unit == '\0') && out->limit <= 1)
        return true;
    lbi_buf_printf(why, "the limit %.20s is no share: write it as 1%% or 0.01", text);
    return false;
}

static bool parse_limit(struct lbi_objective *out, const char *text, struct lbi_buf *why)
{
    double number = 0;
    const char *unit = read_decimal(text, &number);

    if (unit == NULL) {
        lbi_buf_printf(why, "the limit \"%.20s\" is no number", text);
        return false;
    }
    while (*unit == ' ')
        unit++;
    if (lbi_metrics[out->metric].unit == LBI_UNIT_MS)
        return parse_duration(out, text, unit, number, why);
    if (lbi_metrics[out->metric].unit == LBI_UNIT_SHARE)
        return parse_share(out, text, unit, number, why);
    out->limit = number;
    if (*unit != '\0')
        lbi_buf_printf(why, "the limit %.20s of %s takes no unit", text,
                       lbi_metrics[out->metric].name);
    return *unit == '\0';
}

static const char *parse_op(struct lbi_objective *out, const char *at)
{
    bool equal = at[1] == '=';

    if (*at == '<')
        out->op = equal ? LBI_OP_LE : LBI_OP_LT;
    else
        out->op = equal ? LBI_OP_GE : LBI_OP_GT;
    return at + (equal ? 2 : 1);
}

/* What stands left of the operator, in its up to three parts. */
static bool split_left(struct lbi_objective *out, const char *left, size_t len, char *metric,
                       size_t size)
{
    const char *at = memchr(left, '@', len);
    size_t name_len = at != NULL ? (size_t)(at - left) : len;
    const char *dot = memchr(left, '.', name_len);
    size_t metric_len = dot != NULL ? (size_t)(dot - left) : name_len;
    bool fits = copy_trimmed(metric, size, left, metric_len);

    if (fits && dot != NULL)
        fits = copy_trimmed(out->stat, sizeof(out->stat), dot + 1, name_len - metric_len - 1);
    if (fits && at != NULL)
        fits = copy_trimmed(out->class_name, sizeof(out->class_name), at + 1, len - name_len - 1);
    return fits;
}

bool lbi_objective_parse(struct lbi_objective *out, const char *text, struct lbi_buf *why)
{
    struct lbi_objective made = {.stat_kind = LBI_STAT_NONE};
    char metric[24], limit[LBI_EXPR_MAX];
    const char *op = strpbrk(text, "<>");

    if (op == NULL) {
        lbi_buf_printf(why, "\"%.60s\" has no <, <=, > or >=, as in ttft.p95<=500ms", text);
        return false;
    }
    const char *right = parse_op(&made, op);
    bool fits = copy_trimmed(made.expr, sizeof(made.expr), text, strlen(text)) &&
                copy_trimmed(limit, sizeof(limit), right, strlen(right));
    if (!fits || !split_left(&made, text, (size_t)(op - text), metric, sizeof(metric))) {
        lbi_buf_printf(why, "\"%.60s...\" has a part that is too long", text);
        return false;
    }
    if (!parse_metric(&made, metric, why) || !parse_stat(&made, why))
        return false;
    bool has_class = memchr(text, '@', (size_t)(op - text)) != NULL;
    if ((has_class && !parse_class(&made, why)) || !parse_limit(&made, limit, why))
        return false;
    *out = made;
    return true;
}

const char *lbi_op_text(enum lbi_op op)
{
    static const char *const texts[] = {"<=", "<", ">=", ">"};

    return texts[op];
}

bool lbi_op_holds(enum lbi_op op, double value, double limit)
{
    switch (op) {
    case LBI_OP_LE:
        return value <= limit;
    case LBI_OP_LT:
        return value < limit;
    case LBI_OP_GE:
        return value >= limit;
    case LBI_OP_GT:
    default:
        return value > limit;
    }
}

bool lbi_op_upper(enum lbi_op op)
{
    return op == LBI_OP_LE || op == LBI_OP_LT;
}
