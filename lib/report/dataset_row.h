/* SPDX-License-Identifier: Apache-2.0 */
/* dataset_row.h - inside of a dataset: the compact row of a record and where its parts stand. */
#ifndef LBI_REPORT_DATASET_ROW_H
#define LBI_REPORT_DATASET_ROW_H

#include "report/dataset.h"
#include "report/id_code.h"
#include "report/rows.h"
#include "report/strings.h"
#include "stats/binned.h"

#define LBI_NO_U32 UINT32_MAX

/* What the record that was read last has beside its row. */
struct lbi_scratch {
    int64_t *gaps;
    size_t cap;
    char id[LBI_ID_LEN_MAX + 1];
};

struct lb_dataset {
    struct lb_ctx *ctx;
    struct lbi_scratch *scratch;
    struct json_object *header, *footer;
    struct lbi_strings strings;
    struct lbi_gaps gaps;
    struct lbi_binned *pauses; /* all of them, once they are more than `gaps` keeps */
    struct lbi_rows rows;
    struct lbi_id_words id_words;
    size_t exact_limit;
    struct lbi_tally *tally; /* once there are more; then there are no rows */
};

/* Where the gaps of a record stand in the pool; count 0: nowhere. */
struct lbi_gap_place {
    size_t first, count;
};

/* *len bytes into `row`, which has room for LBI_ROW_MAX. */
lb_err lbi_row_pack(struct lb_dataset *dataset, unsigned char *row, size_t *len,
                    const lb_turn *turn, struct lbi_gap_place gaps);
/* All but its response id; *id gets where that stands, for lbi_row_id. */
void lbi_row_unpack(const struct lb_dataset *dataset, const unsigned char *row, lb_turn *out,
                    struct lbi_gap_place *gaps, const unsigned char **id);
/* The id at that place. Its text may stand in the scratch, until the next one is asked for. */
const char *lbi_row_id(const struct lb_dataset *dataset, const unsigned char *id);
/* The same for equal ids; 0 for none. */
uint64_t lbi_row_id_hash(const struct lb_dataset *dataset, const unsigned char *id);

#endif
