/* SPDX-License-Identifier: Apache-2.0 */
/* frame.c - see frame.h. Shapes as vLLM sends them; nothing here looks at a clock or a socket. */
#include "frame.h"

#include <string.h>

#include "text.h"

/* Makes the bytes of `out` from `at` on one chunk of the transfer coding. */
static void wrap_chunk(struct sim_buf *out, size_t at, bool chunked)
{
    static const char hex[] = "0123456789abcdef";
    char line[20];
    size_t start = sizeof(line);
    size_t size = out->len - at;

    if (!chunked)
        return;
    line[--start] = '\n';
    line[--start] = '\r';
    for (size_t rest = size; rest > 0; rest /= 16)
        line[--start] = hex[rest % 16];
    sim_buf_reserve(out, sizeof(line) + 2);
    memmove(out->data + at + sizeof(line) - start, out->data + at, size);
    memcpy(out->data + at, line + start, sizeof(line) - start);
    out->len += sizeof(line) - start;
    sim_buf_add(out, "\r\n", 2);
}

static void add_common(struct sim_buf *out, const struct sim_answer *answer, const char *object)
{
    sim_buf_text(out, "{\"id\":\"chatcmpl-");
    sim_buf_number(out, answer->truth.request);
    sim_buf_text(out, "\",\"object\":\"");
    sim_buf_text(out, object);
    sim_buf_text(out, "\",\"created\":");
    sim_buf_number(out, (uint64_t)answer->created);
    sim_buf_text(out, ",\"model\":\"");
    sim_buf_text(out, answer->model);
    sim_buf_text(out, "\",\"choices\":[");
}

static void open_event(struct sim_buf *out, const struct sim_answer *answer)
{
    sim_buf_text(out, "data: ");
    add_common(out, answer, "chat.completion.chunk");
}

static void add_usage(struct sim_buf *out, const struct sim_answer *answer, bool cached_tokens)
{
    sim_buf_text(out, "\"usage\":{\"prompt_tokens\":");
    sim_buf_number(out, answer->truth.prompt_tokens);
    sim_buf_text(out, ",\"total_tokens\":");
    sim_buf_number(out, answer->truth.prompt_tokens + answer->sent);
    sim_buf_text(out, ",\"completion_tokens\":");
    sim_buf_number(out, answer->sent);
    if (answer->reasoning > 0) {
        sim_buf_text(out, ",\"completion_tokens_details\":{\"reasoning_tokens\":");
        sim_buf_number(out, answer->reasoning);
        sim_buf_text(out, "}");
    }
    sim_buf_text(out, ",\"prompt_tokens_details\":");
    if (cached_tokens) {
        sim_buf_text(out, "{\"cached_tokens\":");
        sim_buf_number(out, answer->truth.cached_tokens);
        sim_buf_text(out, "}}");
    } else {
        sim_buf_text(out, "null}");
    }
}

static const char *finish_reason(const struct sim_answer *answer)
{
    return answer->at_limit ? "length" : "stop";
}

void sim_frame_prepare(struct sim_answer *answer, size_t text_len, bool reasoning)
{
    struct sim_frame *frame = &answer->frame;
    struct sim_buf *out = &frame->bytes;
    size_t before;

    out->len = 0;
    open_event(out, answer);
    sim_buf_text(out, "{\"index\":0,\"delta\":{\"");
    sim_buf_text(out, reasoning ? "reasoning_content" : "content");
    sim_buf_text(out, text_len > 0 ? "\":\"" : "\":null");
    before = out->len;
    sim_buf_reserve(out, text_len);
    memset(out->data + out->len, ' ', text_len);
    out->len += text_len;
    sim_buf_text(out, text_len > 0 ? "\"}" : "}");
    sim_buf_text(out, ",\"logprobs\":null,\"finish_reason\":null}]}\n\n");
    frame->text_at = out->len - before; /* from the end, which wrapping moves with the text */
    wrap_chunk(out, 0, answer->chunked);
    frame->text_at = out->len - frame->text_at - (answer->chunked ? 2 : 0);
    frame->text_len = text_len;
    frame->reasoning = reasoning;
}

void sim_frame_role(struct sim_buf *out, const struct sim_answer *answer, bool null_content)
{
    size_t at = out->len;

    open_event(out, answer);
    sim_buf_text(out, "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":");
    sim_buf_text(out, null_content ? "null" : "\"\"");
    sim_buf_text(out, "},\"logprobs\":null,\"finish_reason\":null}]}\n\n");
    wrap_chunk(out, at, answer->chunked);
}

void sim_frame_tail(struct sim_buf *out, const struct sim_answer *answer,
                    const struct simulate_config *config)
{
    size_t at = out->len;

    open_event(out, answer);
    sim_buf_text(out, "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"");
    sim_buf_text(out, finish_reason(answer));
    sim_buf_text(out, "\"}]}\n\n");
    wrap_chunk(out, at, answer->chunked);
    if (answer->include_usage && config->usage) {
        at = out->len;
        open_event(out, answer);
        sim_buf_text(out, "],");
        add_usage(out, answer, config->cached_tokens != 0);
        sim_buf_text(out, "}\n\n");
        wrap_chunk(out, at, answer->chunked);
    }
    at = out->len;
    sim_buf_text(out, "data: [DONE]\n\n");
    wrap_chunk(out, at, answer->chunked);
    if (answer->chunked)
        sim_buf_text(out, "0\r\n\r\n");
}

static void add_text(struct sim_buf *out, uint32_t start, uint64_t tokens)
{
    for (uint64_t i = 0; i < tokens; i++)
        sim_buf_add(out, sim_text_at(start, i), SIM_TOKEN_BYTES);
}

void sim_frame_whole(struct sim_buf *out, const struct sim_answer *answer,
                     const struct simulate_config *config)
{
    add_common(out, answer, "chat.completion");
    sim_buf_text(out, "{\"index\":0,\"message\":{\"role\":\"assistant\",");
    if (answer->reasoning > 0) {
        sim_buf_text(out, "\"reasoning_content\":\"");
        add_text(out, answer->reasoning_text, answer->reasoning);
        sim_buf_text(out, "\",");
    }
    if (config->null_content) {
        sim_buf_text(out, "\"content\":null");
    } else {
        sim_buf_text(out, "\"content\":\"");
        add_text(out, answer->text, answer->tokens - answer->reasoning);
        sim_buf_text(out, "\"");
    }
    sim_buf_text(out, "},\"logprobs\":null,\"finish_reason\":\"");
    sim_buf_text(out, finish_reason(answer));
    sim_buf_text(out, "\"}]");
    if (config->usage) {
        sim_buf_text(out, ",");
        add_usage(out, answer, config->cached_tokens != 0);
    }
    sim_buf_text(out, "}");
}
