/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delta_gen.h - random chunks of a chat stream for test_delta.c: always valid JSON, often odd.
 * Drawn from a seeded stream, so that a failure comes again.
 */
#ifndef DELTA_GEN_H
#define DELTA_GEN_H

#include "base/buf.h"
#include "base/rng.h"

struct gen {
    struct lbi_buf out;
    struct lbi_rng rng;
    unsigned odd; /* share of odd things, in percent */
};

static inline unsigned gen_pick(struct gen *gen, unsigned n)
{
    return (unsigned)lbi_rng_below(&gen->rng, n);
}

static inline bool gen_odd(struct gen *gen)
{
    return gen_pick(gen, 100) < gen->odd;
}

static inline void gen_blank(struct gen *gen)
{
    static const char *const blanks[] = {"",  "",  "",   "",   "",      "",
                                         " ", " ", "\n", "\t", "\r\n ", "  "};

    lbi_buf_puts(&gen->out, blanks[gen_pick(gen, sizeof(blanks) / sizeof(blanks[0]))]);
}

/* Text inside of quotes: plain, escapes of all kinds, surrogates whole and broken, bad UTF-8. */
static inline void gen_text(struct gen *gen)
{
    static const char *const plain[] = {"a",
                                        "Hello",
                                        " ",
                                        "0",
                                        "{",
                                        "}",
                                        "[",
                                        ",",
                                        ":",
                                        "'",
                                        "/",
                                        "\xc3\xa4",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f\x98\x80",
                                        "\x7f",
                                        "data:",
                                        "null",
                                        "[DONE]",
                                        "error"};
    static const char *const odd[] = {"\\\"",
                                      "\\\\",
                                      "\\/",
                                      "\\b",
                                      "\\f",
                                      "\\n",
                                      "\\r",
                                      "\\t",
                                      "\\u0041",
                                      "\\u00e4",
                                      "\\u20AC",
                                      "\\ud83d\\ude00",
                                      "\\uD83D\\uDE00",
                                      "\\u0000",
                                      "\\u001f",
                                      "\\ud83d",
                                      "\\ude00",
                                      "\\ud83dx",
                                      "\\ud83d\\u0041",
                                      "\\ud83d\\ud83d\\ude00",
                                      "\\ud83d\\n",
                                      "\xff",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\xed\xa0\x80",
                                      "\xc0\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf0\x9f\x98"};
    unsigned count = gen_pick(gen, 5);

    for (unsigned i = 0; i < count; i++) {
        if (gen_pick(gen, 3) == 0)
            lbi_buf_puts(&gen->out, odd[gen_pick(gen, sizeof(odd) / sizeof(odd[0]))]);
        else
            lbi_buf_puts(&gen->out, plain[gen_pick(gen, sizeof(plain) / sizeof(plain[0]))]);
    }
}

static inline void gen_string(struct gen *gen)
{
    lbi_buf_putc(&gen->out, '"');
    gen_text(gen);
    lbi_buf_putc(&gen->out, '"');
}

static inline void gen_number(struct gen *gen)
{
    static const char *const numbers[] = {"0",
                                          "1",
                                          "7",
                                          "12",
                                          "500",
                                          "123456789012345",
                                          "999999999999999",
                                          "1000000000000000",
                                          "-1",
                                          "-0",
                                          "1.0",
                                          "2.5",
                                          "1e2",
                                          "1E+3",
                                          "-1.5e-3",
                                          "9007199254740993",
                                          "99999999999999999999",
                                          "1e400",
                                          "0.0"};

    lbi_buf_puts(&gen->out, numbers[gen_pick(gen, sizeof(numbers) / sizeof(numbers[0]))]);
}

/* Anything. */
static inline void gen_value(struct gen *gen, unsigned depth)
{
    unsigned count = gen_pick(gen, 3);

    gen_blank(gen);
    switch (gen_pick(gen, depth > 3 ? 5 : 7)) {
    case 0:
        gen_string(gen);
        break;
    case 1:
        gen_number(gen);
        break;
    case 2:
        lbi_buf_puts(&gen->out, "null");
        break;
    case 3:
        lbi_buf_puts(&gen->out, "true");
        break;
    case 4:
        lbi_buf_puts(&gen->out, "false");
        break;
    case 5:
        lbi_buf_putc(&gen->out, '[');
        for (unsigned i = 0; i < count; i++) {
            lbi_buf_puts(&gen->out, i > 0 ? "," : "");
            gen_value(gen, depth + 1);
        }
        gen_blank(gen);
        lbi_buf_putc(&gen->out, ']');
        break;
    default:
        lbi_buf_putc(&gen->out, '{');
        for (unsigned i = 0; i < count; i++) {
            lbi_buf_printf(&gen->out, "%s\"k%u\":", i > 0 ? "," : "", i);
            gen_value(gen, depth + 1);
        }
        gen_blank(gen);
        lbi_buf_putc(&gen->out, '}');
        break;
    }
    gen_blank(gen);
}

struct gen_member {
    const char *key;
    void (*value)(struct gen *gen);
    unsigned percent; /* how often it is there */
};

/* The members in random order, some missing, rarely one twice or with an escaped key. */
static inline void gen_object(struct gen *gen, const struct gen_member *members, unsigned count)
{
    unsigned offset = gen_pick(gen, count);
    unsigned step = gen_pick(gen, 2) == 0 ? 1 : count - 1;
    bool any = false;

    gen_blank(gen);
    lbi_buf_putc(&gen->out, '{');
    for (unsigned i = 0; i < count; i++) {
        const struct gen_member *m = &members[(offset + i * step) % count];
        unsigned times = gen_pick(gen, 100) < m->percent ? 1 : 0;
        if (gen_pick(gen, 400) == 0)
            times++;
        for (; times > 0; times--) {
            lbi_buf_puts(&gen->out, any ? "," : "");
            gen_blank(gen);
            if (gen_pick(gen, 300) == 0)
                lbi_buf_printf(&gen->out, "\"\\u%04x%s\"", (unsigned)m->key[0], m->key + 1);
            else
                lbi_buf_printf(&gen->out, "\"%s\"", m->key);
            gen_blank(gen);
            lbi_buf_putc(&gen->out, ':');
            gen_blank(gen);
            if (gen_odd(gen))
                gen_value(gen, 0);
            else
                m->value(gen);
            gen_blank(gen);
            any = true;
        }
    }
    lbi_buf_putc(&gen->out, '}');
    gen_blank(gen);
}

static inline void gen_null_or_text(struct gen *gen)
{
    if (gen_pick(gen, 3) == 0)
        lbi_buf_puts(&gen->out, "null");
    else
        gen_string(gen);
}

static inline void gen_anything(struct gen *gen)
{
    gen_value(gen, 0);
}

static inline void gen_calls(struct gen *gen)
{
    static const char *const calls[] = {
        "null", "[]", "[ ]", "[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":\"}}]",
        "[null]"};

    lbi_buf_puts(&gen->out, calls[gen_pick(gen, 5)]);
}

static inline void gen_content(struct gen *gen)
{
    static const char *const parts[] = {"[]", "[{\"type\":\"text\",\"text\":\"part\"}]",
                                        "[{\"text\":\"a\"},{\"text\":\"\\u00e4\"},{}]"};

    if (gen_odd(gen))
        lbi_buf_puts(&gen->out, parts[gen_pick(gen, 3)]);
    else
        gen_null_or_text(gen);
}

static inline void gen_delta(struct gen *gen)
{
    static const struct gen_member members[] = {
        {"role", gen_null_or_text, 30},      {"content", gen_content, 75},
        {"reasoning", gen_null_or_text, 10}, {"reasoning_content", gen_null_or_text, 15},
        {"refusal", gen_null_or_text, 10},   {"tool_calls", gen_calls, 15},
        {"function_call", gen_calls, 4},     {"extra", gen_anything, 5},
    };

    gen_object(gen, members, 8);
}

static inline void gen_details(struct gen *gen)
{
    static const struct gen_member members[] = {{"cached_tokens", gen_number, 80},
                                                {"audio_tokens", gen_number, 30}};

    if (gen_pick(gen, 4) == 0)
        lbi_buf_puts(&gen->out, "null");
    else
        gen_object(gen, members, 2);
}

static inline void gen_usage(struct gen *gen)
{
    static const struct gen_member members[] = {
        {"prompt_tokens", gen_number, 90},          {"completion_tokens", gen_number, 90},
        {"total_tokens", gen_number, 90},           {"prompt_tokens_details", gen_details, 60},
        {"prompt_cache_hit_tokens", gen_number, 3}, {"extra", gen_anything, 5},
    };

    if (gen_pick(gen, 2) == 0)
        lbi_buf_puts(&gen->out, "null");
    else
        gen_object(gen, members, 6);
}

static inline void gen_index(struct gen *gen)
{
    static const char *const numbers[] = {"0", "0", "0", "1", "2"};

    lbi_buf_puts(&gen->out, numbers[gen_pick(gen, 5)]);
}

static inline void gen_choice(struct gen *gen)
{
    static const struct gen_member members[] = {
        {"index", gen_index, 90},       {"delta", gen_delta, 95},
        {"logprobs", gen_anything, 30}, {"finish_reason", gen_null_or_text, 50},
        {"usage", gen_usage, 3},
    };

    gen_object(gen, members, 5);
}

static inline void gen_choices(struct gen *gen)
{
    static const unsigned counts[] = {1, 1, 1, 1, 1, 0, 2, 3};
    unsigned count = counts[gen_pick(gen, 8)];

    lbi_buf_putc(&gen->out, '[');
    for (unsigned i = 0; i < count; i++) {
        lbi_buf_puts(&gen->out, i > 0 ? "," : "");
        if (gen_odd(gen))
            gen_value(gen, 0);
        else
            gen_choice(gen);
    }
    gen_blank(gen);
    lbi_buf_putc(&gen->out, ']');
}

static inline void gen_error(struct gen *gen)
{
    static const char *const errors[] = {
        "null",
        "\"\"",
        "false",
        "{}",
        "\"broken\"",
        "{\"message\":\"no\",\"code\":500}",
        "{\"message\":null,\"type\":\"x\",\"code\":\"\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\"}",
        "{\"code\":\"\\u0001\\u0002\\\"\",\"detail\":[1,2.5,{\"a\":null}]}",
    };

    lbi_buf_puts(&gen->out, errors[gen_pick(gen, 8)]);
}

static inline void gen_object_name(struct gen *gen)
{
    static const char *const names[] = {"\"chat.completion.chunk\"",
                                        "\"chat.completion.chunk\"",
                                        "\"chat.completion.chunk\"",
                                        "\"error\"",
                                        "null",
                                        "\"err\\u006fr\""};

    lbi_buf_puts(&gen->out, names[gen_pick(gen, 6)]);
}

static inline void gen_chunk(struct gen *gen)
{
    static const struct gen_member members[] = {
        {"id", gen_string, 80},    {"object", gen_object_name, 70}, {"created", gen_number, 70},
        {"model", gen_string, 80}, {"choices", gen_choices, 95},    {"usage", gen_usage, 30},
        {"error", gen_error, 3},   {"timings", gen_anything, 5},
    };

    lbi_buf_clear(&gen->out);
    gen_object(gen, members, 8);
}

#endif
