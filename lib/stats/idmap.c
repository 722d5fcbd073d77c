/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idmap.c - an open-addressing hash table from ids to dense numbers. At most half full, so a
 * search ends at a free slot after a step or two. Ids are mixed first: those of conversations are
 * consecutive, or multiples of something.
 */
#include "stats/idmap.h"

#include <string.h>

void lbi_idmap_init(struct lbi_idmap *map, const struct lbi_mem *mem)
{
    memset(map, 0, sizeof(*map));
    map->mem = mem;
}

void lbi_idmap_free(struct lbi_idmap *map)
{
    lbi_free(map->mem, map->ids);
    lbi_free(map->mem, map->slots);
    lbi_idmap_init(map, map->mem);
}

/* The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Where `id` stands, or the free slot where it belongs. */
static uint32_t *find(const struct lbi_idmap *map, uint32_t *slots, size_t slot_count, uint64_t id)
{
    size_t at = (size_t)mix(id) & (slot_count - 1);

    while (slots[at] != 0 && map->ids[slots[at] - 1] != id)
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

static lb_err grow_slots(struct lbi_idmap *map)
{
    if (map->count < map->slot_count / 2)
        return LB_OK;

    size_t wanted = map->slot_count == 0 ? 32 : map->slot_count * 2;
    uint32_t *slots = lbi_zalloc(map->mem, wanted * sizeof(*slots));
    if (slots == NULL)
        return LB_E_NOMEM;
    for (size_t i = 0; i < map->count; i++)
        *find(map, slots, wanted, map->ids[i]) = (uint32_t)(i + 1);
    lbi_free(map->mem, map->slots);
    map->slots = slots;
    map->slot_count = wanted;
    return LB_OK;
}

lb_err lbi_idmap_number(struct lbi_idmap *map, uint32_t *out, uint64_t id)
{
    lb_err err = grow_slots(map);

    if (err)
        return err;
    uint32_t *slot = find(map, map->slots, map->slot_count, id);
    if (*slot == 0) {
        if (map->count >= UINT32_MAX - 1)
            return LB_E_RANGE;
        void *ids = map->ids;
        err = lbi_grow(map->mem, &ids, &map->cap, map->count, sizeof(*map->ids));
        if (err)
            return err;
        map->ids = ids;
        map->ids[map->count++] = id;
        *slot = (uint32_t)map->count;
    }
    *out = *slot - 1;
    return LB_OK;
}
