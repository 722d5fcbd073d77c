/* SPDX-License-Identifier: Apache-2.0 */
/*
 * made_up.c - planned answers and warm-up questions. A planned answer need not be true, only look
 * like one to a tokenizer: words, sentences and paragraphs of ordinary English, each time in a
 * different order. Tested in tests/unit/test_plan.c.
 */
#include "corpus/made_up.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const subjects[] = {
    "The first part",
    "The author",
    "This section",
    "The main function",
    "The second table",
    "A careful reader",
    "The team",
    "Each of the steps",
    "The default setting",
    "The conclusion",
    "Whoever maintains it",
    "The error path",
    "The measured value",
    "The next release",
    "The simplest remedy",
    "Most of the difference",
};
static const char *const verbs[] = {
    "depends on",        "follows from",
    "takes for granted", "does not mention",
    "can be traced to",  "should be read with",
    "is limited by",     "repeats",
    "contradicts",       "makes good use of",
    "was chosen for",    "could do without",
    "explains",          "hides",
    "is tested by",      "comes before",
};
static const char *const objects[] = {
    "the order in which requests arrive",   "the numbers given at the beginning",
    "a limit that nobody wrote down",       "the way in which results are stored",
    "the agreement with the other team",    "what happens after a restart",
    "the assumption that inputs are small", "the time between two deliveries",
    "the comments in the second half",      "one of the earlier decisions",
    "the cost of a single mistake",         "the names of the fields",
    "the longest of the waiting times",     "the example in the middle",
    "the rules for keeping old records",    "the people who use it every day",
};
static const char *const endings[] = {
    "",
    ", which matters when the load is uneven",
    ", although the text does not say so",
    " and should be checked first",
    ", so a small change is enough",
    " unless the configuration says otherwise",
    ", as the last example shows",
    " in most of the cases described",
    ", and that is easy to overlook",
    " for a reason that becomes clear later",
    ", at least under normal conditions",
    " rather than the other way round",
};
static const char *const questions[] = {
    "Why are leaves green? Please answer in about five sentences.",
    "How does a suspension bridge carry its load? Keep it short.",
    "What makes bread rise? Explain it to a child.",
    "Name five rivers and say into which sea each of them flows.",
    "What is the difference between weather and climate?",
    "How does a bicycle stay upright when it moves?",
    "Give me a simple recipe for a vegetable soup for four people.",
    "Why does ice float on water, and what would happen if it did not?",
    "Describe how a letter gets from one country to another.",
    "What do bees do in winter?",
    "How did people tell the time before there were clocks?",
    "Explain compound interest with one small example.",
    "What causes the tides? Three sentences are enough.",
    "How is paper made from wood?",
    "Which instruments belong to a string quartet, and what does each of them do?",
    "Why do we see lightning before we hear thunder?",
    "Suggest a plan for a quiet weekend in a small town by the sea.",
    "What is a prime number, and why are there infinitely many of them?",
    "How does a refrigerator keep things cold?",
    "Write four lines about autumn that do not rhyme.",
};

static const char *pick(const char *const *list, size_t count, struct lbi_rng *rng)
{
    return list[lbi_rng_below(rng, count)];
}

static void add_sentence(struct lbi_buf *out, struct lbi_rng *rng)
{
    lbi_buf_puts(out, pick(subjects, COUNT(subjects), rng));
    lbi_buf_putc(out, ' ');
    lbi_buf_puts(out, pick(verbs, COUNT(verbs), rng));
    lbi_buf_putc(out, ' ');
    lbi_buf_puts(out, pick(objects, COUNT(objects), rng));
    lbi_buf_puts(out, pick(endings, COUNT(endings), rng));
    lbi_buf_puts(out, lbi_rng_below(rng, 5) == 0 ? ".\n\n" : ". ");
}

void lbi_made_up_answer(struct lbi_buf *out, struct lbi_rng *rng, size_t bytes)
{
    size_t end = out->len + bytes;

    if (bytes == 0)
        return;
    while (out->len < end && out->err == LB_OK)
        add_sentence(out, rng);
    if (out->err != LB_OK)
        return;
    lbi_buf_truncate(out, end);
    out->data[end - 1] = '.';
}

void lbi_made_up_question(struct lbi_buf *out, struct lbi_rng *rng, size_t number)
{
    lbi_buf_printf(out, "%zu. %s", number, pick(questions, COUNT(questions), rng));
}
