/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem.c - the one place that may call realloc and free. Knows nothing of contexts: an allocator
 * is two pointers, so every module can be tested with one that fails on the n-th call.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *libc_realloc(void *user, void *old, size_t size)
{
    (void)user;
    if (size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, size);
}

const struct lbi_mem lbi_mem_libc = {libc_realloc, NULL};

void *lbi_realloc(const struct lbi_mem *mem, void *old, size_t size)
{
    return mem->realloc_fn(mem->user, old, size);
}

void *lbi_alloc(const struct lbi_mem *mem, size_t size)
{
    return lbi_realloc(mem, NULL, size);
}

void *lbi_zalloc(const struct lbi_mem *mem, size_t size)
{
    void *ptr = lbi_alloc(mem, size);

    if (ptr != NULL)
        memset(ptr, 0, size);
    return ptr;
}

void lbi_free(const struct lbi_mem *mem, void *ptr)
{
    if (ptr != NULL)
        mem->realloc_fn(mem->user, ptr, 0);
}

char *lbi_strndup(const struct lbi_mem *mem, const char *text, size_t len)
{
    char *copy = lbi_alloc(mem, len + 1);

    if (copy == NULL)
        return NULL;
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *lbi_strdup(const struct lbi_mem *mem, const char *text)
{
    return lbi_strndup(mem, text, strlen(text));
}

lb_err lbi_grow(const struct lbi_mem *mem, void **items, size_t *cap, size_t count,
                size_t item_size)
{
    if (count < *cap)
        return LB_OK;

    size_t wanted = *cap == 0 ? 16 : *cap * 2;
    if (wanted > SIZE_MAX / item_size)
        return LB_E_NOMEM;
    void *grown = lbi_realloc(mem, *items, wanted * item_size);
    if (grown == NULL)
        return LB_E_NOMEM;
    *items = grown;
    *cap = wanted;
    return LB_OK;
}
