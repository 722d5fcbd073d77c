/* SPDX-License-Identifier: Apache-2.0 */
/* dry_run.h - run --dry-run: what would happen, and why; sends nothing. */
#ifndef CLI_DRY_RUN_H
#define CLI_DRY_RUN_H

#include <litebench/litebench.h>

/* Gives the exit code. */
int dry_run(const lb_config *config, lb_ctx *ctx);

#endif
