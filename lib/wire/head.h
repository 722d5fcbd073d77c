/* SPDX-License-Identifier: Apache-2.0 */
/*
 * head.h - the head of an HTTP/1 answer, line by line, and how its body ends (RFC 9112, sections 4
 * and 6). Pure.
 */
#ifndef LBI_WIRE_HEAD_H
#define LBI_WIRE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lbi_framing {
    LBI_FRAMING_NONE,    /* there is no body */
    LBI_FRAMING_LENGTH,  /* `length` bytes */
    LBI_FRAMING_CHUNKED, /* chunked coding says where it ends */
    LBI_FRAMING_CLOSE    /* all up to the end of the connection */
};

/* Begin with lbi_head_init; a 1xx head is followed by another, to begin with anew. */
struct lbi_head {
    int status, major, minor; /* status 0: the status line did not come yet */
    bool chunked;             /* that transfer coding */
    bool packed, coded;       /* the content: by gzip; anything otherwise coded */
    bool closes, keeps;       /* said of the connection */
    int64_t length;           /* -1: none was said */
};

void lbi_head_init(struct lbi_head *head);
/* One line with its line end. False: no HTTP/1, or it contradicts itself. */
bool lbi_head_line(struct lbi_head *head, const char *line, size_t len);
/* Will another head follow this one? */
bool lbi_head_is_interim(const struct lbi_head *head);
/* The blank line behind the last one. */
bool lbi_head_ends(const char *line, size_t len);
enum lbi_framing lbi_head_framing(const struct lbi_head *head);
/* May the connection take another request when this answer is over? */
bool lbi_head_keeps(const struct lbi_head *head);

/* "HTTP/1.1 200 OK" taken apart, any version; false: no status line. */
bool lbi_status_line(struct lbi_head *head, const char *line, size_t len);

#endif
