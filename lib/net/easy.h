/* SPDX-License-Identifier: Apache-2.0 */
/* easy.h - a transfer by libcurl. Between transfer.c, the loop and libcurl. */
#ifndef LBI_NET_EASY_H
#define LBI_NET_EASY_H

#include "net/transfer.h"

/* The handle, if it is not there yet. */
lb_err lbi_easy_make(struct lbi_transfer *transfer);
void lbi_easy_free(struct lbi_transfer *transfer);
lb_err lbi_easy_post(struct lbi_transfer *transfer, const char *body, size_t len,
                     const char *extra_header);
lb_err lbi_easy_get(struct lbi_transfer *transfer, const char *url);
void lbi_easy_abort(struct lbi_transfer *transfer);

/* For the loop. */
void lbi_easy_on_socket(struct lbi_transfer *transfer, curl_socket_t fd, int what);
void lbi_easy_finish(struct lbi_transfer *transfer, CURLcode code);

#endif
