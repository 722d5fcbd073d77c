/* SPDX-License-Identifier: Apache-2.0 */
/* advice.h - what a person should know beside the verdict, each with a code and what to do. */
#ifndef LBI_REPORT_ADVICE_H
#define LBI_REPORT_ADVICE_H

#include "report/judge.h"
#include "report/tree.h"

/* Appends {code, text} objects to `warnings`. */
lb_err lbi_advise(struct lbi_tree *tree, struct json_object *warnings,
                  const struct lbi_result *result, const struct lbi_part *part,
                  const struct lbi_verdict *verdict);
/* "the key's quota (120 requests/min) was hit ...": by `count` refusals. */
lb_err lbi_say_quota_hit(struct lbi_buf *out, const struct lbi_part *part, size_t count);

#endif
