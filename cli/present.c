/* SPDX-License-Identifier: Apache-2.0 */
/* present.c - see present.h. */
#include "present.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "layers.h"
#include "verdict.h"

int present(const char *command, lb_ctx *ctx, const lb_config *config, struct outputs *outputs,
            const lb_report *report, const lb_dataset *dataset)
{
    bool quiet = layers_on(config, "output.quiet");

    if (!outputs_write(outputs, ctx, report, dataset, false, command))
        return EXIT_NOT_MEASURED;
    if (outputs->stdout_taken)
        return 0;
    if (!verdict_print(ctx, report, quiet, verdict_color(config)))
        return fail_with(EXIT_NOT_MEASURED, command, "%s", lb_ctx_error(ctx));
    if (fflush(stdout) != 0 && errno != EPIPE)
        return fail_with(EXIT_NOT_MEASURED, command, "stdout: %s", strerror(errno));
    return 0;
}

bool shown_files_read(struct shown_files *out, const char *command, char **args,
                      const char *nothing, int *code)
{
    *out = (struct shown_files){.faults = {command, 0}};
    *code = EXIT_USAGE;
    out->table = opt_table_for(command, NULL, 0);
    opt_parse(&out->line, &out->table, args, &out->faults);
    out->ctx = command_context(&out->line);
    if (lb_config_new(&out->config, out->ctx) != LB_OK) {
        *code = fail_with(EXIT_NOT_MEASURED, command, "%s", lb_ctx_error(out->ctx));
        return false;
    }
    layers_apply(out->config, out->ctx, &out->line, &out->faults);
    layers_check(out->config, out->ctx, false, &out->faults);
    outputs_plan(&out->outputs, out->config, &out->faults);
    layers_exit_zero(out->config, out->ctx, &out->faults);
    if (out->line.word_count == 0)
        fault(&out->faults, "%s", nothing);
    return out->faults.count == 0;
}

void shown_files_free(struct shown_files *files)
{
    outputs_free(&files->outputs);
    lb_config_free(files->config);
    lb_ctx_free(files->ctx);
    opt_line_free(&files->line);
    opt_table_free(&files->table);
}
