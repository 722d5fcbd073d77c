/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many at once? Twice as many people a step, until an objective is not met any more.
 * Run: ./06_capacity URL simulated-model 8
 * Expect: ^ *1 at once: p95 of the first token +[0-9.]+ ms, (PASS|UNDECIDED|WARN|FAIL|INVALID)$
 * Expect: ^at least [0-9]+ at once$
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <litebench/litebench.h>

/* "load.users" is workers and as many conversations: everybody has one. */
static lb_err measure(lb_report **out, lb_config *config, lb_corpus *corpus, unsigned users)
{
    char text[16];
    lb_plan *plan = NULL;
    lb_run *run = NULL;

    (void)snprintf(text, sizeof(text), "%u", users);
    lb_err err = lb_config_set(config, "load.users", text, "this step");
    err = err ? err : lb_plan_new(&plan, config, corpus);
    err = err ? err : lb_run_new(&run, config, plan);
    err = err ? err : lb_run_execute(run);
    err = err ? err : lb_run_report(out, run);
    lb_run_free(run);
    lb_plan_free(plan);
    return err;
}

static lb_err climb(lb_config *config, lb_corpus *corpus, unsigned most)
{
    unsigned good = 0;
    lb_err err = LB_OK;

    for (unsigned users = 1; err == LB_OK && users <= most; users *= 2) {
        lb_report *report = NULL;
        double p95 = 0;
        const char *status = "";
        err = measure(&report, config, corpus, users);
        err = err ? err : lb_report_number(report, &p95, "metrics.ttft.p95.value");
        err = err ? err : lb_report_text(report, &status, "verdict.status");
        if (err == LB_OK)
            printf("%3u at once: p95 of the first token %8.1f ms, %s\n", users, p95, status);
        /* So few requests leave much undecided; what is missed for sure ends the climb. */
        int missed = strcmp(status, "FAIL") == 0 || strcmp(status, "WARN") == 0;
        good = err == LB_OK && !missed ? users : good;
        users = missed ? most : users;
        lb_report_free(report);
    }
    if (err == LB_OK)
        printf("at least %u at once\n", good);
    return err;
}

int main(int argc, char **argv)
{
    static const char options[] =
        "{\"plan.turns\": 2, \"load.max_delay\": 0, \"load.min_delay\": 0,"
        " \"judge.slo\": [\"ttft.p95<=200ms\", \"errors<=1%\"]}";
    lb_ctx *ctx = NULL;
    lb_config *config = NULL;
    lb_corpus *corpus = NULL;
    lb_err err = argc == 4 ? lb_ctx_new(&ctx, NULL, 0) : LB_E_INVALID;

    err = err ? err : lb_config_new(&config, ctx);
    err = err ? err : lb_config_load_json(config, options, sizeof(options) - 1, NULL);
    err = err ? err : lb_config_set(config, "target.url", argv[1], "the command line");
    err = err ? err : lb_config_set(config, "target.model", argv[2], "the command line");
    err = err ? err : lb_corpus_new(&corpus, config);
    err = err ? err : lb_corpus_add_builtin(corpus);
    err = err ? err : climb(config, corpus, (unsigned)strtoul(argv[3], NULL, 10));
    if (err != LB_OK)
        fprintf(stderr, "%s: %s\n", lb_err_text(err), lb_ctx_error(ctx));
    lb_corpus_free(corpus);
    lb_config_free(config);
    lb_ctx_free(ctx);
    return err == LB_OK ? 0 : 1;
}
