/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - the one global of the program, because a handler has nothing else. */
#include "signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "say.h"

static _Atomic(lb_run *) watched;
static volatile sig_atomic_t seen;

static void handle(int number)
{
    static const char words[] = "\nlitebench: stopping; once more to leave at once\n";

    if (seen != 0)
        _exit(EXIT_BY_SIGNAL + number);
    seen = number;
    lb_run *run = atomic_load(&watched);
    if (run != NULL)
        lb_run_cancel(run);
    ssize_t ignored =
        write(STDERR_FILENO, words + (number != SIGINT), sizeof(words) - 1 - (number != SIGINT));
    (void)ignored;
}

void signals_watch(lb_run *run)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};

    atomic_store(&watched, run);
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

void signals_forget_run(void)
{
    atomic_store(&watched, NULL);
}

int signals_seen(void)
{
    return seen;
}
