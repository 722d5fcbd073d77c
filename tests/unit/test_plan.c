/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_plan.c - planned conversations: the same on every machine, within the context, unambiguous,
 * without repetition, and what their hash tells apart.
 */
#include <check.h>
#include <json-c/json.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corpus/made_up.h"
#include "corpus/plan.h"
#include "corpus/plan_impl.h"
#include "corpus/prompts.h"
#include "corpus/shape.h"
#include "corpus/shared_prefix.h"

static lb_ctx *ctx;
static lb_config *config;
static lb_corpus *corpus;
static char last_log[1024];
static size_t log_lines;
static size_t live;
static long fail_after;

static void *counting_realloc(void *user, void *old, size_t size)
{
    (void)user;
    if (size == 0) {
        live -= old != NULL;
        free(old);
        return NULL;
    }
    if (fail_after >= 0 && fail_after-- == 0) {
        fail_after = 0;
        return NULL;
    }
    live += old == NULL;
    return realloc(old, size);
}

static void keep_log(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    (void)snprintf(last_log, sizeof(last_log), "%s", text);
    log_lines++;
}

static void setup(void)
{
    lb_ctx_options options = {
        .realloc_fn = counting_realloc, .log = keep_log, .log_level = LB_LOG_INFO};

    fail_after = -1;
    live = 0;
    log_lines = 0;
    ck_assert_int_eq(lb_ctx_new(&ctx, &options, sizeof(options)), LB_OK);
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    ck_assert_int_eq(lb_corpus_new(&corpus, config), LB_OK);
}

static void teardown(void)
{
    lb_corpus_free(corpus);
    lb_config_free(config);
    lb_ctx_free(ctx);
    ck_assert_uint_eq(live, 0);
}

static void set(const char *name, const char *value)
{
    ck_assert_msg(lb_config_set(config, name, value, NULL) == LB_OK, "%s", lb_ctx_error(ctx));
}

static void set_number(const char *name, long long value)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%lld", value);
    set(name, text);
}

static void add(const char *title, const char *text)
{
    ck_assert_int_eq(lb_corpus_add(corpus, title, text, strlen(text)), LB_OK);
}

static void add_builtin(void)
{
    ck_assert_int_eq(lb_corpus_add_builtin(corpus), LB_OK);
}

static lb_plan *plan(void)
{
    lb_plan *made = NULL;

    ck_assert_msg(lb_plan_new(&made, config, corpus) == LB_OK, "%s", lb_ctx_error(ctx));
    return made;
}

static struct lbi_buf message(const lb_plan *made, size_t conversation, size_t turn)
{
    struct lbi_buf buf;

    lbi_buf_init(&buf, &lbi_mem_libc);
    lbi_plan_message(made, &buf, conversation, turn);
    ck_assert_int_eq(buf.err, LB_OK);
    return buf;
}

static lb_err collect(void *user, const char *data, size_t len)
{
    lbi_buf_add(user, data, len);
    return LB_OK;
}

/* The whole plan as text; free it. */
static char *written(lb_plan *made)
{
    struct lbi_buf buf;

    lbi_buf_init(&buf, &lbi_mem_libc);
    ck_assert_int_eq(lb_plan_write(made, collect, &buf), LB_OK);
    ck_assert_int_eq(buf.err, LB_OK);
    return buf.data;
}

/* Plan, its text and hash with the options as they are now. */
static char *written_now(char hash[17])
{
    lb_plan *made = plan();
    char *text = written(made);

    (void)snprintf(hash, 17, "%s", lb_plan_hash(made));
    lb_plan_free(made);
    return text;
}

static void add_three(void)
{
    add("b.md", "# Tides\n\nThe water comes twice a day.\n\nIt also goes twice a day.\n");
    add("a.py", "import os\n\nprint(os.getcwd())\n");
    add("c.sql", "SELECT 1;\n");
}

START_TEST(the_same_byte_for_byte)
{
    char one[17], two[17];

    add_builtin();
    char *first = written_now(one);
    char *second = written_now(two);
    ck_assert_str_eq(first, second);
    ck_assert_str_eq(one, two);
    ck_assert_uint_eq(strlen(one), 16);
    free(second);

    /* Who does the work and how fast has no part in it. */
    set("load.workers", "32");
    set("load.threads", "3");
    set("load.max_delay", "9s");
    set("load.schedule", "users");
    set("load.warmup", "5");
    set("target.model", "other");
    set("plan.nonce", "abc");
    second = written_now(two);
    ck_assert_str_eq(first, second);
    ck_assert_str_eq(one, two);
    free(second);
    free(first);
}
END_TEST

/*
 * Recorded: when these change, everybody's work has changed, and so must FORMAT in plan.c (unless
 * only prompts or built-in documents did, which are part of the hash).
 */
START_TEST(golden)
{
    char hash[17];

    add_three();
    free(written_now(hash));
    ck_assert_str_eq(hash, "4140b5e26b47dfa1");
}
END_TEST

START_TEST(golden_of_default_options)
{
    char hash[17];

    add_builtin();
    free(written_now(hash));
    ck_assert_str_eq(hash, "b401dacf6884b781");
}
END_TEST

START_TEST(seeds_differ)
{
    char hashes[20][17];
    char *texts[20];

    add_three();
    for (int i = 0; i < 20; i++) {
        set_number("plan.seed", i);
        texts[i] = written_now(hashes[i]);
        for (int k = 0; k < i; k++) {
            ck_assert_str_ne(hashes[i], hashes[k]);
            ck_assert_str_ne(texts[i], texts[k]);
        }
    }
    for (int i = 0; i < 20; i++)
        free(texts[i]);
}
END_TEST

START_TEST(hash_follows_the_work)
{
    static const char *const changes[][2] = {
        {"plan.conversations", "41"},
        {"plan.turns", "9"},
        {"plan.seed", "2"},
        {"request.max_tokens", "400"},
        {"plan.history", "canned"},
        {"request.temperature", "0"},
        {"request.temperature", "0.5"},
        {"plan.shared_prefix", "100"},
        {"plan.shared_prefix", "101"},
        {"request.extra_body", "{\"a\":1}"},
        {"plan.doc_bytes", "900"},
    };
    enum { COUNT = sizeof(changes) / sizeof(changes[0]) };
    char hashes[COUNT + 1][17];

    add_three();
    free(written_now(hashes[COUNT]));
    for (size_t i = 0; i < COUNT; i++) {
        lb_config *before;
        ck_assert_int_eq(lb_config_clone(&before, config), LB_OK);
        set(changes[i][0], changes[i][1]);
        free(written_now(hashes[i]));
        lb_config_free(config);
        config = before;
    }
    for (size_t i = 0; i <= COUNT; i++) {
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(strcmp(hashes[i], hashes[k]) != 0, "%zu and %zu", i, k);
    }
    char again[17];
    add("d.txt", "One more document.\n");
    free(written_now(again));
    ck_assert_str_ne(again, hashes[COUNT]);
}
END_TEST

START_TEST(order_of_addition_has_no_meaning)
{
    char one[17], two[17];

    add("a.md", "Alpha.\n");
    add("b.md", "Beta.\n");
    add("b.md", "Another beta.\n");
    add("c.py", "gamma()\n");
    char *first = written_now(one);
    lb_corpus_free(corpus);
    ck_assert_int_eq(lb_corpus_new(&corpus, config), LB_OK);
    add("c.py", "gamma()\n");
    add("b.md", "Another beta.\n");
    add("b.md", "Beta.\n");
    add("a.md", "Alpha.\n");
    char *second = written_now(two);
    ck_assert_str_eq(first, second);
    ck_assert_str_eq(one, two);
    free(first);
    free(second);
}
END_TEST

START_TEST(more_turns_and_conversations_keep_the_beginning)
{
    add_three();
    set("plan.turns", "5");
    set("plan.conversations", "4");
    lb_plan *small = plan();
    set("plan.turns", "12");
    set("plan.conversations", "100");
    set("request.max_tokens", "100");
    lb_plan *large = plan();
    for (size_t c = 0; c < 4; c++) {
        for (size_t t = 1; t <= 5; t++) {
            struct lbi_buf a = message(small, c, t);
            struct lbi_buf b = message(large, c, t);
            ck_assert_str_eq(a.data, b.data);
            lbi_buf_free(&a);
            lbi_buf_free(&b);
        }
    }
    lb_plan_free(small);
    lb_plan_free(large);
}
END_TEST

/* Also when a conversation is much longer than the list of questions. */
START_TEST(no_repetition_inside_a_conversation)
{
    enum { TURNS = 200 };
    static struct lbi_buf seen[TURNS + 1];

    add_three();
    set_number("plan.turns", TURNS);
    set("request.max_tokens", "10");
    set("plan.context", "32768");
    lb_plan *made = plan();
    for (size_t c = 0; c < 6; c++) {
        for (size_t t = 1; t <= TURNS; t++) {
            seen[t] = message(made, c, t);
            for (size_t k = 1; k < t; k++)
                ck_assert_msg(strcmp(seen[t].data, seen[k].data) != 0, "turns %zu and %zu: %s", k,
                              t, seen[t].data);
        }
        for (size_t t = 1; t <= TURNS; t++)
            lbi_buf_free(&seen[t]);
    }
    lb_plan_free(made);
}
END_TEST

START_TEST(prompts_are_enough_and_spread)
{
    for (int code = 0; code <= 1; code++) {
        struct lbi_prompts openings = lbi_prompts(code, LBI_OPENING);
        struct lbi_prompts followups = lbi_prompts(code, LBI_FOLLOWUP);
        ck_assert_uint_ge(openings.count, 12);
        ck_assert_uint_ge(followups.count, 25);
        for (size_t i = 0; i < followups.count; i++) {
            for (size_t k = 0; k < i; k++)
                ck_assert_str_ne(followups.list[i].text, followups.list[k].text);
        }
        for (uint64_t index = 0; index < 200; index++) {
            enum lbi_intent before = LBI_SUMMARY; /* which must not come first */
            for (size_t i = 0; i < 12; i++) {
                struct lbi_rng rng;
                lbi_rng_init(&rng, 5, LBI_RNG_PLAN, index);
                const struct lbi_prompt *prompt = lbi_prompts_followup(followups, &rng, i);
                ck_assert_int_ne(prompt->intent, before);
                ck_assert(i >= 2 || prompt->intent != LBI_SUMMARY);
                before = prompt->intent;
            }
        }
    }
}
END_TEST

START_TEST(documents_are_used_evenly)
{
    size_t used[64] = {0};
    const char *title;

    add_builtin();
    size_t count = lb_corpus_size(corpus);
    set_number("plan.conversations", (long long)(3 * count + 1));
    lb_plan *made = plan();
    ck_assert_uint_eq(lbi_plan_documents(made), count);
    for (size_t c = 0; c < lb_plan_conversations(made); c++) {
        ck_assert_int_eq(lb_plan_document(made, &title, NULL, c), LB_OK);
        for (size_t i = 0; i < count; i++)
            used[i] += strcmp(corpus->docs[i]->title, title) == 0;
    }
    for (size_t i = 0; i < count; i++)
        ck_assert(used[i] == 3 || used[i] == 4);
    lb_plan_free(made);

    set("plan.conversations", "3");
    made = plan();
    ck_assert_uint_eq(lbi_plan_documents(made), 3);
    lb_plan_free(made);
}
END_TEST

/* A plan outlives its corpus, and what is added later does not change it. */
START_TEST(plan_stands_alone)
{
    add_three();
    lb_plan *made = plan();
    char *first = written(made);
    add("d.md", "A late one.\n");
    lb_corpus_free(corpus);
    ck_assert_int_eq(lb_corpus_new(&corpus, config), LB_OK);
    char *second = written(made);
    ck_assert_str_eq(first, second);
    free(first);
    free(second);
    ck_assert_ptr_eq(lbi_plan_ref(made), made);
    lb_plan_free(made);
    ck_assert_uint_eq(lb_plan_conversations(made), 40);
    lb_plan_free(made);
}
END_TEST

/* All that is sent, at 4 bytes a token, with answers of full length. */
static size_t tokens_of(lb_plan *made, size_t conversation, size_t max_tokens)
{
    size_t system_len;
    size_t turns = lb_plan_turns(made);

    (void)lbi_plan_system(made, &system_len);
    size_t bytes = system_len;
    for (size_t t = 1; t <= turns; t++) {
        struct lbi_buf text = message(made, conversation, t);
        bytes += text.len;
        lbi_buf_free(&text);
    }
    return bytes / 4 + turns * max_tokens;
}

START_TEST(conversations_fit_the_context)
{
    static const int contexts[] = {2048, 3000, 4096, 8192, 16384, 32768};
    static const int shapes[][3] = {{10, 100, 0}, {1, 500, 0}, {3, 300, 2000}, {60, 5, 0}};

    add_builtin();
    add("ticks.md", "````````````````````````````````````````````````````````````\n");
    for (size_t i = 0; i < sizeof(contexts) / sizeof(contexts[0]); i++) {
        for (size_t k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++) {
            if (shapes[k][0] == 60 && contexts[i] < 8192)
                continue;
            set_number("plan.context", contexts[i]);
            set_number("plan.turns", shapes[k][0]);
            set_number("request.max_tokens", shapes[k][1]);
            set_number("plan.shared_prefix", shapes[k][2]);
            lb_plan *made = plan();
            ck_assert_uint_eq(lbi_plan_context(made), (uint64_t)contexts[i]);
            for (size_t c = 0; c < 40; c++)
                ck_assert_uint_le(tokens_of(made, c, (size_t)shapes[k][1]), (size_t)contexts[i]);
            lb_plan_free(made);
        }
    }
}
END_TEST

START_TEST(cutting_is_said_and_uses_the_room)
{
    add_builtin();
    lb_plan *made = plan(); /* 8192 tokens unless somebody says otherwise */
    ck_assert_uint_eq(lbi_plan_context(made), 8192);
    ck_assert_uint_gt(lbi_plan_cut_documents(made), 0);
    ck_assert_uint_eq(log_lines, 1);
    ck_assert_ptr_nonnull(strstr(last_log, "8192 tokens"));
    ck_assert_ptr_nonnull(strstr(last_log, "are cut to fit"));
    size_t largest = 0;
    for (size_t c = 0; c < 40; c++) {
        size_t tokens = tokens_of(made, c, 500);
        largest = tokens > largest ? tokens : largest;
    }
    ck_assert_uint_gt(largest, 8192 * 17 / 20);
    lb_plan_free(made);

    set("plan.context", "131072");
    made = plan();
    ck_assert_uint_eq(lbi_plan_cut_documents(made), 0);
    ck_assert_uint_eq(log_lines, 1);
    lb_plan_free(made);
}
END_TEST

START_TEST(nothing_fits)
{
    lb_plan *made = NULL;

    ck_assert_int_eq(lb_plan_new(&made, config, corpus), LB_E_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "no document"));
    add_builtin();
    set("plan.context", "4096");
    ck_assert_int_eq(lb_plan_new(&made, config, corpus), LB_E_INVALID);
    const char *error = lb_ctx_error(ctx);
    ck_assert_ptr_nonnull(strstr(error, "4096 tokens"));
    ck_assert_ptr_nonnull(strstr(error, "10 turns"));
    ck_assert_ptr_nonnull(strstr(error, "500 tokens"));
    ck_assert_ptr_null(strchr(error, '\n'));
    const char *least = strstr(error, "at least ");
    ck_assert_ptr_nonnull(least);
    long long needed = atoll(least + strlen("at least "));

    /* The number it gives is the one that just works. */
    set_number("plan.context", needed - 1);
    ck_assert_int_eq(lb_plan_new(&made, config, corpus), LB_E_INVALID);
    set_number("plan.context", needed);
    made = plan();
    for (size_t c = 0; c < 40; c++)
        ck_assert_uint_le(tokens_of(made, c, 500), (size_t)needed);
    lb_plan_free(made);
    made = NULL;

    set("plan.shared_prefix", "1000000");
    ck_assert_int_eq(lb_plan_new(&made, config, corpus), LB_E_INVALID);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "plan.shared_prefix"));
    set("plan.turns", "1000");
    set("request.max_tokens", "1000000");
    ck_assert_int_eq(lb_plan_new(&made, config, corpus), LB_E_INVALID);
    ck_assert_ptr_null(made);
}
END_TEST

/* The first message holds the document between two fences that nothing inside can close. */
static void check_fence(const char *text, const char *document)
{
    const char *open = strstr(text, "```");
    ck_assert_ptr_nonnull(open);
    ck_assert(open[-1] == '\n');
    size_t n = strspn(open, "`");
    ck_assert_int_eq(open[n], '\n');
    const char *body = open + n + 1;
    ck_assert_int_eq(strncmp(body, document, strlen(document)), 0);
    const char *close = body + strlen(document);
    close += *close == '\n' && close[-1] != '\n';
    ck_assert_uint_eq(strspn(close, "`"), n);
    ck_assert(close[n] == '\0' || close[n] == '\n');
    for (const char *at = body; at < close; at++) {
        size_t run = strspn(at, "`");
        ck_assert_uint_lt(run, n);
        at += run;
    }
}

START_TEST(fences_hold)
{
    static const char *const documents[] = {
        "plain\n",
        "no newline at the end",
        "`one` and ``two``\n",
        "```sh\nls\n```\n",
        "````\n```\nnested\n```\n````\n",
        "`",
        "ends with ticks ``````",
        "``````` begins with ticks\n",
        "~~~\ntildes\n~~~\n",
        "> ```\n> quoted\n> ```\n",
    };

    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        lb_corpus_free(corpus);
        ck_assert_int_eq(lb_corpus_new(&corpus, config), LB_OK);
        add(i % 2 ? "d.md" : "d.c", documents[i]);
        lb_plan *made = plan();
        for (size_t c = 0; c < 40; c++) {
            struct lbi_buf text = message(made, c, 1);
            check_fence(text.data, documents[i]);
            lbi_buf_free(&text);
        }
        lb_plan_free(made);
    }
}
END_TEST

START_TEST(first_messages_vary_and_share_no_beginning)
{
    size_t document_first = 0;

    add_three();
    set("plan.conversations", "300");
    lb_plan *made = plan();
    struct lbi_buf *texts = calloc(300, sizeof(*texts));
    ck_assert_ptr_nonnull(texts);
    for (size_t c = 0; c < 300; c++) {
        texts[c] = message(made, c, 1);
        document_first += strstr(texts[c].data, "I am talking about") != NULL;
        for (size_t k = 0; k < c; k++)
            ck_assert_int_ne(strncmp(texts[c].data, texts[k].data, 18), 0);
        const char *below = strstr(texts[c].data, "the code below");
        ck_assert(below == NULL || strstr(below, "```") != NULL);
    }
    ck_assert_uint_gt(document_first, 50);
    ck_assert_uint_lt(document_first, 150);
    for (size_t c = 0; c < 300; c++)
        lbi_buf_free(&texts[c]);
    free(texts);
    lb_plan_free(made);
}
END_TEST

START_TEST(cuts_are_at_paragraph_ends)
{
    static const struct {
        const char *text;
        size_t limit, cut;
    } table[] = {
        {"one\n\ntwo\n\nthree", 100, 15}, /* fits */
        {"one\n\ntwo\n\nthree", 15, 15},
        {"one\n\ntwo\n\nthree", 14, 14}, /* too far back: blind */
        {"one\n\ntwo\n\nthree", 10, 8},
        {"one\n\ntwo\n\nthree", 8, 8},
        {"aaaa bbbb\ncccc dddd\neeee", 21, 19},
        {"aaaa bbbb cccc", 10, 9},
        {"abcdefgh", 5, 5},
        {"abcd\xc3\xa9\xc3\xa9\xc3\xa9", 7, 6},
        {"abc", 0, 0},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        ck_assert_msg(
            lbi_shape_cut(table[i].text, strlen(table[i].text), table[i].limit) == table[i].cut,
            "%zu: %zu", i, lbi_shape_cut(table[i].text, strlen(table[i].text), table[i].limit));
}
END_TEST

static size_t document_bytes(const lb_plan *made, size_t conversation)
{
    struct lbi_buf text = message(made, conversation, 1);
    const char *open = strstr(text.data, "```");
    size_t n = strspn(open, "`");
    char fence[80] = "\n";

    ck_assert_uint_lt(n, sizeof(fence) - 1);
    memset(fence + 1, '`', n);
    const char *body = open + n + 1;
    size_t len = (size_t)(strstr(body, fence) - body);
    lbi_buf_free(&text);
    return len;
}

START_TEST(wished_size_of_documents)
{
    static const int sizes[] = {600, 2000, 20000, 60000, 200000};

    add_builtin();
    set("plan.context", "131072");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        set_number("plan.doc_bytes", sizes[i]);
        lb_plan *made = plan();
        ck_assert_uint_eq(lbi_plan_cut_documents(made), 0);
        ck_assert_uint_eq(lbi_plan_documents(made), lb_corpus_size(corpus));
        for (size_t c = 0; c < 20; c++) {
            size_t len = document_bytes(made, c);
            ck_assert_uint_le(len, (size_t)sizes[i]);
            ck_assert_uint_ge(len + 2, (size_t)sizes[i] * 3 / 4);
        }
        lb_plan_free(made);
    }

    /* One small document is repeated; a wish beyond the context is cut to fit. */
    lb_corpus_free(corpus);
    ck_assert_int_eq(lb_corpus_new(&corpus, config), LB_OK);
    add("a.md", "A short paragraph.\n");
    set("plan.doc_bytes", "5000");
    lb_plan *made = plan();
    ck_assert_uint_ge(document_bytes(made, 0), 4900);
    lb_plan_free(made);
    set("plan.doc_bytes", "16777216");
    set("plan.context", "8192");
    made = plan();
    ck_assert_uint_eq(lbi_plan_cut_documents(made), 1);
    ck_assert_uint_le(tokens_of(made, 0, 500), 8192);
    lb_plan_free(made);
}
END_TEST

START_TEST(planned_answers)
{
    static const int tokens[] = {1, 2, 50, 500, 4096};

    add_three();
    set("plan.context", "65536");
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        struct lbi_buf one, other;
        set_number("request.max_tokens", tokens[i]);
        lb_plan *made = plan();
        lbi_buf_init(&one, &lbi_mem_libc);
        lbi_buf_init(&other, &lbi_mem_libc);
        lbi_buf_puts(&one, "kept:");
        lbi_plan_canned(made, &one, 3, 1);
        ck_assert_uint_eq(one.len, 5 + 4 * (size_t)tokens[i]);
        ck_assert_uint_eq(strlen(one.data), one.len);
        ck_assert_int_eq(strncmp(one.data, "kept:", 5), 0);
        ck_assert_int_eq(one.data[one.len - 1], '.');
        lbi_plan_canned(made, &other, 3, 1);
        ck_assert_str_eq(other.data, one.data + 5);
        if (tokens[i] >= 50) {
            lbi_buf_clear(&other);
            lbi_plan_canned(made, &other, 3, 2);
            ck_assert_str_ne(other.data, one.data + 5);
        }
        lbi_buf_free(&one);
        lbi_buf_free(&other);
        lb_plan_free(made);
    }
}
END_TEST

START_TEST(warm_up_prompts)
{
    char begin[32];

    add_three();
    lb_plan *made = plan();
    for (size_t i = 0; i < 100; i++) {
        struct lbi_buf text;
        lbi_buf_init(&text, &lbi_mem_libc);
        lbi_plan_warmup(made, &text, i);
        (void)snprintf(begin, sizeof(begin), "%zu. ", i + 1);
        ck_assert_int_eq(strncmp(text.data, begin, strlen(begin)), 0);
        ck_assert_uint_gt(text.len, 20);
        lbi_buf_free(&text);
    }
    lb_plan_free(made);
}
END_TEST

START_TEST(shared_prefix)
{
    static const size_t sizes[] = {1, 4, 700, 2000, 4000, 50000};
    char path[] = "/tmp/litebench-prefix-XXXXXX";
    lb_plan *made = NULL;
    struct lbi_buf buf;
    size_t len;

    add_three();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        lbi_buf_init(&buf, &lbi_mem_libc);
        lbi_shared_prefix_builtin(&buf, sizes[i]);
        ck_assert_uint_eq(buf.len, sizes[i]);
        ck_assert_uint_eq(strlen(buf.data), sizes[i]);
        lbi_buf_free(&buf);
    }
    set("plan.shared_prefix", "2000");
    made = plan();
    ck_assert_int_eq(strncmp(lbi_plan_system(made, &len), "You are", 7), 0);
    ck_assert_uint_eq(len, 2000);
    char *text = written(made);
    ck_assert_ptr_nonnull(strstr(text, "[{\"role\":\"system\",\"content\":\"You are"));
    free(text);
    lb_plan_free(made);

    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "\xef\xbb\xbfRules:\r\n1. none\r\n", 20), 20);
    set("plan.shared_prefix", path);
    made = plan();
    ck_assert_str_eq(lbi_plan_system(made, NULL), "Rules:\n1. none\n");
    lb_plan_free(made);
    made = NULL;
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    ck_assert_int_eq(lb_plan_new(&made, config, corpus), LB_E_IO);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "it is empty"));
    (void)close(fd);
    (void)unlink(path);
    ck_assert_int_eq(lb_plan_new(&made, config, corpus), LB_E_IO);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "no such file"));
    set("plan.shared_prefix", "99999999999999999999999");
    ck_assert_int_eq(lb_plan_new(&made, config, corpus), LB_E_INVALID);
    ck_assert_ptr_nonnull(strstr(lb_ctx_error(ctx), "out of range"));
    ck_assert_ptr_null(made);
    set("plan.shared_prefix", "0");
    made = plan();
    ck_assert_str_eq(lbi_plan_system(made, &len), "");
    ck_assert_uint_eq(len, 0);
    lb_plan_free(made);
}
END_TEST

START_TEST(json_lines)
{
    add("odd \"name\".md", "Quote \" backslash \\ tab \t and \xe2\x82\xac.\n");
    set("plan.conversations", "3");
    set("plan.turns", "4");
    lb_plan *made = plan();
    char *text = written(made);
    char *line = text;
    for (int c = 0; c < 3; c++) {
        char *end = strchr(line, '\n');
        ck_assert_ptr_nonnull(end);
        *end = '\0';
        struct json_object *object = json_tokener_parse(line);
        struct json_object *value;
        ck_assert_ptr_nonnull(object);
        ck_assert(json_object_object_get_ex(object, "conversation", &value));
        ck_assert_int_eq(json_object_get_int(value), c);
        ck_assert(json_object_object_get_ex(object, "document", &value));
        ck_assert_str_eq(json_object_get_string(value), "odd \"name\".md");
        ck_assert(json_object_object_get_ex(object, "class", &value));
        ck_assert_str_eq(json_object_get_string(value), "text");
        ck_assert(json_object_object_get_ex(object, "messages", &value));
        ck_assert_uint_eq(json_object_array_length(value), 4);
        for (size_t t = 1; t <= 4; t++) {
            struct json_object *content;
            struct json_object *item = json_object_array_get_idx(value, t - 1);
            const char *asked;
            ck_assert(json_object_object_get_ex(item, "content", &content));
            ck_assert_int_eq(lb_plan_message(made, &asked, NULL, (size_t)c, t), LB_OK);
            ck_assert_str_eq(json_object_get_string(content), asked);
            ck_assert(json_object_object_get_ex(item, "role", &content));
            ck_assert_str_eq(json_object_get_string(content), "user");
        }
        (void)json_object_put(object);
        line = end + 1;
    }
    ck_assert_str_eq(line, "");
    free(text);
    lb_plan_free(made);
}
END_TEST

static lb_err stop_at_second(void *user, const char *data, size_t len)
{
    (void)data;
    (void)len;
    return ++*(int *)user == 2 ? LB_E_USER : LB_OK;
}

START_TEST(arguments)
{
    lb_plan *made = NULL;
    const char *text = "untouched";
    lb_ctx *other_ctx;
    lb_config *other_config;
    int calls = 0;

    add_three();
    ck_assert_int_eq(lb_plan_new(NULL, config, corpus), LB_E_INVALID);
    ck_assert_int_eq(lb_plan_new(&made, NULL, corpus), LB_E_INVALID);
    ck_assert_int_eq(lb_plan_new(&made, config, NULL), LB_E_INVALID);
    ck_assert_int_eq(lb_ctx_new(&other_ctx, NULL, 0), LB_OK);
    ck_assert_int_eq(lb_config_new(&other_config, other_ctx), LB_OK);
    ck_assert_int_eq(lb_plan_new(&made, other_config, corpus), LB_E_INVALID);
    lb_config_free(other_config);
    lb_ctx_free(other_ctx);
    made = plan();
    ck_assert_int_eq(lb_plan_message(made, &text, NULL, 40, 1), LB_E_RANGE);
    ck_assert_int_eq(lb_plan_message(made, &text, NULL, 0, 0), LB_E_RANGE);
    ck_assert_int_eq(lb_plan_message(made, &text, NULL, 0, 11), LB_E_RANGE);
    ck_assert_int_eq(lb_plan_document(made, &text, NULL, 40), LB_E_RANGE);
    ck_assert_int_eq(lb_plan_write(made, NULL, NULL), LB_E_INVALID);
    ck_assert_str_eq(text, "untouched");
    ck_assert_int_eq(lb_plan_write(made, stop_at_second, &calls), LB_E_USER);
    ck_assert_int_eq(calls, 2);
    ck_assert_uint_eq(lb_plan_turns(made), 10);
    ck_assert_uint_eq(lb_plan_turns(NULL), 0);
    lb_plan_free(made);
    lb_plan_free(NULL);
}
END_TEST

/* Documents that several conversations share are escaped ahead, others when they are asked. */
START_TEST(escaped_ahead_or_not)
{
    size_t ahead = 0;

    add_builtin();
    set_number("plan.conversations", _i);
    lb_plan *made = plan();

    for (size_t c = 0; c < lb_plan_conversations(made); c++) {
        ahead += made->escaped[made->order[c]].mem != NULL;
        for (size_t t = 1; t <= 3; t++) {
            struct lbi_buf text = message(made, c, t);
            struct lbi_buf wanted;
            struct lbi_buf got;
            lbi_buf_init(&wanted, &lbi_mem_libc);
            lbi_buf_init(&got, &lbi_mem_libc);
            lbi_buf_json_text(&wanted, text.data, text.len);
            lbi_plan_message_json(made, &got, c, t);
            ck_assert_str_eq(lbi_buf_text(&got), lbi_buf_text(&wanted));
            lbi_buf_free(&text);
            lbi_buf_free(&wanted);
            lbi_buf_free(&got);
        }
    }
    ck_assert(_i > 9 ? ahead > 0 : ahead == 0);
    lb_plan_free(made);
}
END_TEST

static void *read_all(void *user)
{
    const lb_plan *made = user;
    uint64_t sum = 0;

    for (size_t c = 0; c < 40; c++) {
        for (size_t t = 1; t <= 10; t++) {
            struct lbi_buf buf;
            lbi_buf_init(&buf, &lbi_mem_libc);
            lbi_plan_message(made, &buf, c, t);
            for (size_t i = 0; i < buf.len; i++)
                sum = sum * 31 + (unsigned char)buf.data[i];
            lbi_buf_free(&buf);
        }
    }
    uint64_t *result = malloc(sizeof(*result));
    if (result != NULL)
        *result = sum;
    return result;
}

START_TEST(threads_read_together)
{
    pthread_t threads[4];
    uint64_t *sums[4];

    add_three();
    lb_plan *made = plan();
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_all, made), 0);
    for (int i = 0; i < 4; i++) {
        void *sum;
        ck_assert_int_eq(pthread_join(threads[i], &sum), 0);
        sums[i] = sum;
        ck_assert_ptr_nonnull(sum);
        ck_assert_uint_eq(*sums[i], *sums[0]);
    }
    for (int i = 0; i < 4; i++)
        free(sums[i]);
    lb_plan_free(made);
}
END_TEST

START_TEST(large_plans_are_quick)
{
    set("plan.conversations", "100000");
    add_builtin();
    lb_plan *made = plan();
    ck_assert_uint_eq(lb_plan_conversations(made), 100000);
    /* 10 turns with 4500 tokens of answers before the last: between 22,500 and 82,000 each. */
    ck_assert_uint_gt(lbi_plan_prompt_tokens(made), UINT64_C(2250000000));
    ck_assert_uint_lt(lbi_plan_prompt_tokens(made), UINT64_C(8192000000));
    struct lbi_buf text = message(made, 99999, 10);
    lbi_buf_free(&text);
    lb_plan_free(made);
}
END_TEST

static lb_err plan_everything(void)
{
    lb_plan *made = NULL;
    const char *text;
    struct lbi_buf buf;

    lb_err err = lb_plan_new(&made, config, corpus);
    if (err != LB_OK)
        return err;
    lbi_buf_init(&buf, &lbi_mem_libc);
    err = lb_plan_message(made, &text, NULL, 1, 1);
    if (err == LB_OK)
        err = lb_plan_write(made, collect, &buf);
    lbi_buf_free(&buf);
    lb_plan_free(made);
    return err;
}

START_TEST(out_of_memory)
{
    static const char *const sizes[] = {"0", "700", "9000"}; /* as is, cut and joined, joined */

    add_builtin();
    set("plan.shared_prefix", "3000");
    set("plan.conversations", "6");
    for (size_t i = 0; i < 3; i++) {
        lb_err err = LB_E_NOMEM;
        set("plan.doc_bytes", sizes[i]);
        size_t before = live;
        for (long n = 0; err == LB_E_NOMEM; n++) {
            fail_after = n;
            err = plan_everything();
            fail_after = -1;
            ck_assert_uint_le(live, before + 1); /* the error text's buffer may stay */
        }
        ck_assert_msg(err == LB_OK, "%d: %s", err, lb_ctx_error(ctx));
    }
}
END_TEST

static TCase *all_tests(void)
{
    TCase *tests = tcase_create("plan");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_same_byte_for_byte);
    tcase_add_test(tests, golden);
    tcase_add_test(tests, golden_of_default_options);
    tcase_add_test(tests, seeds_differ);
    tcase_add_test(tests, hash_follows_the_work);
    tcase_add_test(tests, order_of_addition_has_no_meaning);
    tcase_add_test(tests, more_turns_and_conversations_keep_the_beginning);
    tcase_add_test(tests, no_repetition_inside_a_conversation);
    tcase_add_test(tests, prompts_are_enough_and_spread);
    tcase_add_test(tests, documents_are_used_evenly);
    tcase_add_test(tests, plan_stands_alone);
    tcase_add_test(tests, conversations_fit_the_context);
    tcase_add_test(tests, cutting_is_said_and_uses_the_room);
    tcase_add_test(tests, nothing_fits);
    tcase_add_test(tests, fences_hold);
    tcase_add_test(tests, first_messages_vary_and_share_no_beginning);
    tcase_add_test(tests, cuts_are_at_paragraph_ends);
    tcase_add_test(tests, wished_size_of_documents);
    tcase_add_test(tests, planned_answers);
    tcase_add_test(tests, warm_up_prompts);
    tcase_add_test(tests, shared_prefix);
    tcase_add_test(tests, json_lines);
    tcase_add_test(tests, arguments);
    tcase_add_loop_test(tests, escaped_ahead_or_not, 8, 10);
    tcase_add_loop_test(tests, escaped_ahead_or_not, 40, 41);
    tcase_add_test(tests, threads_read_together);
    tcase_add_test(tests, large_plans_are_quick);
    tcase_add_test(tests, out_of_memory);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("plan");

    suite_add_tcase(suite, all_tests());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
