/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help.c - help from the tables: examples first, then the options in their groups. Goes to stdout:
 * it was asked for. Topics are in topics.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "near.h"
#include "topics.h"

#define TEXT_COLUMN 31
#define WIDTH       100

/* Help text broken at blanks so that it stays in its column. */
static void put_wrapped(const char *text)
{
    size_t column = TEXT_COLUMN;

    while (*text != '\0') {
        size_t n = strcspn(text, " ");
        if (column > TEXT_COLUMN && column + 1 + n > WIDTH) {
            (void)printf("\n%*s", TEXT_COLUMN, "");
            column = TEXT_COLUMN;
        } else if (column > TEXT_COLUMN) {
            (void)putchar(' ');
            column++;
        }
        (void)printf("%.*s", (int)n, text);
        column += n;
        text += n;
        text += strspn(text, " ");
    }
    (void)putchar('\n');
}

/* "think time [0.5s]": help, choices, second name and default in one text. */
static char *describe(const lb_opt_info *info)
{
    bool choices = info->choices[0] != '\0';
    bool alias = info->alias[0] != '\0';
    bool dflt = info->dflt[0] != '\0' && info->kind != LB_OPT_BOOL && strcmp(info->dflt, "0") != 0;

    return need_text("%s%s%s%s%s%s%s%s", info->help, choices ? "; " : "", info->choices,
                     alias ? "; also --" : "", info->alias, dflt ? " [" : "",
                     dflt ? info->dflt : "", dflt ? "]" : "");
}

static void put_option(const lb_opt_info *info)
{
    char *left = need_text("  %c%c%s --%s%s%s", info->short_flag != 0 ? '-' : ' ',
                           info->short_flag != 0 ? (char)info->short_flag : ' ',
                           info->short_flag != 0 ? "," : " ", info->flag,
                           info->value_name[0] != '\0' ? " " : "", info->value_name);
    char *text = describe(info);

    if (strlen(left) < TEXT_COLUMN)
        (void)printf("%-*s", TEXT_COLUMN, left);
    else
        (void)printf("%s\n%*s", left, TEXT_COLUMN, "");
    put_wrapped(text);
    free(left);
    free(text);
}

/* Options of one group, in the order of the table. */
static void put_group(const struct opt_table *table, const char *group, bool all)
{
    bool begun = false;

    for (size_t i = 0; i < table->count; i++) {
        const lb_opt_info *info = &table->rows[i];
        if (strcmp(info->group, group) != 0 || (!all && !info->basic))
            continue;
        if (!begun)
            (void)printf("\n%s\n", group);
        begun = true;
        put_option(info);
    }
}

static bool seen_before(const struct opt_table *table, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(table->rows[i].group, table->rows[index].group) == 0)
            return true;
    }
    return false;
}

struct opt_table command_options(const struct command *command)
{
    size_t count = 0;
    const lb_opt_info *more = NULL;

    if (command->own_options != NULL)
        more = command->own_options(&count);
    return opt_table_for(command->name, more, count);
}

static void help_command(const struct command *command, bool all)
{
    struct opt_table table = command_options(command);
    size_t hidden = 0;

    (void)printf("litebench %s\n  %s\n\nExamples\n%s", command->usage, command->help,
                 command->examples);
    for (size_t i = 0; i < table.count; i++) {
        hidden += !table.rows[i].basic;
        if (!seen_before(&table, i))
            put_group(&table, table.rows[i].group, all);
    }
    if (!all && hidden > 0)
        (void)printf("\n%zu further options: litebench help %s all\n", hidden, command->name);
    opt_table_free(&table);
}

void help_top(void)
{
    (void)puts(
        "litebench - measure how an OpenAI-compatible LLM endpoint serves a crowd, and judge it"
        "\n\nExamples\n"
        "  litebench run https://litemaas.example.com/v1 --key-file key.txt\n"
        "  litebench run --preset workshop --users 100 http://localhost:8000\n"
        "  litebench simulate --port 8000     (an endpoint to try it on)\n"
        "\nCommands");
    for (const struct command *c = commands; c->name != NULL; c++)
        (void)printf("  %-10s %s\n", c->name, c->help);
    (void)puts("\nlitebench help COMMAND, or one of the topics:");
    for (const struct topic *t = topics; t->name != NULL; t++)
        (void)printf("%s%s", t == topics ? "  " : ", ", t->name);
    (void)puts("\nlitebench --version");
}

static void help_all(void)
{
    help_top();
    for (const struct command *c = commands; c->name != NULL; c++) {
        (void)puts("");
        help_command(c, true);
    }
}

static int unknown_topic(const char *name)
{
    const char *best = NULL;
    unsigned least = 3;

    for (const struct command *c = commands; c->name != NULL; c++) {
        if (near_distance(name, c->name) < least) {
            least = near_distance(name, c->name);
            best = c->name;
        }
    }
    for (const struct topic *t = topics; t->name != NULL; t++) {
        if (near_distance(name, t->name) < least) {
            least = near_distance(name, t->name);
            best = t->name;
        }
    }
    return fail_with(EXIT_USAGE, "help", "\"%.40s\" is neither a command nor a topic%s%s", name,
                     best != NULL ? "; nearest: " : " (litebench --help lists them)",
                     best != NULL ? best : "");
}

int cmd_help(char **args)
{
    const char *name = args[0];
    bool all = name != NULL && args[1] != NULL && strcmp(args[1], "all") == 0;

    if (name == NULL || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        help_top();
        return EXIT_SUCCESS;
    }
    if (strcmp(name, "all") == 0) {
        help_all();
        return EXIT_SUCCESS;
    }
    const struct command *command = command_find(name);
    if (command != NULL) {
        help_command(command, all);
        return EXIT_SUCCESS;
    }
    const struct topic *topic = topic_find(name);
    if (topic == NULL)
        return unknown_topic(name);
    topic_show(topic);
    return EXIT_SUCCESS;
}

bool help_asked(const char *command, char **args)
{
    for (char **arg = args; *arg != NULL && strcmp(*arg, "--") != 0; arg++) {
        if (strcmp(*arg, "--help") != 0 && strcmp(*arg, "-h") != 0)
            continue;
        help_command(command_find(command), arg[1] != NULL && strcmp(arg[1], "all") == 0);
        return true;
    }
    return false;
}
