/* SPDX-License-Identifier: Apache-2.0 */
/* discover.h - what the endpoint says of itself before a run: its models and their context. */
#ifndef CLI_DISCOVER_H
#define CLI_DISCOVER_H

#include <litebench/litebench.h>

#include <stdbool.h>

#include "quota.h"

/* Sets target.model when none was given and plan.context when the endpoint knows it, and *quota to
 * what its headers say. 0, or the exit code after saying why not. */
int discover(lb_config *config, lb_ctx *ctx, bool quiet, struct quota *quota);

#endif
