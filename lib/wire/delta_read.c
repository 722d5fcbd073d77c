/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * delta_read.c - an event by the cheapest way that is sure: the remembered chunk, the scan, json-c.
 * Tested in tests/unit/test_delta.c: all three ways must agree.
 */
#include <string.h>

#include "wire/delta.h"

static const char before[] = "data: ", after[] = "\n\n";

enum { BEFORE = sizeof(before) - 1, AFTER = sizeof(after) - 1 };

/* Its length as lbi_delta_known has it, and the text; but less is looked for: so much is not there
 * at its begin, and at its end. */
__attribute__((always_inline)) static inline size_t known(const struct lbi_delta_scanner *scanner,
                                                          const char *bytes, size_t len,
                                                          size_t skip_before, size_t skip_after,
                                                          struct lbi_text *text)
{
    size_t head = scanner->head_len - skip_before;
    size_t tail = scanner->tail_len - skip_after;

    if (scanner->head_len == 0 || len <= head + tail ||
        memcmp(bytes, scanner->around + skip_before, head) != 0)
        return 0;
    const char *stop = bytes + head;
    if (*stop == '"') /* no text: whether there is a token, the rest must tell */
        return 0;
    if (!lbi_json_string_end(&stop, bytes + len) || (size_t)(bytes + len - stop) < tail ||
        memcmp(stop, scanner->around + scanner->head_len, tail) != 0)
        return 0;
    *text = (struct lbi_text){bytes + head, (size_t)(stop - (bytes + head))};
    return head + text->len + tail;
}

size_t lbi_delta_known(const struct lbi_delta_scanner *scanner, const char *bytes, size_t len,
                       struct lbi_text *content)
{
    size_t event = known(scanner, bytes, len, 0, 0, content);

    if (!scanner->answer)
        *content = (struct lbi_text){NULL, 0};
    return event;
}

/* Does the chunk read around its text as the remembered one did? */
static bool same_around(const struct lbi_delta_scanner *scanner, struct lbi_delta *out,
                        const char *data, size_t len)
{
    struct lbi_text text;

    if (len == 0 || known(scanner, data, len, BEFORE, AFTER, &text) != len)
        return false;
    *out = (struct lbi_delta){.token = true,
                              .answer = scanner->answer,
                              .prompt_tokens = LB_UNKNOWN,
                              .cached_tokens = LB_UNKNOWN,
                              .completion_tokens = LB_UNKNOWN};
    if (scanner->answer)
        out->content = text;
    return true;
}

static char *put(char *out, const char *bytes, size_t len)
{
    memcpy(out, bytes, len);
    return out + len;
}

/* The text that a chunk holds besides what is the same in each, if it holds nothing else. */
static struct lbi_text only_text(const struct lbi_delta *delta)
{
    const struct lbi_text none = {NULL, 0};

    if (delta->finish_reason.ptr != NULL || delta->prompt_tokens != LB_UNKNOWN ||
        delta->completion_tokens != LB_UNKNOWN || delta->cached_tokens != LB_UNKNOWN)
        return none;
    if (delta->content.len > 0)
        return delta->content;
    return delta->answer ? none : delta->reasoning;
}

/* Remembers a chunk of one line: lines that were put together again stand otherwise in the stream.
 */
static void remember(struct lbi_delta_scanner *scanner, const struct lbi_delta *delta,
                     const char *data, size_t len)
{
    struct lbi_text text = only_text(delta);

    if (text.len == 0 || memchr(data, '\n', len) != NULL)
        return;
    size_t head = (size_t)(text.ptr - data);
    size_t tail = len - head - text.len;
    if (BEFORE + head + tail + AFTER > sizeof(scanner->around))
        return;
    char *end = put(scanner->around, before, BEFORE);
    end = put(end, data, head);
    end = put(end, text.ptr + text.len, tail);
    (void)put(end, after, AFTER);
    scanner->head_len = BEFORE + head;
    scanner->tail_len = tail + AFTER;
    scanner->answer = delta->answer;
}

lb_err lbi_delta_read(struct lbi_delta_scanner *scanner, struct lbi_delta *out, const char *data,
                      size_t len)
{
    if (same_around(scanner, out, data, len))
        return LB_OK;
    if (lbi_delta_scan(out, data, len)) {
        remember(scanner, out, data, len);
        return LB_OK;
    }
    return lbi_delta_parse(&scanner->scratch, out, data, len);
}

void lbi_delta_scanner_init(struct lbi_delta_scanner *scanner, const struct lbi_mem *mem)
{
    lbi_buf_init(&scanner->scratch, mem);
    lbi_delta_scanner_reset(scanner);
}

void lbi_delta_scanner_free(struct lbi_delta_scanner *scanner)
{
    lbi_buf_free(&scanner->scratch);
}

void lbi_delta_scanner_reset(struct lbi_delta_scanner *scanner)
{
    scanner->head_len = scanner->tail_len = 0;
    scanner->answer = false;
}
