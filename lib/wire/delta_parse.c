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

enum { MAX_DEPTH = 128 };
#define MAX_COUNT 9e15 /* below it a double holds every integer */

/* A text in the scratch buffer. The buffer may move while it grows, so no pointer yet. */
struct place {
    size_t start, len;
    bool there;
};

struct reader {
    struct lbi_buf *scratch;
    struct lbi_delta *out;
    struct place content, finish_reason, id, model, error_text, error_code;
};

/* json-c unescapes; the rest of the program wants the inside of a JSON string. */
static struct place keep(struct lbi_buf *scratch, struct json_object *text)
{
    struct place out = {scratch->len, 0, text != NULL};

    if (text == NULL)
        return out;
    bool string = json_object_is_type(text, json_type_string);
    const char *value = string ? json_object_get_string(text)
                               : json_object_to_json_string_ext(text, JSON_C_TO_STRING_PLAIN);
    if (value == NULL) {
        scratch->err = LB_E_NOMEM;
        return out;
    }
    lbi_buf_json_text(scratch, value,
                      string ? (size_t)json_object_get_string_len(text) : strlen(value));
    out.len = scratch->len - out.start;
    return out;
}

static struct lbi_text text_at(const struct lbi_buf *scratch, struct place place)
{
    if (!place.there)
        return (struct lbi_text){NULL, 0};
    return (struct lbi_text){lbi_buf_text(scratch) + place.start, place.len};
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
    double approx = number ? json_object_get_double(value) : -1;

    if (!(approx >= 0 && approx < MAX_COUNT))
        return LB_UNKNOWN;
    return json_object_get_int64(value);
}

/* A count that is not said leaves what another usage object of the chunk said. */
static void take_count(int64_t *out, int64_t count)
{
    if (count != LB_UNKNOWN)
        *out = count;
}

static void read_usage(struct lbi_delta *out, struct json_object *usage)
{
    int64_t cached = get_count(get(usage, "prompt_tokens_details"), "cached_tokens");

    if (cached == LB_UNKNOWN) /* DeepSeek's name for it */
        cached = get_count(usage, "prompt_cache_hit_tokens");
    take_count(&out->prompt_tokens, get_count(usage, "prompt_tokens"));
    take_count(&out->completion_tokens, get_count(usage, "completion_tokens"));
    take_count(&out->cached_tokens, cached);
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
static void read_content(struct reader *reader, struct json_object *content)
{
    struct place text = {reader->scratch->len, 0, true};

    if (json_object_is_type(content, json_type_string)) {
        (void)keep(reader->scratch, content);
    } else if (json_object_is_type(content, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(content); i++)
            (void)keep(reader->scratch, get_string(json_object_array_get_idx(content, i), "text"));
    }
    text.len = reader->scratch->len - text.start;
    if (text.len > 0)
        reader->content = text;
}

static void read_choice(struct reader *reader, struct json_object *choice)
{
    struct lbi_delta *out = reader->out;
    struct json_object *delta = get(choice, "delta");
    int64_t index = get_count(choice, "index");
    bool answer = has_text(delta, "content") || has_text(delta, "refusal") ||
                  has_text(delta, "tool_calls") || has_text(delta, "function_call");

    out->answer |= answer;
    out->token |= answer || has_text(delta, "reasoning_content") || has_text(delta, "reasoning");
    if (index == 0 || index == LB_UNKNOWN)
        read_content(reader, get(delta, "content"));
    if (!reader->finish_reason.there && has_text(choice, "finish_reason"))
        reader->finish_reason = keep(reader->scratch, get_string(choice, "finish_reason"));
    read_usage(out, get(choice, "usage"));
}

/* Some servers write "error":"" or false where there is none. */
static bool is_none(struct json_object *error)
{
    return error == NULL ||
           (json_object_is_type(error, json_type_boolean) && !json_object_get_boolean(error)) ||
           (json_object_is_type(error, json_type_string) && json_object_get_string_len(error) == 0);
}

/* {"error":{"message","code"}}, {"error":"text"} and {"object":"error","message","code"}. */
static bool read_error(struct reader *reader, struct json_object *root)
{
    struct json_object *error = get(root, "error");
    struct json_object *object = get_string(root, "object");

    if (is_none(error)) {
        if (object == NULL || strcmp(json_object_get_string(object), "error") != 0)
            return false;
        error = root;
    }
    reader->out->kind = LBI_DELTA_ERROR;
    if (!json_object_is_type(error, json_type_object)) {
        reader->error_text = keep(reader->scratch, error);
        return true;
    }
    struct json_object *message = get(error, "message");
    struct json_object *code = get(error, "code");
    reader->error_text = keep(reader->scratch, message != NULL ? message : error);
    reader->error_code = keep(reader->scratch, code != NULL ? code : get(error, "type"));
    return true;
}

static void read_root(struct reader *reader, struct json_object *root)
{
    struct json_object *choices = get(root, "choices");

    reader->out->kind = LBI_DELTA_CHUNK;
    if (read_error(reader, root))
        return;
    if (json_object_is_type(choices, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(choices); i++)
            read_choice(reader, json_object_array_get_idx(choices, i));
    }
    read_usage(reader->out, get(root, "usage"));
    reader->id = keep(reader->scratch, get_string(root, "id"));
    reader->model = keep(reader->scratch, get_string(root, "model"));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct json_object *parse_all(const char *data, size_t len)
{
    struct json_tokener *tokener = json_tokener_new_ex(MAX_DEPTH + 2);

    if (tokener == NULL)
        return NULL;
    struct json_object *root = json_tokener_parse_ex(tokener, data, (int)len);
    json_tokener_free(tokener);
    return root;
}

lb_err lbi_delta_parse(struct lbi_buf *scratch, struct lbi_delta *out, const char *data, size_t len)
{
    struct reader reader = {.scratch = scratch, .out = out};
    size_t blanks = 0;

    *out = (struct lbi_delta){.kind = LBI_DELTA_BAD,
                              .prompt_tokens = LB_UNKNOWN,
                              .cached_tokens = LB_UNKNOWN,
                              .completion_tokens = LB_UNKNOWN};
    if (len > INT32_MAX)
        return LB_E_RANGE;
    lbi_buf_clear(scratch);
    while (blanks < len && is_blank(data[blanks]))
        blanks++;
    if (blanks == len) { /* an event without data is a keep-alive */
        out->kind = LBI_DELTA_CHUNK;
        return LB_OK;
    }
    if (len - blanks >= 6 && memcmp(data + blanks, "[DONE]", 6) == 0) {
        out->kind = LBI_DELTA_DONE;
        return LB_OK;
    }
    if (data[blanks] != '{' || !lbi_json_valid(data, len, MAX_DEPTH))
        return LB_OK;
    struct json_object *root = parse_all(data, len);
    if (root == NULL)
        return LB_E_NOMEM;
    read_root(&reader, root);
    json_object_put(root);
    out->content = text_at(scratch, reader.content);
    out->finish_reason = text_at(scratch, reader.finish_reason);
    out->id = text_at(scratch, reader.id);
    out->model = text_at(scratch, reader.model);
    out->error_text = text_at(scratch, reader.error_text);
    out->error_code = text_at(scratch, reader.error_code);
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
