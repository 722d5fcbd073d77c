/* SPDX-License-Identifier: Apache-2.0 */
/* fish.c - completion for fish 3: a line an option. */
#include <stdio.h>
#include <stdlib.h>

#include "completion/completion.h"

static const char head[] =
    "# fish completion for litebench; made by: litebench completion fish\n"
    "function __litebench_command\n"
    "    set -l words (commandline -opc)\n"
    "    set -q words[2]; or return 1\n"
    "    switch $words[2]\n"
    "        case '-*' '*://*'\n"
    "            test run = $argv[1]\n"
    "        case '*'\n"
    "            test $words[2] = $argv[1]\n"
    "    end\n"
    "end\n"
    "function __litebench_first\n"
    "    test (count (commandline -opc)) -eq 1\n"
    "end\n"
    "complete -c litebench -f\n"
    "complete -c litebench -n __litebench_first -l version -d 'versions of program and library'\n"
    "complete -c litebench -n __litebench_first -l help -d help\n";

/* A fish string in single quotes. */
static void put_quoted(const char *text)
{
    (void)putchar('\'');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'' || *p == '\\')
            (void)putchar('\\');
        (void)putchar(*p);
    }
    (void)putchar('\'');
}

static void put_value(const lb_opt_info *info)
{
    char *words = completion_words(info);

    switch (completion_kind(info)) {
    case COMPLETION_NOTHING:
        break;
    case COMPLETION_WORDS:
    case COMPLETION_SETTING:
        (void)printf(" -x -a '%s'", words);
        break;
    case COMPLETION_FILE:
        (void)printf(" -r -F");
        break;
    case COMPLETION_FOLDER:
        (void)printf(" -x -a '(__fish_complete_directories)'");
        break;
    case COMPLETION_ANY:
        (void)printf(" -x");
        break;
    }
    free(words);
}

static void put_command(const struct command *command)
{
    struct opt_table table = command_options(command);
    char *operands = completion_operands(command);

    (void)printf("complete -c litebench -n __litebench_first -a %s -d ", command->name);
    put_quoted(command->help);
    (void)putchar('\n');
    for (size_t i = 0; i < table.count; i++) {
        const lb_opt_info *info = &table.rows[i];
        (void)printf("complete -c litebench -n '__litebench_command %s' -l %s%s", command->name,
                     completion_prefix(info), info->flag);
        if (info->short_flag != 0)
            (void)printf(" -s %c", (char)info->short_flag);
        put_value(info);
        (void)printf(" -d ");
        put_quoted(info->help);
        (void)putchar('\n');
    }
    if (operands[0] != '\0' || completion_takes_files(command))
        (void)printf("complete -c litebench -n '__litebench_command %s'%s -a '%s'\n", command->name,
                     completion_takes_files(command) ? " -F" : "", operands);
    free(operands);
    opt_table_free(&table);
}

void completion_fish(void)
{
    (void)fputs(head, stdout);
    for (const struct command *c = commands; c->name != NULL; c++)
        put_command(c);
}
