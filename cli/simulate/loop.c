/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.c - one thread, one epoll: sockets, one timer for the whole heap, signals.
 *
 * A round first reads every socket that has something and stamps whole requests, and only then
 * looks into them: parsing one request must not make the arrival of the next one late. Timers are
 * looked at between any two pieces of work.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "server.h"

#define EVENTS_MAX 256
#define TIMERS_MAX 32 /* in a row, before sockets get a look */

static bool watch(int epoll, int operation, int fd, uint32_t events, void *owner)
{
    struct epoll_event event = {.events = events, .data = {.ptr = owner}};

    return epoll_ctl(epoll, operation, fd, &event) == 0;
}

void sim_loop_add(struct sim_server *server, struct sim_conn *conn)
{
    if (!watch(server->epoll, EPOLL_CTL_ADD, conn->fd, EPOLLIN, conn))
        sim_conn_close(server, conn);
}

void sim_loop_want_room(struct sim_server *server, struct sim_conn *conn, bool want)
{
    conn->wants_out = want;
    (void)watch(server->epoll, EPOLL_CTL_MOD, conn->fd, EPOLLIN | (want ? EPOLLOUT : 0u), conn);
}

static void accept_all(struct sim_server *server)
{
    for (int i = 0; i < EVENTS_MAX; i++) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            sim_conn_open(server, fd);
            continue;
        }
        if (errno != EMFILE && errno != ENFILE)
            return;
        /* Out of descriptors: take one caller off the queue and hang up, else epoll would spin. */
        (void)close(server->spare);
        fd = accept(server->listener, NULL, NULL);
        if (fd >= 0)
            (void)close(fd);
        server->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
}

static void dispatch(struct sim_server *server, const struct epoll_event *event)
{
    struct sim_conn *conn = event->data.ptr;

    if (event->data.ptr == &server->listener) {
        accept_all(server);
        return;
    }
    if (event->data.ptr == &server->clock) {
        server->armed_ns = 0;
        return;
    }
    if (event->data.ptr == &server->signals) {
        server->stopping = true;
        return;
    }
    if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        sim_conn_readable(server, conn);
    if (event->events & EPOLLOUT)
        sim_conn_writable(server, conn);
}

static void fire(struct sim_server *server, int most)
{
    struct sim_timer *timer;

    while (most-- > 0 && (timer = sim_timers_first(&server->timers)) != NULL) {
        struct sim_conn *conn = timer->owner;
        if (timer->due > sim_now())
            return;
        if (conn->phase == SIM_ANSWERING) {
            /* Left in the heap at its old time: a token moves it to its next one in one step. */
            int64_t due = timer->due;
            sim_answer_due(server, conn);
            if (timer->place > 0 && timer->due == due)
                sim_timer_clear(&server->timers, timer);
        } else {
            sim_conn_close(server, conn);
        }
    }
}

static void serve_ready(struct sim_server *server)
{
    struct sim_conn *conn;

    while ((conn = server->ready_first) != NULL) {
        server->ready_first = conn->next_ready;
        if (server->ready_first == NULL)
            server->ready_last = NULL;
        conn->ready = false;
        if (conn->broken)
            sim_conn_close(server, conn);
        else if (conn->phase == SIM_READING)
            sim_serve(server, conn);
        fire(server, TIMERS_MAX);
    }
}

/* Sets the clock to the first timer; false when that is due already. */
static bool arm(struct sim_server *server)
{
    const struct sim_timer *first = sim_timers_first(&server->timers);
    struct itimerspec when = {0};
    int64_t due = first != NULL ? first->due : 0;

    if (first != NULL && due <= sim_now())
        return false;
    if (due == server->armed_ns)
        return true;
    when.it_value.tv_sec = due / 1000000000;
    when.it_value.tv_nsec = due % 1000000000;
    (void)timerfd_settime(server->clock, TFD_TIMER_ABSTIME, &when, NULL);
    server->armed_ns = due;
    return true;
}

void sim_loop_run(struct sim_server *server)
{
    struct epoll_event events[EVENTS_MAX];

    while (!server->stopping) {
        bool idle = server->ready_first == NULL && arm(server);
        int count;

        if (idle && server->in_flight == 0 && server->log.dirty)
            sim_log_flush(&server->log);
        count = epoll_wait(server->epoll, events, EVENTS_MAX, idle ? -1 : 0);
        fire(server, TIMERS_MAX);
        for (int i = 0; i < count; i++)
            dispatch(server, &events[i]);
        serve_ready(server);
        fire(server, TIMERS_MAX);
        sim_conn_sweep(server);
    }
}

bool sim_loop_open(struct sim_server *server)
{
    sigset_t stops;

    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGINT);
    (void)sigaddset(&stops, SIGTERM);
    /* Blocked for good: a second signal must not kill the process while it writes its log. */
    (void)sigprocmask(SIG_BLOCK, &stops, NULL);
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->clock = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    server->signals = signalfd(-1, &stops, SFD_NONBLOCK | SFD_CLOEXEC);
    server->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (server->epoll < 0 || server->clock < 0 || server->signals < 0)
        return false;
    /* Edge-triggered: setting the clock anew rearms it, nobody needs to read it. */
    return watch(server->epoll, EPOLL_CTL_ADD, server->clock, EPOLLIN | EPOLLET, &server->clock) &&
           watch(server->epoll, EPOLL_CTL_ADD, server->signals, EPOLLIN, &server->signals) &&
           watch(server->epoll, EPOLL_CTL_ADD, server->listener, EPOLLIN, &server->listener);
}

void sim_loop_close(struct sim_server *server)
{
    while (server->all != NULL)
        sim_conn_close(server, server->all);
    sim_conn_sweep(server);
    (void)close(server->epoll);
    (void)close(server->clock);
    (void)close(server->signals);
    (void)close(server->spare);
}
