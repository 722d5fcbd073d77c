/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - see http.h. Knows nothing of sockets or of what is served; strict where being lax would
 * let two parties see different requests (lengths), lax elsewhere.
 */
#include "http.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static enum sim_http_state bad(struct sim_http *http, int status)
{
    http->status = status;
    return SIM_HTTP_BAD;
}

static bool name_is(const char *data, struct sim_span name, const char *wanted)
{
    return name.len == strlen(wanted) && strncasecmp(data + name.at, wanted, name.len) == 0;
}

/* Whether a comma-separated header value has this word. */
static bool has_word(const char *data, struct sim_span value, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= value.len; i++) {
        bool starts = i == 0 || strchr(", \t", data[value.at + i - 1]) != NULL;
        bool ends = i + len == value.len || strchr(", \t", data[value.at + i + len]) != NULL;
        if (starts && ends && strncasecmp(data + value.at + i, word, len) == 0)
            return true;
    }
    return false;
}

static bool read_length(const char *data, struct sim_span value, size_t *out)
{
    size_t length = 0;

    for (size_t i = 0; i < value.len; i++) {
        char c = data[value.at + i];
        if (c < '0' || c > '9')
            return false;
        if (length <= SIM_BODY_MAX) /* beyond it only "too much" matters */
            length = length * 10 + (size_t)(c - '0');
    }
    *out = length;
    return value.len > 0;
}

static int take_length(struct sim_http *http, const char *data, struct sim_span value)
{
    size_t length;

    if (!read_length(data, value, &length) || (http->has_length && http->body.len != length))
        return 400;
    http->has_length = true;
    http->body.len = length;
    return length > SIM_BODY_MAX ? 413 : 0;
}

static void take_connection(struct sim_http *http, const char *data, struct sim_span value)
{
    if (has_word(data, value, "close"))
        http->keep_alive = false;
    else if (has_word(data, value, "keep-alive"))
        http->keep_alive = true;
}

/* Returns 0, or the status that the request deserves. */
static int take_header(struct sim_http *http, const char *data, struct sim_span name,
                       struct sim_span value, const char *affinity)
{
    if (name_is(data, name, "content-length"))
        return take_length(http, data, value);
    if (name_is(data, name, "transfer-encoding")) {
        http->chunked = has_word(data, value, "chunked");
        return http->chunked ? 0 : 501;
    }
    if (name_is(data, name, "connection")) {
        take_connection(http, data, value);
    } else if (name_is(data, name, "expect")) {
        http->expects_continue = has_word(data, value, "100-continue");
    } else if (name_is(data, name, "authorization")) {
        http->authorization = value;
    } else if (affinity[0] != '\0' && name_is(data, name, affinity)) {
        http->affinity = value;
    }
    return 0;
}

static int take_header_line(struct sim_http *http, const char *data, size_t at, size_t end,
                            const char *affinity)
{
    const char *colon = memchr(data + at, ':', end - at);
    struct sim_span name = {at, 0};
    struct sim_span value;

    if (colon == NULL || colon == data + at)
        return 400;
    name.len = (size_t)(colon - data) - at;
    value.at = at + name.len + 1;
    while (value.at < end && (data[value.at] == ' ' || data[value.at] == '\t'))
        value.at++;
    while (end > value.at && (data[end - 1] == ' ' || data[end - 1] == '\t'))
        end--;
    value.len = end - value.at;
    return take_header(http, data, name, value, affinity);
}

static int take_request_line(struct sim_http *http, const char *data, size_t at, size_t end)
{
    const char *space = memchr(data + at, ' ', end - at);
    const char *query;
    size_t last;

    if (space == NULL || end - at < sizeof("G / HTTP/1.1") - 1)
        return 400;
    last = end - (sizeof(" HTTP/1.1") - 1);
    if (memcmp(data + last, " HTTP/1.", 8) != 0 || last <= (size_t)(space - data))
        return 400;
    http->method = (struct sim_span){at, (size_t)(space - data) - at};
    http->path.at = at + http->method.len + 1;
    http->path.len = last - http->path.at;
    query = memchr(data + http->path.at, '?', http->path.len);
    if (query != NULL)
        http->path.len = (size_t)(query - data) - http->path.at;
    http->old = data[end - 1] == '0';
    http->keep_alive = !http->old;
    return http->path.len > 0 ? 0 : 400;
}

/* The head is data[0..end), its blank line excluded. */
static int read_head(struct sim_http *http, const char *data, size_t end, const char *affinity)
{
    size_t at = 0;

    for (int line = 0; at < end; line++) {
        const char *feed = memchr(data + at, '\n', end - at);
        size_t next = feed != NULL ? (size_t)(feed - data) + 1 : end;
        size_t stop = feed != NULL ? next - 1 : end;
        int status;

        if (stop > at && data[stop - 1] == '\r')
            stop--;
        status = line == 0 ? take_request_line(http, data, at, stop)
                           : take_header_line(http, data, at, stop, affinity);
        if (status != 0)
            return status;
        at = next;
    }
    return at > 0 ? 0 : 400;
}

static enum sim_http_state find_head(struct sim_http *http, const char *data, size_t len,
                                     const char *affinity)
{
    const char *end = memmem(data + http->scanned, len - http->scanned, "\r\n\r\n", 4);
    int status;

    if (end == NULL) {
        http->scanned = len > 3 ? len - 3 : 0;
        return len > SIM_HEAD_MAX ? bad(http, 431) : SIM_HTTP_MORE;
    }
    status = read_head(http, data, (size_t)(end - data), affinity);
    if (status != 0)
        return bad(http, status);
    http->head_done = true;
    http->body.at = (size_t)(end - data) + 4;
    if (http->chunked) {
        http->body.len = 0;
        http->chunk = http->body.at;
    }
    return SIM_HTTP_READY;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Size of the chunk whose line is data[at..end); false when there is no number. */
static bool read_chunk_size(const char *data, size_t at, size_t end, size_t *out)
{
    size_t size = 0;
    size_t i = at;

    for (; i < end && hex_value(data[i]) >= 0; i++) {
        if (size <= SIM_BODY_MAX)
            size = size * 16 + (size_t)hex_value(data[i]);
    }
    *out = size;
    return i > at && (i == end || data[i] == ';' || data[i] == ' ');
}

static enum sim_http_state read_chunks(struct sim_http *http, char *data, size_t len)
{
    for (;;) {
        const char *feed = memchr(data + http->chunk, '\n', len - http->chunk);
        size_t line = feed != NULL ? (size_t)(feed - data) : len;
        size_t stop = line > http->chunk && data[line - 1] == '\r' ? line - 1 : line;
        size_t size;

        if (feed == NULL)
            return len - http->chunk > 1024 ? bad(http, 400) : SIM_HTTP_MORE;
        if (!read_chunk_size(data, http->chunk, stop, &size))
            return bad(http, 400);
        if (size > SIM_BODY_MAX - http->body.len)
            return bad(http, 413);
        if (len - line - 1 < size + 2)
            return SIM_HTTP_MORE;
        if (memcmp(data + line + 1 + size, "\r\n", 2) != 0)
            return bad(http, 400); /* trailers too: nobody sends them with a request */
        memmove(data + http->body.at + http->body.len, data + line + 1, size);
        http->body.len += size;
        http->chunk = line + 1 + size + 2;
        if (size == 0) {
            http->end = http->chunk;
            return SIM_HTTP_READY;
        }
    }
}

enum sim_http_state sim_http_read(struct sim_http *http, char *data, size_t len,
                                  const char *affinity)
{
    if (http->status != 0)
        return SIM_HTTP_BAD;
    if (!http->head_done) {
        enum sim_http_state state = find_head(http, data, len, affinity);
        if (state != SIM_HTTP_READY)
            return state;
    }
    if (http->chunked)
        return read_chunks(http, data, len);
    http->end = http->body.at + http->body.len;
    return len >= http->end ? SIM_HTTP_READY : SIM_HTTP_MORE;
}
