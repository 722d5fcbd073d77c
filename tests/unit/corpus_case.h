/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus_case.h - reads a case of tests/corpus (its README.md defines the format) for the tests
 * that play it in process. What only matters to a socket is kept as text or left out.
 */
#ifndef CORPUS_CASE_H
#define CORPUS_CASE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { CASE_PIECES = 64, CASE_LINES = 16 };

enum case_end { CASE_WHOLE, CASE_CLOSE, CASE_RESET, CASE_SILENT };

struct corpus_case {
    const char *name;
    struct lbi_buf text; /* the file; all lines below point into it */
    struct lbi_buf body;
    size_t pieces[CASE_PIECES];     /* ends of the pieces in the body */
    int64_t pauses_ns[CASE_PIECES]; /* before each piece */
    size_t piece_count;
    const char *about, *http, *framing, *error, *answer, *tokens, *finish, *model, *id, *clocks,
        *says;
    const char *headers[CASE_LINES], *options[CASE_LINES], *notes[CASE_LINES];
    size_t header_count, option_count, note_count;
    long chunks;
    const char *eol;
    enum case_end end;
};

static inline char case_hex(const char *s)
{
    char digits[3] = {s[0], s[1], '\0'};

    return (char)strtol(digits, NULL, 16);
}

/* \n \r \t \\ and \xNN; any other backslash stands for itself. */
static inline void case_unescape(struct lbi_buf *out, const char *text)
{
    for (const char *s = text; *s != '\0'; s++) {
        static const char from[] = "nrt\\";
        static const char to[] = "\n\r\t\\";
        const char *known = *s == '\\' && s[1] != '\0' ? strchr(from, s[1]) : NULL;
        if (known != NULL) {
            lbi_buf_putc(out, to[known - from]);
            s++;
        } else if (*s == '\\' && s[1] == 'x') {
            lbi_buf_putc(out, case_hex(s + 2));
            s += 3;
        } else {
            lbi_buf_putc(out, *s);
        }
    }
}

static inline void case_end_piece(struct corpus_case *c)
{
    ck_assert_uint_lt(c->piece_count, CASE_PIECES);
    if (c->body.len > (c->piece_count > 0 ? c->pieces[c->piece_count - 1] : 0))
        c->pieces[c->piece_count++] = c->body.len;
}

static inline void case_repeat(struct corpus_case *c, char *value)
{
    char *text;
    long times = strtol(value, &text, 10);
    struct lbi_buf once;

    lbi_buf_init(&once, &lbi_mem_libc);
    case_unescape(&once, text + (*text == ' '));
    for (long i = 0; i < times; i++)
        lbi_buf_add(&c->body, lbi_buf_text(&once), once.len);
    lbi_buf_free(&once);
}

static inline void case_keep(struct corpus_case *c, const char **list, size_t *count,
                             const char *value)
{
    ck_assert_msg(*count < CASE_LINES, "%s: too many lines of a kind", c->name);
    list[(*count)++] = value;
}

/* Lines that hold one text. */
static inline bool case_text(struct corpus_case *c, const char *key, const char *value)
{
    const struct {
        const char *key, **to;
    } keys[] = {{"about", &c->about},   {"http", &c->http},     {"framing", &c->framing},
                {"class", &c->error},   {"answer", &c->answer}, {"tokens", &c->tokens},
                {"finish", &c->finish}, {"model", &c->model},   {"id", &c->id},
                {"clocks", &c->clocks}, {"says", &c->says}};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strcmp(key, keys[i].key) != 0)
            continue;
        *keys[i].to = value;
        return true;
    }
    return false;
}

static inline void case_line(struct corpus_case *c, char *line)
{
    char *key = line;
    char *value = line + strcspn(line, " ");

    if (line[0] == '\0' || line[0] == '#')
        return;
    if (*value == ' ')
        *value++ = '\0';
    if (strcmp(key, ">") == 0) {
        lbi_buf_puts(&c->body, value);
        lbi_buf_puts(&c->body, c->eol);
    } else if (strcmp(key, "+") == 0) {
        case_unescape(&c->body, value);
    } else if (strcmp(key, "repeat") == 0) {
        case_repeat(c, value);
    } else if (strcmp(key, "pause") == 0) {
        case_end_piece(c);
        c->pauses_ns[c->piece_count] += strtol(value, NULL, 10) * 1000000; /* always in ms */
    } else if (strcmp(key, "eol") == 0) {
        c->eol = strcmp(value, "cr") == 0 ? "\r" : "\r\n";
    } else if (strcmp(key, "end") == 0) {
        c->end = value[0] == 'c' ? CASE_CLOSE : value[0] == 'r' ? CASE_RESET : CASE_SILENT;
    } else if (strcmp(key, "chunks") == 0) {
        c->chunks = strtol(value, NULL, 10);
    } else if (strcmp(key, "header") == 0) {
        case_keep(c, c->headers, &c->header_count, value);
    } else if (strcmp(key, "option") == 0) {
        case_keep(c, c->options, &c->option_count, value);
    } else if (strcmp(key, "note") == 0) {
        case_keep(c, c->notes, &c->note_count, value);
    } else if (!case_text(c, key, value)) {
        ck_assert_msg(strcmp(key, "encoding") == 0 || strcmp(key, "verdict") == 0,
                      "%s: unknown line \"%s\"", c->name, key);
    }
}

static inline void case_load(struct corpus_case *c, const char *folder, const char *name)
{
    char path[8192], chunk[4096];
    size_t n;

    *c = (struct corpus_case){
        .eol = "\n", .http = "HTTP/1.1 200 OK", .framing = "chunked", .chunks = -1};
    c->name = name;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    lbi_buf_init(&c->text, &lbi_mem_libc);
    lbi_buf_init(&c->body, &lbi_mem_libc);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot read %s", path);
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
        lbi_buf_add(&c->text, chunk, n);
    (void)fclose(file);
    for (char *line = c->text.data; line != NULL && *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        case_line(c, line);
        line = end != NULL ? end + 1 : NULL;
    }
    case_end_piece(c);
    ck_assert_msg(c->about != NULL && c->error != NULL, "%s: no about or no class", name);
}

static inline void case_free(struct corpus_case *c)
{
    lbi_buf_free(&c->text);
    lbi_buf_free(&c->body);
}

#endif
