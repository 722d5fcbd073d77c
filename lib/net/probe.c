/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c - see probe.h. Facts only; what they mean is said in engine/doctor_reach.c. */
#include "net/probe.h"

#include <string.h>

void lbi_probe_prepare(struct lbi_transfer *transfer)
{
    curl_easy_setopt(transfer->easy, CURLOPT_CERTINFO, 1L);
}

void lbi_probe_handshake_only(struct lbi_transfer *transfer)
{
    lbi_probe_prepare(transfer);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(transfer->easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(transfer->easy, CURLOPT_SSL_VERIFYHOST, 0L);
}

static bool reached(const struct lbi_transfer *transfer, CURLINFO info)
{
    curl_off_t us = 0;

    return curl_easy_getinfo(transfer->easy, info, &us) == CURLE_OK && us > 0;
}

static enum lbi_stage stage_by_time(const struct lbi_transfer *transfer)
{
    if (!reached(transfer, CURLINFO_NAMELOOKUP_TIME_T))
        return LBI_STAGE_NAME;
    /* Some libcurls note that time only behind the handshake; but who waits for input is connected.
     */
    if (!reached(transfer, CURLINFO_CONNECT_TIME_T) && transfer->sent_ns == LB_UNKNOWN)
        return LBI_STAGE_TCP;
    if (transfer->endpoint->url.https && !reached(transfer, CURLINFO_APPCONNECT_TIME_T))
        return LBI_STAGE_TLS;
    return LBI_STAGE_HTTP;
}

enum lbi_stage lbi_probe_stage(const struct lbi_transfer *transfer, CURLcode code, bool late)
{
    if (transfer->status != 0)
        return LBI_STAGE_HTTP;
    if (lbi_transfer_refused_by_proxy(transfer))
        return LBI_STAGE_TCP;
    switch ((int)(late ? CURLE_OPERATION_TIMEDOUT : code)) {
    case CURLE_OK:
        return LBI_STAGE_HTTP;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return LBI_STAGE_NAME;
    case CURLE_COULDNT_CONNECT:
        return LBI_STAGE_TCP;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return LBI_STAGE_TLS;
    default:
        return stage_by_time(transfer);
    }
}

void lbi_probe_peer(struct lbi_peer *out, const struct lbi_transfer *transfer)
{
    char *address = NULL;
    long port = 0;

    (void)curl_easy_getinfo(transfer->easy, CURLINFO_PRIMARY_IP, &address);
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_PRIMARY_PORT, &port);
    (void)snprintf(out->address, sizeof(out->address), "%s", address != NULL ? address : "");
    out->port = (int)port;
}

/* "Issuer:CN = ..." -> what stands behind the colon, NULL for another entry. */
static const char *value_of(const char *entry, const char *name)
{
    size_t n = strlen(name);

    return strncmp(entry, name, n) == 0 && entry[n] == ':' ? entry + n + 1 : NULL;
}

static void keep(char *out, size_t size, const char *entry, const char *name)
{
    const char *value = value_of(entry, name);

    if (value != NULL)
        (void)snprintf(out, size, "%s", value);
}

static void keep_date(int64_t *out, const char *entry, const char *name)
{
    const char *value = value_of(entry, name);

    if (value != NULL)
        *out = (int64_t)curl_getdate(value, NULL);
}

void lbi_probe_certificate(struct lbi_certificate *out, const struct lbi_transfer *transfer)
{
    struct curl_certinfo *info = NULL;

    *out = (struct lbi_certificate){.begins_s = -1, .expires_s = -1};
    if (curl_easy_getinfo(transfer->easy, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL ||
        info->num_of_certs < 1)
        return;
    out->known = true;
    for (const struct curl_slist *entry = info->certinfo[0]; entry != NULL; entry = entry->next) {
        keep(out->subject, sizeof(out->subject), entry->data, "Subject");
        keep(out->issuer, sizeof(out->issuer), entry->data, "Issuer");
        keep(out->names, sizeof(out->names), entry->data, "X509v3 Subject Alternative Name");
        keep_date(&out->begins_s, entry->data, "Start date");
        keep_date(&out->expires_s, entry->data, "Expire date");
    }
}
