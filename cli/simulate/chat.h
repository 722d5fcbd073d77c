/* SPDX-License-Identifier: Apache-2.0 */
/* chat.h - what a chat request asks for, and its prompt as hashed blocks. */
#ifndef SIM_CHAT_H
#define SIM_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "cache.h"

struct json_tokener;

struct sim_chat {
    struct sim_buf model;
    int64_t max_tokens; /* -1: not said */
    bool stream;
    bool has_stream_options;
    bool include_usage;
    struct sim_chain prompt;
    struct sim_hashes blocks; /* of the prompt */
    const char *fault;        /* when parsing failed: what is wrong; static text */
    const char *param;        /* and with which field; static, may be NULL */
};

/* Reads a body into `chat`, reusing its memory. False: see fault and param. */
bool sim_chat_parse(struct sim_chat *chat, struct json_tokener *tokener, const char *body,
                    size_t len);
void sim_chat_free(struct sim_chat *chat);

#endif
