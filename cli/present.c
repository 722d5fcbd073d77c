/* SPDX-License-Identifier: Apache-2.0 */
/* present.c - see present.h. */
#include "present.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
