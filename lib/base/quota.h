/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.h - what headers of servers and gateways say of a key's quota: requests and tokens that it
 * may spend in a minute. The names differ; the smallest number counts. Pure.
 */
#ifndef LBI_BASE_QUOTA_H
#define LBI_BASE_QUOTA_H

#include <stddef.h>
#include <stdint.h>

struct lbi_quota {
    int64_t requests, tokens;           /* per minute; LB_UNKNOWN: nothing said */
    int64_t requests_left, tokens_left; /* until it is renewed */
};

void lbi_quota_init(struct lbi_quota *quota);
/* Takes what a header says, if it is about a quota. */
void lbi_quota_header(struct lbi_quota *quota, const char *name, size_t name_len, const char *value,
                      size_t value_len);

#endif
