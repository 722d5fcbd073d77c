/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_completion.c - `litebench completion SHELL`: a script for the shell to read. */
#include <stdlib.h>
#include <string.h>

#include "completion/completion.h"

static const struct shell {
    const char *name;
    void (*write)(void);
} shells[] = {
    {"bash", completion_bash},
    {"zsh", completion_zsh},
    {"fish", completion_fish},
};

static const struct shell *find_shell(const char *name)
{
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shells[i].name, name) == 0)
            return &shells[i];
    }
    return NULL;
}

int cmd_completion(char **args)
{
    struct faults faults = {"completion", 0};
    struct opt_line line;

    if (help_asked("completion", args))
        return EXIT_SUCCESS;
    struct opt_table table = opt_table_for("completion", NULL, 0);
    opt_parse(&line, &table, args, &faults);
    opt_limit_words(&line, 1, &faults);
    const struct shell *shell = line.word_count > 0 ? find_shell(line.words[0]) : NULL;
    if (line.word_count == 0)
        fault(&faults, "which shell? bash, zsh or fish");
    else if (shell == NULL)
        fault(&faults, "\"%.40s\" is none of bash, zsh and fish", line.words[0]);
    if (faults.count == 0 && shell != NULL)
        shell->write();
    opt_line_free(&line);
    opt_table_free(&table);
    return faults.count > 0 ? EXIT_USAGE : EXIT_SUCCESS;
}
