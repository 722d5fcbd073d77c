/* SPDX-License-Identifier: Apache-2.0 */
/* mem.h - all memory of the library comes through the allocator of a context. */
#ifndef LBI_BASE_MEM_H
#define LBI_BASE_MEM_H

#include <stddef.h>

#include "litebench/litebench.h"

struct lbi_mem {
    lb_realloc_cb realloc_fn;
    void *user;
};

/* libc's realloc: for code without a context, and tests. */
extern const struct lbi_mem lbi_mem_libc;

/* NULL when out of memory; `size` must not be 0. */
void *lbi_alloc(const struct lbi_mem *mem, size_t size);
void *lbi_zalloc(const struct lbi_mem *mem, size_t size);
void *lbi_realloc(const struct lbi_mem *mem, void *old, size_t size);
void lbi_free(const struct lbi_mem *mem, void *ptr);
char *lbi_strndup(const struct lbi_mem *mem, const char *text, size_t len);
char *lbi_strdup(const struct lbi_mem *mem, const char *text);

/*
 * Room for one more item in a growing array: doubles `*cap` when `count` reached it. `*items` is
 * untouched on failure.
 */
lb_err lbi_grow(const struct lbi_mem *mem, void **items, size_t *cap, size_t count,
                size_t item_size);

#endif
