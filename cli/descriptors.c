/* SPDX-License-Identifier: Apache-2.0 */
/* descriptors.c - see descriptors.h. The program may do to itself what the library may not. */
#include "descriptors.h"

#include <sys/resource.h>

void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}
