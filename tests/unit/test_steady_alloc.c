/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_steady_alloc.c - a token costs no allocation: not of ours, and with glibc none of libcurl's
 * either. A server thread streams 1,000 tokens over a real socket through loop, transfer and chat.
 * The first stream grows the buffers, at most by doubling: a long event is cut by the end of a
 * read, and all the rest comes in one piece. In the streams after it nothing is allocated between
 * token 10 and token 1,000. The server waits after token 10 until the client has returned to its
 * loop: libcurl notes a socket once a request, perhaps only after the first tokens.
 *
 * In the second stream the server is never more than a few tokens ahead, as one that generates
 * them. In the third it hurries, and the client may read up to the middle of a chunk; then the
 * socket is libcurl's for a while (net/body.c), which allocates a little each time, and not for
 * less than 4 kB.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/settings.h"
#include "engine/chat.h"
#include "net/global.h"

enum pace { AT_ONCE, PACED, HURRIED, STREAMS };
enum { TOKENS = 1000, FROM = 10, LONG = 400, GROWTH_MAX = 40, AHEAD = 8 };
enum { PART = 4096, PER_PART = 8 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define COUNTS_ALL 0
#else
#define COUNTS_ALL 1
#endif

static _Thread_local long all, ours;
static int go_on[2]; /* a pipe: a byte for each token that the client has read, from FROM on */
static size_t sent;  /* by the server in the last stream */

#if COUNTS_ALL
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    all++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    all++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    all++;
    return __libc_realloc(old, size);
}
#endif

static void *count_ours(void *user, void *old, size_t size)
{
    (void)user;
    if (size == 0) {
        free(old);
        return NULL;
    }
    ours++;
    return realloc(old, size);
}

/* ---- the server --------------------------------------------------------------------------------
 */

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

static struct {
    char bytes[512 * 1024];
    size_t len;
} piece; /* is sent at once */

static bool wait_for_client(int fd)
{
    char byte;

    send_all(fd, piece.bytes, piece.len);
    piece.len = 0;
    return read(go_on[0], &byte, 1) == 1;
}

static void send_chunk(int fd, const char *bytes, size_t len, enum pace pace)
{
    char chunk[1024];

    if (len == 0)
        return;
    int n = snprintf(chunk, sizeof(chunk), "%zx\r\n%.*s\r\n", len, (int)len, bytes);
    size_t part = pace == HURRIED ? (size_t)n / 3 : 0;
    sent += (size_t)n;
    if (pace == AT_ONCE && sizeof(piece.bytes) - piece.len >= (size_t)n) {
        memcpy(piece.bytes + piece.len, chunk, (size_t)n);
        piece.len += (size_t)n;
        return;
    }
    send_all(fd, chunk, part);
    send_all(fd, chunk + part, (size_t)n - part);
}

/* One frame in two chunks, cut at a different place each time, as proxies do. */
static void send_token(int fd, int number, enum pace pace)
{
    static const char *const texts[] = {" the", " \\\"so\\\"", " caf\xc3\xa9", "\\n", " 1,000"};
    bool is_long = pace == AT_ONCE && number == FROM;
    char frame[LONG + 256];
    int len = snprintf(
        frame, sizeof(frame),
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"model\":"
        "\"m\",\"choices\":[{\"index\":0,\"delta\":{%s\"content\":\"%*s\"},"
        "\"finish_reason\":null}]}\n\n",
        number % 100 == 99 ? "\"role\":\"assistant\"," : "", is_long ? LONG : 0, texts[number % 5]);
    size_t cut = (size_t)(number % 2 == 0 ? len : (number * 7) % len);

    if (is_long)
        cut = LONG;
    send_chunk(fd, frame, cut, pace);
    if (is_long && !wait_for_client(fd))
        return;
    send_chunk(fd, frame + cut, (size_t)len - cut, pace);
}

static void answer(int fd, enum pace pace)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n";
    static const char end[] = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
                              "\"length\"}]}\n\ndata: [DONE]\n\n";
    char request[4096];

    if (recv(fd, request, sizeof(request), 0) <= 0)
        return;
    sent = 0;
    send_all(fd, head, sizeof(head) - 1);
    for (int i = 0; i < TOKENS; i++) {
        bool waits = pace == PACED ? i == FROM || i > FROM + AHEAD : pace == HURRIED && i == FROM;
        if (waits && !wait_for_client(fd))
            return;
        send_token(fd, i, pace);
    }
    send_all(fd, piece.bytes, piece.len);
    piece.len = 0;
    send_chunk(fd, end, sizeof(end) - 1, PACED);
    send_all(fd, "0\r\n\r\n", 5);
}

static void *serve(void *user)
{
    int on = 1;
    int fd = accept(*(int *)user, NULL, NULL);

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    for (int pace = 0; pace < STREAMS; pace++)
        answer(fd, (enum pace)pace);
    (void)close(fd);
    return NULL;
}

static int listen_on(int *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* ---- the client --------------------------------------------------------------------------------
 */

struct watcher {
    bool done, counting;
    uint32_t tokens, told;
    long all_from, ours_from, all_to, ours_to;
};

static lb_err on_delta(void *user, struct lbi_text content, int64_t at_ns)
{
    struct watcher *w = user;

    (void)content, (void)at_ns;
    w->tokens++;
    w->all_to = all;
    w->ours_to = ours;
    return LB_OK;
}

static void count_from_here(struct watcher *w)
{
    w->counting = true;
    w->all_from = all;
    w->ours_from = ours;
}

static void let_server_go_on(struct watcher *w, enum pace pace)
{
    uint32_t last = pace == PACED ? TOKENS - AHEAD - 1 : FROM; /* it waits for no more */

    for (; w->told < w->tokens && w->told < last; w->told++) {
        if (w->told >= FROM - 1)
            (void)!write(go_on[1], "g", 1);
    }
}

static void on_done(void *user, struct lbi_chat *chat)
{
    struct watcher *w = user;

    (void)chat;
    w->done = true;
}

static struct watcher stream(struct lbi_chat *chat, enum pace pace)
{
    static const char body[] = "{\"model\":\"m\",\"messages\":[],\"stream\":true}";
    struct watcher w = {0};

    chat->on_delta = on_delta;
    chat->on_done = on_done;
    chat->user = &w;
    ck_assert_int_eq(lbi_chat_start(chat, body, sizeof(body) - 1, NULL), LB_OK);
    lb_err err = LB_OK;
    while (!w.done && err == LB_OK) { /* no assertion in here: Check allocates for each */
        err = lbi_loop_step(chat->transfer.loop, true);
        if (w.tokens >= FROM && !w.counting)
            count_from_here(&w);
        let_server_go_on(&w, pace);
    }
    ck_assert_int_eq(err, LB_OK);
    ck_assert_str_eq(lbi_buf_text(&chat->error_text), "");
    ck_assert_uint_eq(w.tokens, TOKENS);
    ck_assert_uint_eq(chat->chunks, TOKENS);
    return w;
}

static void converse(struct lbi_endpoint *endpoint)
{
    const struct lbi_mem mem = {count_ours, NULL};
    struct lbi_loop loop;
    struct lbi_chat chat;

    ck_assert_int_eq(lbi_loop_init(&loop, &mem, -1), LB_OK);
    ck_assert_int_eq(lbi_loop_reserve_timers(&loop, 4), LB_OK);
    ck_assert_int_eq(lbi_chat_init(&chat, &loop, endpoint, 0), LB_OK);

    struct watcher first = stream(&chat, AT_ONCE);
    ck_assert_int_gt(first.ours_from, 0); /* it does count */
    ck_assert_int_le(first.ours_to - first.ours_from, GROWTH_MAX);

    struct watcher paced = stream(&chat, PACED);
    ck_assert_int_eq(paced.ours_to - paced.ours_from, 0);
    if (COUNTS_ALL)
        ck_assert_int_eq(paced.all_to - paced.all_from, 0);

    struct watcher hurried = stream(&chat, HURRIED);
    ck_assert_int_eq(hurried.ours_to - hurried.ours_from, 0);
    if (COUNTS_ALL)
        ck_assert_int_le(hurried.all_to - hurried.all_from, (long)(PER_PART * (sent / PART + 1)));

    lbi_chat_free(&chat);
    lbi_loop_free(&loop);
}

START_TEST(a_token_allocates_nothing)
{
    char url[64];
    int port;
    int listener = listen_on(&port);
    pthread_t server;
    lb_ctx *ctx;
    lb_config *config;
    struct lbi_endpoint endpoint;

    ck_assert_int_eq(pipe(go_on), 0);
    ck_assert_int_eq(pthread_create(&server, NULL, serve, &listener), 0);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1", port);
    ck_assert_int_eq(lb_ctx_new(&ctx, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    ck_assert_int_eq(lb_config_set(config, "target.url", url, NULL), LB_OK);
    ck_assert_int_eq(lbi_curl_acquire(), LB_OK);
    ck_assert_int_eq(lbi_endpoint_init(&endpoint, config), LB_OK);
    converse(&endpoint);
    lbi_endpoint_free(&endpoint);
    lbi_curl_release();
    lb_config_free(config);
    lb_ctx_free(ctx);
    ck_assert_int_eq(pthread_join(server, NULL), 0);
    (void)close(listener);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("steady_alloc");
    TCase *tcase = tcase_create("steady_alloc");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_token_allocates_nothing);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
