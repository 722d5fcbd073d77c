/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load_json.c - a JSON document of options: {"group": {"name": value}} or {"group.name": value}.
 * All faults are reported, one a line, each with the line and column where it stands; nothing is
 * taken from a document that has one.
 */
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

#include "config/config.h"

struct loader {
    struct lb_config *config; /* a copy: it replaces the real one when all went well */
    const char *origin;
    const char *text;
    size_t len;
    size_t cursor; /* behind the last key that was found in the text */
    bool failed;
    struct lbi_buf why;
};

static void fault_at(struct loader *loader, size_t offset, const char *message)
{
    size_t line = 1;
    size_t column = 1;

    for (size_t i = 0; i < offset && i < loader->len; i++) {
        bool newline = loader->text[i] == '\n';
        line += newline;
        column = newline ? 1 : column + 1;
    }
    lbi_fail_more(loader->config->ctx, "%s:%zu:%zu: %s", loader->origin, line, column, message);
    loader->failed = true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * json-c says nothing on where a value stood, but it keeps the order: the next `"key" :` in the
 * text is the one. Keys with escapes are not found; they are no option names anyway.
 */
static size_t find_key(struct loader *loader, const char *key)
{
    size_t n = strlen(key);

    for (size_t i = loader->cursor; i + n + 2 < loader->len; i++) {
        const char *p = loader->text + i;
        if (*p != '"' || memcmp(p + 1, key, n) != 0 || p[n + 1] != '"')
            continue;
        size_t colon = i + n + 2;
        while (colon < loader->len && is_space(loader->text[colon]))
            colon++;
        if (colon < loader->len && loader->text[colon] == ':') {
            loader->cursor = colon + 1;
            return i;
        }
    }
    return loader->cursor;
}

/* The text that lb_config_set would get, NULL when this JSON value cannot be one. */
static const char *value_text(enum lbi_opt opt, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_boolean:
    case json_type_int:
    case json_type_double:
    case json_type_string:
        return json_object_get_string(value);
    case json_type_object:
        if (opt == LBI_OPT_extra_body)
            return json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
        return NULL;
    case json_type_array:
    case json_type_null:
    default:
        return NULL;
    }
}

static lb_err wrong_kind(struct loader *loader, enum lbi_opt opt, struct json_object *value)
{
    static const char *const nouns[] = {
        [LB_OPT_BOOL] = "true or false", [LB_OPT_INT] = "a number",
        [LB_OPT_NUMBER] = "a number",    [LB_OPT_SHARE] = "a share",
        [LB_OPT_TEXT] = "a text",        [LB_OPT_DURATION] = "a duration",
        [LB_OPT_CHOICE] = "a text",      [LB_OPT_LIST] = "a list of texts"};
    const char *what = json_type_to_name(json_object_get_type(value));

    lbi_buf_printf(&loader->why, "%s is not %s", what, nouns[lbi_opt_rows[opt].info.kind]);
    return LB_E_INVALID;
}

static lb_err store_one(struct loader *loader, enum lbi_opt opt, struct json_object *value,
                        bool append)
{
    const char *text = value_text(opt, value);

    if (text == NULL)
        return wrong_kind(loader, opt, value);
    lb_err err = lbi_store(loader->config, opt, text, loader->origin, append, &loader->why);
    if (err != LB_OK)
        return err;
    lbi_drop_rivals(loader->config, opt);
    lbi_settings_derive(loader->config);
    return LB_OK;
}

static lb_err store_value(struct loader *loader, enum lbi_opt opt, struct json_object *value)
{
    if (!lbi_is_list(opt) || !json_object_is_type(value, json_type_array))
        return store_one(loader, opt, value, lbi_is_list(opt));

    lb_err err = LB_OK;
    for (size_t i = 0; i < json_object_array_length(value) && err == LB_OK; i++)
        err = store_one(loader, opt, json_object_array_get_idx(value, i), true);
    return err;
}

/* LB_OK also when the fault was noted: the next key has its turn. */
static lb_err take(struct loader *loader, const char *name, size_t at, struct json_object *value)
{
    enum lbi_opt opt = lbi_opt_by_name(name);
    struct lbi_buf line;
    lb_err err = LB_OK;

    lbi_buf_clear(&loader->why);
    lbi_buf_init(&line, &loader->config->ctx->mem);
    if (opt == LBI_OPT_COUNT) {
        const char *near = lbi_opt_nearest(name);
        lbi_put_shown(&line, name, false);
        lbi_buf_printf(&line, ": no such option%s%s", near != NULL ? "; nearest: " : "",
                       near != NULL ? near : "");
        fault_at(loader, at, lbi_buf_text(&line));
    } else {
        err = store_value(loader, opt, value);
    }
    if (err == LB_E_INVALID) {
        lbi_buf_printf(&line, "%s: %s", name, lbi_buf_text(&loader->why));
        fault_at(loader, at, lbi_buf_text(&line));
        err = LB_OK;
    }
    lbi_buf_free(&line);
    return err;
}

static lb_err take_group(struct loader *loader, const char *group, struct json_object *members)
{
    struct lbi_buf name;
    lb_err err = LB_OK;

    lbi_buf_init(&name, &loader->config->ctx->mem);
    json_object_object_foreach(members, key, value)
    {
        lbi_buf_clear(&name);
        lbi_buf_printf(&name, "%s.%s", group, key);
        err = name.err != LB_OK ? name.err : take(loader, name.data, find_key(loader, key), value);
        if (err != LB_OK)
            break;
    }
    lbi_buf_free(&name);
    return err;
}

static lb_err take_all(struct loader *loader, struct json_object *root)
{
    lb_err err = LB_OK;

    json_object_object_foreach(root, key, value)
    {
        size_t at = find_key(loader, key);
        bool group = strchr(key, '.') == NULL && json_object_is_type(value, json_type_object);
        err = group ? take_group(loader, key, value) : take(loader, key, at, value);
        if (err != LB_OK)
            break;
    }
    return err;
}

static const char *syntax_error(enum json_tokener_error error)
{
    if (error == json_tokener_continue)
        return "the JSON ends too early";
    return json_tokener_error_desc(error);
}

/* The whole document as a tree, NULL after a fault was noted. */
static struct json_object *parse(struct loader *loader)
{
    struct json_tokener *tokener = json_tokener_new();
    struct lbi_buf line;

    if (tokener == NULL)
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *root = json_tokener_parse_ex(tokener, loader->text, (int)loader->len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);

    /* json-c calls it a success when it has no memory. */
    if (error == json_tokener_success && root == NULL && strncmp(loader->text, "null", 4) != 0)
        return NULL;
    lbi_buf_init(&line, &loader->config->ctx->mem);
    while (root != NULL && end < loader->len && is_space(loader->text[end]))
        end++;
    if (error != json_tokener_success)
        lbi_buf_printf(&line, "not JSON: %s", syntax_error(error));
    else if (end < loader->len)
        lbi_buf_puts(&line, "not JSON: something follows the end");
    else if (!json_object_is_type(root, json_type_object))
        lbi_buf_puts(&line, "wants a JSON object of options, {...}");
    if (line.len > 0) {
        fault_at(loader, end, lbi_buf_text(&line));
        json_object_put(root);
        root = NULL;
    }
    lbi_buf_free(&line);
    return root;
}

static void swap(struct lb_config *a, struct lb_config *b)
{
    struct lb_config old = *a;

    *a = *b;
    *b = old;
}

lb_err lbi_config_load_json(struct lb_config *config, const char *text, size_t len,
                            const char *origin)
{
    struct lb_ctx *ctx = config->ctx;
    struct loader loader = {.text = text, .len = len};

    loader.origin = origin != NULL ? origin : "JSON";
    if (len > INT_MAX)
        return lbi_fail(ctx, LB_E_PARSE, "%s: too large", loader.origin);
    lb_err err = lbi_config_clone(&loader.config, config);
    if (err != LB_OK)
        return err;
    lbi_buf_clear(&ctx->error);
    lbi_buf_init(&loader.why, &ctx->mem);
    struct json_object *root = parse(&loader);
    if (root != NULL)
        err = take_all(&loader, root);
    else if (!loader.failed)
        err = LB_E_NOMEM;
    json_object_put(root);
    if (err == LB_OK && !loader.failed)
        swap(config, loader.config);
    lbi_buf_free(&loader.why);
    lbi_config_free(loader.config);
    if (err == LB_E_NOMEM)
        return lbi_nomem(ctx);
    return loader.failed ? LB_E_PARSE : err;
}
