/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - makes a plan: how much room a document has in the context, which conversation is about
 * which document, and the hash of it all. The words are in plan_text.c. It must not know how many
 * users, threads or shards there are. Tested in tests/unit/test_plan.c.
 */
#include "corpus/plan.h"

#include <string.h>

#include "corpus/hash.h"
#include "corpus/plan_impl.h"
#include "corpus/prompts.h"
#include "corpus/shape.h"
#include "corpus/shared_prefix.h"

#define TOKEN_BYTES     4
#define DEFAULT_CONTEXT 8192
#define LEAST_DOCUMENT  500 /* bytes: nothing shorter is worth a conversation */
#define NONCE_ROOM      128 /* kept free whatever the nonce is, which must not change the work */
#define TEMPLATE_TOKENS 6   /* what a server's chat template puts around a message */
#define FORMAT          1   /* raise it when equal options no longer give equal texts */

/* Bytes for a document with its fences; negative: the rest alone is too large. */
static int64_t room_for_document(const struct lb_plan *plan)
{
    int64_t messages = 2 * (int64_t)plan->turns + 1;
    int64_t answers = (int64_t)plan->turns * (int64_t)plan->max_tokens;
    int64_t tokens = (int64_t)plan->context - answers - messages * TEMPLATE_TOKENS;

    return tokens * TOKEN_BYTES - NONCE_ROOM - (int64_t)plan->system.len -
           (int64_t)lbi_plan_frame(plan);
}

/* Tokenizers cut code finer than prose: about 3 bytes a token, where the estimate says 4. */
static int64_t code_room(int64_t room)
{
    return room > 0 ? room / 4 * 3 : room;
}

/* What the shortest document takes that is still worth talking about. */
static int64_t least_room(struct lbi_document *const *docs, size_t count)
{
    size_t least = LEAST_DOCUMENT;

    for (size_t i = 0; i < count; i++) {
        if (docs[i]->len < least)
            least = docs[i]->len;
    }
    return (int64_t)least + 8;
}

static lb_err check_room(const struct lb_plan *plan, int64_t room, int64_t least)
{
    if (code_room(room) >= least)
        return LB_OK;

    int64_t missing = (least * 4 / 3 + 4 - room + TOKEN_BYTES - 1) / TOKEN_BYTES;
    return lbi_fail(plan->ctx, LB_E_INVALID,
                    "plan.context: %llu tokens cannot hold a document and %zu turns with answers "
                    "of %llu tokens%s: that takes at least %llu; use fewer plan.turns, less "
                    "request.max_tokens%s or a larger plan.context",
                    (unsigned long long)plan->context, plan->turns,
                    (unsigned long long)plan->max_tokens,
                    plan->system.len > 0 ? " after the shared prefix" : "",
                    (unsigned long long)((int64_t)plan->context + missing),
                    plan->system.len > 0 ? ", a shorter plan.shared_prefix" : "");
}

/*
 * Documents are dealt like cards: all of them in a random order, then all again in another, so
 * that each is used equally often.
 */
static lb_err deal_documents(struct lb_plan *plan)
{
    const struct lbi_mem *mem = &plan->ctx->mem;
    size_t count = plan->doc_count;
    struct lbi_rng rng;

    plan->order = lbi_alloc(mem, plan->conversations * sizeof(uint32_t));
    uint32_t *deck = lbi_alloc(mem, count * sizeof(uint32_t));
    if (plan->order == NULL || deck == NULL) {
        lbi_free(mem, deck);
        return lbi_nomem(plan->ctx);
    }
    for (size_t from = 0; from < plan->conversations; from += count) {
        lbi_plan_stream(plan, &rng, LBI_STREAM_DOCUMENTS, from / count);
        for (size_t i = 0; i < count; i++)
            deck[i] = (uint32_t)i;
        for (size_t i = 0; i < count && from + i < plan->conversations; i++) {
            size_t j = i + (size_t)lbi_rng_below(&rng, count - i);
            uint32_t drawn = deck[j];
            deck[j] = deck[i];
            deck[i] = drawn;
            plan->order[from + i] = drawn;
        }
    }
    lbi_free(mem, deck);
    return LB_OK;
}

static lb_err shape_documents(struct lb_plan *plan, struct lbi_shape *shape)
{
    plan->docs = lbi_zalloc(&plan->ctx->mem, plan->doc_count * sizeof(struct lbi_document *));
    if (plan->docs == NULL)
        return lbi_nomem(plan->ctx);
    for (size_t i = 0; i < plan->conversations; i++) {
        size_t index = plan->order[i];
        if (plan->docs[index] != NULL)
            continue;
        plan->docs[index] = lbi_shape_document(shape, index);
        if (plan->docs[index] == NULL)
            return lbi_nomem(plan->ctx);
        plan->used++;
    }
    plan->cut = shape->fitted;
    if (plan->cut > 0)
        lbi_log(plan->ctx, LB_LOG_WARN,
                "a context of %llu tokens leaves %zu bytes for a document (%zu for code) beside "
                "%zu turns of %llu tokens: %zu of %zu documents are cut to fit",
                (unsigned long long)plan->context, shape->room, shape->room_code, plan->turns,
                (unsigned long long)plan->max_tokens, plan->cut, plan->used);
    return LB_OK;
}

static lb_err choose_documents(struct lb_plan *plan, const struct lb_config *config,
                               const struct lb_corpus *corpus)
{
    struct lbi_document **docs;

    lb_err err = lbi_corpus_sorted(corpus, &docs);
    if (err != LB_OK)
        return err;
    plan->doc_count = corpus->count;
    int64_t room = room_for_document(plan);
    err = check_room(plan, room, least_room(docs, corpus->count));
    if (err == LB_OK)
        err = deal_documents(plan);
    if (err == LB_OK) {
        struct lbi_shape shape = {
            .mem = &plan->ctx->mem,
            .docs = docs,
            .count = corpus->count,
            .wish = (size_t)config->set.doc_bytes,
            .room = (size_t)room,
            .room_code = (size_t)code_room(room),
        };
        err = shape_documents(plan, &shape);
    }
    lbi_free(&plan->ctx->mem, docs);
    return err;
}

static lb_err escape_shared(struct lb_plan *plan, bool *met)
{
    for (size_t i = 0; i < plan->conversations; i++) {
        const struct lbi_document *doc = plan->docs[plan->order[i]];
        struct lbi_buf *escaped = &plan->escaped[plan->order[i]];
        if (met[plan->order[i]] && escaped->mem == NULL) {
            lbi_buf_init(escaped, &plan->ctx->mem);
            lbi_buf_json_text(escaped, doc->text, doc->len);
            if (escaped->err != LB_OK)
                return lbi_nomem(plan->ctx);
        }
        met[plan->order[i]] = true;
    }
    return LB_OK;
}

/* Once for all who ask about it; what only one asks about is escaped when it is asked. */
static lb_err escape_documents(struct lb_plan *plan)
{
    const struct lbi_mem *mem = &plan->ctx->mem;

    plan->escaped = lbi_zalloc(mem, plan->doc_count * sizeof(*plan->escaped));
    bool *met = lbi_zalloc(mem, plan->doc_count * sizeof(*met));
    lb_err err =
        plan->escaped != NULL && met != NULL ? escape_shared(plan, met) : lbi_nomem(plan->ctx);
    lbi_free(mem, met);
    return err;
}

static void hash_prompts(struct lbi_hash *hash)
{
    for (int i = 0; i < 4; i++) {
        struct lbi_prompts prompts = lbi_prompts(i & 1, i & 2 ? LBI_FOLLOWUP : LBI_OPENING);
        for (size_t k = 0; k < prompts.count; k++)
            lbi_hash_text(hash, prompts.list[k].text, prompts.list[k].len);
    }
}

static void hash_options(struct lbi_hash *hash, const struct lb_config *config)
{
    const struct lbi_settings *set = &config->set;
    uint64_t bits = 0;

    lbi_hash_number(hash, set->history == LBI_CANNED);
    lbi_hash_number(hash, lbi_given(config, LBI_OPT_temperature));
    if (lbi_given(config, LBI_OPT_temperature))
        memcpy(&bits, &set->temperature, sizeof(bits));
    lbi_hash_number(hash, bits);
    const char *extra = set->extra_body != NULL ? set->extra_body : "";
    lbi_hash_text(hash, extra, strlen(extra));
}

/*
 * What fixes the work: draws follow from the seed, texts from draws, prompts and documents. Titles
 * are left out, for they are not sent; so are users and workers, who only share the work.
 */
static void hash_plan(struct lb_plan *plan, const struct lb_config *config)
{
    struct lbi_hash hash;

    lbi_hash_init(&hash);
    lbi_hash_number(&hash, FORMAT);
    lbi_hash_number(&hash, plan->seed);
    lbi_hash_number(&hash, plan->conversations);
    lbi_hash_number(&hash, plan->turns);
    lbi_hash_number(&hash, plan->max_tokens);
    hash_options(&hash, config);
    hash_prompts(&hash);
    lbi_hash_text(&hash, lbi_buf_text(&plan->system), plan->system.len);
    for (size_t i = 0; i < plan->doc_count; i++) {
        const struct lbi_document *doc = plan->docs[i];
        lbi_hash_number(&hash, doc != NULL ? 1 + doc->code : 0);
        if (doc != NULL)
            lbi_hash_text(&hash, doc->text, doc->len);
    }
    for (size_t i = 0; i < plan->conversations; i++)
        lbi_hash_number(&hash, plan->order[i]);
    lbi_hash_hex(&hash, plan->hash);
}

lb_err lbi_plan_new(struct lb_plan **out, const struct lb_config *config,
                    const struct lb_corpus *corpus)
{
    struct lb_ctx *ctx = config->ctx;
    struct lb_plan *plan = lbi_zalloc(&ctx->mem, sizeof(*plan));

    if (plan == NULL)
        return lbi_nomem(ctx);
    plan->ctx = lbi_ctx_ref(ctx);
    atomic_init(&plan->refs, 1);
    lbi_buf_init(&plan->system, &ctx->mem);
    lbi_buf_init(&plan->scratch, &ctx->mem);
    plan->seed = (uint64_t)config->set.seed;
    plan->conversations = (size_t)config->set.conversations;
    plan->turns = (size_t)config->set.turns;
    plan->max_tokens = (uint64_t)config->set.max_tokens;
    plan->context = config->set.context > 0 ? (uint64_t)config->set.context : DEFAULT_CONTEXT;

    lb_err err = lbi_shared_prefix(&plan->system, ctx, config->set.shared_prefix);
    if (err == LB_OK)
        err = choose_documents(plan, config, corpus);
    if (err == LB_OK)
        err = escape_documents(plan);
    if (err != LB_OK) {
        lbi_plan_free(plan);
        return err;
    }
    hash_plan(plan, config);
    *out = plan;
    return LB_OK;
}

struct lb_plan *lbi_plan_ref(struct lb_plan *plan)
{
    atomic_fetch_add(&plan->refs, 1);
    return plan;
}

void lbi_plan_free(struct lb_plan *plan)
{
    if (plan == NULL || atomic_fetch_sub(&plan->refs, 1) != 1)
        return;
    struct lb_ctx *ctx = plan->ctx;
    for (size_t i = 0; plan->docs != NULL && i < plan->doc_count; i++)
        lbi_document_unref(plan->docs[i]);
    for (size_t i = 0; plan->escaped != NULL && i < plan->doc_count; i++)
        lbi_buf_free(&plan->escaped[i]);
    lbi_free(&ctx->mem, plan->escaped);
    lbi_free(&ctx->mem, plan->docs);
    lbi_free(&ctx->mem, plan->order);
    lbi_buf_free(&plan->system);
    lbi_buf_free(&plan->scratch);
    lbi_free(&ctx->mem, plan);
    lbi_ctx_unref(ctx);
}

size_t lbi_plan_conversations(const struct lb_plan *plan)
{
    return plan->conversations;
}

size_t lbi_plan_turns(const struct lb_plan *plan)
{
    return plan->turns;
}

const char *lbi_plan_system(const struct lb_plan *plan, size_t *len)
{
    if (len != NULL)
        *len = plan->system.len;
    return lbi_buf_text(&plan->system);
}

size_t lbi_plan_documents(const struct lb_plan *plan)
{
    return plan->used;
}

size_t lbi_plan_cut_documents(const struct lb_plan *plan)
{
    return plan->cut;
}

uint64_t lbi_plan_context(const struct lb_plan *plan)
{
    return plan->context;
}

const char *lbi_plan_hash(const struct lb_plan *plan)
{
    return plan->hash;
}

struct lb_ctx *lbi_plan_ctx(const struct lb_plan *plan)
{
    return plan->ctx;
}

struct lbi_buf *lbi_plan_scratch(struct lb_plan *plan)
{
    return &plan->scratch;
}
