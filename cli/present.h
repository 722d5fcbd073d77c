/* SPDX-License-Identifier: Apache-2.0 */
/* present.h - a report that was made from files: into the outputs asked for, and to stdout. */
#ifndef CLI_PRESENT_H
#define CLI_PRESENT_H

#include "output.h"

/* 0, or the exit code after saying what could not be written. `dataset` may be NULL. */
int present(const char *command, lb_ctx *ctx, const lb_config *config, struct outputs *outputs,
            const lb_report *report, const lb_dataset *dataset);

#endif
