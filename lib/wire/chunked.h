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
    uint64_t size;   /* of the chunk whose data came last */
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
 * Two read the same coding, one after the other: where can the other one go on, who stopped with
 * `awaited` bytes of a chunk's data to come (0: between two chunks)? Where as many are left of any
 * chunk. Asked after lbi_chunked_next, with *at as that left it and the end of its piece, if there
 * was one: true, and bytes[*where .. len) is what the other one has to read.
 */
bool lbi_chunked_rejoin(const struct lbi_chunked *chunked, uint64_t awaited, size_t piece_end,
                        size_t at, size_t *where);

#endif
