/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errclass.c - the words of servers and gateways, sorted into classes. Every phrase below was seen
 * in an answer of the server named beside it. Pure; tested by table in tests/unit/test_errclass.c.
 */
#include "wire/errclass.h"

#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

/* BODY_MAX: half a JSON object says nothing, so all that is kept of a body is parsed. */
enum { BODY_LOOK = 16384, BODY_MAX = 65536, TEXT_MAX = 300 };

const char *lbi_error_name(enum lbi_error error)
{
    static const char *const names[] = {
#define ERROR_CLASS(id, name) name,
#include "wire/errors.def"
#undef ERROR_CLASS
    };

    return names[error];
}

static bool has(const char *text, size_t len, const char *phrase)
{
    size_t n = strlen(phrase);

    for (size_t i = 0; i + n <= len; i++) {
        if (strncasecmp(text + i, phrase, n) == 0)
            return true;
    }
    return false;
}

static bool has_any(const char *text, size_t len, const char *const *phrases)
{
    len = len < BODY_LOOK ? len : BODY_LOOK;
    for (; *phrases != NULL; phrases++) {
        if (has(text, len, *phrases))
            return true;
    }
    return false;
}

bool lbi_says_context_exceeded(const char *text, size_t len)
{
    static const char *const phrases[] = {
        "context_length_exceeded",                /* OpenAI, vLLM: code */
        "maximum context length",                 /* vLLM, OpenAI */
        "maximum model length",                   /* vLLM */
        "exceed_context_size",                    /* llama.cpp: type */
        "exceeds the available context size",     /* llama.cpp */
        "ContextWindowExceededError",             /* LiteLLM */
        "context window",                         /* Anthropic through LiteLLM */
        "longer than the model's context length", /* SGLang */
        "prompt is too long",
        NULL,
    };

    return has_any(text, len, phrases);
}

struct span {
    const char *text;
    size_t len;
};

/* Position after the characters of `set` from `at` on, or, `until`, before the first of them. */
static size_t skip(struct span body, size_t at, const char *set, bool until)
{
    while (at < body.len && body.text[at] != '\0' && (strchr(set, body.text[at]) != NULL) != until)
        at++;
    return at;
}

static bool phrase_at(struct span body, size_t at)
{
    static const char *const gone[] = {"does not exist", "is not available", "not found",
                                       "was not found",  "is not found",     NULL};

    for (size_t i = 0; gone[i] != NULL; i++) {
        size_t n = strlen(gone[i]);
        if (at + n <= body.len && strncasecmp(body.text + at, gone[i], n) == 0)
            return true;
    }
    return false;
}

/* "The model `x` does not exist", "model not found": the phrase stands right after the word or
 * after one name. "The tool was not found; see the model card" is about something else. */
static bool says_model_gone(struct span body)
{
    static const char word[] = "model";
    const size_t n = sizeof(word) - 1;

    for (size_t i = 0; i + n < body.len; i++) {
        if (strncasecmp(body.text + i, word, n) != 0)
            continue;
        size_t name = skip(body, i + n, " :=`'\"\\", false);
        size_t after = skip(body, skip(body, name, " `'\"\\,;", true), " `'\"\\", false);
        if (phrase_at(body, name) || phrase_at(body, after))
            return true;
    }
    return false;
}

static bool says_model_missing(const char *text, size_t len)
{
    static const char *const phrases[] = {
        "model_not_found",    /* OpenAI, vLLM: code */
        "Invalid model name", /* LiteLLM */
        "no such model",      "unknown model", NULL,
    };

    return has_any(text, len, phrases) ||
           says_model_gone((struct span){text, len < BODY_LOOK ? len : BODY_LOOK});
}

static bool says_timeout(const char *text, size_t len)
{
    static const char *const phrases[] = {"timeout", "timed out", "time-out", "time out", NULL};

    return has_any(text, len, phrases);
}

/* LiteLLM says 400 or 500 where others say 401. Its 503 about its own database is no matter of
 * keys. */
static bool says_auth(int status, const char *text, size_t len)
{
    static const char *const no_database[] = {"no_db_connection", NULL}; /* and an unknown key */
    static const char *const phrases[] = {
        "Authentication Error",        "auth_error\"",        "No api key passed in",
        "Malformed API Key passed in", "LiteLLM Virtual Key", NULL,
    };

    return has_any(text, len, phrases) || (status == 400 && has_any(text, len, no_database));
}

static enum lbi_error of_client_error(int status, const char *body, size_t len)
{
    switch (status) {
    case 401:
    case 403:
        return LBI_ERR_AUTH;
    case 404:
        return LBI_ERR_MODEL_NOT_FOUND;
    case 408:
        return LBI_ERR_TIMEOUT;
    case 413:
        return LBI_ERR_TOO_LARGE;
    case 400:
        if (says_auth(status, body, len))
            return LBI_ERR_AUTH;
        return says_model_missing(body, len) ? LBI_ERR_MODEL_NOT_FOUND : LBI_ERR_BAD_REQUEST;
    case 405:
    case 422:
        return LBI_ERR_BAD_REQUEST;
    default:
        return LBI_ERR_HTTP_OTHER;
    }
}

enum lbi_error lbi_error_of_status(int status, const char *body, size_t len)
{
    if (status == 429)
        return LBI_ERR_RATE_LIMIT;
    if (status >= 400 && status != 401 && status != 403 && lbi_says_context_exceeded(body, len))
        return LBI_ERR_CONTEXT_LENGTH;
    if (status >= 400 && status < 500)
        return of_client_error(status, body, len);
    if (status >= 500) {
        if (says_auth(status, body, len))
            return LBI_ERR_AUTH;
        return status == 504 || says_timeout(body, len) ? LBI_ERR_TIMEOUT : LBI_ERR_SERVER_ERROR;
    }
    return LBI_ERR_HTTP_OTHER;
}

static struct json_object *parse_object(const char *body, size_t len)
{
    struct json_tokener *tokener = json_tokener_new();

    if (tokener == NULL)
        return NULL;
    struct json_object *root =
        json_tokener_parse_ex(tokener, body, (int)(len < BODY_MAX ? len : BODY_MAX));
    json_tokener_free(tokener);
    if (json_object_is_type(root, json_type_object))
        return root;
    json_object_put(root);
    return NULL;
}

static struct json_object *get(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    if (json_object_is_type(object, json_type_object))
        (void)json_object_object_get_ex(object, key, &value);
    return value;
}

bool lbi_body_is_error(const char *body, size_t len)
{
    struct json_object *root = parse_object(body, len);
    struct json_object *object = get(root, "object");
    bool error =
        get(root, "error") != NULL || (json_object_is_type(object, json_type_string) &&
                                       strcmp(json_object_get_string(object), "error") == 0);

    json_object_put(root);
    return error;
}

void lbi_one_line(struct lbi_buf *out, const char *text, size_t len, size_t max)
{
    bool blank = true; /* swallows leading ones */
    size_t start = out->len;

    for (size_t i = 0; i < len;) {
        size_t n = lbi_utf8_valid(text + i, len - i);
        size_t eaten = n > 0 ? n : 1;
        if (out->len - start + eaten > max)
            break;
        if (text[i] == ' ' || (n > 0 && lbi_utf8_is_trap(lbi_utf8_decode(text + i, n)))) {
            if (!blank)
                lbi_buf_putc(out, ' ');
            blank = true;
        } else {
            lbi_buf_add(out, n > 0 ? text + i : "?", eaten);
            blank = false;
        }
        i += eaten;
    }
    if (blank && out->len > start)
        lbi_buf_truncate(out, out->len - 1);
}

static bool json_message(struct lbi_buf *out, const char *body, size_t len)
{
    struct json_object *root = parse_object(body, len);
    struct json_object *error = get(root, "error");
    struct json_object *text =
        get(json_object_is_type(error, json_type_object) ? error : root, "message");

    if (text == NULL)
        text = error != NULL ? error : get(root, "detail"); /* FastAPI */
    if (text != NULL) {
        const char *line = json_object_get_string(text);
        lbi_one_line(out, line, strlen(line), TEXT_MAX);
    }
    json_object_put(root);
    return text != NULL;
}

static bool html_title(struct lbi_buf *out, const char *body, size_t len)
{
    static const char open[] = "<title>";
    const size_t n = sizeof(open) - 1;

    for (size_t i = 0; i + n < len && i < BODY_LOOK; i++) {
        if (strncasecmp(body + i, open, n) != 0)
            continue;
        const char *title = body + i + n;
        const char *end = memchr(title, '<', len - i - n);
        lbi_one_line(out, title, (size_t)((end != NULL ? end : body + len) - title), TEXT_MAX);
        return true;
    }
    return false;
}

void lbi_error_text(struct lbi_buf *out, const char *body, size_t len)
{
    if (len == 0 || json_message(out, body, len) || html_title(out, body, len))
        return;
    lbi_one_line(out, body, len, TEXT_MAX);
}
