/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulate.c - the command itself: from options to a listening socket, and the orderly end.
 */
#include "simulate.h"

#include <errno.h>
#include <json-c/json.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"

#define EXIT_USAGE 2
#define EXIT_IO    3
#define BACKLOG    4096
#define KEY_MAX    4096

static int complain(int code, const char *what, const char *value, const char *why)
{
    (void)fprintf(stderr, "litebench simulate: %s%s%s: %s\n", what, value[0] != '\0' ? " " : "",
                  value, why);
    return code;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int take_key(struct sim_server *server, const char *key, const char *what, const char *where)
{
    size_t len = strcspn(key, "\r\n");

    if (len == 0)
        return complain(EXIT_USAGE, what, where, "there is no key in it");
    server->key = strndup(key, len);
    return server->key != NULL ? 0 : complain(EXIT_IO, what, where, "out of memory");
}

static int read_key_file(struct sim_server *server, const char *path)
{
    char key[KEY_MAX] = "";
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return complain(EXIT_USAGE, "--require-key-file", path, strerror(errno));
    if (fgets(key, sizeof(key), file) == NULL)
        key[0] = '\0';
    (void)fclose(file);
    return take_key(server, key, "--require-key-file", path);
}

static int read_key(struct sim_server *server)
{
    const char *path = server->config->require_key_file;
    const char *name = server->config->require_key_env;
    const char *value;

    if (path[0] != '\0')
        return read_key_file(server, path);
    if (name[0] == '\0')
        return 0;
    value = getenv(name);
    return take_key(server, value != NULL ? value : "", "--require-key-env", name);
}

static int bind_to(const struct addrinfo *address)
{
    int on = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)); /* inherited by accept */
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    on = errno;
    (void)close(fd);
    errno = on;
    return -1;
}

static int start_listening(struct sim_server *server)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    const char *host = server->config->bind;
    struct addrinfo *found = NULL;
    char where[300];
    char port[16];
    int code;

    (void)snprintf(port, sizeof(port), "%d", (int)server->config->port);
    (void)snprintf(where, sizeof(where), "%.255s port %s", host, port);
    code = getaddrinfo(host, port, &hints, &found);
    if (code != 0)
        return complain(EXIT_USAGE, "--bind", host, gai_strerror(code));
    server->listener = -1;
    for (const struct addrinfo *at = found; at != NULL && server->listener < 0; at = at->ai_next)
        server->listener = bind_to(at);
    code = errno;
    freeaddrinfo(found);
    if (server->listener < 0)
        return complain(EXIT_IO, "cannot listen on", where, strerror(code));
    return 0;
}

static void print_url(const struct sim_server *server)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof(address);
    char host[NI_MAXHOST] = "?";
    char port[NI_MAXSERV] = "?";
    bool v6;

    (void)getsockname(server->listener, (struct sockaddr *)&address, &size);
    (void)getnameinfo((struct sockaddr *)&address, size, host, sizeof(host), port, sizeof(port),
                      NI_NUMERICHOST | NI_NUMERICSERV);
    v6 = address.ss_family == AF_INET6;
    (void)printf("http://%s%s%s:%s/v1\n", v6 ? "[" : "", host, v6 ? "]" : "", port);
    (void)fflush(stdout);
}

static void set_up(struct sim_server *server, const struct simulate_config *config)
{
    static const char *const usual[] = {"simulated-model"};

    server->config = config;
    server->model_names = usual;
    server->model_count = 1;
    if (config->model_count > 0) {
        server->model_names = (const char *const *)config->model;
        server->model_count = config->model_count;
    }
    server->models = sim_calloc(server->model_count, sizeof(*server->models));
    for (size_t i = 0; i < server->model_count; i++) {
        const char *name = server->model_names[i];
        sim_buf_json(&server->models[i], name, strlen(name));
        sim_buf_add(&server->models[i], "", 1);
    }
    server->replicas = sim_calloc((size_t)config->replicas, sizeof(*server->replicas));
    for (int64_t i = 0; i < config->replicas; i++)
        server->replicas[i].cache = sim_cache_new((size_t)config->cache_blocks);
    server->input = sim_realloc(NULL, SIM_INPUT_SIZE);
    server->tokener = json_tokener_new();
    json_tokener_set_flags(server->tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
}

static void tear_down(struct sim_server *server)
{
    for (size_t i = 0; i < server->model_count; i++)
        sim_buf_free(&server->models[i]);
    free(server->models);
    for (int64_t i = 0; i < server->config->replicas; i++)
        sim_cache_free(server->replicas[i].cache);
    free(server->replicas);
    free(server->input);
    free(server->key);
    free(server->blocks.at);
    sim_buf_free(&server->scratch);
    sim_chat_free(&server->chat);
    sim_timers_free(&server->timers);
    json_tokener_free(server->tokener);
}

static int serve(struct sim_server *server)
{
    const char *log = server->config->log;
    int code = read_key(server);

    if (code != 0)
        return code;
    if (!sim_log_open(&server->log, log))
        return complain(EXIT_IO, "--log", log, strerror(errno));
    code = start_listening(server);
    if (code == 0) {
        if (sim_loop_open(server)) {
            print_url(server);
            sim_loop_run(server);
        } else {
            code = complain(EXIT_IO, "cannot watch sockets", "", strerror(errno));
        }
        sim_loop_close(server);
        (void)close(server->listener);
    }
    if (!sim_log_close(&server->log) && code == 0)
        code = complain(EXIT_IO, "--log", log, "could not be written to its end");
    return code;
}

int simulate_run(const struct simulate_config *config)
{
    struct sim_server server = {0};
    int code;

    (void)signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    set_up(&server, config);
    code = serve(&server);
    tear_down(&server);
    return code;
}
