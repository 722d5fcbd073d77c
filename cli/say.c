/* SPDX-License-Identifier: Apache-2.0 */
/* say.c - one line per message, each of them with the program's name in front. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 0))) static void put(const char *command, const char *format,
                                                      va_list args)
{
    (void)fprintf(stderr, "litebench%s%s: ", command[0] != '\0' ? " " : "", command);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
}

void fault(struct faults *faults, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put(faults->command, format, args);
    va_end(args);
    faults->count++;
}

/* The reader typed --users, not load.users: name what was typed. With --set both are needed. */
static void fault_line(struct faults *faults, const char *line, size_t len)
{
    const char *open = memchr(line, '(', len);
    const char *close = open != NULL ? strstr(open, "): ") : NULL;
    bool flag = open != NULL && close != NULL && close < line + len && open > line &&
                open[-1] == ' ' && open[1] == '-' && strncmp(open, "(--set)", 7) != 0 &&
                memchr(line, ':', (size_t)(open - line)) == NULL;

    if (!flag) {
        fault(faults, "%.*s", (int)len, line);
        return;
    }
    const char *rest = close + 1;
    fault(faults, "%.*s%.*s", (int)(close - open - 1), open + 1, (int)(line + len - rest), rest);
}

void fault_lines(struct faults *faults, const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        fault_line(faults, text, n);
        text += n + (text[n] == '\n');
    }
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put("", format, args);
    va_end(args);
}

int fail_with(int exit_code, const char *command, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put(command, format, args);
    va_end(args);
    return exit_code;
}

void *need(void *old, size_t size)
{
    void *memory = realloc(old, size > 0 ? size : 1);

    if (memory == NULL)
        exit(fail_with(EXIT_NOT_MEASURED, "", "out of memory"));
    return memory;
}

char *need_text(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0)
        exit(fail_with(EXIT_NOT_MEASURED, "", "out of memory"));
    return text;
}
