/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.h - an endpoint looked at before a run. Each step of it does one thing with the network
 * and notes what it found as findings; lb_doctor_next hands them out one by one.
 */
#ifndef LBI_ENGINE_DOCTOR_H
#define LBI_ENGINE_DOCTOR_H

#include "config/config.h"
#include "engine/bunching.h"
#include "engine/chat.h"
#include "engine/fetch.h"
#include "engine/models.h"

struct lbi_finding {
    struct lbi_finding *next;
    int32_t status;
    const char *name, *advice; /* constants */
    char *text;
};

/* What one streamed request showed; kept because the next one reuses the chat. */
struct lbi_asked {
    bool reused;
    enum lbi_bunching bunching;
    int64_t prompt_tokens, cached_tokens;
    char response_id[128];
};

struct lb_doctor {
    struct lb_ctx *ctx;
    struct lb_config *config;
    struct lbi_endpoint endpoint;
    struct lbi_loop loop;
    struct lbi_chat chat;
    struct lbi_models models;
    struct lbi_quota quota;
    struct lbi_buf body, tail, text;
    bool curl_held, busy, litellm, plain_usage;
    char server[96];
    size_t step;
    bool over; /* a check failed on which all the others depend */
    struct lbi_asked first;
    struct lbi_finding *findings, *last, *given;
};

lb_err lbi_doctor_new(struct lb_doctor **out, const struct lb_config *config);
void lbi_doctor_free(struct lb_doctor *doctor);
lb_err lbi_doctor_next(struct lb_doctor *doctor, lb_check *out);
/* The model that is asked, "" while none is known. */
const char *lbi_doctor_model(const struct lb_doctor *doctor);

/* ---- for the steps ---- */

/* Notes a finding; text of others in it is made one printable line, secrets are taken out. */
lb_err lbi_doctor_note(struct lb_doctor *doctor, int32_t status, const char *name,
                       const char *advice, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* After a note that used it: frees `text`, which may have lacked memory. */
lb_err lbi_doctor_noted(struct lb_doctor *doctor, lb_err err, struct lbi_buf *text);

/* doctor_reach.c: name, tcp, tls, key, models */
lb_err lbi_doctor_reach(struct lb_doctor *doctor);
/* doctor_ask.c: chat, stream, usage; then the same again: cache, buffering, http */
lb_err lbi_doctor_ask(struct lb_doctor *doctor);
lb_err lbi_doctor_ask_again(struct lb_doctor *doctor);
/* doctor_gateway.c: gateway, quota, overhead */
lb_err lbi_doctor_gateway(struct lb_doctor *doctor);

#endif
