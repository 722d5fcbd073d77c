/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.c - hash table and LRU list over one array of nodes; node 0 is the list's head.
 *
 * What holds at any time: a block is never less recent than the blocks that build on it, so the
 * ends of conversations go first and no block lies there whose beginning is gone.
 */
#include "cache.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

struct node {
    uint64_t hash;
    uint32_t newer, older; /* the list */
    uint32_t chain;        /* next in the same bucket; 0 ends it */
};

struct sim_cache {
    struct node *nodes;
    uint32_t *buckets;
    uint32_t capacity, used;
    uint32_t mask;
};

static uint64_t mix_block(uint64_t hash, const char *block)
{
    uint64_t word;

    hash += 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < SIM_BLOCK_BYTES; i += sizeof(word)) {
        memcpy(&word, block + i, sizeof(word));
        hash = (hash ^ word) * 0xff51afd7ed558ccdu;
        hash ^= hash >> 32;
    }
    return hash != 0 ? hash : 1; /* 0 means "no block" */
}

static void push_hash(struct sim_hashes *out, uint64_t hash)
{
    if (out->count == out->cap) {
        out->cap = out->cap > 0 ? out->cap * 2 : 1024;
        out->at = sim_realloc(out->at, out->cap * sizeof(*out->at));
    }
    out->at[out->count++] = hash;
}

void sim_chain_add(struct sim_chain *chain, struct sim_hashes *out, const char *text, size_t len)
{
    size_t fill = chain->bytes % SIM_BLOCK_BYTES;

    chain->bytes += len;
    if (fill > 0) {
        size_t room = SIM_BLOCK_BYTES - fill;
        size_t part = len < room ? len : room;
        memcpy(chain->block + fill, text, part);
        if (part < room)
            return;
        chain->hash = mix_block(chain->hash, chain->block);
        push_hash(out, chain->hash);
        text += part;
        len -= part;
    }
    for (; len >= SIM_BLOCK_BYTES; text += SIM_BLOCK_BYTES, len -= SIM_BLOCK_BYTES) {
        chain->hash = mix_block(chain->hash, text);
        push_hash(out, chain->hash);
    }
    memcpy(chain->block, text, len);
}

struct sim_cache *sim_cache_new(size_t blocks)
{
    struct sim_cache *cache = sim_calloc(1, sizeof(*cache));
    uint32_t buckets = 64;

    while (buckets < blocks)
        buckets *= 2;
    cache->capacity = (uint32_t)blocks;
    cache->mask = buckets - 1;
    cache->nodes = sim_calloc(blocks + 1, sizeof(*cache->nodes));
    cache->buckets = sim_calloc(buckets, sizeof(*cache->buckets));
    return cache;
}

void sim_cache_free(struct sim_cache *cache)
{
    if (cache == NULL)
        return;
    free(cache->nodes);
    free(cache->buckets);
    free(cache);
}

static uint32_t *bucket_of(const struct sim_cache *cache, uint64_t hash)
{
    return &cache->buckets[(hash ^ hash >> 29) & cache->mask];
}

static uint32_t find(const struct sim_cache *cache, uint64_t hash)
{
    uint32_t at = *bucket_of(cache, hash);

    while (at != 0 && cache->nodes[at].hash != hash)
        at = cache->nodes[at].chain;
    return at;
}

static void unlink_node(struct sim_cache *cache, uint32_t at)
{
    struct node *node = &cache->nodes[at];

    cache->nodes[node->newer].older = node->older;
    cache->nodes[node->older].newer = node->newer;
}

static void link_behind(struct sim_cache *cache, uint32_t newer, uint32_t at)
{
    struct node *node = &cache->nodes[at];

    node->newer = newer;
    node->older = cache->nodes[newer].older;
    cache->nodes[node->older].newer = at;
    cache->nodes[newer].older = at;
}

static void forget(struct sim_cache *cache, uint32_t at)
{
    uint32_t *from = bucket_of(cache, cache->nodes[at].hash);

    while (*from != at)
        from = &cache->nodes[*from].chain;
    *from = cache->nodes[at].chain;
    unlink_node(cache, at);
}

/* A node for a new block, the oldest one when all are in use; 0 when that one is `keep`. */
static uint32_t take_node(struct sim_cache *cache, uint32_t keep)
{
    uint32_t oldest = cache->nodes[0].newer;

    if (cache->used < cache->capacity)
        return ++cache->used;
    if (oldest == keep)
        return 0;
    forget(cache, oldest);
    return oldest;
}

static void insert(struct sim_cache *cache, uint32_t at, uint32_t newer, uint64_t hash)
{
    uint32_t *bucket = bucket_of(cache, hash);

    cache->nodes[at].hash = hash;
    cache->nodes[at].chain = *bucket;
    *bucket = at;
    link_behind(cache, newer, at);
}

size_t sim_cache_find(const struct sim_cache *cache, const uint64_t *hashes, size_t count)
{
    size_t found = 0;

    while (found < count && find(cache, hashes[found]) != 0)
        found++;
    return found;
}

void sim_cache_store(struct sim_cache *cache, const uint64_t *hashes, size_t count)
{
    if (cache->capacity == 0)
        return;
    if (count > cache->capacity)
        count = cache->capacity;
    /* From the end, so that the first block becomes the most recent one. */
    while (count > 0) {
        uint64_t hash = hashes[--count];
        uint32_t at = find(cache, hash);
        if (at != 0) {
            unlink_node(cache, at);
            link_behind(cache, 0, at);
        } else {
            insert(cache, take_node(cache, 0), 0, hash);
        }
    }
}

void sim_cache_extend(struct sim_cache *cache, uint64_t after, const uint64_t *hashes, size_t count)
{
    uint32_t parent = after != 0 ? find(cache, after) : 0;

    if (cache->capacity == 0 || (after != 0 && parent == 0))
        return;
    for (size_t i = 0; i < count; i++) {
        uint32_t at = find(cache, hashes[i]);
        if (at == 0) {
            at = take_node(cache, parent);
            if (at == 0)
                return;
            insert(cache, at, parent, hashes[i]);
        }
        parent = at;
    }
}
