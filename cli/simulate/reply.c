/* SPDX-License-Identifier: Apache-2.0 */
/* reply.c - see reply.h. The only place that writes HTTP heads. */
#include "reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } reasons[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {413, "Content Too Large"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == status)
            return reasons[i].text;
    }
    return "Error";
}

int64_t sim_rate_reset_s(const struct sim_server *server)
{
    int64_t left = server->window_ns + (int64_t)60 * 1000000000 - sim_now();

    return left > 0 ? (left + 999999999) / 1000000000 : 1;
}

static void add_rate_headers(const struct sim_server *server, struct sim_buf *out)
{
    uint64_t limit = (uint64_t)server->config->rate_limit;
    uint64_t left = limit > server->window_used ? limit - server->window_used : 0;

    sim_buf_text(out, "x-ratelimit-limit-requests: ");
    sim_buf_number(out, limit);
    sim_buf_text(out, "\r\nx-ratelimit-remaining-requests: ");
    sim_buf_number(out, left);
    sim_buf_text(out, "\r\nx-ratelimit-reset-requests: ");
    sim_buf_number(out, (uint64_t)sim_rate_reset_s(server));
    sim_buf_text(out, "s\r\n");
}

void sim_reply_head(struct sim_server *server, const struct sim_conn *conn, struct sim_buf *out,
                    const struct sim_head *head)
{
    sim_buf_text(out, "HTTP/1.1 ");
    sim_buf_number(out, (uint64_t)head->status);
    sim_buf_text(out, " ");
    sim_buf_text(out, reason(head->status));
    sim_buf_text(out, "\r\nserver: litebench-simulate\r\ncontent-type: ");
    sim_buf_text(out, head->content_type);
    sim_buf_text(out, "\r\n");
    if (head->length != SIZE_MAX) {
        sim_buf_text(out, "content-length: ");
        sim_buf_number(out, head->length);
        sim_buf_text(out, "\r\n");
    } else if (conn->answer.chunked) {
        sim_buf_text(out, "transfer-encoding: chunked\r\n");
    }
    if (conn->close_after)
        sim_buf_text(out, "connection: close\r\n");
    else if (conn->http.old)
        sim_buf_text(out, "connection: keep-alive\r\n");
    if (server->config->rate_limit > 0)
        add_rate_headers(server, out);
    if (conn->answer.replica != NULL && server->config->replicas > 1) {
        sim_buf_text(out, "x-replica: ");
        sim_buf_number(out, (uint64_t)(conn->answer.replica - server->replicas));
        sim_buf_text(out, "\r\n");
    }
    sim_buf_text(out, head->extra);
    sim_buf_text(out, "\r\n");
}

void sim_reply_json(struct sim_server *server, struct sim_conn *conn, const struct sim_head *head,
                    const struct sim_buf *body)
{
    struct sim_buf out = {0};

    sim_reply_head(server, conn, &out, head);
    sim_buf_add(&out, body->data, body->len);
    sim_conn_send(server, conn, out.data, out.len);
    sim_buf_free(&out);
    sim_conn_done(server, conn);
}

static const char *kind_of(int status)
{
    if (status == 401)
        return "authentication_error";
    if (status == 404)
        return "not_found_error";
    if (status == 429)
        return "rate_limit_error";
    return status >= 500 ? "server_error" : "invalid_request_error";
}

static void add_or_null(struct sim_buf *body, const char *name, const char *value)
{
    sim_buf_text(body, name);
    if (value == NULL) {
        sim_buf_text(body, "null");
        return;
    }
    sim_buf_text(body, "\"");
    sim_buf_json(body, value, strlen(value));
    sim_buf_text(body, "\"");
}

void sim_reply_error(struct sim_server *server, struct sim_conn *conn,
                     const struct sim_error *error, const char *message)
{
    struct sim_head head = {error->status, "application/json", "", 0};
    struct sim_buf body = {0};
    char extra[64] = "";

    sim_buf_text(&body, "{\"error\":{\"message\":\"");
    sim_buf_json(&body, message, strlen(message));
    add_or_null(&body, "\",\"type\":", error->kind != NULL ? error->kind : kind_of(error->status));
    add_or_null(&body, ",\"param\":", error->param);
    add_or_null(&body, ",\"code\":", error->code);
    sim_buf_text(&body, "}}");
    if (error->retry_after_s > 0)
        (void)snprintf(extra, sizeof(extra), "retry-after: %" PRId64 "\r\n", error->retry_after_s);
    head.extra = extra;
    head.length = body.len;
    sim_reply_json(server, conn, &head, &body);
    sim_buf_free(&body);
}

void sim_reply_models(struct sim_server *server, struct sim_conn *conn)
{
    struct sim_head head = {200, "application/json", "", 0};
    struct sim_buf body = {0};

    sim_buf_text(&body, "{\"object\":\"list\",\"data\":[");
    for (size_t i = 0; i < server->model_count; i++) {
        sim_buf_text(&body, i > 0 ? ",{\"id\":\"" : "{\"id\":\"");
        sim_buf_text(&body, server->models[i].data);
        sim_buf_text(&body, "\",\"object\":\"model\",\"created\":");
        sim_buf_number(&body, (uint64_t)time(NULL));
        sim_buf_text(&body, ",\"owned_by\":\"litebench-simulate\",\"max_model_len\":");
        sim_buf_number(&body, (uint64_t)server->config->max_model_len);
        sim_buf_text(&body, "}");
    }
    sim_buf_text(&body, "]}");
    head.length = body.len;
    sim_reply_json(server, conn, &head, &body);
    sim_buf_free(&body);
}

void sim_reply_health(struct sim_server *server, struct sim_conn *conn)
{
    static const struct sim_head head = {200, "application/json", "", 2};
    char empty[] = "{}";
    const struct sim_buf body = {empty, 2, 0};

    sim_reply_json(server, conn, &head, &body);
}
