/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.h - short strings of bytes that never move once their block is full, found by number in one
 * step. A row costs its bytes and less than three more.
 */
#ifndef LBI_REPORT_ROWS_H
#define LBI_REPORT_ROWS_H

#include <stdint.h>

#include "base/mem.h"

enum { LBI_ROW_MAX = 512 }; /* bytes of the longest row */

struct lbi_rows {
    const struct lbi_mem *mem;
    unsigned char **blocks; /* full ones; the last one is being filled */
    size_t blocks_cap, count;
    struct lbi_rows_open *open;
};

void lbi_rows_init(struct lbi_rows *rows, const struct lbi_mem *mem);
void lbi_rows_free(struct lbi_rows *rows);
/* At most LBI_ROW_MAX bytes. A failure adds nothing. */
lb_err lbi_rows_add(struct lbi_rows *rows, const unsigned char *bytes, size_t len);
/* Good until the next addition. */
const unsigned char *lbi_rows_at(const struct lbi_rows *rows, size_t index);

#endif
