/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * body.c - see body.h.
 *
 * libcurl takes a chunked coding apart itself, asks the socket once more after each read, and walks
 * through its timers each time a socket is ready: with a token a read that is most of what a client
 * does in user space. So it is told to leave the coding alone (it follows it all the same, to find
 * the end), and is paused as soon as it has read up to a border between two chunks. From there the
 * socket is peeked at, and read away only up to what libcurl must see: the last chunk, or one that
 * is not whole. Errors and the end of a connection are left for it, too.
 */
#include "net/body.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/global.h"
#include "wire/field.h"

/* Kept by the handle from one request to the next: only HTTPS and HTTP/2 are libcurl's alone. */
static void leave_coding(struct lbi_transfer *transfer, bool leave)
{
    if (transfer->leaves_coding == leave)
        return;
    transfer->leaves_coding = leave;
    curl_easy_setopt(transfer->easy, CURLOPT_HTTP_TRANSFER_DECODING, leave ? 0L : 1L);
}

void lbi_body_begin(struct lbi_transfer *transfer)
{
    const struct lbi_endpoint *endpoint = transfer->endpoint;

    transfer->direct = transfer->reads_only = false;
    transfer->coding = LBI_CODING_NONE;
    transfer->chunked = (struct lbi_chunked){0};
    leave_coding(transfer, !endpoint->url.https && endpoint->set->http != LBI_HTTP_2);
}

static bool has_value(const struct lbi_http_field *field, const char *value)
{
    return strlen(value) == field->value_len &&
           strncasecmp(field->value, value, field->value_len) == 0;
}

void lbi_body_header(struct lbi_transfer *transfer, const char *line, size_t len)
{
    struct lbi_http_field field;

    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
        transfer->coding = LBI_CODING_NONE;
        return;
    }
    /* What is not plainly chunked is decoded by the one who knows how. */
    if ((line[0] == '\r' || line[0] == '\n') && (transfer->coding & LBI_CODING_OTHER) != 0)
        leave_coding(transfer, false);
    if (!lbi_http_field_split(&field, line, len))
        return;
    if (lbi_http_field_is(&field, "transfer-encoding"))
        transfer->coding |= has_value(&field, "chunked") ? LBI_CODING_CHUNKED : LBI_CODING_OTHER;
    if (lbi_http_field_is(&field, "content-encoding") && !has_value(&field, "identity"))
        transfer->coding |= LBI_CODING_OTHER;
}

/* The coding is taken apart here, and nothing but the coding. */
static bool is_ours(const struct lbi_transfer *transfer)
{
    return transfer->leaves_coding && transfer->coding == LBI_CODING_CHUNKED;
}

/* All that was read goes to the owner, without the coding. */
static lb_err deliver(struct lbi_transfer *transfer, const char *bytes, size_t len, int64_t at_ns,
                      bool exact)
{
    const struct lbi_transfer_owner *owner = &transfer->owner;
    const char *piece;
    size_t at = 0;
    size_t piece_len;
    lb_err err = LB_OK;

    if (!is_ours(transfer))
        return owner->on_body(owner->user, bytes, len, at_ns, exact);
    while (err == LB_OK &&
           lbi_chunked_next(&transfer->chunked, bytes, len, &at, &piece, &piece_len))
        err = owner->on_body(owner->user, piece, piece_len, at_ns, exact);
    return err;
}

/* Both directions, or libcurl would look at the socket once more all the same. */
static void take_socket(struct lbi_transfer *transfer)
{
    transfer->direct = true;
    if (curl_easy_pause(transfer->easy, CURLPAUSE_ALL) != CURLE_OK)
        transfer->direct = false;
}

void lbi_body_give_back(struct lbi_transfer *transfer)
{
    if (!transfer->direct)
        return;
    transfer->direct = transfer->told_socket = false;
    (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    /* Short of memory it says nothing and divides by zero when it looks for the socket later. */
    if (!transfer->told_socket && lbi_curl_tells_at_once())
        transfer->loop->err = LB_E_NOMEM;
}

size_t lbi_body_write(char *bytes, size_t size, size_t count, void *user)
{
    struct lbi_transfer *transfer = user;
    size_t len = size * count;
    bool exact;
    int64_t at_ns = lbi_transfer_arrival(transfer, &exact);

    if (deliver(transfer, bytes, len, at_ns, exact) != LB_OK)
        return len == 0 ? 1 : 0; /* anything but len stops the transfer */
    if (is_ours(transfer) && transfer->status == 200 && transfer->reads_only && !transfer->direct &&
        lbi_chunked_between(&transfer->chunked))
        take_socket(transfer);
    return len;
}

static void finish(struct lbi_transfer *transfer, CURLcode code, const char *text)
{
    lbi_body_give_back(transfer);
    (void)snprintf(transfer->error, sizeof(transfer->error), "%s", text);
    lbi_transfer_finish(transfer, code);
}

/* What waits in the socket goes to the owner. False: there is more of it to come here. */
static bool read_on(struct lbi_transfer *transfer, int fd)
{
    char *bytes = transfer->loop->bytes;
    bool exact;

    ssize_t got = transfer->want_stamp ? lbi_transfer_peek(transfer, fd, bytes, LBI_LOOP_BYTES)
                                       : recv(fd, bytes, LBI_LOOP_BYTES, MSG_PEEK | MSG_DONTWAIT);
    if (got <= 0)
        return got == 0 || (errno != EAGAIN && errno != EINTR);
    int64_t at_ns = lbi_transfer_arrival(transfer, &exact);
    transfer->stamp_ns = 0;
    lb_err err = deliver(transfer, bytes, (size_t)got, at_ns, exact);
    size_t done = lbi_chunked_unread(&transfer->chunked, (size_t)got);
    if (done > 0)
        (void)recv(fd, bytes, done, MSG_TRUNC | MSG_DONTWAIT); /* thrown away, not copied */
    if (err != LB_OK)
        finish(transfer, CURLE_WRITE_ERROR, "");
    else if (transfer->chunked.state == LBI_CHUNKED_BAD)
        finish(transfer, CURLE_RECV_ERROR, "Malformed encoding found in chunked-encoding");
    return transfer->active && done < (size_t)got;
}

bool lbi_body_read(struct lbi_transfer *transfer, int fd, uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) == 0 && !read_on(transfer, fd))
        return false;
    lbi_body_give_back(transfer);
    return true;
}
