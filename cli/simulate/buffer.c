/* SPDX-License-Identifier: Apache-2.0 */
/* buffer.c - see buffer.h. */
#include "buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(void)
{
    static const char text[] = "litebench simulate: out of memory\n";

    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    _exit(3);
}

void *sim_realloc(void *old, size_t size)
{
    void *grown = realloc(old, size);

    if (grown == NULL)
        die();
    return grown;
}

void *sim_calloc(size_t count, size_t size)
{
    void *fresh = calloc(count, size);

    if (fresh == NULL)
        die();
    return fresh;
}

void sim_buf_free(struct sim_buf *buf)
{
    free(buf->data);
    *buf = (struct sim_buf){0};
}

void sim_buf_reserve(struct sim_buf *buf, size_t more)
{
    size_t cap = buf->len + more;

    if (cap <= buf->cap)
        return;
    /* Exact the first time (a whole request at once is usual), by half again afterwards. */
    if (buf->cap > 0 && cap < buf->cap + buf->cap / 2)
        cap = buf->cap + buf->cap / 2;
    buf->data = sim_realloc(buf->data, cap);
    buf->cap = cap;
}

void sim_buf_add(struct sim_buf *buf, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    sim_buf_reserve(buf, len);
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
}

void sim_buf_text(struct sim_buf *buf, const char *text)
{
    sim_buf_add(buf, text, strlen(text));
}

void sim_buf_number(struct sim_buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    sim_buf_add(buf, digits + at, sizeof(digits) - at);
}

void sim_buf_json(struct sim_buf *buf, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            char pair[2] = {'\\', (char)c};
            sim_buf_add(buf, pair, 2);
        } else if (c < 0x20) {
            char escape[8];
            (void)snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)c);
            sim_buf_add(buf, escape, 6);
        } else {
            sim_buf_add(buf, text + i, 1);
        }
    }
}

void sim_buf_consume(struct sim_buf *buf, size_t len)
{
    if (len >= buf->len) {
        sim_buf_free(buf);
        return;
    }
    memmove(buf->data, buf->data + len, buf->len - len);
    buf->len -= len;
}
