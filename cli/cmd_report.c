/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_report.c - `litebench report`: stored results again. Records are computed anew, a stored
 * report is shown as it is. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "file.h"
#include "layers.h"
#include "present.h"
#include "save.h"

struct shown {
    lb_report *report;
    lb_dataset *dataset; /* NULL: only the report was stored */
};

static int failed(lb_ctx *ctx, const char *path)
{
    return fail_with(EXIT_USAGE, "report", "%s: %s", path, lb_ctx_error(ctx));
}

/* A report is one JSON object over several lines or one; records have their schema in front. */
static bool is_records(const char *text, size_t len)
{
    static const char schema[] = "litebench.records/";
    size_t line = strcspn(text, "\n");

    line = line < len ? line : len;
    return memmem(text, line, schema, sizeof(schema) - 1) != NULL;
}

static int load(struct shown *out, lb_ctx *ctx, const lb_config *config, const char *path)
{
    size_t len = 0;
    char *text = file_read(path, &len);
    lb_err err;

    if (text == NULL)
        return fail_with(EXIT_USAGE, "report", "%s: %s", path, strerror(errno));
    if (!is_records(text, len)) {
        err = lb_report_load(&out->report, ctx, text, len);
        if (err == LB_OK && layers_given(config, "judge.slo")) {
            free(text);
            return fail_with(EXIT_USAGE, "report",
                             "%s: holds no records, so --slo cannot be judged; give the .ndjson",
                             path);
        }
    } else {
        err = lb_dataset_new(&out->dataset, ctx);
        if (err == LB_OK)
            err = lb_dataset_load(out->dataset, text, len);
        if (err == LB_OK)
            err = lb_report_new(&out->report, out->dataset, config);
    }
    free(text);
    return err == LB_OK ? 0 : failed(ctx, path);
}

/* Exit code of one file: 0, unless objectives were given or something went wrong. */
static int report_file(lb_ctx *ctx, const lb_config *config, struct outputs *outputs,
                       const char *word)
{
    struct shown shown = {NULL, NULL};
    char *last = strcmp(word, "last") == 0 ? save_last() : NULL;
    const char *path = last != NULL ? last : word;

    if (last == NULL && strcmp(word, "last") == 0)
        return fail_with(EXIT_USAGE, "report", "last: no run was kept yet");
    int code = load(&shown, ctx, config, path);
    if (code == 0 && !outputs_open(outputs, "report"))
        code = EXIT_NOT_MEASURED;
    if (code == 0)
        code = present("report", ctx, config, outputs, shown.report, shown.dataset);
    if (code == 0 && layers_given(config, "judge.slo"))
        code = (int)lb_report_exit_code(shown.report);
    lb_report_free(shown.report);
    lb_dataset_free(shown.dataset);
    free(last);
    return code;
}

static int report_all(lb_ctx *ctx, const lb_config *config, struct outputs *outputs,
                      const struct opt_line *line)
{
    int worst = 0;

    for (size_t i = 0; i < line->word_count; i++) {
        if (line->word_count > 1)
            (void)printf("%s== %s\n", i > 0 ? "\n" : "", line->words[i]);
        int code = report_file(ctx, config, outputs, line->words[i]);
        worst = worst == 0 ? code : worst;
    }
    return worst;
}

int cmd_report(char **args)
{
    struct shown_files files;
    int code;

    if (help_asked("report", args))
        return EXIT_SUCCESS;
    bool good = shown_files_read(&files, "report", args,
                                 "no file; give stored results (.ndjson or .json), or last", &code);
    if (files.line.word_count > 1 && files.outputs.count > 0) {
        fault(&files.faults, "--output takes one result; give one file");
        good = false;
    }
    if (good)
        code = report_all(files.ctx, files.config, &files.outputs, &files.line);
    shown_files_free(&files);
    return code;
}
