/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_gateway.c - what the headers of the last answer say of a gateway: who it is, the key's
 * quota, its own overhead and its retries. Sends nothing.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "engine/doctor.h"

/* More of it than this and the gateway, not the model, is what people wait for. */
#define OVERHEAD_MS 100.0

/* The value of a header, "" when it was not there. */
static const char *header(struct json_object *notes, const char *name)
{
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(notes, name, &value) || value == NULL)
        return "";
    return json_object_get_string(value);
}

static lb_err note_gateway(struct lb_doctor *doctor, struct json_object *notes)
{
    const char *version = header(notes, "x-litellm-version");
    const char *retries = header(notes, "x-litellm-attempted-retries");
    const char *fallbacks = header(notes, "x-litellm-attempted-fallbacks");
    bool again = (*retries != '\0' && strcmp(retries, "0") != 0) ||
                 (*fallbacks != '\0' && strcmp(fallbacks, "0") != 0);

    if (!doctor->litellm && !doctor->chat.litellm)
        return lbi_doctor_note(doctor, LB_CHECK_OK, "gateway", "", "none that says so%s%s",
                               doctor->server[0] != '\0' ? "; server: " : "", doctor->server);
    if (again)
        return lbi_doctor_note(doctor, LB_CHECK_WARN, "gateway",
                               "its retries hide failures and lengthen times: look at its log",
                               "LiteLLM %.40s needed %.10s retries and %.10s fallbacks", version,
                               *retries != '\0' ? retries : "0",
                               *fallbacks != '\0' ? fallbacks : "0");
    return lbi_doctor_note(doctor, LB_CHECK_OK, "gateway", "", "LiteLLM%s%.40s",
                           *version != '\0' ? " " : "", version);
}

static void read_quota(struct lbi_quota *quota, struct json_object *notes)
{
    json_object_object_foreach(notes, key, value)
    {
        const char *text = value != NULL ? json_object_get_string(value) : "";
        lbi_quota_header(quota, key, strlen(key), text, strlen(text));
    }
}

static void say_one(struct lbi_buf *out, const char *what, int64_t limit, int64_t left)
{
    if (limit == LB_UNKNOWN && left == LB_UNKNOWN)
        return;
    lbi_buf_puts(out, out->len > 0 ? ", " : "");
    if (limit != LB_UNKNOWN)
        lbi_buf_printf(out, "%" PRId64 " %s/min", limit, what);
    if (left != LB_UNKNOWN)
        lbi_buf_printf(out, limit != LB_UNKNOWN ? " (%" PRId64 " left)" : "%" PRId64 " %s left",
                       left, what);
}

static lb_err note_quota(struct lb_doctor *doctor)
{
    const struct lbi_quota *quota = &doctor->quota;
    struct lbi_buf text;
    lb_err err;

    lbi_buf_init(&text, &doctor->ctx->mem);
    say_one(&text, "requests", quota->requests, quota->requests_left);
    say_one(&text, "tokens", quota->tokens, quota->tokens_left);
    bool empty = quota->requests_left == 0 || quota->tokens_left == 0;
    if (text.len == 0)
        err = lbi_doctor_note(doctor, LB_CHECK_OK, "quota", "",
                              "none announced in headers; HTTP 429 would tell");
    else if (empty)
        err = lbi_doctor_note(doctor, LB_CHECK_WARN, "quota",
                              "used up for now: wait a minute, or raise it before a run", "%s",
                              lbi_buf_text(&text));
    else
        err = lbi_doctor_note(doctor, LB_CHECK_OK, "quota", "", "%s", lbi_buf_text(&text));
    return lbi_doctor_noted(doctor, err, &text);
}

static lb_err note_overhead(struct lb_doctor *doctor, struct json_object *notes)
{
    const char *text = header(notes, "x-litellm-overhead-duration-ms");
    double overhead = 0;

    if (*text == '\0')
        return lbi_doctor_note(doctor, LB_CHECK_OK, "overhead", "", "no gateway announced one");
    bool number = lbi_parse_number(text, &overhead);
    if (number && overhead > OVERHEAD_MS)
        return lbi_doctor_note(doctor, LB_CHECK_WARN, "overhead",
                               "people wait for the gateway: look at its workers, callbacks and "
                               "database",
                               "%.20s ms of a request are the gateway's own", text);
    return lbi_doctor_note(doctor, LB_CHECK_OK, "overhead", "",
                           "%.20s ms of a request are the gateway's own", text);
}

lb_err lbi_doctor_gateway(struct lb_doctor *doctor)
{
    struct json_object *notes = NULL;

    lbi_buf_clear(&doctor->body);
    lbi_buf_printf(&doctor->body, "{%s}", lbi_buf_text(&doctor->chat.gateway));
    if (doctor->body.err == LB_OK)
        notes = json_tokener_parse(lbi_buf_text(&doctor->body));
    if (!json_object_is_type(notes, json_type_object)) {
        (void)json_object_put(notes);
        notes = json_object_new_object();
    }
    if (notes == NULL)
        return lbi_nomem(doctor->ctx);
    read_quota(&doctor->quota, notes);
    lb_err err = note_gateway(doctor, notes);
    if (err == LB_OK)
        err = note_quota(doctor);
    if (err == LB_OK)
        err = note_overhead(doctor, notes);
    (void)json_object_put(notes);
    return err;
}
