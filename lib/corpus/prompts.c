/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prompts.c - the four lists of prompts.def and how they are drawn from. It knows nothing of
 * documents; all chance comes from the stream it is given. Tested in tests/unit/test_plan.c.
 */
#include "corpus/prompts.h"

/* One pass over the table for each list: PICK_class_kind is a row in its own and nothing else. */
#define PROMPT(class, kind, intent, text) PICK_##class##_##kind(intent, text)
#define ROW(intent, text)                 {LBI_##intent, sizeof(text) - 1, text},
#define NO_ROW(intent, text)

#define PICK_CODE_OPENING  ROW
#define PICK_CODE_FOLLOWUP NO_ROW
#define PICK_TEXT_OPENING  NO_ROW
#define PICK_TEXT_FOLLOWUP NO_ROW
static const struct lbi_prompt code_openings[] = {
#include "corpus/prompts.def"
};

#undef PICK_CODE_OPENING
#undef PICK_CODE_FOLLOWUP
#define PICK_CODE_OPENING  NO_ROW
#define PICK_CODE_FOLLOWUP ROW
static const struct lbi_prompt code_followups[] = {
#include "corpus/prompts.def"
};

#undef PICK_CODE_FOLLOWUP
#undef PICK_TEXT_OPENING
#define PICK_CODE_FOLLOWUP NO_ROW
#define PICK_TEXT_OPENING  ROW
static const struct lbi_prompt text_openings[] = {
#include "corpus/prompts.def"
};

#undef PICK_TEXT_OPENING
#undef PICK_TEXT_FOLLOWUP
#define PICK_TEXT_OPENING  NO_ROW
#define PICK_TEXT_FOLLOWUP ROW
static const struct lbi_prompt text_followups[] = {
#include "corpus/prompts.def"
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
_Static_assert(COUNT(code_openings) <= LBI_PROMPTS_MAX, "raise LBI_PROMPTS_MAX");
_Static_assert(COUNT(code_followups) <= LBI_PROMPTS_MAX, "raise LBI_PROMPTS_MAX");
_Static_assert(COUNT(text_openings) <= LBI_PROMPTS_MAX, "raise LBI_PROMPTS_MAX");
_Static_assert(COUNT(text_followups) <= LBI_PROMPTS_MAX, "raise LBI_PROMPTS_MAX");

struct lbi_prompts lbi_prompts(bool code, enum lbi_prompt_kind kind)
{
    static const struct lbi_prompts all[2][2] = {
        {{text_openings, COUNT(text_openings)}, {text_followups, COUNT(text_followups)}},
        {{code_openings, COUNT(code_openings)}, {code_followups, COUNT(code_followups)}},
    };

    return all[code][kind];
}

size_t lbi_prompts_longest(struct lbi_prompts prompts)
{
    size_t longest = 0;

    for (size_t i = 0; i < prompts.count; i++) {
        if (prompts.list[i].len > longest)
            longest = prompts.list[i].len;
    }
    return longest;
}

static void shuffle(unsigned char deck[LBI_PROMPTS_MAX], size_t count, struct lbi_rng *rng)
{
    for (size_t i = 0; i < count; i++)
        deck[i] = (unsigned char)i;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)lbi_rng_below(rng, i);
        unsigned char other = deck[j];
        deck[j] = deck[i - 1];
        deck[i - 1] = other;
    }
}

const struct lbi_prompt *lbi_prompts_draw(struct lbi_prompts prompts, struct lbi_rng *rng,
                                          size_t position)
{
    unsigned char deck[LBI_PROMPTS_MAX];

    shuffle(deck, prompts.count, rng);
    return &prompts.list[deck[position]];
}

/* First card from `from` on that may follow `before` (NULL: nothing yet), else the next one. */
static size_t next_card(struct lbi_prompts prompts, const unsigned char *deck, size_t from,
                        const struct lbi_prompt *before)
{
    for (size_t i = from; i < prompts.count; i++) {
        enum lbi_intent intent = prompts.list[deck[i]].intent;
        bool too_early = from < 2 && intent == LBI_SUMMARY;
        if (!too_early && (before == NULL || intent != before->intent))
            return i;
    }
    return from;
}

const struct lbi_prompt *lbi_prompts_followup(struct lbi_prompts prompts, struct lbi_rng *rng,
                                              size_t position)
{
    unsigned char deck[LBI_PROMPTS_MAX] = {0};
    const struct lbi_prompt *prompt = NULL;

    shuffle(deck, prompts.count, rng);
    for (size_t i = 0; i <= position; i++) {
        size_t j = next_card(prompts, deck, i, prompt);
        unsigned char chosen = deck[j];
        deck[j] = deck[i];
        deck[i] = chosen;
        prompt = &prompts.list[chosen];
    }
    return prompt;
}
