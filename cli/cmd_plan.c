/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_plan.c - `litebench plan`: what a run would say, as JSON Lines on stdout. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "layers.h"
#include "workload.h"

static lb_err put_stdout(void *user, const char *data, size_t len)
{
    (void)user;
    return fwrite(data, 1, len, stdout) == len ? LB_OK : LB_E_USER;
}

static int print_plan(lb_ctx *ctx, const lb_config *config)
{
    lb_plan *plan = NULL;
    lb_err err = workload_plan(&plan, config);

    if (err != LB_OK)
        return fail_with(EXIT_USAGE, "plan", "%s", lb_ctx_error(ctx));
    err = lb_plan_write(plan, put_stdout, NULL);
    int code = EXIT_SUCCESS;
    if (err == LB_E_USER || (err == LB_OK && fflush(stdout) != 0))
        code = errno == EPIPE ? EXIT_SUCCESS
                              : fail_with(EXIT_NOT_MEASURED, "plan", "stdout: %s", strerror(errno));
    else if (err != LB_OK)
        code = fail_with(EXIT_NOT_MEASURED, "plan", "%s", lb_ctx_error(ctx));
    lb_plan_free(plan);
    return code;
}

int cmd_plan(char **args)
{
    struct faults faults = {"plan", 0};
    struct opt_line line;
    lb_config *config = NULL;
    int code = EXIT_USAGE;

    if (help_asked("plan", args))
        return EXIT_SUCCESS;
    struct opt_table table = opt_table_for("plan", NULL, 0);
    opt_parse(&line, &table, args, &faults);
    opt_limit_words(&line, 1, &faults); /* a URL, as for run, changes nothing */
    lb_ctx *ctx = command_context(&line);
    if (lb_config_new(&config, ctx) != LB_OK)
        return fail_with(EXIT_NOT_MEASURED, "plan", "%s", lb_ctx_error(ctx));
    layers_apply(config, ctx, &line, &faults);
    layers_check(config, ctx, false, &faults);
    if (faults.count == 0)
        code = print_plan(ctx, config);
    lb_config_free(config);
    lb_ctx_free(ctx);
    opt_line_free(&line);
    opt_table_free(&table);
    return code;
}
