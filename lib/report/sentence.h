/* SPDX-License-Identifier: Apache-2.0 */
/* sentence.h - the verdict in words: what a person reads first, in every format. */
#ifndef LBI_REPORT_SENTENCE_H
#define LBI_REPORT_SENTENCE_H

#include "report/judge.h"

/* "95 % of first words within 1.9 s (surely under 2.2 s), limit 5 s" */
void lbi_say_objective(struct lbi_buf *out, const struct lbi_judged *judged,
                       const struct lbi_part *part);
/* Does it tell of all failures, so that nothing is left to say of them? */
bool lbi_says_all_errors(const struct lbi_judged *judged);
/* " (2 connect, 1 timeout)": the commonest classes of failure; nothing when nothing failed. */
void lbi_say_causes(struct lbi_buf *out, const struct lbi_part *parts, size_t count);
/* Why it has its status, with the command that would decide it where one would. */
void lbi_say_reason(struct lbi_buf *out, const struct lbi_judged *judged,
                    const struct lbi_verdict *verdict, const struct lbi_result *result,
                    const struct lbi_part *part);
/* How many shards of a merged run are there. */
void lbi_say_shards(struct lbi_buf *out, const struct lbi_verdict *verdict);
/* "PASS  100 students at once: ...; 0 of 600 answers failed" */
void lbi_say_sentence(struct lbi_buf *out, const struct lbi_verdict *verdict,
                      const struct lbi_result *result, const struct lbi_part *part);
/* The same of several models that all passed. */
void lbi_say_all_passed(struct lbi_buf *out, const struct lbi_result *result);
/* The command of this run with another number of conversations. */
void lbi_say_command(struct lbi_buf *out, const struct lbi_result *result, int64_t conversations);

#endif
