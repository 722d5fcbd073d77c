/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * body.c - see body.h.
 *
 * libcurl takes a chunked coding apart itself, asks the socket once more after each read, and walks
 * through its timers each time a socket is ready: with a token a read that is most of what a client
 * does in user space. So it is told to leave the coding alone (it follows it all the same, to find
 * the end), and is paused when it has read up to the end of a chunk. From there the socket is
 * peeked at, and read away up to the last chunk: that one is libcurl's, and so are errors and the
 * end of a connection.
 *
 * Nothing may stay in the queue that does not end there. The kernel acknowledges at once only where
 * a reader empties it; else the server's kernel, if it gathers small packets (Nagle), holds the
 * next token back for 40 ms, and we would measure ourselves. And one byte can keep the memory of
 * all that came with it: the window closes, and nothing comes any more. So a size that may become
 * that of the last chunk is libcurl's at once; it reads on to the end of a chunk, and is paused
 * again.
 */
#include "net/body.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
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

/*
 * What loop->bytes hold of a coding that is ours goes to the owner without it and in one piece:
 * gathered in place, which never gets ahead of what is read.
 */
static lb_err decode(struct lbi_transfer *transfer, size_t len, int64_t at_ns, bool exact)
{
    const struct lbi_transfer_owner *owner = &transfer->owner;
    char *bytes = transfer->loop->bytes;
    const char *piece;
    char *body = NULL;
    size_t body_len = 0;
    size_t piece_len;
    size_t at = 0;

    while (lbi_chunked_next(&transfer->chunked, bytes, len, &at, &piece, &piece_len)) {
        if (body == NULL)
            body = bytes + (piece - bytes); /* the same, to be written to */
        else
            memmove(body + body_len, piece, piece_len);
        body_len += piece_len;
    }
    return body_len > 0 ? owner->on_body(owner->user, body, body_len, at_ns, exact) : LB_OK;
}

/* Both directions, or libcurl would look at the socket once more all the same. */
static void take_socket(struct lbi_transfer *transfer)
{
    transfer->direct = true;
    transfer->left_socket = false;
    if (curl_easy_pause(transfer->easy, CURLPAUSE_ALL) != CURLE_OK)
        transfer->direct = false;
    else if (lbi_loop_watch_news(transfer->loop, transfer->fd) != LB_OK)
        transfer->loop->err = LB_E_IO;
}

void lbi_body_give_back(struct lbi_transfer *transfer)
{
    if (!transfer->direct)
        return;
    transfer->direct = transfer->told_socket = false;
    (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
    if (transfer->told_socket)
        return;
    /* Short of memory it says nothing and divides by zero when it looks for the socket later. Some
     * versions wait for the socket all the while, and so have nothing to say. */
    if (transfer->left_socket && lbi_curl_tells_at_once())
        transfer->loop->err = LB_E_NOMEM;
    else if (lbi_loop_watch_input(transfer->loop, transfer->fd) != LB_OK)
        transfer->loop->err = LB_E_IO;
}

/* What libcurl has read. It can go on from the end of a chunk without knowing what was before. */
static lb_err take_read(struct lbi_transfer *transfer, const char *bytes, size_t len)
{
    bool exact;
    int64_t at_ns = lbi_transfer_arrival(transfer, &exact);

    memcpy(transfer->loop->bytes, bytes, len); /* decoding changes them */
    lb_err err = decode(transfer, len, at_ns, exact);
    if (err == LB_OK && transfer->status == 200 && transfer->reads_only && !transfer->direct &&
        lbi_chunked_between(&transfer->chunked))
        take_socket(transfer);
    return err;
}

size_t lbi_body_write(char *bytes, size_t size, size_t count, void *user)
{
    struct lbi_transfer *transfer = user;
    size_t len = size * count;
    bool exact;
    lb_err err;

    lbi_transfer_came(transfer, len);
    if (is_ours(transfer)) {
        err = take_read(transfer, bytes, len);
    } else {
        int64_t at_ns = lbi_transfer_arrival(transfer, &exact);
        err = transfer->owner.on_body(transfer->owner.user, bytes, len, at_ns, exact);
    }
    if (err == LB_OK)
        return len;
    return len == 0 ? 1 : 0; /* anything but len stops the transfer */
}

static void finish(struct lbi_transfer *transfer, CURLcode code, const char *text)
{
    lbi_body_give_back(transfer);
    (void)snprintf(transfer->error, sizeof(transfer->error), "%s", text);
    lbi_transfer_finish(transfer, code);
}

/* False: the transfer is over, and the next may have begun. */
static bool take_peeked(struct lbi_transfer *transfer, size_t len)
{
    bool exact;
    int64_t at_ns = lbi_transfer_arrival(transfer, &exact);
    lb_err err = decode(transfer, len, at_ns, exact);

    if (err != LB_OK)
        finish(transfer, CURLE_WRITE_ERROR, "");
    else if (transfer->chunked.state == LBI_CHUNKED_BAD)
        finish(transfer, CURLE_RECV_ERROR, "Malformed encoding found in chunked-encoding");
    return transfer->direct;
}

/* Not copied. It is all there: it was peeked at. */
static void read_away(const struct lbi_transfer *transfer, size_t len)
{
    ssize_t got = 1;

    for (; len > 0 && got > 0; len -= (size_t)got)
        got = recv(transfer->fd, transfer->loop->bytes, len, MSG_TRUNC | MSG_DONTWAIT);
}

static bool is_empty(int fd)
{
    int waiting = 0;

    return ioctl(fd, FIONREAD, &waiting) != 0 || waiting == 0;
}

/*
 * True: it is libcurl's turn. `closing`: nothing will come but what is there, and an error, which
 * is told only once.
 */
static bool read_on(struct lbi_transfer *transfer, bool closing)
{
    char *bytes = transfer->loop->bytes;
    int fd = transfer->fd;

    if (transfer->owner.on_soon != NULL)
        transfer->owner.on_soon(transfer->owner.user);
    while (!closing || !is_empty(fd)) {
        transfer->stamp_ns = 0; /* valid for one read only */
        ssize_t got = transfer->want_stamp
                          ? lbi_transfer_peek(transfer, fd, bytes, LBI_LOOP_BYTES)
                          : recv(fd, bytes, LBI_LOOP_BYTES, MSG_PEEK | MSG_DONTWAIT);
        if (got <= 0)
            return got == 0 || (errno != EAGAIN && errno != EINTR);
        if (!take_peeked(transfer, (size_t)got))
            return false;
        size_t before = lbi_chunked_before_last(&transfer->chunked, (size_t)got);
        read_away(transfer, before);
        if (before < (size_t)got)
            return true;
        if (got < LBI_LOOP_BYTES && !closing)
            return false;
    }
    return true;
}

bool lbi_body_read(struct lbi_transfer *transfer, uint32_t events)
{
    bool over = read_on(transfer, (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0);

    transfer->stamp_ns = 0;
    if (!transfer->direct || !over)
        return false;
    lbi_body_give_back(transfer);
    return true;
}
