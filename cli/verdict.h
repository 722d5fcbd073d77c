/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.h - the report for people on stdout. */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include <litebench/litebench.h>

#include <stdbool.h>

/* Should stdout have colour? --color, then NO_COLOR, then whether it is a terminal. */
bool verdict_color(const lb_config *config);
/* The text report, or with `quiet` its verdict only. False when it could not be made. */
bool verdict_print(lb_ctx *ctx, const lb_report *report, bool quiet, bool color);

#endif
