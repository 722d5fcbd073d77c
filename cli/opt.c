/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opt.c - one pass over the arguments with a table in hand. Finds out what was typed, not what it
 * is worth: values are checked by whoever stores them. Keys on a command line are refused here,
 * before anything could repeat them. Tested in tests/system/test_cli_errors.py.
 */
#include "opt.h"

#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "near.h"

struct parser {
    struct opt_line *line;
    const struct opt_table *table;
    struct faults *faults;
    char **next; /* the argument after the current one */
};

/* ---- tables ---- */

bool opt_belongs(const lb_opt_info *info, const char *command)
{
    size_t n = strlen(command);

    for (const char *p = info->commands; *p != '\0'; p += *p == ' ') {
        size_t len = strcspn(p, " ");
        if (len == n && memcmp(p, command, n) == 0)
            return true;
        p += len;
    }
    return false;
}

static void add_row(struct opt_table *table, const lb_opt_info *info)
{
    table->rows = need(table->rows, (table->count + 1) * sizeof(table->rows[0]));
    table->rows[table->count++] = *info;
}

struct opt_table opt_table_for(const char *command, const lb_opt_info *more, size_t count)
{
    struct opt_table table = {NULL, 0};
    lb_opt_info info;

    for (size_t i = 0; lb_opt_at(&info, sizeof(info), i) == LB_OK; i++) {
        if (info.flag[0] != '\0' && opt_belongs(&info, command))
            add_row(&table, &info);
    }
    for (size_t i = 0; i < count; i++)
        add_row(&table, &more[i]);
    return table;
}

void opt_table_free(struct opt_table *table)
{
    free(table->rows);
    *table = (struct opt_table){NULL, 0};
}

static bool is_flag(const lb_opt_info *info, const char *name, size_t len)
{
    if (len == 0)
        return false;
    return (strlen(info->flag) == len && memcmp(info->flag, name, len) == 0) ||
           (strlen(info->alias) == len && memcmp(info->alias, name, len) == 0);
}

static const lb_opt_info *find_long(const struct opt_table *table, const char *name, size_t len)
{
    for (size_t i = 0; i < table->count; i++) {
        if (is_flag(&table->rows[i], name, len))
            return &table->rows[i];
    }
    return NULL;
}

static const lb_opt_info *find_short(const struct opt_table *table, char letter)
{
    for (size_t i = 0; i < table->count; i++) {
        if (letter != '\0' && table->rows[i].short_flag == letter)
            return &table->rows[i];
    }
    return NULL;
}

const char *opt_owner(const char *flag)
{
    static _Thread_local lb_opt_info info;

    for (size_t i = 0; lb_opt_at(&info, sizeof(info), i) == LB_OK; i++) {
        if (is_flag(&info, flag, strlen(flag)))
            return info.commands;
    }
    for (const struct command *c = commands; c->name != NULL; c++) {
        size_t count = 0;
        const lb_opt_info *own = c->own_options != NULL ? c->own_options(&count) : NULL;
        for (size_t i = 0; i < count; i++) {
            if (is_flag(&own[i], flag, strlen(flag)))
                return c->name;
        }
    }
    return NULL;
}

/* ---- faults ---- */

/* People type these. What follows is a key: it is not repeated, and not taken for a word. */
static bool is_key_flag(const char *name)
{
    static const char *const names[] = {"api-key", "apikey",    "api_key",       "key",
                                        "token",   "api-token", "openai-api-key"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static const char *nearest(const struct opt_table *table, const char *name)
{
    const char *best = NULL;
    unsigned least = 3;

    for (size_t i = 0; i < table->count; i++) {
        const char *both[] = {table->rows[i].flag, table->rows[i].alias};
        for (size_t k = 0; k < 2; k++) {
            unsigned d = both[k][0] != '\0' ? near_distance(name, both[k]) : least;
            if (d < least && near_enough(d, name)) {
                least = d;
                best = both[k];
            }
        }
    }
    return best;
}

static void unknown_long(struct parser *parser, const char *name, bool has_value)
{
    const char *owner = opt_owner(name);
    const char *near = nearest(parser->table, name);

    parser->line->unknown = true;
    if (is_key_flag(name)) {
        fault(parser->faults,
              "--%s: a key on a command line can be read by everybody on the machine; use "
              "--key-file FILE, --key-env NAME or the variable LITEBENCH_API_KEY",
              name);
        if (!has_value && *parser->next != NULL)
            parser->next++;
    } else if (near != NULL) {
        fault(parser->faults, "--%s: no such option; nearest: --%s", name, near);
    } else if (owner != NULL) {
        fault(parser->faults, "--%s is no option of %s; it belongs to: %s", name,
              parser->faults->command, owner);
    } else {
        fault(parser->faults, "--%s: no such option (litebench help %s)", name,
              parser->faults->command);
    }
}

static void no_value(struct parser *parser, const lb_opt_info *info, const char *flag)
{
    const char *next = *parser->next;

    if (next != NULL)
        fault(parser->faults, "%s wants a value and \"%.40s\" is an option (%s%s %s)", flag, next,
              info->example[0] != '\0' ? "for example " : "", flag,
              info->example[0] != '\0' ? info->example : info->value_name);
    else
        fault(parser->faults, "%s wants a value (%s%s %s)", flag,
              info->example[0] != '\0' ? "for example " : "", flag,
              info->example[0] != '\0' ? info->example : info->value_name);
}

/* ---- the pass ---- */

static void keep(struct parser *parser, const lb_opt_info *info, char *flag, const char *value)
{
    struct opt_line *line = parser->line;

    line->values = need(line->values, (line->count + 1) * sizeof(line->values[0]));
    line->values[line->count++] = (struct opt_value){info, flag, value};
}

/* "--min-delay --verbose" forgot a value; "--temperature -1" did not. */
static bool looks_like_flag(const struct opt_table *table, const char *text)
{
    if (text[0] != '-' || text[1] == '\0')
        return false;
    return text[1] == '-' || find_short(table, text[1]) != NULL;
}

static void take_value(struct parser *parser, const lb_opt_info *info, char *flag)
{
    const char *next = *parser->next;

    if (next == NULL || looks_like_flag(parser->table, next)) {
        no_value(parser, info, flag);
        free(flag);
        return;
    }
    parser->next++;
    keep(parser, info, flag, next);
}

/* The bool that "no-quiet" takes back, or NULL. */
static const lb_opt_info *find_negated(const struct opt_table *table, const char *name, size_t len)
{
    if (len <= 3 || memcmp(name, "no-", 3) != 0)
        return NULL;
    const lb_opt_info *info = find_long(table, name + 3, len - 3);
    return info != NULL && info->kind == LB_OPT_BOOL ? info : NULL;
}

static void take_negated(struct parser *parser, const lb_opt_info *info, char *flag, bool has_value)
{
    if (!has_value) {
        keep(parser, info, flag, "false");
        return;
    }
    fault(parser->faults, "%s takes no value", flag);
    free(flag);
}

static void take_long(struct parser *parser, const char *arg)
{
    const char *name = arg + 2;
    size_t len = strcspn(name, "=");
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    const lb_opt_info *info = find_long(parser->table, name, len);
    const lb_opt_info *negated = find_negated(parser->table, name, len);
    char *flag = need_text("--%.*s", (int)len, name);

    if (info == NULL && negated != NULL) {
        take_negated(parser, negated, flag, value != NULL);
    } else if (info == NULL) {
        unknown_long(parser, flag + 2, value != NULL);
        free(flag);
    } else if (value != NULL) {
        keep(parser, info, flag, value);
    } else if (info->kind == LB_OPT_BOOL) {
        keep(parser, info, flag, "true");
    } else {
        take_value(parser, info, flag);
    }
}

static void take_short(struct parser *parser, const char *arg)
{
    for (const char *p = arg + 1; *p != '\0'; p++) {
        const lb_opt_info *info = find_short(parser->table, *p);
        if (info == NULL) {
            parser->line->unknown = true;
            fault(parser->faults, "-%c: no such option (litebench help %s)", *p,
                  parser->faults->command);
            return;
        }
        char *flag = need_text("--%s", info->flag);
        if (info->kind == LB_OPT_BOOL) {
            keep(parser, info, flag, "true");
            continue;
        }
        if (p[1] == '\0')
            take_value(parser, info, flag);
        else
            keep(parser, info, flag, p[1] == '=' ? p + 2 : p + 1);
        return;
    }
}

static void take_word(struct opt_line *line, const char *arg)
{
    line->words = need(line->words, (line->word_count + 1) * sizeof(line->words[0]));
    line->words[line->word_count++] = arg;
}

void opt_parse(struct opt_line *out, const struct opt_table *table, char **args,
               struct faults *faults)
{
    struct parser parser = {out, table, faults, args};
    bool only_words = false;

    *out = (struct opt_line){0};
    while (*parser.next != NULL) {
        const char *arg = *parser.next++;
        if (only_words || arg[0] != '-' || arg[1] == '\0')
            take_word(out, arg);
        else if (strcmp(arg, "--") == 0)
            only_words = true;
        else if (arg[1] == '-')
            take_long(&parser, arg);
        else
            take_short(&parser, arg);
    }
}

void opt_line_free(struct opt_line *line)
{
    for (size_t i = 0; i < line->count; i++)
        free(line->values[i].flag);
    free(line->values);
    free(line->words);
    *line = (struct opt_line){0};
}

const char *opt_last(const struct opt_line *line, const char *name)
{
    for (size_t i = line->count; i-- > 0;) {
        if (strcmp(line->values[i].info->name, name) == 0)
            return line->values[i].value;
    }
    return NULL;
}

bool opt_is_on(const struct opt_line *line, const char *name)
{
    const char *value = opt_last(line, name);

    return value != NULL && strcmp(value, "true") == 0;
}

void opt_limit_words(const struct opt_line *line, size_t most, struct faults *faults)
{
    if (line->unknown) /* that fault was said; the word may belong to it */
        return;
    for (size_t i = most; i < line->word_count; i++) {
        const char *word = line->words[i];
        bool key = strncmp(word, "sk-", 3) == 0;
        fault(faults, "unexpected argument \"%.60s\"", key ? "***" : word);
    }
}
