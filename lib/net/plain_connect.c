/* SPDX-License-Identifier: Apache-2.0 */
/* plain_connect.c - the connection of a chat over a bare socket: opened, kept, dropped. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/kept.h"
#include "net/plain_internal.h"
#include "net/stamp.h"

void lbi_plain_drop(struct lbi_transfer *transfer)
{
    struct lbi_plain *plain = &transfer->plain;

    if (plain->fd < 0)
        return;
    lbi_loop_forget(transfer->loop, plain->fd);
    (void)close(plain->fd);
    plain->fd = -1;
}

static bool connect_to(struct lbi_transfer *transfer, const struct lbi_plain_address *to)
{
    struct lbi_plain *plain = &transfer->plain;
    int on = 1;
    int fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return false;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    lbi_stamp_enable(fd);
    if ((connect(fd, (const struct sockaddr *)&to->at, to->len) != 0 && errno != EINPROGRESS) ||
        lbi_loop_add_socket(transfer->loop, fd, transfer) != LB_OK) {
        int error = errno;
        transfer->lacks_memory |= error == ENOMEM;
        lbi_loop_forget(transfer->loop, fd);
        (void)close(fd);
        errno = error;
        return false;
    }
    plain->fd = fd;
    plain->kept = false;
    plain->state = LBI_PLAIN_CONNECTING;
    transfer->opened = 1;
    return true;
}

static size_t address_of(const struct lbi_transfer *transfer)
{
    const struct lbi_plain *plain = &transfer->plain;

    return (plain->first_address + plain->refusals) % transfer->endpoint->plain.count;
}

bool lbi_plain_connect_next(struct lbi_transfer *transfer)
{
    const struct lbi_plain_way *way = &transfer->endpoint->plain;
    struct lbi_plain *plain = &transfer->plain;

    for (; plain->refusals < way->count; plain->refusals++) {
        if (connect_to(transfer, &way->to[address_of(transfer)]))
            return true;
    }
    return false;
}

void lbi_plain_note_connected(struct lbi_transfer *transfer)
{
    struct lbi_plain *plain = &transfer->plain;

    transfer->connect_ns = transfer->ready_ns - plain->connect_from_ns;
    plain->first_address = address_of(transfer);
    plain->state = LBI_PLAIN_HEAD;
}

bool lbi_plain_take_kept(struct lbi_transfer *transfer)
{
    struct lbi_plain *plain = &transfer->plain;
    struct lbi_loop *loop = transfer->loop;

    if (plain->fd >= 0 && !lbi_socket_is_quiet(plain->fd))
        lbi_plain_drop(transfer);
    if (plain->fd < 0 && transfer->endpoint->set->connections == LBI_CONN_REUSE)
        plain->fd = lbi_kept_take(loop);
    if (plain->fd < 0)
        return false;
    loop->by_fd[plain->fd] = (struct lbi_reader){.transfer = transfer};
    plain->kept = true;
    plain->state = LBI_PLAIN_HEAD;
    return true;
}

void lbi_plain_leave_connection(struct lbi_transfer *transfer)
{
    struct lbi_plain *plain = &transfer->plain;
    int32_t kind = transfer->endpoint->set->connections;
    bool through = plain->over && !plain->excess && plain->sent == lbi_plain_request_len(transfer);

    if (!through || !lbi_head_keeps(&plain->head) || kind == LBI_CONN_NEW)
        lbi_plain_drop(transfer);
    else if (kind == LBI_CONN_REUSE && lbi_kept_add(transfer->loop, plain->fd) == LB_OK)
        plain->fd = -1;
    else if (kind == LBI_CONN_REUSE)
        transfer->lacks_memory = true;
}
