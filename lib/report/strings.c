/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strings.c - an arena of byte strings with a hash table over it. An id is a block number (upper
 * 16 bits) and an offset in units of 2 bytes (lower 16 bits), so 8 GiB can be named by 32 bits.
 * Must not know what the bytes mean. Tested through tests/unit/test_dataset.c.
 */
#include "report/strings.h"

#include <string.h>

#define BLOCK_BYTES ((size_t)131072)
#define MAX_BLOCKS  ((size_t)65536)

void lbi_strings_init(struct lbi_strings *strings, const struct lbi_mem *mem)
{
    *strings = (struct lbi_strings){.mem = mem};
}

void lbi_strings_free(struct lbi_strings *strings)
{
    for (size_t i = 0; i < strings->block_count; i++)
        lbi_free(strings->mem, strings->blocks[i]);
    lbi_free(strings->mem, strings->blocks);
    lbi_free(strings->mem, strings->table);
    lbi_strings_init(strings, strings->mem);
}

static lb_err new_block(struct lbi_strings *strings)
{
    void *list = strings->blocks;

    if (strings->block_count == MAX_BLOCKS)
        return LB_E_RANGE;
    lb_err err = lbi_grow(strings->mem, &list, &strings->blocks_cap, strings->block_count,
                          sizeof(*strings->blocks));
    strings->blocks = list;
    if (err != LB_OK)
        return err;
    char *block = lbi_alloc(strings->mem, BLOCK_BYTES);
    if (block == NULL)
        return LB_E_NOMEM;
    strings->blocks[strings->block_count++] = block;
    /* The first bytes of the first block stay free: id 0 must name no string. */
    strings->used = strings->block_count == 1 ? 8 : 0;
    return LB_OK;
}

/* An entry is its length (4 bytes), the bytes and a NUL, rounded up to an even size. */
lb_err lbi_strings_put(struct lbi_strings *strings, uint32_t *id, const void *bytes, size_t len)
{
    if (len == 0) {
        *id = 0;
        return LB_OK;
    }
    if (len > LBI_STRINGS_MAX)
        len = LBI_STRINGS_MAX;
    size_t need = (sizeof(uint32_t) + len + 2) & ~(size_t)1;
    if (strings->block_count == 0 || strings->used + need > BLOCK_BYTES) {
        lb_err err = new_block(strings);
        if (err != LB_OK)
            return err;
    }
    char *at = strings->blocks[strings->block_count - 1] + strings->used;
    uint32_t short_len = (uint32_t)len;
    memcpy(at, &short_len, sizeof(short_len));
    memcpy(at + sizeof(short_len), bytes, len);
    at[sizeof(short_len) + len] = '\0';
    *id = (uint32_t)((strings->block_count - 1) << 16 | strings->used / 2);
    strings->used += need;
    return LB_OK;
}

const char *lbi_strings_get(const struct lbi_strings *strings, uint32_t id, size_t *len)
{
    const char *at = id == 0 ? NULL : strings->blocks[id >> 16] + (size_t)(id & 0xffff) * 2;
    uint32_t short_len = 0;

    if (len != NULL) { /* who does not ask must not pay for looking */
        if (at != NULL)
            memcpy(&short_len, at, sizeof(short_len));
        *len = short_len;
    }
    return at == NULL ? "" : at + sizeof(short_len);
}

/* FNV-1a. */
static uint32_t hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ p[i]) * 16777619u;
    return hash;
}

/* The place of these bytes, or the empty one where they belong. */
static uint32_t *find_place(const struct lbi_strings *strings, uint32_t *table, size_t cap,
                            const void *bytes, size_t len)
{
    size_t i = hash_bytes(bytes, len) & (cap - 1);

    while (table[i] != 0) {
        size_t have;
        const char *text = lbi_strings_get(strings, table[i], &have);
        if (have == len && memcmp(text, bytes, len) == 0)
            break;
        i = (i + 1) & (cap - 1);
    }
    return &table[i];
}

static lb_err grow_table(struct lbi_strings *strings)
{
    size_t cap = strings->table_cap == 0 ? 64 : strings->table_cap * 2;
    uint32_t *table = lbi_zalloc(strings->mem, cap * sizeof(*table));

    if (table == NULL)
        return LB_E_NOMEM;
    for (size_t i = 0; i < strings->table_cap; i++) {
        if (strings->table[i] == 0)
            continue;
        size_t len;
        const char *text = lbi_strings_get(strings, strings->table[i], &len);
        *find_place(strings, table, cap, text, len) = strings->table[i];
    }
    lbi_free(strings->mem, strings->table);
    strings->table = table;
    strings->table_cap = cap;
    return LB_OK;
}

lb_err lbi_strings_intern(struct lbi_strings *strings, uint32_t *id, const void *bytes, size_t len)
{
    if (len == 0) {
        *id = 0;
        return LB_OK;
    }
    if (len > LBI_STRINGS_MAX)
        len = LBI_STRINGS_MAX;
    if (strings->table_count * 2 >= strings->table_cap) {
        lb_err err = grow_table(strings);
        if (err != LB_OK)
            return err;
    }
    uint32_t *place = find_place(strings, strings->table, strings->table_cap, bytes, len);
    if (*place == 0) {
        uint32_t fresh;
        lb_err err = lbi_strings_put(strings, &fresh, bytes, len);
        if (err != LB_OK)
            return err;
        *place = fresh;
        strings->table_count++;
    }
    *id = *place;
    return LB_OK;
}
