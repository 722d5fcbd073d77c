/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - the table of a record's fields and the two record formats made from it. */
#ifndef LBI_REPORT_RECORD_H
#define LBI_REPORT_RECORD_H

#include "report/dataset.h"

#define LBI_RECORDS_SCHEMA "litebench.records/1"

enum lbi_field_kind {
    LBI_FIELD_WIDE,
    LBI_FIELD_INT,
    LBI_FIELD_TURN,
    LBI_FIELD_FLAG,
    LBI_FIELD_TRI,
    LBI_FIELD_TEXT,
    LBI_FIELD_MS,
    LBI_FIELD_CODE,
    LBI_FIELD_GAPS,
    LBI_FIELD_OBJECT,
};

struct lbi_field {
    const char *name;
    const char *key; /* as NDJSON has it, behind another */
    size_t key_len;
    size_t offset; /* in lb_turn */
    enum lbi_field_kind kind;
};

#define LBI_FIELD_COUNT ((size_t)39)
extern const struct lbi_field lbi_fields[LBI_FIELD_COUNT];

/* First line of the CSV form, and one record with the cell of the run's labels. */
void lbi_csv_header(struct lbi_buf *out);
void lbi_csv_turn(struct lbi_buf *out, const lb_turn *turn, const char *labels);
/* That cell: "K=V;K=V". */
void lbi_csv_labels(struct lbi_buf *out, struct json_object *header);

/* "ndjson" or "csv" of all records, in pieces. */
lb_err lbi_dataset_write(const struct lb_dataset *dataset, const char *format, lb_write_cb write,
                         void *user);
/* NDJSON, whole or cut anywhere. A failure names the line. */
lb_err lbi_dataset_load(struct lb_dataset *dataset, const char *text, size_t len);

#endif
