/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * plain_answer.c - an answer over a bare socket: what its bytes mean.
 */
#include "net/plain_internal.h"

#include <stdio.h>
#include <string.h>

#include "net/transfer_internal.h"

/* What the owner is told of the bytes under way. */
struct delivery {
    struct lbi_transfer *transfer;
    int64_t at_ns;
    bool exact;
};

void lbi_plain_expect_answer(struct lbi_plain *plain)
{
    lbi_head_init(&plain->head);
    lbi_buf_clear(&plain->line);
    plain->chunked = (struct lbi_chunked){0};
    plain->over = plain->excess = plain->foreign = false;
    lbi_unpack_free(plain->unpack);
    plain->unpack = NULL;
}

static CURLcode fault(struct lbi_transfer *transfer, CURLcode code, const char *text)
{
    (void)snprintf(transfer->error, sizeof(transfer->error), "%s", text);
    return code;
}

static CURLcode no_memory(struct lbi_transfer *transfer)
{
    transfer->lacks_memory = true;
    return CURLE_OUT_OF_MEMORY;
}

/* ---- the head ----------------------------------------------------------------------------------
 */

static CURLcode begin_body(struct lbi_transfer *transfer)
{
    struct lbi_plain *plain = &transfer->plain;
    const struct lbi_head *head = &plain->head;

    if (lbi_head_is_interim(head)) {
        lbi_head_init(&plain->head);
        return CURLE_OK;
    }
    plain->state = LBI_PLAIN_BODY;
    plain->left = head->length > 0 ? (uint64_t)head->length : 0;
    plain->over = lbi_head_framing(head) == LBI_FRAMING_NONE;
    plain->foreign = head->coded || (head->packed && !lbi_can_unpack());
    if (plain->foreign)
        return CURLE_BAD_CONTENT_ENCODING;
    if (head->packed && lbi_unpack_new(&plain->unpack, transfer->loop->mem) != LB_OK)
        return no_memory(transfer);
    return CURLE_OK;
}

static CURLcode take_line(struct lbi_transfer *transfer, const char *line, size_t len,
                          int64_t at_ns)
{
    struct lbi_plain *plain = &transfer->plain;
    bool first = plain->head.status == 0;

    if (!lbi_transfer_count_header(transfer, len))
        return CURLE_WRITE_ERROR;
    if (!lbi_head_line(&plain->head, line, len))
        return first ? fault(transfer, CURLE_UNSUPPORTED_PROTOCOL, "the answer is no HTTP/1")
                     : fault(transfer, CURLE_WEIRD_SERVER_REPLY, "a header makes no sense");
    if (first)
        lbi_transfer_note_status(transfer, &plain->head, at_ns);
    if (transfer->owner.on_header(transfer->owner.user, line, len) != LB_OK)
        return CURLE_WRITE_ERROR;
    return lbi_head_ends(line, len) ? begin_body(transfer) : CURLE_OK;
}

/* What is no HTTP may have no lines either. */
static bool may_be_head(const struct lbi_plain *plain)
{
    static const char begin[] = "HTTP/1.";
    size_t len = plain->line.len < sizeof(begin) - 1 ? plain->line.len : sizeof(begin) - 1;

    return plain->head.status != 0 || len == 0 || memcmp(plain->line.data, begin, len) == 0;
}

static CURLcode keep_line(struct lbi_transfer *transfer, const char *bytes, size_t len)
{
    struct lbi_plain *plain = &transfer->plain;

    lbi_buf_add(&plain->line, bytes, len);
    if (plain->line.err != LB_OK)
        return no_memory(transfer);
    if (!may_be_head(plain))
        return fault(transfer, CURLE_UNSUPPORTED_PROTOCOL, "the answer is no HTTP/1");
    if (transfer->header_bytes + plain->line.len <=
        (size_t)transfer->endpoint->set->max_header_bytes)
        return CURLE_OK;
    transfer->header_bytes += plain->line.len;
    return CURLE_WRITE_ERROR;
}

/* Lines up to the end of the head; *at moves on behind what was used. */
static CURLcode take_head(struct lbi_transfer *transfer, const char *bytes, size_t len, size_t *at,
                          int64_t at_ns)
{
    struct lbi_plain *plain = &transfer->plain;
    CURLcode code = CURLE_OK;

    while (code == CURLE_OK && *at < len && plain->state == LBI_PLAIN_HEAD) {
        const char *from = bytes + *at;
        const char *newline = memchr(from, '\n', len - *at);
        size_t n = newline != NULL ? (size_t)(newline - from) + 1 : len - *at;
        *at += n;
        if (newline != NULL && plain->line.len == 0) {
            code = take_line(transfer, from, n, at_ns);
            continue;
        }
        code = keep_line(transfer, from, n);
        if (code == CURLE_OK && newline != NULL) {
            code = take_line(transfer, plain->line.data, plain->line.len, at_ns);
            lbi_buf_truncate(&plain->line, 0);
        }
    }
    return code;
}

/* ---- the body ----------------------------------------------------------------------------------
 */

static lb_err deliver(void *user, const char *bytes, size_t len)
{
    const struct delivery *to = user;
    const struct lbi_transfer_owner *owner = &to->transfer->owner;

    return owner->on_body(owner->user, bytes, len, to->at_ns, to->exact);
}

static CURLcode hand_on(struct delivery *to, const char *bytes, size_t len)
{
    struct lbi_unpack *unpack = to->transfer->plain.unpack;

    if (len == 0)
        return CURLE_OK;
    if (unpack == NULL)
        return deliver(to, bytes, len) == LB_OK ? CURLE_OK : CURLE_WRITE_ERROR;
    lb_err err = lbi_unpack_feed(unpack, bytes, len, deliver, to);
    if (err == LB_E_NOMEM)
        return no_memory(to->transfer);
    if (err == LB_E_INVALID)
        return fault(to->transfer, CURLE_BAD_CONTENT_ENCODING, "the answer cannot be unpacked");
    return err == LB_OK ? CURLE_OK : CURLE_WRITE_ERROR;
}

static CURLcode take_chunks(struct delivery *to, char *bytes, size_t len, size_t *at)
{
    struct lbi_chunked *chunked = &to->transfer->plain.chunked;
    char *body;
    size_t body_len = lbi_chunked_gather(chunked, bytes, len, at, &body);
    CURLcode code = hand_on(to, body, body_len);
    if (code == CURLE_OK && chunked->state == LBI_CHUNKED_BAD)
        return fault(to->transfer, CURLE_RECV_ERROR,
                     "Malformed encoding found in chunked-encoding");
    to->transfer->plain.over = chunked->state == LBI_CHUNKED_END;
    return code;
}

static CURLcode take_length(struct delivery *to, const char *bytes, size_t len, size_t *at)
{
    struct lbi_plain *plain = &to->transfer->plain;
    size_t rest = len - *at;
    size_t n = plain->left < rest ? (size_t)plain->left : rest;
    const char *from = bytes + *at;

    *at += n;
    plain->left -= n;
    plain->over = plain->left == 0;
    return hand_on(to, from, n);
}

static CURLcode take_body(struct delivery *to, char *bytes, size_t len, size_t *at)
{
    size_t from = *at;

    switch (lbi_head_framing(&to->transfer->plain.head)) {
    case LBI_FRAMING_CHUNKED:
        return take_chunks(to, bytes, len, at);
    case LBI_FRAMING_LENGTH:
        return take_length(to, bytes, len, at);
    case LBI_FRAMING_CLOSE:
        *at = len;
        return hand_on(to, bytes + from, len - from);
    case LBI_FRAMING_NONE:
    default:
        return CURLE_OK;
    }
}

CURLcode lbi_plain_take(struct lbi_transfer *transfer, char *bytes, size_t len, int64_t at_ns,
                        bool exact)
{
    struct lbi_plain *plain = &transfer->plain;
    struct delivery to = {transfer, at_ns, exact};
    CURLcode code = CURLE_OK;
    size_t at = 0;

    if (plain->state == LBI_PLAIN_HEAD)
        code = take_head(transfer, bytes, len, &at, at_ns);
    if (code == CURLE_OK && plain->state == LBI_PLAIN_BODY && !plain->over && at < len)
        code = take_body(&to, bytes, len, &at);
    plain->excess = at < len;
    return code;
}
