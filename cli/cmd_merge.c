/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_merge.c - `litebench merge`: the shards of one run to one result. Takes their records as
 * NDJSON, or the logs of their pods, which end in a block of records.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "cmd.h"
#include "file.h"
#include "present.h"

static int bad_file(const char *path, const char *what)
{
    return fail_with(EXIT_USAGE, "merge", "%s: %s", path, what);
}

/* From the log of a pod or from NDJSON into `out`. */
static int load(lb_dataset *out, lb_ctx *ctx, const char *path)
{
    size_t len = 0;
    size_t block_len = 0;
    const char *fault;
    char *text = file_read(path, &len);

    if (text == NULL)
        return bad_file(path, strerror(errno));
    char *block = block_read(text, len, &block_len, &fault);
    int code = 0;
    if (fault[0] != '\0')
        code = bad_file(path, fault);
    else if (lb_dataset_load(out, block != NULL ? block : text, block != NULL ? block_len : len) !=
             LB_OK)
        code = bad_file(path, lb_ctx_error(ctx));
    free(block);
    free(text);
    return code;
}

static int add_file(lb_dataset *all, lb_ctx *ctx, const char *path)
{
    lb_dataset *one = NULL;
    int code = 0;

    if (lb_dataset_new(&one, ctx) != LB_OK)
        return bad_file(path, lb_ctx_error(ctx));
    code = load(one, ctx, path);
    if (code == 0 && lb_dataset_merge(all, one) != LB_OK)
        code = bad_file(path, lb_ctx_error(ctx));
    lb_dataset_free(one);
    return code;
}

static int merge(lb_ctx *ctx, const lb_config *config, struct outputs *outputs,
                 const struct opt_line *line)
{
    lb_dataset *all = NULL;
    lb_report *report = NULL;
    int code = 0;

    if (lb_dataset_new(&all, ctx) != LB_OK)
        return fail_with(EXIT_NOT_MEASURED, "merge", "%s", lb_ctx_error(ctx));
    for (size_t i = 0; i < line->word_count && code == 0; i++)
        code = add_file(all, ctx, line->words[i]);
    if (code == 0 && lb_report_new(&report, all, config) != LB_OK)
        code = fail_with(EXIT_USAGE, "merge", "%s", lb_ctx_error(ctx));
    if (code == 0 && !outputs_open(outputs, "merge"))
        code = EXIT_NOT_MEASURED;
    if (code == 0)
        code = present("merge", ctx, config, outputs, report, all);
    if (code == 0)
        code = (int)lb_report_exit_code(report);
    lb_report_free(report);
    lb_dataset_free(all);
    return code;
}

int cmd_merge(char **args)
{
    struct shown_files files;
    int code;

    if (help_asked("merge", args))
        return EXIT_SUCCESS;
    if (shown_files_read(
            &files, "merge", args,
            "no file; give the records of each shard (.ndjson) or the logs of the pods", &code))
        code = merge(files.ctx, files.config, &files.outputs, &files.line);
    shown_files_free(&files);
    return code;
}
