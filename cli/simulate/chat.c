/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chat.c - see chat.h. The prompt is rendered as a chat template would do it (a role line, the
 * content, an end mark) straight into the hash chain; the text itself is not kept.
 */
#include "chat.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool fault(struct sim_chat *chat, const char *text, const char *param)
{
    chat->fault = text;
    chat->param = param;
    return false;
}

static void render(struct sim_chat *chat, const char *text, size_t len)
{
    sim_chain_add(&chat->prompt, &chat->blocks, text, len);
}

static void render_string(struct sim_chat *chat, struct json_object *string)
{
    render(chat, json_object_get_string(string), (size_t)json_object_get_string_len(string));
}

/* Content in parts: the text of text parts counts; pictures and the like are passed over. */
static bool render_parts(struct sim_chat *chat, struct json_object *parts)
{
    for (size_t i = 0; i < json_object_array_length(parts); i++) {
        struct json_object *part = json_object_array_get_idx(parts, i);
        struct json_object *text;

        if (!json_object_is_type(part, json_type_object))
            return fault(chat, "a content part must be an object", "messages");
        if (!json_object_object_get_ex(part, "text", &text))
            continue;
        if (!json_object_is_type(text, json_type_string))
            return fault(chat, "the text of a content part must be a string", "messages");
        render_string(chat, text);
    }
    return true;
}

static bool render_message(struct sim_chat *chat, struct json_object *message)
{
    struct json_object *role;
    struct json_object *content = NULL;
    bool good = true;

    if (!json_object_is_type(message, json_type_object))
        return fault(chat, "each message must be an object", "messages");
    if (!json_object_object_get_ex(message, "role", &role) ||
        !json_object_is_type(role, json_type_string))
        return fault(chat, "each message must have a role", "messages");

    render(chat, "<|", 2);
    render_string(chat, role);
    render(chat, "|>\n", 3);
    (void)json_object_object_get_ex(message, "content", &content);
    if (json_object_is_type(content, json_type_string))
        render_string(chat, content);
    else if (json_object_is_type(content, json_type_array))
        good = render_parts(chat, content);
    else if (content != NULL)
        return fault(chat, "content must be a string, an array of parts or null", "messages");
    render(chat, "<|end|>\n", 8);
    return good;
}

static bool take_messages(struct sim_chat *chat, struct json_object *root)
{
    struct json_object *messages;

    if (!json_object_object_get_ex(root, "messages", &messages))
        return fault(chat, "you must provide a messages parameter", "messages");
    if (!json_object_is_type(messages, json_type_array) || json_object_array_length(messages) == 0)
        return fault(chat, "messages must be a non-empty array", "messages");
    for (size_t i = 0; i < json_object_array_length(messages); i++) {
        if (!render_message(chat, json_object_array_get_idx(messages, i)))
            return false;
    }
    render(chat, "<|assistant|>\n", 14);
    return true;
}

static bool take_max_tokens(struct sim_chat *chat, struct json_object *root)
{
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(root, "max_completion_tokens", &value) || value == NULL)
        (void)json_object_object_get_ex(root, "max_tokens", &value);
    if (value == NULL)
        return true;
    if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 1)
        return fault(chat, "max_tokens must be an integer of at least 1", "max_tokens");
    chat->max_tokens = json_object_get_int64(value);
    if (chat->max_tokens > INT_MAX)
        chat->max_tokens = INT_MAX;
    return true;
}

static bool take_stream(struct sim_chat *chat, struct json_object *root)
{
    struct json_object *value = NULL;
    struct json_object *usage = NULL;

    if (json_object_object_get_ex(root, "stream", &value) && value != NULL) {
        if (!json_object_is_type(value, json_type_boolean))
            return fault(chat, "stream must be true or false", "stream");
        chat->stream = json_object_get_boolean(value);
    }
    if (!json_object_object_get_ex(root, "stream_options", &value) || value == NULL)
        return true;
    if (!json_object_is_type(value, json_type_object))
        return fault(chat, "stream_options must be an object", "stream_options");
    if (!chat->stream)
        return fault(chat, "stream_options is only allowed when stream is true", "stream_options");
    chat->has_stream_options = true;
    if (json_object_object_get_ex(value, "include_usage", &usage))
        chat->include_usage = json_object_get_boolean(usage);
    return true;
}

static bool take_model(struct sim_chat *chat, struct json_object *root)
{
    struct json_object *model;

    if (!json_object_object_get_ex(root, "model", &model) ||
        !json_object_is_type(model, json_type_string))
        return fault(chat, "you must provide a model parameter", "model");
    sim_buf_add(&chat->model, json_object_get_string(model),
                (size_t)json_object_get_string_len(model));
    return true;
}

bool sim_chat_parse(struct sim_chat *chat, struct json_tokener *tokener, const char *body,
                    size_t len)
{
    struct json_object *root;
    bool good;

    chat->model.len = 0;
    chat->blocks.count = 0;
    chat->prompt = (struct sim_chain){0};
    chat->max_tokens = -1;
    chat->stream = chat->has_stream_options = chat->include_usage = false;
    chat->fault = chat->param = NULL;

    json_tokener_reset(tokener);
    root = len > 0 && len < INT_MAX ? json_tokener_parse_ex(tokener, body, (int)len) : NULL;
    if (root == NULL || !json_object_is_type(root, json_type_object)) {
        json_object_put(root);
        return fault(chat, "the body of the request is not valid JSON", NULL);
    }
    good = take_model(chat, root) && take_stream(chat, root) && take_max_tokens(chat, root) &&
           take_messages(chat, root);
    json_object_put(root);
    return good;
}

void sim_chat_free(struct sim_chat *chat)
{
    sim_buf_free(&chat->model);
    free(chat->blocks.at);
    *chat = (struct sim_chat){0};
}
