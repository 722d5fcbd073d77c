/* SPDX-License-Identifier: Apache-2.0 */
/* endpoint.h - what all requests to one endpoint share: addresses, headers, secrets, TLS. */
#ifndef LBI_NET_ENDPOINT_H
#define LBI_NET_ENDPOINT_H

#include <curl/curl.h>

#include "config/settings.h"
#include "net/plain_way.h"
#include "wire/url.h"

struct lbi_endpoint {
    struct lb_ctx *ctx;
    const struct lb_config *config;
    const struct lbi_settings *set; /* of config */
    struct lbi_url url;
    char *base; /* without credentials or query: fit to be shown */
    char *chat_url, *models_url;
    struct curl_slist *headers;
    struct lbi_list secrets; /* texts that may appear nowhere */
    bool keyed;              /* sends a key, or a secret header that may be one */
    bool proxied;            /* through set->proxy */
    char *addresses;         /* of the host, comma-separated, for connections = user */
    struct lbi_plain_way plain;
};

/* Reads key and header files. `config` must outlive the endpoint. Errors are in the context. */
lb_err lbi_endpoint_init(struct lbi_endpoint *endpoint, const struct lb_config *config);
void lbi_endpoint_free(struct lbi_endpoint *endpoint);
/* Is the host an address and no name, behind which there could be another one tomorrow? */
bool lbi_endpoint_is_literal(const struct lbi_endpoint *endpoint);
/* Descriptors that a request may hold at once, its connection among them. */
unsigned lbi_endpoint_descriptors(const struct lbi_endpoint *endpoint);
/* Replaces every secret inside `text` by "***", also one that is cut off at its end. */
void lbi_endpoint_scrub(const struct lbi_endpoint *endpoint, struct lbi_buf *text);

#endif
