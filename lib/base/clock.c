/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - see clock.h. The only place that asks the system for the time. */
#include "base/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;

    (void)clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * LBI_NS_PER_S + ts.tv_nsec;
}

int64_t lbi_clock_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t lbi_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t lbi_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t lbi_wall_offset_ns(void)
{
    int64_t best_width = INT64_MAX;
    int64_t offset = 0;

    /* The narrowest of several sandwiches: an interrupt between the readings would skew one. */
    for (int i = 0; i < 20; i++) {
        int64_t before = read_clock(CLOCK_MONOTONIC);
        int64_t wall = read_clock(CLOCK_REALTIME);
        int64_t after = read_clock(CLOCK_MONOTONIC);
        if (after - before < best_width) {
            best_width = after - before;
            offset = wall - (before + (after - before) / 2);
        }
    }
    return offset;
}

void lbi_clock_iso(char *out, size_t size)
{
    time_t now = time(NULL);
    struct tm tm;

    if (gmtime_r(&now, &tm) == NULL || strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        out[0] = '\0';
}

/* "VmHWM:     5120 kB" of /proc; 0 when it cannot be had. */
static int64_t high_water_kb(void)
{
    static const char name[] = "\nVmHWM:";
    char status[4096];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return 0;
    ssize_t len = read(fd, status, sizeof(status) - 1);
    (void)close(fd);
    status[len > 0 ? len : 0] = '\0';
    const char *line = strstr(status, name);
    return line != NULL ? strtoll(line + strlen(name), NULL, 10) : 0;
}

/* What getrusage tells may be the peak of whoever started this program: it survives an exec. */
int64_t lbi_peak_rss_bytes(void)
{
    struct rusage usage;
    int64_t own = high_water_kb();

    if (own > 0)
        return own * 1024;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (int64_t)usage.ru_maxrss * 1024;
}
