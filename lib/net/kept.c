/* SPDX-License-Identifier: Apache-2.0 */
/* kept.c - see kept.h. A stack, whose entries know where they are. */
#include "net/kept.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

bool lbi_socket_is_quiet(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

lb_err lbi_kept_add(struct lbi_loop *loop, int fd)
{
    void *items = loop->kept;

    if (lbi_grow(loop->mem, &items, &loop->kept_cap, loop->kept_count, sizeof(*loop->kept)) !=
        LB_OK)
        return LB_E_NOMEM;
    loop->kept = items;
    loop->kept[loop->kept_count++] = fd;
    loop->by_fd[fd] = (struct lbi_reader){.kept = loop->kept_count};
    return LB_OK;
}

static void take_out(struct lbi_loop *loop, int fd)
{
    size_t slot = loop->by_fd[fd].kept;
    int last = loop->kept[--loop->kept_count];

    loop->kept[slot - 1] = last;
    loop->by_fd[last].kept = slot;
    loop->by_fd[fd] = (struct lbi_reader){0};
}

int lbi_kept_take(struct lbi_loop *loop)
{
    while (loop->kept_count > 0) {
        int fd = loop->kept[loop->kept_count - 1];
        take_out(loop, fd);
        if (lbi_socket_is_quiet(fd))
            return fd;
        (void)close(fd);
    }
    return -1;
}

void lbi_kept_look(struct lbi_loop *loop, int fd)
{
    if (lbi_socket_is_quiet(fd)) /* the event was for who had it before */
        return;
    take_out(loop, fd);
    (void)close(fd);
}

void lbi_kept_free(struct lbi_loop *loop)
{
    for (size_t i = 0; i < loop->kept_count; i++)
        (void)close(loop->kept[i]);
    lbi_free(loop->mem, loop->kept);
    loop->kept = NULL;
    loop->kept_count = loop->kept_cap = 0;
}
