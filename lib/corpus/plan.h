/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - what every conversation will say. Immutable once made: the engine's threads read it
 * together. Texts are made on demand from (seed, conversation, turn), so a plan of 100,000
 * conversations costs no memory for them.
 */
#ifndef LBI_CORPUS_PLAN_H
#define LBI_CORPUS_PLAN_H

#include "base/buf.h"
#include "config/settings.h"
#include "corpus/corpus.h"

struct lb_plan;

/* Keeps the documents it needs, so `corpus` may be freed or changed afterwards. */
lb_err lbi_plan_new(struct lb_plan **out, const struct lb_config *config,
                    const struct lb_corpus *corpus);
struct lb_plan *lbi_plan_ref(struct lb_plan *plan);
void lbi_plan_free(struct lb_plan *plan);
size_t lbi_plan_conversations(const struct lb_plan *plan);
size_t lbi_plan_turns(const struct lb_plan *plan);

/* The common system prompt, "" when there is none. */
const char *lbi_plan_system(const struct lb_plan *plan, size_t *len);
/* Appends the user message of a turn (from 1), without the nonce. [any thread] */
void lbi_plan_message(const struct lb_plan *plan, struct lbi_buf *out, size_t conversation,
                      size_t turn);
/* The same as it stands inside a JSON string. [any thread] */
void lbi_plan_message_json(const struct lb_plan *plan, struct lbi_buf *out, size_t conversation,
                           size_t turn);
/* Appends the planned answer of a turn: 4 x max_tokens bytes of plausible text. [any thread] */
void lbi_plan_canned(const struct lb_plan *plan, struct lbi_buf *out, size_t conversation,
                     size_t turn);
/* Appends the prompt of warm-up request `index`: shares no prefix with any conversation. */
void lbi_plan_warmup(const struct lb_plan *plan, struct lbi_buf *out, size_t index);
const char *lbi_plan_document(const struct lb_plan *plan, size_t conversation, bool *code);
/* Number of different documents in use. */
size_t lbi_plan_documents(const struct lb_plan *plan);
/* How many of them had to be cut to fit the context. */
size_t lbi_plan_cut_documents(const struct lb_plan *plan);
/* Tokens that every conversation fits. */
uint64_t lbi_plan_context(const struct lb_plan *plan);
/* Estimated tokens (4 bytes each) of all prompts of the run, for the line at the start. */
uint64_t lbi_plan_prompt_tokens(const struct lb_plan *plan);
/* 16 hexadecimal digits over everything that fixes the work (nonce and endpoint left out). */
const char *lbi_plan_hash(const struct lb_plan *plan);

struct lb_ctx *lbi_plan_ctx(const struct lb_plan *plan);
/* A buffer for texts handed out by the public interface. Not for threads. */
struct lbi_buf *lbi_plan_scratch(struct lb_plan *plan);

#endif
