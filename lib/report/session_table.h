/* SPDX-License-Identifier: Apache-2.0 */
/* session_table.h - conversations that are under way, by their number. A finished one leaves. */
#ifndef LBI_REPORT_SESSION_TABLE_H
#define LBI_REPORT_SESSION_TABLE_H

#include "report/fold.h"

struct lbi_open_session {
    uint64_t id; /* number + 1; 0: a free place */
    struct lbi_session state;
};

/* Zeroed: empty. */
struct lbi_session_table {
    struct lbi_open_session *places;
    size_t cap, count;
};

void lbi_session_table_free(struct lbi_session_table *table, const struct lbi_mem *mem);
/* The conversation, begun if need be (*fresh); NULL: no memory. Good until the next call. */
struct lbi_open_session *lbi_session_table_get(struct lbi_session_table *table,
                                               const struct lbi_mem *mem, uint64_t number,
                                               bool *fresh);
void lbi_session_table_drop(struct lbi_session_table *table, struct lbi_open_session *session);

#endif
