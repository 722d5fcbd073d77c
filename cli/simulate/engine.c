/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.c - the model of time: which replica, how much of the prompt it has cached, when a slot is
 * free, when the first token is due. Knows nothing of HTTP or JSON.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server.h"
#include "text.h"

enum purpose { FOR_TTFT = 1, FOR_TOKENS, FOR_TEXT, FOR_REASONING };

/* When neither side says how long an answer is. */
#define TOKENS_UNSAID 256

static double draw(const struct sim_server *server, const struct sim_answer *answer,
                   enum purpose purpose)
{
    return sim_random_share((uint64_t)server->config->seed, answer->truth.request, purpose);
}

static uint64_t draw_tokens(const struct sim_server *server, const struct sim_answer *answer)
{
    const struct simulate_config *config = server->config;
    int64_t asked = server->chat.max_tokens;
    int64_t most = config->max_model_len - (int64_t)answer->truth.prompt_tokens;
    double tokens = (double)config->tokens;

    /* There is room for one token at least, and for max_tokens, or it would have been refused. */
    if (asked >= 0)
        most = asked;
    if (config->tokens == 0)
        tokens = asked >= 0 ? (double)asked : TOKENS_UNSAID;
    tokens *= 1 + config->tokens_jitter * (2 * draw(server, answer, FOR_TOKENS) - 1);
    if (tokens < 1)
        return 1;
    return tokens > (double)most ? (uint64_t)most : (uint64_t)tokens;
}

static struct sim_replica *choose_replica(struct sim_server *server, const struct sim_conn *conn,
                                          struct sim_span affinity)
{
    uint64_t count = (uint64_t)server->config->replicas;
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

    if (affinity.len == 0)
        return &server->replicas[server->turn++ % count];
    for (size_t i = 0; i < affinity.len; i++)
        hash = (hash ^ (unsigned char)conn->in.data[affinity.at + i]) * 0x100000001b3u;
    return &server->replicas[(hash ^ hash >> 32) % count];
}

static void enter_slot(struct sim_server *server, struct sim_conn *conn,
                       const struct sim_hashes *blocks, int64_t at_ns)
{
    const struct simulate_config *config = server->config;
    struct sim_answer *answer = &conn->answer;
    struct sim_replica *replica = answer->replica;
    uint64_t prompt = answer->truth.prompt_tokens;
    size_t most = (size_t)((prompt - 1) / SIM_BLOCK_TOKENS); /* one token is always computed */
    size_t hits =
        sim_cache_find(replica->cache, blocks->at, blocks->count < most ? blocks->count : most);

    answer->truth.cached_tokens = hits * SIM_BLOCK_TOKENS;
    sim_cache_store(replica->cache, blocks->at, blocks->count);
    answer->first_due_ns =
        at_ns + config->ttft +
        (int64_t)(draw(server, answer, FOR_TTFT) * (double)config->ttft_jitter) +
        (int64_t)((double)config->prefill * (double)(prompt - answer->truth.cached_tokens) / 1000);
    replica->active++;
    answer->in_slot = true;
    conn->phase = SIM_ANSWERING;
    sim_answer_start(server, conn);
}

static void enter_line(struct sim_server *server, struct sim_conn *conn)
{
    struct sim_replica *replica = conn->answer.replica;
    const struct sim_hashes *blocks = &server->chat.blocks;
    struct sim_hashes *kept = &conn->answer.waiting;

    kept->count = kept->cap = blocks->count;
    kept->at = sim_realloc(NULL, (blocks->count + 1) * sizeof(*kept->at));
    if (blocks->count > 0)
        memcpy(kept->at, blocks->at, blocks->count * sizeof(*kept->at));
    conn->phase = SIM_WAITING;
    conn->line_next = NULL;
    conn->line_prev = replica->line_last;
    if (replica->line_last != NULL)
        replica->line_last->line_next = conn;
    else
        replica->line_first = conn;
    replica->line_last = conn;
}

static void leave_line(struct sim_conn *conn)
{
    struct sim_replica *replica = conn->answer.replica;

    if (conn->line_prev != NULL)
        conn->line_prev->line_next = conn->line_next;
    else
        replica->line_first = conn->line_next;
    if (conn->line_next != NULL)
        conn->line_next->line_prev = conn->line_prev;
    else
        replica->line_last = conn->line_prev;
}

static void drop_waiting(struct sim_answer *answer)
{
    free(answer->waiting.at);
    answer->waiting = (struct sim_hashes){0};
}

void sim_engine_take(struct sim_server *server, struct sim_conn *conn, struct sim_span affinity)
{
    struct sim_answer *answer = &conn->answer;
    const struct simulate_config *config = server->config;
    uint64_t seed = (uint64_t)config->seed;
    uint64_t request = answer->truth.request;

    answer->truth.status = 200;
    answer->truth.has_id = true;
    answer->chain = server->chat.prompt;
    answer->stream = server->chat.stream;
    answer->include_usage = server->chat.include_usage;
    answer->created = (int64_t)time(NULL);
    answer->tokens = draw_tokens(server, answer);
    answer->at_limit =
        server->chat.max_tokens >= 0 && answer->tokens == (uint64_t)server->chat.max_tokens;
    answer->sent = 0;
    answer->reasoning = (uint64_t)config->reasoning;
    if (answer->reasoning > answer->tokens || config->null_content)
        answer->reasoning = config->null_content ? 0 : answer->tokens;
    answer->text = sim_text_start(sim_random(seed, request, FOR_TEXT));
    answer->reasoning_text = sim_text_start(sim_random(seed, request, FOR_REASONING));
    answer->replica = choose_replica(server, conn, affinity);
    server->in_flight++;
    sim_conn_consume(conn);
    if (config->slots > 0 && answer->replica->active >= config->slots)
        enter_line(server, conn);
    else
        enter_slot(server, conn, &server->chat.blocks, conn->arrived_ns);
}

/* The answer's tokens stay in the cache, as the history of the next turn will show them. */
static void cache_answer(struct sim_server *server, struct sim_answer *answer)
{
    uint64_t left = answer->sent > answer->reasoning ? answer->sent - answer->reasoning : 0;
    uint64_t after = answer->chain.hash;

    if (server->config->null_content)
        return;
    server->blocks.count = 0;
    for (uint64_t at = 0; left > 0;) {
        uint64_t part = left < SIM_CHUNK_TOKENS_MAX ? left : SIM_CHUNK_TOKENS_MAX;
        sim_chain_add(&answer->chain, &server->blocks, sim_text_at(answer->text, at),
                      (size_t)part * SIM_TOKEN_BYTES);
        at += part;
        left -= part;
    }
    sim_cache_extend(answer->replica->cache, after, server->blocks.at, server->blocks.count);
}

void sim_engine_leave(struct sim_server *server, struct sim_conn *conn)
{
    struct sim_answer *answer = &conn->answer;
    struct sim_replica *replica = answer->replica;
    struct sim_conn *next;

    sim_timer_clear(&server->timers, &conn->timer);
    sim_log_write(&server->log, &answer->truth);
    server->in_flight--;
    if (!answer->in_slot) {
        leave_line(conn);
        drop_waiting(answer);
        return;
    }
    answer->in_slot = false;
    cache_answer(server, answer);
    replica->active--;
    next = server->stopping ? NULL : replica->line_first;
    if (next == NULL)
        return;
    leave_line(next);
    enter_slot(server, next, &next->answer.waiting, sim_now());
    drop_waiting(&next->answer);
}
