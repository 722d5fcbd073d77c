/* SPDX-License-Identifier: Apache-2.0 */
/* present.h - a report that was made from files: into the outputs asked for, and to stdout. */
#ifndef CLI_PRESENT_H
#define CLI_PRESENT_H

#include "opt.h"
#include "output.h"

/* A command that shows results from files. */
struct shown_files {
    lb_ctx *ctx;
    lb_config *config;
    struct outputs outputs;
    struct opt_line line; /* its words are the files */
    struct opt_table table;
    struct faults faults;
};

/* Reads the command line; `nothing` is said when it names no file. False: `*code` is the end. */
bool shown_files_read(struct shown_files *out, const char *command, char **args,
                      const char *nothing, int *code);
void shown_files_free(struct shown_files *files);

/* 0, or the exit code after saying what could not be written. `dataset` may be NULL. */
int present(const char *command, lb_ctx *ctx, const lb_config *config, struct outputs *outputs,
            const lb_report *report, const lb_dataset *dataset);

#endif
