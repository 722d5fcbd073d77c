/* SPDX-License-Identifier: Apache-2.0 */
/* format.h - the formats of a result: each one renders a tree of schema litebench.report/1. */
#ifndef LBI_REPORT_FORMAT_H
#define LBI_REPORT_FORMAT_H

#include "report/tree.h"

struct lbi_format {
    const char *name, *help;
    void (*render)(struct lbi_buf *out, struct json_object *tree); /* NULL: of records */
};

/* NULL past the end. */
const struct lbi_format *lbi_format_at(size_t index);
const struct lbi_format *lbi_format_find(const char *name);

void lbi_render_text(struct lbi_buf *out, struct json_object *tree);
void lbi_render_json(struct lbi_buf *out, struct json_object *tree);
void lbi_render_markdown(struct lbi_buf *out, struct json_object *tree);
void lbi_render_user_info(struct lbi_buf *out, struct json_object *tree);
void lbi_render_user_data(struct lbi_buf *out, struct json_object *tree);
void lbi_render_legacy(struct lbi_buf *out, struct json_object *tree);

/* ---- shared by formats ---- */

/* In the old role's and tool's texts, which have no room for warnings. */
#define LBI_SAY_INSECURE "TLS was not verified (--insecure)\n"

/* The whole result of model `index`: the tree itself when there is one model only. */
struct json_object *lbi_model_result(struct json_object *tree, size_t index);
size_t lbi_model_count(struct json_object *tree);
/* "PASS" to a check mark, "" for words that we do not know. */
const char *lbi_status_symbol(const char *status);
/* The old role's words, by the measured values: see docs/report-formats.md. */
const char *lbi_legacy_status(struct json_object *result);
const char *lbi_legacy_ttft_word(struct json_object *result);
/* The number at `path` of the old tool's section, else of the new metrics. */
double lbi_legacy_number(struct json_object *result, const char *name);
double lbi_legacy_rate(struct json_object *result);
/* `path` of a statistic's parent and its name: the value, NAN when the sample cannot carry it. */
double lbi_carried(struct json_object *tree, const char *path, const char *name);

/* ---- layout ---- */

/* Text in `width` columns, cut when longer; negative: right-aligned. */
void lbi_lay_cell(struct lbi_buf *out, const char *text, int width);
/* A duration of milliseconds in a cell. */
void lbi_lay_ms(struct lbi_buf *out, double ms, int width);
void lbi_lay_int(struct lbi_buf *out, int64_t value, int width);
/* A paragraph of foreign text in 80 columns; further lines are indented. */
void lbi_lay_wrap(struct lbi_buf *out, const char *text, const char *first, int indent);

#endif
