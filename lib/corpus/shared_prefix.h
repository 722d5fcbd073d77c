/* SPDX-License-Identifier: Apache-2.0 */
/* shared_prefix.h - the system prompt that all conversations have in common. */
#ifndef LBI_CORPUS_SHARED_PREFIX_H
#define LBI_CORPUS_SHARED_PREFIX_H

#include "base/ctx.h"

/*
 * Appends what `setting` asks for: nothing (NULL, "" or "0"), so many bytes of the built-in text,
 * or the text of a file. Notes the reason on failure.
 */
lb_err lbi_shared_prefix(struct lbi_buf *out, struct lb_ctx *ctx, const char *setting);
/* Appends exactly `bytes` bytes of the built-in text. */
void lbi_shared_prefix_builtin(struct lbi_buf *out, size_t bytes);

#endif
