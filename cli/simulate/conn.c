/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn.c - bytes to and from one connection, and its life.
 *
 * Closing can be asked for anywhere, even while a list of events still names the connection, so
 * memory is freed by sim_conn_sweep at the end of a round and never earlier.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server.h"

#define SECOND_NS        ((int64_t)1000000000)
/* How long a client may take to see the end of a connection that we leave. */
#define LEAVING_NS       (2 * SECOND_NS)
/* A kernel stamp older than this comes from a wall clock that was set meanwhile. */
#define STAMP_AGE_MAX_NS (10 * SECOND_NS)

void sim_conn_open(struct sim_server *server, int fd)
{
    struct sim_conn *conn = sim_calloc(1, sizeof(*conn));
    int on = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    conn->fd = fd;
    conn->timer.owner = conn;
    conn->all_next = server->all;
    if (server->all != NULL)
        server->all->all_prev = conn;
    server->all = conn;
    sim_loop_add(server, conn);
}

void sim_conn_close(struct sim_server *server, struct sim_conn *conn)
{
    if (conn->phase == SIM_CLOSED)
        return;
    if (conn->phase == SIM_WAITING || (conn->phase == SIM_ANSWERING && conn->answer.in_slot)) {
        conn->answer.truth.status = 499;
        sim_engine_leave(server, conn);
    }
    conn->phase = SIM_CLOSED;
    sim_timer_clear(&server->timers, &conn->timer);
    (void)close(conn->fd); /* epoll forgets it too */
    if (conn->all_prev != NULL)
        conn->all_prev->all_next = conn->all_next;
    else
        server->all = conn->all_next;
    if (conn->all_next != NULL)
        conn->all_next->all_prev = conn->all_prev;
    conn->all_next = server->closed;
    server->closed = conn;
}

void sim_conn_sweep(struct sim_server *server)
{
    while (server->closed != NULL) {
        struct sim_conn *conn = server->closed;
        server->closed = conn->all_next;
        sim_buf_free(&conn->in);
        sim_buf_free(&conn->out);
        sim_buf_free(&conn->answer.frame.bytes);
        free(conn->answer.waiting.at);
        free(conn);
    }
}

void sim_conn_make_ready(struct sim_server *server, struct sim_conn *conn)
{
    if (conn->ready)
        return;
    conn->ready = true;
    conn->next_ready = NULL;
    if (server->ready_last != NULL)
        server->ready_last->next_ready = conn;
    else
        server->ready_first = conn;
    server->ready_last = conn;
}

bool sim_conn_blocked(const struct sim_conn *conn)
{
    return conn->out.len > conn->out_at;
}

static void mark_broken(struct sim_server *server, struct sim_conn *conn)
{
    conn->broken = true;
    sim_conn_make_ready(server, conn); /* the loop closes it, not we behind a caller's back */
}

/* Returns how much the socket took. */
static size_t push(struct sim_server *server, struct sim_conn *conn, const char *data, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = send(conn->fd, data + done, len - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN)
            mark_broken(server, conn);
        if (n < 0)
            break;
        done += (size_t)n;
    }
    return done;
}

void sim_conn_send(struct sim_server *server, struct sim_conn *conn, const char *data, size_t len)
{
    size_t done = 0;

    if (conn->broken || conn->phase == SIM_CLOSED)
        return;
    if (!sim_conn_blocked(conn))
        done = push(server, conn, data, len);
    if (done == len || conn->broken)
        return;
    sim_buf_add(&conn->out, data + done, len - done);
    if (!conn->wants_out)
        sim_loop_want_room(server, conn, true);
}

/* Nothing more to say: our side ends, and what the client still sends is thrown away, for closing
 * at once would reset the connection and could lose the answer. */
static void leave(struct sim_server *server, struct sim_conn *conn)
{
    conn->phase = SIM_LEAVING;
    (void)shutdown(conn->fd, SHUT_WR);
    sim_buf_free(&conn->in);
    sim_timer_set(&server->timers, &conn->timer, sim_now() + LEAVING_NS);
}

static void look_for_request(struct sim_server *server, struct sim_conn *conn, int64_t arrived_ns)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    enum sim_http_state state;

    if (conn->ready || conn->close_after || conn->in.len == 0)
        return;
    state = sim_http_read(&conn->http, conn->in.data, conn->in.len, server->config->affinity);
    if (state != SIM_HTTP_MORE) {
        conn->arrived_ns = arrived_ns;
        sim_conn_make_ready(server, conn);
    } else if (conn->http.expects_continue && conn->http.head_done && !conn->told_continue) {
        conn->told_continue = true;
        sim_conn_send(server, conn, go_on, sizeof(go_on) - 1);
    }
}

void sim_conn_consume(struct sim_conn *conn)
{
    if (conn->http.end > 0)
        sim_buf_consume(&conn->in, conn->http.end);
    conn->http = (struct sim_http){0};
    conn->told_continue = false;
}

void sim_conn_done(struct sim_server *server, struct sim_conn *conn)
{
    sim_conn_consume(conn);
    if (conn->phase == SIM_CLOSED || conn->broken)
        return;
    conn->phase = SIM_READING;
    if (conn->close_after && !sim_conn_blocked(conn))
        leave(server, conn);
    else
        look_for_request(server, conn, sim_now()); /* a pipelined one */
}

/* When the last byte of what was read arrived: by the kernel's own stamp (SO_TIMESTAMPNS, which a
 * busy server cannot delay), else now. */
static int64_t arrival(struct msghdr *message)
{
    int64_t now = sim_now();

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        struct timespec stamp;
        struct timespec wall;
        int64_t age;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
        (void)clock_gettime(CLOCK_REALTIME, &wall);
        age = (int64_t)(wall.tv_sec - stamp.tv_sec) * SECOND_NS + (wall.tv_nsec - stamp.tv_nsec);
        if (age >= 0 && age < STAMP_AGE_MAX_NS)
            return now - age;
    }
    return now;
}

void sim_conn_readable(struct sim_server *server, struct sim_conn *conn)
{
    union {
        char bytes[CMSG_SPACE(sizeof(struct timespec)) + 64];
        struct cmsghdr align;
    } control;
    struct iovec part = {server->input, SIM_INPUT_SIZE};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    int64_t arrived_ns;
    ssize_t n;

    if (conn->phase == SIM_CLOSED)
        return;
    n = recvmsg(conn->fd, &message, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || conn->in.len + (size_t)n > SIM_HEAD_MAX + 2 * SIM_BODY_MAX) {
        sim_conn_close(server, conn);
        return;
    }
    if (conn->phase == SIM_LEAVING || conn->close_after)
        return;
    if (conn->phase != SIM_READING) {
        sim_buf_add(&conn->in, server->input, (size_t)n);
        return;
    }
    arrived_ns = arrival(&message);
    sim_buf_add(&conn->in, server->input, (size_t)n);
    look_for_request(server, conn, arrived_ns);
}

void sim_conn_writable(struct sim_server *server, struct sim_conn *conn)
{
    if (conn->phase == SIM_CLOSED || conn->broken)
        return;
    conn->out_at += push(server, conn, conn->out.data + conn->out_at, conn->out.len - conn->out_at);
    if (sim_conn_blocked(conn) || conn->broken)
        return;
    sim_buf_free(&conn->out);
    conn->out_at = 0;
    sim_loop_want_room(server, conn, false);
    if (conn->phase == SIM_ANSWERING)
        sim_answer_resume(server, conn);
    else if (conn->phase == SIM_READING && conn->close_after)
        leave(server, conn);
}
