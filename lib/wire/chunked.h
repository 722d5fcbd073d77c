/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chunked.h - HTTP/1.1's chunked coding (RFC 9112, section 7.1) taken apart in place. As lenient
 * and as strict as libcurl, which reads the same bytes and says what is wrong with them.
 */
#ifndef LBI_WIRE_CHUNKED_H
#define LBI_WIRE_CHUNKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lbi_chunked_state {
    LBI_CHUNKED_SIZE,  /* at a size, or in it */
    LBI_CHUNKED_LINE,  /* after the size: extensions, up to the newline */
    LBI_CHUNKED_DATA,  /* bytes of the body */
    LBI_CHUNKED_AFTER, /* the line end that follows them */
    LBI_CHUNKED_LAST,  /* the chunk of size 0 was seen; trailers and all else are not looked at */
    LBI_CHUNKED_BAD    /* no chunked coding; nothing more comes out */
};

/* All zero: before the first chunk. */
struct lbi_chunked {
    enum lbi_chunked_state state;
    unsigned digits; /* of the size, so far */
    uint64_t left;   /* the size so far; bytes of the body that the chunk still has */
    size_t line;     /* where in the bytes given last its size began, if it began there */
};

/*
 * The next run of the body's bytes in bytes[*at .. len), which stays where it is; *at moves on
 * behind it.
 * False when there is none before `len`.
 */
bool lbi_chunked_next(struct lbi_chunked *chunked, const char *bytes, size_t len, size_t *at,
                      const char **piece, size_t *piece_len);
/* Between two chunks, not at the end: whoever reads on from here needs no state. */
bool lbi_chunked_between(const struct lbi_chunked *chunked);
/*
 * For one who must leave the last chunk to another. Asked when lbi_chunked_next has no more: how
 * many of the `len` bytes are surely before the last chunk. If not all of them are, the coding
 * stands between two chunks again, and the rest is to be given anew with what follows.
 */
size_t lbi_chunked_before_last(struct lbi_chunked *chunked, size_t len);

#endif
