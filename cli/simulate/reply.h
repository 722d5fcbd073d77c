/* SPDX-License-Identifier: Apache-2.0 */
/* reply.h - answers that are whole at once: errors, the list of models, health. */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include "server.h"

struct sim_head {
    int status;
    const char *content_type;
    const char *extra; /* header lines, each with its CRLF, or "" */
    size_t length;     /* of the body; SIZE_MAX: a stream */
};

struct sim_error {
    int status;
    const char *kind;      /* OpenAI's "type"; NULL: as the status says */
    const char *code;      /* NULL: null */
    const char *param;     /* NULL: null */
    int64_t retry_after_s; /* 0: no such header */
};

/* Appends status line and headers. */
void sim_reply_head(struct sim_server *server, const struct sim_conn *conn, struct sim_buf *out,
                    const struct sim_head *head);
/* Each sends an answer and ends the request. */
void sim_reply_json(struct sim_server *server, struct sim_conn *conn, const struct sim_head *head,
                    const struct sim_buf *body);
void sim_reply_error(struct sim_server *server, struct sim_conn *conn,
                     const struct sim_error *error, const char *message);
void sim_reply_models(struct sim_server *server, struct sim_conn *conn);
void sim_reply_health(struct sim_server *server, struct sim_conn *conn);

/* Seconds until the minute of the rate limit is over, at least 1. */
int64_t sim_rate_reset_s(const struct sim_server *server);

#endif
