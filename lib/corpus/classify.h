/* SPDX-License-Identifier: Apache-2.0 */
/* classify.h - is a document source code (or configuration), or is it prose? */
#ifndef LBI_CORPUS_CLASSIFY_H
#define LBI_CORPUS_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>

/* By the title's extension or well-known name, else by content. */
bool lbi_classify(const char *title, const char *text, size_t len);
/* By content alone. */
bool lbi_classify_content(const char *text, size_t len);

#endif
