/* SPDX-License-Identifier: Apache-2.0 */
/* prompts.h - what users ask, by class and kind (prompts.def), and in which order they ask it. */
#ifndef LBI_CORPUS_PROMPTS_H
#define LBI_CORPUS_PROMPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rng.h"

/* No list of prompts.def is longer (checked when compiled). */
#define LBI_PROMPTS_MAX 96

enum lbi_intent {
    LBI_SUMMARY,
    LBI_REVIEW,
    LBI_EXPLAIN,
    LBI_DETAIL,
    LBI_QUESTION,
    LBI_PLAN,
    LBI_REWRITE,
    LBI_CORRECT,
    LBI_EXAMPLE,
    LBI_COMPARE,
};

enum lbi_prompt_kind { LBI_OPENING, LBI_FOLLOWUP };

struct lbi_prompt {
    enum lbi_intent intent;
    size_t len;
    const char *text;
};

struct lbi_prompts {
    const struct lbi_prompt *list;
    size_t count;
};

struct lbi_prompts lbi_prompts(bool code, enum lbi_prompt_kind kind);
/* Length of the longest one. */
size_t lbi_prompts_longest(struct lbi_prompts prompts);
/* The one at `position` < count when they are drawn without repetition. */
const struct lbi_prompt *lbi_prompts_draw(struct lbi_prompts prompts, struct lbi_rng *rng,
                                          size_t position);
/*
 * The same for follow-ups: neighbours differ in intent, and a conversation does not begin with a
 * sum of what was said so far. The order does not depend on how many are drawn.
 */
const struct lbi_prompt *lbi_prompts_followup(struct lbi_prompts prompts, struct lbi_rng *rng,
                                              size_t position);

#endif
