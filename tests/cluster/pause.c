/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pause.c - the container that holds a pod's network: it waits, and buries the pod's orphans.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int number)
{
    (void)number;
    _exit(0);
}

static void bury(int number)
{
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

int main(void)
{
    struct sigaction ends = {.sa_handler = end};
    struct sigaction buries = {.sa_handler = bury, .sa_flags = SA_NOCLDSTOP};

    if (sigaction(SIGTERM, &ends, NULL) || sigaction(SIGINT, &ends, NULL) ||
        sigaction(SIGCHLD, &buries, NULL))
        return 1;
    for (;;)
        pause();
}
