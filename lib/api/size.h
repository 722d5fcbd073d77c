/* SPDX-License-Identifier: Apache-2.0 */
/* size.h - structs that may grow cross the API with the caller's idea of their size. */
#ifndef LBI_API_SIZE_H
#define LBI_API_SIZE_H

#include <string.h>

/* Copies what both sides know; what only a newer caller knows becomes 0. */
static inline void lbi_copy_out(void *out, size_t size, const void *from, size_t known)
{
    memcpy(out, from, size < known ? size : known);
    if (size > known)
        memset((char *)out + known, 0, size - known);
}

#endif
