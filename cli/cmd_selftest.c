/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_selftest.c - `litebench selftest`: the meter proved on this machine, without an endpoint. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "selftest/selftest.h"

static const lb_opt_info own[] = {
    OPT_OWN_FLAG("selftest", "Load", "full", "up to 10,000 streams"),
    OPT_OWN_FLAG("selftest", "Output", "json", "the result as JSON"),
};

const lb_opt_info *selftest_options(size_t *count)
{
    *count = sizeof(own) / sizeof(own[0]);
    return own;
}

static int play_all(bool full, bool json)
{
    lb_ctx *ctx = command_context(NULL);
    struct selftest_result *results = need(NULL, selftest_case_count * sizeof(*results));
    size_t count = 0;
    bool played = true;

    selftest_pin_self();
    for (size_t i = 0; i < selftest_case_count && played; i++) {
        const struct selftest_case *c = &selftest_cases[i];
        if (c->full_only && !full)
            continue;
        say("selftest: %s ...", c->name);
        played = selftest_play(&results[count], ctx, c);
        count += played;
    }
    lb_ctx_free(ctx);
    if (played && json)
        selftest_print_json(stdout, results, count);
    else if (played)
        selftest_print(stdout, results, count);
    bool passed = played && selftest_passed(results, count);
    free(results);
    if (!played)
        return EXIT_NOT_MEASURED;
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}

int cmd_selftest(char **args)
{
    struct faults faults = {"selftest", 0};
    struct opt_line line;
    int code = EXIT_USAGE;

    if (help_asked("selftest", args))
        return EXIT_SUCCESS;
    struct opt_table table = opt_table_for("selftest", own, sizeof(own) / sizeof(own[0]));
    opt_parse(&line, &table, args, &faults);
    opt_limit_words(&line, 0, &faults);
    if (faults.count == 0)
        code = play_all(opt_is_on(&line, "selftest.full"), opt_is_on(&line, "selftest.json"));
    opt_line_free(&line);
    opt_table_free(&table);
    return code;
}
