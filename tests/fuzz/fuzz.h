/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h - what the fuzzers share: the entry point and a check that stops at the first fault. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            __builtin_trap();                                                                      \
    } while (0)

/* The input as a text that ends with NUL, to be freed by its buffer. */
static inline const char *fuzz_text(struct lbi_buf *out, const uint8_t *data, size_t size)
{
    lbi_buf_init(out, &lbi_mem_libc);
    lbi_buf_add(out, data, size);
    return lbi_buf_text(out);
}

#endif
