/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h - results in files. Each is opened before anything is measured, written as FILE.part
 * and takes its name when it is whole: no reader ever sees half a result under the final name.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <litebench/litebench.h>

#include "say.h"
#include "sink.h"

struct output {
    const char *format; /* "json" */
    struct sink sink;
};

struct outputs {
    struct output *items;
    size_t count;
    bool stdout_taken; /* one of them is stdout, so nothing else may be */
};

/* From output.file of the configuration; every fault is said. */
void outputs_plan(struct outputs *out, const lb_config *config, struct faults *faults);
/* Says what will not be writable, without touching it. */
bool outputs_probe(const struct outputs *out, const char *command);
/* Opens all; says what is not writable. */
bool outputs_open(struct outputs *out, const char *command);
/* Those that take records while a run goes on: it writes them itself. */
lb_err outputs_tee(struct outputs *out, lb_run *run);
/* Finishes those alone, when no report can be made: the records of a run are worth keeping. */
void outputs_keep_records(struct outputs *out);
void outputs_flush(struct outputs *out);
/* Writes the others. `dataset` may be NULL, when only a report is there. */
bool outputs_write(struct outputs *out, lb_ctx *ctx, const lb_report *report,
                   const lb_dataset *dataset, bool teed, const char *command);
/* The same text to each of them. */
bool outputs_write_text(struct outputs *out, const char *text, size_t len, const char *command);
/* Does one of them want more than the report, and is not written while a run goes on? */
bool outputs_need_records(const struct outputs *out);
/* Removes what was not finished. */
void outputs_free(struct outputs *out);

#endif
