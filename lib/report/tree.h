/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - the result as a tree: the one way to read it (by path) and to build it. Every format
 * renders from here, whether the tree was just made or loaded from a file.
 */
#ifndef LBI_REPORT_TREE_H
#define LBI_REPORT_TREE_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/buf.h"

/* ---- reading: `path` is "a.b.0.c"; a NULL tree or a missing member reads as unknown ---- */

/* False when there is no such place. *out may be NULL: JSON's null. */
bool lbi_tree_find(struct json_object *tree, const char *path, struct json_object **out);
/* NULL for null and for what is not there. */
struct json_object *lbi_tree_get(struct json_object *tree, const char *path);
double lbi_tree_number(struct json_object *tree, const char *path); /* NAN: unknown */
/* Whole numbers; `missing` when unknown. */
int64_t lbi_tree_int(struct json_object *tree, const char *path, int64_t missing);
const char *lbi_tree_text(struct json_object *tree, const char *path); /* "": unknown */
bool lbi_tree_true(struct json_object *tree, const char *path);
/* Items of an array, members of an object, else 0. */
size_t lbi_tree_size(struct json_object *tree, const char *path);
struct json_object *lbi_tree_item(struct json_object *tree, const char *path, size_t index);

/* Labels of a header or a result, "K=V" with `between` between them, as raw text. */
void lbi_tree_labels(struct lbi_buf *out, struct json_object *tree, const char *between);

/* ---- building: a failed allocation sticks, look at `failed` once at the end ---- */

struct lbi_tree {
    bool failed;
};

struct json_object *lbi_tree_object(struct lbi_tree *tree);
struct json_object *lbi_tree_array(struct lbi_tree *tree);
/* Takes the reference to `value`; NULL is null. */
void lbi_put(struct lbi_tree *tree, struct json_object *to, const char *key,
             struct json_object *value);
void lbi_put_number(struct lbi_tree *tree, struct json_object *to, const char *key, double value);
void lbi_put_int(struct lbi_tree *tree, struct json_object *to, const char *key, int64_t value);
void lbi_put_bool(struct lbi_tree *tree, struct json_object *to, const char *key, bool value);
/* NULL and "" are null. */
void lbi_put_text(struct lbi_tree *tree, struct json_object *to, const char *key, const char *text);
/* Another reference to what stands at `path` of `from`, or null. */
void lbi_put_same(struct lbi_tree *tree, struct json_object *to, const char *key,
                  struct json_object *from, const char *path);
/* Takes the reference to `value`. */
void lbi_push(struct lbi_tree *tree, struct json_object *array, struct json_object *value);
void lbi_push_text(struct lbi_tree *tree, struct json_object *array, const char *text);

/* ---- text ---- */

/* JSON of a tree, independent of the locale: one line, or indented by 2 spaces. */
void lbi_tree_write(struct lbi_buf *out, struct json_object *tree, bool pretty);
/* Strict JSON of `len` bytes. NULL and, in *why, a few words when it is none; or lbi_no_memory, as
 * far as json-c tells one from the other. */
extern const char lbi_no_memory[];
struct json_object *lbi_tree_parse(const char *text, size_t len, const char **why);

#endif
