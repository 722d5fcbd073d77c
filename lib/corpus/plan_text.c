/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_text.c - the words of a conversation, made on demand and pure: any thread may ask for any
 * turn in any order. Tested in tests/unit/test_plan.c.
 *
 * Every conversation opens with a line of its own ("Case 5d1f09c2-17"). Without it two of them
 * that are about one document would share a prefix, the first turn of the second would be answered
 * from the server's cache, and first turns would no longer be cold.
 */
#include <stdio.h>
#include <string.h>

#include "corpus/made_up.h"
#include "corpus/plan_impl.h"
#include "corpus/prompts.h"

#define CASE_FORMAT "Case %08x-%zu\n\n"
#define CASE_MAX    40 /* its length at most */

static const char code_lead[] = "This is the file I am talking about:";
static const char text_lead[] = "This is the document I am talking about:";
#define LEAD_MAX    sizeof(text_lead)
#define ROOM_BEHIND 512 /* for the question and the end of the request: else half as much again */
#define BLANK_LINES 16  /* between the parts of the first message */

/* How a question is put again when a conversation is longer than the list of questions. */
static const char *const again[] = {
    "", "Once more, please: ", "Looking at it again: ", "To be quite sure, once again: "};
#define AGAIN_FORMAT "Round %zu: "
#define AGAIN_MAX    40

void lbi_plan_stream(const struct lb_plan *plan, struct lbi_rng *rng, enum lbi_plan_stream kind,
                     uint64_t index)
{
    lbi_rng_init(rng, plan->seed, LBI_RNG_PLAN, (uint64_t)kind << 60 | index);
}

size_t lbi_plan_frame(const struct lb_plan *plan)
{
    size_t opening = 0;
    size_t followup = 0;

    for (int code = 0; code <= 1; code++) {
        struct lbi_prompts followups = lbi_prompts(code, LBI_FOLLOWUP);
        size_t first = lbi_prompts_longest(lbi_prompts(code, LBI_OPENING));
        size_t later = lbi_prompts_longest(followups);
        if (plan->turns > followups.count + 1)
            later += AGAIN_MAX;
        opening = first > opening ? first : opening;
        followup = later > followup ? later : followup;
    }
    return CASE_MAX + LEAD_MAX + BLANK_LINES + opening + (plan->turns - 1) * followup;
}

static const struct lbi_document *document_of(const struct lb_plan *plan, size_t conversation)
{
    return plan->docs[plan->order[conversation]];
}

/* A document meets each opening once before it meets one again. */
static const struct lbi_prompt *opening_of(const struct lb_plan *plan, size_t conversation)
{
    struct lbi_rng rng;
    struct lbi_prompts openings = lbi_prompts(document_of(plan, conversation)->code, LBI_OPENING);

    lbi_plan_stream(plan, &rng, LBI_STREAM_OPENINGS, plan->order[conversation]);
    return lbi_prompts_draw(openings, &rng, conversation / plan->doc_count % openings.count);
}

/* Where a message goes, and in which of its two forms. */
struct sink {
    struct lbi_buf *out;
    bool json;
};

static void put(const struct sink *sink, const char *text, size_t len)
{
    if (sink->json)
        lbi_buf_json_text(sink->out, text, len);
    else
        lbi_buf_add(sink->out, text, len);
}

static void puts_to(const struct sink *sink, const char *text)
{
    put(sink, text, strlen(text));
}

static void add_fence(const struct sink *sink, size_t backticks)
{
    for (size_t i = 0; i < backticks; i++)
        lbi_buf_putc(sink->out, '`');
}

static void add_document(const struct lb_plan *plan, const struct sink *sink, size_t index)
{
    const struct lbi_document *doc = plan->docs[index];
    const struct lbi_buf *escaped = &plan->escaped[index];

    add_fence(sink, doc->fence);
    puts_to(sink, "\n");
    if (sink->json && escaped->mem != NULL) {
        (void)lbi_buf_reserve(sink->out, escaped->len + ROOM_BEHIND);
        lbi_buf_add(sink->out, lbi_buf_text(escaped), escaped->len);
    } else {
        put(sink, doc->text, doc->len);
    }
    if (doc->len > 0 && doc->text[doc->len - 1] != '\n')
        puts_to(sink, "\n");
    add_fence(sink, doc->fence);
}

/* "the code below" cannot stand under the code. */
static bool must_come_first(const struct lbi_prompt *opening)
{
    return strstr(opening->text, "below") != NULL || strstr(opening->text, "following") != NULL;
}

static void add_first(const struct lb_plan *plan, const struct sink *sink, size_t conversation)
{
    const struct lbi_document *doc = document_of(plan, conversation);
    const struct lbi_prompt *opening = opening_of(plan, conversation);
    char line[CASE_MAX];
    struct lbi_rng rng;

    lbi_plan_stream(plan, &rng, LBI_STREAM_CONVERSATION, conversation);
    unsigned name = (unsigned)(lbi_rng_next(&rng) >> 32);
    bool document_first = lbi_rng_below(&rng, 3) == 0 && !must_come_first(opening);

    (void)snprintf(line, sizeof(line), CASE_FORMAT, name, conversation);
    puts_to(sink, line);
    if (document_first) {
        puts_to(sink, doc->code ? code_lead : text_lead);
        puts_to(sink, "\n\n");
        add_document(plan, sink, plan->order[conversation]);
        puts_to(sink, "\n\n");
        put(sink, opening->text, opening->len);
        return;
    }
    put(sink, opening->text, opening->len);
    puts_to(sink, "\n\n");
    add_document(plan, sink, plan->order[conversation]);
}

static void add_later(const struct lb_plan *plan, const struct sink *sink, size_t conversation,
                      size_t turn)
{
    bool code = document_of(plan, conversation)->code;
    struct lbi_prompts followups = lbi_prompts(code, LBI_FOLLOWUP);
    size_t pass = (turn - 2) / followups.count;
    char lead[AGAIN_MAX];
    struct lbi_rng rng;

    lbi_plan_stream(plan, &rng, LBI_STREAM_FOLLOWUPS, (uint64_t)pass << 32 | conversation);
    const struct lbi_prompt *prompt =
        lbi_prompts_followup(followups, &rng, (turn - 2) % followups.count);
    (void)snprintf(lead, sizeof(lead), AGAIN_FORMAT, pass + 1);
    puts_to(sink, pass < sizeof(again) / sizeof(again[0]) ? again[pass] : lead);
    put(sink, prompt->text, prompt->len);
}

static void add_message(const struct lb_plan *plan, const struct sink *sink, size_t conversation,
                        size_t turn)
{
    if (turn == 1)
        add_first(plan, sink, conversation);
    else
        add_later(plan, sink, conversation, turn);
}

void lbi_plan_message(const struct lb_plan *plan, struct lbi_buf *out, size_t conversation,
                      size_t turn)
{
    add_message(plan, &(struct sink){out, false}, conversation, turn);
}

void lbi_plan_message_json(const struct lb_plan *plan, struct lbi_buf *out, size_t conversation,
                           size_t turn)
{
    add_message(plan, &(struct sink){out, true}, conversation, turn);
}

void lbi_plan_canned(const struct lb_plan *plan, struct lbi_buf *out, size_t conversation,
                     size_t turn)
{
    struct lbi_rng rng;

    lbi_rng_init(&rng, plan->seed, LBI_RNG_CANNED, (uint64_t)turn << 32 | conversation);
    lbi_made_up_answer(out, &rng, (size_t)plan->max_tokens * 4);
}

void lbi_plan_warmup(const struct lb_plan *plan, struct lbi_buf *out, size_t index)
{
    struct lbi_rng rng;

    lbi_rng_init(&rng, plan->seed, LBI_RNG_WARMUP, index);
    lbi_made_up_question(out, &rng, index + 1);
}

const char *lbi_plan_document(const struct lb_plan *plan, size_t conversation, bool *code)
{
    const struct lbi_document *doc = document_of(plan, conversation);

    if (code != NULL)
        *code = doc->code;
    return doc->title;
}

static uint64_t mean_length(struct lbi_prompts prompts)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < prompts.count; i++)
        sum += prompts.list[i].len;
    return prompts.count > 0 ? sum / prompts.count : 0;
}

/* Prompts grow: a message of turn t is sent again in each later turn, and so is its answer. */
uint64_t lbi_plan_prompt_tokens(const struct lb_plan *plan)
{
    uint64_t turns = plan->turns;
    uint64_t repeats = turns * (turns - 1) / 2;
    uint64_t bytes = 0;

    for (size_t i = 0; i < plan->conversations; i++) {
        const struct lbi_document *doc = document_of(plan, i);
        uint64_t first = doc->len + 2 * doc->fence + CASE_MAX / 2 + plan->system.len +
                         mean_length(lbi_prompts(doc->code, LBI_OPENING));
        uint64_t later = mean_length(lbi_prompts(doc->code, LBI_FOLLOWUP));
        bytes += first * turns + later * repeats;
    }
    return bytes / 4 + plan->max_tokens * repeats * plan->conversations;
}
