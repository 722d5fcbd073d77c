/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chat.h - one streamed chat completion after another: bytes of the transfer become events,
 * events become tokens with their clocks, and the end becomes a class. Used by the workers of a
 * run and by lb_client.
 */
#ifndef LBI_ENGINE_CHAT_H
#define LBI_ENGINE_CHAT_H

#include "net/transfer.h"
#include "wire/delta.h"
#include "wire/errclass.h"
#include "wire/sse.h"

enum lbi_chat_state {
    LBI_CHAT_IDLE,
    LBI_CHAT_AWAIT,  /* sent, no token yet */
    LBI_CHAT_STREAM, /* tokens come */
    LBI_CHAT_ENDING, /* [DONE] seen: only the end of the response is missing */
};

struct lbi_chat {
    struct lbi_transfer transfer;
    struct lbi_timer watchdog;
    struct lbi_sse sse;
    struct lbi_delta_scanner scanner;
    enum lbi_chat_state state;
    void (*on_done)(void *user, struct lbi_chat *chat);
    lb_err (*on_delta)(void *user, struct lbi_text content, int64_t at_ns); /* may be NULL */
    void *user;

    /* of the request under way or just ended; clocks are absolute */
    int64_t at_ns; /* when the bytes being read arrived */
    bool at_exact;
    int64_t first_token_ns, first_answer_ns, last_token_ns, done_ns, max_gap_ns;
    int64_t prompt_tokens, cached_tokens, completion_tokens;
    uint32_t chunks, token_reads;
    int64_t read_ns; /* wake-up of the last read with a token */

    bool stamped;  /* first_token_ns is the kernel's */
    bool finished; /* a finish_reason came */
    bool event_stream, sniffed;
    bool headed;        /* the headers are whole */
    bool heard;         /* an event came */
    bool cut;           /* the stream ended in the middle of a line */
    bool refuses_usage; /* the server does not know stream_options */
    bool litellm;       /* a LiteLLM gateway answered */
    lb_err broke;       /* LB_E_NOMEM: it failed here, so there is nothing to record */
    enum lbi_error error;
    struct lbi_buf error_text, error_body;
    struct lbi_buf answer; /* content, as the inside of a JSON string */
    struct lbi_buf response_id, answered_by, finish_reason;
    struct lbi_buf gateway; /* members of a JSON object */
    struct lbi_buf server;
    int64_t *gaps_ns;
    size_t gap_count, gap_cap;
};

lb_err lbi_chat_init(struct lbi_chat *chat, struct lbi_loop *loop,
                     const struct lbi_endpoint *endpoint, size_t user_index);
void lbi_chat_free(struct lbi_chat *chat);
/* `body` must stay until on_done. On failure on_done is not called. */
lb_err lbi_chat_start(struct lbi_chat *chat, const char *body, size_t len,
                      const char *extra_header);
/* Ends a request under way with this class, through on_done. Not from inside on_done. */
void lbi_chat_stop(struct lbi_chat *chat, enum lbi_error error, const char *text);
/* Forgets a request under way: on_done is not called. */
void lbi_chat_drop(struct lbi_chat *chat);
/* The record of the request that just ended; clocks absolute. Strings belong to the chat. */
void lbi_chat_turn(struct lbi_chat *chat, lb_turn *out);

#endif
