/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opt.h - command lines by table: --flag=value, --flag value, --no-flag, -abc, -p8, "--". No
 * abbreviations: a new option must never change what an old command line means.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <litebench/litebench.h>

#include "say.h"

/* A row for a flag that one command has alone. */
#define OPT_OWN_FLAG(command_, group_, flag_, help_)                                               \
    {                                                                                              \
        .name = command_ "." flag_, .flag = flag_, .alias = "", .group = group_,                   \
        .commands = command_, .value_name = "", .choices = "", .dflt = "false", .env = "",         \
        .help = help_, .example = "", .since = "0.1", .kind = LB_OPT_BOOL, .basic = 1              \
    }

/* The options that one command takes. */
struct opt_table {
    lb_opt_info *rows;
    size_t count;
};

struct opt_value {
    const lb_opt_info *info;
    char *flag; /* as typed: "--parallel"; "--workers" for -p */
    const char *value;
};

struct opt_line {
    struct opt_value *values;
    size_t count;
    const char **words; /* what is no option */
    size_t word_count;
    bool unknown; /* a flag was not known, so a word may have been its value */
};

/* The library's options for a command, then `more`. */
struct opt_table opt_table_for(const char *command, const lb_opt_info *more, size_t count);
void opt_table_free(struct opt_table *table);
/* Is `command` one of the words of info->commands? */
bool opt_belongs(const lb_opt_info *info, const char *command);
/* Commands that know this flag, or NULL: for those who typed it at the wrong one. */
const char *opt_owner(const char *flag);

/* Every fault is said. Values point into argv. */
void opt_parse(struct opt_line *out, const struct opt_table *table, char **args,
               struct faults *faults);
void opt_line_free(struct opt_line *line);
/* The last value given for an option, or NULL. */
const char *opt_last(const struct opt_line *line, const char *name);
/* Was a bool given and not taken back? */
bool opt_is_on(const struct opt_line *line, const char *name);
/* Says that words are too many when there are more than `most`. */
void opt_limit_words(const struct opt_line *line, size_t most, struct faults *faults);

#endif
