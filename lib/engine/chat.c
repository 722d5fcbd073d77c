/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * chat.c - see chat.h. Per chunk of a stream nothing is allocated, locked or printed; all that
 * happens once a request (headers, error bodies, the end) is in chat_end.c and chat_head.c.
 */
#include "engine/chat.h"

#include <string.h>

#include "base/clock.h"
#include "engine/chat_internal.h"

enum { ENDING_GRACE_MS = 1000 };

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Next moment at which the request could be too late. Per token nothing is re-armed: when the
 * watchdog wakes it looks whether tokens came meanwhile. */
static int64_t watch_until(const struct lbi_chat *chat)
{
    const struct lbi_settings *set = chat->transfer.endpoint->set;
    int64_t whole = chat->transfer.start_ns + set->timeout;

    if (chat->state == LBI_CHAT_ENDING)
        return chat->done_ns + ENDING_GRACE_MS * LBI_NS_PER_MS;
    if (chat->state == LBI_CHAT_AWAIT)
        return whole;
    return earlier(whole, chat->last_token_ns + set->stall_timeout);
}

static void on_watchdog(struct lbi_timer *timer, int64_t now_ns)
{
    struct lbi_chat *chat =
        (struct lbi_chat *)(void *)((char *)timer - offsetof(struct lbi_chat, watchdog));
    const struct lbi_settings *set = chat->transfer.endpoint->set;
    char text[96];

    if (watch_until(chat) > now_ns) {
        lbi_timer_set(chat->transfer.loop, timer, watch_until(chat));
    } else if (chat->state == LBI_CHAT_ENDING) {
        lbi_chat_stop(chat, LBI_ERR_NONE, "");
    } else if (now_ns >= chat->transfer.start_ns + set->timeout) {
        (void)snprintf(text, sizeof(text), "not finished within %.3g s (--timeout)",
                       (double)set->timeout / 1e9);
        lbi_chat_stop(chat, LBI_ERR_TIMEOUT, text);
    } else {
        (void)snprintf(text, sizeof(text), "silent for %.3g s after %u tokens (--stall-timeout)",
                       (double)set->stall_timeout / 1e9, chat->chunks);
        lbi_chat_stop(chat, LBI_ERR_STALL, text);
    }
}

static lb_err note_gap(struct lbi_chat *chat, int64_t gap)
{
    void *items = chat->gaps_ns;

    if (gap > chat->max_gap_ns)
        chat->max_gap_ns = gap;
    if (chat->gap_count == chat->gap_cap &&
        lbi_grow(chat->transfer.loop->mem, &items, &chat->gap_cap, chat->gap_count,
                 sizeof(*chat->gaps_ns)) != LB_OK)
        return LB_E_NOMEM;
    chat->gaps_ns = items;
    chat->gaps_ns[chat->gap_count++] = gap;
    return LB_OK;
}

static lb_err take_token(struct lbi_chat *chat, bool answer)
{
    chat->chunks++;
    if (answer && chat->first_answer_ns == LB_UNKNOWN)
        chat->first_answer_ns = chat->at_ns;
    if (chat->state == LBI_CHAT_STREAM) {
        int64_t gap = chat->at_ns - chat->last_token_ns;
        chat->last_token_ns = chat->at_ns;
        return note_gap(chat, gap > 0 ? gap : 0);
    }
    chat->state = LBI_CHAT_STREAM;
    chat->first_token_ns = chat->last_token_ns = chat->at_ns;
    chat->stamped = chat->at_exact;
    chat->transfer.want_stamp = false;
    lbi_timer_set(chat->transfer.loop, &chat->watchdog, watch_until(chat));
    return LB_OK;
}

static lb_err take_content(struct lbi_chat *chat, struct lbi_text content)
{
    lbi_buf_add(&chat->answer, content.ptr, content.len);
    if (chat->answer.err == LB_E_NOMEM)
        return LB_E_NOMEM;
    if (chat->answer.err == LB_E_RANGE)
        return lbi_chat_fail(chat, LBI_ERR_TOO_LARGE, "answer larger than --max-answer-bytes");
    return chat->on_delta != NULL ? chat->on_delta(chat->user, content, chat->at_ns) : LB_OK;
}

static void keep_once(struct lbi_buf *out, struct lbi_text text)
{
    if (text.len > 0 && out->len == 0)
        lbi_text_unescape(out, text);
}

static void take_counts(struct lbi_chat *chat, const struct lbi_delta *delta)
{
    if (delta->prompt_tokens != LB_UNKNOWN)
        chat->prompt_tokens = delta->prompt_tokens;
    if (delta->completion_tokens != LB_UNKNOWN)
        chat->completion_tokens = delta->completion_tokens;
    if (delta->cached_tokens != LB_UNKNOWN)
        chat->cached_tokens = delta->cached_tokens;
}

static lb_err take_chunk(struct lbi_chat *chat, const struct lbi_delta *delta)
{
    lb_err err = LB_OK;

    if (delta->token)
        err = take_token(chat, delta->answer);
    if (delta->content.len > 0 && err == LB_OK)
        err = take_content(chat, delta->content);
    keep_once(&chat->response_id, delta->id);
    keep_once(&chat->answered_by, delta->model);
    take_counts(chat, delta);
    if (delta->finish_reason.ptr != NULL) {
        keep_once(&chat->finish_reason, delta->finish_reason);
        chat->finished = true;
    }
    return err;
}

/* Tokens of the usual kind, one after the other, without a look at what is the same in all. */
static lb_err on_known(void *user, const char *bytes, size_t len, size_t *taken)
{
    struct lbi_chat *chat = user;
    size_t longest = chat->sse.line.limit + 2;
    struct lbi_text content;
    lb_err err = LB_OK;

    while (err == LB_OK && *taken < len && chat->state != LBI_CHAT_ENDING) {
        size_t room = len - *taken < longest ? len - *taken : longest;
        size_t event = lbi_delta_known(&chat->scanner, bytes + *taken, room, &content);
        if (event == 0)
            break;
        *taken += event;
        err = take_token(chat, content.len > 0);
        if (err == LB_OK && content.len > 0)
            err = take_content(chat, content);
    }
    return err;
}

static lb_err on_event(void *user, const char *name, const char *data, size_t len)
{
    struct lbi_chat *chat = user;
    struct lbi_delta delta;

    chat->heard = true;
    if (chat->state == LBI_CHAT_ENDING)
        return LB_OK; /* nothing counts after [DONE] */
    lb_err err = lbi_delta_read(&chat->scanner, &delta, data, len);
    if (err != LB_OK)
        return err;
    bool named_error = strcmp(name, "error") == 0;
    if (delta.kind == LBI_DELTA_ERROR || named_error)
        return lbi_chat_stream_error(chat, &delta, data, len);
    switch (delta.kind) {
    case LBI_DELTA_DONE:
        chat->done_ns = chat->at_ns;
        chat->state = LBI_CHAT_ENDING;
        lbi_timer_set(chat->transfer.loop, &chat->watchdog, watch_until(chat));
        return LB_OK;
    case LBI_DELTA_BAD:
        return lbi_chat_bad_event(chat, data, len);
    case LBI_DELTA_CHUNK:
    case LBI_DELTA_ERROR:
    default:
        return take_chunk(chat, &delta);
    }
}

static lb_err feed(struct lbi_chat *chat, const char *bytes, size_t len)
{
    uint32_t before = chat->chunks;
    lb_err err = lbi_sse_feed(&chat->sse, bytes, len);

    /* libcurl reads several times while there is something: one wake-up is one read. */
    if (chat->chunks != before && chat->read_ns != chat->transfer.loop->woke_ns) {
        chat->read_ns = chat->transfer.loop->woke_ns;
        chat->token_reads++;
    }
    if (err == LB_E_RANGE)
        return lbi_chat_fail(chat, LBI_ERR_TOO_LARGE, "stream line longer than --max-line-bytes");
    return err;
}

static lb_err take_body(struct lbi_chat *chat, const char *bytes, size_t len)
{
    if (chat->heard)
        return feed(chat, bytes, len);

    /* Until the first event nobody knows what this is: keep it for the one who must say. */
    bool known = chat->event_stream;
    lb_err err = lbi_chat_keep_body(chat, bytes, len);
    if (err != LB_OK || (!known && !lbi_chat_sniff(chat)))
        return err;
    return known ? feed(chat, bytes, len)
                 : feed(chat, lbi_buf_text(&chat->error_body), chat->error_body.len);
}

static lb_err on_body(void *user, const char *bytes, size_t len, int64_t at_ns, bool exact)
{
    struct lbi_chat *chat = user;

    chat->at_ns = at_ns;
    chat->at_exact = exact;
    lb_err err = take_body(chat, bytes, len);
    if (err == LB_E_NOMEM)
        chat->broke = err;
    return err;
}

enum { CACHE_LINE = 64 };

static void prefetch(const void *from, size_t len)
{
    for (size_t at = 0; at < len; at += CACHE_LINE)
        __builtin_prefetch((const char *)from + at);
}

/* With thousands of streams nothing of this one is in a cache, and the read takes a while. */
static void on_soon(const void *user)
{
    const struct lbi_chat *chat = user;

    prefetch(&chat->sse, sizeof(chat->sse));
    prefetch(chat->scanner.around, chat->scanner.head_len + chat->scanner.tail_len);
    prefetch(&chat->at_ns, offsetof(struct lbi_chat, stamped) - offsetof(struct lbi_chat, at_ns));
    prefetch(&chat->answer, sizeof(chat->answer));
    if (chat->answer.len > 0)
        prefetch(chat->answer.data + chat->answer.len, 1);
    if (chat->gap_count > 0)
        prefetch(chat->gaps_ns + chat->gap_count, 1);
}

static void init_bufs(struct lbi_chat *chat, const struct lbi_mem *mem,
                      const struct lbi_settings *set)
{
    lbi_buf_init(&chat->error_text, mem);
    lbi_buf_init(&chat->error_body, mem);
    lbi_buf_init(&chat->answer, mem);
    lbi_buf_init(&chat->response_id, mem);
    lbi_buf_init(&chat->answered_by, mem);
    lbi_buf_init(&chat->finish_reason, mem);
    lbi_buf_init(&chat->gateway, mem);
    lbi_buf_init(&chat->server, mem);
    chat->answer.limit = (size_t)set->max_answer_bytes;
    lbi_sse_init(&chat->sse, mem, (size_t)set->max_line_bytes, on_event, on_known, chat);
    lbi_delta_scanner_init(&chat->scanner, mem);
}

lb_err lbi_chat_init(struct lbi_chat *chat, struct lbi_loop *loop,
                     const struct lbi_endpoint *endpoint, size_t user_index)
{
    *chat = (struct lbi_chat){.watchdog = {.fire = on_watchdog}};
    init_bufs(chat, loop->mem, endpoint->set);
    lb_err err = lbi_transfer_init(&chat->transfer, loop, endpoint, user_index);
    chat->transfer.owner = (struct lbi_transfer_owner){.on_header = lbi_chat_header,
                                                       .on_body = on_body,
                                                       .on_done = lbi_chat_transfer_done,
                                                       .on_soon = on_soon,
                                                       .user = chat};
    return err;
}

void lbi_chat_free(struct lbi_chat *chat)
{
    struct lbi_buf *bufs[] = {&chat->error_text,  &chat->error_body,  &chat->answer,
                              &chat->response_id, &chat->answered_by, &chat->finish_reason,
                              &chat->gateway,     &chat->server};

    if (chat->transfer.loop == NULL)
        return;
    const struct lbi_mem *mem = chat->transfer.loop->mem;
    lbi_timer_cancel(chat->transfer.loop, &chat->watchdog);
    lbi_transfer_free(&chat->transfer);
    lbi_sse_free(&chat->sse);
    lbi_delta_scanner_free(&chat->scanner);
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        lbi_buf_free(bufs[i]);
    lbi_free(mem, chat->gaps_ns);
    chat->gaps_ns = NULL;
}

static void reset(struct lbi_chat *chat)
{
    struct lbi_buf *bufs[] = {&chat->error_text,  &chat->error_body,  &chat->answer,
                              &chat->response_id, &chat->answered_by, &chat->finish_reason,
                              &chat->gateway};

    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        lbi_buf_clear(bufs[i]);
    lbi_sse_reset(&chat->sse);
    lbi_delta_scanner_reset(&chat->scanner);
    chat->first_token_ns = chat->first_answer_ns = LB_UNKNOWN;
    chat->last_token_ns = chat->done_ns = LB_UNKNOWN;
    chat->prompt_tokens = chat->cached_tokens = chat->completion_tokens = LB_UNKNOWN;
    chat->max_gap_ns = chat->read_ns = 0;
    chat->chunks = chat->token_reads = 0;
    chat->gap_count = 0;
    chat->stamped = chat->finished = chat->cut = false;
    chat->headed = chat->event_stream = chat->sniffed = chat->heard = chat->refuses_usage = false;
    chat->error = LBI_ERR_NONE;
    chat->broke = LB_OK;
}

lb_err lbi_chat_start(struct lbi_chat *chat, const char *body, size_t len, const char *extra_header)
{
    reset(chat);
    chat->state = LBI_CHAT_AWAIT;
    lb_err err = lbi_transfer_post(&chat->transfer, body, len, extra_header);
    if (err != LB_OK) {
        chat->state = LBI_CHAT_IDLE;
        return err;
    }
    lbi_timer_set(chat->transfer.loop, &chat->watchdog, watch_until(chat));
    return LB_OK;
}

void lbi_chat_drop(struct lbi_chat *chat)
{
    lbi_timer_cancel(chat->transfer.loop, &chat->watchdog);
    lbi_transfer_abort(&chat->transfer);
    chat->state = LBI_CHAT_IDLE;
}
