/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unpack.h - a body that was compressed with gzip, unpacked as it comes. Nobody asks for
 * it: this is for servers that compress all the same.
 */
#ifndef LBI_WIRE_UNPACK_H
#define LBI_WIRE_UNPACK_H

#include <stdbool.h>

#include "base/mem.h"

struct lbi_unpack;

/* Was the library built with zlib? Else there is nothing to make. */
bool lbi_can_unpack(void);
lb_err lbi_unpack_new(struct lbi_unpack **out, const struct lbi_mem *mem);
void lbi_unpack_free(struct lbi_unpack *unpack);
/* LB_E_INVALID: the bytes are not gzip; what `take` returns but LB_OK is returned at once. */
lb_err lbi_unpack_feed(struct lbi_unpack *unpack, const char *bytes, size_t len,
                       lb_err (*take)(void *user, const char *bytes, size_t len), void *user);

#endif
