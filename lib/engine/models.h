/* SPDX-License-Identifier: Apache-2.0 */
/* models.h - the endpoint's list of models. */
#ifndef LBI_ENGINE_MODELS_H
#define LBI_ENGINE_MODELS_H

#include <stdatomic.h>

#include "base/quota.h"
#include "net/transfer.h"

struct lbi_model {
    char *name;
    int64_t context; /* max_model_len, 0: not said */
};

struct lbi_models {
    struct lbi_model *items;
    size_t count, cap;
    struct lbi_quota quota; /* what the answer's headers said */
};

/* Blocks, until `cancelled` (may be NULL) is 1 and the bell of the loop is rung. The error names
 * what is wrong: unreachable, refused key, no list. */
lb_err lbi_models_fetch(struct lbi_models *models, struct lb_ctx *ctx, struct lbi_loop *loop,
                        const struct lbi_endpoint *endpoint, atomic_int *cancelled);
/* Adds the names in the body of an answer. */
lb_err lbi_models_read(struct lbi_models *models, struct lb_ctx *ctx, const char *url,
                       const struct lbi_buf *body);
void lbi_models_free(struct lbi_models *models, const struct lbi_mem *mem);

#endif
