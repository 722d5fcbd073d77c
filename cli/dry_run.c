/* SPDX-License-Identifier: Apache-2.0 */
/* dry_run.c - every effective value with its origin, and the estimate of the plan. */
#include "dry_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers.h"
#include "workload.h"

/* Some put a key into the query of a URL; it is not sent, and not shown. */
static char *fit_to_show(const char *name, const char *value)
{
    size_t len = strcspn(value, "?");

    if (strcmp(name, "target.url") == 0 && value[len] != '\0')
        return need_text("%.*s?***", (int)len, value);
    return need_text("%s", value);
}

static void put_value(const lb_config *config, const lb_opt_info *info)
{
    const char *origin = "";
    const char *value;
    bool any = false;

    (void)lb_config_origin(config, &origin, info->name);
    for (size_t i = 0; lb_config_get(config, &value, info->name, i) == LB_OK; i++) {
        if (value[0] == '\0')
            continue;
        char *text = fit_to_show(info->name, value);
        (void)printf("%-26s %-30s %s\n", any ? "" : info->name, text, any ? "" : origin);
        free(text);
        any = true;
    }
    if (!any)
        (void)printf("%-26s %-30s %s\n", info->name, "-", origin);
}

int dry_run(const lb_config *config, lb_ctx *ctx)
{
    lb_plan *plan = NULL;
    lb_opt_info info;

    if (workload_plan(&plan, config) != LB_OK)
        return fail_with(EXIT_USAGE, "run", "%s", lb_ctx_error(ctx));
    for (size_t i = 0; lb_opt_at(&info, sizeof(info), i) == LB_OK; i++) {
        if (opt_belongs(&info, "run") && strncmp(info.name, "config.", 7) != 0)
            put_value(config, &info);
    }
    struct estimate estimate = workload_estimate(plan, config);
    char *text = workload_summary(&estimate, plan, config);
    (void)printf("\nworkload %s: %s\nNothing was sent.\n", lb_plan_hash(plan), text);
    free(text);
    workload_warn(config);
    lb_plan_free(plan);
    return EXIT_SUCCESS;
}
