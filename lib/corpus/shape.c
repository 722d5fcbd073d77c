/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.c - fences, cuts and joins. It knows sizes in bytes and nothing of tokens, turns or
 * seeds: plan.c says how much room there is. Pure. Tested in tests/unit/test_plan.c.
 */
#include "corpus/shape.h"

#include <string.h>

#include "base/utf8.h"

size_t lbi_shape_fence(const char *text, size_t len)
{
    size_t longest = 2;
    size_t run = 0;

    for (size_t i = 0; i < len; i++) {
        run = text[i] == '`' ? run + 1 : 0;
        if (run > longest)
            longest = run;
    }
    return longest + 1;
}

/* The last position in [floor, limit] where a line ends and, if asked, a blank one follows. */
static size_t line_end(const char *text, size_t len, size_t floor, size_t limit, bool paragraph)
{
    for (size_t i = limit; i > floor; i--) {
        if (text[i] == '\n' && (!paragraph || i + 1 == len || text[i + 1] == '\n'))
            return i;
    }
    return 0;
}

size_t lbi_shape_cut(const char *text, size_t len, size_t limit)
{
    if (len <= limit)
        return len;

    size_t floor = limit - limit / 4;
    size_t end = line_end(text, len, floor, limit, true);
    if (end == 0)
        end = line_end(text, len, floor, limit, false);
    for (size_t i = limit; end == 0 && i > floor; i--) {
        if (text[i] == ' ')
            end = i;
    }
    if (end == 0)
        return lbi_utf8_cut(text, limit);
    while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == ' '))
        end--;
    return end;
}

/* Longest cut whose text and fences fit. A shorter text may do with shorter fences: hence a loop,
 * whose limit shrinks each time. */
static size_t fit(const char *text, size_t len, size_t room)
{
    size_t limit = len;

    for (;;) {
        size_t n = lbi_shape_cut(text, len, limit);
        size_t total = n + 2 * lbi_shape_fence(text, n);
        if (total <= room || n == 0)
            return n;
        size_t over = total - room;
        limit = over < n ? n - over : n / 2;
    }
}

/* docs[index] and its neighbours of the same class, from the start again if need be. */
static size_t join(const struct lbi_shape *shape, struct lbi_buf *out, size_t index, size_t wish)
{
    bool code = shape->docs[index]->code;
    size_t joined = 0;

    for (size_t i = index; out->len < wish && out->err == LB_OK; i = (i + 1) % shape->count) {
        const struct lbi_document *doc = shape->docs[i];
        if (doc->code != code)
            continue;
        if (out->len > 0)
            lbi_buf_puts(out, lbi_buf_text(out)[out->len - 1] == '\n' ? "\n" : "\n\n");
        lbi_buf_add(out, doc->text, doc->len);
        joined++;
    }
    return joined;
}

static struct lbi_document *joined_document(struct lbi_shape *shape, size_t index, size_t wish,
                                            size_t room)
{
    const struct lbi_document *doc = shape->docs[index];
    struct lbi_document *made = NULL;
    struct lbi_buf text, title;

    lbi_buf_init(&text, shape->mem);
    lbi_buf_init(&title, shape->mem);
    size_t joined = join(shape, &text, index, wish < room ? wish : room);
    lbi_buf_puts(&title, doc->title);
    if (joined > 1)
        lbi_buf_printf(&title, " + %zu more", joined - 1);
    if (text.err == LB_OK && title.err == LB_OK) {
        size_t wished = lbi_shape_cut(text.data, text.len, wish);
        size_t len = fit(text.data, wished, room);
        shape->fitted += len < wished || room < wish;
        made = lbi_document_new(shape->mem, title.data, text.data, len, doc->code);
    }
    lbi_buf_free(&title);
    lbi_buf_free(&text);
    return made;
}

struct lbi_document *lbi_shape_document(struct lbi_shape *shape, size_t index)
{
    struct lbi_document *doc = shape->docs[index];
    size_t room = doc->code ? shape->room_code : shape->room;

    if (shape->wish > doc->len)
        return joined_document(shape, index, shape->wish, room);

    size_t wished = shape->wish > 0 ? lbi_shape_cut(doc->text, doc->len, shape->wish) : doc->len;
    size_t len = fit(doc->text, wished, room);
    shape->fitted += len < wished;
    if (len == doc->len)
        return lbi_document_ref(doc);
    return lbi_document_new(shape->mem, doc->title, doc->text, len, doc->code);
}
