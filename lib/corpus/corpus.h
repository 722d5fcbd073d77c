/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus.h - documents that conversations are about. A document never changes once made and is
 * counted by its holders, so a plan may keep those it uses and outlive the corpus.
 */
#ifndef LBI_CORPUS_CORPUS_H
#define LBI_CORPUS_CORPUS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/ctx.h"

/* What one corpus takes from folders: beyond it the rest is left out, and that is logged. */
#define LBI_CORPUS_MAX_FILES ((size_t)200000)
#define LBI_CORPUS_MAX_BYTES ((size_t)256 << 20)

struct lbi_document {
    atomic_size_t refs;
    const struct lbi_mem *mem; /* the context's: it outlives every document */
    const char *title;
    const char *text; /* clean UTF-8: no byte-order mark, lines end in LF, no NUL */
    size_t len;
    size_t fence; /* backticks of a fence that nothing in the text can close */
    bool code;
    char bytes[]; /* title and, unless it is built in, text */
};

struct lb_corpus {
    struct lb_ctx *ctx;
    struct lbi_document **docs; /* in the order of addition */
    size_t count, cap;
    size_t bytes; /* of all texts */
};

/* Copies; NULL when out of memory. */
struct lbi_document *lbi_document_new(const struct lbi_mem *mem, const char *title,
                                      const char *text, size_t len, bool code);
struct lbi_document *lbi_document_ref(struct lbi_document *doc);
void lbi_document_unref(struct lbi_document *doc);

lb_err lbi_corpus_new(struct lb_corpus **out, struct lb_ctx *ctx);
void lbi_corpus_free(struct lb_corpus *corpus);
/* Takes over the caller's hold on `doc` (NULL: out of memory), also on failure. */
lb_err lbi_corpus_put(struct lb_corpus *corpus, struct lbi_document *doc);
/* Forgets all but the first `count` documents: what was added before a failure. */
void lbi_corpus_truncate(struct lb_corpus *corpus, size_t count);
/* Cleans and classifies; a text that is no document is LB_E_INVALID with its reason. */
lb_err lbi_corpus_add(struct lb_corpus *corpus, const char *title, const char *text, size_t len);
lb_err lbi_corpus_add_builtin(struct lb_corpus *corpus);
/* folder.c: a file, or all documents of a folder and the folders in it. What cannot be read at all
 * is LB_E_IO; LB_E_NOTFOUND: nothing there is a document. */
lb_err lbi_corpus_add_path(struct lb_corpus *corpus, const char *path);
/* The documents by title (bytes), then by text; the caller frees the array, not the documents. */
lb_err lbi_corpus_sorted(const struct lb_corpus *corpus, struct lbi_document ***out);

#endif
