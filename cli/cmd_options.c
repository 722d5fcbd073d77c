/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_options.c - `litebench options`: the table for people and, as JSON, for programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "describe.h"

static const lb_opt_info own[] = {
    OPT_OWN_FLAG("options", "Output", "json", "as a JSON array"),
    OPT_OWN_FLAG("options", "Output", "presets", "the presets and what each sets"),
    OPT_OWN_FLAG("options", "Output", "commands",
                 "the commands; with --json also their usage, examples and options"),
};

const lb_opt_info *options_options(size_t *count)
{
    *count = sizeof(own) / sizeof(own[0]);
    return own;
}

static void put_row(const lb_opt_info *info, const char **group)
{
    if (strcmp(*group, info->group) != 0)
        (void)printf("%s%s\n", (*group)[0] != '\0' ? "\n" : "", info->group);
    *group = info->group;
    (void)printf("  %-26s %s%-20s %s\n", info->name, info->flag[0] != '\0' ? "--" : "  ",
                 info->flag, info->help);
    if (info->dflt[0] != '\0' && strcmp(info->dflt, "false") != 0)
        (void)printf("  %-26s default %s\n", "", info->dflt);
    if (info->choices[0] != '\0')
        (void)printf("  %-26s one of %s\n", "", info->choices);
    if (info->env[0] != '\0')
        (void)printf("  %-26s environment %s\n", "", info->env);
}

static void list_options(bool json)
{
    const char *group = "";
    lb_opt_info info;

    for (size_t i = 0; lb_opt_at(&info, sizeof(info), i) == LB_OK; i++) {
        if (json)
            describe_option(&info, i == 0);
        else
            put_row(&info, &group);
    }
    if (json)
        (void)puts("\n]");
    else
        (void)puts("\nEvery option is also read from LITEBENCH_GROUP_NAME in the environment and "
                   "from\n--config FILE; see litebench help environment.");
}

static void put_preset_value(const lb_config *config, const lb_opt_info *info)
{
    const char *value;

    (void)printf("  %-22s", info->name);
    for (size_t i = 0; lb_config_get(config, &value, info->name, i) == LB_OK; i++)
        (void)printf("%s%s", i > 0 ? ", " : " ", value);
    (void)putchar('\n');
}

static void list_preset(lb_ctx *ctx, const char *name, const char *help)
{
    lb_config *config = NULL;
    lb_opt_info info;

    (void)printf("%s: %s\n", name, help);
    if (lb_config_new(&config, ctx) == LB_OK && lb_config_preset(config, name) == LB_OK) {
        for (size_t i = 0; lb_opt_at(&info, sizeof(info), i) == LB_OK; i++) {
            const char *origin = "";
            (void)lb_config_origin(config, &origin, info.name);
            if (strncmp(origin, "preset ", 7) == 0 && strcmp(info.name, "config.preset") != 0)
                put_preset_value(config, &info);
        }
    }
    lb_config_free(config);
}

static void list_presets(bool json)
{
    lb_ctx *ctx = command_context(NULL);
    const char *name;
    const char *help;

    for (size_t i = 0; lb_preset_at(&name, &help, i) == LB_OK; i++) {
        if (!json) {
            list_preset(ctx, name, help);
            continue;
        }
        (void)printf("%s{\"name\":", i == 0 ? "[\n" : ",\n");
        describe_text(name);
        describe_member("help", help);
        (void)putchar('}');
    }
    if (json)
        (void)puts("\n]");
    lb_ctx_free(ctx);
}

int cmd_options(char **args)
{
    struct faults faults = {"options", 0};
    struct opt_table table = {NULL, 0};
    struct opt_line line;
    size_t count;
    const lb_opt_info *rows = options_options(&count);

    if (help_asked("options", args))
        return EXIT_SUCCESS;
    table = opt_table_for("options", rows, count);
    opt_parse(&line, &table, args, &faults);
    opt_limit_words(&line, 0, &faults);
    if (faults.count == 0) {
        bool json = opt_is_on(&line, "options.json");
        if (opt_is_on(&line, "options.presets"))
            list_presets(json);
        else if (opt_is_on(&line, "options.commands"))
            describe_commands(json);
        else
            list_options(json);
    }
    opt_line_free(&line);
    opt_table_free(&table);
    return faults.count > 0 ? EXIT_USAGE : EXIT_SUCCESS;
}
