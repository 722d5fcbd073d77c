/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - reads one HTTP/1.x request out of bytes that arrive in any portions.
 *
 * All places are offsets, so the bytes may move between two calls.
 */
#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define SIM_HEAD_MAX ((size_t)64 << 10)
#define SIM_BODY_MAX ((size_t)64 << 20)

enum sim_http_state {
    SIM_HTTP_MORE,  /* not all there yet */
    SIM_HTTP_READY, /* all members are valid */
    SIM_HTTP_BAD    /* `status` says why; nothing more can be read from this connection */
};

struct sim_span {
    size_t at, len; /* len 0: not there */
};

/* Zero it before the first byte of each request. */
struct sim_http {
    struct sim_span method, path;
    struct sim_span authorization, affinity; /* header values */
    struct sim_span body;
    size_t end;     /* of the request: what follows belongs to the next one */
    size_t scanned; /* the head's end was not found before here */
    size_t chunk;   /* next chunk's size line */
    int status;
    bool head_done;
    bool has_length;
    bool old; /* HTTP/1.0 */
    bool keep_alive;
    bool chunked;
    bool expects_continue;
};

/* `affinity` names one more header that is wanted, or "". Chunked bodies are joined in place. */
enum sim_http_state sim_http_read(struct sim_http *http, char *data, size_t len,
                                  const char *affinity);

#endif
