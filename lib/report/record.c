/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - one record as a line of NDJSON and as a row of CSV, both from the table in
 * fields.def. Must not know where the lines go. Tested in tests/unit/test_dataset.c.
 */
#include "report/record.h"

#include <string.h>

#include "report/say.h"
#include "report/tree.h"

const struct lbi_field lbi_fields[LBI_FIELD_COUNT] = {
#define FIELD(kind, name, member)                                                                  \
    {name, ",\"" name "\":", sizeof(",\"" name "\":") - 1, offsetof(lb_turn, member),              \
     LBI_FIELD_##kind},
#include "report/fields.def"
#undef FIELD
};

static const void *field_at(const lb_turn *turn, const struct lbi_field *field)
{
    return (const char *)turn + field->offset;
}

static int64_t wide_at(const lb_turn *turn, const struct lbi_field *field)
{
    const int64_t *value = field_at(turn, field);

    return *value;
}

static int32_t int_at(const lb_turn *turn, const struct lbi_field *field)
{
    const int32_t *value = field_at(turn, field);

    return *value;
}

static const char *text_at(const lb_turn *turn, const struct lbi_field *field)
{
    const char *const *text = field_at(turn, field);

    return *text == NULL ? "" : *text;
}

static uint64_t put_sign(struct lbi_buf *out, int64_t value)
{
    if (value >= 0)
        return (uint64_t)value;
    lbi_buf_putc(out, '-');
    return (uint64_t)0 - (uint64_t)value;
}

/* Nanoseconds as milliseconds, exactly. */
static void put_ms(struct lbi_buf *out, int64_t ns)
{
    uint64_t size = put_sign(out, ns);

    lbi_buf_decimal(out, size / 1000000, size % 1000000, 6);
}

static void put_int(struct lbi_buf *out, int64_t value)
{
    lbi_buf_uint(out, put_sign(out, value), 1);
}

static bool is_known(const lb_turn *turn, const struct lbi_field *field)
{
    switch (field->kind) {
    case LBI_FIELD_WIDE:
    case LBI_FIELD_MS:
        return wide_at(turn, field) != LB_UNKNOWN;
    case LBI_FIELD_INT:
    case LBI_FIELD_TRI:
    case LBI_FIELD_CODE:
        return int_at(turn, field) >= 0;
    case LBI_FIELD_TURN:
        return int_at(turn, field) > 0;
    case LBI_FIELD_TEXT:
    case LBI_FIELD_OBJECT:
        return *text_at(turn, field) != '\0';
    case LBI_FIELD_GAPS:
        return turn->gaps_ns != NULL && turn->gap_count > 0;
    case LBI_FIELD_FLAG:
    default:
        return true;
    }
}

/* What is spelt the same in JSON and CSV. */
static void put_plain(struct lbi_buf *out, const lb_turn *turn, const struct lbi_field *field)
{
    if (field->kind == LBI_FIELD_WIDE)
        put_int(out, wide_at(turn, field));
    else if (field->kind == LBI_FIELD_MS)
        put_ms(out, wide_at(turn, field));
    else if (field->kind == LBI_FIELD_FLAG || field->kind == LBI_FIELD_TRI)
        lbi_buf_puts(out, int_at(turn, field) > 0 ? "true" : "false");
    else
        put_int(out, int_at(turn, field));
}

/* Tokens that came together have no pause between them: of a fast answer, nearly all. */
static size_t count_zeros(const lb_turn *turn, size_t from)
{
    size_t i = from;

    while (i < turn->gap_count && turn->gaps_ns[i] == 0)
        i++;
    return i - from;
}

static void put_gaps(struct lbi_buf *out, const lb_turn *turn, char separator)
{
    const char zero[2] = {separator, '0'};

    for (size_t i = 0; i < turn->gap_count; i++) {
        size_t zeros = i > 0 ? count_zeros(turn, i) : 0;
        lbi_buf_repeat(out, zero, sizeof(zero), zeros);
        i += zeros;
        if (i == turn->gap_count)
            break;
        if (i > 0)
            lbi_buf_putc(out, separator);
        put_ms(out, turn->gaps_ns[i]);
    }
}

/* The gateway's headers come as text; what is no JSON object must not break the line. */
static void put_object(struct lbi_buf *out, const char *text)
{
    const char *why;
    struct json_object *object = lbi_tree_parse(text, strlen(text), &why);

    if (json_object_is_type(object, json_type_object))
        lbi_tree_write(out, object, false);
    else
        lbi_buf_puts(out, "null");
    (void)json_object_put(object);
}

static void put_json(struct lbi_buf *out, const lb_turn *turn, const struct lbi_field *field)
{
    switch (field->kind) {
    case LBI_FIELD_TEXT:
        lbi_buf_json_string(out, text_at(turn, field));
        break;
    case LBI_FIELD_CODE:
        lbi_buf_puts(out, int_at(turn, field) > 0 ? "\"code\"" : "\"text\"");
        break;
    case LBI_FIELD_GAPS:
        lbi_buf_putc(out, '[');
        put_gaps(out, turn, ',');
        lbi_buf_putc(out, ']');
        break;
    case LBI_FIELD_OBJECT:
        put_object(out, text_at(turn, field));
        break;
    case LBI_FIELD_WIDE:
    case LBI_FIELD_INT:
    case LBI_FIELD_TURN:
    case LBI_FIELD_FLAG:
    case LBI_FIELD_TRI:
    case LBI_FIELD_MS:
    default:
        put_plain(out, turn, field);
        break;
    }
}

void lbi_ndjson_turn(struct lbi_buf *out, const lb_turn *turn)
{
    bool first = true;

    lbi_buf_putc(out, '{');
    for (size_t i = 0; i < LBI_FIELD_COUNT; i++) {
        const struct lbi_field *field = &lbi_fields[i];
        bool known = is_known(turn, field);
        bool optional = field->kind == LBI_FIELD_GAPS || field->kind == LBI_FIELD_OBJECT;
        if (!known && optional)
            continue;
        lbi_buf_add(out, field->key + first, field->key_len - first);
        first = false;
        if (known)
            put_json(out, turn, field);
        else
            lbi_buf_puts(out, "null");
    }
    lbi_buf_puts(out, "}\n");
}

/* The members of `tree` after a first one that says what line this is. */
static void put_line(struct lbi_buf *out, struct json_object *tree, const char *more)
{
    lbi_buf_puts(out, "{\"schema\":\"" LBI_RECORDS_SCHEMA "\"");
    lbi_buf_puts(out, more);
    if (json_object_is_type(tree, json_type_object)) {
        json_object_object_foreach(tree, key, value)
        {
            if (strcmp(key, "schema") == 0 || strcmp(key, "end") == 0)
                continue;
            lbi_buf_putc(out, ',');
            lbi_buf_json_string(out, key);
            lbi_buf_putc(out, ':');
            lbi_tree_write(out, value, false);
        }
    }
    lbi_buf_puts(out, "}\n");
}

void lbi_ndjson_header(struct lbi_buf *out, struct json_object *header)
{
    put_line(out, header, "");
}

void lbi_ndjson_footer(struct lbi_buf *out, struct json_object *footer)
{
    put_line(out, footer, ",\"end\":true");
}

/* RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe first: it comes
 * from servers, and numbers never pass here. Control characters are made visible, so a record is
 * one line and no terminal obeys it. */
static void put_csv_text(struct lbi_buf *out, const char *text)
{
    const char *begin = text + strspn(text, " \t\r\n");
    bool formula = *begin != '\0' && strchr("=+-@", *begin) != NULL;
    struct lbi_buf safe;

    lbi_buf_init(&safe, out->mem);
    lbi_say_safe(&safe, text, SIZE_MAX);
    text = lbi_buf_text(&safe);
    bool quoted = formula || strpbrk(text, ",\"") != NULL;
    lbi_buf_puts(out, quoted ? "\"" : "");
    lbi_buf_puts(out, formula ? "'" : "");
    for (; *text != '\0'; text++) {
        if (*text == '"')
            lbi_buf_putc(out, '"');
        lbi_buf_putc(out, *text);
    }
    lbi_buf_puts(out, quoted ? "\"" : "");
    lbi_buf_free_into(&safe, out);
}

static void put_csv(struct lbi_buf *out, const lb_turn *turn, const struct lbi_field *field)
{
    switch (field->kind) {
    case LBI_FIELD_TEXT:
    case LBI_FIELD_OBJECT:
        put_csv_text(out, text_at(turn, field));
        break;
    case LBI_FIELD_CODE:
        lbi_buf_puts(out, int_at(turn, field) > 0 ? "code" : "text");
        break;
    case LBI_FIELD_GAPS:
        put_gaps(out, turn, ' ');
        break;
    case LBI_FIELD_WIDE:
    case LBI_FIELD_INT:
    case LBI_FIELD_TURN:
    case LBI_FIELD_FLAG:
    case LBI_FIELD_TRI:
    case LBI_FIELD_MS:
    default:
        put_plain(out, turn, field);
        break;
    }
}

void lbi_csv_header(struct lbi_buf *out)
{
    for (size_t i = 0; i < LBI_FIELD_COUNT; i++)
        lbi_buf_printf(out, "%s,", lbi_fields[i].name);
    lbi_buf_puts(out, "labels\r\n");
}

void lbi_csv_labels(struct lbi_buf *out, struct json_object *header)
{
    struct lbi_buf text;

    lbi_buf_init(&text, out->mem);
    lbi_tree_labels(&text, header, ";");
    put_csv_text(out, lbi_buf_text(&text));
    out->err = out->err != LB_OK ? out->err : text.err;
    lbi_buf_free(&text);
}

void lbi_csv_turn(struct lbi_buf *out, const lb_turn *turn, const char *labels)
{
    for (size_t i = 0; i < LBI_FIELD_COUNT; i++) {
        if (is_known(turn, &lbi_fields[i]))
            put_csv(out, turn, &lbi_fields[i]);
        lbi_buf_putc(out, ',');
    }
    lbi_buf_puts(out, labels);
    lbi_buf_puts(out, "\r\n");
}
