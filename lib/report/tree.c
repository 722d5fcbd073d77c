/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.c - paths into a json-c tree and the few calls that build one. json-c only stores; what is
 * printed comes from tree_write.c. Must not know what the members mean. Tested in
 * tests/unit/test_formats.c.
 */
#include "report/tree.h"

#include <math.h>
#include <string.h>

#define MAX_KEY 256

static bool step_index(struct json_object *array, const char *key, struct json_object **out)
{
    size_t index = 0;

    if (*key == '\0' || strlen(key) > 9)
        return false;
    for (; *key != '\0'; key++) {
        if (*key < '0' || *key > '9')
            return false;
        index = index * 10 + (size_t)(*key - '0');
    }
    if (index >= json_object_array_length(array))
        return false;
    *out = json_object_array_get_idx(array, index);
    return true;
}

static bool step(struct json_object *tree, const char *key, struct json_object **out)
{
    if (json_object_is_type(tree, json_type_object))
        return json_object_object_get_ex(tree, key, out);
    if (json_object_is_type(tree, json_type_array))
        return step_index(tree, key, out);
    return false;
}

bool lbi_tree_find(struct json_object *tree, const char *path, struct json_object **out)
{
    char key[MAX_KEY];
    struct json_object *at = tree;

    while (at != NULL && *path != '\0') {
        const char *dot = strchr(path, '.');
        if (dot == NULL || step(at, path, out)) /* a key may hold a dot itself: "granite-3.2" */
            return step(at, path, out);
        size_t len = (size_t)(dot - path);
        if (len >= sizeof(key))
            return false;
        memcpy(key, path, len);
        key[len] = '\0';
        if (!step(at, key, &at))
            return false;
        path = dot + 1;
    }
    return false;
}

struct json_object *lbi_tree_get(struct json_object *tree, const char *path)
{
    struct json_object *found = NULL;

    return lbi_tree_find(tree, path, &found) ? found : NULL;
}

double lbi_tree_number(struct json_object *tree, const char *path)
{
    struct json_object *found = lbi_tree_get(tree, path);

    if (!json_object_is_type(found, json_type_double) && !json_object_is_type(found, json_type_int))
        return (double)NAN;
    return json_object_get_double(found);
}

int64_t lbi_tree_int(struct json_object *tree, const char *path, int64_t missing)
{
    double value = lbi_tree_number(tree, path);

    return isfinite(value) && fabs(value) < 9e15 ? (int64_t)value : missing;
}

const char *lbi_tree_text(struct json_object *tree, const char *path)
{
    struct json_object *found = lbi_tree_get(tree, path);

    return json_object_is_type(found, json_type_string) ? json_object_get_string(found) : "";
}

bool lbi_tree_true(struct json_object *tree, const char *path)
{
    struct json_object *found = lbi_tree_get(tree, path);

    return json_object_is_type(found, json_type_boolean) && json_object_get_boolean(found);
}

size_t lbi_tree_size(struct json_object *tree, const char *path)
{
    struct json_object *found = lbi_tree_get(tree, path);

    if (json_object_is_type(found, json_type_array))
        return json_object_array_length(found);
    if (json_object_is_type(found, json_type_object))
        return (size_t)json_object_object_length(found);
    return 0;
}

struct json_object *lbi_tree_item(struct json_object *tree, const char *path, size_t index)
{
    struct json_object *found = lbi_tree_get(tree, path);

    if (!json_object_is_type(found, json_type_array) || index >= json_object_array_length(found))
        return NULL;
    return json_object_array_get_idx(found, index);
}

static struct json_object *made(struct lbi_tree *tree, struct json_object *value)
{
    if (value == NULL)
        tree->failed = true;
    return value;
}

void lbi_tree_labels(struct lbi_buf *out, struct json_object *tree, const char *between)
{
    struct json_object *labels = lbi_tree_get(tree, "labels");
    const char *before = "";

    if (!json_object_is_type(labels, json_type_object))
        return;
    json_object_object_foreach(labels, key, value)
    {
        lbi_buf_puts(out, before);
        lbi_buf_puts(out, key);
        lbi_buf_putc(out, '=');
        lbi_buf_puts(out, value != NULL ? json_object_get_string(value) : "");
        before = between;
    }
}

struct json_object *lbi_tree_object(struct lbi_tree *tree)
{
    return made(tree, json_object_new_object());
}

struct json_object *lbi_tree_array(struct lbi_tree *tree)
{
    return made(tree, json_object_new_array());
}

void lbi_put(struct lbi_tree *tree, struct json_object *to, const char *key,
             struct json_object *value)
{
    if (to != NULL && json_object_object_add(to, key, value) == 0)
        return;
    tree->failed = true;
    (void)json_object_put(value);
}

void lbi_put_number(struct lbi_tree *tree, struct json_object *to, const char *key, double value)
{
    lbi_put(tree, to, key, isfinite(value) ? made(tree, json_object_new_double(value)) : NULL);
}

void lbi_put_int(struct lbi_tree *tree, struct json_object *to, const char *key, int64_t value)
{
    lbi_put(tree, to, key, made(tree, json_object_new_int64(value)));
}

void lbi_put_bool(struct lbi_tree *tree, struct json_object *to, const char *key, bool value)
{
    lbi_put(tree, to, key, made(tree, json_object_new_boolean(value)));
}

void lbi_put_text(struct lbi_tree *tree, struct json_object *to, const char *key, const char *text)
{
    bool known = text != NULL && *text != '\0';

    lbi_put(tree, to, key, known ? made(tree, json_object_new_string(text)) : NULL);
}

void lbi_put_same(struct lbi_tree *tree, struct json_object *to, const char *key,
                  struct json_object *from, const char *path)
{
    lbi_put(tree, to, key, json_object_get(lbi_tree_get(from, path)));
}

void lbi_push(struct lbi_tree *tree, struct json_object *array, struct json_object *value)
{
    if (array != NULL && json_object_array_add(array, value) == 0)
        return;
    tree->failed = true;
    (void)json_object_put(value);
}

void lbi_push_text(struct lbi_tree *tree, struct json_object *array, const char *text)
{
    lbi_push(tree, array, made(tree, json_object_new_string(text)));
}

const char lbi_no_memory[] = "out of memory";

static const char *why_none(enum json_tokener_error error, const char *text, size_t len)
{
    if (error == json_tokener_continue)
        return "it breaks off";
    if (error != json_tokener_success)
        return json_tokener_error_desc(error);
    /* json-c calls that a success, too. */
    return len >= 4 && memcmp(text, "null", 4) == 0 ? "null is no record" : lbi_no_memory;
}

struct json_object *lbi_tree_parse(const char *text, size_t len, const char **why)
{
    struct json_tokener *tokener = len > INT32_MAX ? NULL : json_tokener_new_ex(24);

    *why = len > INT32_MAX ? "too large" : lbi_no_memory;
    if (tokener == NULL)
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *tree = json_tokener_parse_ex(tokener, text, (int)len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    *why = why_none(error, text, len);
    json_tokener_free(tokener);
    return error == json_tokener_success ? tree : NULL;
}
