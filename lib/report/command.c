/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.c - the command line that would do a run again with another number of conversations, so
 * that a hint can be pasted into a shell. What the run was given is written again; of records that
 * do not tell, what differs from the defaults. Tested in tests/unit/test_given.c.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "config/settings.h"
#include "report/say.h"
#include "report/sentence.h"
#include "report/tree.h"

static void say_flag(struct lbi_buf *out, const char *flag, struct json_object *header,
                     const char *path, double dflt, const char *unit)
{
    double value = lbi_tree_number(header, path);

    if (!isfinite(value) || (value >= dflt && value <= dflt))
        return;
    lbi_buf_printf(out, " --%s ", flag);
    lbi_say_number(out, value, 3);
    lbi_buf_puts(out, unit);
}

static void say_text_flag(struct lbi_buf *out, const char *flag, const char *value,
                          const char *dflt)
{
    if (*value == '\0' || strcmp(value, dflt) == 0)
        return;
    lbi_buf_printf(out, " --%s ", flag);
    lbi_say_shell(out, value);
}

/* Records of other tools, or made by hand, say less: what differs from the defaults. */
static void say_differences(struct lbi_buf *out, struct json_object *header)
{
    bool users = lbi_tree_number(header, "workload.users") > 0;

    say_flag(out, "turns", header, "workload.turns", 10, "");
    if (!users) {
        say_flag(out, "workers", header, "workload.workers", 4, "");
        say_text_flag(out, "schedule", lbi_tree_text(header, "workload.schedule"), "rotate");
    }
    say_flag(out, "max-tokens", header, "workload.max_tokens", 500, "");
    say_flag(out, "min-delay", header, "workload.min_delay_ms", 500, "ms");
    say_flag(out, "max-delay", header, "workload.max_delay_ms", 2000, "ms");
    say_flag(out, "ramp", header, "workload.ramp_ms", 0, "ms");
    say_flag(out, "seed", header, "workload.seed", 1, "");
    say_text_flag(out, "history", lbi_tree_text(header, "workload.history"), "live");
}

static const char *text_of(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

static void say_given_one(struct lbi_buf *out, const lb_opt_info *info, struct json_object *value)
{
    size_t count =
        json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;

    if (info->kind == LB_OPT_BOOL) {
        if (strcmp(text_of(value), "true") == 0)
            lbi_buf_printf(out, " --%s", info->flag);
        return;
    }
    say_text_flag(out, info->flag, text_of(value), "");
    for (size_t i = 0; i < count; i++)
        say_text_flag(out, info->flag, text_of(json_object_array_get_idx(value, i)), "");
}

/* In the order of the table; false when the run was given a key or headers, which stay untold. */
static bool say_given(struct lbi_buf *out, struct json_object *given)
{
    bool all = true;

    for (int i = 0; i < LBI_OPT_COUNT; i++) {
        const lb_opt_info *info = &lbi_opt_rows[i].info;
        struct json_object *value = lbi_tree_get(given, info->name);
        if (strcmp(text_of(value), "***") == 0)
            all = false;
        else if (i != LBI_OPT_models && *info->flag != '\0' && value != NULL)
            say_given_one(out, info, value);
    }
    return all;
}

static void say_models(struct lbi_buf *out, const struct lbi_result *result,
                       struct json_object *given)
{
    struct json_object *models = lbi_tree_get(given, "target.model");

    if (models != NULL) {
        say_given_one(out, &lbi_opt_rows[LBI_OPT_models].info, models);
        return;
    }
    for (size_t i = 0; i < result->part_count; i++)
        say_text_flag(out, "model", result->parts[i].model, "");
}

void lbi_say_command(struct lbi_buf *out, const struct lbi_result *result, int64_t conversations)
{
    struct json_object *header = lbi_dataset_header(result->dataset);
    struct json_object *given = lbi_tree_get(header, "workload.given");
    const char *url = lbi_tree_text(header, "target.url");
    bool whole = true;

    lbi_buf_puts(out, "litebench run ");
    lbi_say_shell(out, *url != '\0' ? url : "URL");
    say_models(out, result, given);
    const char *preset = lbi_tree_text(header, "workload.preset");
    if (preset[strspn(preset, "abcdefghijklmnopqrstuvwxyz-")] == '\0')
        say_text_flag(out, "preset", preset, "");
    lbi_buf_printf(out, " --conversations %" PRId64, conversations);
    say_flag(out, "users", header, "workload.users", 0, "");
    if (given != NULL)
        whole = say_given(out, given);
    else
        say_differences(out, header);
    for (size_t i = 0; i < result->objective_count; i++)
        say_text_flag(out, "slo", result->objectives[i].expr, "");
    lbi_buf_puts(out, whole ? "" : " (with the same key and headers)");
}
