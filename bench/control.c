/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - the least that any C client pays: raw sockets, one epoll, no HTTP library, no JSON.
 * N streams on kept connections, each asking R times; content tokens are found by a scan of bytes.
 * It shares nothing with the product on purpose. It prints one JSON object on stdout.
 *
 *   control PORT STREAMS REQUESTS BODY_BYTES MAX_TOKENS RAMP_SECONDS
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 256, READ = 16384, CARRY = 11 };

struct stream {
    int fd, asked; /* how many requests went out */
    size_t sent;   /* bytes of the one that is going out */
    bool connecting;
    uint8_t carried;
    char carry[CARRY]; /* end of the bytes read last: a mark may be cut in two */
    int64_t opened_ns;
};

static int epoll_fd, port, asks;
static char *request;
static size_t request_len;
static struct stream *streams;
static int64_t *connect_ns, start_ns, opened_ns; /* opened: every stream has sent once */
static long connects, tokens, answers, unfinished, reads;

static int64_t now(clockid_t clock)
{
    struct timespec ts;

    (void)clock_gettime(clock, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void watch(struct stream *s, int op, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = s};

    if (epoll_ctl(epoll_fd, op, s->fd, &event) != 0)
        die("epoll_ctl");
}

static void open_stream(struct stream *s)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    s->opened_ns = now(CLOCK_MONOTONIC);
    s->connecting = true;
    if (s->fd < 0 ||
        (connect(s->fd, (struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS))
        die("connect");
    watch(s, EPOLL_CTL_ADD, EPOLLOUT);
}

static void send_request(struct stream *s)
{
    if (s->connecting) {
        connect_ns[connects++] = now(CLOCK_MONOTONIC) - s->opened_ns;
        s->connecting = false;
    }
    while (s->sent < request_len) {
        ssize_t n = send(s->fd, request + s->sent, request_len - s->sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            die("send");
        if (n < 0)
            return; /* EPOLLOUT is set */
        s->sent += (size_t)n;
    }
    if (s->asked++ == 0)
        opened_ns = now(CLOCK_MONOTONIC);
    watch(s, EPOLL_CTL_MOD, EPOLLIN);
}

static void answer_over(struct stream *s)
{
    answers++;
    s->carried = 0;
    s->sent = 0;
    if (s->asked < asks) {
        watch(s, EPOLL_CTL_MOD, EPOLLOUT);
        return;
    }
    (void)close(s->fd);
    unfinished--;
}

static void receive(struct stream *s)
{
    static const char mark[] = "\"content\":\"", end_mark[] = "\r\n0\r\n\r\n";
    static char bytes[CARRY + READ + 1];

    memcpy(bytes, s->carry, s->carried);
    ssize_t n = recv(s->fd, bytes + s->carried, READ, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        die("recv");
    reads++;
    char *end = bytes + s->carried + n;
    for (char *p = bytes; (p = memmem(p, (size_t)(end - p), mark, CARRY)) != NULL; p += CARRY)
        tokens += end - p > CARRY && p[CARRY] != '"';
    s->carried = end - bytes > CARRY ? CARRY : (uint8_t)(end - bytes);
    memcpy(s->carry, end - s->carried, s->carried);
    if (end - bytes >= 7 && memcmp(end - 7, end_mark, 7) == 0)
        answer_over(s);
}

static void make_request(size_t body, const char *max_tokens)
{
    FILE *file = open_memstream(&request, &request_len);
    int rest = (int)body - 137 - (int)strlen(max_tokens); /* 137: the JSON around the text */

    if (file == NULL)
        die("open_memstream");
    fprintf(file, "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", port);
    fprintf(file, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", body);
    fprintf(file, "{\"model\":\"simulated-model\",\"messages\":[{\"role\":\"user\",\"content\":\"");
    for (int i = 0; i < rest; i++)
        fputc("the quick brown fox "[i % 20], file);
    fprintf(file, "\"}],\"stream\":true,\"stream_options\":{\"include_usage\":true},");
    fprintf(file, "\"max_tokens\":%s}", max_tokens);
    if (fclose(file) != 0)
        die("fclose");
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void print_result(void)
{
    struct rusage use;

    (void)getrusage(RUSAGE_SELF, &use);
    qsort(connect_ns, (size_t)connects, sizeof(*connect_ns), by_size);
    printf("{\"requests\":%ld,\"tokens\":%ld,\"reads\":%ld,\"cpu_s\":%.6f,\"opened_ms\":%.3f,"
           "\"wall_s\":%.3f,\"peak_rss_bytes\":%ld,\"connect_us\":{\"p50\":%.1f,\"p99\":%.1f}}\n",
           answers, tokens, reads, (double)now(CLOCK_PROCESS_CPUTIME_ID) / 1e9,
           (double)(opened_ns - start_ns) / 1e6, (double)(now(CLOCK_MONOTONIC) - start_ns) / 1e9,
           use.ru_maxrss * 1024, (double)connect_ns[connects / 2] / 1e3,
           (double)connect_ns[connects * 99 / 100] / 1e3);
}

int main(int argc, char **argv)
{
    struct epoll_event ready[BATCH];
    long opened = 0;

    if (argc != 7)
        return 2;
    port = atoi(argv[1]);
    long count = atol(argv[2]);
    asks = atoi(argv[3]);
    double ramp = atof(argv[6]) * 1e9;
    make_request((size_t)atol(argv[4]), argv[5]);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    streams = calloc((size_t)count, sizeof(*streams));
    connect_ns = calloc((size_t)count, sizeof(*connect_ns));
    if (epoll_fd < 0 || streams == NULL || connect_ns == NULL)
        die("start");
    unfinished = count;
    for (start_ns = now(CLOCK_MONOTONIC); unfinished > 0;) {
        for (int64_t t = now(CLOCK_MONOTONIC); opened < count; opened++) {
            if (ramp > 0 && (double)(t - start_ns) < ramp * (double)opened / (double)count)
                break;
            open_stream(&streams[opened]);
        }
        int n = epoll_wait(epoll_fd, ready, BATCH, opened < count ? 1 : -1);
        for (int i = 0; i < n; i++) {
            struct stream *s = ready[i].data.ptr;
            (ready[i].events & EPOLLOUT) != 0 ? send_request(s) : receive(s);
        }
    }
    print_result();
    return 0;
}
