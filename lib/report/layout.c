/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.c - cells and paragraphs of plain text, by columns and not by bytes. Must not know
 * results. Tested in tests/unit/test_formats.c.
 */
#include <string.h>

#include "report/format.h"
#include "report/say.h"

#define COLUMNS 80

static void pad(struct lbi_buf *out, size_t columns)
{
    for (size_t i = 0; i < columns; i++)
        lbi_buf_putc(out, ' ');
}

void lbi_lay_cell(struct lbi_buf *out, const char *text, int width)
{
    size_t room = (size_t)(width < 0 ? -width : width);
    struct lbi_buf cell;

    lbi_buf_init(&cell, out->mem);
    lbi_say_safe(&cell, text, room);
    size_t have = lbi_say_columns(lbi_buf_text(&cell), cell.len);
    if (width < 0)
        pad(out, have < room ? room - have : 0);
    lbi_buf_add(out, lbi_buf_text(&cell), cell.len);
    if (width > 0)
        pad(out, have < room ? room - have : 0);
    lbi_buf_free_into(&cell, out);
}

void lbi_lay_ms(struct lbi_buf *out, double ms, int width)
{
    struct lbi_buf cell;

    lbi_buf_init(&cell, out->mem);
    lbi_say_ms(&cell, ms);
    lbi_lay_cell(out, lbi_buf_text(&cell), width);
    lbi_buf_free_into(&cell, out);
}

void lbi_lay_int(struct lbi_buf *out, int64_t value, int width)
{
    struct lbi_buf cell;

    lbi_buf_init(&cell, out->mem);
    lbi_buf_printf(&cell, "%lld", (long long)value);
    lbi_lay_cell(out, lbi_buf_text(&cell), width);
    lbi_buf_free_into(&cell, out);
}

/* May a line end at this blank? Not between a number and its unit. */
static bool may_break(const char *text, size_t at)
{
    bool number = at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9';
    bool unit = strncmp(text + at, " ms", 3) == 0 || strncmp(text + at, " s", 2) == 0 ||
                strncmp(text + at, " %", 2) == 0;

    return text[at] == ' ' && !(number && unit);
}

/* Bytes of `text` that fit into `room` columns, ending before a blank where there is one. */
static size_t take_words(const char *text, size_t room)
{
    size_t columns = 0, end = 0, last_blank = 0;

    while (text[end] != '\0') {
        if (may_break(text, end))
            last_blank = end;
        columns += lbi_say_columns(text + end, 1);
        if (columns > room)
            return last_blank > 0 ? last_blank : end;
        end++;
    }
    return end;
}

void lbi_lay_wrap(struct lbi_buf *out, const char *text, const char *first, int indent)
{
    struct lbi_buf safe;
    size_t at = lbi_say_columns(first, strlen(first));

    lbi_buf_init(&safe, out->mem);
    lbi_say_safe(&safe, text, 4000);
    const char *rest = lbi_buf_text(&safe);
    lbi_buf_puts(out, first);
    while (*rest != '\0') {
        size_t n = take_words(rest, COLUMNS - at);
        lbi_buf_add(out, rest, n);
        lbi_buf_putc(out, '\n');
        rest += n;
        while (*rest == ' ')
            rest++;
        at = (size_t)indent;
        if (*rest != '\0')
            pad(out, at);
    }
    if (safe.len == 0)
        lbi_buf_putc(out, '\n');
    lbi_buf_free_into(&safe, out);
}
