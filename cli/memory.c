/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - see memory.h. The program may do to itself what the library may not. */
#include "memory.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void memory_hide(void)
{
    struct rlimit limit;

    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (getrlimit(RLIMIT_CORE, &limit) != 0)
        return;
    limit.rlim_cur = 0;
    (void)setrlimit(RLIMIT_CORE, &limit);
}

void memory_settle(bool core)
{
    struct rlimit limit = {0, 0};

    if (core && getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    }
    (void)setrlimit(RLIMIT_CORE, &limit);
}
