/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers.c - fills a configuration from the bottom up, so that later layers win by coming later.
 * The only place of the program that reads the environment for options, and the one that refuses
 * secrets on the command line.
 */
#include "layers.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define KEY_ADVICE "a secret on a command line can be read by everybody on the machine; use "

/* ---- reading values ---- */

const char *layers_get(const lb_config *config, const char *name)
{
    const char *value = "";

    if (lb_config_get(config, &value, name, 0) != LB_OK)
        return "";
    return value;
}

long long layers_number(const lb_config *config, const char *name)
{
    return strtoll(layers_get(config, name), NULL, 10);
}

double layers_seconds(const lb_config *config, const char *name)
{
    char *unit;
    double value = strtod(layers_get(config, name), &unit);

    if (strcmp(unit, "ms") == 0)
        return value / 1000;
    if (strcmp(unit, "m") == 0)
        return value * 60;
    return strcmp(unit, "h") == 0 ? value * 3600 : value;
}

bool layers_on(const lb_config *config, const char *name)
{
    return strcmp(layers_get(config, name), "true") == 0;
}

bool layers_given(const lb_config *config, const char *name)
{
    const char *origin = "default";

    return lb_config_origin(config, &origin, name) == LB_OK && strcmp(origin, "default") != 0;
}

/* ---- flags ---- */

/* The value of "--set NAME=VALUE" when NAME is `name`, else NULL. */
static const char *set_value(const struct opt_value *value, const char *name)
{
    size_t n = strlen(name);

    if (strcmp(value->info->name, "config.set") != 0)
        return NULL;
    if (strncmp(value->value, name, n) != 0 || value->value[n] != '=')
        return NULL;
    return value->value + n + 1;
}

/* Given by its own flag or by --set; the last one counts. */
static const char *flag_value(const struct opt_line *line, const char *name)
{
    for (size_t i = line->count; i-- > 0;) {
        const char *by_set = set_value(&line->values[i], name);
        if (by_set != NULL)
            return by_set;
        if (strcmp(line->values[i].info->name, name) == 0)
            return line->values[i].value;
    }
    return NULL;
}

static void store(lb_config *config, lb_ctx *ctx, const lb_opt_info *info, const char *value,
                  const char *origin, struct faults *faults)
{
    lb_err err = info->kind == LB_OPT_LIST ? lb_config_add(config, info->name, value, origin)
                                           : lb_config_set(config, info->name, value, origin);

    if (err != LB_OK)
        fault_lines(faults, lb_ctx_error(ctx));
}

static void apply_set(lb_config *config, lb_ctx *ctx, const char *text, struct faults *faults)
{
    size_t n = strcspn(text, "=");
    lb_opt_info info;

    if (text[n] != '=' || n == 0) {
        fault(faults,
              "--set: \"%.60s\" is not of the form NAME=VALUE (for example --set "
              "load.workers=8)",
              text);
        return;
    }
    char *name = need_text("%.*s", (int)n, text);
    if (strcmp(name, "target.key") == 0) {
        fault(faults, "--set target.key: " KEY_ADVICE "--key-file FILE, --key-env NAME or the "
                      "variable LITEBENCH_API_KEY");
    } else if (strcmp(name, "target.proxy_login") == 0) {
        fault(faults, "--set target.proxy_login: " KEY_ADVICE "the variables http_proxy, "
                      "https_proxy or LITEBENCH_TARGET_PROXY_LOGIN");
    } else if (strncmp(name, "config.", 7) == 0 && strcmp(name, "config.dry_run") != 0 &&
               lb_opt_find(&info, sizeof(info), name) == LB_OK) {
        fault(faults, "--set %s: use --%s", name, info.flag);
    } else if (lb_opt_find(&info, sizeof(info), name) != LB_OK) {
        (void)lb_config_set(config, name, "", "--set"); /* for its words on the nearest name */
        fault(faults, "--set: %s", lb_ctx_error(ctx));
    } else {
        store(config, ctx, &info, text + n + 1, "--set", faults);
    }
    free(name);
}

static void apply_flags(lb_config *config, lb_ctx *ctx, const struct opt_line *line,
                        struct faults *faults)
{
    for (size_t i = 0; i < line->count; i++) {
        const struct opt_value *given = &line->values[i];
        lb_opt_info info;
        if (strcmp(given->info->name, "config.set") == 0)
            apply_set(config, ctx, given->value, faults);
        else if (strcmp(given->info->name, "config.preset") != 0 &&
                 lb_opt_find(&info, sizeof(info), given->info->name) == LB_OK)
            store(config, ctx, given->info, given->value, given->flag, faults);
    }
}

/* ---- environment ---- */

/* "load.min_delay" -> "LITEBENCH_LOAD_MIN_DELAY" */
static char *variable_name(const char *name)
{
    char *out = need_text("LITEBENCH_%s", name);

    for (char *p = out; *p != '\0'; p++)
        *p = *p == '.' ? '_' : (char)toupper((unsigned char)*p);
    return out;
}

/* The variable that gives this option: its own name, then the aliases in order. An empty one is
 * as good as none. The name is the caller's to free. */
static char *find_variable(const lb_opt_info *info, const char **value)
{
    char *name = variable_name(info->name);
    const char *rest = info->env;

    for (;;) {
        *value = getenv(name);
        if (*value != NULL && **value != '\0')
            return name;
        free(name);
        rest += strspn(rest, " ");
        size_t n = strcspn(rest, " ");
        if (n == 0)
            return NULL;
        name = need_text("%.*s", (int)n, rest);
        rest += n;
    }
}

/* One item a line. */
static void store_lines(lb_config *config, lb_ctx *ctx, const lb_opt_info *info, const char *value,
                        const char *origin, struct faults *faults)
{
    while (*value != '\0') {
        size_t n = strcspn(value, "\n");
        char *item = need_text("%.*s", (int)n, value);
        if (n > 0)
            store(config, ctx, info, item, origin, faults);
        free(item);
        value += n + (value[n] == '\n');
    }
}

/* A pod of an indexed Job knows its number, and we told it how many there are. */
static void apply_job_index(lb_config *config, lb_ctx *ctx, struct faults *faults)
{
    const char *index = getenv("JOB_COMPLETION_INDEX");
    const char *shards = getenv("LITEBENCH_SHARDS");
    lb_opt_info info;

    if (index == NULL || shards == NULL || strcmp(shards, "1") == 0 ||
        layers_given(config, "plan.shard") || strcmp(faults->command, "run") != 0 ||
        lb_opt_find(&info, sizeof(info), "plan.shard") != LB_OK)
        return;
    char *value = need_text("%s/%s", index, shards);
    store(config, ctx, &info, value, "environment JOB_COMPLETION_INDEX/LITEBENCH_SHARDS", faults);
    free(value);
}

static void apply_environment(lb_config *config, lb_ctx *ctx, struct faults *faults)
{
    lb_opt_info info;

    for (size_t i = 0; lb_opt_at(&info, sizeof(info), i) == LB_OK; i++) {
        const char *value;
        char *variable = find_variable(&info, &value);
        bool here = opt_belongs(&info, faults->command) && strncmp(info.name, "config.", 7) != 0;
        if (variable != NULL && here) {
            char *origin = need_text("environment %s", variable);
            if (info.kind == LB_OPT_LIST)
                store_lines(config, ctx, &info, value, origin, faults);
            else
                store(config, ctx, &info, value, origin, faults);
            free(origin);
        }
        free(variable);
    }
    apply_job_index(config, ctx, faults);
}

static const char *option_or_variable(const struct opt_line *line, const char *command,
                                      const char *name)
{
    const char *value = flag_value(line, name);
    char *variable = variable_name(name);
    lb_opt_info info;

    if (value == NULL && lb_opt_find(&info, sizeof(info), name) == LB_OK &&
        opt_belongs(&info, command))
        value = getenv(variable);
    free(variable);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* ---- file and preset ---- */

static void apply_preset(lb_config *config, lb_ctx *ctx, const char *name, const char *from,
                         struct faults *faults)
{
    if (lb_config_preset(config, name) != LB_OK)
        fault(faults, "%s: %s", from, lb_ctx_error(ctx));
}

/* A file may name a preset; its other values stand above it, so it is looked up first. */
static char *preset_in_file(lb_ctx *ctx, const char *text, size_t len, const char *path)
{
    lb_config *probe = NULL;
    char *name = NULL;

    if (lb_config_new(&probe, ctx) == LB_OK &&
        lb_config_load_json(probe, text, len, path) == LB_OK &&
        layers_given(probe, "config.preset"))
        name = need_text("%s", layers_get(probe, "config.preset"));
    lb_config_free(probe);
    return name;
}

static void apply_file(lb_config *config, lb_ctx *ctx, const char *path, bool want_preset,
                       struct faults *faults)
{
    size_t len;
    char *text = file_read(path, &len);

    if (text == NULL) {
        fault(faults, "--config: %s: %s", path, strerror(errno));
        return;
    }
    char *preset = want_preset ? preset_in_file(ctx, text, len, path) : NULL;
    if (preset != NULL)
        apply_preset(config, ctx, preset, path, faults);
    if (lb_config_load_json(config, text, len, path) != LB_OK)
        fault_lines(faults, lb_ctx_error(ctx));
    free(preset);
    free(text);
}

/* ---- what is left: keys, secrets, joined rules ---- */

/* What is spelt like this may be repeated; anything else may be the key itself, by mistake. */
static bool is_name(const char *text)
{
    return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

/* --key-env: only the name stood anywhere until now. */
static void fetch_key(lb_config *config, lb_ctx *ctx, struct faults *faults)
{
    const char *name = layers_get(config, "target.key_env");
    const char *from = "";

    /* A key by another flag as well is a fault that the check of joined rules tells. */
    if (name[0] == '\0' || layers_given(config, "target.key") ||
        layers_given(config, "target.key_file"))
        return;
    const char *key = getenv(name);
    (void)lb_config_origin(config, &from, "target.key_env");
    if (key == NULL || key[0] == '\0') {
        if (is_name(name))
            fault(faults, "%s: the environment variable %.60s is not set", from, name);
        else
            fault(faults,
                  "%s: no environment variable has this name; a key itself is not wanted "
                  "here",
                  from);
        return;
    }
    char *origin = need_text("environment %s", name);
    if (lb_config_set(config, "target.key", key, origin) != LB_OK)
        fault_lines(faults, lb_ctx_error(ctx));
    free(origin);
}

static void refuse_secret_headers(const lb_config *config, struct faults *faults)
{
    static const char masked[] = ": ***";
    const char *origin = "";
    const char *item;

    if (lb_config_origin(config, &origin, "target.header") != LB_OK || origin[0] != '-')
        return;
    for (size_t i = 0; lb_config_get(config, &item, "target.header", i) == LB_OK; i++) {
        size_t len = strlen(item);
        size_t tail = sizeof(masked) - 1;
        if (len >= tail && strcmp(item + len - tail, masked) == 0)
            fault(faults, "%s %.*s: " KEY_ADVICE "'%.*s: @FILE'", origin, (int)(len - tail), item,
                  (int)(len - tail), item);
    }
}

void layers_apply(lb_config *config, lb_ctx *ctx, const struct opt_line *line,
                  struct faults *faults)
{
    const char *preset = option_or_variable(line, faults->command, "config.preset");
    const char *path = option_or_variable(line, faults->command, "config.file");
    int before = faults->count;

    if (preset != NULL)
        apply_preset(config, ctx, preset, "--preset", faults);
    if (path != NULL)
        apply_file(config, ctx, path, preset == NULL, faults);
    apply_environment(config, ctx, faults);
    apply_flags(config, ctx, line, faults);
    refuse_secret_headers(config, faults);
    if (faults->count == before)
        fetch_key(config, ctx, faults);
}

void layers_take_url(lb_config *config, lb_ctx *ctx, const struct opt_line *line,
                     struct faults *faults)
{
    /* Behind an unknown flag a word may have been its value. */
    if (line->word_count == 0 || (line->unknown && strstr(line->words[0], "://") == NULL))
        return;
    if (opt_last(line, "target.url") != NULL)
        fault(faults, "the URL is given twice, as argument and by --url");
    else if (lb_config_set(config, "target.url", line->words[0], "--url") != LB_OK)
        fault_lines(faults, lb_ctx_error(ctx));
}

void layers_check(const lb_config *config, lb_ctx *ctx, bool endpoint, struct faults *faults)
{
    lb_config *copy = NULL;
    lb_err err = lb_config_clone(&copy, config);

    if (err == LB_OK && !endpoint && layers_get(copy, "target.url")[0] == '\0')
        err = lb_config_set(copy, "target.url", "http://none.invalid", "no endpoint is needed");
    if (err == LB_OK)
        err = lb_config_check(copy);
    if (err != LB_OK)
        fault_lines(faults, lb_ctx_error(ctx));
    lb_config_free(copy);
}

void layers_exit_zero(lb_config *config, lb_ctx *ctx, struct faults *faults)
{
    if (faults->count > 0 || !layers_on(config, "judge.exit_zero"))
        return;
    if (lb_config_set(config, "judge.exit_zero", "false", "--exit-zero") != LB_OK ||
        lb_config_set(config, "judge.fail_on", "none", "--exit-zero") != LB_OK)
        fault_lines(faults, lb_ctx_error(ctx));
}
