/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.h - one GET, waited for: the list of models, and what the doctor looks at. */
#ifndef LBI_ENGINE_FETCH_H
#define LBI_ENGINE_FETCH_H

#include <stdatomic.h>

#include "base/quota.h"
#include "net/transfer.h"

struct lbi_fetch {
    struct lbi_transfer transfer;
    struct lbi_timer timer;
    struct lbi_buf body;
    struct lbi_quota quota;
    char server[96];
    bool litellm; /* a LiteLLM gateway answered */
    bool over, late;
    atomic_int *cancelled; /* of the owner; NULL: never. 1: waits no longer */
    CURLcode code;
};

lb_err lbi_fetch_init(struct lbi_fetch *fetch, struct lbi_loop *loop,
                      const struct lbi_endpoint *endpoint);
void lbi_fetch_free(struct lbi_fetch *fetch);
/* Blocks for at most `limit_ns`. A failure of the transfer is LB_OK: see late, code and status.
 * LB_E_CANCELED: by the owner, who rings the bell of the loop. */
lb_err lbi_fetch_get(struct lbi_fetch *fetch, const char *url, int64_t limit_ns);

#endif
