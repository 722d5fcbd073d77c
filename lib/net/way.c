/* SPDX-License-Identifier: Apache-2.0 */
/* way.c - see way.h. */
#include "net/way.h"

#include <string.h>

static void set_version(struct lbi_transfer *transfer)
{
    const struct lbi_endpoint *endpoint = transfer->endpoint;
    long version = CURL_HTTP_VERSION_1_1;

    if (endpoint->set->http == LBI_HTTP_2)
        version =
            endpoint->url.https ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    curl_easy_setopt(transfer->easy, CURLOPT_HTTP_VERSION, version);
    if (endpoint->set->http == LBI_HTTP_2)
        curl_easy_setopt(transfer->easy, CURLOPT_PIPEWAIT, 1L);
}

static void set_security(struct lbi_transfer *transfer)
{
    const struct lbi_settings *set = transfer->endpoint->set;

    if (set->ca_file != NULL)
        curl_easy_setopt(transfer->easy, CURLOPT_CAINFO, set->ca_file);
    if (set->insecure) {
        curl_easy_setopt(transfer->easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(transfer->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

/* Always set, or libcurl would look into the environment of our host. */
static void set_proxy(struct lbi_transfer *transfer)
{
    const struct lbi_settings *set = transfer->endpoint->set;
    bool proxied = transfer->endpoint->proxied;

    curl_easy_setopt(transfer->easy, CURLOPT_PROXY, proxied ? set->proxy : "");
    curl_easy_setopt(transfer->easy, CURLOPT_NOPROXY, "");
    /* The proxy's own answer to CONNECT is no answer of the endpoint. */
    curl_easy_setopt(transfer->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (proxied && set->proxy_login != NULL)
        curl_easy_setopt(transfer->easy, CURLOPT_PROXYUSERPWD, set->proxy_login);
}

/*
 * A connection of its own for each user, within one pool: each user's goes to a made-up host that
 * resolves to the endpoint's address. libcurl keeps connections by the host they go to; name
 * indication and certificates still follow the URL.
 */
lb_err lbi_way_of_its_own(struct lbi_transfer *transfer, size_t user_index)
{
    const struct lbi_endpoint *endpoint = transfer->endpoint;
    const char *open = endpoint->url.ipv6 ? "[" : "";
    const char *close = endpoint->url.ipv6 ? "]" : "";
    struct lbi_buf text;

    lbi_buf_init(&text, transfer->loop->mem);
    lbi_buf_printf(&text, "%s%s%s:%u:user%zu.invalid:%u", open, endpoint->url.host, close,
                   endpoint->url.port, user_index, endpoint->url.port);
    transfer->connect_to = curl_slist_append(NULL, lbi_buf_text(&text));
    lbi_buf_clear(&text);
    lbi_buf_printf(&text, "user%zu.invalid:%u:%s", user_index, endpoint->url.port,
                   endpoint->addresses);
    transfer->resolve = curl_slist_append(NULL, lbi_buf_text(&text));
    lb_err err = text.err;
    lbi_buf_free(&text);
    return err != LB_OK || transfer->connect_to == NULL || transfer->resolve == NULL ? LB_E_NOMEM
                                                                                     : LB_OK;
}

void lbi_way_set(struct lbi_transfer *transfer)
{
    const struct lbi_endpoint *endpoint = transfer->endpoint;
    CURL *easy = transfer->easy;

    set_version(transfer);
    set_security(transfer);
    set_proxy(transfer);
    /* libcurl's own timer for the second address family would read sockets behind our back. */
    if (endpoint->url.ipv6 ||
        strspn(endpoint->url.host, "0123456789.") == strlen(endpoint->url.host))
        curl_easy_setopt(easy, CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, 60000L);
    if (transfer->connect_to != NULL) {
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, transfer->connect_to);
        curl_easy_setopt(easy, CURLOPT_RESOLVE, transfer->resolve);
    }
}
