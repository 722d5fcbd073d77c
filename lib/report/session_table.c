/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_table.c - open addressing, at most half full; who leaves is replaced by the next that may
 * stand there, so searches never meet a hole. Tested through tests/unit/test_tally.c.
 */
#include "report/session_table.h"

void lbi_session_table_free(struct lbi_session_table *table, const struct lbi_mem *mem)
{
    lbi_free(mem, table->places);
    *table = (struct lbi_session_table){NULL, 0, 0};
}

static size_t home_of(uint64_t id, size_t cap)
{
    uint64_t z = (id ^ (id >> 31)) * UINT64_C(0x9e3779b97f4a7c15);

    return (size_t)(z >> 32) & (cap - 1);
}

static struct lbi_open_session *find(struct lbi_open_session *places, size_t cap, uint64_t id)
{
    size_t at = home_of(id, cap);

    while (places[at].id != 0 && places[at].id != id)
        at = (at + 1) & (cap - 1);
    return &places[at];
}

static lb_err grow(struct lbi_session_table *table, const struct lbi_mem *mem)
{
    size_t cap = table->cap == 0 ? 64 : table->cap * 2;

    if (table->count < table->cap / 2)
        return LB_OK;
    struct lbi_open_session *places = lbi_zalloc(mem, cap * sizeof(*places));
    if (places == NULL)
        return LB_E_NOMEM;
    for (size_t i = 0; i < table->cap; i++) {
        if (table->places[i].id != 0)
            *find(places, cap, table->places[i].id) = table->places[i];
    }
    lbi_free(mem, table->places);
    table->places = places;
    table->cap = cap;
    return LB_OK;
}

struct lbi_open_session *lbi_session_table_get(struct lbi_session_table *table,
                                               const struct lbi_mem *mem, uint64_t number,
                                               bool *fresh)
{
    if (grow(table, mem) != LB_OK)
        return NULL;
    struct lbi_open_session *place = find(table->places, table->cap, number + 1);
    *fresh = place->id == 0;
    if (*fresh) {
        *place = (struct lbi_open_session){.id = number + 1};
        table->count++;
    }
    return place;
}

void lbi_session_table_drop(struct lbi_session_table *table, struct lbi_open_session *session)
{
    size_t mask = table->cap - 1;
    size_t hole = (size_t)(session - table->places);

    for (size_t at = (hole + 1) & mask; table->places[at].id != 0; at = (at + 1) & mask) {
        size_t home = home_of(table->places[at].id, table->cap);
        if (((at - home) & mask) < ((at - hole) & mask))
            continue; /* it stands nearer to its home than the hole does */
        table->places[hole] = table->places[at];
        hole = at;
    }
    table->places[hole].id = 0;
    table->count--;
}
