/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_load.c - NDJSON back into a dataset. A file may have been cut anywhere, come from another
 * program or be hostile: a broken last line is a partial file, any other broken line is a clear
 * error with its number, and every size is bounded. Tested in tests/unit/test_dataset.c.
 */
#include <math.h>
#include <string.h>

#include "report/record.h"
#include "report/tree.h"

#define MAX_LINE ((size_t)64 * 1024 * 1024)
#define MAX_NS   4e18

struct loader {
    struct lb_dataset *dataset;
    struct lb_ctx *ctx;
    int64_t *gaps;
    size_t gaps_cap;
    struct lbi_buf gateway;
    size_t line;
    bool ended;
};

static lb_err fault(const struct loader *loader, const char *field, const char *what)
{
    return lbi_fail(loader->ctx, LB_E_PARSE, "line %zu: \"%s\" %s", loader->line, field, what);
}

static bool is_number(struct json_object *value)
{
    return json_object_is_type(value, json_type_int) ||
           json_object_is_type(value, json_type_double);
}

static bool to_ns(struct json_object *value, int64_t *out)
{
    double ns = is_number(value) ? json_object_get_double(value) * 1e6 : (double)NAN;

    if (!isfinite(ns) || fabs(ns) > MAX_NS)
        return false;
    *out = llround(ns);
    return true;
}

static lb_err take_whole(const struct loader *loader, const struct lbi_field *field,
                         struct json_object *value, int64_t *out)
{
    double number = json_object_is_type(value, json_type_boolean)
                        ? (double)json_object_get_boolean(value)
                        : (is_number(value) ? json_object_get_double(value) : (double)NAN);

    if (!isfinite(number) || number != floor(number) || fabs(number) > 9e15)
        return fault(loader, field->name, "is not a whole number");
    *out = (int64_t)number;
    return LB_OK;
}

static lb_err take_int(const struct loader *loader, const struct lbi_field *field,
                       struct json_object *value, int32_t *out)
{
    int64_t wide = 0;
    lb_err err = take_whole(loader, field, value, &wide);

    if (err != LB_OK)
        return err;
    if (wide < INT32_MIN || wide > INT32_MAX)
        return fault(loader, field->name, "is out of range");
    *out = (int32_t)wide;
    return LB_OK;
}

static lb_err take_text(const struct loader *loader, const struct lbi_field *field,
                        struct json_object *value, const char **out)
{
    if (!json_object_is_type(value, json_type_string))
        return fault(loader, field->name, "is not a text");
    *out = json_object_get_string(value);
    return LB_OK;
}

static lb_err take_class(const struct loader *loader, const struct lbi_field *field,
                         struct json_object *value, int32_t *out)
{
    const char *text = "";
    lb_err err = take_text(loader, field, value, &text);

    if (err != LB_OK)
        return err;
    if (strcmp(text, "code") != 0 && strcmp(text, "text") != 0)
        return fault(loader, field->name, "is neither \"code\" nor \"text\"");
    *out = strcmp(text, "code") == 0;
    return LB_OK;
}

static lb_err take_gaps(struct loader *loader, const struct lbi_field *field,
                        struct json_object *value, lb_turn *turn)
{
    if (!json_object_is_type(value, json_type_array))
        return fault(loader, field->name, "is not an array");
    size_t count = json_object_array_length(value);
    if (count > loader->gaps_cap) {
        int64_t *gaps = lbi_realloc(&loader->ctx->mem, loader->gaps, count * sizeof(*loader->gaps));
        if (gaps == NULL)
            return lbi_nomem(loader->ctx);
        loader->gaps = gaps;
        loader->gaps_cap = count;
    }
    for (size_t i = 0; i < count; i++) {
        if (!to_ns(json_object_array_get_idx(value, i), &loader->gaps[i]))
            return fault(loader, field->name, "holds what is not a number of milliseconds");
    }
    turn->gaps_ns = loader->gaps;
    turn->gap_count = count;
    return LB_OK;
}

static lb_err take_object(struct loader *loader, const struct lbi_field *field,
                          struct json_object *value, const char **out)
{
    if (!json_object_is_type(value, json_type_object))
        return fault(loader, field->name, "is not an object");
    lbi_buf_clear(&loader->gateway);
    lbi_tree_write(&loader->gateway, value, false);
    if (loader->gateway.err != LB_OK)
        return lbi_nomem(loader->ctx);
    *out = lbi_buf_text(&loader->gateway);
    return LB_OK;
}

static lb_err take_field(struct loader *loader, const struct lbi_field *field,
                         struct json_object *value, lb_turn *turn)
{
    void *at = (char *)turn + field->offset;

    switch (field->kind) {
    case LBI_FIELD_WIDE:
        return take_whole(loader, field, value, at);
    case LBI_FIELD_MS:
        return to_ns(value, at) ? LB_OK
                                : fault(loader, field->name, "is not a number of milliseconds");
    case LBI_FIELD_TEXT:
        return take_text(loader, field, value, at);
    case LBI_FIELD_CODE:
        return take_class(loader, field, value, at);
    case LBI_FIELD_GAPS:
        return take_gaps(loader, field, value, turn);
    case LBI_FIELD_OBJECT:
        return take_object(loader, field, value, at);
    case LBI_FIELD_INT:
    case LBI_FIELD_TURN:
    case LBI_FIELD_FLAG:
    case LBI_FIELD_TRI:
    default:
        return take_int(loader, field, value, at);
    }
}

/* The longest gap and, of the itl, the pool follow from the gaps. */
static void complete(lb_turn *turn)
{
    if (turn->max_gap_ns != LB_UNKNOWN)
        return;
    for (size_t i = 0; i < turn->gap_count; i++) {
        if (turn->max_gap_ns == LB_UNKNOWN || turn->gaps_ns[i] > turn->max_gap_ns)
            turn->max_gap_ns = turn->gaps_ns[i];
    }
}

static lb_err take_record(struct loader *loader, struct json_object *tree)
{
    lb_turn turn;

    lbi_turn_init(&turn);
    for (size_t i = 0; i < LBI_FIELD_COUNT; i++) {
        struct json_object *value = NULL;
        if (!json_object_object_get_ex(tree, lbi_fields[i].name, &value) || value == NULL)
            continue; /* absent and null are one: unknown */
        lb_err err = take_field(loader, &lbi_fields[i], value, &turn);
        if (err != LB_OK)
            return err;
    }
    complete(&turn);
    lb_err err = lbi_dataset_add(loader->dataset, &turn);
    if (err == LB_E_RANGE)
        return fault(loader, "conversation\" or \"turn", "is out of range");
    return err;
}

static lb_err take_schema_line(struct loader *loader, struct json_object *tree)
{
    const char *schema = lbi_tree_text(tree, "schema");
    static const char family[] = "litebench.records/";

    if (strncmp(schema, family, sizeof(family) - 1) != 0)
        return lbi_fail(loader->ctx, LB_E_PARSE,
                        "line %zu: no records of litebench: the first line must say \"schema\":"
                        "\"" LBI_RECORDS_SCHEMA "\"",
                        loader->line);
    if (strcmp(schema, LBI_RECORDS_SCHEMA) != 0)
        return lbi_fail(
            loader->ctx, LB_E_UNSUPPORTED,
            "line %zu: schema %.40s is not known to this version, which reads " LBI_RECORDS_SCHEMA
            ": use a newer litebench",
            loader->line, schema);
    if (lbi_tree_true(tree, "end")) {
        loader->ended = true;
        lbi_dataset_set_footer(loader->dataset, json_object_get(tree));
        return LB_OK;
    }
    if (lbi_dataset_header(loader->dataset) != NULL)
        return lbi_fail(loader->ctx, LB_E_PARSE, "line %zu: a second first line", loader->line);
    lbi_dataset_set_header(loader->dataset, json_object_get(tree));
    return LB_OK;
}

static lb_err take_tree(struct loader *loader, struct json_object *tree)
{
    if (!json_object_is_type(tree, json_type_object))
        return lbi_fail(loader->ctx, LB_E_PARSE, "line %zu: not a JSON object", loader->line);
    if (loader->ended)
        return lbi_fail(loader->ctx, LB_E_PARSE, "line %zu: it follows the last line",
                        loader->line);
    bool has_schema = json_object_object_get_ex(tree, "schema", NULL);
    if (has_schema || lbi_dataset_header(loader->dataset) == NULL)
        return take_schema_line(loader, tree);
    return take_record(loader, tree);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Why a line gave no tree. `last`: no newline ended it, so it may have been cut. */
static lb_err explain_line(const struct loader *loader, const char *line, const char *why,
                           bool last)
{
    if (why == lbi_no_memory)
        return lbi_nomem(loader->ctx);
    if (last && *line == '{')
        return LB_OK;
    return lbi_fail(loader->ctx, LB_E_PARSE, "line %zu: not JSON (%s)", loader->line, why);
}

static lb_err take_line(struct loader *loader, const char *line, size_t len, bool last)
{
    const char *why = "longer than 64 MiB";

    while (len > 0 && is_space(line[len - 1]))
        len--;
    while (len > 0 && is_space(*line)) {
        line++;
        len--;
    }
    if (len == 0)
        return LB_OK;
    struct json_object *tree = len > MAX_LINE ? NULL : lbi_tree_parse(line, len, &why);
    if (tree == NULL)
        return explain_line(loader, line, why, last);
    lb_err err = take_tree(loader, tree);
    (void)json_object_put(tree);
    return err;
}

lb_err lbi_dataset_load(struct lb_dataset *dataset, const char *text, size_t len)
{
    struct loader loader = {.dataset = dataset, .ctx = lbi_dataset_ctx(dataset)};
    const char *end = text + len;
    lb_err err = LB_OK;

    lbi_buf_init(&loader.gateway, &loader.ctx->mem);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    while (text < end && err == LB_OK) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;
        loader.line++;
        err = take_line(&loader, text, (size_t)(stop - text), newline == NULL);
        text = newline != NULL ? newline + 1 : end;
    }
    lbi_buf_free(&loader.gateway);
    lbi_free(&loader.ctx->mem, loader.gaps);
    return err;
}
