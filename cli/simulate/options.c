/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - the option table of simulate and its values from text.
 *
 * options.def is read twice, once for the table that help and shells show and once for where each
 * value lives, so that the two cannot drift apart. Nothing here touches sockets or files.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "simulate.h"

#define OPTION(member, opt_kind, opt_flag, value, heading, preset, low, high, is_basic, text,      \
               sample)                                                                             \
    {.name = "simulate." opt_flag,                                                                 \
     .flag = opt_flag,                                                                             \
     .alias = "",                                                                                  \
     .group = heading,                                                                             \
     .commands = "simulate",                                                                       \
     .value_name = value,                                                                          \
     .choices = "",                                                                                \
     .dflt = preset,                                                                               \
     .env = "",                                                                                    \
     .help = text,                                                                                 \
     .example = sample,                                                                            \
     .since = "0.1",                                                                               \
     .min = low,                                                                                   \
     .max = high,                                                                                  \
     .kind = LB_OPT_##opt_kind,                                                                    \
     .basic = is_basic},
static const struct lb_opt_info table[] = {
#include "options.def"
};
#undef OPTION

#define OPTION(member, opt_kind, opt_flag, value, heading, preset, low, high, is_basic, text,      \
               sample)                                                                             \
    offsetof(struct simulate_config, member),
static const size_t offsets[] = {
#include "options.def"
};
#undef OPTION

#define OPTION_COUNT (sizeof(table) / sizeof(table[0]))

const struct lb_opt_info *simulate_options(size_t *count)
{
    *count = OPTION_COUNT;
    return table;
}

__attribute__((format(printf, 3, 4))) static int fail(char *error, size_t size, const char *format,
                                                      ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(error, size, format, args);
    va_end(args);
    return -1;
}

/* Digits with at most one point, whatever the locale; returns what follows, NULL if no number. */
static const char *read_decimal(const char *text, double *out)
{
    double value = 0;
    double unit = 1;
    bool point = false;
    int digits = 0;

    for (;; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9')
            break;
        value = value * 10 + (*text - '0');
        unit = point ? unit * 10 : unit;
        if (++digits > 300)
            return NULL;
    }
    *out = value / unit;
    return digits > 0 ? text : NULL;
}

static bool read_duration(const char *text, double *seconds)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"", 1}, {"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}};
    const char *rest = read_decimal(text, seconds);

    for (size_t i = 0; rest != NULL && i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(rest, units[i].name) == 0) {
            *seconds *= units[i].seconds;
            return true;
        }
    }
    return false;
}

static bool read_share(const char *text, double *share)
{
    const char *rest = read_decimal(text, share);

    if (rest != NULL && strcmp(rest, "%") == 0) {
        *share /= 100;
        return true;
    }
    return rest != NULL && *rest == '\0';
}

static bool read_integer(const char *text, double *value)
{
    const char *rest = strchr(text, '.') == NULL ? read_decimal(text, value) : NULL;

    return rest != NULL && *rest == '\0';
}

static int set_number(void *slot, const struct lb_opt_info *info, const char *value, char *error,
                      size_t size)
{
    double number = 0;
    bool good = false;
    const char *what = "an integer";

    if (info->kind == LB_OPT_INT) {
        good = read_integer(value, &number);
    } else if (info->kind == LB_OPT_DURATION) {
        good = read_duration(value, &number);
        what = "a duration (units ms, s, m, h; without one: seconds)";
    } else {
        good = read_share(value, &number);
        what = "a share (0 to 1, or a percentage)";
    }
    if (!good)
        return fail(error, size, "%s: \"%.80s\" is not %s", info->name, value, what);
    if (number < info->min || number > info->max)
        return fail(error, size, "%s: %.80s is out of range %.15g..%.15g%s", info->name, value,
                    info->min, info->max, info->kind == LB_OPT_DURATION ? " s" : "");
    if (info->kind == LB_OPT_SHARE)
        *(double *)slot = number;
    else if (info->kind == LB_OPT_DURATION)
        *(int64_t *)slot = (int64_t)llround(number * 1e9);
    else
        *(int64_t *)slot = (int64_t)number;
    return 0;
}

static int set_bool(int64_t *slot, const struct lb_opt_info *info, const char *value, char *error,
                    size_t size)
{
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        return fail(error, size, "%s: \"%.80s\" is neither true nor false", info->name, value);
    *slot = strcmp(value, "true") == 0;
    return 0;
}

static int set_text(char **slot, const struct lb_opt_info *info, const char *value, char *error,
                    size_t size)
{
    char *copy = strdup(value);

    if (copy == NULL)
        return fail(error, size, "%s: out of memory", info->name);
    free(*slot);
    *slot = copy;
    return 0;
}

static int add_model(struct simulate_config *config, const struct lb_opt_info *info,
                     const char *value, char *error, size_t size)
{
    char **grown;

    if (value[0] == '\0' || strlen(value) > SIM_MODEL_MAX)
        return fail(error, size, "%s: a name has 1 to %d bytes", info->name, SIM_MODEL_MAX);
    grown = realloc(config->model, (config->model_count + 1) * sizeof(*grown));
    if (grown == NULL)
        return fail(error, size, "%s: out of memory", info->name);
    config->model = grown;
    config->model[config->model_count] = NULL;
    if (set_text(&config->model[config->model_count], info, value, error, size) != 0)
        return -1;
    config->model_count++;
    return 0;
}

static int set_option(struct simulate_config *config, size_t index, const char *value, char *error,
                      size_t size)
{
    const struct lb_opt_info *info = &table[index];
    void *slot = (char *)config + offsets[index];

    switch (info->kind) {
    case LB_OPT_LIST:
        return add_model(config, info, value, error, size);
    case LB_OPT_TEXT:
        return set_text(slot, info, value, error, size);
    case LB_OPT_BOOL:
        return set_bool(slot, info, value, error, size);
    default:
        return set_number(slot, info, value, error, size);
    }
}

int simulate_config_set(struct simulate_config *config, const char *name, const char *value,
                        char *error, size_t error_size)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(table[i].name, name) == 0)
            return set_option(config, i, value, error, error_size);
    }
    return fail(error, error_size, "%.80s: no such option of simulate", name);
}

struct simulate_config *simulate_config_new(void)
{
    struct simulate_config *config = calloc(1, sizeof(*config));
    char error[200];

    for (size_t i = 0; config != NULL && i < OPTION_COUNT; i++) {
        if (table[i].kind == LB_OPT_LIST)
            continue; /* the default would stay beside what is added */
        if (set_option(config, i, table[i].dflt, error, sizeof(error)) != 0) {
            simulate_config_free(config);
            return NULL;
        }
    }
    return config;
}

void simulate_config_free(struct simulate_config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (table[i].kind == LB_OPT_TEXT)
            free(*(char **)(void *)((char *)config + offsets[i]));
    }
    for (size_t i = 0; i < config->model_count; i++)
        free(config->model[i]);
    free(config->model);
    free(config);
}
