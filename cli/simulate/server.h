/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - the state of the simulated endpoint, and who does what with it:
 *
 *   loop.c     sockets, timers, signals: when something happens      -> service.c, answer.c
 *   service.c  a request is whole: refuse it, or put it to an engine -> reply.c, engine.c
 *   engine.c   replicas: cache, slots, waiting lines, due times      -> answer.c
 *   answer.c   an answer under way: a timer is due, send what is due -> frame.c, conn.c
 *   conn.c     bytes to and from one connection
 *
 * One thread owns everything here.
 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "cache.h"
#include "chat.h"
#include "config.h"
#include "http.h"
#include "log.h"
#include "timers.h"

struct sim_conn;

enum sim_phase {
    SIM_READING,   /* waits for (the rest of) a request */
    SIM_WAITING,   /* in a replica's line */
    SIM_ANSWERING, /* its timer is set, or its client does not read */
    SIM_LEAVING,   /* our side is shut, what still comes is thrown away */
    SIM_CLOSED     /* freed at the end of this round of the loop */
};

/* A piece of answer ready to send but for its text: one memcpy makes the next frame of it. */
struct sim_frame {
    struct sim_buf bytes;
    size_t text_at, text_len;
    bool reasoning;
};

struct sim_answer {
    struct sim_truth truth;
    struct sim_frame frame;
    struct sim_chain chain;    /* of the prompt: the answer's blocks follow it in the cache */
    struct sim_hashes waiting; /* the prompt's blocks, while in line */
    struct sim_replica *replica;
    const char *model; /* escaped for JSON; belongs to the server */
    int64_t first_due_ns;
    int64_t created; /* wall clock, seconds */
    uint64_t tokens, sent, reasoning;
    uint32_t text, reasoning_text; /* where in the ring of prose they start */
    bool stream, include_usage;
    bool chunked;  /* transfer coding; HTTP/1.0 has none */
    bool at_limit; /* it ends because of max_tokens */
    bool in_slot;
};

struct sim_conn {
    struct sim_timer timer;
    struct sim_conn *next_ready;
    struct sim_conn *line_next, *line_prev; /* in the replica's line */
    struct sim_conn *all_next, *all_prev;   /* all_next also chains the closed ones */
    struct sim_buf in, out;
    size_t out_at; /* of `out`, sent already */
    struct sim_http http;
    struct sim_answer answer;
    int64_t arrived_ns;
    int fd;
    enum sim_phase phase;
    bool ready;       /* on the ready list */
    bool broken;      /* sending failed */
    bool close_after; /* when `out` is empty */
    bool wants_out;   /* epoll watches for room */
    bool told_continue;
};

struct sim_replica {
    struct sim_cache *cache;
    struct sim_conn *line_first, *line_last;
    int64_t active;
};

struct sim_server {
    const struct simulate_config *config;
    struct sim_timers timers;
    struct sim_log log;
    struct sim_chat chat; /* the request at hand */
    struct json_tokener *tokener;
    struct sim_replica *replicas;
    struct sim_buf *models; /* escaped for JSON, NUL-terminated */
    const char *const *model_names;
    size_t model_count;
    struct sim_conn *all, *closed;
    struct sim_conn *ready_first, *ready_last;
    struct sim_buf scratch; /* of replies and coalesced frames */
    struct sim_hashes blocks;
    char *input;             /* where sockets are read into */
    char *key;               /* NULL: none asked for */
    uint64_t requests, turn; /* chat requests so far; round robin */
    int64_t window_ns;       /* start of the rate limit's minute */
    uint64_t window_used;
    uint64_t in_flight;
    int64_t armed_ns;
    int epoll, listener, clock, signals, spare;
    bool stopping;
};

#define SIM_INPUT_SIZE ((size_t)256 << 10)

/* conn.c */
void sim_conn_open(struct sim_server *server, int fd);
/* Ends whatever is under way and closes. The memory lives until sim_conn_sweep. */
void sim_conn_close(struct sim_server *server, struct sim_conn *conn);
void sim_conn_sweep(struct sim_server *server);
/* Sends now, or keeps what the socket does not take. Never closes: failure marks `broken`. */
void sim_conn_send(struct sim_server *server, struct sim_conn *conn, const char *data, size_t len);
/* There is unsent output. */
bool sim_conn_blocked(const struct sim_conn *conn);
/* The socket is readable, or has room. */
void sim_conn_readable(struct sim_server *server, struct sim_conn *conn);
void sim_conn_writable(struct sim_server *server, struct sim_conn *conn);
/* The answer is whole: on to the next request, or out. */
void sim_conn_done(struct sim_server *server, struct sim_conn *conn);
/* Drops the request that was served from the input. */
void sim_conn_consume(struct sim_conn *conn);
void sim_conn_make_ready(struct sim_server *server, struct sim_conn *conn);

/* service.c */
void sim_serve(struct sim_server *server, struct sim_conn *conn);

/* engine.c */
/* Takes the request in server->chat to a replica: into a slot, or in line. */
void sim_engine_take(struct sim_server *server, struct sim_conn *conn, struct sim_span affinity);
/* The answer of this connection ended or was given up. */
void sim_engine_leave(struct sim_server *server, struct sim_conn *conn);

/* answer.c */
/* It has its slot: sets the timer, sends the head of a stream. */
void sim_answer_start(struct sim_server *server, struct sim_conn *conn);
/* Its timer is due. */
void sim_answer_due(struct sim_server *server, struct sim_conn *conn);
/* The client read what was stuck. */
void sim_answer_resume(struct sim_server *server, struct sim_conn *conn);

/* loop.c */
bool sim_loop_open(struct sim_server *server);
void sim_loop_run(struct sim_server *server);
void sim_loop_close(struct sim_server *server);
void sim_loop_add(struct sim_server *server, struct sim_conn *conn);
/* Whether to be told when its socket has room for more output. */
void sim_loop_want_room(struct sim_server *server, struct sim_conn *conn, bool want);

#endif
