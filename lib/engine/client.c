/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - lb_client: blocking calls over the same chat and transfer that a run uses. */
#include "engine/client.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "engine/models.h"
#include "engine/talk.h"
#include "net/global.h"
#include "report/dataset.h"

struct lb_client {
    struct lb_ctx *ctx;
    struct lb_config *config;
    struct lbi_endpoint endpoint;
    struct lbi_loop loop;
    struct lbi_chat chat;
    struct lbi_models models;
    struct lbi_buf body, tail, piece, answer, gateway;
    bool curl_held, busy, asked_models;
    atomic_int cancelled; /* while it is 1, nothing is waited for */
    int bell_fd;          /* wakes the loop to look at it */
    lb_delta_cb delta;
    void *user;
    lb_err delta_err;
};

static void on_chat_done(void *user, struct lbi_chat *chat)
{
    struct lb_client *client = user;

    (void)chat;
    client->busy = false;
}

static lb_err on_delta(void *user, struct lbi_text content, int64_t at_ns)
{
    struct lb_client *client = user;

    if (client->delta == NULL)
        return LB_OK;
    lbi_buf_clear(&client->piece);
    lbi_text_unescape(&client->piece, content);
    if (client->piece.err != LB_OK)
        return client->piece.err;
    client->delta_err =
        client->delta(client->user, lbi_buf_text(&client->piece), client->piece.len, at_ns);
    return client->delta_err;
}

static lb_err prepare(struct lb_client *client)
{
    lb_err err = lbi_curl_acquire();

    if (err != LB_OK)
        return lbi_nomem(client->ctx);
    client->curl_held = true;
    err = lbi_endpoint_init(&client->endpoint, client->config);
    if (err != LB_OK)
        return err;
    client->bell_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    err = client->bell_fd < 0 ? LB_E_IO
                              : lbi_loop_init(&client->loop, &client->ctx->mem, client->bell_fd);
    if (err == LB_OK)
        err = lbi_loop_reserve_timers(&client->loop, 4);
    if (err == LB_OK)
        err = lbi_chat_init(&client->chat, &client->loop, &client->endpoint, 0);
    client->chat.on_done = on_chat_done;
    client->chat.on_delta = on_delta;
    client->chat.user = client;
    return err == LB_OK ? LB_OK
                        : lbi_fail(client->ctx, err, "cannot prepare a client: %s",
                                   err == LB_E_NOMEM ? "out of memory" : "no descriptors left");
}

lb_err lbi_client_new(struct lb_client **out, const struct lb_config *config)
{
    struct lb_client *client = lbi_zalloc(&config->ctx->mem, sizeof(*client));

    if (client == NULL)
        return lbi_nomem(config->ctx);
    struct lbi_buf *bufs[] = {&client->body, &client->tail, &client->piece, &client->answer,
                              &client->gateway};
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        lbi_buf_init(bufs[i], &config->ctx->mem);
    client->ctx = lbi_ctx_ref(config->ctx);
    client->loop.epoll_fd = client->loop.timer_fd = client->bell_fd = -1;
    lb_err err = lbi_config_clone(&client->config, config);
    if (err == LB_OK)
        err = prepare(client);
    if (err != LB_OK) {
        lbi_client_free(client);
        return err;
    }
    *out = client;
    return LB_OK;
}

void lbi_client_free(struct lb_client *client)
{
    if (client == NULL)
        return;
    struct lb_ctx *ctx = client->ctx;
    struct lbi_buf *bufs[] = {&client->body, &client->tail, &client->piece, &client->answer,
                              &client->gateway};

    lbi_chat_free(&client->chat);
    if (client->loop.mem != NULL)
        lbi_loop_free(&client->loop);
    if (client->bell_fd >= 0)
        (void)close(client->bell_fd);
    lbi_models_free(&client->models, &ctx->mem);
    lbi_endpoint_free(&client->endpoint);
    lbi_config_free(client->config);
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        lbi_buf_free(bufs[i]);
    if (client->curl_held)
        lbi_curl_release();
    lbi_free(&ctx->mem, client);
    lbi_ctx_unref(ctx);
}

static lb_err ask_models(struct lb_client *client)
{
    if (client->asked_models)
        return LB_OK;
    lb_err err = lbi_models_fetch(&client->models, client->ctx, &client->loop, &client->endpoint,
                                  &client->cancelled);
    client->asked_models = err == LB_OK;
    return err;
}

lb_err lbi_client_quota(struct lb_client *client, const struct lbi_quota **out)
{
    *out = &client->models.quota;
    return ask_models(client);
}

lb_err lbi_client_model(struct lb_client *client, const char **out, int64_t *context, size_t index)
{
    lb_err err = ask_models(client);

    if (err != LB_OK)
        return err;
    if (index >= client->models.count)
        return LB_E_RANGE;
    *out = client->models.items[index].name;
    if (context != NULL)
        *context = client->models.items[index].context;
    return LB_OK;
}

static lb_err build_body(struct lb_client *client, const lb_message *messages, size_t count)
{
    static const char *const roles[] = {"system", "user", "assistant"};
    struct lbi_buf *body = &client->body;
    const struct lbi_list *models = &client->config->set.models;

    if (models->count == 0)
        return lbi_fail(client->ctx, LB_E_INVALID, "target.model: no model given");
    lb_err err = lbi_talk_tail(&client->tail, client->config, LBI_TAIL_USAGE);
    if (err != LB_OK)
        return err == LB_E_NOMEM
                   ? lbi_nomem(client->ctx)
                   : lbi_fail(client->ctx, err, "request.extra_body: not a JSON object");
    lbi_buf_clear(body);
    lbi_buf_puts(body, "{\"model\":");
    lbi_buf_json_string(body, models->items[0]);
    lbi_buf_puts(body, ",\"messages\":[");
    for (size_t i = 0; i < count; i++) {
        if (messages[i].role < LB_ROLE_SYSTEM || messages[i].role > LB_ROLE_ASSISTANT)
            return lbi_fail(client->ctx, LB_E_INVALID, "message %zu: role %d is none of LB_ROLE_",
                            i, messages[i].role);
        lbi_buf_printf(body, "%s{\"role\":\"%s\",\"content\":\"", i > 0 ? "," : "",
                       roles[messages[i].role]);
        lbi_buf_json_text(body, messages[i].text, messages[i].len);
        lbi_buf_puts(body, "\"}");
    }
    return body->err != LB_OK ? lbi_nomem(client->ctx) : LB_OK;
}

static lb_err wait_for_end(struct lb_client *client)
{
    lb_err err = LB_OK;

    while (err == LB_OK && client->busy)
        err = atomic_load(&client->cancelled) != 0 ? LB_E_CANCELED
                                                   : lbi_loop_step(&client->loop, true);
    return err;
}

static const char *why_not_sent(lb_err err)
{
    if (err == LB_E_CANCELED)
        return "cancelled";
    return err == LB_E_NOMEM ? "out of memory" : "system error";
}

static lb_err ask(struct lb_client *client)
{
    size_t len = client->body.len;

    lbi_buf_add(&client->body, client->tail.data, client->tail.len);
    lb_err err = client->body.err;
    if (err == LB_OK)
        err = lbi_chat_start(&client->chat, client->body.data, client->body.len, NULL);
    client->busy = err == LB_OK;
    if (err == LB_OK)
        err = wait_for_end(client);
    if (err != LB_OK)
        lbi_chat_drop(&client->chat);
    else
        err = client->chat.broke;
    lbi_buf_truncate(&client->body, len);
    return err == LB_OK
               ? LB_OK
               : lbi_fail(client->ctx, err, "cannot send the request: %s", why_not_sent(err));
}

static lb_err fill(struct lb_client *client, lb_turn *out, int64_t origin)
{
    lbi_chat_turn(&client->chat, out);
    lbi_turn_shift(out, -origin);
    lbi_buf_clear(&client->answer);
    lbi_text_unescape(&client->answer, (struct lbi_text){lbi_buf_text(&client->chat.answer),
                                                         client->chat.answer.len});
    lbi_buf_clear(&client->gateway);
    if (client->chat.gateway.len > 0)
        lbi_buf_printf(&client->gateway, "{%s}", lbi_buf_text(&client->chat.gateway));
    lbi_endpoint_scrub(&client->endpoint, &client->gateway);
    out->gateway_json = lbi_buf_text(&client->gateway);
    out->answer = lbi_buf_text(&client->answer);
    out->model = client->config->set.models.items[0];
    out->conversation = 0;
    out->turn = 1;
    bool whole = client->answer.err == LB_OK && client->gateway.err == LB_OK;
    return whole ? LB_OK : lbi_nomem(client->ctx);
}

lb_err lbi_client_chat(struct lb_client *client, lb_turn *out, const lb_message *messages,
                       size_t count, lb_delta_cb delta, void *user)
{
    int64_t origin = lbi_clock_ns();
    lb_err err = build_body(client, messages, count);

    if (err != LB_OK)
        return err;
    client->delta = delta;
    client->user = user;
    client->delta_err = LB_OK;
    err = ask(client);
    if (err == LB_OK && client->chat.refuses_usage) { /* once more, without stream_options */
        err = lbi_talk_tail(&client->tail, client->config, 0);
        err = err == LB_OK ? ask(client) : lbi_fail(client->ctx, err, "%s", lb_err_text(err));
    }
    if (err != LB_OK)
        return err;
    if (client->delta_err != LB_OK)
        return lbi_fail(client->ctx, client->delta_err, "stopped by the caller");
    return fill(client, out, origin);
}

void lbi_client_cancel(struct lb_client *client, bool on)
{
    static const uint64_t one = 1;

    atomic_store(&client->cancelled, on ? 1 : 0);
    ssize_t written = on ? write(client->bell_fd, &one, sizeof(one)) : 0; /* full: has rung */
    (void)written;
}
