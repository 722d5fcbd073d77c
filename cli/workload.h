/* SPDX-License-Identifier: Apache-2.0 */
/* workload.h - the documents and the plan of a run, and what it will cost. */
#ifndef CLI_WORKLOAD_H
#define CLI_WORKLOAD_H

#include <litebench/litebench.h>

/* Documents of --docs or the built-in ones. */
lb_err workload_documents(lb_corpus **out, const lb_config *config);
/* The same, and the plan made of them. */
lb_err workload_plan(lb_plan **out, const lb_config *config);

struct estimate {
    double requests;
    double prompt_tokens;
    double answer_tokens; /* at most */
    double seconds;
};

struct estimate workload_estimate(lb_plan *plan, const lb_config *config);
/* "400 requests (40 conversations x 10 turns, at most 4 at once) ..."; the caller frees it. */
char *workload_summary(const struct estimate *estimate, const lb_plan *plan,
                       const lb_config *config);
/* Says it when far fewer requests are in flight than there are conversations. */
void workload_warn(const lb_config *config);

#endif
