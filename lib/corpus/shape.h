/* SPDX-License-Identifier: Apache-2.0 */
/* shape.h - documents brought to the size that is wanted or that a context can hold. */
#ifndef LBI_CORPUS_SHAPE_H
#define LBI_CORPUS_SHAPE_H

#include "corpus/corpus.h"

/* Backticks of a fence around the text: one more than its longest run, at least three. */
size_t lbi_shape_fence(const char *text, size_t len);
/*
 * Where to end a text that must not be longer than `limit`: at the last paragraph end in the last
 * quarter, else at a line end, a blank, or any character.
 */
size_t lbi_shape_cut(const char *text, size_t len, size_t limit);

struct lbi_shape {
    const struct lbi_mem *mem;
    struct lbi_document *const *docs; /* sorted: joining takes neighbours */
    size_t count;
    size_t wish; /* bytes each document should have; 0: as it is */
    size_t room; /* bytes for a document of prose with its two fences */
    size_t room_code;
    size_t fitted; /* documents that were cut because of the room */
};

/* The document to use in place of docs[index]; the caller unrefs it. NULL: out of memory. */
struct lbi_document *lbi_shape_document(struct lbi_shape *shape, size_t index);

#endif
