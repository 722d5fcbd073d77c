/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values.c - text to number, share and duration: strict, whole text or nothing, and the same in
 * every locale, which the C library's own functions are not. Knows no option.
 * Tested by tables in tests/unit/test_config.c.
 */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "config/settings.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct decimal {
    uint64_t digits; /* the first 18 significant ones */
    int exponent;
    bool any;
};

static void take_digit(struct decimal *number, char c, bool fraction)
{
    number->any = true;
    if (number->digits < UINT64_C(100000000000000000)) {
        number->digits = number->digits * 10 + (uint64_t)(c - '0');
        number->exponent -= fraction;
    } else {
        number->exponent += !fraction; /* too fine to matter, but its place counts */
    }
}

/* "e-3": false when there is an e without a number. */
static bool take_exponent(struct decimal *number, const char **text)
{
    const char *p = *text;
    int value = 0;

    if (*p != 'e' && *p != 'E')
        return true;
    p++;
    bool minus = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    if (!is_digit(*p))
        return false;
    for (; is_digit(*p); p++) {
        if (value < 10000)
            value = value * 10 + (*p - '0');
    }
    number->exponent += minus ? -value : value;
    *text = p;
    return true;
}

/* A decimal number at *text, which is moved behind it. */
static bool take_number(const char **text, double *out)
{
    struct decimal number = {0};
    const char *p = *text;
    bool minus = *p == '-';

    if (minus)
        p++;
    for (; is_digit(*p); p++)
        take_digit(&number, *p, false);
    if (*p == '.' && is_digit(p[1])) {
        for (p++; is_digit(*p); p++)
            take_digit(&number, *p, true);
    }
    if (!number.any || !take_exponent(&number, &p))
        return false;
    /* Dividing by an exact power of ten rounds once: 0.1 is then what a compiler makes of it. */
    double value = (double)number.digits;
    if (number.exponent < 0)
        value /= pow(10.0, -number.exponent);
    else if (number.digits > 0)
        value *= pow(10.0, number.exponent);
    *out = minus ? -value : value;
    *text = p;
    return true;
}

bool lbi_parse_number(const char *text, double *out)
{
    double value;

    if (!take_number(&text, &value) || *text != '\0' || !isfinite(value))
        return false;
    *out = value;
    return true;
}

bool lbi_parse_integer(const char *text, int64_t *out)
{
    bool minus = *text == '-';
    int64_t value = 0;

    if (minus)
        text++;
    if (!is_digit(*text))
        return false;
    for (; is_digit(*text); text++) {
        int64_t digit = *text - '0';
        value = value > (INT64_MAX - digit) / 10 ? INT64_MAX : value * 10 + digit;
    }
    if (*text != '\0')
        return false;
    *out = minus ? -value : value;
    return true;
}

bool lbi_parse_share(const char *text, double *out)
{
    double value;

    if (!take_number(&text, &value) || !isfinite(value))
        return false;
    if (strcmp(text, "%") == 0)
        value /= 100;
    else if (*text != '\0')
        return false;
    *out = value;
    return true;
}

bool lbi_parse_duration(const char *text, int64_t *out_ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"", 1e9}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
    double value;

    if (!take_number(&text, &value) || isnan(value))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text, units[i].name) != 0)
            continue;
        double ns = value * units[i].ns;
        if (fabs(ns) >= 9e18)
            *out_ns = ns < 0 ? -INT64_MAX : INT64_MAX;
        else
            *out_ns = (int64_t)llround(ns);
        return true;
    }
    return false;
}

static bool read_count(const char *text, size_t len, size_t *out)
{
    *out = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = *out * 10 + (size_t)(text[i] - '0');
    }
    return len > 0 && len <= 6;
}

bool lbi_parse_shard(const char *text, size_t *index, size_t *of)
{
    size_t cut = strcspn(text, "/");

    return text[cut] == '/' && read_count(text, cut, index) &&
           read_count(text + cut + 1, strlen(text + cut + 1), of) && *index < *of;
}
