/* SPDX-License-Identifier: Apache-2.0 */
/* quota.h - does the plan fit what the key may spend in a minute? */
#ifndef CLI_QUOTA_H
#define CLI_QUOTA_H

#include <litebench/litebench.h>

#include <stdbool.h>

#include "workload.h"

struct quota {
    int64_t requests, tokens; /* a minute; LB_UNKNOWN */
};

bool quota_known(const struct quota *quota);
/* Words for the user when the plan wants more than that, NULL when it fits or nothing is known. The
 * caller frees them. */
char *quota_warning(const struct quota *quota, const struct estimate *estimate);

#endif
