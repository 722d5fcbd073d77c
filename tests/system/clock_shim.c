/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock_shim.c - for tests/system/test_clock.py, by LD_PRELOAD: a wall clock that somebody sets.
 * CLOCK_JUMPS="300:5000 700:-9000" means: 300 ms after the program began, 5 s forward, and so on.
 * Whatever shows the wall clock shows it, the kernel's stamps of arrival too, unless CLOCK_STAMPS
 * is "old". The monotonic clock stays as it is.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { JUMPS = 8 };

static const int64_t s = 1000000000;
static const int64_t ms = 1000000;

static struct {
    int64_t at_ns, by_ns; /* the true wall clock, and how far it is set */
} jumps[JUMPS];
static int jump_count;
static int stamps_too;

static int64_t true_ns(clockid_t id)
{
    struct timespec ts = {0, 0};

    (void)syscall(SYS_clock_gettime, id, &ts);
    return (int64_t)ts.tv_sec * s + ts.tv_nsec;
}

__attribute__((constructor)) static void read_jumps(void)
{
    const char *text = getenv("CLOCK_JUMPS");
    const char *stamps = getenv("CLOCK_STAMPS");
    char *end;

    stamps_too = stamps == NULL || strcmp(stamps, "old") != 0;
    while (text != NULL && jump_count < JUMPS) {
        int64_t after = strtoll(text, &end, 10);
        if (*end != ':')
            return;
        int64_t by = strtoll(end + 1, &end, 10);
        jumps[jump_count].at_ns = true_ns(CLOCK_REALTIME) + after * ms;
        jumps[jump_count++].by_ns = by * ms;
        text = end;
    }
}

/* What a wall clock that was set shows at this true time. */
static int64_t shown_ns(int64_t wall_ns)
{
    int64_t shown = wall_ns;

    for (int i = 0; i < jump_count; i++)
        shown += wall_ns >= jumps[i].at_ns ? jumps[i].by_ns : 0;
    return shown;
}

static struct timespec as_timespec(int64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / s), .tv_nsec = (long)(ns % s)};
}

int clock_gettime(clockid_t id, struct timespec *out)
{
    if (id != CLOCK_REALTIME)
        return (int)syscall(SYS_clock_gettime, id, out);
    *out = as_timespec(shown_ns(true_ns(CLOCK_REALTIME)));
    return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec ts = as_timespec(shown_ns(true_ns(CLOCK_REALTIME)));

    (void)zone;
    *out = (struct timeval){.tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out)
{
    time_t now = (time_t)(shown_ns(true_ns(CLOCK_REALTIME)) / s);

    if (out != NULL)
        *out = now;
    return now;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t got = syscall(SYS_recvmsg, fd, message, flags);

    if (got <= 0 || !stamps_too)
        return got;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        struct timespec ts;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&ts, CMSG_DATA(c), sizeof(ts));
        ts = as_timespec(shown_ns((int64_t)ts.tv_sec * s + ts.tv_nsec));
        memcpy(CMSG_DATA(c), &ts, sizeof(ts));
    }
    return got;
}
