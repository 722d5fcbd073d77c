/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * transfer_times.c - when the bytes of a transfer were sent and came. `sent` is the moment right
 * after the last byte of the request went to the kernel (libcurl then asks to be told of input
 * only); bytes carry the kernel's stamp while a first token is awaited, else the time of the
 * write callback (never the time of the wake-up, which can be before the data).
 */
#include "base/clock.h"
#include "net/stamp.h"
#include "net/transfer_internal.h"

#define SEND_NS LBI_NS_PER_MS /* sending one request into a free socket takes less */

int64_t lbi_transfer_arrival(struct lbi_transfer *transfer, bool *exact)
{
    int64_t now = lbi_clock_ns();
    int64_t stamp = transfer->stamp_ns;
    struct lbi_loop *loop = transfer->loop;

    loop->now_ns = now;
    lbi_hist_add(&loop->lag.callback, now - loop->woke_ns);
    /* A stamp from before the request, or from the future, is a stepped wall clock's. */
    *exact = stamp > transfer->start_ns && stamp <= now;
    if (!*exact)
        return now;
    lbi_hist_add(&loop->lag.read, now - stamp);
    return stamp;
}

void lbi_transfer_came(struct lbi_transfer *transfer, size_t len)
{
    if (len > transfer->stamped)
        transfer->stamp_ns = 0;
    else
        transfer->stamped -= len;
}

ssize_t lbi_transfer_read(struct lbi_transfer *transfer, int fd, char *bytes, size_t room,
                          int flags)
{
    int64_t offset;
    int64_t stamp;

    ssize_t got = lbi_stamp_read(fd, bytes, room, flags, &stamp);
    bool same_clock = lbi_loop_wall_offset(transfer->loop, &offset);
    transfer->stamp_ns = stamp > 0 && same_clock ? stamp - offset : 0;
    transfer->stamped = got > 0 ? (size_t)got : 0;
    return got;
}

/*
 * Usually some ten microseconds lie between the start of sending and here. If it was long although
 * the socket took all at once, this thread was held up, most likely right after sending, when the
 * server woke: then the start is nearer to the truth, and never flatters the server.
 */
void lbi_transfer_note_sent(struct lbi_transfer *transfer)
{
    int64_t now = lbi_clock_ns();
    int64_t took = transfer->ready_ns != LB_UNKNOWN ? now - transfer->ready_ns : 0;
    bool held_up = took > SEND_NS && !transfer->sent_waits;

    transfer->sent_ns = held_up ? transfer->ready_ns : now;
    transfer->sent_method = held_up ? LBI_SENT_PREREQ : LBI_SENT_POLL_IN;
    if (held_up)
        lbi_hist_add(&transfer->loop->lag.callback, took);
}

void lbi_transfer_settle_sent(struct lbi_transfer *transfer, int64_t fallback_ns)
{
    /* An answer that came before the request was whole left no moment between. */
    bool unseen = transfer->sent_ns == LB_UNKNOWN || transfer->sent_ns > transfer->first_byte_ns;

    if (transfer->first_byte_ns == LB_UNKNOWN)
        return;
    if (unseen) {
        bool ready = transfer->ready_ns != LB_UNKNOWN;
        transfer->sent_ns = ready ? transfer->ready_ns : fallback_ns;
        transfer->sent_method = ready ? LBI_SENT_PREREQ : LBI_SENT_PRETRANSFER;
    }
    if (transfer->sent_ns > transfer->first_byte_ns)
        transfer->sent_ns = transfer->first_byte_ns;
}
