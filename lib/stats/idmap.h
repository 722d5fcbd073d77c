/* SPDX-License-Identifier: Apache-2.0 */
/* idmap.h - numbers arbitrary 64-bit ids 0, 1, 2, ... in the order in which they first come. */
#ifndef LBI_STATS_IDMAP_H
#define LBI_STATS_IDMAP_H

#include "base/mem.h"

struct lbi_idmap {
    uint64_t *ids;   /* by number */
    uint32_t *slots; /* hash table: number + 1, 0 is free */
    size_t count, cap, slot_count;
    const struct lbi_mem *mem;
};

void lbi_idmap_init(struct lbi_idmap *map, const struct lbi_mem *mem);
void lbi_idmap_free(struct lbi_idmap *map);
/* The number of `id`, a new one when it was not there. */
lb_err lbi_idmap_number(struct lbi_idmap *map, uint32_t *out, uint64_t id);

#endif
