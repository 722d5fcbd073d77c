/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.h - the prefix cache of one replica, as vLLM has it: blocks of 16 tokens (64 bytes of the
 * rendered prompt), each known by a hash that covers all blocks before it, least recently used out
 * first.
 */
#ifndef SIM_CACHE_H
#define SIM_CACHE_H

#include <stddef.h>
#include <stdint.h>

#define SIM_TOKEN_BYTES  4
#define SIM_BLOCK_TOKENS 16
#define SIM_BLOCK_BYTES  (SIM_TOKEN_BYTES * SIM_BLOCK_TOKENS)

struct sim_hashes {
    uint64_t *at;
    size_t count, cap;
};

/* Where a rendered text ends: what is needed to go on hashing it later. Starts zeroed. */
struct sim_chain {
    uint64_t hash;  /* of the last whole block; 0: there was none */
    uint64_t bytes; /* in all */
    char block[SIM_BLOCK_BYTES];
};

/* Appends text; the hash of every block that becomes whole is appended to `out`. */
void sim_chain_add(struct sim_chain *chain, struct sim_hashes *out, const char *text, size_t len);

struct sim_cache;

struct sim_cache *sim_cache_new(size_t blocks);
void sim_cache_free(struct sim_cache *cache);
/* How many of the leading blocks are there. */
size_t sim_cache_find(const struct sim_cache *cache, const uint64_t *hashes, size_t count);
/* Stores a whole chain as the most recently used one. */
void sim_cache_store(struct sim_cache *cache, const uint64_t *hashes, size_t count);
/* Stores blocks that follow block `after` (0: none) of a chain stored before. */
void sim_cache_extend(struct sim_cache *cache, uint64_t after, const uint64_t *hashes,
                      size_t count);

#endif
