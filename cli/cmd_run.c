/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_run.c - `litebench run`, step by step: options, endpoint, plan, outputs, the run, the
 * result. Everything that can be wrong with a command line is found before the first request.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "cmd.h"
#include "discover.h"
#include "dry_run.h"
#include "layers.h"
#include "memory.h"
#include "output.h"
#include "progress.h"
#include "proxy.h"
#include "quota.h"
#include "save.h"
#include "signals.h"
#include "verdict.h"
#include "workload.h"

#define EVENT_WAIT_NS INT64_C(250000000)

struct job {
    lb_ctx *ctx;
    lb_config *config;
    lb_corpus *corpus;
    lb_plan *plan;
    lb_run *run;
    struct outputs outputs;
    struct sink saved; /* fd -1: nothing is kept */
    struct estimate estimate;
    struct quota quota;
    bool quota_told;
    bool quiet;
    int broke; /* exit code of a run that did not reach its end; 0: it did */
};

static int library_failed(struct job *job, lb_err err)
{
    bool usage = err == LB_E_INVALID || err == LB_E_IO || err == LB_E_PARSE || err == LB_E_NOTFOUND;
    int code = usage ? EXIT_USAGE : EXIT_NOT_MEASURED;

    return fail_with(code, "run", "%s", lb_ctx_error(job->ctx));
}

/* ---- options ---- */

static int read_options(struct job *job, const struct opt_line *line, struct faults *faults)
{
    layers_apply(job->config, job->ctx, line, faults);
    layers_take_url(job->config, job->ctx, line, faults);
    proxy_take(job->config, job->ctx, faults);
    opt_limit_words(line, 1, faults);
    layers_check(job->config, job->ctx, !line->unknown, faults);
    outputs_plan(&job->outputs, job->config, faults);
    if (job->outputs.stdout_taken && layers_on(job->config, "output.emit_block"))
        fault(faults, "--emit-block writes to stdout, as --output to - does; keep one");
    layers_exit_zero(job->config, job->ctx, faults);
    if (faults->count > 0)
        return EXIT_USAGE;
    job->quiet = layers_on(job->config, "output.quiet");
    memory_settle(layers_on(job->config, "output.core"));
    return 0;
}

/* ---- before the first request ---- */

static void say_start(struct job *job)
{
    char *text = workload_summary(&job->estimate, job->plan, job->config);

    say("%s", text);
    workload_warn(job->config);
    free(text);
    text = quota_warning(&job->quota, &job->estimate);
    if (text != NULL)
        say("%s", text);
    free(text);
}

/* From here on files exist, and a signal ends in order: it removes or finishes them. */
static lb_err open_files(struct job *job)
{
    lb_err err = outputs_tee(&job->outputs, job->run);

    if (err == LB_OK && !layers_on(job->config, "output.no_save") && save_open(&job->saved))
        err = lb_run_tee(job->run, save_write, &job->saved);
    return err;
}

/* What is made of single records needs all of them at the end. */
static int check_limit(const struct job *job)
{
    const char *limit = layers_get(job->config, "output.exact_limit");
    bool needed =
        layers_on(job->config, "output.emit_block") || outputs_need_records(&job->outputs);

    if (!needed || job->estimate.requests <= strtod(limit, NULL))
        return 0;
    return fail_with(EXIT_USAGE, "run",
                     "--output csv and --emit-block need every record in memory: raise "
                     "--exact-limit from %s to %.0f, or take .ndjson",
                     limit, job->estimate.requests);
}

static int prepare(struct job *job)
{
    if (!outputs_probe(&job->outputs, "run"))
        return EXIT_NOT_MEASURED;
    /* Before the endpoint is asked anything: what is wrong here is wrong without it. */
    lb_err err = workload_documents(&job->corpus, job->config);
    if (err != LB_OK)
        return library_failed(job, err);
    int code = discover(job->config, job->ctx, job->quiet, &job->quota);
    if (code != 0)
        return code;
    err = lb_plan_new(&job->plan, job->config, job->corpus);
    if (err != LB_OK)
        return library_failed(job, err);
    job->estimate = workload_estimate(job->plan, job->config);
    code = check_limit(job);
    if (code != 0)
        return code;
    err = lb_run_new(&job->run, job->config, job->plan);
    if (err != LB_OK)
        return library_failed(job, err);
    signals_watch(job->run);
    if (!outputs_open(&job->outputs, "run"))
        return EXIT_NOT_MEASURED;
    err = open_files(job);
    if (err != LB_OK)
        return library_failed(job, err);
    job->quota_told = quota_known(&job->quota);
    if (!job->quiet)
        say_start(job);
    return 0;
}

/* ---- the run ---- */

/* What makes a run end early when a result cannot be written any more. */
static bool outputs_broken(const struct job *job)
{
    for (size_t i = 0; i < job->outputs.count; i++) {
        if (job->outputs.items[i].sink.error != 0)
            return true;
    }
    return false;
}

/* The list of models said nothing of a quota; the first answer may. */
static void watch_quota(struct job *job, struct progress *progress, const lb_event *event)
{
    lb_event note = *event;

    if (job->quota_told || event->kind != LB_EV_TURN ||
        lb_turn_quota(&job->quota.requests, &job->quota.tokens, event->turn->gateway_json) !=
            LB_OK ||
        !quota_known(&job->quota))
        return;
    job->quota_told = true;
    char *text = quota_warning(&job->quota, &job->estimate);
    if (text != NULL) {
        note.kind = LB_EV_NOTE;
        note.turn = NULL;
        note.text = text;
        progress_event(progress, &note);
    }
    free(text);
}

static lb_err follow(struct job *job)
{
    struct progress progress;
    lb_event event;
    lb_err err;
    bool shown = !job->quiet && !layers_on(job->config, "output.no_progress");

    progress_init(&progress, shown, job->quiet, layers_on(job->config, "output.verbose"));
    do {
        err = lb_run_next_event(job->run, &event, sizeof(event), EVENT_WAIT_NS);
        progress_event(&progress, err == LB_OK || err == LB_E_TIMEOUT ? &event : NULL);
        if (err == LB_OK)
            watch_quota(job, &progress, &event);
        if (err == LB_E_TIMEOUT) {
            outputs_flush(&job->outputs);
            if (job->saved.fd >= 0)
                (void)sink_flush(&job->saved);
        }
    } while (err == LB_E_TIMEOUT || (err == LB_OK && event.kind != LB_EV_DONE));
    progress_end(&progress);
    return err;
}

/* A run that breaks half-way still has a result, of what was done. Outputs that cannot be written
 * speak for themselves. */
static int measure(struct job *job)
{
    lb_err err = lb_run_start(job->run);

    if (err != LB_OK)
        return library_failed(job, err);
    err = follow(job);
    if (err != LB_OK && err != LB_E_CANCELED && !outputs_broken(job))
        job->broke = fail_with(EXIT_NOT_MEASURED, "run", "%s", lb_ctx_error(job->ctx));
    return 0;
}

/* ---- the result ---- */

static int print_result(struct job *job, const lb_report *report)
{
    if (job->outputs.stdout_taken)
        return 0;
    if (!verdict_print(job->ctx, report, job->quiet, verdict_color(job->config)))
        return fail_with(EXIT_NOT_MEASURED, "run", "%s", lb_ctx_error(job->ctx));
    /* Who pipes the report into `head` has seen enough: no fault. */
    if (fflush(stdout) != 0 && errno != EPIPE)
        return fail_with(EXIT_NOT_MEASURED, "run", "stdout: %s", strerror(errno));
    return 0;
}

/* For whoever reads the log and the status of a pod: blocks, then the verdict once more. */
static bool send_home(const struct job *job, const lb_report *report, const lb_dataset *dataset)
{
    const char *shard = layers_get(job->config, "plan.shard");
    const char *message = layers_get(job->config, "output.termination_log");
    bool sent = true;

    if (layers_on(job->config, "output.emit_block"))
        sent = block_emit(job->ctx, report, dataset, shard) &&
               verdict_print(job->ctx, report, true, false);
    if (message[0] != '\0')
        sent = block_message(message, report, shard) && sent;
    return sent;
}

static int write_results(struct job *job, const lb_report *report)
{
    lb_dataset *dataset = NULL;
    lb_err err = LB_OK;

    bool block = layers_on(job->config, "output.emit_block");
    if (block || outputs_need_records(&job->outputs))
        err = lb_run_dataset(&dataset, job->run);
    if (err != LB_OK)
        return library_failed(job, err);
    int printed = print_result(job, report);
    bool written = outputs_write(&job->outputs, job->ctx, report, dataset, true, "run");
    if (written)
        written = send_home(job, report, dataset);
    lb_dataset_free(dataset);
    return written ? printed : EXIT_NOT_MEASURED;
}

/* A signal that came behind the last request stopped nothing: then the verdict counts. */
static bool was_stopped(const lb_report *report)
{
    const char *code = "";
    char path[40];

    for (size_t i = 0; signals_seen() != 0; i++) {
        (void)snprintf(path, sizeof(path), "warnings.%zu.code", i);
        if (lb_report_text(report, &code, path) != LB_OK)
            return false;
        if (strcmp(code, "partial") == 0)
            return true;
    }
    return false;
}

static int finish(struct job *job)
{
    lb_report *report = NULL;
    lb_err err = lb_run_report(&report, job->run);

    if (err != LB_OK) {
        outputs_keep_records(&job->outputs);
        return library_failed(job, err);
    }
    int code = write_results(job, report);
    int verdict = (int)lb_report_exit_code(report);
    if (was_stopped(report))
        verdict = EXIT_BY_SIGNAL + signals_seen();
    lb_report_free(report);
    if (job->broke != 0)
        return job->broke;
    return code != 0 ? code : verdict;
}

static int run_job(struct job *job)
{
    int code = prepare(job);

    if (code == 0)
        code = measure(job);
    if (code == 0)
        code = finish(job);
    signals_forget_run();
    lb_run_free(job->run);
    if (save_finish(&job->saved) && !job->quiet)
        say("records kept; to see them again: litebench report last");
    lb_plan_free(job->plan);
    lb_corpus_free(job->corpus);
    return code;
}

int cmd_run(char **args)
{
    struct faults faults = {"run", 0};
    struct opt_line line;
    struct job job = {.saved = {.fd = -1}, .quota = {LB_UNKNOWN, LB_UNKNOWN}};

    if (help_asked("run", args))
        return EXIT_SUCCESS;
    signals_catch();
    struct opt_table table = opt_table_for("run", NULL, 0);
    opt_parse(&line, &table, args, &faults);
    job.ctx = command_context(&line);
    if (lb_config_new(&job.config, job.ctx) != LB_OK)
        return fail_with(EXIT_NOT_MEASURED, "run", "%s", lb_ctx_error(job.ctx));
    int code = read_options(&job, &line, &faults);
    if (code == 0 && layers_on(job.config, "config.dry_run"))
        code = dry_run(job.config, job.ctx);
    else if (code == 0)
        code = run_job(&job);
    outputs_free(&job.outputs);
    lb_config_free(job.config);
    lb_ctx_free(job.ctx);
    opt_line_free(&line);
    opt_table_free(&table);
    return code;
}
