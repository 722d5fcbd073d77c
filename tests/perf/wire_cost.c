/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire_cost.c - work to be counted by test_instructions.py: a recorded stream split into events
 * and these read, or a loop over the same bytes that tells how much this machine and this compiler
 * make of a byte. Prints the number of events.
 *
 *   wire_cost read|calibrate FILE PASSES
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/delta.h"
#include "wire/sse.h"

enum { EVENTS_MAX = 4096 };

struct reader {
    struct lbi_sse sse;
    struct lbi_delta_scanner scanner;
    unsigned long events, tokens;
};

static lb_err on_event(void *user, const char *name, const char *data, size_t len)
{
    struct reader *reader = user;
    struct lbi_delta delta;

    (void)name;
    lb_err err = lbi_delta_read(&reader->scanner, &delta, data, len);
    reader->events++;
    reader->tokens += delta.token;
    return err;
}

static lb_err on_known(void *user, const char *bytes, size_t len, size_t *taken)
{
    struct reader *reader = user;
    struct lbi_text content;
    size_t event;

    while ((event = lbi_delta_known(&reader->scanner, bytes + *taken, len - *taken, &content)) >
           0) {
        *taken += event;
        reader->events++;
        reader->tokens++;
    }
    return LB_OK;
}

/* Piece by piece, as a transfer hands it over: an event at a time. */
static void read_pass(struct reader *reader, const char *bytes, const size_t *ends, size_t count)
{
    size_t from = 0;

    lbi_sse_reset(&reader->sse);
    lbi_delta_scanner_reset(&reader->scanner);
    for (size_t i = 0; i < count; i++) {
        if (lbi_sse_feed(&reader->sse, bytes + from, ends[i] - from) != LB_OK)
            exit(1);
        from = ends[i];
    }
}

static size_t find_ends(size_t *ends, const char *bytes)
{
    size_t count = 0;

    for (const char *s = bytes; (s = strstr(s, "\n\n")) != NULL && count < EVENTS_MAX;) {
        s += 2;
        ends[count++] = (size_t)(s - bytes);
    }
    return count;
}

/* FNV-1a, a call a byte, so that no compiler unrolls it: alike everywhere. */
__attribute__((noinline)) static unsigned long calibrate_step(unsigned long hash,
                                                              unsigned char byte)
{
    return (hash ^ byte) * 1099511628211ul;
}

static unsigned long calibrate_pass(unsigned long hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = calibrate_step(hash, (unsigned char)bytes[i]);
    return hash;
}

int main(int argc, char **argv)
{
    static char bytes[1 << 20];
    static size_t ends[EVENTS_MAX];
    struct reader reader = {.events = 0};
    unsigned long hash = 14695981039346656037ul;
    FILE *file = argc == 4 ? fopen(argv[2], "r") : NULL;

    if (file == NULL)
        return 2;
    size_t len = fread(bytes, 1, sizeof(bytes) - 1, file);
    size_t count = find_ends(ends, bytes);
    (void)fclose(file);
    lbi_sse_init(&reader.sse, &lbi_mem_libc, 1 << 20, on_event, on_known, &reader);
    lbi_delta_scanner_init(&reader.scanner, &lbi_mem_libc);
    for (long i = strtol(argv[3], NULL, 10); i > 0; i--) {
        if (strcmp(argv[1], "read") == 0)
            read_pass(&reader, bytes, ends, count);
        else
            hash = calibrate_pass(hash, bytes, len);
    }
    printf("%lu %lu %lx\n", reader.events, reader.tokens, hash & 0xf);
    lbi_sse_free(&reader.sse);
    lbi_delta_scanner_free(&reader.scanner);
    return 0;
}
