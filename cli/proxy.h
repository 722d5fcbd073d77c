/* SPDX-License-Identifier: Apache-2.0 */
/* proxy.h - the proxy that the environment names, as curl understands it. */
#ifndef CLI_PROXY_H
#define CLI_PROXY_H

#include "opt.h"

/*
 * Unless target.proxy is given: sets it from http_proxy (only so written: a CGI program's
 * HTTP_PROXY is the visitor's word), https_proxy, HTTPS_PROXY, all_proxy or ALL_PROXY, when neither
 * no_proxy nor NO_PROXY lists the endpoint's host.
 */
void proxy_take(lb_config *config, lb_ctx *ctx, struct faults *faults);

#endif
