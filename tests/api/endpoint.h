/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - the least of an endpoint, in a thread of the test itself: a list with one model and
 * an answer of four pieces. Real behaviour, good and bad, is the simulator's; this one needs no
 * other program, so the tests also run where only the library is built.
 */
#ifndef LB_TEST_ENDPOINT_H
#define LB_TEST_ENDPOINT_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ENDPOINT_CONNECTIONS = 64, ENDPOINT_PIECES = 4 };

struct endpoint {
    int fd;
    char url[64];
    pthread_t thread, connections[ENDPOINT_CONNECTIONS];
    int sockets[ENDPOINT_CONNECTIONS];
    size_t count;
    atomic_int piece_ms; /* before each piece */
    atomic_bool stop;
    atomic_uint chats;
};

struct endpoint_connection {
    struct endpoint *endpoint;
    int fd;
};

static void endpoint_send(int fd, const char *text)
{
    size_t len = strlen(text);

    for (ssize_t n; len > 0; text += n, len -= (size_t)n) {
        n = send(fd, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
    }
}

/* One event as one chunk of HTTP. */
static void endpoint_event(int fd, const char *data)
{
    char text[512];

    (void)snprintf(text, sizeof(text), "%zx\r\ndata: %s\n\n\r\n", strlen(data) + 8, data);
    endpoint_send(fd, text);
}

static void endpoint_models(int fd)
{
    static const char body[] =
        "{\"object\":\"list\",\"data\":[{\"id\":\"tiny\",\"max_model_len\":8192}]}";
    char head[128];

    (void)snprintf(head, sizeof(head),
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   sizeof(body) - 1);
    endpoint_send(fd, head);
    endpoint_send(fd, body);
}

static void endpoint_chat(struct endpoint *endpoint, int fd)
{
    int piece_ms = endpoint->piece_ms;
    struct timespec pause = {piece_ms / 1000, piece_ms % 1000 * 1000000L};

    atomic_fetch_add(&endpoint->chats, 1);
    endpoint_send(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < ENDPOINT_PIECES && !atomic_load(&endpoint->stop); i++) {
        (void)nanosleep(&pause, NULL);
        endpoint_event(fd, "{\"id\":\"r1\",\"model\":\"tiny\",\"choices\":[{\"index\":0,"
                           "\"delta\":{\"content\":\"la \"}}]}");
    }
    endpoint_event(fd, "{\"id\":\"r1\",\"choices\":[{\"index\":0,\"delta\":{},"
                       "\"finish_reason\":\"stop\"}]}");
    endpoint_event(fd, "{\"id\":\"r1\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,"
                       "\"completion_tokens\":4}}");
    endpoint_event(fd, "[DONE]");
    endpoint_send(fd, "0\r\n\r\n");
}

/* Reads one request, however it is cut; its body is of no interest. 0: the connection is over. */
static char endpoint_request(int fd)
{
    char head[8192];
    size_t have = 0;
    char *end = NULL;

    while (end == NULL && have < sizeof(head) - 1) {
        ssize_t n = recv(fd, head + have, sizeof(head) - 1 - have, 0);
        if (n <= 0)
            return 0;
        have += (size_t)n;
        head[have] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    if (end == NULL)
        return 0;
    const char *length = strcasestr(head, "\r\nContent-Length:");
    size_t body = length != NULL ? strtoul(length + 17, NULL, 10) : 0;
    size_t got = have - (size_t)(end + 4 - head);
    while (got < body) {
        char rest[4096];
        ssize_t n = recv(fd, rest, sizeof(rest), 0);
        if (n <= 0)
            return 0;
        got += (size_t)n;
    }
    return head[0];
}

static void *endpoint_serve(void *user)
{
    struct endpoint_connection *connection = user;

    for (char method; (method = endpoint_request(connection->fd)) != 0;) {
        if (method == 'G')
            endpoint_models(connection->fd);
        else
            endpoint_chat(connection->endpoint, connection->fd);
    }
    free(connection);
    return NULL;
}

static inline void *endpoint_accept(void *user)
{
    struct endpoint *endpoint = user;

    while (!atomic_load(&endpoint->stop) && endpoint->count < ENDPOINT_CONNECTIONS) {
        int fd = accept(endpoint->fd, NULL, NULL);
        struct endpoint_connection *connection = fd >= 0 ? malloc(sizeof(*connection)) : NULL;
        if (connection == NULL)
            continue;
        *connection = (struct endpoint_connection){endpoint, fd};
        endpoint->sockets[endpoint->count] = fd;
        if (pthread_create(&endpoint->connections[endpoint->count], NULL, endpoint_serve,
                           connection) == 0)
            endpoint->count++;
    }
    return NULL;
}

static inline void endpoint_open(struct endpoint *endpoint, int piece_ms)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
    socklen_t len = sizeof(address);

    memset(endpoint, 0, sizeof(*endpoint));
    endpoint->piece_ms = piece_ms;
    endpoint->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(endpoint->fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(endpoint->fd, 64) != 0 ||
        getsockname(endpoint->fd, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&endpoint->thread, NULL, endpoint_accept, endpoint) != 0)
        abort();
    (void)snprintf(endpoint->url, sizeof(endpoint->url), "http://127.0.0.1:%u/v1",
                   (unsigned)ntohs(address.sin_port));
}

static inline void endpoint_close(struct endpoint *endpoint)
{
    atomic_store(&endpoint->stop, true);
    (void)shutdown(endpoint->fd, SHUT_RDWR);
    (void)pthread_join(endpoint->thread, NULL);
    for (size_t i = 0; i < endpoint->count; i++) {
        (void)shutdown(endpoint->sockets[i], SHUT_RDWR);
        (void)pthread_join(endpoint->connections[i], NULL);
        (void)close(endpoint->sockets[i]);
    }
    (void)close(endpoint->fd);
}

#endif
