/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_plan.c - any documents (parts between 0x1e, first lines their titles) under any size of a
 * plan (the first bytes): refused with words that a terminal can show, or a plan whose messages are
 * text, the same when asked again, and the same in JSON as escaped by the general means.
 */
#include <stdio.h>

#include "corpus/builtin.h"
#include "corpus/plan.h"
#include "fuzz_api.h"

/* None are built in here. */
const struct lbi_builtin_document lbi_builtin_documents[1] = {{"", "", 0}};
const size_t lbi_builtin_count = 0;

enum { SIZES = 8, END_OF_PART = 0x1e };

static void set_number(lb_config *config, const char *name, unsigned value)
{
    char text[16];

    (void)snprintf(text, sizeof(text), "%u", value);
    FUZZ_CHECK(lb_config_set(config, name, text, NULL) == LB_OK);
}

static lb_config *sized(lb_ctx *ctx, const uint8_t *size)
{
    lb_config *config = NULL;

    FUZZ_CHECK(lb_config_new(&config, ctx) == LB_OK);
    set_number(config, "plan.conversations", 1 + size[0] % 12);
    set_number(config, "plan.turns", 1 + size[1] % 40);
    set_number(config, "plan.seed", size[2]);
    set_number(config, "plan.doc_bytes", size[3] * 40u);
    set_number(config, "request.max_tokens", 1 + size[4] * 4u);
    set_number(config, "plan.context", 256 + size[5] * 64u);
    set_number(config, "plan.shared_prefix", size[6] * 8u);
    return config;
}

static void add_document(lb_corpus *corpus, lb_ctx *ctx, const char *part, size_t len)
{
    const char *end = memchr(part, '\n', len);
    size_t title_len = end != NULL ? (size_t)(end - part) : 0;
    char title[64];

    if (title_len >= sizeof(title))
        title_len = sizeof(title) - 1;
    memcpy(title, part, title_len);
    title[title_len] = '\0';
    size_t skip = end != NULL ? (size_t)(end - part) + 1 : 0;
    if (lb_corpus_add(corpus, title, part + skip, len - skip) != LB_OK)
        fuzz_error(ctx);
}

static void add_documents(lb_corpus *corpus, lb_ctx *ctx, const char *text, size_t len)
{
    while (len > 0) {
        const char *end = memchr(text, END_OF_PART, len);
        size_t part = end != NULL ? (size_t)(end - text) : len;
        add_document(corpus, ctx, text, part);
        part += end != NULL;
        text += part;
        len -= part;
    }
}

static void check_message(lb_plan *plan, size_t conversation, size_t turn)
{
    struct lbi_buf first, again, escaped, json;
    struct lbi_buf *const bufs[] = {&first, &again, &escaped, &json};

    for (size_t i = 0; i < 4; i++)
        lbi_buf_init(bufs[i], &lbi_mem_libc);
    lbi_plan_message(plan, &first, conversation, turn);
    lbi_plan_message(plan, &again, conversation, turn);
    lbi_plan_message_json(plan, &json, conversation, turn);
    lbi_buf_json_text(&escaped, lbi_buf_text(&first), first.len);
    FUZZ_CHECK(first.len > 0 && lbi_utf8_all_valid(lbi_buf_text(&first), first.len));
    FUZZ_CHECK(first.len == again.len && memcmp(first.data, again.data, first.len) == 0);
    FUZZ_CHECK(json.len == escaped.len && memcmp(json.data, escaped.data, json.len) == 0);
    for (size_t i = 0; i < 4; i++)
        lbi_buf_free(bufs[i]);
}

static void check_plan(lb_plan *plan)
{
    struct lbi_buf lines;

    for (size_t c = 0; c < lb_plan_conversations(plan); c++) {
        for (size_t t = 1; t <= lb_plan_turns(plan); t++)
            check_message(plan, c, t);
    }
    lbi_buf_init(&lines, &lbi_mem_libc);
    FUZZ_CHECK(lb_plan_write(plan, fuzz_keep, &lines) == LB_OK);
    FUZZ_CHECK(lbi_utf8_all_valid(lbi_buf_text(&lines), lines.len));
    lbi_buf_free(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL, *same = NULL;

    if (size < SIZES)
        return 0;
    lb_ctx *ctx = fuzz_ctx();
    lb_config *config = sized(ctx, data);
    FUZZ_CHECK(lb_corpus_new(&corpus, config) == LB_OK);
    add_documents(corpus, ctx, (const char *)data + SIZES, size - SIZES);
    if (lb_plan_new(&plan, config, corpus) == LB_OK) {
        FUZZ_CHECK(lb_plan_new(&same, config, corpus) == LB_OK);
        FUZZ_CHECK(strcmp(lb_plan_hash(plan), lb_plan_hash(same)) == 0);
        check_plan(plan);
    } else {
        fuzz_error(ctx);
    }
    lb_plan_free(same);
    lb_plan_free(plan);
    lb_corpus_free(corpus);
    lb_config_free(config);
    lb_ctx_free(ctx);
    return 0;
}
