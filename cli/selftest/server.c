/* SPDX-License-Identifier: Apache-2.0 */
/* server.c - the simulated endpoint as a child process on a core of its own. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "say.h"
#include "selftest.h"

/* The server gets the first core that we may use, we the others. */
static void pin(bool server)
{
    cpu_set_t allowed, set;
    bool first = true;

    /* All that the system lets us have: the server is born with our own narrow choice. */
    (void)memset(&set, 0xff, sizeof(set));
    (void)sched_setaffinity(0, sizeof(set), &set);
    if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0 || CPU_COUNT(&allowed) < 2)
        return;
    CPU_ZERO(&set);
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &allowed))
            continue;
        if (first == server)
            CPU_SET(i, &set);
        first = false;
    }
    (void)sched_setaffinity(0, sizeof(set), &set);
}

void selftest_pin_self(void)
{
    pin(false);
}

static void become_server(int out, const struct selftest_server *server,
                          const struct selftest_case *c)
{
    char ttft[32], itl[32], tokens[32];

    (void)snprintf(ttft, sizeof(ttft), "%dms", c->ttft_ms);
    (void)snprintf(itl, sizeof(itl), "%dms", c->itl_ms);
    (void)snprintf(tokens, sizeof(tokens), "%d", c->tokens);
    (void)dup2(out, STDOUT_FILENO);
    pin(true);
    (void)execl("/proc/self/exe", "litebench", "simulate", "--ttft", ttft, "--itl", itl, "--tokens",
                tokens, "--log", server->log, "--cache-blocks", "0", "--max-model-len", "1000000",
                (char *)NULL);
    _exit(127);
}

static bool read_url(struct selftest_server *server, int fd)
{
    size_t len = 0;

    while (len + 1 < sizeof(server->url)) {
        ssize_t n = read(fd, server->url + len, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || server->url[len] == '\n')
            break;
        len++;
    }
    server->url[len] = '\0';
    return len > 0;
}

bool selftest_server_start(struct selftest_server *server, const struct selftest_case *c)
{
    const char *folder = getenv("TMPDIR");
    int ends[2];

    (void)snprintf(server->log, sizeof(server->log), "%s/litebench-truth-XXXXXX",
                   folder != NULL && folder[0] != '\0' ? folder : "/tmp");
    int log = mkstemp(server->log);
    if (log < 0 || pipe(ends) != 0) {
        say("selftest: cannot write to %s: %s", server->log, strerror(errno));
        return false;
    }
    (void)close(log);
    server->pid = fork();
    if (server->pid == 0) {
        (void)close(ends[0]);
        become_server(ends[1], server, c);
    }
    (void)close(ends[1]);
    bool up = server->pid > 0 && read_url(server, ends[0]);
    (void)close(ends[0]);
    if (!up) {
        say("selftest: the simulated endpoint did not start");
        selftest_server_stop(server);
        (void)unlink(server->log);
    }
    return up;
}

void selftest_server_stop(struct selftest_server *server)
{
    int status;

    if (server->pid <= 0)
        return;
    (void)kill(server->pid, SIGTERM);
    while (waitpid(server->pid, &status, 0) < 0 && errno == EINTR) {
    }
    server->pid = 0;
}
