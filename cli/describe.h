/* SPDX-License-Identifier: Apache-2.0 */
/* describe.h - the tables as JSON, for programs that make manuals, completions and bindings. */
#ifndef CLI_DESCRIBE_H
#define CLI_DESCRIBE_H

#include <litebench/litebench.h>

#include <stdbool.h>

void describe_text(const char *text);
void describe_member(const char *name, const char *text);
/* A row of the table; the first opens the array, whoever calls closes it. */
void describe_option(const lb_opt_info *info, bool first);
/* {"commands":[{"name","help","usage","examples","options":[...]}],"topics":["slo"]}, or names
 * and help as lines. */
void describe_commands(bool json);

#endif
