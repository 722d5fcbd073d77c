/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.c - the command line that would do a run again with another number of conversations, so
 * that a hint can be pasted into a shell. Only what differs from the defaults is written. Tested in
 * tests/unit/test_judge.c.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

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

void lbi_say_command(struct lbi_buf *out, const struct lbi_result *result, int64_t conversations)
{
    struct json_object *header = lbi_dataset_header(result->dataset);
    const char *url = lbi_tree_text(header, "target.url");
    bool users = lbi_tree_number(header, "workload.users") > 0;

    lbi_buf_puts(out, "litebench run ");
    lbi_say_shell(out, *url != '\0' ? url : "URL");
    say_text_flag(out, "model", result->part_count == 1 ? result->parts[0].model : "", "");
    const char *preset = lbi_tree_text(header, "workload.preset");
    if (preset[strspn(preset, "abcdefghijklmnopqrstuvwxyz-")] == '\0')
        say_text_flag(out, "preset", preset, "");
    lbi_buf_printf(out, " --conversations %" PRId64, conversations);
    say_flag(out, "turns", header, "workload.turns", 10, "");
    if (users)
        say_flag(out, "users", header, "workload.users", 0, "");
    else
        say_flag(out, "workers", header, "workload.workers", 4, "");
    if (!users)
        say_text_flag(out, "schedule", lbi_tree_text(header, "workload.schedule"), "rotate");
    say_flag(out, "max-tokens", header, "workload.max_tokens", 500, "");
    say_flag(out, "min-delay", header, "workload.min_delay_ms", 500, "ms");
    say_flag(out, "max-delay", header, "workload.max_delay_ms", 2000, "ms");
    say_flag(out, "ramp", header, "workload.ramp_ms", 0, "ms");
    say_flag(out, "seed", header, "workload.seed", 1, "");
    say_text_flag(out, "history", lbi_tree_text(header, "workload.history"), "live");
    for (size_t i = 0; i < result->objective_count; i++)
        say_text_flag(out, "slo", result->objectives[i].expr, "");
}
