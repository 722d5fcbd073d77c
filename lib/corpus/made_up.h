/* SPDX-License-Identifier: Apache-2.0 */
/* made_up.h - text of any length that reads like an answer, and questions for warming up. */
#ifndef LBI_CORPUS_MADE_UP_H
#define LBI_CORPUS_MADE_UP_H

#include "base/buf.h"
#include "base/rng.h"

/* Appends exactly `bytes` bytes of plausible ASCII prose. */
void lbi_made_up_answer(struct lbi_buf *out, struct lbi_rng *rng, size_t bytes);
/* Appends a short question that begins with its number. */
void lbi_made_up_question(struct lbi_buf *out, struct lbi_rng *rng, size_t number);

#endif
