/* SPDX-License-Identifier: Apache-2.0 */
/*
 * completion.h - what the three shells have in common: which command takes which flag, and what can
 * follow it. Everything comes from the tables of commands and options; no shell file names an
 * option. Tested in the real shells by tests/system/test_completion.py.
 */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cmd.h"

enum completion_kind {
    COMPLETION_NOTHING, /* the option takes no value */
    COMPLETION_ANY,     /* a value that nobody can guess */
    COMPLETION_WORDS,
    COMPLETION_FILE,
    COMPLETION_FOLDER,
    COMPLETION_SETTING, /* a full option name and "=" */
};

enum completion_kind completion_kind(const lb_opt_info *info);
/* The words that can follow an option, separated by blanks; the caller frees the text. */
char *completion_words(const lb_opt_info *info);
/* The same for the words of a command that are no options; "" when there is none to guess. */
char *completion_operands(const struct command *command);
/* Does the command read files? */
bool completion_takes_files(const struct command *command);
/* A bool that is on by itself is only of use as --no-flag. */
const char *completion_prefix(const lb_opt_info *info);

void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

#endif
