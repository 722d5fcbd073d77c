/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * delta_read.c - an event by the cheapest way that is sure: the remembered chunk, the scan, json-c.
 * Tested in tests/unit/test_delta.c: all three ways must agree.
 */
#include <string.h>

#include "wire/delta.h"

/* Does the chunk read `around` its content as the remembered one did? */
static bool same_around(const struct lbi_delta_scanner *scanner, struct lbi_delta *out,
                        const char *data, size_t len)
{
    size_t head = scanner->head_len;
    size_t tail = scanner->tail_len;

    if (head == 0 || len <= head + tail || memcmp(data, scanner->around, head) != 0)
        return false;
    const char *stop = data + head;
    if (*stop == '"') /* no content: whether there is a token, the rest must tell */
        return false;
    if (!lbi_json_string_end(&stop, data + len) || (size_t)(data + len - stop) != tail ||
        memcmp(stop, scanner->around + head, tail) != 0)
        return false;
    *out = (struct lbi_delta){.content = {data + head, (size_t)(stop - (data + head))},
                              .prompt_tokens = LB_UNKNOWN,
                              .cached_tokens = LB_UNKNOWN,
                              .completion_tokens = LB_UNKNOWN};
    out->token = out->answer = true;
    return true;
}

/* Remembers a chunk that held content and nothing else. */
static void remember(struct lbi_delta_scanner *scanner, const struct lbi_delta *delta,
                     const char *data, size_t len)
{
    if (delta->content.len == 0 || delta->finish_reason.ptr != NULL ||
        delta->prompt_tokens != LB_UNKNOWN || delta->completion_tokens != LB_UNKNOWN ||
        delta->cached_tokens != LB_UNKNOWN)
        return;
    size_t head = (size_t)(delta->content.ptr - data);
    size_t tail = len - head - delta->content.len;
    if (head + tail > sizeof(scanner->around))
        return;
    memcpy(scanner->around, data, head);
    memcpy(scanner->around + head, delta->content.ptr + delta->content.len, tail);
    scanner->head_len = head;
    scanner->tail_len = tail;
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
}
