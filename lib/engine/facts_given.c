/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts_given.c - the options that a run was given, as text, so that a report can write the command
 * that does it again. Nothing secret gets in: of keys and headers only that there were some. Tested
 * in tests/unit/test_given.c.
 */
#include <string.h>

#include "engine/facts.h"
#include "report/tree.h"

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

/* Also when it is empty. */
static void put_text(struct lbi_tree *tree, struct json_object *to, const char *name,
                     const char *text)
{
    struct json_object *value = json_object_new_string(text);

    tree->failed = tree->failed || value == NULL;
    lbi_put(tree, to, name, value);
}

static void put_value(struct lbi_tree *tree, struct json_object *given,
                      const struct lb_config *config, enum lbi_opt opt)
{
    const char *name = lbi_opt_rows[opt].info.name;

    if (is_secret(opt)) {
        put_text(tree, given, name, "***");
        return;
    }
    if (lbi_opt_rows[opt].info.kind != LB_OPT_LIST) {
        if (config->text[opt] != NULL)
            put_text(tree, given, name, config->text[opt]);
        return;
    }
    const char *base = (const char *)&config->set;
    const struct lbi_list *list = (const void *)(base + lbi_opt_rows[opt].offset);
    struct json_object *array = lbi_tree_array(tree);
    for (size_t i = 0; i < list->count; i++)
        lbi_push_text(tree, array, list->items[i]);
    lbi_put(tree, given, name, array);
}

struct json_object *lbi_facts_given(const struct lb_config *config)
{
    struct lbi_tree tree = {false};
    struct json_object *given = lbi_tree_object(&tree);

    for (int i = 0; i < LBI_OPT_COUNT; i++) {
        enum lbi_opt opt = (enum lbi_opt)i;
        const char *origin = config->origin[i];
        if (origin == NULL || config->derived[i] || is_left_out(opt) || !is_own_choice(origin))
            continue;
        put_value(&tree, given, config, opt);
    }
    if (!tree.failed)
        return given;
    (void)json_object_put(given);
    return NULL;
}
