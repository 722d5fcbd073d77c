/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts_given.c - the options that a run was given, as text, so that a report can write the command
 * that does it again. Nothing secret gets in: of keys and headers only that there were some. Tested
 * in tests/unit/test_given.c.
 */
#include <string.h>

#include "engine/facts.h"

/* What is said elsewhere in the header, or is this run's own. */
static bool is_left_out(enum lbi_opt opt)
{
    switch ((int)opt) {
    case LBI_OPT_url: /* shown without its query */
    case LBI_OPT_conversations:
    case LBI_OPT_users:
    case LBI_OPT_shard:
    case LBI_OPT_start_at:
    case LBI_OPT_slo:
    case LBI_OPT_secret_headers:
        return true;
    default:
        return lbi_opt_rows[opt].info.cli_only != 0;
    }
}

static bool is_secret(enum lbi_opt opt)
{
    return lbi_opt_rows[opt].info.secret != 0 || opt == LBI_OPT_headers || opt == LBI_OPT_key_file;
}

/* Presets come back by their name, and what the endpoint lists by asking it. */
static bool is_own_choice(const char *origin)
{
    return strncmp(origin, "preset ", strlen("preset ")) != 0 && strcmp(origin, "/models") != 0;
}

static struct json_object *value_of(const struct lb_config *config, enum lbi_opt opt)
{
    if (is_secret(opt))
        return json_object_new_string("***");
    if (lbi_opt_rows[opt].info.kind != LB_OPT_LIST)
        return config->text[opt] != NULL ? json_object_new_string(config->text[opt]) : NULL;
    const char *base = (const char *)&config->set;
    const struct lbi_list *list = (const void *)(base + lbi_opt_rows[opt].offset);
    struct json_object *array = json_object_new_array();
    for (size_t i = 0; array != NULL && i < list->count; i++)
        (void)json_object_array_add(array, json_object_new_string(list->items[i]));
    return array;
}

struct json_object *lbi_facts_given(const struct lb_config *config)
{
    struct json_object *given = json_object_new_object();

    for (int i = 0; given != NULL && i < LBI_OPT_COUNT; i++) {
        enum lbi_opt opt = (enum lbi_opt)i;
        const char *origin = config->origin[i];
        if (origin == NULL || config->derived[i] || is_left_out(opt) || !is_own_choice(origin))
            continue;
        struct json_object *value = value_of(config, opt);
        if (value != NULL)
            (void)json_object_object_add(given, lbi_opt_rows[i].info.name, value);
    }
    return given;
}
