/* SPDX-License-Identifier: Apache-2.0 */
/* url.h - the endpoint's address: checked, completed and made fit to be shown. */
#ifndef LBI_WIRE_URL_H
#define LBI_WIRE_URL_H

#include "base/buf.h"

struct lbi_url {
    bool https;
    char host[256]; /* without brackets */
    uint16_t port;
    bool ipv6;
};

/* NULL when `url` may serve as a base URL, else the fault in words. Never repeats the URL. */
const char *lbi_url_fault(const char *url);
/* Takes apart a URL that has no fault. */
void lbi_url_split(struct lbi_url *out, const char *url);
/*
 * Appends the base URL to which "/chat/completions" is added: without trailing slash or query,
 * with /v1 unless its path ends in a version already. Fit to be shown: it holds no credentials.
 */
void lbi_url_base(struct lbi_buf *out, const char *url);

#endif
