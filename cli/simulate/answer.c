/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer.c - an answer under way: which frames are due, and the truth about when they were sent.
 *
 * Token k is due at first_due + k * itl, an absolute time: being late once moves nothing after it.
 * The steady path (one frame, one send, one timer) allocates nothing and prints nothing.
 */
#include <string.h>

#include "frame.h"
#include "reply.h"
#include "server.h"
#include "text.h"

/* With no time between tokens, frames go out in portions of about this size. */
#define PORTION ((size_t)16 << 10)

static uint64_t tokens_to_send(const struct sim_server *server, const struct sim_answer *answer)
{
    uint64_t die_after = (uint64_t)server->config->die_after;

    return die_after > 0 && die_after < answer->tokens ? die_after : answer->tokens;
}

/* Fills answer->frame with what comes next; returns how many tokens that is. */
static uint64_t next_frame(const struct sim_server *server, struct sim_answer *answer)
{
    struct sim_frame *frame = &answer->frame;
    uint64_t count = (uint64_t)server->config->tokens_per_chunk;
    uint64_t end = tokens_to_send(server, answer);
    bool reasoning = answer->sent < answer->reasoning;
    const char *text;
    size_t len;

    if (reasoning && end > answer->reasoning)
        end = answer->reasoning;
    if (count > end - answer->sent)
        count = end - answer->sent;
    len = server->config->null_content ? 0 : (size_t)count * SIM_TOKEN_BYTES;
    if (frame->bytes.len == 0 || frame->text_len != len || frame->reasoning != reasoning)
        sim_frame_prepare(answer, len, reasoning);
    text = reasoning ? sim_text_at(answer->reasoning_text, answer->sent)
                     : sim_text_at(answer->text, answer->sent - answer->reasoning);
    memcpy(frame->bytes.data + frame->text_at, text, len);
    return count;
}

/* Immediately before the send: this is the truth that clients are measured against. */
static void stamp(const struct sim_server *server, struct sim_answer *answer)
{
    if (server->config->null_content)
        return;
    answer->truth.last_token_ns = sim_now();
    if (answer->truth.first_token_ns == 0)
        answer->truth.first_token_ns = answer->truth.last_token_ns;
    answer->truth.tokens = answer->sent;
}

static void end_answer(struct sim_server *server, struct sim_conn *conn)
{
    sim_engine_leave(server, conn);
    if (server->config->die_after > 0 && conn->answer.sent < conn->answer.tokens)
        sim_conn_close(server, conn);
    else
        sim_conn_done(server, conn);
}

static void add_stream_head(struct sim_server *server, struct sim_conn *conn, struct sim_buf *out)
{
    struct sim_head head = {200, "text/event-stream; charset=utf-8", "cache-control: no-cache\r\n",
                            SIZE_MAX};

    sim_reply_head(server, conn, out, &head);
    sim_frame_role(out, &conn->answer, server->config->null_content != 0);
}

/* Appends frames to the scratch buffer up to `limit` bytes or the end, its tail included. */
static bool add_frames(struct sim_server *server, struct sim_answer *answer, size_t limit)
{
    uint64_t end = tokens_to_send(server, answer);

    do {
        answer->sent += next_frame(server, answer);
        sim_buf_add(&server->scratch, answer->frame.bytes.data, answer->frame.bytes.len);
    } while (answer->sent < end && server->scratch.len < limit);
    if (answer->sent == answer->tokens)
        sim_frame_tail(&server->scratch, answer, server->config);
    return answer->sent == end;
}

static void schedule(struct sim_server *server, struct sim_conn *conn)
{
    const struct sim_answer *answer = &conn->answer;
    int64_t itl = server->config->itl;

    if (sim_conn_blocked(conn))
        return; /* sim_answer_resume goes on when the client reads */
    /* Without pauses everything is due: the present keeps streams taking turns. */
    sim_timer_set(&server->timers, &conn->timer,
                  itl > 0 ? answer->first_due_ns + (int64_t)answer->sent * itl : sim_now());
}

static void send_frames(struct sim_server *server, struct sim_conn *conn)
{
    struct sim_answer *answer = &conn->answer;
    uint64_t left = tokens_to_send(server, answer) - answer->sent;
    bool ended;

    if (server->config->itl > 0 && left > (uint64_t)server->config->tokens_per_chunk) {
        answer->sent += next_frame(server, answer);
        stamp(server, answer);
        sim_conn_send(server, conn, answer->frame.bytes.data, answer->frame.bytes.len);
        schedule(server, conn);
        return;
    }
    server->scratch.len = 0;
    ended = add_frames(server, answer, server->config->itl > 0 ? 1 : PORTION);
    stamp(server, answer);
    sim_conn_send(server, conn, server->scratch.data, server->scratch.len);
    if (ended)
        end_answer(server, conn);
    else
        schedule(server, conn);
}

/* A stream that was held back: everything in one piece. */
static void send_held(struct sim_server *server, struct sim_conn *conn)
{
    server->scratch.len = 0;
    add_stream_head(server, conn, &server->scratch);
    (void)add_frames(server, &conn->answer, SIZE_MAX);
    stamp(server, &conn->answer);
    sim_conn_send(server, conn, server->scratch.data, server->scratch.len);
    end_answer(server, conn);
}

static void send_whole(struct sim_server *server, struct sim_conn *conn)
{
    struct sim_head head = {200, "application/json", "", 0};
    struct sim_answer *answer = &conn->answer;
    struct sim_buf body = {0};
    size_t len;

    answer->sent = tokens_to_send(server, answer);
    sim_frame_whole(&body, answer, server->config);
    len = answer->sent < answer->tokens ? body.len / 2 : body.len; /* it dies half-way */
    head.length = body.len;
    server->scratch.len = 0;
    sim_reply_head(server, conn, &server->scratch, &head);
    sim_buf_add(&server->scratch, body.data, len);
    sim_buf_free(&body);
    stamp(server, answer);
    sim_conn_send(server, conn, server->scratch.data, server->scratch.len);
    end_answer(server, conn);
}

void sim_answer_start(struct sim_server *server, struct sim_conn *conn)
{
    struct sim_answer *answer = &conn->answer;
    int64_t due = answer->first_due_ns;

    if (answer->stream && !server->config->hold) {
        server->scratch.len = 0;
        add_stream_head(server, conn, &server->scratch);
        sim_conn_send(server, conn, server->scratch.data, server->scratch.len);
    } else {
        due += (int64_t)(answer->tokens - 1) * server->config->itl;
    }
    sim_timer_set(&server->timers, &conn->timer, due);
}

void sim_answer_due(struct sim_server *server, struct sim_conn *conn)
{
    if (sim_conn_blocked(conn))
        return;
    if (!conn->answer.stream)
        send_whole(server, conn);
    else if (server->config->hold)
        send_held(server, conn);
    else
        send_frames(server, conn);
}

void sim_answer_resume(struct sim_server *server, struct sim_conn *conn)
{
    /* Before the first token the timer still stands: the head alone was stuck. */
    if (conn->timer.place > 0)
        return;
    if (conn->answer.sent > 0)
        schedule(server, conn);
    else
        sim_timer_set(&server->timers, &conn->timer, sim_now());
}
