/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dataset.h - the records of one run and what is known about it: what a run collects, a file of
 * NDJSON holds and the fold reads. Strings that repeat (models, documents, error classes) are
 * kept once; a record itself is a compact row.
 */
#ifndef LBI_REPORT_DATASET_H
#define LBI_REPORT_DATASET_H

#include <json-c/json.h>

#include "base/ctx.h"
#include "report/gaps.h"

#define LBI_EXACT_LIMIT 1000000

struct lb_dataset;
struct lbi_tally;
struct lbi_binned;

lb_err lbi_dataset_new(struct lb_dataset **out, struct lb_ctx *ctx);
void lbi_dataset_free(struct lb_dataset *dataset);
/* All numbers unknown, all strings "", one attempt. */
void lbi_turn_init(lb_turn *turn);
/* Moves every clock that is known; durations stay. */
void lbi_turn_shift(lb_turn *turn, int64_t by_ns);
/* Copies what it needs of *turn. */
lb_err lbi_dataset_add(struct lb_dataset *dataset, const lb_turn *turn);
/*
 * First and last line of the NDJSON form, as trees: header {tool, started, target, workload, slo,
 * labels}, footer {ended, partial, bounded, meter, stream, warnings}. Takes the reference; replaces
 * what was there. NULL footer: the run is not over (partial).
 */
void lbi_dataset_set_header(struct lb_dataset *dataset, struct json_object *header);
void lbi_dataset_set_footer(struct lb_dataset *dataset, struct json_object *footer);
/* Borrowed; NULL when there is none. */
struct json_object *lbi_dataset_header(const struct lb_dataset *dataset);
struct json_object *lbi_dataset_footer(const struct lb_dataset *dataset);

struct lb_ctx *lbi_dataset_ctx(const struct lb_dataset *dataset);
/* Those that are kept one by one: all, or none once there is a tally. */
size_t lbi_dataset_count(const struct lb_dataset *dataset);
/* All that were added. */
size_t lbi_dataset_size(const struct lb_dataset *dataset);
/* What is kept beyond the exact limit, which is workload.exact_limit of the header; else NULL. */
const struct lbi_tally *lbi_dataset_tally(const struct lb_dataset *dataset);
/* Pauses of all successful measured requests in bins, once they are too many to be kept; else NULL.
 */
const struct lbi_binned *lbi_dataset_pauses(const struct lb_dataset *dataset);
/* LB_E_STATE, with words, when records are asked for and there is only a tally. */
lb_err lbi_dataset_want_rows(const struct lb_dataset *dataset);
/* Adds all of `from`, whose clocks began `by_ns` later. */
lb_err lbi_dataset_append(struct lb_dataset *into, const struct lb_dataset *from, int64_t by_ns);
/* Record `index` without its gaps and its response id. Durations that were not given are derived
 * from the clocks. Equal strings have equal addresses, which are good as long as the dataset. */
void lbi_dataset_row(const struct lb_dataset *dataset, lb_turn *out, size_t index);
/* The same for equal response ids; 0 when it has none. */
uint64_t lbi_dataset_id_hash(const struct lb_dataset *dataset, size_t index);
/* The whole record. Its gaps and its response id are good until the next call. */
lb_err lbi_dataset_read(const struct lb_dataset *dataset, lb_turn *out, size_t index);
/* The pool and the place of a record's gaps in it; count 0 when they were not kept. */
const struct lbi_gaps *lbi_dataset_gaps(const struct lb_dataset *dataset, size_t *first,
                                        size_t *count, size_t index);
void lbi_dataset_set_gap_budget(struct lb_dataset *dataset, size_t budget);
/* A copy, with references to the same header and footer. */
lb_err lbi_dataset_copy(struct lb_dataset **out, const struct lb_dataset *dataset);

/* The NDJSON lines, each with its newline. */
void lbi_ndjson_header(struct lbi_buf *out, struct json_object *header);
void lbi_ndjson_turn(struct lbi_buf *out, const lb_turn *turn);
void lbi_ndjson_footer(struct lbi_buf *out, struct json_object *footer);

#endif
