/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole run with progress of your own: it works in the background, you pull its events.
 * Run: ./02_run URL simulated-model
 * Expect: ^15 of 15 requests, 0 failed$
 * Expect: ^verdict: PASS
 */
#include <stdio.h>

#include <litebench/litebench.h>

static lb_err follow(lb_run *run)
{
    lb_event event = {0};
    lb_err err = lb_run_start(run);

    while (err == LB_OK && event.kind != LB_EV_DONE) {
        err = lb_run_next_event(run, &event, sizeof(event), 100 * 1000000);
        if (err == LB_E_TIMEOUT)
            err = LB_OK; /* nothing new for 100 ms: a place to redraw or to look at a clock */
        else if (err == LB_OK && event.kind == LB_EV_NOTE)
            fprintf(stderr, "note: %s\n", event.text);
        else if (err == LB_OK && event.kind == LB_EV_TURN)
            fprintf(stderr, "%llu/%llu %s\n", (unsigned long long)(event.ok + event.failed),
                    (unsigned long long)event.planned, event.turn->error);
    }
    if (err == LB_OK)
        printf("%llu of %llu requests, %llu failed\n", (unsigned long long)event.ok,
               (unsigned long long)event.planned, (unsigned long long)event.failed);
    return err;
}

int main(int argc, char **argv)
{
    lb_ctx *ctx = NULL;
    lb_config *config = NULL;
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL;
    lb_run *run = NULL;
    lb_report *report = NULL;
    const char *sentence = "";
    lb_err err = argc == 3 ? lb_ctx_new(&ctx, NULL, 0) : LB_E_INVALID;

    /* Each step only if all before it worked: the first error stays. */
    err = err ? err : lb_config_new(&config, ctx);
    err = err ? err : lb_config_preset(config, "quick"); /* 5 conversations of 3 turns */
    err = err ? err : lb_config_set(config, "target.url", argv[1], "the command line");
    err = err ? err : lb_config_set(config, "target.model", argv[2], "the command line");
    err = err ? err : lb_corpus_new(&corpus, config);
    err = err ? err : lb_corpus_add_builtin(corpus);
    err = err ? err : lb_plan_new(&plan, config, corpus);
    err = err ? err : lb_run_new(&run, config, plan);
    err = err ? err : follow(run);
    err = err ? err : lb_run_report(&report, run);
    err = err ? err : lb_report_text(report, &sentence, "verdict.sentence");
    if (err == LB_OK)
        printf("verdict: %s\n", sentence);
    else
        fprintf(stderr, "%s: %s\n", lb_err_text(err), lb_ctx_error(ctx));
    int code = err == LB_OK ? lb_report_exit_code(report) : 2;
    lb_report_free(report);
    lb_run_free(run);
    lb_plan_free(plan);
    lb_corpus_free(corpus);
    lb_config_free(config);
    lb_ctx_free(ctx);
    return code;
}
