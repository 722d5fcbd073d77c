/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus.c - a growing set of documents. It knows nothing of files (folder.c, text.c) and nothing
 * of conversations (plan.c). Order of addition has no meaning: whoever depends on an order asks
 * for the sorted one. Tested in tests/unit/test_corpus.c.
 */
#include "corpus/corpus.h"

#include <stdlib.h>
#include <string.h>

#include "corpus/builtin.h"
#include "corpus/classify.h"
#include "corpus/shape.h"
#include "corpus/text.h"

/* A built-in text needs no copy: it lives as long as the program. */
static struct lbi_document *make(const struct lbi_mem *mem, const char *title, const char *text,
                                 size_t len, bool copy)
{
    size_t title_size = strlen(title) + 1;
    size_t extra = copy ? len + 1 : 0;
    struct lbi_document *doc = lbi_alloc(mem, sizeof(*doc) + title_size + extra);

    if (doc == NULL)
        return NULL;
    memcpy(doc->bytes, title, title_size);
    if (copy) {
        memcpy(doc->bytes + title_size, text, len);
        doc->bytes[title_size + len] = '\0';
        text = doc->bytes + title_size;
    }
    atomic_init(&doc->refs, 1);
    doc->mem = mem;
    doc->title = doc->bytes;
    doc->text = text;
    doc->len = len;
    doc->fence = lbi_shape_fence(text, len);
    doc->code = false;
    return doc;
}

struct lbi_document *lbi_document_new(const struct lbi_mem *mem, const char *title,
                                      const char *text, size_t len, bool code)
{
    struct lbi_document *doc = make(mem, title, text, len, true);

    if (doc != NULL)
        doc->code = code;
    return doc;
}

struct lbi_document *lbi_document_ref(struct lbi_document *doc)
{
    atomic_fetch_add(&doc->refs, 1);
    return doc;
}

void lbi_document_unref(struct lbi_document *doc)
{
    if (doc != NULL && atomic_fetch_sub(&doc->refs, 1) == 1)
        lbi_free(doc->mem, doc);
}

lb_err lbi_corpus_new(struct lb_corpus **out, struct lb_ctx *ctx)
{
    struct lb_corpus *corpus = lbi_zalloc(&ctx->mem, sizeof(*corpus));

    if (corpus == NULL)
        return lbi_nomem(ctx);
    corpus->ctx = lbi_ctx_ref(ctx);
    *out = corpus;
    return LB_OK;
}

void lbi_corpus_free(struct lb_corpus *corpus)
{
    if (corpus == NULL)
        return;
    struct lb_ctx *ctx = corpus->ctx;
    lbi_corpus_truncate(corpus, 0);
    lbi_free(&ctx->mem, corpus->docs);
    lbi_free(&ctx->mem, corpus);
    lbi_ctx_unref(ctx);
}

void lbi_corpus_truncate(struct lb_corpus *corpus, size_t count)
{
    while (corpus->count > count) {
        struct lbi_document *doc = corpus->docs[--corpus->count];
        corpus->bytes -= doc->len;
        lbi_document_unref(doc);
    }
}

lb_err lbi_corpus_put(struct lb_corpus *corpus, struct lbi_document *doc)
{
    if (doc == NULL)
        return lbi_nomem(corpus->ctx);

    void *docs = corpus->docs;
    lb_err err = lbi_grow(&corpus->ctx->mem, &docs, &corpus->cap, corpus->count,
                          sizeof(struct lbi_document *));
    corpus->docs = docs;
    if (err != LB_OK) {
        lbi_document_unref(doc);
        return lbi_nomem(corpus->ctx);
    }
    corpus->docs[corpus->count++] = doc;
    corpus->bytes += doc->len;
    return LB_OK;
}

lb_err lbi_corpus_add(struct lb_corpus *corpus, const char *title, const char *text, size_t len)
{
    struct lb_ctx *ctx = corpus->ctx;
    struct lbi_buf clean;

    if (*title == '\0' || !lbi_text_printable(title))
        return lbi_fail(ctx, LB_E_INVALID,
                        "a document's title must be UTF-8 on one line, and not empty");
    const char *fault = lbi_text_fault(text, len);
    if (fault != NULL)
        return lbi_fail(ctx, LB_E_INVALID, "document %.400s: %s", title, fault);

    lbi_buf_init(&clean, &ctx->mem);
    lbi_buf_add(&clean, text, len);
    lb_err err = clean.err;
    if (err == LB_OK) {
        lbi_text_normalise(&clean);
        bool code = lbi_classify(title, clean.data, clean.len);
        err =
            lbi_corpus_put(corpus, lbi_document_new(&ctx->mem, title, clean.data, clean.len, code));
    } else {
        err = lbi_nomem(ctx);
    }
    lbi_buf_free(&clean);
    return err;
}

lb_err lbi_corpus_add_builtin(struct lb_corpus *corpus)
{
    size_t before = corpus->count;

    for (size_t i = 0; i < lbi_builtin_count; i++) {
        const struct lbi_builtin_document *from = &lbi_builtin_documents[i];
        struct lbi_document *doc =
            make(&corpus->ctx->mem, from->title, from->text, from->len, false);
        if (doc != NULL)
            doc->code = lbi_classify(from->title, from->text, from->len);
        lb_err err = lbi_corpus_put(corpus, doc);
        if (err != LB_OK) {
            lbi_corpus_truncate(corpus, before);
            return err;
        }
    }
    return LB_OK;
}

static int by_title(const void *left, const void *right)
{
    const struct lbi_document *a = *(struct lbi_document *const *)left;
    const struct lbi_document *b = *(struct lbi_document *const *)right;
    int order = strcmp(a->title, b->title);

    if (order != 0)
        return order;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return memcmp(a->text, b->text, a->len);
}

lb_err lbi_corpus_sorted(const struct lb_corpus *corpus, struct lbi_document ***out)
{
    if (corpus->count == 0)
        return lbi_fail(corpus->ctx, LB_E_NOTFOUND,
                        "there is no document to talk about: add a folder or the built-in ones");

    size_t size = corpus->count * sizeof(struct lbi_document *);
    struct lbi_document **docs = lbi_alloc(&corpus->ctx->mem, size);
    if (docs == NULL)
        return lbi_nomem(corpus->ctx);
    memcpy(docs, corpus->docs, size);
    qsort(docs, corpus->count, sizeof(struct lbi_document *), by_title);
    *out = docs;
    return LB_OK;
}
