/* SPDX-License-Identifier: Apache-2.0 */
/* zsh.c - completion for zsh, as a file of $fpath (#compdef) and for `source <(...)` alike. */
#include <stdio.h>
#include <stdlib.h>

#include "completion/completion.h"

static const char head[] = "#compdef litebench\n"
                           "# made by: litebench completion zsh\n"
                           "compdef _litebench litebench\n\n";

static const char tail[] = "if [ \"$funcstack[1]\" = _litebench ]; then\n"
                           "    _litebench \"$@\"\n"
                           "fi\n";

/* Inside '...' and, for _arguments and _describe, with their own marks made harmless. */
static void put_quoted(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'')
            (void)fputs("'\\''", stdout);
        else if (*p == '[' || *p == ']' || *p == ':' || *p == '\\')
            (void)printf("\\%c", *p);
        else
            (void)putchar(*p);
    }
}

static void put_action(const lb_opt_info *info)
{
    char *words = completion_words(info);

    switch (completion_kind(info)) {
    case COMPLETION_NOTHING:
        break;
    case COMPLETION_WORDS:
        (void)printf(":(%s)", words);
        break;
    case COMPLETION_SETTING:
        (void)printf(":compadd -S \"\" %s", words);
        break;
    case COMPLETION_FILE:
        (void)printf(":_files");
        break;
    case COMPLETION_FOLDER:
        (void)printf(":_files -/");
        break;
    case COMPLETION_ANY:
        (void)printf(": ");
        break;
    }
    free(words);
}

/* One name of an option: '*--flag=[help]:N:_files'. */
static void put_spec(const lb_opt_info *info, const char *dashes, const char *flag,
                     const char *behind)
{
    bool value = info->kind != LB_OPT_BOOL;

    (void)printf(" \\\n        '%s%s%s%s[", info->kind == LB_OPT_LIST ? "*" : "", dashes, flag,
                 value ? behind : "");
    put_quoted(info->help);
    (void)putchar(']');
    if (value) {
        (void)putchar(':');
        put_quoted(info->value_name);
        put_action(info);
    }
    (void)putchar('\'');
}

static void put_option(const lb_opt_info *info)
{
    const char letter[2] = {(char)info->short_flag, '\0'};
    char *flag = need_text("%s%s", completion_prefix(info), info->flag);

    put_spec(info, "--", flag, "=");
    if (info->short_flag != 0)
        put_spec(info, "-", letter, "+");
    free(flag);
}

static void put_command(const struct command *command)
{
    struct opt_table table = command_options(command);
    char *operands = completion_operands(command);

    (void)printf("_litebench_%s() {\n    _arguments -s -S", command->name);
    for (size_t i = 0; i < table.count; i++)
        put_option(&table.rows[i]);
    (void)printf(" \\\n        '--help[help on this command]'");
    if (completion_takes_files(command))
        (void)printf(" \\\n        '*:file:{_files; compadd %s}'", operands);
    else if (operands[0] != '\0')
        (void)printf(" \\\n        ':word:(%s)'", operands);
    else
        (void)printf(" \\\n        '*:word: '");
    (void)printf("\n}\n\n");
    free(operands);
    opt_table_free(&table);
}

void completion_zsh(void)
{
    (void)fputs(head, stdout);
    for (const struct command *c = commands; c->name != NULL; c++)
        put_command(c);
    (void)printf("_litebench() {\n"
                 "    local -a commands=(\n");
    for (const struct command *c = commands; c->name != NULL; c++) {
        (void)printf("        '%s:", c->name);
        put_quoted(c->help);
        (void)printf("'\n");
    }
    (void)printf("    )\n"
                 "    if (( CURRENT == 2 )); then\n"
                 "        _describe command commands\n"
                 "        compadd -- --help --version\n"
                 "        return\n"
                 "    fi\n"
                 "    local command=${words[2]}\n"
                 "    case $command in\n"
                 "    -* | *://*) command=run ;;\n"
                 "    *) words=(\"${(@)words[2,-1]}\"); (( CURRENT -= 1 )) ;;\n"
                 "    esac\n"
                 "    (( $+functions[_litebench_$command] )) && _litebench_$command\n"
                 "}\n\n");
    (void)fputs(tail, stdout);
}
