/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block.h - results that travel through the log of a pod: framed, with length and checksum, so that
 * a log that was cut, rotated or mixed up is never taken for a result.
 */
#ifndef CLI_BLOCK_H
#define CLI_BLOCK_H

#include <litebench/litebench.h>

#include <stdbool.h>

/* Writes the records and the report of a run to stdout, each in its frame. */
bool block_emit(lb_ctx *ctx, const lb_report *report, const lb_dataset *dataset, const char *shard);
/*
 * The bytes of the last frame of records in a text; NULL when there is none. *fault says what is
 * wrong with it when it is no good ("" when none was found). The caller frees the result.
 */
char *block_read(const char *text, size_t text_len, size_t *len, const char **fault);
/* The outcome in few bytes, for the termination message of a pod. */
bool block_message(const char *path, const lb_report *report, const char *shard);

#endif
