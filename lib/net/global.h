/* SPDX-License-Identifier: Apache-2.0 */
/* global.h - libcurl's process-wide state, held while anything of ours needs it. */
#ifndef LBI_NET_GLOBAL_H
#define LBI_NET_GLOBAL_H

#include <stdbool.h>

#include "litebench/litebench.h"

/* Counted, and libcurl counts too: a host that uses libcurl itself is not disturbed. */
lb_err lbi_curl_acquire(void);
void lbi_curl_release(void);
/* Versions of libcurl and of its TLS library; neither is NULL. */
void lbi_curl_versions(const char **curl, const char **tls);
/* Does it reuse an HTTP/2 connection without TLS? 7.88 fails at that. */
bool lbi_curl_keeps_clear_http2(void);

#endif
