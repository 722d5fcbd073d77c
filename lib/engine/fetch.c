/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.c - see fetch.h. */
#include "engine/fetch.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "net/easy.h"
#include "wire/errclass.h"
#include "wire/field.h"

enum { BODY_MAX = 4 << 20 };

static void take_header(struct lbi_fetch *fetch, const struct lbi_http_field *field)
{
    struct lbi_buf line;

    lbi_quota_header(&fetch->quota, field->name, field->name_len, field->value, field->value_len);
    if (field->name_len > 10 && strncasecmp(field->name, "x-litellm-", 10) == 0)
        fetch->litellm = true;
    if (!lbi_http_field_is(field, "server") || fetch->server[0] != '\0')
        return;
    lbi_buf_init(&line, fetch->body.mem);
    lbi_one_line(&line, field->value, field->value_len, sizeof(fetch->server) - 1);
    lbi_endpoint_scrub(fetch->transfer.endpoint, &line);
    (void)snprintf(fetch->server, sizeof(fetch->server), "%s", lbi_buf_text(&line));
    if (line.err != LB_OK)
        fetch->body.err = line.err;
    lbi_buf_free(&line);
}

static lb_err on_header(void *user, const char *line, size_t len)
{
    struct lbi_http_field field;

    if (lbi_http_field_split(&field, line, len))
        take_header(user, &field);
    return LB_OK;
}

static lb_err on_body(void *user, const char *bytes, size_t len, int64_t at_ns, bool exact)
{
    struct lbi_fetch *fetch = user;

    (void)at_ns, (void)exact;
    lbi_buf_add(&fetch->body, bytes, len);
    return fetch->body.err;
}

static void on_done(void *user, CURLcode code)
{
    struct lbi_fetch *fetch = user;

    fetch->code = code;
    fetch->over = true;
}

static void on_timer(struct lbi_timer *timer, int64_t now_ns)
{
    struct lbi_fetch *fetch =
        (struct lbi_fetch *)(void *)((char *)timer - offsetof(struct lbi_fetch, timer));

    (void)now_ns;
    lbi_transfer_abort(&fetch->transfer);
    fetch->over = fetch->late = true;
}

lb_err lbi_fetch_init(struct lbi_fetch *fetch, struct lbi_loop *loop,
                      const struct lbi_endpoint *endpoint)
{
    *fetch = (struct lbi_fetch){.timer = {.fire = on_timer}};
    lbi_buf_init(&fetch->body, loop->mem);
    fetch->body.limit = BODY_MAX;
    lbi_quota_init(&fetch->quota);
    lb_err err = lbi_transfer_init(&fetch->transfer, loop, endpoint, 0);
    if (err == LB_OK)
        err = lbi_easy_make(&fetch->transfer); /* a probe sets it up further */
    fetch->transfer.owner = (struct lbi_transfer_owner){
        .on_header = on_header, .on_body = on_body, .on_done = on_done, .user = fetch};
    return err;
}

void lbi_fetch_free(struct lbi_fetch *fetch)
{
    if (fetch->transfer.loop == NULL)
        return;
    lbi_timer_cancel(fetch->transfer.loop, &fetch->timer);
    lbi_transfer_free(&fetch->transfer);
    lbi_buf_free(&fetch->body);
}

lb_err lbi_fetch_get(struct lbi_fetch *fetch, const char *url, int64_t limit_ns)
{
    struct lbi_loop *loop = fetch->transfer.loop;
    lb_err err = lbi_transfer_get(&fetch->transfer, url);

    if (err == LB_OK)
        lbi_timer_set(loop, &fetch->timer, lbi_clock_ns() + limit_ns);
    while (err == LB_OK && !fetch->over) {
        bool cancelled = fetch->cancelled != NULL && atomic_load(fetch->cancelled) != 0;
        err = cancelled ? LB_E_CANCELED : lbi_loop_step(loop, true);
    }
    if (err == LB_OK && (fetch->body.err == LB_E_NOMEM || fetch->code == CURLE_OUT_OF_MEMORY))
        err = LB_E_NOMEM;
    lbi_timer_cancel(loop, &fetch->timer);
    lbi_endpoint_scrub(fetch->transfer.endpoint, &fetch->body);
    return err;
}
