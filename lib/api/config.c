/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - options for callers: arguments are looked at here, the work is done in lib/config.
 * Judging the syntax of objectives happens here too, where both modules may be known.
 */
#include <string.h>

#include "api/size.h"
#include "config/config.h"
#include "report/objective.h"

static lb_err copy_info(lb_opt_info *out, size_t size, const lb_opt_info *from)
{
    lb_opt_info info = *from;

    if (out == NULL)
        return LB_E_INVALID;
    if (info.dflt == NULL)
        info.dflt = "";
    lbi_copy_out(out, size, &info, sizeof(info));
    return LB_OK;
}

lb_err lb_opt_at(lb_opt_info *out, size_t size, size_t index)
{
    if (index >= LBI_OPT_COUNT)
        return LB_E_RANGE;
    return copy_info(out, size, &lbi_opt_rows[index].info);
}

lb_err lb_opt_find(lb_opt_info *out, size_t size, const char *name)
{
    enum lbi_opt opt = name != NULL ? lbi_opt_by_name(name) : LBI_OPT_COUNT;

    if (opt == LBI_OPT_COUNT)
        return LB_E_NOTFOUND;
    return copy_info(out, size, &lbi_opt_rows[opt].info);
}

lb_err lb_preset_at(const char **name, const char **help, size_t index)
{
    const char *a;
    const char *b;
    lb_err err = lbi_preset_at(&a, &b, index);

    if (err != LB_OK)
        return err;
    if (name != NULL)
        *name = a;
    if (help != NULL)
        *help = b;
    return LB_OK;
}

lb_err lb_config_new(lb_config **out, lb_ctx *ctx)
{
    if (ctx == NULL)
        return LB_E_INVALID;
    if (out == NULL)
        return lbi_fail(ctx, LB_E_INVALID, "lb_config_new: no place for the result");
    return lbi_config_new(out, ctx);
}

lb_err lb_config_clone(lb_config **out, const lb_config *config)
{
    if (out == NULL || config == NULL)
        return LB_E_INVALID;
    return lbi_config_clone(out, config);
}

void lb_config_free(lb_config *config)
{
    lbi_config_free(config);
}

lb_err lb_config_set(lb_config *config, const char *name, const char *value, const char *origin)
{
    if (config == NULL)
        return LB_E_INVALID;
    if (name == NULL || value == NULL)
        return lbi_fail(config->ctx, LB_E_INVALID, "lb_config_set: no name or no value");
    return lbi_config_set(config, name, value, origin);
}

lb_err lb_config_add(lb_config *config, const char *name, const char *value, const char *origin)
{
    if (config == NULL)
        return LB_E_INVALID;
    if (name == NULL || value == NULL)
        return lbi_fail(config->ctx, LB_E_INVALID, "lb_config_add: no name or no value");
    return lbi_config_add(config, name, value, origin);
}

lb_err lb_config_get(const lb_config *config, const char **out, const char *name, size_t index)
{
    if (config == NULL)
        return LB_E_INVALID;
    if (out == NULL || name == NULL)
        return lbi_fail(config->ctx, LB_E_INVALID, "lb_config_get: no name or no place for it");
    return lbi_config_get(config, out, name, index);
}

lb_err lb_config_origin(const lb_config *config, const char **out, const char *name)
{
    if (config == NULL)
        return LB_E_INVALID;
    if (out == NULL || name == NULL)
        return lbi_fail(config->ctx, LB_E_INVALID, "lb_config_origin: no name or no place for it");
    return lbi_config_origin(config, out, name);
}

lb_err lb_config_preset(lb_config *config, const char *name)
{
    if (config == NULL)
        return LB_E_INVALID;
    if (name == NULL)
        return lbi_fail(config->ctx, LB_E_INVALID, "lb_config_preset: no name");
    return lbi_config_preset(config, name);
}

lb_err lb_config_load_json(lb_config *config, const char *text, size_t len, const char *origin)
{
    if (config == NULL)
        return LB_E_INVALID;
    if (text == NULL)
        return lbi_fail(config->ctx, LB_E_INVALID, "lb_config_load_json: no text");
    return lbi_config_load_json(config, text, len, origin);
}

static lb_err check_objectives(const lb_config *config)
{
    const struct lbi_list *slo = &config->set.slo;
    lb_err err = LB_OK;

    for (size_t i = 0; i < slo->count; i++) {
        struct lbi_objective objective;
        struct lbi_buf why;
        lbi_buf_init(&why, &config->ctx->mem);
        if (!lbi_objective_parse(&objective, slo->items[i], &why)) {
            lbi_fail_more(config->ctx, "judge.slo (%s): %s", config->slo_origins.items[i],
                          lbi_buf_text(&why));
            err = LB_E_INVALID;
        }
        lbi_buf_free(&why);
    }
    return err;
}

lb_err lb_config_check(const lb_config *config)
{
    if (config == NULL)
        return LB_E_INVALID;
    lbi_buf_clear(&config->ctx->error);
    lb_err err = lbi_config_check(config);
    lb_err more = check_objectives(config);
    return err != LB_OK ? err : more;
}
