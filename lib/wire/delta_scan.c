/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * delta_scan.c - the fast half of delta.h: one pass over the usual chunk without a copy or an
 * allocation. Blanks may stand anywhere, keys in any order. Whatever is out of the ordinary
 * (escaped keys, odd types, errors, bad JSON) it leaves to json-c by answering "not sure".
 * Tested against json-c on generated chunks in tests/unit/test_delta.c.
 */
#include <endian.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "wire/delta.h"

enum { USUAL_DEPTH = 16 };

/* Keys that are read. Twice the same within an object is out of the ordinary: json-c's business. */
enum {
    KEY_CHOICES = 1 << 0,
    KEY_USAGE = 1 << 1,
    KEY_ID = 1 << 2,
    KEY_MODEL = 1 << 3,
    KEY_ERROR = 1 << 4,
    KEY_OBJECT = 1 << 5,
    KEY_PROMPT = 1 << 6,
    KEY_COMPLETION = 1 << 7,
    KEY_DETAILS = 1 << 8,
    KEY_CACHED = 1 << 9,
    USAGE_READ = 1 << 10, /* one object with counts was read */
    KEY_DELTA = 1 << 16,  /* from here on: of one choice */
    KEY_FINISH = 1 << 17,
    KEY_INDEX = 1 << 18,
    KEY_CHOICE_USAGE = 1 << 19,
    KEY_CONTENT = 1 << 20,
    KEY_REASONING_CONTENT = 1 << 21,
    KEY_REASONING = 1 << 22,
    KEY_REFUSAL = 1 << 23,
    KEY_TOOL_CALLS = 1 << 24,
    KEY_FUNCTION_CALL = 1 << 25,
    NOT_OF_CHOICE = KEY_DELTA - 1,
};

struct scan {
    const char *p, *end;
    int depth, max_depth;
    unsigned seen; /* KEY_... */
    struct lbi_delta *out;
    /* the choice being read; it counts once its index is known */
    struct lbi_text content, reasoning, refusal, finish_reason;
    bool answer;
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

/* Length of the escape at `s`, 0 for none that JSON knows. */
static size_t escape_len(const char *s, const char *end)
{
    if (end - s < 2 || s[1] == '\0' || strchr("\"\\/bfnrtu", s[1]) == NULL)
        return 0;
    if (s[1] != 'u')
        return 2;
    return end - s >= 6 && is_hex(s[2]) && is_hex(s[3]) && is_hex(s[4]) && is_hex(s[5]) ? 6 : 0;
}

/* Behind bytes that mean themselves, or nearly so: sixteen or eight at a time. */
static const char *skip_plain(const char *s, const char *end)
{
#ifdef __SSE2__
    for (; end - s >= 16; s += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)s);
        __m128i low = _mm_set1_epi8(0x1f);
        __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        ends = _mm_or_si128(ends, _mm_cmpeq_epi8(_mm_min_epu8(bytes, low), bytes));
        unsigned found = (unsigned)_mm_movemask_epi8(ends);
        if (found != 0)
            return s + __builtin_ctz(found);
    }
#endif
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t eight;

    for (; end - s >= 8; s += 8) {
        memcpy(&eight, s, sizeof(eight));
        eight = le64toh(eight);
        uint64_t quotes = eight ^ (ones * '"');
        uint64_t escapes = eight ^ (ones * '\\');
        /* A byte that is 0, or below a blank; those above the first one found may be wrong. */
        uint64_t found = (((quotes - ones) & ~quotes) | ((escapes - ones) & ~escapes) |
                          ((eight - ones * 0x20) & ~eight)) &
                         high;
        if (found != 0)
            return s + __builtin_ctzll(found) / 8;
    }
    return s;
}

static bool string_end_from(const char *s, const char **p, const char *end)
{
    while (s < end && *s != '"') {
        if ((unsigned char)*s < 0x20)
            return false;
        if (*s != '\\') {
            s++;
            continue;
        }
        size_t escape = escape_len(s, end);
        if (escape == 0)
            return false;
        s += escape;
    }
    *p = s;
    return s < end;
}

bool lbi_json_string_end(const char **p, const char *end)
{
    const char *s = skip_plain(*p, end);

    if (s == end || *s != '"')
        return string_end_from(s, p, end);
    *p = s;
    return true;
}

static bool read_string(struct scan *s, struct lbi_text *out)
{
    if (!take(s, '"'))
        return false;
    out->ptr = s->p;
    if (!lbi_json_string_end(&s->p, s->end))
        return false;
    out->len = (size_t)(s->p - out->ptr);
    s->p++;
    return true;
}

static bool has_control(const char *s, const char *end)
{
    bool found = false;

    for (; s < end; s++)
        found |= (unsigned char)*s < 0x20;
    return found;
}

/* A string that nobody reads: most of a chunk, so let memchr do it. */
static bool skip_string(struct scan *s)
{
    s->p++;
    const char *quote = memchr(s->p, '"', (size_t)(s->end - s->p));
    if (quote == NULL)
        return false;
    if (memchr(s->p, '\\', (size_t)(quote - s->p)) != NULL) {
        if (!lbi_json_string_end(&s->p, s->end))
            return false;
    } else {
        if (has_control(s->p, quote))
            return false;
        s->p = quote;
    }
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

/* JSON knows no leading zeros. */
static bool skip_integer(struct scan *s)
{
    bool zero = s->p < s->end && *s->p == '0';
    const char *start = s->p;

    return skip_digits(s) && (!zero || s->p - start == 1);
}

static bool skip_number(struct scan *s)
{
    if (*s->p == '-')
        s->p++;
    if (!skip_integer(s))
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
    if (!skip_integer(s) || s->p - start > 15)
        return false;
    if (s->p < s->end && (*s->p == '.' || *s->p == 'e' || *s->p == 'E'))
        return false;
    *out = 0;
    for (const char *d = start; d < s->p; d++)
        *out = *out * 10 + (*d - '0');
    return true;
}

static bool skip_value(struct scan *s);

static bool skip_member(struct scan *s, struct lbi_text key)
{
    (void)key;
    return skip_value(s);
}

/* One key, its colon and its value. A key with escapes may be one that matters. */
static bool read_member(struct scan *s, member_fn member)
{
    struct lbi_text key;

    if (!read_string(s, &key) || !take(s, ':'))
        return false;
    if (member != skip_member && memchr(key.ptr, '\\', key.len) != NULL)
        return false;
    return member(s, key);
}

static bool read_object(struct scan *s, member_fn member)
{
    if (++s->depth > s->max_depth || !take(s, '{'))
        return false;
    if (!take(s, '}')) {
        do {
            if (!read_member(s, member))
                return false;
        } while (take(s, ','));
        if (!take(s, '}'))
            return false;
    }
    s->depth--;
    return true;
}

/* *count gets the number of elements. */
static bool read_array(struct scan *s, bool (*element)(struct scan *s), size_t *count)
{
    *count = 0;
    if (++s->depth > s->max_depth || !take(s, '['))
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

bool lbi_json_valid(const char *data, size_t len, int max_depth)
{
    struct scan s = {.p = data, .end = data + len, .max_depth = max_depth};

    if (!skip_value(&s))
        return false;
    skip_blanks(&s);
    return s.p == s.end;
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

/* Notes that a key was met; false if it was before. */
static bool once(struct scan *s, unsigned key)
{
    bool first = (s->seen & key) == 0;

    s->seen |= key;
    return first;
}

/* One of several texts of which the last that is not empty counts. */
static bool note_text(struct scan *s, unsigned key, struct lbi_text *last)
{
    struct lbi_text text = {NULL, 0};

    if (!once(s, key) || !read_text(s, &text))
        return false;
    if (text.len > 0)
        *last = text;
    return true;
}

static bool delta_member(struct scan *s, struct lbi_text key)
{
    size_t count = 0;

    if (is(key, "content"))
        return once(s, KEY_CONTENT) && read_text(s, &s->content);
    if (is(key, "reasoning_content"))
        return note_text(s, KEY_REASONING_CONTENT, &s->reasoning);
    if (is(key, "reasoning"))
        return note_text(s, KEY_REASONING, &s->reasoning);
    if (is(key, "refusal"))
        return note_text(s, KEY_REFUSAL, &s->refusal);
    if (is(key, "tool_calls")) {
        bool ok = once(s, KEY_TOOL_CALLS) && (take_null(s) || read_array(s, skip_value, &count));
        s->answer |= count > 0;
        return ok;
    }
    if (is(key, "function_call"))
        return once(s, KEY_FUNCTION_CALL) && take_null(s);
    return skip_value(s);
}

static bool details_member(struct scan *s, struct lbi_text key)
{
    if (!is(key, "cached_tokens"))
        return skip_value(s);
    return once(s, KEY_CACHED) && (take_null(s) || read_integer(s, &s->out->cached_tokens));
}

static bool usage_member(struct scan *s, struct lbi_text key)
{
    if (is(key, "prompt_tokens_details"))
        return once(s, KEY_DETAILS) && (take_null(s) || read_object(s, details_member));
    if (is(key, "prompt_tokens"))
        return once(s, KEY_PROMPT) && (take_null(s) || read_integer(s, &s->out->prompt_tokens));
    if (is(key, "completion_tokens"))
        return once(s, KEY_COMPLETION) &&
               (take_null(s) || read_integer(s, &s->out->completion_tokens));
    if (is(key, "prompt_cache_hit_tokens"))
        return false; /* another name for cached tokens: json-c's half knows them all */
    return skip_value(s);
}

static bool read_usage(struct scan *s)
{
    return take_null(s) || (once(s, USAGE_READ) && read_object(s, usage_member));
}

static bool choice_member(struct scan *s, struct lbi_text key)
{
    if (is(key, "delta"))
        return once(s, KEY_DELTA) && (take_null(s) || read_object(s, delta_member));
    if (is(key, "finish_reason"))
        return once(s, KEY_FINISH) && read_text(s, &s->finish_reason);
    if (is(key, "index"))
        return once(s, KEY_INDEX) && read_integer(s, &s->index);
    if (is(key, "usage"))
        return once(s, KEY_CHOICE_USAGE) && read_usage(s);
    return skip_value(s);
}

static bool read_choice(struct scan *s)
{
    struct lbi_delta *out = s->out;

    s->content = s->reasoning = s->refusal = s->finish_reason = (struct lbi_text){NULL, 0};
    s->answer = false;
    s->index = 0;
    s->seen &= NOT_OF_CHOICE;
    if (!read_object(s, choice_member))
        return false;
    out->answer |= s->answer || s->content.len > 0 || s->refusal.len > 0;
    out->token |= out->answer || s->reasoning.len > 0;
    if (s->reasoning.len > 0)
        out->reasoning = s->reasoning;
    if (s->index == 0 && s->content.len > 0)
        out->content = s->content;
    if (s->finish_reason.len > 0 && out->finish_reason.ptr == NULL)
        out->finish_reason = s->finish_reason;
    return true;
}

/* An error object's "object" is "error": json-c's business, as every escaped one is. */
static bool read_object_name(struct scan *s)
{
    struct lbi_text text = {NULL, 0};

    return once(s, KEY_OBJECT) && read_text(s, &text) && !is(text, "error") &&
           (text.len == 0 || memchr(text.ptr, '\\', text.len) == NULL);
}

static bool read_choices(struct scan *s)
{
    size_t count;

    return once(s, KEY_CHOICES) && (take_null(s) || read_array(s, read_choice, &count));
}

static bool top_member(struct scan *s, struct lbi_text key)
{
    if (is(key, "choices"))
        return read_choices(s);
    if (is(key, "usage"))
        return once(s, KEY_USAGE) && read_usage(s);
    if (is(key, "id"))
        return once(s, KEY_ID) && read_text(s, &s->out->id);
    if (is(key, "model"))
        return once(s, KEY_MODEL) && read_text(s, &s->out->model);
    if (is(key, "error"))
        return once(s, KEY_ERROR) && take_null(s); /* an error is json-c's business */
    if (is(key, "object"))
        return read_object_name(s);
    return skip_value(s);
}

bool lbi_delta_scan(struct lbi_delta *out, const char *data, size_t len)
{
    struct scan s = {.p = data, .end = data + len, .max_depth = USUAL_DEPTH, .out = out};

    *out = (struct lbi_delta){
        .prompt_tokens = LB_UNKNOWN, .cached_tokens = LB_UNKNOWN, .completion_tokens = LB_UNKNOWN};
    if (!read_object(&s, top_member))
        return false;
    skip_blanks(&s);
    return s.p == s.end;
}
