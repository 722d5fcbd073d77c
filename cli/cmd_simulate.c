/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_simulate.c - `litebench simulate`: its options by the same parser as everybody's. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "simulate/simulate.h"

/* "simulate.ttft: what" -> "--ttft: what" */
static void set_option(struct simulate_config *config, const struct opt_value *given,
                       struct faults *faults)
{
    char error[512] = "";
    size_t name = strlen(given->info->name);

    if (simulate_config_set(config, given->info->name, given->value, error, sizeof(error)) == 0)
        return;
    bool named = strncmp(error, given->info->name, name) == 0 && error[name] == ':';
    const char *what = named ? error + name + 1 : error;
    if (given->info->example[0] != '\0')
        fault(faults, "%s:%s; for example %s %s", given->flag, what, given->flag,
              given->info->example);
    else
        fault(faults, "%s:%s", given->flag, what);
}

int cmd_simulate(char **args)
{
    struct faults faults = {"simulate", 0};
    struct opt_line line;
    size_t count = 0;
    const lb_opt_info *rows = simulate_options(&count);
    int code = EXIT_USAGE;

    if (help_asked("simulate", args))
        return EXIT_SUCCESS;
    struct opt_table table = opt_table_for("simulate", rows, count);
    struct simulate_config *config = simulate_config_new();
    if (config == NULL)
        return fail_with(EXIT_NOT_MEASURED, "simulate", "out of memory");
    opt_parse(&line, &table, args, &faults);
    opt_limit_words(&line, 0, &faults);
    for (size_t i = 0; i < line.count; i++)
        set_option(config, &line.values[i], &faults);
    if (faults.count == 0)
        code = simulate_run(config);
    simulate_config_free(config);
    opt_line_free(&line);
    opt_table_free(&table);
    return code;
}
