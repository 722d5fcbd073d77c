/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chat_head.c - what the headers of an answer say: whether it is an event stream, who sent it, and
 * the notes of gateways on quotas, retries and their own overhead.
 */
#include <string.h>
#include <strings.h>

#include "engine/chat_internal.h"

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
    lbi_buf_putc(out, '"');
}

static void take_header(struct lbi_chat *chat, const char *name, size_t name_len, const char *value,
                        size_t value_len)
{
    if (name_len == 12 && starts(name, name_len, "content-type"))
        chat->event_stream =
            chat->transfer.status == 200 && starts(value, value_len, "text/event-stream");
    else if (name_len == 6 && starts(name, name_len, "server") && chat->server.len == 0)
        lbi_one_line(&chat->server, value, value_len, 80);
    else if (is_gateway_note(name, name_len))
        keep_note(chat, name, name_len, value, value_len);
    if (starts(name, name_len, "x-litellm-"))
        chat->litellm = true;
}

lb_err lbi_chat_header(void *user, const char *line, size_t len)
{
    struct lbi_chat *chat = user;
    const char *colon = memchr(line, ':', len);
    const char *end = line + len;

    if (starts(line, len, "HTTP/")) { /* a 1xx may have come before: begin anew */
        chat->event_stream = chat->headed = false;
        lbi_buf_clear(&chat->gateway);
    }
    if (chat->headed) /* a trailer */
        return LB_OK;
    chat->headed = len > 0 && (line[0] == '\r' || line[0] == '\n');
    if (colon == NULL)
        return LB_OK;
    const char *value = colon + 1;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
        end--;
    take_header(chat, line, (size_t)(colon - line), value, (size_t)(end - value));
    return LB_OK;
}

/*
 * Some gateways send an event stream under another content type: its first bytes tell. They may
 * come one by one, so the answer is no only when no field or comment can begin like that.
 */
bool lbi_chat_sniff(struct lbi_chat *chat)
{
    static const char *const beginnings[] = {"data:", "event:", "id:", "retry:", ":"};
    const char *text = lbi_buf_text(&chat->error_body);
    size_t len = chat->error_body.len;
    bool open = false;

    if (chat->sniffed || chat->transfer.status != 200)
        return false;
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    while (len > 0 && (*text == '\n' || *text == '\r')) {
        text++;
        len--;
    }
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        size_t n = strlen(beginnings[i]);
        size_t shorter = len < n ? len : n;
        if (memcmp(text, beginnings[i], shorter) != 0)
            continue;
        chat->event_stream = len >= n;
        open = true;
        break;
    }
    open |= len < 3 && memcmp(text, "\xef\xbb\xbf", len) == 0;
    chat->sniffed = chat->event_stream || !open;
    return chat->event_stream;
}
