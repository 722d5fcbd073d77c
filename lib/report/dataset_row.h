/* SPDX-License-Identifier: Apache-2.0 */
/* dataset_row.h - inside of a dataset: the compact row of a record and where its parts stand. */
#ifndef LBI_REPORT_DATASET_ROW_H
#define LBI_REPORT_DATASET_ROW_H

#include "report/dataset.h"
#include "report/strings.h"

#define LBI_BLOCK_ROWS ((size_t)256)
#define LBI_NO_U32     UINT32_MAX

/* What does not follow from the clocks or is too long for 32 bits. */
struct lbi_extra {
    int64_t ttft, ttfa, e2e, dns, connect, tls, max_gap;
};

struct lbi_row {
    int64_t due, start, sent, first_byte, first_token, first_answer, last_token, done;
    uint32_t dns, connect, tls, max_gap; /* ns; LBI_NO_U32: unknown or in extra */
    uint32_t extra;                      /* index + 1 */
    int32_t prompt_tokens, cached_tokens, completion_tokens, chunks; /* -1 unknown */
    uint32_t conversation;                                           /* LBI_NO_U32 unknown */
    uint32_t tuple, response_id;
    uint32_t gap_first, gap_count;
    int32_t worker;
    uint16_t turn;
    uint8_t attempt, flags;
};

/* Where the gaps of the record that was read last stand. */
struct lbi_scratch {
    int64_t *gaps;
    size_t cap;
};

struct lb_dataset {
    struct lb_ctx *ctx;
    struct lbi_scratch *scratch;
    struct json_object *header, *footer;
    struct lbi_strings strings;
    struct lbi_gaps gaps;
    struct lbi_row **blocks;
    size_t blocks_cap, count;
    struct lbi_extra *extras;
    size_t extras_cap, extra_count;
};

/* Everything but the gaps and the response id, which lbi_dataset_add keeps itself. */
lb_err lbi_row_pack(struct lb_dataset *dataset, struct lbi_row *row, const lb_turn *turn);
void lbi_row_unpack(const struct lb_dataset *dataset, const struct lbi_row *row, lb_turn *out);
bool lbi_row_is_measured(const struct lbi_row *row);

#endif
