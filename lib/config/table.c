/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.c - options.def as data, and finding a row by its name or by something like it. Must not
 * know what any option means.
 */
#include "config/settings.h"

#include <stddef.h>
#include <string.h>

#define BASIC  1
#define SECRET 2
#define CLI    4

#define OPT(kind_, field_, name_, flag_, short_, alias_, value_, choices_, dflt_, min_, max_,      \
            commands_, group_, env_, traits_, help_, example_)                                     \
    [LBI_OPT_##field_] = {                                                                         \
        .info = {.name = name_,                                                                    \
                 .flag = flag_,                                                                    \
                 .alias = alias_,                                                                  \
                 .group = group_,                                                                  \
                 .commands = commands_,                                                            \
                 .value_name = value_,                                                             \
                 .choices = choices_,                                                              \
                 .dflt = dflt_,                                                                    \
                 .env = env_,                                                                      \
                 .help = help_,                                                                    \
                 .example = example_,                                                              \
                 .since = "0.1",                                                                   \
                 .min = min_,                                                                      \
                 .max = max_,                                                                      \
                 .kind = LB_OPT_##kind_,                                                           \
                 .short_flag = short_,                                                             \
                 .secret = ((traits_)&SECRET) != 0,                                                \
                 .basic = ((traits_)&BASIC) != 0,                                                  \
                 .cli_only = ((traits_)&CLI) != 0},                                                \
        .offset = offsetof(struct lbi_settings, field_),                                           \
    },

/* An unset default is NULL here; lb_opt_at makes "" of it. */
const struct lbi_opt_row lbi_opt_rows[LBI_OPT_COUNT] = {
#include "options.def"
};
#undef OPT

#define NAME_MAX_LEN 40 /* longer words are nobody's typing error */

enum lbi_opt lbi_opt_by_name(const char *name)
{
    for (int i = 0; i < LBI_OPT_COUNT; i++) {
        if (strcmp(lbi_opt_rows[i].info.name, name) == 0)
            return (enum lbi_opt)i;
    }
    return LBI_OPT_COUNT;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein; a swap of neighbours counts 1 (the usual slip of fingers). */
static unsigned distance(const char *a, const char *b)
{
    size_t la = strlen(a);
    size_t lb = strlen(b);
    unsigned rows[3][NAME_MAX_LEN + 1];

    if (la > NAME_MAX_LEN || lb > NAME_MAX_LEN)
        return NAME_MAX_LEN;
    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= la; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *up = rows[(i + 2) % 3];
        const unsigned *up2 = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= lb; j++) {
            unsigned change = up[j - 1] + (a[i - 1] != b[j - 1]);
            now[j] = min3(up[j] + 1, now[j - 1] + 1, change);
            bool swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swap && up2[j - 2] + 1 < now[j])
                now[j] = up2[j - 2] + 1;
        }
    }
    return rows[la % 3][lb];
}

/* "workers" is as good as an answer when one asks for load.workers. */
static const char *by_last_part(const char *name)
{
    for (int i = 0; i < LBI_OPT_COUNT; i++) {
        const lb_opt_info *info = &lbi_opt_rows[i].info;
        const char *dot = strchr(info->name, '.');
        if (dot != NULL && (strcmp(dot + 1, name) == 0 || strcmp(info->flag, name) == 0))
            return info->name;
    }
    return NULL;
}

const char *lbi_opt_nearest(const char *name)
{
    const char *dot = strchr(name, '.');
    const char *best = by_last_part(dot != NULL ? dot + 1 : name);
    unsigned least = strlen(name) < 8 ? 3 : 4; /* anything this far away is a guess */

    if (best != NULL)
        return best;
    for (int i = 0; i < LBI_OPT_COUNT; i++) {
        unsigned d = distance(name, lbi_opt_rows[i].info.name);
        if (d < least) {
            least = d;
            best = lbi_opt_rows[i].info.name;
        }
    }
    return best;
}
