/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - life of a set of options, and reaching each by its name. What a value means is
 * settings.h's matter; which of two givers wins is decided by the order of setting, but for pairs
 * of options that exclude each other (see RIVALS).
 */
#include <string.h>

#include "config/config.h"

/* Of each pair the one from the higher step stands. Both on one step is a fault: check.c. */
static const enum lbi_opt RIVALS[][2] = {
    {LBI_OPT_users, LBI_OPT_workers},
    {LBI_OPT_key, LBI_OPT_key_file},
    {LBI_OPT_key, LBI_OPT_key_env},
    {LBI_OPT_key_file, LBI_OPT_key_env},
};

/* Flags are one step of precedence, the environment another; of other origins each is its own. */
static size_t step_len(const char *origin)
{
    static const char *const steps[] = {"-", "environment ", "preset "};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        size_t n = strlen(steps[i]);
        if (strncmp(origin, steps[i], n) == 0)
            return n;
    }
    return strlen(origin) + 1;
}

bool lbi_same_step(const char *a, const char *b)
{
    size_t n = step_len(a);

    return n == step_len(b) && memcmp(a, b, n) == 0;
}

bool lbi_given(const struct lb_config *config, enum lbi_opt opt)
{
    return config->origin[opt] != NULL && !config->derived[opt];
}

lb_err lbi_config_new(struct lb_config **out, struct lb_ctx *ctx)
{
    struct lb_config *config = lbi_zalloc(&ctx->mem, sizeof(*config));

    if (config == NULL)
        return lbi_nomem(ctx);
    config->ctx = lbi_ctx_ref(ctx);
    for (int i = 0; i < LBI_OPT_COUNT; i++) {
        lb_err err = lbi_store_again(config, (enum lbi_opt)i);
        if (err != LB_OK) {
            lbi_config_free(config);
            return err == LB_E_NOMEM
                       ? lbi_nomem(ctx)
                       : lbi_fail(ctx, err, "%s: bad default", lbi_opt_rows[i].info.name);
        }
    }
    *out = config;
    return LB_OK;
}

void lbi_config_free(struct lb_config *config)
{
    if (config == NULL)
        return;
    struct lb_ctx *ctx = config->ctx;
    for (int i = 0; i < LBI_OPT_COUNT; i++) {
        if (lbi_is_list((enum lbi_opt)i))
            lbi_list_free(&ctx->mem, lbi_slot(config, (enum lbi_opt)i));
        if (config->text[i] != NULL)
            explicit_bzero(config->text[i], strlen(config->text[i]));
        lbi_free(&ctx->mem, config->text[i]);
        lbi_free(&ctx->mem, config->origin[i]);
    }
    lbi_list_free(&ctx->mem, &config->slo_origins);
    lbi_list_free(&ctx->mem, &config->shown_headers);
    lbi_free(&ctx->mem, config);
    lbi_ctx_unref(ctx);
}

static lb_err copy_text(const struct lbi_mem *mem, char **to, const char *from)
{
    if (from == NULL)
        return LB_OK;
    *to = lbi_strdup(mem, from);
    return *to != NULL ? LB_OK : LB_E_NOMEM;
}

static lb_err copy_option(struct lb_config *to, const struct lb_config *from, enum lbi_opt opt)
{
    const struct lbi_mem *mem = &to->ctx->mem;
    lb_err err = copy_text(mem, &to->text[opt], from->text[opt]);

    if (err == LB_OK)
        err = copy_text(mem, &to->origin[opt], from->origin[opt]);
    if (err != LB_OK || !lbi_is_list(opt))
        return err == LB_OK && !lbi_is_list(opt) ? lbi_store_again(to, opt) : err;
    return lbi_list_copy(mem, lbi_slot(to, opt), lbi_slot(from, opt));
}

lb_err lbi_config_clone(struct lb_config **out, const struct lb_config *from)
{
    struct lb_ctx *ctx = from->ctx;
    struct lb_config *config = lbi_zalloc(&ctx->mem, sizeof(*config));
    lb_err err = LB_OK;

    if (config == NULL)
        return lbi_nomem(ctx);
    config->ctx = lbi_ctx_ref(ctx);
    for (int i = 0; i < LBI_OPT_COUNT && err == LB_OK; i++)
        err = copy_option(config, from, (enum lbi_opt)i);
    if (err == LB_OK)
        err = lbi_list_copy(&ctx->mem, &config->slo_origins, &from->slo_origins);
    if (err == LB_OK)
        err = lbi_list_copy(&ctx->mem, &config->shown_headers, &from->shown_headers);
    if (err != LB_OK) {
        lbi_config_free(config);
        return lbi_nomem(ctx);
    }
    lbi_settings_derive(config);
    *out = config;
    return LB_OK;
}

void lbi_drop_rivals(struct lb_config *config, enum lbi_opt opt)
{
    if (!lbi_given(config, opt))
        return;
    for (size_t i = 0; i < sizeof(RIVALS) / sizeof(RIVALS[0]); i++) {
        if (RIVALS[i][0] != opt && RIVALS[i][1] != opt)
            continue;
        enum lbi_opt other = RIVALS[i][RIVALS[i][0] == opt];
        if (lbi_given(config, other) && !lbi_same_step(config->origin[opt], config->origin[other]))
            lbi_unset(config, other);
    }
}

static lb_err unknown_name(struct lb_ctx *ctx, const char *name)
{
    struct lbi_buf shown;
    const char *near = lbi_opt_nearest(name);

    lbi_buf_init(&shown, &ctx->mem);
    lbi_put_shown(&shown, name, true);
    lb_err err = lbi_fail(ctx, LB_E_INVALID, "%s is no option%s%s", lbi_buf_text(&shown),
                          near != NULL ? "; nearest: " : "", near != NULL ? near : "");
    lbi_buf_free(&shown);
    return err;
}

static lb_err put(struct lb_config *config, const char *name, const char *value, const char *origin,
                  bool append)
{
    struct lb_ctx *ctx = config->ctx;
    enum lbi_opt opt = lbi_opt_by_name(name);
    struct lbi_buf why;

    if (opt == LBI_OPT_COUNT)
        return unknown_name(ctx, name);
    lbi_buf_init(&why, &ctx->mem);
    lb_err err = lbi_store(config, opt, value, origin, append, &why);
    if (err == LB_OK) {
        lbi_drop_rivals(config, opt);
        lbi_settings_derive(config);
    } else if (err == LB_E_NOMEM) {
        err = lbi_nomem(ctx);
    } else if (origin != NULL) {
        err = lbi_fail(ctx, err, "%s (%s): %s", name, origin, lbi_buf_text(&why));
    } else {
        err = lbi_fail(ctx, err, "%s: %s", name, lbi_buf_text(&why));
    }
    lbi_buf_free(&why);
    return err;
}

lb_err lbi_config_set(struct lb_config *config, const char *name, const char *value,
                      const char *origin)
{
    return put(config, name, value, origin, false);
}

lb_err lbi_config_add(struct lb_config *config, const char *name, const char *value,
                      const char *origin)
{
    enum lbi_opt opt = lbi_opt_by_name(name);

    if (opt != LBI_OPT_COUNT && !lbi_is_list(opt))
        return lbi_fail(config->ctx, LB_E_INVALID, "%s: takes one value, not a list", name);
    return put(config, name, value, origin, true);
}

static const char *shown_item(const struct lb_config *config, enum lbi_opt opt, size_t index)
{
    const struct lbi_list *list = lbi_slot(config, opt);
    const char *item = list->items[index];

    if (opt != LBI_OPT_headers)
        return item;
    const char *value = item + strcspn(item, ":");
    bool secret = lbi_header_secret(config, item, (size_t)(value - item));
    value += strspn(value, ": \t");
    return secret && *value != '@' ? config->shown_headers.items[index] : item;
}

static const char *shown_scalar(const struct lb_config *config, enum lbi_opt opt)
{
    const lb_opt_info *info = &lbi_opt_rows[opt].info;

    if (config->derived[opt] && opt == LBI_OPT_schedule)
        return "users";
    if (config->derived[opt])
        return shown_scalar(config, lbi_derived_from(opt));
    if (config->text[opt] == NULL)
        return info->dflt != NULL ? info->dflt : "";
    return info->secret ? "***" : config->text[opt];
}

lb_err lbi_config_get(const struct lb_config *config, const char **out, const char *name,
                      size_t index)
{
    enum lbi_opt opt = lbi_opt_by_name(name);

    if (opt == LBI_OPT_COUNT)
        return unknown_name(config->ctx, name);
    if (!lbi_is_list(opt)) {
        if (index > 0)
            return lbi_fail(config->ctx, LB_E_RANGE, "%s has one value", name);
        *out = shown_scalar(config, opt);
        return LB_OK;
    }
    const struct lbi_list *list = lbi_slot(config, opt);
    if (index >= list->count)
        return lbi_fail(config->ctx, LB_E_RANGE, "%s has no item %zu", name, index);
    *out = shown_item(config, opt, index);
    return LB_OK;
}

lb_err lbi_config_origin(const struct lb_config *config, const char **out, const char *name)
{
    enum lbi_opt opt = lbi_opt_by_name(name);

    if (opt == LBI_OPT_COUNT)
        return unknown_name(config->ctx, name);
    if (config->derived[opt])
        opt = lbi_derived_from(opt);
    *out = config->origin[opt] != NULL ? config->origin[opt] : "default";
    return LB_OK;
}
