/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chat_head.c - what the headers of an answer say: whether it is an event stream, who sent it, and
 * the notes of gateways on quotas, retries and their own overhead.
 */
#include <string.h>
#include <strings.h>

#include "engine/chat_internal.h"
#include "wire/field.h"

enum { GATEWAY_MAX = 4096, VALUE_MAX = 256 };

static bool starts(const char *line, size_t len, const char *prefix)
{
    size_t n = strlen(prefix);

    return len >= n && strncasecmp(line, prefix, n) == 0;
}

static bool starts_one(const char *line, size_t len, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++) {
        if (starts(line, len, *prefixes))
            return true;
    }
    return false;
}

static bool is_gateway_note(const char *name, size_t len)
{
    static const char *const kept[] = {"retry-after",
                                       "x-ratelimit-",
                                       "x-litellm-",
                                       "x-request-id",
                                       "llm_provider-retry-after", /* LiteLLM: the engine's own */
                                       "llm_provider-x-ratelimit-",
                                       NULL};
    /* Long, and nothing that a measurement needs. */
    static const char *const dropped[] = {"x-litellm-response-cost", "x-litellm-key-spend",
                                          "x-litellm-callback-", "x-litellm-model-api-base", NULL};

    return starts_one(name, len, kept) && !starts_one(name, len, dropped);
}

static void keep_note(struct lbi_chat *chat, const char *name, size_t name_len, const char *value,
                      size_t value_len)
{
    struct lbi_buf *out = &chat->gateway;
    char lower[96];

    if (name_len >= sizeof(lower) || out->len > GATEWAY_MAX)
        return;
    for (size_t i = 0; i < name_len; i++)
        lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    lbi_buf_puts(out, out->len > 0 ? ",\"" : "\"");
    lbi_buf_json_text(out, lower, name_len);
    lbi_buf_puts(out, "\":\"");
    lbi_buf_json_text(out, value, value_len < VALUE_MAX ? value_len : VALUE_MAX);
    lbi_endpoint_scrub(chat->transfer.endpoint, out);
    lbi_buf_putc(out, '"');
}

static void take_header(struct lbi_chat *chat, const struct lbi_http_field *field)
{
    const char *value = field->value;
    size_t value_len = field->value_len;

    if (lbi_http_field_is(field, "content-type"))
        chat->event_stream =
            chat->transfer.status == 200 && starts(value, value_len, "text/event-stream");
    else if (lbi_http_field_is(field, "server") && chat->server.len == 0)
        lbi_one_line(&chat->server, value, value_len, 80);
    else if (is_gateway_note(field->name, field->name_len))
        keep_note(chat, field->name, field->name_len, value, value_len);
    if (starts(field->name, field->name_len, "x-litellm-"))
        chat->litellm = true;
}

lb_err lbi_chat_header(void *user, const char *line, size_t len)
{
    struct lbi_chat *chat = user;
    struct lbi_http_field field;

    if (starts(line, len, "HTTP/")) { /* a 1xx may have come before: begin anew */
        chat->event_stream = chat->headed = false;
        lbi_buf_clear(&chat->gateway);
    }
    if (chat->headed) /* a trailer */
        return LB_OK;
    chat->headed = len > 0 && (line[0] == '\r' || line[0] == '\n');
    if (lbi_http_field_split(&field, line, len))
        take_header(chat, &field);
    return LB_OK;
}

/* Bytes of a byte-order mark and of blank lines, which may come before the first field. */
static size_t before_first_field(const char *text, size_t len)
{
    size_t skip = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (skip < len && (text[skip] == '\n' || text[skip] == '\r'))
        skip++;
    return skip;
}

/*
 * Some gateways send an event stream under another content type: its first bytes tell. They may
 * come one by one, so the answer is no only when no field or comment can begin like that.
 */
bool lbi_chat_sniff(struct lbi_chat *chat)
{
    static const char *const beginnings[] = {
        "data:", "event:", "id:", "retry:", ":", "\xef\xbb\xbf", NULL};
    const char *text = lbi_buf_text(&chat->error_body);
    size_t skip = before_first_field(text, chat->error_body.len);
    size_t len = chat->error_body.len - skip;
    bool open = false;

    if (chat->sniffed || chat->transfer.status != 200)
        return false;
    for (size_t i = 0; beginnings[i] != NULL && !open; i++) {
        size_t n = strlen(beginnings[i]);
        open = memcmp(text + skip, beginnings[i], len < n ? len : n) == 0;
        chat->event_stream = open && len >= n;
    }
    chat->sniffed = chat->event_stream || !open;
    return chat->event_stream;
}
