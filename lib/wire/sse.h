/* SPDX-License-Identifier: Apache-2.0 */
/* sse.h - split a byte stream into server-sent events (WHATWG HTML, section 9.2). */
#ifndef LBI_WIRE_SSE_H
#define LBI_WIRE_SSE_H

#include "base/buf.h"

/* One event. `name` is "" unless an `event:` field named it; a field `error:` is data of an event
 * of that name. Return LB_OK to go on. */
typedef lb_err (*lbi_sse_event_cb)(void *user, const char *name, const char *data, size_t len);

/*
 * Asked where an event begins: how many bytes are whole events, up to the end of their blank lines,
 * that the reader knows by sight and has taken? 0 is always right. It keeps most events from being
 * searched for their end.
 */
typedef lb_err (*lbi_sse_known_cb)(void *user, const char *bytes, size_t len, size_t *taken);

struct lbi_sse {
    lbi_sse_event_cb on_event;
    lbi_sse_known_cb on_known; /* may be NULL */
    void *user;
    struct lbi_buf line; /* start of a line whose end has not come yet */
    struct lbi_buf data; /* data lines of the event so far, joined by newlines */
    char name[32];       /* value of `event:`, cut */
    const char *whole;   /* the event's only data line, still inside the fed bytes */
    size_t whole_len;
    bool has_data;
    bool after_cr; /* a newline right after belongs to the carriage return */
    bool begun;    /* a byte-order mark can no longer come */
};

/* `limit` bounds a line and an event's data, in bytes; beyond it lbi_sse_feed is LB_E_RANGE. */
void lbi_sse_init(struct lbi_sse *sse, const struct lbi_mem *mem, size_t limit,
                  lbi_sse_event_cb on_event, lbi_sse_known_cb on_known, void *user);
void lbi_sse_free(struct lbi_sse *sse);
/* Forgets all, keeps the memory: for the next stream. */
void lbi_sse_reset(struct lbi_sse *sse);
lb_err lbi_sse_feed(struct lbi_sse *sse, const char *bytes, size_t len);
/*
 * The stream is over. Servers end without the last blank line, even without the last newline: what
 * is there is given out as an event all the same. *cut tells that its last line was not ended.
 */
lb_err lbi_sse_end(struct lbi_sse *sse, bool *cut);

#endif
