/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus.c - lb_corpus_*: arguments are checked here, the work is done in lib/corpus. Tested in
 * tests/unit/test_corpus.c.
 */
#include "corpus/corpus.h"

#include "config/settings.h"

lb_err lb_corpus_new(lb_corpus **out, const lb_config *config)
{
    if (config == NULL)
        return LB_E_INVALID;
    if (out == NULL)
        return lbi_fail(config->ctx, LB_E_INVALID, "lb_corpus_new: out is NULL");
    return lbi_corpus_new(out, config->ctx);
}

void lb_corpus_free(lb_corpus *corpus)
{
    lbi_corpus_free(corpus);
}

lb_err lb_corpus_add(lb_corpus *corpus, const char *title, const char *text, size_t len)
{
    if (corpus == NULL)
        return LB_E_INVALID;
    if (title == NULL || (text == NULL && len > 0))
        return lbi_fail(corpus->ctx, LB_E_INVALID, "lb_corpus_add: title or text is NULL");
    return lbi_corpus_add(corpus, title, text != NULL ? text : "", len);
}

lb_err lb_corpus_add_path(lb_corpus *corpus, const char *path)
{
    if (corpus == NULL)
        return LB_E_INVALID;
    if (path == NULL || *path == '\0')
        return lbi_fail(corpus->ctx, LB_E_INVALID, "lb_corpus_add_path: path is empty");
    return lbi_corpus_add_path(corpus, path);
}

lb_err lb_corpus_add_builtin(lb_corpus *corpus)
{
    return corpus != NULL ? lbi_corpus_add_builtin(corpus) : LB_E_INVALID;
}

size_t lb_corpus_size(const lb_corpus *corpus)
{
    return corpus != NULL ? corpus->count : 0;
}

lb_err lb_corpus_document(const lb_corpus *corpus, size_t index, const char **title, int32_t *code,
                          size_t *len)
{
    if (corpus == NULL)
        return LB_E_INVALID;
    if (index >= corpus->count)
        return lbi_fail(corpus->ctx, LB_E_RANGE, "document %zu: there are %zu", index,
                        corpus->count);

    const struct lbi_document *doc = corpus->docs[index];
    if (title != NULL)
        *title = doc->title;
    if (code != NULL)
        *code = doc->code;
    if (len != NULL)
        *len = doc->len;
    return LB_OK;
}
