/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.c - what a whole request asks for, and whether it may have it. The checks stand in the
 * order in which gateways make them: path, method, key, quota, body, model, size.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "reply.h"
#include "server.h"
#include "text.h"

#define MINUTE_NS ((int64_t)60 * 1000000000)
#define FOR_ERROR 100

static bool span_is(const struct sim_conn *conn, struct sim_span span, const char *text)
{
    return span.len == strlen(text) && memcmp(conn->in.data + span.at, text, span.len) == 0;
}

static bool key_is_right(const struct sim_server *server, const struct sim_conn *conn)
{
    static const char scheme[] = "Bearer ";
    const size_t skip = sizeof(scheme) - 1;
    struct sim_span given = conn->http.authorization;

    if (server->key == NULL)
        return true;
    if (given.len <= skip || strncasecmp(conn->in.data + given.at, scheme, skip) != 0)
        return false;
    given.at += skip;
    given.len -= skip;
    return span_is(conn, given, server->key);
}

/* Refuses a chat request: into the log, then to the client. */
static void refuse(struct sim_server *server, struct sim_conn *conn, const struct sim_error *error,
                   const char *message)
{
    conn->answer.truth.status = error->status;
    sim_log_write(&server->log, &conn->answer.truth);
    sim_reply_error(server, conn, error, message);
}

static bool within_rate(struct sim_server *server, struct sim_conn *conn)
{
    struct sim_error error = {429, NULL, "rate_limit_exceeded", NULL, 0};
    int64_t limit = server->config->rate_limit;
    char message[120];

    if (limit == 0)
        return true;
    if (server->window_ns == 0 || conn->arrived_ns - server->window_ns >= MINUTE_NS) {
        server->window_ns = conn->arrived_ns;
        server->window_used = 0;
    }
    if (server->window_used < (uint64_t)limit) {
        server->window_used++;
        return true;
    }
    error.retry_after_s = sim_rate_reset_s(server);
    (void)snprintf(message, sizeof(message),
                   "Rate limit reached: %" PRId64 " requests per minute. Try again in %" PRId64
                   "s.",
                   limit, error.retry_after_s);
    refuse(server, conn, &error, message);
    return false;
}

static bool draws_error(const struct sim_server *server, uint64_t request)
{
    const struct simulate_config *config = server->config;

    if (config->error_every > 0 && request % (uint64_t)config->error_every == 0)
        return true;
    return config->error_rate > 0 &&
           sim_random_share((uint64_t)config->seed, request, FOR_ERROR) < config->error_rate;
}

static bool find_model(struct sim_server *server, struct sim_conn *conn)
{
    const struct sim_error error = {404, "NotFoundError", "model_not_found", "model", 0};
    const struct sim_buf *asked = &server->chat.model;
    char message[SIM_MODEL_MAX + 64];

    for (size_t i = 0; i < server->model_count; i++) {
        const char *name = server->model_names[i];
        if (strlen(name) == asked->len && memcmp(name, asked->data, asked->len) == 0) {
            conn->answer.model = server->models[i].data;
            return true;
        }
    }
    if (asked->len > 0 && asked->len <= SIM_MODEL_MAX)
        (void)snprintf(message, sizeof(message), "The model `%.*s` does not exist.",
                       (int)asked->len, asked->data);
    else
        (void)snprintf(message, sizeof(message), "The model does not exist.");
    refuse(server, conn, &error, message);
    return false;
}

static bool fits_context(struct sim_server *server, struct sim_conn *conn)
{
    const struct sim_error error = {400, "BadRequestError", "context_length_exceeded", "messages",
                                    0};
    int64_t prompt = (int64_t)conn->answer.truth.prompt_tokens;
    int64_t most = server->config->max_model_len;
    int64_t answer = server->chat.max_tokens < 0 ? 1 : server->chat.max_tokens;
    char message[320];

    if (prompt + answer <= most)
        return true;
    (void)snprintf(message, sizeof(message),
                   "This model's maximum context length is %" PRId64
                   " tokens. However, you requested %" PRId64 " tokens (%" PRId64
                   " in the messages, %" PRId64
                   " in the completion). Please reduce the length of the messages or completion.",
                   most, prompt + answer, prompt, answer);
    refuse(server, conn, &error, message);
    return false;
}

static bool read_chat(struct sim_server *server, struct sim_conn *conn)
{
    struct sim_error error = {400, NULL, NULL, NULL, 0};
    struct sim_chat *chat = &server->chat;

    if (!sim_chat_parse(chat, server->tokener, conn->in.data + conn->http.body.at,
                        conn->http.body.len)) {
        error.param = chat->param;
        refuse(server, conn, &error, chat->fault);
        return false;
    }
    conn->answer.truth.prompt_tokens = (chat->prompt.bytes + SIM_TOKEN_BYTES - 1) / SIM_TOKEN_BYTES;
    if (chat->has_stream_options && server->config->reject_stream_options) {
        error.param = "stream_options";
        refuse(server, conn, &error, "Unrecognized request argument supplied: stream_options");
        return false;
    }
    return true;
}

static void serve_chat(struct sim_server *server, struct sim_conn *conn)
{
    struct sim_error injected = {(int)server->config->error_status, NULL, "simulated_error", NULL,
                                 server->config->retry_after};

    if (!within_rate(server, conn) || !read_chat(server, conn) || !find_model(server, conn) ||
        !fits_context(server, conn))
        return;
    if (draws_error(server, conn->answer.truth.request)) {
        refuse(server, conn, &injected, "This error was asked for (--error-rate, --error-every).");
        return;
    }
    sim_engine_take(server, conn, conn->http.affinity);
}

/* The connection's memory is reused from request to request. */
static void begin_answer(struct sim_conn *conn)
{
    struct sim_buf kept = conn->answer.frame.bytes;

    kept.len = 0;
    conn->answer = (struct sim_answer){0};
    conn->answer.frame.bytes = kept;
    conn->answer.chunked = !conn->http.old;
    conn->close_after = !conn->http.keep_alive;
}

static void refuse_method(struct sim_server *server, struct sim_conn *conn, bool is_chat)
{
    static const struct sim_error error = {405, NULL, "method_not_allowed", NULL, 0};

    if (is_chat)
        refuse(server, conn, &error, "Method not allowed: use POST.");
    else
        sim_reply_error(server, conn, &error, "Method not allowed: use GET.");
}

static void refuse_key(struct sim_server *server, struct sim_conn *conn, bool is_chat)
{
    static const struct sim_error error = {401, NULL, "invalid_api_key", NULL, 0};
    static const char message[] = "Incorrect API key provided.";

    if (is_chat)
        refuse(server, conn, &error, message);
    else
        sim_reply_error(server, conn, &error, message);
}

/* The bytes were no request that can be answered: say so and leave. */
static void refuse_bytes(struct sim_server *server, struct sim_conn *conn)
{
    const struct sim_error error = {conn->http.status, NULL, NULL, NULL, 0};

    conn->close_after = true;
    sim_reply_error(server, conn, &error,
                    error.status == 413   ? "The request is too large."
                    : error.status == 431 ? "The request's headers are too large."
                                          : "The request is not valid HTTP.");
}

enum route { ROUTE_NONE, ROUTE_CHAT, ROUTE_MODELS, ROUTE_HEALTH };

/* Each path is there with and without /v1 before it. */
static enum route find_route(const struct sim_conn *conn)
{
    struct sim_span path = conn->http.path;

    if (path.len > 3 && memcmp(conn->in.data + path.at, "/v1/", 4) == 0) {
        path.at += 3;
        path.len -= 3;
    }
    if (span_is(conn, path, "/chat/completions"))
        return ROUTE_CHAT;
    if (span_is(conn, path, "/models"))
        return ROUTE_MODELS;
    return span_is(conn, path, "/health") ? ROUTE_HEALTH : ROUTE_NONE;
}

static void follow(struct sim_server *server, struct sim_conn *conn, enum route route)
{
    bool is_chat = route == ROUTE_CHAT;

    if (!span_is(conn, conn->http.method, is_chat ? "POST" : "GET"))
        refuse_method(server, conn, is_chat);
    else if (route == ROUTE_HEALTH)
        sim_reply_health(server, conn);
    else if (!key_is_right(server, conn))
        refuse_key(server, conn, is_chat);
    else if (is_chat)
        serve_chat(server, conn);
    else
        sim_reply_models(server, conn);
}

void sim_serve(struct sim_server *server, struct sim_conn *conn)
{
    static const struct sim_error unknown = {404, NULL, NULL, NULL, 0};
    enum route route;

    begin_answer(conn);
    if (conn->http.status != 0) {
        refuse_bytes(server, conn);
        return;
    }
    route = find_route(conn);
    if (route == ROUTE_CHAT) {
        conn->answer.truth.request = ++server->requests;
        conn->answer.truth.arrived_ns = conn->arrived_ns;
    }
    if (route == ROUTE_NONE)
        sim_reply_error(server, conn, &unknown, "There is nothing at this path.");
    else
        follow(server, conn, route);
}
