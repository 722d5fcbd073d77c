/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows.c - see rows.h. A block holds 64 rows: where each begins, then their bytes. The one that is
 * being filled has room for the longest; a full one gets memory of just its size. Must not know
 * what the bytes mean. Tested through tests/unit/test_dataset.c and test_memory.c.
 */
#include "report/rows.h"

#include <string.h>

enum { ROWS = 64 };

struct lbi_rows_open {
    uint16_t places[ROWS];
    unsigned char bytes[ROWS * LBI_ROW_MAX];
    size_t used;
};

void lbi_rows_init(struct lbi_rows *rows, const struct lbi_mem *mem)
{
    *rows = (struct lbi_rows){.mem = mem};
}

void lbi_rows_free(struct lbi_rows *rows)
{
    for (size_t i = 0; i < rows->count / ROWS; i++)
        lbi_free(rows->mem, rows->blocks[i]);
    lbi_free(rows->mem, rows->blocks);
    lbi_free(rows->mem, rows->open);
    lbi_rows_init(rows, rows->mem);
}

/* The full block gets a home, and the next one begins. */
static lb_err close_block(struct lbi_rows *rows)
{
    struct lbi_rows_open *open = rows->open;
    size_t block = rows->count / ROWS - 1;
    void *list = rows->blocks;
    lb_err err = lbi_grow(rows->mem, &list, &rows->blocks_cap, block, sizeof(*rows->blocks));

    rows->blocks = list;
    if (err != LB_OK)
        return err;
    unsigned char *home = lbi_alloc(rows->mem, sizeof(open->places) + open->used);
    if (home == NULL)
        return LB_E_NOMEM;
    memcpy(home, open->places, sizeof(open->places));
    memcpy(home + sizeof(open->places), open->bytes, open->used);
    rows->blocks[block] = home;
    open->used = 0;
    return LB_OK;
}

lb_err lbi_rows_add(struct lbi_rows *rows, const unsigned char *bytes, size_t len)
{
    struct lbi_rows_open *open = rows->open;

    if (open == NULL)
        open = rows->open = lbi_zalloc(rows->mem, sizeof(*open));
    if (open == NULL)
        return LB_E_NOMEM;
    size_t before = open->used;
    open->places[rows->count % ROWS] = (uint16_t)before;
    memcpy(open->bytes + before, bytes, len);
    open->used += len;
    rows->count++;
    if (rows->count % ROWS != 0)
        return LB_OK;
    lb_err err = close_block(rows);
    if (err != LB_OK) {
        rows->count--;
        open->used = before;
    }
    return err;
}

const unsigned char *lbi_rows_at(const struct lbi_rows *rows, size_t index)
{
    size_t block = index / ROWS;
    uint16_t place;

    if (block == rows->count / ROWS)
        return rows->open->bytes + rows->open->places[index % ROWS];
    memcpy(&place, rows->blocks[block] + (index % ROWS) * sizeof(place), sizeof(place));
    return rows->blocks[block] + ROWS * sizeof(place) + place;
}
