/* SPDX-License-Identifier: Apache-2.0 */
/* plan_impl.h - the inside of a plan, for the files that make it (plan.c, plan_text.c). */
#ifndef LBI_CORPUS_PLAN_IMPL_H
#define LBI_CORPUS_PLAN_IMPL_H

#include "base/rng.h"
#include "corpus/plan.h"

struct lb_plan {
    struct lb_ctx *ctx;
    atomic_size_t refs;
    uint64_t seed;
    size_t conversations, turns;
    uint64_t max_tokens, context;
    struct lbi_buf system;
    struct lbi_document **docs; /* in sorted order; NULL where no conversation uses it */
    struct lbi_buf *escaped;    /* the text inside a JSON string, where several ask about it */
    size_t doc_count;           /* with the unused ones */
    size_t used, cut;
    uint32_t *order; /* document of each conversation */
    struct lbi_buf scratch;
    char hash[17];
};

/*
 * Streams of LBI_RNG_PLAN. The index names what is drawn, so that no draw depends on how many
 * others came before: conversation 7 is the same in a plan of 8 and in one of 8,000.
 */
enum lbi_plan_stream {
    LBI_STREAM_CONVERSATION, /* index: conversation */
    LBI_STREAM_FOLLOWUPS,    /* pass << 32 | conversation */
    LBI_STREAM_DOCUMENTS,    /* cycle */
    LBI_STREAM_OPENINGS,     /* document */
};

void lbi_plan_stream(const struct lb_plan *plan, struct lbi_rng *rng, enum lbi_plan_stream kind,
                     uint64_t index);
/* Most bytes of the messages of one conversation, documents with their fences left out. */
size_t lbi_plan_frame(const struct lb_plan *plan);

#endif
