/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared_prefix.c - a system prompt such as a workshop has: who the assistant is, then house rules,
 * numbered and repeated as often as the wished size needs. The same text on every machine. Tested
 * in tests/unit/test_plan.c.
 */
#include "corpus/shared_prefix.h"

#include <fcntl.h>
#include <string.h>

#include "corpus/text.h"

#define MAX_BYTES ((size_t)16 << 20)

static const char introduction[] =
    "You are the assistant of a hands-on workshop. The people who write to you are engineers, "
    "operators and managers who sit in one room, work through the same exercises and have between "
    "two and four hours in all. Each of them has opened a document, either source code or prose, "
    "and asks you questions about it. They can see their own conversation only, and so can you.\n"
    "\n"
    "Answer from the document first. When it does not hold the answer, say so in one sentence, "
    "and then add what you know from elsewhere, marked as such. Never invent a figure, a name, a "
    "date or a function. If two places in the document disagree, quote both and say which of them "
    "you would trust and why.\n"
    "\n"
    "Begin with the answer and give the reasons afterwards. Use short paragraphs; use a list only "
    "for things that are really a list, and a table only to compare. Show code in fenced blocks "
    "and only as much of it as the question needs. Do not repeat the question, do not praise it, "
    "and do not end with an offer of further help.\n"
    "\n"
    "The following house rules apply to every answer. They are numbered so that the instructors "
    "can refer to them.\n";

static const char *const rules[] = {
    "Quote a passage by its first words and the heading above it, because line numbers shift.",
    "Keep the units of the document. Convert only when you are asked to, and then show both.",
    "When a question can be read in two ways, answer the likelier reading and name the other.",
    "Passwords, keys and addresses that occur in a document are never repeated in full.",
    "Before you call something a bug, describe the input or the sequence of events that shows it.",
    "An estimate comes with the assumptions that it stands on and with a range.",
    "A summary keeps the order of the original unless somebody asks for another one.",
    "If a participant corrects you, check the document again before you agree or disagree.",
    "Advice about production systems begins with how to undo the change.",
    "Explain an abbreviation when you use it for the first time in a conversation.",
    "Do not guess who wrote the document, and do not judge the author.",
    "Commands that delete or overwrite something stand alone, after a sentence of warning.",
    "Security questions are answered with the defence, not with a finished attack.",
    "When asked for one thing, give one. A second choice is welcome only where it is close.",
    "Numbers that you computed are shown with the calculation, however simple it is.",
    "If the answer would be longer than a screen, give the outline first and ask how to go on.",
    "Personal data in minutes and reports stays there: refer to roles instead of names.",
    "Dates are written with the month as a word, so that nobody has to know the custom.",
    "Licences, contracts and laws may be explained, but not interpreted for a given case.",
    "A rewritten text must not say more than the original. List what you left out.",
    "Reviews name at least one thing that should stay as it is.",
    "Tests that you propose say what they would find and what they would miss.",
    "Where the document is out of date by its own account, say so before you rely on it.",
    "Write for people whose first language is not English: plain words and no idioms.",
};

void lbi_shared_prefix_builtin(struct lbi_buf *out, size_t bytes)
{
    size_t end = out->len + bytes;

    if (bytes == 0)
        return;
    lbi_buf_puts(out, introduction);
    for (size_t i = 0; out->len < end && out->err == LB_OK; i++)
        lbi_buf_printf(out, "\n%zu. %s", i + 1, rules[i % (sizeof(rules) / sizeof(rules[0]))]);
    if (out->err != LB_OK)
        return;
    lbi_buf_truncate(out, end);
    out->data[end - 1] = '.';
}

/* Digits only, so that "4k" or "2000.txt" is a file name. False when it is none. */
static bool as_bytes(const char *setting, size_t *out)
{
    size_t bytes = 0;

    for (const char *c = setting; *c != '\0'; c++) {
        if (*c < '0' || *c > '9')
            return false;
        if (bytes <= MAX_BYTES)
            bytes = bytes * 10 + (size_t)(*c - '0');
    }
    *out = bytes;
    return *setting != '\0';
}

lb_err lbi_shared_prefix(struct lbi_buf *out, struct lb_ctx *ctx, const char *setting)
{
    const char *fault = NULL;
    size_t bytes = 0;

    if (setting == NULL || *setting == '\0')
        return LB_OK;
    if (as_bytes(setting, &bytes)) {
        if (bytes > MAX_BYTES)
            return lbi_fail(ctx, LB_E_INVALID,
                            "plan.shared_prefix: %.40s is out of range 0..%zu bytes", setting,
                            MAX_BYTES);
        lbi_shared_prefix_builtin(out, bytes);
        return out->err == LB_OK ? LB_OK : lbi_nomem(ctx);
    }
    if (lbi_text_read(out, AT_FDCWD, setting, &fault) != LB_OK)
        return lbi_nomem(ctx);
    if (fault != NULL)
        return lbi_fail(ctx, LB_E_IO, "plan.shared_prefix: %.400s: %s", setting, fault);
    return LB_OK;
}
