/* SPDX-License-Identifier: Apache-2.0 */
/* say.h - the program's words on stderr, and its exit codes. Results never go through here. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdbool.h>
#include <stddef.h>

#define EXIT_USAGE        2
#define EXIT_NOT_MEASURED 3
#define EXIT_BY_SIGNAL    128 /* plus its number */

/* What is wrong with a command line: all of it is said, then the program ends with EXIT_USAGE. */
struct faults {
    const char *command; /* "run" */
    int count;
};

void fault(struct faults *faults, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Each line of a text of the library, "name (--flag): what" shortened to "--flag: what". */
void fault_lines(struct faults *faults, const char *text);

/* "litebench: ..." */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "litebench run: ...", and the exit code given. */
int fail_with(int exit_code, const char *command, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Memory or the end of the program. */
void *need(void *old, size_t size);
char *need_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
