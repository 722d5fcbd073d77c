/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - the one writer of struct lbi_settings: values with their text and origin, lists with
 * what replaces what. Must not know what single options mean; the two that need care (objectives
 * merge by metric, header values are never shown) are marked.
 */
#include <string.h>

#include "config/config.h"
#include "config/convert.h"

void *lbi_slot(const struct lb_config *config, enum lbi_opt opt)
{
    const char *base = (const char *)&config->set;

    return (void *)(uintptr_t)(base + lbi_opt_rows[opt].offset);
}

bool lbi_is_list(enum lbi_opt opt)
{
    return lbi_opt_rows[opt].info.kind == LB_OPT_LIST;
}

static void write_slot(struct lb_config *config, enum lbi_opt opt, union lbi_value value)
{
    void *slot = lbi_slot(config, opt);

    switch (lbi_opt_rows[opt].info.kind) {
    case LB_OPT_BOOL:
        *(bool *)slot = value.truth;
        break;
    case LB_OPT_CHOICE:
        *(int32_t *)slot = value.choice;
        break;
    case LB_OPT_TEXT:
        *(char **)slot = config->text[opt]; /* NULL when unset; defaults of texts are unset */
        break;
    case LB_OPT_NUMBER:
    case LB_OPT_SHARE:
        *(double *)slot = value.number;
        break;
    default:
        *(int64_t *)slot = value.integer;
    }
}

/* ---- lists ---- */

static size_t metric_len(const char *expr)
{
    return strspn(expr, "abcdefghijklmnopqrstuvwxyz_");
}

static bool same_metric(const char *a, const char *b)
{
    size_t n = metric_len(a);

    return n == metric_len(b) && memcmp(a, b, n) == 0;
}

/* Objectives of a lower step go when this one is about the same metric; the others stay. */
static void drop_rival_objectives(struct lb_config *config, const char *expr, const char *origin)
{
    const struct lbi_mem *mem = &config->ctx->mem;
    struct lbi_list *slo = &config->set.slo;

    for (size_t i = slo->count; i-- > 0;) {
        if (lbi_same_step(config->slo_origins.items[i], origin) ||
            !same_metric(slo->items[i], expr))
            continue;
        lbi_list_remove(mem, slo, i);
        lbi_list_remove(mem, &config->slo_origins, i);
    }
}

/* "Name: ***", kept beside the header for those who ask what it is. */
static lb_err add_shown_header(struct lb_config *config, const char *text)
{
    const struct lbi_mem *mem = &config->ctx->mem;
    struct lbi_buf shown;

    lbi_buf_init(&shown, mem);
    lbi_buf_add(&shown, text, strcspn(text, ":"));
    lbi_buf_puts(&shown, ": ***");
    lb_err err = shown.err;
    if (err == LB_OK)
        err = lbi_list_add(mem, &config->shown_headers, shown.data, shown.len);
    lbi_buf_free(&shown);
    return err;
}

/* The list that runs in step with that of `opt`, or NULL. */
static struct lbi_list *companion(struct lb_config *config, enum lbi_opt opt)
{
    if (opt == LBI_OPT_slo)
        return &config->slo_origins;
    return opt == LBI_OPT_headers ? &config->shown_headers : NULL;
}

static lb_err append_item(struct lb_config *config, enum lbi_opt opt, const char *text, size_t len,
                          const char *origin)
{
    const struct lbi_mem *mem = &config->ctx->mem;
    struct lbi_list *beside = companion(config, opt);
    lb_err err = LB_OK;

    if (opt == LBI_OPT_slo) {
        drop_rival_objectives(config, text, origin);
        err = lbi_list_add(mem, beside, origin, strlen(origin));
    } else if (opt == LBI_OPT_headers) {
        err = add_shown_header(config, text);
    }
    if (err != LB_OK)
        return err;
    err = lbi_list_add(mem, lbi_slot(config, opt), text, len);
    if (err != LB_OK && beside != NULL)
        lbi_list_remove(mem, beside, beside->count - 1);
    return err;
}

static void clear_list(struct lb_config *config, enum lbi_opt opt)
{
    const struct lbi_mem *mem = &config->ctx->mem;
    struct lbi_list *beside = companion(config, opt);

    lbi_list_free(mem, lbi_slot(config, opt));
    if (beside != NULL)
        lbi_list_free(mem, beside);
}

/* One text may be several items: words with commas where there are choices. */
static lb_err append_items(struct lb_config *config, enum lbi_opt opt, const char *text,
                           const char *origin)
{
    if (lbi_opt_rows[opt].info.choices[0] == '\0')
        return append_item(config, opt, text, strlen(text), origin);
    while (*text != '\0') {
        size_t n = strcspn(text, ",");
        lb_err err = append_item(config, opt, text, n, origin);
        if (err != LB_OK)
            return err;
        text += n + (text[n] == ',');
    }
    return LB_OK;
}

static lb_err store_list(struct lb_config *config, enum lbi_opt opt, const char *text,
                         const char *origin, bool append)
{
    const char *before = config->origin[opt];
    bool same = before != NULL && lbi_same_step(before, origin);
    bool merge = append && (same || opt == LBI_OPT_slo);
    char *copy = lbi_strdup(&config->ctx->mem, origin);

    if (copy == NULL)
        return LB_E_NOMEM;
    if (!merge)
        clear_list(config, opt);
    lbi_free(&config->ctx->mem, config->origin[opt]);
    config->origin[opt] = copy;
    return append_items(config, opt, text, origin);
}

/* ---- the two ways in ---- */

/* A bare number is seconds; say so when it is shown. */
static char *kept_text(const struct lbi_mem *mem, const lb_opt_info *info, const char *text,
                       union lbi_value value)
{
    if (info->kind == LB_OPT_BOOL)
        return lbi_strdup(mem, value.truth ? "true" : "false");
    size_t len = strlen(text);
    if (info->kind != LB_OPT_DURATION || text[len - 1] > '9')
        return lbi_strdup(mem, text);
    char *copy = lbi_alloc(mem, len + 2);
    if (copy != NULL) {
        memcpy(copy, text, len);
        memcpy(copy + len, "s", 2);
    }
    return copy;
}

static void wipe_text(struct lb_config *config, enum lbi_opt opt)
{
    char *old = config->text[opt];

    if (old != NULL && lbi_opt_rows[opt].info.secret)
        explicit_bzero(old, strlen(old));
    lbi_free(&config->ctx->mem, old);
    config->text[opt] = NULL;
}

lb_err lbi_store(struct lb_config *config, enum lbi_opt opt, const char *value, const char *origin,
                 bool append, struct lbi_buf *why)
{
    const struct lbi_mem *mem = &config->ctx->mem;
    const lb_opt_info *info = &lbi_opt_rows[opt].info;
    union lbi_value typed = {0};
    enum lbi_outcome outcome = lbi_convert(opt, value, &typed);

    if (outcome != LBI_FITS) {
        lbi_explain(why, opt, value, origin, outcome);
        return LB_E_INVALID;
    }
    origin = origin != NULL ? origin : "the caller";
    if (info->kind == LB_OPT_LIST)
        return store_list(config, opt, value, origin, append);

    char *text = kept_text(mem, info, value, typed);
    char *from = lbi_strdup(mem, origin);
    if (text == NULL || from == NULL) {
        lbi_free(mem, text);
        lbi_free(mem, from);
        return LB_E_NOMEM;
    }
    wipe_text(config, opt);
    lbi_free(mem, config->origin[opt]);
    config->text[opt] = text;
    config->origin[opt] = from;
    config->derived[opt] = false;
    write_slot(config, opt, typed);
    return LB_OK;
}

static lb_err store_default_items(struct lb_config *config, enum lbi_opt opt, const char *items)
{
    clear_list(config, opt);
    while (items != NULL && *items != '\0') {
        size_t n = strcspn(items, " ,");
        lb_err err = append_item(config, opt, items, n, "default");
        if (err != LB_OK)
            return err;
        items += n + (items[n] != '\0');
    }
    return LB_OK;
}

lb_err lbi_store_again(struct lb_config *config, enum lbi_opt opt)
{
    const lb_opt_info *info = &lbi_opt_rows[opt].info;
    const char *text = config->text[opt] != NULL ? config->text[opt] : info->dflt;
    union lbi_value typed = {0};

    if (info->kind == LB_OPT_LIST)
        return store_default_items(config, opt, info->dflt);
    config->derived[opt] = false;
    if (text != NULL && lbi_convert(opt, text, &typed) != LBI_FITS)
        return LB_E_INVALID; /* a default in options.def that is none: a test sees to it */
    write_slot(config, opt, typed);
    return LB_OK;
}

void lbi_unset(struct lb_config *config, enum lbi_opt opt)
{
    wipe_text(config, opt);
    lbi_free(&config->ctx->mem, config->origin[opt]);
    config->origin[opt] = NULL;
    (void)lbi_store_again(config, opt);
}
