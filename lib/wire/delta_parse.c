/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delta_parse.c - the careful half of delta.h: json-c reads the event, this takes from the tree
 * what servers were seen to say in it. Slow and complete; the fast half hands over all it is not
 * sure of. Tested in tests/unit/test_delta.c.
 */
#include <json-c/json.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/delta.h"

/* json-c unescapes; the rest of the program wants the inside of a JSON string. */
static struct lbi_text keep(struct lbi_buf *scratch, struct json_object *text)
{
    struct lbi_text out = {NULL, 0};
    const char *value;
    size_t start = scratch->len;

    if (text == NULL)
        return out;
    value = json_object_get_string(text);
    lbi_buf_json_text(scratch, value,
                      json_object_is_type(text, json_type_string)
                          ? (size_t)json_object_get_string_len(text)
                          : strlen(value));
    if (scratch->err != LB_OK)
        return out;
    out.ptr = lbi_buf_text(scratch) + start;
    out.len = scratch->len - start;
    return out;
}

static struct json_object *get(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    if (json_object_is_type(object, json_type_object))
        (void)json_object_object_get_ex(object, key, &value);
    return value;
}

static struct json_object *get_string(struct json_object *object, const char *key)
{
    struct json_object *value = get(object, key);

    return json_object_is_type(value, json_type_string) ? value : NULL;
}

static int64_t get_count(struct json_object *object, const char *key)
{
    struct json_object *value = get(object, key);
    bool number =
        json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);

    if (!number || json_object_get_double(value) < 0)
        return LB_UNKNOWN;
    return json_object_get_int64(value);
}

static void read_usage(struct lbi_delta *out, struct json_object *usage)
{
    if (!json_object_is_type(usage, json_type_object))
        return;
    out->prompt_tokens = get_count(usage, "prompt_tokens");
    out->completion_tokens = get_count(usage, "completion_tokens");
    out->cached_tokens = get_count(get(usage, "prompt_tokens_details"), "cached_tokens");
    if (out->cached_tokens == LB_UNKNOWN) /* DeepSeek's name for it */
        out->cached_tokens = get_count(usage, "prompt_cache_hit_tokens");
}

static bool has_text(struct json_object *object, const char *key)
{
    struct json_object *value = get(object, key);

    if (json_object_is_type(value, json_type_string))
        return json_object_get_string_len(value) > 0;
    if (json_object_is_type(value, json_type_array))
        return json_object_array_length(value) > 0;
    return json_object_is_type(value, json_type_object) && json_object_object_length(value) > 0;
}

/* Content as text, or as an array of parts, some of which are text. */
static void read_content(struct lbi_buf *scratch, struct lbi_delta *out, struct json_object *content)
{
    struct lbi_text text = {NULL, 0};

    if (json_object_is_type(content, json_type_string)) {
        text = keep(scratch, content);
    } else if (json_object_is_type(content, json_type_array)) {
        size_t start = scratch->len;
        for (size_t i = 0; i < json_object_array_length(content); i++)
            (void)keep(scratch, get_string(json_object_array_get_idx(content, i), "text"));
        text = (struct lbi_text){lbi_buf_text(scratch) + start, scratch->len - start};
    }
    if (text.len > 0)
        out->content = text;
}

static void read_choice(struct lbi_buf *scratch, struct lbi_delta *out, struct json_object *choice)
{
    struct json_object *delta = get(choice, "delta");
    int64_t index = get_count(choice, "index");
    bool answer = has_text(delta, "content") || has_text(delta, "refusal") ||
                  has_text(delta, "tool_calls") || has_text(delta, "function_call");

    out->answer |= answer;
    out->token |= answer || has_text(delta, "reasoning_content") || has_text(delta, "reasoning");
    if (index == 0 || index == LB_UNKNOWN)
        read_content(scratch, out, get(delta, "content"));
    if (out->finish_reason.ptr == NULL && has_text(choice, "finish_reason"))
        out->finish_reason = keep(scratch, get_string(choice, "finish_reason"));
    read_usage(out, get(choice, "usage"));
}

/* {"error":{"message","code"}}, {"error":"text"} and {"object":"error","message","code"}. */
static bool read_error(struct lbi_buf *scratch, struct lbi_delta *out, struct json_object *root)
{
    struct json_object *error = get(root, "error");
    struct json_object *object = get_string(root, "object");

    if (error == NULL && object != NULL && strcmp(json_object_get_string(object), "error") == 0)
        error = root;
    if (error == NULL)
        return false;
    out->kind = LBI_DELTA_ERROR;
    if (json_object_is_type(error, json_type_object)) {
        struct json_object *message = get(error, "message");
        out->error_text = keep(scratch, message != NULL ? message : error);
        struct json_object *code = get(error, "code");
        out->error_code = keep(scratch, code != NULL ? code : get(error, "type"));
    } else {
        out->error_text = keep(scratch, error);
    }
    return true;
}

static struct json_object *parse_all(const char *data, size_t len)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *root = NULL;

    if (tokener == NULL)
        return NULL;
    root = json_tokener_parse_ex(tokener, data, (int)len);
    size_t end = json_tokener_get_parse_end(tokener);
    bool whole = json_tokener_get_error(tokener) == json_tokener_success;
    json_tokener_free(tokener);
    while (end < len && memchr(" \t\r\n", data[end], 4) != NULL)
        end++;
    if (whole && end == len)
        return root;
    json_object_put(root);
    return NULL;
}

lb_err lbi_delta_parse(struct lbi_buf *scratch, struct lbi_delta *out, const char *data, size_t len)
{
    *out = (struct lbi_delta){.kind = LBI_DELTA_BAD,
                              .prompt_tokens = LB_UNKNOWN,
                              .cached_tokens = LB_UNKNOWN,
                              .completion_tokens = LB_UNKNOWN};
    if (len > INT32_MAX)
        return LB_E_RANGE;
    lbi_buf_clear(scratch);
    /* Escaping at most multiplies by six: no later growth may move texts already kept. */
    if (lbi_buf_reserve(scratch, 6 * len + 64) != LB_OK)
        return scratch->err;

    const char *from = data;
    while (from < data + len && memchr(" \t", *from, 2) != NULL)
        from++;
    size_t rest = len - (size_t)(from - data);
    if (rest >= 6 && memcmp(from, "[DONE]", 6) == 0) {
        out->kind = LBI_DELTA_DONE;
        return LB_OK;
    }
    struct json_object *root = parse_all(data, len);
    if (!json_object_is_type(root, json_type_object)) {
        json_object_put(root);
        return LB_OK;
    }
    out->kind = LBI_DELTA_CHUNK;
    if (!read_error(scratch, out, root)) {
        struct json_object *choices = get(root, "choices");
        read_usage(out, get(root, "usage"));
        if (json_object_is_type(choices, json_type_array)) {
            for (size_t i = 0; i < json_object_array_length(choices); i++)
                read_choice(scratch, out, json_object_array_get_idx(choices, i));
        }
        out->id = keep(scratch, get_string(root, "id"));
        out->model = keep(scratch, get_string(root, "model"));
    }
    json_object_put(root);
    return scratch->err;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return (c | 0x20) - 'a' + 10;
}

static uint32_t hex4(const char *s)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++)
        value = value * 16 + (uint32_t)hex_digit(s[i]);
    return value;
}

/* One \u escape at `s`, with its second half if it is a pair; returns the bytes eaten. */
static size_t unescape_code(struct lbi_buf *out, const char *s, size_t left)
{
    char utf8[4];
    uint32_t code;
    size_t eaten = 6;

    if (left < 6)
        return left;
    code = hex4(s + 2);
    if (code >= 0xd800 && code < 0xdc00 && left >= 12 && s[6] == '\\' && s[7] == 'u') {
        uint32_t low = hex4(s + 8);
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            eaten = 12;
        }
    }
    lbi_buf_add(out, utf8, lbi_utf8_put(utf8, code));
    return eaten;
}

void lbi_text_unescape(struct lbi_buf *out, struct lbi_text text)
{
    static const char from[] = "bfnrt";
    static const char to[] = "\b\f\n\r\t";
    size_t i = 0;

    while (i < text.len) {
        const char *s = text.ptr + i;
        if (*s != '\\' || i + 1 == text.len) {
            lbi_buf_putc(out, *s);
            i++;
        } else if (s[1] == 'u') {
            i += unescape_code(out, s, text.len - i);
        } else {
            const char *known = strchr(from, s[1]);
            lbi_buf_putc(out, known != NULL ? to[known - from] : s[1]);
            i += 2;
        }
    }
}
