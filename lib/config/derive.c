/* SPDX-License-Identifier: Apache-2.0 */
/*
 * derive.c - values that follow from others, so that one flag says a whole thing: --users 100
 * is a hundred people at once. Run again after every change; nothing here allocates or fails.
 */
#include "config/config.h"

static void follow(struct lb_config *config, enum lbi_opt opt, int64_t value)
{
    *(int64_t *)lbi_slot(config, opt) = value;
    config->derived[opt] = true;
}

enum lbi_opt lbi_derived_from(enum lbi_opt opt)
{
    switch ((int)opt) {
    case LBI_OPT_min_delay:
        return LBI_OPT_max_delay;
    case LBI_OPT_max_delay:
        return LBI_OPT_min_delay;
    default:
        return LBI_OPT_users;
    }
}

static void follow_users(struct lb_config *config)
{
    struct lbi_settings *set = &config->set;
    const char *from = config->origin[LBI_OPT_conversations];

    if (set->users == 0)
        return;
    if (!lbi_given(config, LBI_OPT_workers))
        follow(config, LBI_OPT_workers, set->users);
    if (!lbi_given(config, LBI_OPT_schedule)) {
        set->schedule = LBI_USERS;
        config->derived[LBI_OPT_schedule] = true;
    }
    /* The number in a preset is the least that decides a percentile: more users need more. */
    bool preset = from != NULL && lbi_same_step(from, "preset ");
    if (from == NULL || (preset && set->conversations < set->users))
        follow(config, LBI_OPT_conversations, set->users);
}

/* Only one end of the think time was given and lies beyond the other's default: no think time
 * shorter than the shortest, or longer than the longest, was meant. */
static void follow_delay(struct lb_config *config)
{
    struct lbi_settings *set = &config->set;

    if (set->min_delay <= set->max_delay)
        return;
    if (!lbi_given(config, LBI_OPT_max_delay))
        follow(config, LBI_OPT_max_delay, set->min_delay);
    else if (!lbi_given(config, LBI_OPT_min_delay))
        follow(config, LBI_OPT_min_delay, set->max_delay);
}

void lbi_settings_derive(struct lb_config *config)
{
    for (int i = 0; i < LBI_OPT_COUNT; i++) {
        if (config->derived[i])
            (void)lbi_store_again(config, (enum lbi_opt)i);
    }
    follow_users(config);
    follow_delay(config);
}
