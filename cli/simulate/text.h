/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - the made-up text of answers: a ring of prose, 4 bytes of it a token. */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "config.h"

/* A number without order from three: the seed, a request's number and a purpose. */
uint64_t sim_random(uint64_t seed, uint64_t number, uint64_t purpose);
/* The same as 0 <= x < 1. */
double sim_random_share(uint64_t seed, uint64_t number, uint64_t purpose);

/* Where some sentence starts. */
uint32_t sim_text_start(uint64_t random);
/* The bytes of token `token` of a text from `start`, and at least SIM_CHUNK_TOKENS_MAX tokens
 * after it. Printable ASCII without quotes and backslashes: fit for JSON as it is. */
const char *sim_text_at(uint32_t start, uint64_t token);

#endif
