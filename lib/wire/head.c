/* SPDX-License-Identifier: Apache-2.0 */
/* head.c - see head.h. */
#include "wire/head.h"

#include <string.h>
#include <strings.h>

#include "wire/field.h"

void lbi_head_init(struct lbi_head *head)
{
    *head = (struct lbi_head){.length = -1};
}

bool lbi_head_is_interim(const struct lbi_head *head)
{
    return head->status < 200 && head->status != 101;
}

bool lbi_head_ends(const char *line, size_t len)
{
    return len > 0 && (line[0] == '\n' || (len == 2 && line[0] == '\r' && line[1] == '\n'));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool lbi_status_line(struct lbi_head *head, const char *line, size_t len)
{
    size_t i = 5;
    int digits = 0;

    if (len < 6 || memcmp(line, "HTTP/", 5) != 0 || !is_digit(line[i]))
        return false;
    head->major = line[i++] - '0';
    head->minor = 0;
    if (i + 1 < len && line[i] == '.' && is_digit(line[i + 1])) {
        head->minor = line[i + 1] - '0';
        i += 2;
    }
    while (i < len && line[i] == ' ')
        i++;
    head->status = 0;
    for (; i < len && digits < 3 && is_digit(line[i]); i++, digits++)
        head->status = head->status * 10 + (line[i] - '0');
    return digits == 3;
}

/* The next of "a, b"; false when there is none. */
static bool next_item(struct lbi_http_field *rest, const char **item, size_t *len)
{
    const char *end = rest->value + rest->value_len;
    const char *from = rest->value;

    while (from < end && (*from == ',' || *from == ' ' || *from == '\t'))
        from++;
    if (from == end)
        return false;
    const char *to = memchr(from, ',', (size_t)(end - from));
    const char *next = to != NULL ? to : end;
    for (to = next; to[-1] == ' ' || to[-1] == '\t';)
        to--;
    *item = from;
    *len = (size_t)(to - from);
    rest->value = next;
    rest->value_len = (size_t)(end - next);
    return true;
}

static bool is(const char *item, size_t len, const char *name)
{
    return strlen(name) == len && strncasecmp(item, name, len) == 0;
}

/* One that is said twice counts, if it is the same. */
static bool take_one_length(struct lbi_head *head, const char *item, size_t len)
{
    int64_t length = 0;

    if (len > 18)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(item[i]))
            return false;
        length = length * 10 + (item[i] - '0');
    }
    if (head->length >= 0 && head->length != length)
        return false;
    head->length = length;
    return true;
}

static bool take_length(struct lbi_head *head, struct lbi_http_field *field)
{
    const char *item;
    size_t len;

    while (next_item(field, &item, &len)) {
        if (!take_one_length(head, item, len))
            return false;
    }
    return head->length >= 0;
}

static void take_transfer_coding(struct lbi_head *head, const char *item, size_t len)
{
    if (is(item, len, "identity"))
        return;
    head->coded |= head->chunked || !is(item, len, "chunked");
    head->chunked = true;
}

static void take_content_coding(struct lbi_head *head, const char *item, size_t len)
{
    bool gzip = is(item, len, "gzip") || is(item, len, "x-gzip");

    if (is(item, len, "identity"))
        return;
    head->coded |= head->packed || !gzip;
    head->packed |= gzip;
}

static void take_connection(struct lbi_head *head, const char *item, size_t len)
{
    head->closes |= is(item, len, "close");
    head->keeps |= is(item, len, "keep-alive");
}

bool lbi_head_line(struct lbi_head *head, const char *line, size_t len)
{
    static const struct {
        const char *name;
        void (*take)(struct lbi_head *head, const char *item, size_t len);
    } lists[] = {
        {"transfer-encoding", take_transfer_coding},
        {"content-encoding", take_content_coding},
        {"connection", take_connection},
    };
    struct lbi_http_field field;
    const char *item;
    size_t item_len;

    if (memchr(line, '\0', len) != NULL)
        return false;
    if (head->status == 0)
        return len > 7 && memcmp(line, "HTTP/1.", 7) == 0 && lbi_status_line(head, line, len) &&
               head->status >= 100;
    if (!lbi_http_field_split(&field, line, len))
        return true;
    if (lbi_http_field_is(&field, "content-length"))
        return take_length(head, &field);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        while (lbi_http_field_is(&field, lists[i].name) && next_item(&field, &item, &item_len))
            lists[i].take(head, item, item_len);
    }
    return true;
}

enum lbi_framing lbi_head_framing(const struct lbi_head *head)
{
    if (head->status < 200 || head->status == 204 || head->status == 304)
        return LBI_FRAMING_NONE;
    if (head->chunked)
        return LBI_FRAMING_CHUNKED;
    if (head->length >= 0)
        return head->length > 0 ? LBI_FRAMING_LENGTH : LBI_FRAMING_NONE;
    return LBI_FRAMING_CLOSE;
}

bool lbi_head_keeps(const struct lbi_head *head)
{
    /* Another protocol follows; or a length stands beside a coding: where does the answer end? */
    if (head->closes || head->status < 200 || (head->chunked && head->length >= 0))
        return false;
    return lbi_head_framing(head) != LBI_FRAMING_CLOSE && (head->minor > 0 || head->keeps);
}
