/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.h - which quota was it that a run ran into? What headers of the refusals say, else what the
 * pattern of refusals tells. Must not judge. Tested in tests/unit/test_quota.c.
 */
#ifndef LBI_REPORT_QUOTA_H
#define LBI_REPORT_QUOTA_H

#include "base/quota.h"
#include "report/view.h"

struct lbi_quota_hit {
    struct lbi_quota said;
    int64_t estimate; /* requests a minute, 0: cannot tell */
};

/* Adds what the gateway headers of a record say. */
void lbi_quota_read(struct lbi_quota *quota, const char *gateway_json);
lb_err lbi_quota_of(struct lbi_quota_hit *out, const struct lbi_view *view);

#endif
