/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c - prints the library's text report, with its first word in colour. */
#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layers.h"

bool verdict_color(const lb_config *config)
{
    const char *wanted = layers_get(config, "output.color");
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (strcmp(wanted, "always") == 0)
        return true;
    if (strcmp(wanted, "never") == 0 || (no_color != NULL && no_color[0] != '\0'))
        return false;
    return isatty(STDOUT_FILENO) == 1 && (term == NULL || strcmp(term, "dumb") != 0);
}

/* The escape of a word that says how it went; NULL for any other word. */
static const char *color_of(const char *word, size_t len)
{
    static const struct {
        const char *word, *escape;
    } colors[] = {{"PASS", "\033[1;32m"},
                  {"WARN", "\033[1;33m"},
                  {"FAIL", "\033[1;31m"},
                  {"UNDECIDED", "\033[1;33m"},
                  {"INVALID", "\033[1;35m"}};

    for (size_t i = 0; i < sizeof(colors) / sizeof(colors[0]); i++) {
        if (strlen(colors[i].word) == len && memcmp(colors[i].word, word, len) == 0)
            return colors[i].escape;
    }
    return NULL;
}

static void put_colored(const char *text)
{
    size_t word = strcspn(text, " \n");
    const char *escape = color_of(text, word);

    if (escape != NULL)
        (void)printf("%s%.*s\033[0m%s", escape, (int)word, text, text + word);
    else
        (void)fputs(text, stdout);
}

static bool print_short(const lb_report *report, bool color)
{
    const char *status;
    const char *sentence;

    if (lb_report_text(report, &status, "verdict.status") != LB_OK ||
        lb_report_text(report, &sentence, "verdict.sentence") != LB_OK)
        return false;
    size_t n = strlen(status);
    bool named = strncmp(sentence, status, n) == 0 && (sentence[n] == ' ' || sentence[n] == '\0');
    char *line = need_text("%s%s%s\n", named ? "" : status, named ? "" : "  ", sentence);
    if (color)
        put_colored(line);
    else
        (void)fputs(line, stdout);
    free(line);
    return true;
}

bool verdict_print(lb_ctx *ctx, const lb_report *report, bool quiet, bool color)
{
    char *text = NULL;
    size_t len = 0;

    if (quiet)
        return print_short(report, color);
    if (lb_report_render(report, &text, &len, "text") != LB_OK)
        return false;
    if (color)
        put_colored(text);
    else
        (void)fwrite(text, 1, len, stdout);
    lb_free(ctx, text);
    return true;
}
