/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_ask.c - one streamed request with a new prompt, then the same once more, asking for
 * compression as SDKs do: is it a stream, is usage there, does the cache show, does a proxy hold
 * tokens back, is the connection kept?
 */
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "engine/doctor.h"
#include "engine/talk.h"

/* Longer than the shortest prefix that any known server caches (1024 tokens), if it fits. */
enum { PROMPT_BYTES = 8000, PROMPT_MIN = 400 };

static double ms(int64_t ns)
{
    return ns == LB_UNKNOWN ? 0 : (double)ns / 1e6;
}

/* ---- the request ---- */

static size_t prompt_bytes(const struct lb_doctor *doctor)
{
    const char *name = lbi_doctor_model(doctor);
    int64_t context = 0;

    for (size_t i = 0; i < doctor->models.count; i++) {
        if (strcmp(doctor->models.items[i].name, name) == 0)
            context = doctor->models.items[i].context;
    }
    /* Half of it at three bytes a token: whatever the tokenizer, the answer fits as well. */
    if (context == 0 || context * 3 / 2 > PROMPT_BYTES)
        return PROMPT_BYTES;
    return context * 3 / 2 > PROMPT_MIN ? (size_t)(context * 3 / 2) : PROMPT_MIN;
}

static lb_err write_body(struct lb_doctor *doctor)
{
    struct lbi_buf *body = &doctor->body;
    size_t bytes = prompt_bytes(doctor);
    uint64_t nonce = 0;

    if (getrandom(&nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
        return lbi_fail(doctor->ctx, LB_E_IO, "no random bytes from the system for a nonce");
    lbi_buf_clear(body);
    lbi_buf_puts(body, "{\"model\":");
    lbi_buf_json_string(body, lbi_doctor_model(doctor));
    lbi_buf_printf(body,
                   ",\"messages\":[{\"role\":\"user\",\"content\":\"[%016" PRIx64 "]\\n\\n"
                   "This is a test of the connection. Skip the list and answer the last line.\\n",
                   nonce);
    for (unsigned i = 1; body->len < bytes && body->err == LB_OK; i++)
        lbi_buf_printf(body, "Item %u of the list stands on shelf %u in room %u.\\n", i, i % 7 + 1,
                       i % 5 + 1);
    lbi_buf_puts(body, "Count from 1 to 60 in words, with commas between them.\"}");
    return body->err != LB_OK ? lbi_nomem(doctor->ctx) : LB_OK;
}

static lb_err send_once(struct lb_doctor *doctor, const char *extra_header)
{
    size_t len = doctor->body.len;
    lb_err err =
        lbi_talk_tail(&doctor->tail, doctor->config, doctor->plain_usage ? 0 : LBI_TAIL_USAGE);

    if (err != LB_OK)
        return err == LB_E_NOMEM
                   ? lbi_nomem(doctor->ctx)
                   : lbi_fail(doctor->ctx, err, "request.extra_body: not a JSON object");
    lbi_buf_add(&doctor->body, doctor->tail.data, doctor->tail.len);
    err = doctor->body.err;
    if (err == LB_OK)
        err = lbi_chat_start(&doctor->chat, doctor->body.data, doctor->body.len, extra_header);
    doctor->busy = err == LB_OK;
    while (err == LB_OK && doctor->busy)
        err = lbi_loop_step(&doctor->loop, true);
    if (err != LB_OK)
        lbi_chat_drop(&doctor->chat);
    else
        err = doctor->chat.broke;
    lbi_buf_truncate(&doctor->body, len);
    return err == LB_OK ? LB_OK : lbi_fail(doctor->ctx, err, "cannot send a request");
}

static lb_err send_chat(struct lb_doctor *doctor, const char *extra_header)
{
    lb_err err = send_once(doctor, extra_header);

    if (err != LB_OK || !doctor->chat.refuses_usage || doctor->plain_usage)
        return err;
    doctor->plain_usage = true;
    return send_once(doctor, extra_header);
}

static void remember(struct lbi_asked *out, const struct lbi_chat *chat)
{
    const struct lbi_arrivals arrivals = {.chunks = chat->chunks,
                                          .reads = chat->token_reads,
                                          .tokens = chat->completion_tokens,
                                          .sent_ns = chat->transfer.sent_ns,
                                          .first_ns = chat->first_token_ns,
                                          .last_ns = chat->last_token_ns,
                                          .gaps_ns = chat->gaps_ns,
                                          .gap_count = chat->gap_count};

    *out = (struct lbi_asked){.reused = chat->transfer.opened == 0,
                              .bunching = lbi_bunching_judge(&arrivals),
                              .prompt_tokens = chat->prompt_tokens,
                              .cached_tokens = chat->cached_tokens};
    (void)snprintf(out->response_id, sizeof(out->response_id), "%s",
                   lbi_buf_text(&chat->response_id));
}

/* ---- the first: is there an answer, is it a stream? ---- */

static const struct {
    enum lbi_error error;
    const char *name, *advice;
} faults[] = {
    {LBI_ERR_AUTH, "chat", "the list of models took this key, the model does not: is it allowed?"},
    {LBI_ERR_MODEL_NOT_FOUND, "chat", "name a model that this key may use by --model"},
    {LBI_ERR_CONTEXT_LENGTH, "chat",
     "the model's context is very small: say it by --context, and lower --max-tokens"},
    {LBI_ERR_RATE_LIMIT, "quota",
     "the key's quota is used up: wait, or raise it before a run (docs: 429 is the quota's limit, "
     "not the model's)"},
    {LBI_ERR_TIMEOUT, "chat",
     "is the model loaded and not overloaded? Else raise --timeout, or the proxy's"},
    {LBI_ERR_STALL, "chat", "look at the server's log, or raise --stall-timeout"},
    {LBI_ERR_STREAM_CUT, "stream", "look at time-outs of proxies on the way"},
    {LBI_ERR_NOT_SSE, "stream",
     "the endpoint or a proxy does not stream: time to first token cannot be measured"},
    {LBI_ERR_STREAM_ERROR, "stream", "read its words; look at the server's log"},
    {LBI_ERR_NO_TOKEN, "stream", "check the model and its chat template"},
    {LBI_ERR_BAD_EVENT, "stream", "something on the way changes the stream"},
    {LBI_ERR_SERVER_ERROR, "chat", "look at the server's log"},
};

static lb_err note_failure(struct lb_doctor *doctor)
{
    const struct lbi_chat *chat = &doctor->chat;
    const char *name = "chat";
    const char *advice = "read its words; is this an OpenAI-compatible endpoint?";

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (faults[i].error == chat->error) {
            name = faults[i].name;
            advice = faults[i].advice;
        }
    }
    doctor->over = true;
    return lbi_doctor_note(doctor, LB_CHECK_FAIL, name, advice, "%s (%s)",
                           lbi_buf_text(&chat->error_text), lbi_error_name(chat->error));
}

static lb_err note_chat(struct lb_doctor *doctor)
{
    const struct lbi_chat *chat = &doctor->chat;
    const char *asked = lbi_doctor_model(doctor);
    const char *by = lbi_buf_text(&chat->answered_by);
    double whole = ms(chat->done_ns - chat->transfer.start_ns);

    if (*by != '\0' && strcmp(by, asked) != 0)
        return lbi_doctor_note(doctor, LB_CHECK_WARN, "chat",
                               "an alias or a fallback: make sure it is the model you mean",
                               "%.100s was asked, %.100s answered in %.0f ms", asked, by, whole);
    return lbi_doctor_note(doctor, LB_CHECK_OK, "chat", "", "%.100s answered in %.0f ms", asked,
                           whole);
}

static lb_err note_stream(struct lb_doctor *doctor)
{
    const struct lbi_chat *chat = &doctor->chat;
    double first = ms(chat->first_token_ns - chat->transfer.start_ns);
    double span = ms(chat->last_token_ns - chat->first_token_ns);

    if (chat->first_answer_ns == LB_UNKNOWN)
        return lbi_doctor_note(doctor, LB_CHECK_WARN, "stream",
                               "a reasoning model: give it room by --max-tokens, and judge ttfa",
                               "%u frames of reasoning and no answer within 64 tokens",
                               chat->chunks);
    return lbi_doctor_note(doctor, LB_CHECK_OK, "stream", "",
                           "%u frames with tokens, the first after %.0f ms, all within %.0f ms",
                           chat->chunks, first, first + span);
}

static lb_err note_usage(struct lb_doctor *doctor)
{
    const struct lbi_chat *chat = &doctor->chat;

    if (chat->completion_tokens == LB_UNKNOWN)
        return lbi_doctor_note(doctor, LB_CHECK_WARN, "usage",
                               "token counts will be estimates, tpot and cache objectives have "
                               "nothing to go by: make the server report usage in streams",
                               doctor->plain_usage ? "the endpoint refuses stream_options"
                                                   : "the stream holds no usage");
    double frames = (double)chat->completion_tokens / (chat->chunks > 0 ? chat->chunks : 1);
    return lbi_doctor_note(doctor, LB_CHECK_OK, "usage", "",
                           "%" PRId64 " prompt and %" PRId64
                           " completion tokens reported, %.2f tokens in a frame",
                           chat->prompt_tokens == LB_UNKNOWN ? 0 : chat->prompt_tokens,
                           chat->completion_tokens, frames);
}

lb_err lbi_doctor_ask(struct lb_doctor *doctor)
{
    lb_err err = write_body(doctor);

    if (err == LB_OK)
        err = send_chat(doctor, NULL);
    if (err != LB_OK)
        return err;
    if (doctor->chat.error != LBI_ERR_NONE)
        return note_failure(doctor);
    remember(&doctor->first, &doctor->chat);
    err = note_chat(doctor);
    if (err == LB_OK)
        err = note_stream(doctor);
    return err == LB_OK ? note_usage(doctor) : err;
}

/* ---- the second: the same again ---- */

static lb_err note_cache(struct lb_doctor *doctor, const struct lbi_asked *again)
{
    if (again->response_id[0] != '\0' && strcmp(again->response_id, doctor->first.response_id) == 0)
        return lbi_doctor_note(doctor, LB_CHECK_WARN, "cache",
                               "a gateway answers from a response cache, not the model: turn it "
                               "off, or send {\"cache\":{\"no-cache\":true}} by --extra-body",
                               "the same prompt again gave the very same response (%.60s)",
                               again->response_id);
    if (again->cached_tokens == LB_UNKNOWN)
        return lbi_doctor_note(doctor, LB_CHECK_WARN, "cache",
                               "objectives on cache_hit cannot be judged; servers have a switch "
                               "for it (vLLM: --enable-prompt-tokens-details)",
                               "cached tokens are not reported");
    if (again->cached_tokens == 0)
        return lbi_doctor_note(doctor, LB_CHECK_WARN, "cache",
                               "is prefix caching on? With several replicas the repeat may have "
                               "gone to another one",
                               "the same prompt again: none of %" PRId64 " tokens from the cache",
                               again->prompt_tokens);
    return lbi_doctor_note(doctor, LB_CHECK_OK, "cache", "",
                           "the same prompt again: %" PRId64 " of %" PRId64
                           " tokens from the cache",
                           again->cached_tokens, again->prompt_tokens);
}

static bool is_bunched(const struct lbi_asked *asked)
{
    return asked->bunching == LBI_BUNCHING_HELD || asked->bunching == LBI_BUNCHING_LUMPS;
}

static lb_err note_buffering(struct lb_doctor *doctor, const struct lbi_asked *again)
{
    static const char off[] = "turn off response buffering on the way (nginx: proxy_buffering off, "
                              "or X-Accel-Buffering: no); until then ttft, itl, tpot and stall "
                              "say nothing";
    static const char zip[] = "users' SDKs ask for compression: leave text/event-stream out of it "
                              "(nginx: gzip_types)";

    if (is_bunched(&doctor->first))
        return lbi_doctor_note(
            doctor, LB_CHECK_WARN, "buffering", off, "STREAM BUFFERED: tokens come together, %s",
            doctor->first.bunching == LBI_BUNCHING_HELD ? "at the end" : "many at once");
    if (is_bunched(again))
        return lbi_doctor_note(doctor, LB_CHECK_WARN, "buffering", zip,
                               "STREAM BUFFERED when asked with Accept-Encoding: gzip; without it "
                               "tokens come one by one");
    if (doctor->first.bunching == LBI_BUNCHING_UNKNOWN)
        return lbi_doctor_note(doctor, LB_CHECK_OK, "buffering", "",
                               "cannot tell: the answer was too short");
    return lbi_doctor_note(doctor, LB_CHECK_OK, "buffering", "",
                           "none: tokens come as they are made, with Accept-Encoding: gzip, too");
}

static lb_err note_http(struct lb_doctor *doctor, const struct lbi_asked *again)
{
    const struct lbi_transfer *transfer = &doctor->chat.transfer;

    if (again->reused)
        return lbi_doctor_note(doctor, LB_CHECK_OK, "http", "", "HTTP/%d%s, connections are kept",
                               transfer->http_major,
                               transfer->http_major > 1    ? ""
                               : transfer->http_minor == 0 ? ".0"
                                                           : ".1");
    return lbi_doctor_note(doctor, LB_CHECK_WARN, "http",
                           "each request pays for a new one: let server or proxy keep them",
                           "HTTP/%d.%d, the connection is closed after each answer (a new one "
                           "takes %.1f ms)",
                           transfer->http_major, transfer->http_minor,
                           ms(transfer->dns_ns + transfer->connect_ns + transfer->tls_ns));
}

lb_err lbi_doctor_ask_again(struct lb_doctor *doctor)
{
    struct lbi_asked again;
    lb_err err = send_chat(doctor, "Accept-Encoding: gzip, deflate");

    if (err != LB_OK)
        return err;
    if (doctor->chat.error != LBI_ERR_NONE)
        return note_failure(doctor);
    remember(&again, &doctor->chat);
    err = note_cache(doctor, &again);
    if (err == LB_OK)
        err = note_buffering(doctor, &again);
    return err == LB_OK ? note_http(doctor, &again) : err;
}
