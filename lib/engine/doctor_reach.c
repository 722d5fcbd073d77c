/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_reach.c - can the endpoint be reached, is it who it says, does it take the key, what does
 * it serve? One GET of its list of models tells all of that; a certificate that was refused is
 * looked at once more by a handshake that sends nothing.
 */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "engine/doctor.h"
#include "net/probe.h"

enum { REACH_LIMIT_S = 20, SOON_DAYS = 14, SHOWN_MODELS = 5 };

#define NS_PER_DAY (INT64_C(86400) * LBI_NS_PER_S)

static lb_err stop(struct lb_doctor *doctor, lb_err err)
{
    doctor->over = true;
    return err;
}

static bool has_key(const struct lb_doctor *doctor)
{
    return doctor->endpoint.keyed;
}

static double ms(int64_t ns)
{
    return (double)ns / 1e6;
}

static int64_t reach_limit(const struct lb_doctor *doctor)
{
    int64_t limit = REACH_LIMIT_S * LBI_NS_PER_S;

    return doctor->endpoint.set->timeout < limit ? doctor->endpoint.set->timeout : limit;
}

static const char *why(const struct lb_doctor *doctor, const struct lbi_fetch *fetch)
{
    const char *text = fetch->transfer.error;

    (void)doctor;
    if (fetch->late)
        return "no answer in time";
    return text[0] != '\0' ? text : curl_easy_strerror(fetch->code);
}

/* ---- name and connection ---- */

static bool is_address(const struct lbi_url *url)
{
    return url->ipv6 || strspn(url->host, "0123456789.") == strlen(url->host);
}

static lb_err note_name(struct lb_doctor *doctor, const struct lbi_fetch *fetch,
                        const struct lbi_peer *peer, enum lbi_stage stage)
{
    const struct lbi_url *url = &doctor->endpoint.url;

    if (stage == LBI_STAGE_NAME)
        return lbi_doctor_note(doctor, LB_CHECK_FAIL, "name",
                               "check the host in the URL, the DNS of this machine or pod, and "
                               "whether a proxy is needed (https_proxy)",
                               "%.200s: %s", url->host, why(doctor, fetch));
    if (is_address(url))
        return lbi_doctor_note(doctor, LB_CHECK_OK, "name", "", "%.200s is an address", url->host);
    if (peer->address[0] == '\0')
        return lbi_doctor_note(doctor, LB_CHECK_OK, "name", "", "%.200s was found", url->host);
    return lbi_doctor_note(doctor, LB_CHECK_OK, "name", "", "%.200s is %s, found in %.1f ms",
                           url->host, peer->address, ms(fetch->transfer.dns_ns));
}

static lb_err note_tcp(struct lb_doctor *doctor, const struct lbi_fetch *fetch,
                       const struct lbi_peer *peer, enum lbi_stage stage)
{
    const struct lbi_url *url = &doctor->endpoint.url;

    if (stage == LBI_STAGE_TCP)
        return lbi_doctor_note(doctor, LB_CHECK_FAIL, "tcp",
                               "is the endpoint up and the port right? Else look at firewalls, "
                               "network policies, routes and proxies on the way",
                               "port %u: %s", url->port, why(doctor, fetch));
    if (doctor->endpoint.proxied)
        return lbi_doctor_note(doctor, LB_CHECK_OK, "tcp", "",
                               "through a proxy at %s port %d, connected in %.1f ms", peer->address,
                               peer->port, ms(fetch->transfer.connect_ns));
    return lbi_doctor_note(doctor, LB_CHECK_OK, "tcp", "", "connected to port %u in %.1f ms",
                           url->port, ms(fetch->transfer.connect_ns));
}

/* ---- TLS ---- */

static int64_t days_left(const struct lbi_certificate *cert)
{
    int64_t now = lbi_wall_offset_ns() + lbi_clock_ns();

    return (cert->expires_s - now / LBI_NS_PER_S) / (NS_PER_DAY / LBI_NS_PER_S);
}

static void say_certificate(struct lbi_buf *out, const struct lbi_certificate *cert)
{
    if (!cert->known)
        return;
    lbi_buf_printf(out, "; certificate of %s, issued by %s",
                   cert->subject[0] != '\0' ? cert->subject : "nobody",
                   strcmp(cert->subject, cert->issuer) == 0 ? "itself" : cert->issuer);
    if (cert->names[0] != '\0')
        lbi_buf_printf(out, ", for %s", cert->names);
    if (cert->expires_s < 0)
        return;
    int64_t days = days_left(cert);
    if (days >= 0)
        lbi_buf_printf(out, ", valid for %" PRId64 " more days", days);
    else
        lbi_buf_printf(out, ", expired %" PRId64 " days ago", -days);
}

static const char *tls_advice(const struct lbi_certificate *cert, const char *error)
{
    int64_t now = (lbi_wall_offset_ns() + lbi_clock_ns()) / LBI_NS_PER_S;

    if (cert->known && cert->expires_s >= 0 && cert->expires_s < now)
        return "renew the certificate, or check the clock of this machine";
    if (cert->known && cert->begins_s > now)
        return "the certificate is not valid yet: check the clock of this machine";
    if (strstr(error, "does not match") != NULL || strstr(error, "no alternative") != NULL ||
        strstr(error, "subject name") != NULL)
        return "use a host name that the certificate is for";
    if (cert->known)
        return "give the authority that signed it by --ca-file (--insecure asks without "
               "verification, and every report says so)";
    return "does this port speak TLS? Else try http://, and look at TLS versions and proxies";
}

/* The connection was refused over its certificate: look at it without trusting it. */
static void look_at_certificate(struct lb_doctor *doctor, struct lbi_certificate *cert)
{
    struct lbi_fetch probe;
    lb_err err = lbi_fetch_init(&probe, &doctor->loop, &doctor->endpoint);

    *cert = (struct lbi_certificate){.begins_s = -1, .expires_s = -1};
    if (err == LB_OK) {
        lbi_probe_handshake_only(&probe.transfer);
        err = lbi_fetch_get(&probe, doctor->endpoint.models_url, reach_limit(doctor));
    }
    if (err == LB_OK && !probe.late && probe.code == CURLE_OK)
        lbi_probe_certificate(cert, &probe.transfer);
    lbi_fetch_free(&probe);
}

static lb_err note_tls_fault(struct lb_doctor *doctor, const struct lbi_fetch *fetch)
{
    struct lbi_certificate cert;
    struct lbi_buf text;

    look_at_certificate(doctor, &cert);
    lbi_buf_init(&text, &doctor->ctx->mem);
    lbi_buf_puts(&text, why(doctor, fetch));
    say_certificate(&text, &cert);
    lb_err err =
        lbi_doctor_note(doctor, LB_CHECK_FAIL, "tls", tls_advice(&cert, fetch->transfer.error),
                        "%s", lbi_buf_text(&text));
    return lbi_doctor_noted(doctor, err, &text);
}

static lb_err note_certificate(struct lb_doctor *doctor, const struct lbi_fetch *fetch)
{
    struct lbi_certificate cert;
    struct lbi_buf text;
    const char *advice = "";

    lbi_probe_certificate(&cert, &fetch->transfer);
    bool soon = cert.known && cert.expires_s >= 0 && days_left(&cert) < SOON_DAYS;
    if (doctor->endpoint.set->insecure)
        advice = "leave out --insecure, with --ca-file if need be: anybody may answer";
    else if (soon)
        advice = "renew it before the event";
    lbi_buf_init(&text, &doctor->ctx->mem);
    lbi_buf_printf(&text, "%s in %.1f ms",
                   doctor->endpoint.set->insecure ? "not verified (--insecure)" : "verified",
                   ms(fetch->transfer.tls_ns));
    say_certificate(&text, &cert);
    lb_err err = lbi_doctor_note(doctor, *advice != '\0' ? LB_CHECK_WARN : LB_CHECK_OK, "tls",
                                 advice, "%s", lbi_buf_text(&text));
    return lbi_doctor_noted(doctor, err, &text);
}

static bool is_loopback(const struct lbi_peer *peer)
{
    return strncmp(peer->address, "127.", 4) == 0 || strcmp(peer->address, "::1") == 0;
}

static lb_err note_tls(struct lb_doctor *doctor, const struct lbi_fetch *fetch,
                       const struct lbi_peer *peer, enum lbi_stage stage)
{
    bool key = has_key(doctor);

    if (doctor->endpoint.url.https)
        return stage == LBI_STAGE_TLS ? note_tls_fault(doctor, fetch)
                                      : note_certificate(doctor, fetch);
    if (!key || is_loopback(peer))
        return lbi_doctor_note(doctor, LB_CHECK_OK, "tls", "", "none: cleartext HTTP");
    return lbi_doctor_note(doctor, LB_CHECK_WARN, "tls", "use https:// if the endpoint has it",
                           "none: the key goes over the network in cleartext");
}

/* ---- key and models ---- */

static lb_err note_key_refused(struct lb_doctor *doctor, int status, const struct lbi_fetch *fetch)
{
    struct lbi_buf text;
    bool key = has_key(doctor);

    lbi_buf_init(&text, &doctor->ctx->mem);
    lbi_error_text(&text, lbi_buf_text(&fetch->body), fetch->body.len);
    lbi_endpoint_scrub(&doctor->endpoint, &text);
    lb_err err = lbi_doctor_note(
        doctor, LB_CHECK_FAIL, "key",
        key ? "is the key for this endpoint, not expired and within its budget? Check --key-file, "
              "--key-env or LITEBENCH_API_KEY"
            : "give a key by --key-file, --key-env or LITEBENCH_API_KEY",
        "%s (HTTP %d%s%s)", key ? "the endpoint refused the key" : "the endpoint wants a key",
        status, text.len > 0 ? ": " : "", lbi_buf_text(&text));
    return lbi_doctor_noted(doctor, err, &text);
}

static void say_models(struct lbi_buf *out, const struct lbi_models *models)
{
    for (size_t i = 0; i < models->count && i < SHOWN_MODELS; i++)
        lbi_buf_printf(out, "%s%.100s", i > 0 ? ", " : "", models->items[i].name);
    if (models->count > SHOWN_MODELS)
        lbi_buf_printf(out, " and %zu more", models->count - SHOWN_MODELS);
}

static const struct lbi_model *find_model(const struct lb_doctor *doctor, const char *name)
{
    for (size_t i = 0; i < doctor->models.count; i++) {
        if (strcmp(doctor->models.items[i].name, name) == 0)
            return &doctor->models.items[i];
    }
    return NULL;
}

static lb_err note_models(struct lb_doctor *doctor)
{
    const char *asked = lbi_doctor_model(doctor);
    const struct lbi_model *model = find_model(doctor, asked);
    struct lbi_buf text;
    lb_err err;

    lbi_buf_init(&text, &doctor->ctx->mem);
    say_models(&text, &doctor->models);
    if (model == NULL)
        err = lbi_doctor_note(doctor, LB_CHECK_WARN, "models", "choose one of these by --model",
                              "%.100s is not listed; there: %s", asked, lbi_buf_text(&text));
    else if (model->context > 0)
        err = lbi_doctor_note(doctor, LB_CHECK_OK, "models", "",
                              "%s; asking %.100s, context %" PRId64 " tokens", lbi_buf_text(&text),
                              asked, model->context);
    else
        err = lbi_doctor_note(doctor, LB_CHECK_OK, "models", "",
                              "%s; asking %.100s, context not said (--context)",
                              lbi_buf_text(&text), asked);
    return lbi_doctor_noted(doctor, err, &text);
}

static const char *no_list_advice(const struct lb_doctor *doctor, int status)
{
    if (doctor->config->set.models.count > 0)
        return "give the model's context by --context, the list would have said it";
    if (status == 500 && !has_key(doctor)) /* LiteLLM */
        return "some gateways answer so without a key: give one by --key-file, --key-env or "
               "LITEBENCH_API_KEY. Else look at the server's log";
    return "is the URL right? Its path should end in /v1. If there is no list, name a model by "
           "--model";
}

/* There is no list. With --model a run does without. */
static lb_err note_no_models(struct lb_doctor *doctor, const struct lbi_fetch *fetch)
{
    bool named = doctor->config->set.models.count > 0;
    const char *advice = no_list_advice(doctor, fetch->transfer.status);
    int32_t status = named ? LB_CHECK_WARN : LB_CHECK_FAIL;
    struct lbi_buf text;
    lb_err err;

    lbi_buf_init(&text, &doctor->ctx->mem);
    lbi_error_text(&text, lbi_buf_text(&fetch->body), fetch->body.len);
    lbi_endpoint_scrub(&doctor->endpoint, &text);
    if (fetch->transfer.status == 200)
        err = lbi_doctor_note(doctor, status, "models", advice, "the answer is no list of models");
    else if (fetch->transfer.status == 0)
        err = lbi_doctor_note(doctor, status, "models", advice, "%s", why(doctor, fetch));
    else
        err =
            lbi_doctor_note(doctor, status, "models", advice, "HTTP %d%s%s", fetch->transfer.status,
                            text.len > 0 ? ": " : "", lbi_buf_text(&text));
    err = lbi_doctor_noted(doctor, err, &text);
    return named ? err : stop(doctor, err);
}

static lb_err note_answer(struct lb_doctor *doctor, const struct lbi_fetch *fetch)
{
    int status = fetch->transfer.status;
    const char *body = lbi_buf_text(&fetch->body);
    bool key = has_key(doctor);
    lb_err err = LB_OK;

    if (status >= 300 && lbi_error_of_status(status, body, fetch->body.len) == LBI_ERR_AUTH)
        return stop(doctor, note_key_refused(doctor, status, fetch));
    if (status == 200)
        err = lbi_doctor_note(doctor, LB_CHECK_OK, "key", "",
                              key ? "accepted" : "none given, none asked for");
    if (err != LB_OK)
        return err;
    if (status != 200 || fetch->code != CURLE_OK || fetch->late)
        return note_no_models(doctor, fetch);
    err = lbi_models_read(&doctor->models, doctor->ctx, doctor->endpoint.models_url, &fetch->body);
    if (err == LB_E_NOMEM)
        return err;
    return err != LB_OK ? note_no_models(doctor, fetch) : note_models(doctor);
}

static lb_err note_all(struct lb_doctor *doctor, const struct lbi_fetch *fetch)
{
    enum lbi_stage stage = lbi_probe_stage(&fetch->transfer, fetch->code, fetch->late);
    struct lbi_peer peer;

    lbi_probe_peer(&peer, &fetch->transfer);
    lb_err err = note_name(doctor, fetch, &peer, stage);
    if (err != LB_OK || stage == LBI_STAGE_NAME)
        return stop(doctor, err);
    err = note_tcp(doctor, fetch, &peer, stage);
    if (err != LB_OK || stage == LBI_STAGE_TCP)
        return stop(doctor, err);
    err = note_tls(doctor, fetch, &peer, stage);
    if (err != LB_OK || stage == LBI_STAGE_TLS)
        return stop(doctor, err);
    return note_answer(doctor, fetch);
}

lb_err lbi_doctor_reach(struct lb_doctor *doctor)
{
    struct lbi_fetch fetch;
    lb_err err = lbi_fetch_init(&fetch, &doctor->loop, &doctor->endpoint);

    if (err == LB_OK) {
        lbi_probe_prepare(&fetch.transfer);
        err = lbi_fetch_get(&fetch, doctor->endpoint.models_url, reach_limit(doctor));
    }
    if (err != LB_OK)
        err = lbi_fail(doctor->ctx, err, "cannot ask: out of memory or descriptors");
    else
        err = note_all(doctor, &fetch);
    doctor->quota = fetch.quota;
    doctor->litellm = fetch.litellm;
    memcpy(doctor->server, fetch.server, sizeof(doctor->server));
    lbi_fetch_free(&fetch);
    return err;
}
