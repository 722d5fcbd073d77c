/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chat_end.c - how a request ended: the one place that turns a transfer's end, a status, a body
 * and a stream into ok or one class of failure (docs/definitions.md).
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "engine/chat_internal.h"
#include "report/dataset.h"

enum { BODY_KEPT = 65536, QUOTE_MAX = 120 };

lb_err lbi_chat_keep_body(struct lbi_chat *chat, const char *bytes, size_t len)
{
    size_t room = BODY_KEPT - chat->error_body.len;

    lbi_buf_add(&chat->error_body, bytes, len < room ? len : room);
    return chat->error_body.err;
}

lb_err lbi_chat_fail(struct lbi_chat *chat, enum lbi_error error, const char *text)
{
    if (chat->error == LBI_ERR_NONE) {
        chat->error = error;
        lbi_one_line(&chat->error_text, text, strlen(text), 300);
        lbi_endpoint_scrub(chat->transfer.endpoint, &chat->error_text);
    }
    return LB_E_HTTP;
}

lb_err lbi_chat_stream_error(struct lbi_chat *chat, const struct lbi_delta *delta, const char *data,
                             size_t len)
{
    struct lbi_buf plain;

    if (chat->error != LBI_ERR_NONE)
        return LB_E_HTTP;
    chat->error = LBI_ERR_STREAM_ERROR;
    lbi_buf_init(&plain, chat->transfer.loop->mem);
    if (delta->error_text.len > 0)
        lbi_text_unescape(&plain, delta->error_text);
    else
        lbi_buf_add(&plain, data, len);
    if (delta->error_code.len > 0) {
        lbi_buf_puts(&plain, " (code ");
        lbi_text_unescape(&plain, delta->error_code);
        lbi_buf_puts(&plain, ")");
    }
    lbi_one_line(&chat->error_text, lbi_buf_text(&plain), plain.len, 300);
    if (plain.err == LB_E_NOMEM)
        chat->broke = plain.err;
    lbi_endpoint_scrub(chat->transfer.endpoint, &chat->error_text);
    lbi_buf_free(&plain);
    return LB_E_HTTP;
}

lb_err lbi_chat_bad_event(struct lbi_chat *chat, const char *data, size_t len)
{
    if (chat->cut) /* the connection ended inside this event: it is the cut that counts */
        return LB_OK;
    if (chat->error == LBI_ERR_NONE) {
        chat->error = LBI_ERR_BAD_EVENT;
        lbi_buf_puts(&chat->error_text, "an event is not JSON: ");
        lbi_one_line(&chat->error_text, data, len, QUOTE_MAX);
        lbi_endpoint_scrub(chat->transfer.endpoint, &chat->error_text);
    }
    return LB_E_HTTP;
}

static enum lbi_error class_of_code(CURLcode code)
{
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return LBI_ERR_DNS;
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PROXY:
        return LBI_ERR_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_USE_SSL_FAILED:
        return LBI_ERR_TLS;
    default:
        return LBI_ERR_STREAM_CUT;
    }
}

static void fail_without_answer(struct lbi_chat *chat, CURLcode code)
{
    const char *text = chat->transfer.error;
    bool refused = lbi_transfer_refused_by_proxy(&chat->transfer);

    (void)lbi_chat_fail(chat, refused ? LBI_ERR_CONNECT : class_of_code(code),
                        text[0] != '\0' ? text : curl_easy_strerror(code));
}

/* libcurl takes no single line of more than 100 KB. */
static bool line_too_long(CURLcode code)
{
    const int too_large = 100; /* CURLE_TOO_LARGE, since 8.6 */

    return code == CURLE_OUT_OF_MEMORY || (int)code == too_large;
}

static void fail_inside_head(struct lbi_chat *chat, CURLcode code)
{
    if (line_too_long(code))
        (void)lbi_chat_fail(chat, LBI_ERR_TOO_LARGE, "a header larger than libcurl takes");
    else
        (void)lbi_chat_fail(chat, LBI_ERR_STREAM_CUT, "the connection ended inside the headers");
}

static bool names_stream_options(const struct lbi_buf *body)
{
    const char *text = lbi_buf_text(body);

    return strstr(text, "stream_options") != NULL || strstr(text, "include_usage") != NULL;
}

/* LiteLLM without a key may answer 500 and no word of keys: then this is the word. */
static bool lacks_key(const struct lbi_chat *chat)
{
    static const char *const names[] = {"authorization:", "api-key:", "x-api-key:"};
    const struct curl_slist *line = chat->transfer.endpoint->headers;

    if (chat->transfer.status != 401 && chat->transfer.status != 403 &&
        chat->transfer.status != 500)
        return false;
    for (; line != NULL; line = line->next) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            if (strncasecmp(line->data, names[i], strlen(names[i])) == 0)
                return false;
        }
    }
    return true;
}

static void fail_with_status(struct lbi_chat *chat)
{
    int status = chat->transfer.status;
    const char *body = lbi_buf_text(&chat->error_body);
    size_t len = chat->error_body.len;

    chat->error = lbi_error_of_status(status, body, len);
    chat->refuses_usage =
        (status == 400 || status == 422) && names_stream_options(&chat->error_body);
    lbi_buf_printf(&chat->error_text, "HTTP %d", status);
    if (len > 0)
        lbi_buf_puts(&chat->error_text, ": ");
    lbi_error_text(&chat->error_text, body, len);
    lbi_endpoint_scrub(chat->transfer.endpoint, &chat->error_text);
    if (lacks_key(chat))
        lbi_buf_puts(&chat->error_text, " (no key was sent)");
}

static void fail_without_stream(struct lbi_chat *chat)
{
    const char *body = lbi_buf_text(&chat->error_body);
    size_t len = chat->error_body.len;
    bool error = lbi_body_is_error(body, len);

    chat->error = error ? LBI_ERR_STREAM_ERROR : LBI_ERR_NOT_SSE;
    if (!error)
        lbi_buf_puts(&chat->error_text, "the answer is no event stream: ");
    lbi_error_text(&chat->error_text, body, len);
    lbi_endpoint_scrub(chat->transfer.endpoint, &chat->error_text);
}

static void judge_stream(struct lbi_chat *chat, CURLcode code)
{
    bool done = chat->state == LBI_CHAT_ENDING;

    if (!chat->heard && lbi_body_is_error(lbi_buf_text(&chat->error_body), chat->error_body.len)) {
        fail_without_stream(chat); /* an error object in place of the stream it is called */
    } else if (!chat->finished && !done) {
        (void)lbi_chat_fail(chat, LBI_ERR_STREAM_CUT,
                            chat->chunks > 0 ? "the stream ended without finish_reason or [DONE]"
                                             : "the stream ended before the first token");
    } else if (chat->chunks == 0) {
        (void)lbi_chat_fail(chat, LBI_ERR_NO_TOKEN, "the stream held no token");
    } else if (code != CURLE_OK && !done) {
        (void)lbi_chat_fail(chat, LBI_ERR_STREAM_CUT, curl_easy_strerror(code));
    }
}

static bool needs_repair(const char *text, size_t len)
{
    const char *escape = memchr(text, '\\', len); /* most answers have none */
    size_t rest = escape != NULL ? len - (size_t)(escape - text) : 0;

    return !lbi_utf8_all_valid(text, len) ||
           (escape != NULL &&
            (memmem(escape, rest, "\\ud", 3) != NULL || memmem(escape, rest, "\\uD", 3) != NULL));
}

/* What goes back as history must be valid UTF-8 without half surrogates, or the next request would
 * be refused. Only now, since the second half may come in a chunk of its own. */
static void repair_answer(struct lbi_chat *chat)
{
    struct lbi_buf *answer = &chat->answer;
    size_t limit = answer->limit;
    struct lbi_buf plain;

    if (!needs_repair(lbi_buf_text(answer), answer->len))
        return;
    lbi_buf_init(&plain, chat->transfer.loop->mem);
    lbi_text_unescape(&plain, (struct lbi_text){lbi_buf_text(answer), answer->len});
    answer->limit = 0; /* U+FFFD is longer than what it stands for */
    lbi_buf_truncate(answer, 0);
    lbi_buf_json_text(answer, lbi_buf_text(&plain), plain.len);
    answer->limit = limit;
    if (plain.err != LB_OK)
        answer->err = plain.err;
    lbi_buf_free(&plain);
}

static void classify(struct lbi_chat *chat, CURLcode code)
{
    const struct lbi_transfer *transfer = &chat->transfer;

    if (chat->error != LBI_ERR_NONE)
        return;
    if (transfer->header_bytes > (size_t)transfer->endpoint->set->max_header_bytes)
        (void)lbi_chat_fail(chat, LBI_ERR_TOO_LARGE, "headers larger than --max-header-bytes");
    else if (transfer->status == 0)
        fail_without_answer(chat, code);
    else if (transfer->status != 200)
        fail_with_status(chat);
    else if (!chat->headed)
        fail_inside_head(chat, code);
    else if (!chat->event_stream)
        fail_without_stream(chat);
    else
        judge_stream(chat, code);
}

/* What else of an answer goes into records. */
static void scrub_names(struct lbi_chat *chat)
{
    struct lbi_buf *bufs[] = {&chat->response_id, &chat->answered_by, &chat->finish_reason,
                              &chat->server};

    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
        lbi_endpoint_scrub(chat->transfer.endpoint, bufs[i]);
}

/* A text that is not whole, or libcurl without memory. (Once there is a status, that code of its
 * means a header too long.) */
static bool lacks_memory(const struct lbi_chat *chat, CURLcode code)
{
    const struct lbi_buf *const bufs[] = {
        &chat->error_text,  &chat->error_body,    &chat->answer,  &chat->response_id,
        &chat->answered_by, &chat->finish_reason, &chat->gateway, &chat->server};

    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++) {
        if (bufs[i]->err == LB_E_NOMEM)
            return true;
    }
    return chat->transfer.lacks_memory ||
           (code == CURLE_OUT_OF_MEMORY && chat->transfer.status == 0);
}

static void end_stream(struct lbi_chat *chat)
{
    /* A last event without its blank line was there when its bytes came, not only now. */
    chat->cut = chat->sse.line.len > 0;
    if (lbi_sse_end(&chat->sse, &chat->cut) == LB_E_NOMEM)
        chat->broke = LB_E_NOMEM;
    lbi_timer_cancel(chat->transfer.loop, &chat->watchdog);
}

/* libcurl may show the head a little later than the kernel stamped what came behind it. */
static void put_in_order(struct lbi_chat *chat)
{
    struct lbi_transfer *t = &chat->transfer;
    int64_t behind = chat->first_token_ns != LB_UNKNOWN ? chat->first_token_ns : chat->done_ns;

    if (behind == LB_UNKNOWN || t->first_byte_ns <= behind)
        return;
    t->first_byte_ns = behind;
    if (t->sent_ns > t->first_byte_ns)
        t->sent_ns = t->first_byte_ns;
}

static void end(struct lbi_chat *chat, CURLcode code)
{
    lbi_timer_cancel(chat->transfer.loop, &chat->watchdog);
    put_in_order(chat);
    if (chat->event_stream && chat->error == LBI_ERR_NONE && chat->state != LBI_CHAT_ENDING)
        end_stream(chat);
    classify(chat, code);
    if (chat->done_ns == LB_UNKNOWN)
        chat->done_ns = lbi_clock_ns();
    repair_answer(chat);
    scrub_names(chat);
    if (lacks_memory(chat, code))
        chat->broke = LB_E_NOMEM;
    chat->state = LBI_CHAT_IDLE;
    chat->on_done(chat->user, chat);
}

void lbi_chat_transfer_done(void *user, CURLcode code)
{
    end(user, code);
}

void lbi_chat_stop(struct lbi_chat *chat, enum lbi_error error, const char *text)
{
    if (chat->state == LBI_CHAT_IDLE)
        return;
    if (error != LBI_ERR_NONE)
        (void)lbi_chat_fail(chat, error, text);
    lbi_transfer_abort(&chat->transfer);
    end(chat, CURLE_OK);
}

static void http_version(struct lbi_chat *chat, const char **out)
{
    const struct lbi_transfer *t = &chat->transfer;

    if (t->http_major == 0)
        *out = "";
    else if (t->http_major >= 2)
        *out = t->http_major == 2 ? "2" : "3";
    else
        *out = t->http_minor == 0 ? "1.0" : "1.1";
}

static int64_t minus(int64_t a, int64_t b)
{
    return a == LB_UNKNOWN || b == LB_UNKNOWN ? LB_UNKNOWN : a - b;
}

void lbi_chat_turn(struct lbi_chat *chat, lb_turn *out)
{
    const struct lbi_transfer *t = &chat->transfer;

    lbi_turn_init(out);
    out->due_ns = out->start_ns = t->start_ns;
    out->sent_ns = t->sent_ns;
    out->first_byte_ns = t->first_byte_ns;
    out->first_token_ns = chat->first_token_ns;
    out->first_answer_ns = chat->first_answer_ns;
    out->last_token_ns = chat->last_token_ns;
    out->done_ns = chat->done_ns;
    out->ttft_ns = minus(chat->first_token_ns, t->sent_ns);
    out->ttfa_ns = minus(chat->first_answer_ns, t->sent_ns);
    out->e2e_ns = minus(chat->done_ns, t->sent_ns);
    out->dns_ns = t->dns_ns;
    out->connect_ns = t->connect_ns;
    out->tls_ns = t->tls_ns;
    out->max_gap_ns = chat->gap_count > 0 ? chat->max_gap_ns : LB_UNKNOWN;
    out->prompt_tokens = chat->prompt_tokens;
    out->cached_tokens = chat->cached_tokens;
    out->completion_tokens = chat->completion_tokens;
    out->chunks = (int32_t)chat->chunks;
    out->status = t->status;
    out->attempt = 1;
    out->reused = t->opened == 0 && t->status != 0;
    out->reconnected = t->reopened;
    out->error = lbi_error_name(chat->error);
    out->error_text = lbi_buf_text(&chat->error_text);
    out->answered_by = lbi_buf_text(&chat->answered_by);
    out->response_id = lbi_buf_text(&chat->response_id);
    out->finish_reason = lbi_buf_text(&chat->finish_reason);
    http_version(chat, &out->http_version);
    out->gaps_ns = chat->gaps_ns;
    out->gap_count = chat->gap_count;
}
