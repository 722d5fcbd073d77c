/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_write.c - JSON text of a tree. Not json-c's own printer: numbers must not follow the
 * locale, text from servers may not be UTF-8, and equal trees must give equal bytes for ever.
 * Tested in tests/unit/test_formats.c.
 */
#include "report/tree.h"

#include <inttypes.h>

#define MAX_DEPTH 40
#define DECIMALS  6

struct writer {
    struct lbi_buf *out;
    bool pretty;
    int depth;
};

static void write_value(struct writer *w, struct json_object *value);

static void new_line(struct writer *w)
{
    if (!w->pretty)
        return;
    lbi_buf_putc(w->out, '\n');
    for (int i = 0; i < w->depth; i++)
        lbi_buf_puts(w->out, "  ");
}

static void write_string(struct writer *w, const char *text, size_t len)
{
    lbi_buf_putc(w->out, '"');
    lbi_buf_json_text(w->out, text, len);
    lbi_buf_putc(w->out, '"');
}

static void write_object(struct writer *w, struct json_object *object)
{
    struct json_object_iterator at = json_object_iter_begin(object);
    struct json_object_iterator end = json_object_iter_end(object);
    bool first = true;

    lbi_buf_putc(w->out, '{');
    w->depth++;
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        const char *key = json_object_iter_peek_name(&at);
        if (!first)
            lbi_buf_putc(w->out, ',');
        first = false;
        new_line(w);
        lbi_buf_json_string(w->out, key);
        lbi_buf_puts(w->out, w->pretty ? ": " : ":");
        write_value(w, json_object_iter_peek_value(&at));
    }
    w->depth--;
    if (!first)
        new_line(w);
    lbi_buf_putc(w->out, '}');
}

static void write_array(struct writer *w, struct json_object *array)
{
    size_t count = json_object_array_length(array);

    lbi_buf_putc(w->out, '[');
    w->depth++;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            lbi_buf_putc(w->out, ',');
        new_line(w);
        write_value(w, json_object_array_get_idx(array, i));
    }
    w->depth--;
    if (count > 0)
        new_line(w);
    lbi_buf_putc(w->out, ']');
}

static void write_value(struct writer *w, struct json_object *value)
{
    enum json_type kind = json_object_get_type(value);

    if (w->depth > MAX_DEPTH)
        kind = json_type_null;
    switch (kind) {
    case json_type_boolean:
        lbi_buf_puts(w->out, json_object_get_boolean(value) ? "true" : "false");
        break;
    case json_type_double:
        lbi_buf_json_number(w->out, json_object_get_double(value), DECIMALS);
        break;
    case json_type_int:
        lbi_buf_printf(w->out, "%" PRId64, json_object_get_int64(value));
        break;
    case json_type_string:
        write_string(w, json_object_get_string(value), (size_t)json_object_get_string_len(value));
        break;
    case json_type_object:
        write_object(w, value);
        break;
    case json_type_array:
        write_array(w, value);
        break;
    case json_type_null:
    default:
        lbi_buf_puts(w->out, "null");
        break;
    }
}

void lbi_tree_write(struct lbi_buf *out, struct json_object *tree, bool pretty)
{
    struct writer writer = {out, pretty, 0};

    write_value(&writer, tree);
}
