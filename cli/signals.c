/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - the one global of the program, because a handler has nothing else. */
#include "signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "say.h"

static _Atomic(lb_run *) watched;
static volatile sig_atomic_t begun; /* there is, or was, a run: it ends in order */
static volatile sig_atomic_t seen;

/* The terminal has written ^C: a line of our own begins behind it. */
static void tell(int number, const char *words, size_t len)
{
    size_t skip = number != SIGINT;
    ssize_t ignored = write(STDERR_FILENO, words + skip, len - skip);

    (void)ignored;
}

static void handle(int number)
{
    static const char stopping[] = "\nlitebench: stopping; once more to leave at once\n";
    static const char stopped[] = "\nlitebench: stopped; there is no result\n";

    if (begun == 0)
        tell(number, stopped, sizeof(stopped) - 1);
    if (begun == 0 || seen != 0)
        _exit(EXIT_BY_SIGNAL + number);
    seen = number;
    lb_run *run = atomic_load(&watched);
    if (run != NULL)
        lb_run_cancel(run);
    tell(number, stopping, sizeof(stopping) - 1);
}

void signals_catch(void)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

void signals_watch(lb_run *run)
{
    atomic_store(&watched, run);
    begun = 1;
}

void signals_forget_run(void)
{
    atomic_store(&watched, NULL);
}

int signals_seen(void)
{
    return seen;
}
