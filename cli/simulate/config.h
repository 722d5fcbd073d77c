/* SPDX-License-Identifier: Apache-2.0 */
/* config.h - the options of simulate as values; options.def says what each means. */
#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

#include <stddef.h>
#include <stdint.h>

/* Longest model name: frames that carry it are sized for this. */
#define SIM_MODEL_MAX        256
#define SIM_CHUNK_TOKENS_MAX 64

/* Members are named after their flags. Counts, booleans and durations (ns) are all int64_t, so
 * that one table can set them. */
struct simulate_config {
    int64_t port, max_model_len, seed;
    int64_t ttft, ttft_jitter, itl, prefill;
    int64_t tokens, tokens_per_chunk, reasoning, usage, cached_tokens, hold, null_content;
    int64_t cache_blocks, replicas, slots;
    int64_t error_status, error_every, retry_after, rate_limit, reject_stream_options, die_after;
    double tokens_jitter, error_rate;
    char *bind, *affinity, *require_key_file, *require_key_env, *log;
    char **model; /* as given; "simulated-model" stands when none was */
    size_t model_count;
};

#endif
