/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * plain.c - see plain.h. A socket is watched once, edge-triggered, for all that may happen to it;
 * after that a request is one sendmsg and a read for each token. Events are hints: what to do is
 * seen from what the socket says, since one may be of an earlier connection with the same number.
 */
#include "net/plain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/easy.h"
#include "net/kept.h"
#include "net/plain_internal.h"
#include "net/transfer_internal.h"

enum { STOPS_SENDING = 400, READS_MAX = 8 };

enum outcome { DRAINED, MORE, OVER };

bool lbi_plain_serves(const struct lbi_transfer *transfer)
{
    return transfer->endpoint->plain.usable && !transfer->loop->lost_way;
}

void lbi_plain_init(struct lbi_transfer *transfer)
{
    transfer->plain.fd = -1;
    lbi_buf_init(&transfer->plain.tail, transfer->loop->mem);
    lbi_buf_init(&transfer->plain.line, transfer->loop->mem);
}

void lbi_plain_free(struct lbi_transfer *transfer)
{
    if (transfer->loop == NULL)
        return;
    lbi_plain_drop(transfer);
    lbi_buf_free(&transfer->plain.tail);
    lbi_buf_free(&transfer->plain.line);
    lbi_unpack_free(transfer->plain.unpack);
}

static void finish(struct lbi_transfer *transfer, CURLcode code)
{
    if (code == CURLE_OK)
        lbi_plain_leave_connection(transfer);
    else
        lbi_plain_drop(transfer);
    lbi_transfer_settle_sent(transfer, transfer->start_ns);
    transfer->plain.state = LBI_PLAIN_OFF;
    transfer->active = false;
    transfer->owner.on_done(transfer->owner.user, code);
}

/* strerror() is not for threads. */
static const char *error_text(int error, char *room, size_t size)
{
#ifdef __GLIBC__
    return strerror_r(error, room, size);
#else
    return strerror_r(error, room, size) == 0 ? room : "";
#endif
}

static void fail(struct lbi_transfer *transfer, CURLcode code, const char *text, int error)
{
    char why[128];

    (void)snprintf(transfer->error, sizeof(transfer->error), "%s%s%s", text, error != 0 ? ": " : "",
                   error != 0 ? error_text(error, why, sizeof(why)) : "");
    finish(transfer, code);
}

/* From the begin; `again`: the server has got the request already. */
static void hand_over(struct lbi_transfer *transfer, bool again)
{
    int64_t start_ns = transfer->start_ns;

    transfer->plain.state = LBI_PLAIN_OFF;
    transfer->by_plain = false;
    lb_err err = lbi_easy_post(transfer, transfer->plain.body, transfer->plain.body_len,
                               transfer->plain.extra_header);
    transfer->start_ns = start_ns;
    transfer->reopened = again;
    if (err == LB_OK)
        return;
    transfer->active = false;
    transfer->owner.on_done(transfer->owner.user, CURLE_OUT_OF_MEMORY);
}

static void cannot_connect(struct lbi_transfer *transfer, int error)
{
    const struct lbi_url *url = &transfer->endpoint->url;
    char text[160];

    if (transfer->loop->err != LB_OK) /* not the endpoint's fault; the loop says it */
        return;
    if (transfer->lacks_memory) {
        finish(transfer, CURLE_OUT_OF_MEMORY);
        return;
    }
    /* A name may have another address by now: libcurl looks it up anew, and says what is wrong. */
    if (!lbi_endpoint_is_literal(transfer->endpoint)) {
        hand_over(transfer, false);
        return;
    }
    (void)snprintf(text, sizeof(text), "Failed to connect to %.100s port %u", url->host, url->port);
    fail(transfer, CURLE_COULDNT_CONNECT, text, error);
}

/* ---- sending -----------------------------------------------------------------------------------
 */

/* On a new connection, which is the answer to a kept one that was dead. */
static void begin_anew(struct lbi_transfer *transfer)
{
    struct lbi_plain *plain = &transfer->plain;

    lbi_plain_drop(transfer);
    plain->sent = 0;
    plain->refusals = 0;
    transfer->sent_ns = LB_UNKNOWN;
    transfer->sent_waits = false;
    plain->connect_from_ns = lbi_clock_ns();
    if (!lbi_plain_connect_next(transfer))
        cannot_connect(transfer, errno);
}

static bool was_dead(const struct lbi_transfer *transfer)
{
    return transfer->plain.kept && !transfer->plain.heard;
}

static enum outcome receive(struct lbi_transfer *transfer, bool closing);

static void send_failed(struct lbi_transfer *transfer, int error)
{
    struct lbi_plain *plain = &transfer->plain;

    if (plain->state == LBI_PLAIN_CONNECTING) {
        lbi_plain_drop(transfer);
        plain->refusals++;
        if (!lbi_plain_connect_next(transfer))
            cannot_connect(transfer, error);
    } else if (was_dead(transfer)) {
        transfer->reopened = true;
        begin_anew(transfer);
    } else { /* an answer may be why nobody reads on */
        enum outcome outcome = receive(transfer, true);
        while (outcome == MORE)
            outcome = receive(transfer, true);
        if (outcome == DRAINED)
            fail(transfer, CURLE_SEND_ERROR, "Send failure", error);
    }
}

static void send_on(struct lbi_transfer *transfer)
{
    int error = lbi_plain_send(transfer);

    if (error != 0)
        send_failed(transfer, error);
}

static void start(struct lbi_transfer *transfer)
{
    if (lbi_plain_take_kept(transfer))
        send_on(transfer);
    else
        begin_anew(transfer);
}

void lbi_plain_start_waiting(struct lbi_loop *loop)
{
    struct lbi_transfer *last = loop->starting_last;
    struct lbi_transfer *transfer;

    do {
        transfer = loop->starting;
        if (transfer == NULL)
            return;
        loop->starting = transfer->plain.next;
        transfer->plain.state = LBI_PLAIN_CONNECTING;
        start(transfer);
    } while (transfer != last); /* those that it has started have the next step */
}

/* ---- receiving ---------------------------------------------------------------------------------
 */

/* The other side has ended the connection: by an error, or (0) because it is done. */
static void take_end(struct lbi_transfer *transfer, int error)
{
    struct lbi_plain *plain = &transfer->plain;

    if (was_dead(transfer)) {
        transfer->reopened = true;
        begin_anew(transfer);
    } else if (error != 0) {
        fail(transfer, CURLE_RECV_ERROR, "Recv failure", error);
    } else if (!plain->heard) {
        fail(transfer, CURLE_GOT_NOTHING, "Empty reply from server", 0);
    } else if (plain->state == LBI_PLAIN_BODY &&
               lbi_head_framing(&plain->head) == LBI_FRAMING_CLOSE) {
        finish(transfer, CURLE_OK);
    } else {
        fail(transfer, CURLE_PARTIAL_FILE, "transfer closed with outstanding read data remaining",
             0);
    }
}

/* A server that compresses unasked does so again; libcurl is there to unpack it. */
static void ask_libcurl(struct lbi_transfer *transfer)
{
    lbi_plain_drop(transfer);
    transfer->loop->lost_way = true;
    hand_over(transfer, true);
}

/* Room for a read now: where the stamp is wanted it is that of the last byte, so not for much. */
static size_t room_of(const struct lbi_transfer *transfer)
{
    return transfer->want_stamp ? LBI_TRANSFER_READ : LBI_LOOP_BYTES;
}

static ssize_t read_some(struct lbi_transfer *transfer, size_t room)
{
    char *bytes = transfer->loop->bytes;

    transfer->stamp_ns = 0;
    return transfer->want_stamp ? lbi_transfer_read(transfer, transfer->plain.fd, bytes, room, 0)
                                : recv(transfer->plain.fd, bytes, room, MSG_DONTWAIT);
}

/* False: it is over, and the next may have begun. */
static bool take_some(struct lbi_transfer *transfer, size_t len)
{
    bool exact;
    int64_t at_ns = lbi_transfer_arrival(transfer, &exact);
    CURLcode code = lbi_plain_take(transfer, transfer->loop->bytes, len, at_ns, exact);

    if (transfer->plain.foreign)
        ask_libcurl(transfer);
    else if (code != CURLE_OK || transfer->plain.over)
        finish(transfer, code);
    else
        return true;
    return false;
}

/*
 * Until there is no more; but one that sends without end is not to keep the others waiting: then
 * the socket tells again at once. OVER: the next request may have begun.
 */
static enum outcome receive(struct lbi_transfer *transfer, bool closing)
{
    size_t room = 1;
    ssize_t got = 1;

    if (transfer->owner.on_soon != NULL)
        transfer->owner.on_soon(transfer->owner.user);
    for (int reads = 0; (size_t)got == room || closing; reads++) {
        if (reads == READS_MAX) {
            lbi_loop_tell_again(transfer->loop, transfer->plain.fd);
            return MORE;
        }
        room = room_of(transfer);
        got = read_some(transfer, room);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return DRAINED;
        if (got <= 0) {
            take_end(transfer, got < 0 ? errno : 0);
            return OVER;
        }
        transfer->plain.heard = true;
        if (!take_some(transfer, (size_t)got))
            return OVER;
    }
    return DRAINED;
}

/* Connected, or not. What came meanwhile is not told a second time. */
static void finish_connecting(struct lbi_transfer *transfer, bool readable, bool closing)
{
    send_on(transfer);
    if (readable && transfer->plain.state == LBI_PLAIN_HEAD)
        (void)receive(transfer, closing);
}

void lbi_plain_ready(struct lbi_transfer *transfer, uint32_t events)
{
    struct lbi_plain *plain = &transfer->plain;
    bool closing = (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0;
    bool readable = closing || (events & EPOLLIN) != 0;

    switch (plain->state) {
    case LBI_PLAIN_OFF:
        if (!lbi_socket_is_quiet(plain->fd))
            lbi_plain_drop(transfer);
        break;
    case LBI_PLAIN_CONNECTING:
        finish_connecting(transfer, readable, closing);
        break;
    case LBI_PLAIN_HEAD:
    case LBI_PLAIN_BODY:
        if (readable && receive(transfer, closing) == OVER)
            return;
        if (plain->sent < lbi_plain_request_len(transfer) && transfer->status < STOPS_SENDING)
            send_on(transfer);
        break;
    case LBI_PLAIN_WAITS:
    default:
        break;
    }
}

/* ---- the request -------------------------------------------------------------------------------
 */

static void join_list(struct lbi_transfer *transfer)
{
    struct lbi_plain *plain = &transfer->plain;
    struct lbi_loop *loop = transfer->loop;

    plain->state = LBI_PLAIN_WAITS;
    plain->next = NULL;
    if (loop->starting == NULL)
        loop->starting = transfer;
    else
        loop->starting_last->plain.next = transfer;
    loop->starting_last = transfer;
}

/*
 * Sent at once where a connection is there: the body was just made and is in the cache. All that
 * may end in a call of the owner waits for the loop.
 */
lb_err lbi_plain_post(struct lbi_transfer *transfer, const char *body, size_t len,
                      const char *extra_header)
{
    struct lbi_plain *plain = &transfer->plain;

    if (lbi_plain_set_request(plain, body, len, extra_header) != LB_OK)
        return LB_E_NOMEM;
    lbi_transfer_begin(transfer);
    plain->kept = plain->heard = false;
    lbi_plain_expect_answer(plain);
    if (lbi_plain_take_kept(transfer)) {
        if (lbi_plain_send(transfer) == 0)
            return LB_OK;
        transfer->reopened = true;
        plain->sent = 0;
        lbi_plain_drop(transfer);
    }
    join_list(transfer);
    return LB_OK;
}

static void leave_list(struct lbi_transfer *transfer)
{
    struct lbi_loop *loop = transfer->loop;
    struct lbi_transfer *before = NULL;

    for (struct lbi_transfer *t = loop->starting; t != transfer; t = t->plain.next)
        before = t;
    if (before == NULL)
        loop->starting = transfer->plain.next;
    else
        before->plain.next = transfer->plain.next;
    if (loop->starting_last == transfer)
        loop->starting_last = before;
}

void lbi_plain_abort(struct lbi_transfer *transfer)
{
    struct lbi_plain *plain = &transfer->plain;

    if (plain->state == LBI_PLAIN_WAITS)
        leave_list(transfer);
    /* Nobody answers there any more: libcurl looks the name up again for each connection. */
    if (plain->state == LBI_PLAIN_CONNECTING && plain->fd >= 0 &&
        !lbi_endpoint_is_literal(transfer->endpoint))
        transfer->loop->lost_way = true;
    plain->state = LBI_PLAIN_OFF;
    lbi_plain_drop(transfer);
}
