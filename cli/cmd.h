/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.h - the commands. Each gets the arguments behind its name, up to a NULL, and gives the exit
 * code. main.c holds the table of them. */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "opt.h"

struct command {
    const char *name;
    const char *help; /* one line */
    int (*run)(char **args);
    const char *usage;    /* behind "litebench " */
    const char *examples; /* lines, each ending in \n */
    /* Options of this command alone, beside the library's; may be NULL. */
    const lb_opt_info *(*own_options)(size_t *count);
};

/* Up to one without a name. */
extern const struct command commands[];
const struct command *command_find(const char *name);

int cmd_run(char **args);
int cmd_plan(char **args);
int cmd_report(char **args);
int cmd_merge(char **args);
int cmd_doctor(char **args);
int cmd_selftest(char **args);
int cmd_simulate(char **args);
int cmd_options(char **args);
int cmd_completion(char **args);
int cmd_help(char **args);

/* A context that talks on stderr, as --quiet and --verbose have it (`line` may be NULL); the
 * program ends when there is none. */
lb_ctx *command_context(const struct opt_line *line);

/* All options of a command, those of the library and its own. */
struct opt_table command_options(const struct command *command);
/* --help in `args`? Then it was answered. */
bool help_asked(const char *command, char **args);
void help_top(void);
/* Options that only one command has. */
const lb_opt_info *options_options(size_t *count);
const lb_opt_info *selftest_options(size_t *count);

#endif
