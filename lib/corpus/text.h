/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - bytes from a file or a caller become clean text, or a reason why not. */
#ifndef LBI_CORPUS_TEXT_H
#define LBI_CORPUS_TEXT_H

#include <stdbool.h>

#include "base/buf.h"

/* Larger files are no documents: no context holds them, and reading them only costs time. */
#define LBI_TEXT_MAX ((size_t)4 << 20)

/* Why these bytes cannot be a document and what to do, or NULL. */
const char *lbi_text_fault(const char *text, size_t len);
/* Drops a byte-order mark and makes CRLF an LF, in place. */
void lbi_text_normalise(struct lbi_buf *buf);
/*
 * Replaces `out` by the clean text of a regular file (`name` in the open folder `dir`, or
 * AT_FDCWD). LB_OK with *fault set when the file is no document; else LB_E_NOMEM.
 */
lb_err lbi_text_read(struct lbi_buf *out, int dir, const char *name, const char **fault);
/* What an errno of opening and reading means here, and what to do. */
const char *lbi_text_errno(int code);
/* Valid UTF-8 without control characters? */
bool lbi_text_printable(const char *text);
/* Appends `path` so that it is printable, on one line and at most about 400 bytes long. */
void lbi_text_show(struct lbi_buf *out, const char *path);

#endif
