/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delta.h - what one event of a chat completion stream says: tokens, end, usage, error. A fast
 * scan takes the usual chunk; json-c takes everything that the scan is not sure of.
 */
#ifndef LBI_WIRE_DELTA_H
#define LBI_WIRE_DELTA_H

#include "base/buf.h"

struct lbi_text {
    const char *ptr; /* inside of a JSON string, still escaped; NULL: absent */
    size_t len;
};

enum lbi_delta_kind {
    LBI_DELTA_CHUNK, /* a chunk, perhaps without anything in it */
    LBI_DELTA_DONE,  /* [DONE] */
    LBI_DELTA_ERROR, /* an error object: error_text and error_code are set */
    LBI_DELTA_BAD,   /* no JSON object */
};

struct lbi_delta {
    enum lbi_delta_kind kind;
    bool token;  /* some generated payload: content, reasoning, refusal or a tool call */
    bool answer; /* payload other than reasoning */
    struct lbi_text content;   /* of choice 0 */
    struct lbi_text reasoning; /* where it stands in `data`; NULL also where nobody looked */
    struct lbi_text finish_reason, id, model;
    struct lbi_text error_text, error_code;
    int64_t prompt_tokens, cached_tokens, completion_tokens; /* LB_UNKNOWN: not said */
};

#define LBI_TEMPLATE_MAX 768

/*
 * Chunks of a stream differ in little but the text. After one was scanned, the bytes before and
 * after its content, or reasoning, are remembered; a chunk that has the same around it needs no
 * second scan.
 */
struct lbi_delta_scanner {
    struct lbi_buf scratch;    /* strings that json-c unescaped, escaped again */
    size_t head_len, tail_len; /* of `around`, with "data: " and two newlines; 0: nothing there */
    bool answer;               /* the text between them is content */
    char around[LBI_TEMPLATE_MAX];
};

void lbi_delta_scanner_init(struct lbi_delta_scanner *scanner, const struct lbi_mem *mem);
void lbi_delta_scanner_free(struct lbi_delta_scanner *scanner);
/* For the next stream. */
void lbi_delta_scanner_reset(struct lbi_delta_scanner *scanner);

/* Texts in *out point into `data` or into the scanner: valid until either changes. `id` and `model`
 * may be left out of a chunk that repeats those of an earlier one of its stream. */
lb_err lbi_delta_read(struct lbi_delta_scanner *scanner, struct lbi_delta *out, const char *data,
                      size_t len);

/*
 * Do the bytes begin with an event "data: ...\n\n" that reads around its text as the remembered
 * one? Its length, and the content, which is empty where the token is one of reasoning; else 0.
 */
size_t lbi_delta_known(const struct lbi_delta_scanner *scanner, const char *bytes, size_t len,
                       struct lbi_text *content);

/* From after the opening quote of a JSON string to the closing one; false for what JSON does not
 * allow. */
bool lbi_json_string_end(const char **p, const char *end);
/* Is it JSON (RFC 8259), nested no deeper than that? json-c alone is too forgiving. */
bool lbi_json_valid(const char *data, size_t len, int max_depth);
/* The two halves, for their test against each other. false: not sure, ask the other. */
bool lbi_delta_scan(struct lbi_delta *out, const char *data, size_t len);
lb_err lbi_delta_parse(struct lbi_buf *scratch, struct lbi_delta *out, const char *data,
                       size_t len);

/* Appends the text that an escaped inside of a JSON string stands for. */
void lbi_text_unescape(struct lbi_buf *out, struct lbi_text text);

#endif
