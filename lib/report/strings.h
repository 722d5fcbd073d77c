/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strings.h - byte strings kept once, named by a 32-bit id. Memory comes in blocks that never
 * move, so a pointer stays good as long as the table.
 */
#ifndef LBI_REPORT_STRINGS_H
#define LBI_REPORT_STRINGS_H

#include <stdint.h>

#include "base/mem.h"

/* Longest string that is kept; what is longer is cut there. */
#define LBI_STRINGS_MAX ((size_t)32768)

struct lbi_strings {
    const struct lbi_mem *mem;
    char **blocks;
    size_t blocks_cap, block_count, used; /* used: bytes of the last block */
    uint32_t *table;                      /* open addressing; 0 is empty */
    size_t table_cap, table_count;
};

void lbi_strings_init(struct lbi_strings *strings, const struct lbi_mem *mem);
void lbi_strings_free(struct lbi_strings *strings);
/* Id of these bytes, the same for equal ones. Id 0 is the empty string. */
lb_err lbi_strings_intern(struct lbi_strings *strings, uint32_t *id, const void *bytes, size_t len);
/* Keeps bytes that hardly ever repeat, without looking for equals. */
lb_err lbi_strings_put(struct lbi_strings *strings, uint32_t *id, const void *bytes, size_t len);
/* NUL-terminated; `len` may be NULL. */
const char *lbi_strings_get(const struct lbi_strings *strings, uint32_t id, size_t *len);

#endif
