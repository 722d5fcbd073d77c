/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c - what `litebench options` prints for programs. */
#include "describe.h"

#include <stdio.h>

#include "cmd.h"
#include "topics.h"

static const char *const kinds[] = {"bool", "int",      "number", "share",
                                    "text", "duration", "choice", "list"};

void describe_text(const char *text)
{
    (void)putchar('"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\n') {
            (void)fputs("\\n", stdout);
            continue;
        }
        if (*p == '"' || *p == '\\')
            (void)putchar('\\');
        (void)putchar(*p);
    }
    (void)putchar('"');
}

void describe_member(const char *name, const char *text)
{
    (void)printf(",\"%s\":", name);
    describe_text(text);
}

void describe_option(const lb_opt_info *info, bool first)
{
    const char short_flag[2] = {(char)info->short_flag, '\0'};

    (void)printf("%s{\"name\":", first ? "[\n" : ",\n");
    describe_text(info->name);
    describe_member("kind", kinds[info->kind]);
    describe_member("flag", info->flag);
    describe_member("short", short_flag);
    describe_member("alias", info->alias);
    describe_member("group", info->group);
    describe_member("commands", info->commands);
    describe_member("value_name", info->value_name);
    describe_member("choices", info->choices);
    describe_member("default", info->dflt);
    describe_member("env", info->env);
    describe_member("help", info->help);
    describe_member("example", info->example);
    describe_member("since", info->since);
    (void)printf(",\"min\":%.16g,\"max\":%.16g,\"secret\":%s,\"basic\":%s}", info->min, info->max,
                 info->secret ? "true" : "false", info->basic ? "true" : "false");
}

static void describe_command(const struct command *command)
{
    struct opt_table table = command_options(command);

    (void)printf("%s{\"name\":", command == commands ? "" : ",\n");
    describe_text(command->name);
    describe_member("help", command->help);
    describe_member("usage", command->usage);
    describe_member("examples", command->examples);
    (void)printf(",\"options\":%s", table.count == 0 ? "[" : "");
    for (size_t i = 0; i < table.count; i++)
        describe_option(&table.rows[i], i == 0);
    (void)printf("]}");
    opt_table_free(&table);
}

void describe_commands(bool json)
{
    if (!json) {
        for (const struct command *c = commands; c->name != NULL; c++)
            (void)printf("  %-12s %s\n", c->name, c->help);
        return;
    }
    (void)puts("{\"commands\":[");
    for (const struct command *c = commands; c->name != NULL; c++)
        describe_command(c);
    (void)printf("],\n\"topics\":[");
    for (const struct topic *t = topics; t->name != NULL; t++) {
        (void)printf("%s", t == topics ? "" : ",");
        describe_text(t->name);
    }
    (void)puts("]}");
}
