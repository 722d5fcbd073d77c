/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * plain_send.c - the request over a bare socket: what all have in common, its own lines, the body.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "net/plain_internal.h"
#include "net/transfer_internal.h"

enum { PARTS = 3 };

lb_err lbi_plain_set_request(struct lbi_plain *plain, const char *body, size_t len,
                             const char *extra_header)
{
    struct lbi_buf *tail = &plain->tail;

    plain->body = body;
    plain->body_len = len;
    plain->extra_header = extra_header;
    plain->sent = 0;
    lbi_buf_clear(tail);
    lbi_buf_uint(tail, len, 1);
    lbi_buf_puts(tail, "\r\n");
    if (extra_header != NULL) {
        lbi_buf_puts(tail, extra_header);
        lbi_buf_puts(tail, "\r\n");
    }
    lbi_buf_puts(tail, "\r\n");
    return tail->err;
}

size_t lbi_plain_request_len(const struct lbi_transfer *transfer)
{
    const struct lbi_plain *plain = &transfer->plain;

    return transfer->endpoint->plain.head_len + plain->tail.len + plain->body_len;
}

static size_t fill(const struct lbi_transfer *transfer, struct iovec *out)
{
    const struct lbi_plain *plain = &transfer->plain;
    const struct lbi_plain_way *way = &transfer->endpoint->plain;
    const struct {
        const char *bytes;
        size_t len;
    } parts[PARTS] = {{way->head, way->head_len},
                      {plain->tail.data, plain->tail.len},
                      {plain->body, plain->body_len}};
    size_t skip = plain->sent;
    size_t count = 0;

    for (size_t i = 0; i < PARTS; i++) {
        size_t gone = skip < parts[i].len ? skip : parts[i].len;
        skip -= gone;
        if (parts[i].len > gone)
            out[count++] =
                (struct iovec){(void *)(uintptr_t)(parts[i].bytes + gone), parts[i].len - gone};
    }
    return count;
}

static ssize_t send_rest(const struct lbi_transfer *transfer)
{
    struct iovec parts[PARTS];
    struct msghdr message = {.msg_iov = parts};
    ssize_t sent;

    message.msg_iovlen = fill(transfer, parts);
    do
        sent = sendmsg(transfer->plain.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent;
}

int lbi_plain_send(struct lbi_transfer *transfer)
{
    struct lbi_plain *plain = &transfer->plain;

    while (plain->sent < lbi_plain_request_len(transfer)) {
        if (plain->sent == 0)
            transfer->ready_ns = lbi_clock_ns();
        ssize_t sent = send_rest(transfer);
        if (sent < 0 && errno == EAGAIN) {
            transfer->sent_waits |= plain->state != LBI_PLAIN_CONNECTING;
            return 0;
        }
        if (sent < 0)
            return errno;
        if (plain->state == LBI_PLAIN_CONNECTING)
            lbi_plain_note_connected(transfer);
        plain->sent += (size_t)sent;
    }
    if (transfer->first_byte_ns == LB_UNKNOWN)
        lbi_transfer_note_sent(transfer);
    return 0;
}
