/* SPDX-License-Identifier: Apache-2.0 */
/* preset.c - named sets of options for the usual occasions. A row is as if someone had set it. */
#include <string.h>

#include "config/config.h"

struct row {
    const char *name, *value;
};

struct preset {
    const char *name, *alias, *help;
    const struct row *rows; /* up to one without a name */
};

static const struct row quick[] = {
    {"plan.conversations", "5"},
    {"plan.turns", "3"},
    {"load.workers", "5"},
    {"load.min_delay", "0s"},
    {"load.max_delay", "0s"},
    {"judge.slo", "errors<=1%"},
    {NULL, NULL},
};

static const struct row workshop[] = {
    {"load.users", "30"},        {"load.schedule", "users"},     {"plan.conversations", "60"},
    {"plan.turns", "6"},         {"load.min_delay", "15s"},      {"load.max_delay", "45s"},
    {"load.ramp", "60s"},        {"plan.shared_prefix", "2000"}, {"judge.slo", "ttfa.p95<=5s"},
    {"judge.slo", "errors<=1%"}, {"judge.slo", "sessions>=90%"}, {NULL, NULL},
};

static const struct row continuous[] = {
    {"plan.conversations", "60"},
    {"plan.turns", "5"},
    {"load.workers", "10"},
    {"load.min_delay", "1s"},
    {"load.max_delay", "5s"},
    {"load.ramp", "5s"},
    {NULL, NULL},
};

static const struct row model_comparison[] = {
    {"plan.conversations", "60"}, {"plan.turns", "10"},     {"plan.seed", "1"},
    {"load.min_delay", "0.5s"},   {"load.max_delay", "2s"}, {NULL, NULL},
};

static const struct preset presets[] = {
    {"quick", "", "does it work: 5 conversations of 3 turns at once; says nothing about load",
     quick},
    {"workshop", "pre-event",
     "will it hold: people who think 15 to 45 s and share a system prompt (--users, 30)", workshop},
    {"continuous", "", "the nightly check: 60 conversations of 5 turns, 10 at once", continuous},
    {"model-comparison", "", "the same 60 conversations of 10 turns for several --model",
     model_comparison},
};

#define PRESET_COUNT (sizeof(presets) / sizeof(presets[0]))

lb_err lbi_preset_at(const char **name, const char **help, size_t index)
{
    if (index >= PRESET_COUNT)
        return LB_E_RANGE;
    *name = presets[index].name;
    *help = presets[index].help;
    return LB_OK;
}

static const struct preset *find(const char *name)
{
    for (size_t i = 0; i < PRESET_COUNT; i++) {
        bool alias = presets[i].alias[0] != '\0' && strcmp(presets[i].alias, name) == 0;
        if (alias || strcmp(presets[i].name, name) == 0)
            return &presets[i];
    }
    return NULL;
}

static lb_err unknown(struct lb_ctx *ctx, const char *name)
{
    struct lbi_buf text;

    lbi_buf_init(&text, &ctx->mem);
    lbi_put_shown(&text, name, true);
    lbi_buf_puts(&text, " is no preset; there are ");
    for (size_t i = 0; i < PRESET_COUNT; i++)
        lbi_buf_printf(&text, "%s%s", i > 0 ? ", " : "", presets[i].name);
    lb_err err = lbi_fail(ctx, LB_E_INVALID, "%s", lbi_buf_text(&text));
    lbi_buf_free(&text);
    return err;
}

lb_err lbi_config_preset(struct lb_config *config, const char *name)
{
    const struct preset *preset = find(name);
    char origin[48] = "preset ";
    const char *before = "";

    if (preset == NULL)
        return unknown(config->ctx, name);
    memcpy(origin + 7, preset->name, strlen(preset->name) + 1);
    for (const struct row *row = preset->rows; row->name != NULL; row++) {
        bool again = strcmp(before, row->name) == 0; /* the first item replaces what was there */
        lb_err err = again ? lbi_config_add(config, row->name, row->value, origin)
                           : lbi_config_set(config, row->name, row->value, origin);
        if (err != LB_OK)
            return err;
        before = row->name;
    }
    return lbi_config_set(config, "config.preset", preset->name, origin);
}
