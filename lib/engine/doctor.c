/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.c - life of a doctor, its steps and its findings. */
#include "engine/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net/global.h"

enum { TEXT_MAX = 400 };

static lb_err (*const steps[])(struct lb_doctor *doctor) = {
    lbi_doctor_reach,
    lbi_doctor_ask,
    lbi_doctor_ask_again,
    lbi_doctor_gateway,
};

static void on_chat_done(void *user, struct lbi_chat *chat)
{
    struct lb_doctor *doctor = user;

    (void)chat;
    doctor->busy = false;
}

static lb_err prepare(struct lb_doctor *doctor)
{
    lb_err err = lbi_curl_acquire();

    if (err != LB_OK)
        return lbi_nomem(doctor->ctx);
    doctor->curl_held = true;
    err = lbi_endpoint_init(&doctor->endpoint, doctor->config);
    if (err != LB_OK)
        return err;
    err = lbi_loop_init(&doctor->loop, &doctor->ctx->mem, -1);
    if (err == LB_OK)
        err = lbi_loop_reserve_timers(&doctor->loop, 4);
    if (err == LB_OK)
        err = lbi_chat_init(&doctor->chat, &doctor->loop, &doctor->endpoint, 0);
    doctor->chat.on_done = on_chat_done;
    doctor->chat.user = doctor;
    return err == LB_OK ? LB_OK
                        : lbi_fail(doctor->ctx, err, "cannot prepare a doctor: %s",
                                   err == LB_E_NOMEM ? "out of memory" : "no descriptors left");
}

lb_err lbi_doctor_new(struct lb_doctor **out, const struct lb_config *config)
{
    struct lb_doctor *doctor = lbi_zalloc(&config->ctx->mem, sizeof(*doctor));

    if (doctor == NULL)
        return lbi_nomem(config->ctx);
    lbi_buf_init(&doctor->body, &config->ctx->mem);
    lbi_buf_init(&doctor->tail, &config->ctx->mem);
    lbi_buf_init(&doctor->text, &config->ctx->mem);
    lbi_quota_init(&doctor->quota);
    doctor->ctx = lbi_ctx_ref(config->ctx);
    doctor->loop.epoll_fd = doctor->loop.timer_fd = -1;
    lb_err err = lbi_config_clone(&doctor->config, config);
    if (err == LB_OK) /* enough to see how it streams; nobody waits for an essay */
        err = lbi_config_set(doctor->config, "request.max_tokens", "64", "the doctor");
    if (err == LB_OK)
        err = prepare(doctor);
    if (err != LB_OK) {
        lbi_doctor_free(doctor);
        return err;
    }
    *out = doctor;
    return LB_OK;
}

static void free_finding(struct lb_doctor *doctor, struct lbi_finding *finding)
{
    if (finding == NULL)
        return;
    lbi_free(&doctor->ctx->mem, finding->text);
    lbi_free(&doctor->ctx->mem, finding);
}

void lbi_doctor_free(struct lb_doctor *doctor)
{
    struct lbi_finding *next;

    if (doctor == NULL)
        return;
    struct lb_ctx *ctx = doctor->ctx;
    for (struct lbi_finding *f = doctor->findings; f != NULL; f = next) {
        next = f->next;
        free_finding(doctor, f);
    }
    free_finding(doctor, doctor->given);
    lbi_chat_free(&doctor->chat);
    if (doctor->loop.mem != NULL)
        lbi_loop_free(&doctor->loop);
    lbi_models_free(&doctor->models, &ctx->mem);
    lbi_endpoint_free(&doctor->endpoint);
    lbi_config_free(doctor->config);
    lbi_buf_free(&doctor->body);
    lbi_buf_free(&doctor->tail);
    lbi_buf_free(&doctor->text);
    if (doctor->curl_held)
        lbi_curl_release();
    lbi_free(&ctx->mem, doctor);
    lbi_ctx_unref(ctx);
}

const char *lbi_doctor_model(const struct lb_doctor *doctor)
{
    const struct lbi_list *given = &doctor->config->set.models;

    if (given->count > 0)
        return given->items[0];
    return doctor->models.count > 0 ? doctor->models.items[0].name : "";
}

lb_err lbi_doctor_note(struct lb_doctor *doctor, int32_t status, const char *name,
                       const char *advice, const char *format, ...)
{
    const struct lbi_mem *mem = &doctor->ctx->mem;
    char line[2048];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    lbi_buf_clear(&doctor->text);
    lbi_one_line(&doctor->text, line, strlen(line), TEXT_MAX);
    lbi_endpoint_scrub(&doctor->endpoint, &doctor->text);
    struct lbi_finding *finding = lbi_zalloc(mem, sizeof(*finding));
    char *copy = lbi_strdup(mem, lbi_buf_text(&doctor->text));
    if (finding == NULL || copy == NULL || doctor->text.err != LB_OK) {
        lbi_free(mem, finding);
        lbi_free(mem, copy);
        return lbi_nomem(doctor->ctx);
    }
    *finding = (struct lbi_finding){.status = status, .name = name, .advice = advice, .text = copy};
    if (doctor->last != NULL)
        doctor->last->next = finding;
    else
        doctor->findings = finding;
    doctor->last = finding;
    return LB_OK;
}

lb_err lbi_doctor_noted(struct lb_doctor *doctor, lb_err err, struct lbi_buf *text)
{
    bool whole = text->err == LB_OK;

    lbi_buf_free(text);
    return err != LB_OK || whole ? err : lbi_nomem(doctor->ctx);
}

lb_err lbi_doctor_next(struct lb_doctor *doctor, lb_check *out)
{
    lb_err err = LB_OK;

    while (err == LB_OK && doctor->findings == NULL && !doctor->over &&
           doctor->step < sizeof(steps) / sizeof(steps[0]))
        err = steps[doctor->step++](doctor);
    if (err != LB_OK)
        return err;
    if (doctor->findings == NULL)
        return LB_E_RANGE;
    free_finding(doctor, doctor->given);
    doctor->given = doctor->findings;
    doctor->findings = doctor->given->next;
    if (doctor->findings == NULL)
        doctor->last = NULL;
    *out = (lb_check){.name = doctor->given->name,
                      .text = doctor->given->text,
                      .advice = doctor->given->advice,
                      .status = doctor->given->status};
    return LB_OK;
}
