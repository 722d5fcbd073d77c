/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * sse.c - split a byte stream into server-sent events.
 *
 * Push parser: feed it bytes in any portions, it calls back once per complete event. It knows
 * nothing of JSON, HTTP or time. The usual event, one data line that lies whole in the fed bytes,
 * is handed on without a copy. Memory is bounded by the limit; beyond it the stream is an error.
 * Tested at every split point in tests/unit/test_sse.c.
 */
#include "wire/sse.h"

#include <string.h>

void lbi_sse_init(struct lbi_sse *sse, const struct lbi_mem *mem, size_t limit,
                  lbi_sse_event_cb on_event, lbi_sse_known_cb on_known, void *user)
{
    *sse = (struct lbi_sse){.on_event = on_event, .on_known = on_known, .user = user};
    lbi_buf_init(&sse->line, mem);
    lbi_buf_init(&sse->data, mem);
    sse->line.limit = limit;
    sse->data.limit = limit;
}

void lbi_sse_free(struct lbi_sse *sse)
{
    lbi_buf_free(&sse->line);
    lbi_buf_free(&sse->data);
}

void lbi_sse_reset(struct lbi_sse *sse)
{
    lbi_buf_clear(&sse->line);
    lbi_buf_clear(&sse->data);
    sse->name[0] = '\0';
    sse->whole = NULL;
    sse->has_data = sse->after_cr = sse->begun = false;
}

/* A blank line ends the event. An event without data is a keep-alive: say nothing. */
static lb_err end_event(struct lbi_sse *sse)
{
    lb_err err = LB_OK;

    if (sse->whole != NULL)
        err = sse->on_event(sse->user, sse->name, sse->whole, sse->whole_len);
    else if (sse->has_data)
        err = sse->on_event(sse->user, sse->name, lbi_buf_text(&sse->data), sse->data.len);
    sse->whole = NULL;
    sse->has_data = false;
    sse->name[0] = '\0';
    lbi_buf_truncate(&sse->data, 0);
    return err;
}

/* The only data line so far lies in bytes that will be gone after this feed: keep it. */
static lb_err keep_whole(struct lbi_sse *sse)
{
    if (sse->whole != NULL)
        lbi_buf_add(&sse->data, sse->whole, sse->whole_len);
    sse->whole = NULL;
    return sse->data.err;
}

static lb_err take_data(struct lbi_sse *sse, const char *value, size_t len, bool in_place)
{
    if (!sse->has_data && in_place) {
        sse->whole = value;
        sse->whole_len = len;
        sse->has_data = true;
        return LB_OK;
    }
    lb_err err = keep_whole(sse);
    if (err != LB_OK)
        return err;
    if (sse->has_data)
        lbi_buf_putc(&sse->data, '\n');
    lbi_buf_add(&sse->data, value, len);
    sse->has_data = true;
    return sse->data.err;
}

static void take_name(struct lbi_sse *sse, const char *value, size_t len)
{
    if (len >= sizeof(sse->name))
        len = sizeof(sse->name) - 1;
    if (len > 0)
        memcpy(sse->name, value, len);
    sse->name[len] = '\0';
}

static bool is_field(const char *line, size_t len, const char *name, size_t name_len)
{
    return len >= name_len && memcmp(line, name, name_len) == 0 &&
           (len == name_len || line[name_len] == ':');
}

/* What stands after the field's name: less the colon and one space after it. */
static size_t value_at(const char *line, size_t len, size_t name_len)
{
    if (len == name_len)
        return len;
    return name_len + (len > name_len + 1 && line[name_len + 1] == ' ' ? 2 : 1);
}

static lb_err take_field(struct lbi_sse *sse, const char *line, size_t len, bool in_place)
{
    if (is_field(line, len, "data", 4)) {
        size_t value = value_at(line, len, 4);
        return take_data(sse, line + value, len - value, in_place);
    }
    size_t value = value_at(line, len, len < 5 ? len : 5);
    if (is_field(line, len, "event", 5)) {
        take_name(sse, line + value, len - value);
        return LB_OK;
    }
    if (!is_field(line, len, "error", 5))
        return LB_OK;           /* comments and the fields we do not use */
    take_name(sse, "error", 5); /* llama.cpp's old way to report one */
    return take_data(sse, line + value, len - value, in_place);
}

/* `in_place`: the line lies in the fed bytes, not in our own buffer. */
static lb_err take_line(struct lbi_sse *sse, const char *line, size_t len, bool in_place)
{
    if (!sse->begun) {
        sse->begun = true;
        if (len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
            line += 3;
            len -= 3;
        }
    }
    return len == 0 ? end_event(sse) : take_field(sse, line, len, in_place);
}

static lb_err end_line(struct lbi_sse *sse, const char *tail, size_t len)
{
    if (sse->line.limit > 0 && len > sse->line.limit)
        return LB_E_RANGE;
    if (sse->line.len == 0)
        return take_line(sse, tail, len, true); /* the usual case: the whole line is here */

    lbi_buf_add(&sse->line, tail, len);
    if (sse->line.err != LB_OK)
        return sse->line.err;
    lb_err err = take_line(sse, sse->line.data, sse->line.len, false);
    lbi_buf_truncate(&sse->line, 0);
    return err;
}

/* End of the line that begins at `start`: the nearer of CR and LF, or NULL. */
static const char *line_end(const char *start, const char *end)
{
    const char *lf = memchr(start, '\n', (size_t)(end - start));
    const char *stop = lf != NULL ? lf : end;
    const char *cr = memchr(start, '\r', (size_t)(stop - start));

    return cr != NULL ? cr : lf;
}

/* An event can begin here; the bytes before it were whole ones. */
static bool is_between(const struct lbi_sse *sse)
{
    return sse->begun && sse->line.len == 0 && !sse->has_data && sse->name[0] == '\0';
}

/* Nearly every event is one line "data: ..." and a blank one, both within the fed bytes. */
static bool is_whole_event(const struct lbi_sse *sse, const char *start, const char *stop,
                           const char *end)
{
    size_t len = (size_t)(stop - start);

    return len >= 6 && memcmp(start, "data: ", 6) == 0 && end - stop >= 2 && stop[0] == '\n' &&
           stop[1] == '\n' && is_between(sse) && (sse->line.limit == 0 || len <= sse->line.limit);
}

static lb_err skip_known(struct lbi_sse *sse, const char **start, const char *end)
{
    size_t taken = 0;
    lb_err err = LB_OK;

    if (sse->on_known != NULL && is_between(sse))
        err = sse->on_known(sse->user, *start, (size_t)(end - *start), &taken);
    *start += taken;
    return err;
}

lb_err lbi_sse_feed(struct lbi_sse *sse, const char *bytes, size_t len)
{
    const char *end = bytes + len;
    const char *start = bytes;

    while (start < end) {
        if (sse->after_cr) {
            sse->after_cr = false;
            if (*start == '\n') {
                start++;
                continue;
            }
        }
        lb_err known = skip_known(sse, &start, end);
        if (known != LB_OK || start == end)
            return known;
        const char *stop = line_end(start, end);
        if (stop == NULL)
            break;
        if (is_whole_event(sse, start, stop, end)) {
            lb_err err = sse->on_event(sse->user, "", start + 6, (size_t)(stop - start) - 6);
            if (err != LB_OK)
                return err;
            start = stop + 2;
            continue;
        }
        lb_err err = end_line(sse, start, (size_t)(stop - start));
        if (err != LB_OK)
            return err;
        sse->after_cr = *stop == '\r';
        start = stop + 1;
    }
    lbi_buf_add(&sse->line, start, (size_t)(end - start));
    if (sse->line.err != LB_OK)
        return sse->line.err;
    return keep_whole(sse);
}

lb_err lbi_sse_end(struct lbi_sse *sse, bool *cut)
{
    *cut = sse->line.len > 0;
    if (*cut) {
        lb_err err = take_line(sse, sse->line.data, sse->line.len, false);
        lbi_buf_truncate(&sse->line, 0);
        if (err != LB_OK)
            return err;
    }
    return end_event(sse);
}
