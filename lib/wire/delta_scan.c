/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * delta_scan.c - the fast half of delta.h: one pass over the usual chunk without a copy or an
 * allocation. Blanks may stand anywhere, keys in any order. Whatever is out of the ordinary
 * (escaped keys, odd types, errors, bad JSON) it leaves to json-c by answering "not sure".
 * Tested against json-c on generated chunks in tests/unit/test_delta.c.
 */
#include <string.h>

#include "wire/delta.h"

enum { MAX_DEPTH = 16 };

struct scan {
    const char *p, *end;
    int depth;
    struct lbi_delta *out;
    /* the choice being read; it counts once its index is known */
    struct lbi_text content, finish_reason;
    bool answer, reasoning;
    int64_t index;
};

typedef bool (*member_fn)(struct scan *s, struct lbi_text key);

static void skip_blanks(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
        s->p++;
}

static bool take(struct scan *s, char c)
{
    skip_blanks(s);
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* From after the opening quote to the closing one; false for what JSON does not allow. */
static bool string_body(const char **p, const char *end)
{
    const char *s = *p;

    while (s < end && *s != '"') {
        if ((unsigned char)*s < 0x20)
            return false;
        if (*s != '\\') {
            s++;
            continue;
        }
        if (end - s < 2 || strchr("\"\\/bfnrtu", s[1]) == NULL || s[1] == '\0')
            return false;
        if (s[1] == 'u') {
            if (end - s < 6 || !is_hex(s[2]) || !is_hex(s[3]) || !is_hex(s[4]) || !is_hex(s[5]))
                return false;
            s += 4;
        }
        s += 2;
    }
    *p = s;
    return s < end;
}

static bool read_string(struct scan *s, struct lbi_text *out)
{
    if (!take(s, '"'))
        return false;
    out->ptr = s->p;
    if (!string_body(&s->p, s->end))
        return false;
    out->len = (size_t)(s->p - out->ptr);
    s->p++;
    return true;
}

/* A string that nobody reads: most of a chunk, so let memchr do it. */
static bool skip_string(struct scan *s)
{
    s->p++;
    const char *quote = memchr(s->p, '"', (size_t)(s->end - s->p));
    if (quote == NULL)
        return false;
    if (memchr(s->p, '\\', (size_t)(quote - s->p)) != NULL && !string_body(&s->p, s->end))
        return false;
    else if (s->p < quote)
        s->p = quote;
    s->p++;
    return true;
}

static bool take_word(struct scan *s, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(s->end - s->p) < len || memcmp(s->p, word, len) != 0)
        return false;
    s->p += len;
    return true;
}

static bool take_null(struct scan *s)
{
    skip_blanks(s);
    return take_word(s, "null");
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool skip_digits(struct scan *s)
{
    const char *start = s->p;

    while (s->p < s->end && is_digit(*s->p))
        s->p++;
    return s->p > start;
}

static bool skip_number(struct scan *s)
{
    if (*s->p == '-')
        s->p++;
    if (!skip_digits(s))
        return false;
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        if (!skip_digits(s))
            return false;
    }
    if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
        s->p++;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
            s->p++;
        return skip_digits(s);
    }
    return true;
}

static bool read_integer(struct scan *s, int64_t *out)
{
    skip_blanks(s);
    const char *start = s->p;
    if (!skip_digits(s) || s->p - start > 15)
        return false;
    if (s->p < s->end && (*s->p == '.' || *s->p == 'e' || *s->p == 'E'))
        return false;
    *out = 0;
    for (const char *d = start; d < s->p; d++)
        *out = *out * 10 + (*d - '0');
    return true;
}

static bool read_object(struct scan *s, member_fn member)
{
    if (++s->depth > MAX_DEPTH || !take(s, '{'))
        return false;
    if (!take(s, '}')) {
        do {
            struct lbi_text key;
            if (!read_string(s, &key) || memchr(key.ptr, '\\', key.len) != NULL || !take(s, ':'))
                return false;
            if (!member(s, key))
                return false;
        } while (take(s, ','));
        if (!take(s, '}'))
            return false;
    }
    s->depth--;
    return true;
}

static bool skip_value(struct scan *s);

static bool skip_member(struct scan *s, struct lbi_text key)
{
    (void)key;
    return skip_value(s);
}

/* *count gets the number of elements. */
static bool read_array(struct scan *s, bool (*element)(struct scan *s), size_t *count)
{
    *count = 0;
    if (++s->depth > MAX_DEPTH || !take(s, '['))
        return false;
    if (!take(s, ']')) {
        do {
            if (!element(s))
                return false;
            ++*count;
        } while (take(s, ','));
        if (!take(s, ']'))
            return false;
    }
    s->depth--;
    return true;
}

static bool skip_value(struct scan *s)
{
    size_t count;

    skip_blanks(s);
    if (s->p == s->end)
        return false;
    switch (*s->p) {
    case '"':
        return skip_string(s);
    case '{':
        return read_object(s, skip_member);
    case '[':
        return read_array(s, skip_value, &count);
    case 't':
        return take_word(s, "true");
    case 'f':
        return take_word(s, "false");
    case 'n':
        return take_word(s, "null");
    default:
        return skip_number(s);
    }
}

static bool is(struct lbi_text key, const char *name)
{
    return key.len == strlen(name) && memcmp(key.ptr, name, key.len) == 0;
}

/* A string or null; null leaves the text absent. */
static bool read_text(struct scan *s, struct lbi_text *out)
{
    return take_null(s) || read_string(s, out);
}

static bool delta_member(struct scan *s, struct lbi_text key)
{
    struct lbi_text text = {NULL, 0};
    size_t count = 0;

    if (is(key, "content"))
        return read_text(s, &s->content);
    if (is(key, "reasoning_content") || is(key, "reasoning")) {
        bool ok = read_text(s, &text);
        s->reasoning |= text.len > 0;
        return ok;
    }
    if (is(key, "refusal")) {
        bool ok = read_text(s, &text);
        s->answer |= text.len > 0;
        return ok;
    }
    if (is(key, "tool_calls")) {
        bool ok = take_null(s) || read_array(s, skip_value, &count);
        s->answer |= count > 0;
        return ok;
    }
    if (is(key, "function_call") && !take_null(s))
        return false;
    return is(key, "function_call") || skip_value(s);
}

static bool details_member(struct scan *s, struct lbi_text key)
{
    if (is(key, "cached_tokens") && !take_null(s))
        return read_integer(s, &s->out->cached_tokens);
    return is(key, "cached_tokens") || skip_value(s);
}

static bool usage_member(struct scan *s, struct lbi_text key)
{
    int64_t *number = NULL;

    if (is(key, "prompt_tokens_details"))
        return take_null(s) || read_object(s, details_member);
    if (is(key, "prompt_tokens"))
        number = &s->out->prompt_tokens;
    else if (is(key, "completion_tokens"))
        number = &s->out->completion_tokens;
    else if (is(key, "prompt_cache_hit_tokens"))
        return false; /* another name for cached tokens: json-c's half knows them all */
    if (number == NULL)
        return skip_value(s);
    return take_null(s) || read_integer(s, number);
}

static bool read_usage(struct scan *s)
{
    return take_null(s) || read_object(s, usage_member);
}

static bool choice_member(struct scan *s, struct lbi_text key)
{
    if (is(key, "delta"))
        return take_null(s) || read_object(s, delta_member);
    if (is(key, "finish_reason"))
        return read_text(s, &s->finish_reason);
    if (is(key, "index"))
        return read_integer(s, &s->index);
    if (is(key, "usage"))
        return read_usage(s);
    return skip_value(s);
}

static bool read_choice(struct scan *s)
{
    struct lbi_delta *out = s->out;

    s->content = s->finish_reason = (struct lbi_text){NULL, 0};
    s->answer = s->reasoning = false;
    s->index = 0;
    if (!read_object(s, choice_member))
        return false;
    out->answer |= s->answer || s->content.len > 0;
    out->token |= out->answer || s->reasoning;
    if (s->index == 0 && s->content.len > 0)
        out->content = s->content;
    if (s->finish_reason.len > 0 && out->finish_reason.ptr == NULL)
        out->finish_reason = s->finish_reason;
    return true;
}

static bool top_member(struct scan *s, struct lbi_text key)
{
    struct lbi_text text = {NULL, 0};
    size_t count;

    if (is(key, "choices"))
        return take_null(s) || read_array(s, read_choice, &count);
    if (is(key, "usage"))
        return read_usage(s);
    if (is(key, "id"))
        return read_text(s, &s->out->id);
    if (is(key, "model"))
        return read_text(s, &s->out->model);
    if (is(key, "error"))
        return take_null(s); /* an error is json-c's business */
    if (is(key, "object"))
        return read_text(s, &text) && !is(text, "error");
    return skip_value(s);
}

bool lbi_delta_scan(struct lbi_delta *out, const char *data, size_t len)
{
    struct scan s = {.p = data, .end = data + len, .out = out};

    *out = (struct lbi_delta){.prompt_tokens = LB_UNKNOWN,
                              .cached_tokens = LB_UNKNOWN,
                              .completion_tokens = LB_UNKNOWN};
    if (!read_object(&s, top_member))
        return false;
    skip_blanks(&s);
    return s.p == s.end;
}

/* Does the chunk read `around` its content as the remembered one did? */
static bool same_around(const struct lbi_delta_scanner *scanner, struct lbi_delta *out,
                        const char *data, size_t len)
{
    size_t head = scanner->head_len;
    size_t tail = scanner->tail_len;

    if (head == 0 || len < head + tail || memcmp(data, scanner->around, head) != 0)
        return false;
    const char *stop = data + head;
    if (!string_body(&stop, data + len) || (size_t)(data + len - stop) != tail ||
        memcmp(stop, scanner->around + head, tail) != 0)
        return false;
    *out = (struct lbi_delta){.content = {data + head, (size_t)(stop - (data + head))},
                              .prompt_tokens = LB_UNKNOWN,
                              .cached_tokens = LB_UNKNOWN,
                              .completion_tokens = LB_UNKNOWN};
    out->token = out->answer = out->content.len > 0;
    return true;
}

/* Remembers a chunk that held content and nothing else. */
static void remember(struct lbi_delta_scanner *scanner, const struct lbi_delta *delta,
                     const char *data, size_t len)
{
    if (delta->content.len == 0 || delta->finish_reason.ptr != NULL ||
        delta->prompt_tokens != LB_UNKNOWN || delta->completion_tokens != LB_UNKNOWN ||
        delta->cached_tokens != LB_UNKNOWN)
        return;
    size_t head = (size_t)(delta->content.ptr - data);
    size_t tail = len - head - delta->content.len;
    if (head + tail > sizeof(scanner->around))
        return;
    memcpy(scanner->around, data, head);
    memcpy(scanner->around + head, delta->content.ptr + delta->content.len, tail);
    scanner->head_len = head;
    scanner->tail_len = tail;
}

lb_err lbi_delta_read(struct lbi_delta_scanner *scanner, struct lbi_delta *out, const char *data,
                      size_t len)
{
    if (same_around(scanner, out, data, len))
        return LB_OK;
    if (lbi_delta_scan(out, data, len)) {
        remember(scanner, out, data, len);
        return LB_OK;
    }
    return lbi_delta_parse(&scanner->scratch, out, data, len);
}

void lbi_delta_scanner_init(struct lbi_delta_scanner *scanner, const struct lbi_mem *mem)
{
    lbi_buf_init(&scanner->scratch, mem);
    lbi_delta_scanner_reset(scanner);
}

void lbi_delta_scanner_free(struct lbi_delta_scanner *scanner)
{
    lbi_buf_free(&scanner->scratch);
}

void lbi_delta_scanner_reset(struct lbi_delta_scanner *scanner)
{
    scanner->head_len = scanner->tail_len = 0;
}
