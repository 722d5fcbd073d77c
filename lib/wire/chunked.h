/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunked.h - HTTP/1.1's chunked coding (RFC 9112, section 7.1) taken apart in place. As lenient
 * and as strict as libcurl.
 */
#ifndef LBI_WIRE_CHUNKED_H
#define LBI_WIRE_CHUNKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lbi_chunked_state {
    LBI_CHUNKED_SIZE,    /* at a size, or in it */
    LBI_CHUNKED_LINE,    /* after the size: extensions, up to the newline */
    LBI_CHUNKED_DATA,    /* bytes of the body */
    LBI_CHUNKED_AFTER,   /* the line end that follows them */
    LBI_CHUNKED_LAST,    /* behind the chunk of size 0, at the begin of a line */
    LBI_CHUNKED_TRAILER, /* in a line of the trailers, which nobody asks for */
    LBI_CHUNKED_END,     /* all read; what follows is no part of it */
    LBI_CHUNKED_BAD      /* no chunked coding; nothing more comes out */
};

/* All zero: before the first chunk. */
struct lbi_chunked {
    enum lbi_chunked_state state;
    unsigned digits; /* of the size, so far */
    uint64_t left;   /* the size so far; bytes of the body that the chunk still has */
};

/*
 * The next run of the body's bytes in bytes[*at .. len), which stays where it is; *at moves on
 * behind it. False when there is none before `len`; then *at is `len`, or where the coding ended.
 */
bool lbi_chunked_next(struct lbi_chunked *chunked, const char *bytes, size_t len, size_t *at,
                      const char **piece, size_t *piece_len);
/*
 * All there is of the body, in one piece: *body, of the length returned, lies in `bytes`, which are
 * overwritten. *at as above.
 */
size_t lbi_chunked_gather(struct lbi_chunked *chunked, char *bytes, size_t len, size_t *at,
                          char **body);

#endif
