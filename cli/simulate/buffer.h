/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buffer.h - a growing byte buffer, and memory that is there or ends the process.
 *
 * The simulated endpoint has nothing to save when memory runs out: it says so and exits with 3.
 */
#ifndef SIM_BUFFER_H
#define SIM_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct sim_buf {
    char *data;
    size_t len, cap;
};

/* realloc that never returns NULL for a size above 0. */
void *sim_realloc(void *old, size_t size);
/* calloc likewise. */
void *sim_calloc(size_t count, size_t size);

void sim_buf_free(struct sim_buf *buf);
void sim_buf_reserve(struct sim_buf *buf, size_t more);
void sim_buf_add(struct sim_buf *buf, const void *bytes, size_t len);
void sim_buf_text(struct sim_buf *buf, const char *text);
void sim_buf_number(struct sim_buf *buf, uint64_t value);
/* The inside of a JSON string. Bytes from 0x80 on pass: requests were checked to be UTF-8. */
void sim_buf_json(struct sim_buf *buf, const char *text, size_t len);
/* Drops `len` bytes at the front; an empty buffer gives its memory back. */
void sim_buf_consume(struct sim_buf *buf, size_t len);

#endif
