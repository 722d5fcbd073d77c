/* SPDX-License-Identifier: Apache-2.0 */
/* words.c - what can follow an option or a command, found in the tables. */
#include <stdlib.h>
#include <string.h>

#include "completion/completion.h"
#include "topics.h"

static void add_word(char **words, const char *word, const char *behind)
{
    char *longer = need_text("%s%s%s%s", *words, (*words)[0] != '\0' ? " " : "", word, behind);

    free(*words);
    *words = longer;
}

static bool is_preset(const lb_opt_info *info)
{
    return strcmp(info->name, "config.preset") == 0;
}

enum completion_kind completion_kind(const lb_opt_info *info)
{
    if (info->kind == LB_OPT_BOOL)
        return COMPLETION_NOTHING;
    if (info->choices[0] != '\0' || is_preset(info))
        return COMPLETION_WORDS;
    if (strcmp(info->name, "config.set") == 0)
        return COMPLETION_SETTING;
    if (strstr(info->value_name, "FILE") != NULL)
        return COMPLETION_FILE;
    return strcmp(info->value_name, "DIR") == 0 ? COMPLETION_FOLDER : COMPLETION_ANY;
}

static char *presets(void)
{
    char *words = need_text("%s", "");
    const char *name;
    const char *help;

    for (size_t i = 0; lb_preset_at(&name, &help, i) == LB_OK; i++)
        add_word(&words, name, "");
    return words;
}

static char *settings(void)
{
    char *words = need_text("%s", "");
    lb_opt_info info;

    for (size_t i = 0; lb_opt_at(&info, sizeof(info), i) == LB_OK; i++) {
        if (strncmp(info.name, "config.", 7) != 0 && !info.secret)
            add_word(&words, info.name, "=");
    }
    return words;
}

char *completion_words(const lb_opt_info *info)
{
    if (is_preset(info))
        return presets();
    if (completion_kind(info) == COMPLETION_SETTING)
        return settings();
    char *words = need_text("%s", info->choices);
    for (char *p = words; *p != '\0'; p++) {
        if (*p == '|')
            *p = ' ';
    }
    return words;
}

char *completion_operands(const struct command *command)
{
    char *words = need_text("%s", "");

    if (strcmp(command->name, "help") == 0) {
        for (const struct command *c = commands; c->name != NULL; c++)
            add_word(&words, c->name, "");
        for (const struct topic *t = topics; t->name != NULL; t++)
            add_word(&words, t->name, "");
    } else if (strcmp(command->name, "completion") == 0) {
        add_word(&words, "bash zsh fish", "");
    } else if (strstr(command->usage, "last") != NULL) {
        add_word(&words, "last", "");
    }
    return words;
}

bool completion_takes_files(const struct command *command)
{
    return strstr(command->usage, "FILE") != NULL;
}

const char *completion_prefix(const lb_opt_info *info)
{
    return info->kind == LB_OPT_BOOL && strcmp(info->dflt, "true") == 0 ? "no-" : "";
}
