/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bash.c - completion for bash 4 and later. bash cuts words at "=" and ":", so --flag=value comes
 * in three pieces and a URL in several; the head of the script puts that right.
 */
#include <stdio.h>
#include <stdlib.h>

#include "completion/completion.h"

static const char head[] =
    "# bash completion for litebench; made by: litebench completion bash\n"
    "_litebench_words() {\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
    "}\n"
    "_litebench_paths() {\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$cur\")\n"
    "}\n"
    "_litebench() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local cmd=${COMP_WORDS[1]} last\n"
    "    COMPREPLY=()\n"
    "    if [ \"$cur\" = = ]; then\n"
    "        cur=\n"
    "    elif [ \"$prev\" = = ]; then\n"
    "        prev=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n";

static void put_flag(const struct command *command, const lb_opt_info *info)
{
    (void)printf("%s/--%s", command->name, info->flag);
    if (info->alias[0] != '\0')
        (void)printf("|%s/--%s", command->name, info->alias);
    if (info->short_flag != 0)
        (void)printf("|%s/-%c", command->name, (char)info->short_flag);
}

static void put_value(const struct command *command, const lb_opt_info *info)
{
    enum completion_kind kind = completion_kind(info);
    char *words = completion_words(info);

    if (kind != COMPLETION_NOTHING) {
        (void)printf("    ");
        put_flag(command, info);
        if (kind == COMPLETION_WORDS)
            (void)printf(") _litebench_words '%s'; return ;;\n", words);
        else if (kind == COMPLETION_SETTING)
            (void)printf(") compopt -o nospace 2>/dev/null; _litebench_words '%s'; return ;;\n",
                         words);
        else if (kind == COMPLETION_ANY)
            (void)printf(") return ;;\n");
        else
            (void)printf(") _litebench_paths %s; return ;;\n",
                         kind == COMPLETION_FILE ? "-f" : "-d");
    }
    free(words);
}

static void put_command(const struct command *command, const struct opt_table *table)
{
    char *operands = completion_operands(command);

    (void)printf("    %s/-*) _litebench_words '", command->name);
    for (size_t i = 0; i < table->count; i++)
        (void)printf("--%s%s ", completion_prefix(&table->rows[i]), table->rows[i].flag);
    (void)printf("--help' ;;\n");
    if (completion_takes_files(command))
        (void)printf("    %s/*) _litebench_paths -f; last=(\"${COMPREPLY[@]}\");"
                     " _litebench_words '%s'; COMPREPLY+=(\"${last[@]}\") ;;\n",
                     command->name, operands);
    else if (operands[0] != '\0')
        (void)printf("    %s/*) _litebench_words '%s' ;;\n", command->name, operands);
    free(operands);
}

void completion_bash(void)
{
    (void)fputs(head, stdout);
    (void)printf("    if [ \"$COMP_CWORD\" = 1 ]; then\n        _litebench_words '");
    for (const struct command *c = commands; c->name != NULL; c++)
        (void)printf("%s ", c->name);
    (void)printf("--help --version'\n        return\n    fi\n"
                 "    case $cmd in -* | http | https) cmd=run ;; esac\n"
                 "    case $cmd/$prev in\n");
    for (const struct command *c = commands; c->name != NULL; c++) {
        struct opt_table table = command_options(c);
        for (size_t i = 0; i < table.count; i++)
            put_value(c, &table.rows[i]);
        opt_table_free(&table);
    }
    (void)printf("    esac\n    case $cmd/$cur in\n");
    for (const struct command *c = commands; c->name != NULL; c++) {
        struct opt_table table = command_options(c);
        put_command(c, &table);
        opt_table_free(&table);
    }
    (void)printf("    esac\n}\ncomplete -F _litebench litebench\n");
}
