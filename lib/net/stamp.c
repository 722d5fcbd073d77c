/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp.c - SO_TIMESTAMPNS. A read has the stamp of the last segment that it takes from, so none of
 * its bytes arrived later: exact while the reader is less than one token behind, and never worse
 * than the clock of user space. What it left may well have come later.
 */
#include "net/stamp.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

void lbi_stamp_enable(int fd)
{
    int on = 1;

    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
}

ssize_t lbi_stamp_read(int fd, char *bytes, size_t room, int flags, int64_t *stamp_ns)
{
    union {
        struct cmsghdr align;
        char room[128];
    } control;
    struct iovec vec = {.iov_base = bytes, .iov_len = room};
    struct msghdr message = {.msg_iov = &vec,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};

    *stamp_ns = 0;
    ssize_t got = recvmsg(fd, &message, flags | MSG_DONTWAIT);
    if (got <= 0)
        return got;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL; c = CMSG_NXTHDR(&message, c)) {
        struct timespec ts;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&ts, CMSG_DATA(c), sizeof(ts));
        *stamp_ns = (int64_t)ts.tv_sec * LBI_NS_PER_S + ts.tv_nsec;
    }
    return got;
}

int lbi_stamp_warm(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0)
        lbi_stamp_enable(fd);
    return fd;
}
