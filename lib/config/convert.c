/* SPDX-License-Identifier: Apache-2.0 */
/*
 * convert.c - what an option's text is worth: its typed value, or a sentence that says what is
 * wrong with it, where the value came from and what would do. Changes nothing.
 */
#include "config/convert.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "config/config.h"

/* Position of `text` in "a|b|c", -1 when it is none of them. */
static int32_t find_choice(const char *choices, const char *text, size_t len)
{
    int32_t index = 0;

    for (const char *p = choices; *p != '\0'; index++) {
        size_t n = strcspn(p, "|");
        if (n == len && memcmp(p, text, len) == 0)
            return index;
        p += n + (p[n] == '|');
    }
    return -1;
}

static bool parse_bool(const char *text, bool *out)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static enum lbi_outcome in_range(const lb_opt_info *info, double value)
{
    return value >= info->min && value <= info->max ? LBI_FITS : LBI_OUT_OF_RANGE;
}

static enum lbi_outcome convert_number(const lb_opt_info *info, const char *text,
                                       union lbi_value *out)
{
    double number;

    switch (info->kind) {
    case LB_OPT_INT:
        if (lbi_parse_integer(text, &out->integer))
            return in_range(info, (double)out->integer);
        return lbi_parse_number(text, &number) ? LBI_NO_WHOLE_NUMBER : LBI_NO_VALUE;
    case LB_OPT_NUMBER:
        return lbi_parse_number(text, &out->number) ? in_range(info, out->number) : LBI_NO_VALUE;
    case LB_OPT_SHARE:
        return lbi_parse_share(text, &out->number) ? in_range(info, out->number) : LBI_NO_VALUE;
    default:
        if (!lbi_parse_duration(text, &out->integer))
            return LBI_NO_VALUE;
        return in_range(info, (double)out->integer / (double)LBI_NS_PER_S);
    }
}

/* A list with choices takes several of them, with commas. */
static bool words_known(const lb_opt_info *info, const char *text)
{
    const char *p = text;

    if (info->choices[0] == '\0')
        return true;
    for (;; p++) {
        size_t n = strcspn(p, ",");
        if (find_choice(info->choices, p, n) < 0)
            return false;
        p += n;
        if (*p == '\0')
            return true;
    }
}

/* JSON may have line breaks; in every other text a control character is an accident. */
static enum lbi_outcome check_text(enum lbi_opt opt, const char *text)
{
    if (!lbi_utf8_all_valid(text, strlen(text)))
        return LBI_NOT_PRINTABLE;
    if (opt == LBI_OPT_extra_body)
        return LBI_FITS;
    for (const char *p = text; *p != '\0'; p++) {
        if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
            return LBI_NOT_PRINTABLE;
    }
    return LBI_FITS;
}

enum lbi_outcome lbi_convert(enum lbi_opt opt, const char *text, union lbi_value *out)
{
    const lb_opt_info *info = &lbi_opt_rows[opt].info;

    switch (info->kind) {
    case LB_OPT_BOOL:
        return parse_bool(text, &out->truth) ? LBI_FITS : LBI_NO_VALUE;
    case LB_OPT_CHOICE:
        out->choice = find_choice(info->choices, text, strlen(text));
        return out->choice >= 0 ? LBI_FITS : LBI_NO_VALUE;
    case LB_OPT_TEXT:
        return check_text(opt, text);
    case LB_OPT_LIST:
        return words_known(info, text) ? check_text(opt, text) : LBI_NO_VALUE;
    default:
        return convert_number(info, text, out);
    }
}

/* ---- what is wrong, in a sentence ---- */

void lbi_put_shown(struct lbi_buf *out, const char *text, bool quote)
{
    size_t len = strlen(text);
    bool cut = len > 80;

    if (quote)
        lbi_buf_putc(out, '"');
    for (const char *p = text; *p != '\0' && p < text + (cut ? 77 : 80);) {
        size_t n = lbi_utf8_valid(p, len - (size_t)(p - text));
        bool plain = n > 0 && (unsigned char)*p >= 0x20 && *p != 0x7f;
        lbi_buf_add(out, plain ? p : "?", plain ? n : 1);
        p += n > 0 ? n : 1;
    }
    if (cut)
        lbi_buf_puts(out, "...");
    if (quote)
        lbi_buf_putc(out, '"');
}

static void put_limits(struct lbi_buf *out, const lb_opt_info *info)
{
    if (info->kind == LB_OPT_SHARE) {
        lbi_buf_puts(out, "0..1 or 0%..100%");
        return;
    }
    lbi_buf_json_number(out, info->min, 3);
    lbi_buf_puts(out, "..");
    lbi_buf_json_number(out, info->max, 3);
    if (info->kind == LB_OPT_DURATION)
        lbi_buf_puts(out, " seconds");
}

static void put_choices(struct lbi_buf *out, const char *choices)
{
    for (const char *p = choices; *p != '\0'; p++) {
        if (*p == '|')
            lbi_buf_puts(out, ", ");
        else
            lbi_buf_putc(out, *p);
    }
}

/* "for example --users 50": as it would be typed in the same place. */
static void put_example(struct lbi_buf *out, const lb_opt_info *info, const char *origin)
{
    lbi_buf_puts(out, "for example ");
    if (origin != NULL && strcmp(origin, "--set") == 0)
        lbi_buf_printf(out, "--set %s=", info->name);
    else if (origin != NULL && origin[0] == '-')
        lbi_buf_printf(out, "%s ", origin);
    lbi_buf_puts(out, info->example);
}

static void put_hint(struct lbi_buf *out, const lb_opt_info *info, const char *origin)
{
    if (info->kind == LB_OPT_BOOL)
        return;
    lbi_buf_puts(out, " (");
    put_limits(out, info);
    if (info->example[0] != '\0') {
        lbi_buf_puts(out, ", ");
        put_example(out, info, origin);
    }
    lbi_buf_putc(out, ')');
}

static void put_value(struct lbi_buf *out, enum lbi_opt opt, const char *text, bool quote)
{
    if (opt == LBI_OPT_headers) { /* any header may hold a secret */
        lbi_put_shown(out, strchr(text, ':') != NULL ? "the value" : "***", false);
        return;
    }
    lbi_put_shown(out, lbi_opt_rows[opt].info.secret ? "***" : text, quote);
}

void lbi_explain(struct lbi_buf *why, enum lbi_opt opt, const char *text, const char *origin,
                 enum lbi_outcome outcome)
{
    static const char *const nouns[] = {[LB_OPT_INT] = "a number",
                                        [LB_OPT_NUMBER] = "a number",
                                        [LB_OPT_SHARE] = "a share",
                                        [LB_OPT_DURATION] = "a duration",
                                        [LB_OPT_BOOL] = "true or false"};
    const lb_opt_info *info = &lbi_opt_rows[opt].info;

    put_value(why, opt, text, outcome != LBI_OUT_OF_RANGE);
    if (outcome == LBI_OUT_OF_RANGE) {
        lbi_buf_puts(why, " is out of range ");
        put_limits(why, info);
    } else if (outcome == LBI_NOT_PRINTABLE) {
        lbi_buf_puts(why, " holds control characters or is not UTF-8");
    } else if (info->choices[0] != '\0') {
        lbi_buf_puts(why, " is none of ");
        put_choices(why, info->choices);
    } else {
        lbi_buf_printf(why, " is not %s",
                       outcome == LBI_NO_WHOLE_NUMBER ? "a whole number" : nouns[info->kind]);
        put_hint(why, info, origin);
    }
}
