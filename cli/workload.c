/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workload.c - from options to a plan, and an estimate of what it will cost. Tokens are estimated
 * at four bytes each, as everywhere; how fast the endpoint answers is not known before the run, so
 * the time assumes what people call fast enough and is said to be a guess.
 */
#include "workload.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "layers.h"

#define BYTES_PER_TOKEN      4.0
#define ASSUMED_TOKENS_PER_S 50.0
#define ASSUMED_TTFT_S       0.5
#define SAMPLE               100 /* conversations looked at for the estimate */

lb_err workload_documents(lb_corpus **out, const lb_config *config)
{
    const char *docs = layers_get(config, "plan.docs");
    lb_corpus *corpus = NULL;
    lb_err err = lb_corpus_new(&corpus, config);

    if (err == LB_OK)
        err = docs[0] != '\0' ? lb_corpus_add_path(corpus, docs) : lb_corpus_add_builtin(corpus);
    if (err == LB_OK)
        *out = corpus;
    else
        lb_corpus_free(corpus);
    return err;
}

lb_err workload_plan(lb_plan **out, const lb_config *config)
{
    lb_corpus *corpus = NULL;
    lb_err err = workload_documents(&corpus, config);

    if (err == LB_OK)
        err = lb_plan_new(out, config, corpus);
    lb_corpus_free(corpus);
    return err;
}

/* Prompt bytes of a whole conversation: every turn sends again what was said before. */
static double conversation_bytes(lb_plan *plan, size_t conversation, double answer_bytes)
{
    size_t turns = lb_plan_turns(plan);
    double history = 0;
    double sum = 0;

    for (size_t turn = 1; turn <= turns; turn++) {
        const char *text;
        size_t len = 0;
        if (lb_plan_message(plan, &text, &len, conversation, turn) != LB_OK)
            break;
        history += (double)len;
        sum += history;
        history += answer_bytes;
    }
    return sum;
}

static double guess_seconds(const lb_config *config, double requests, double tokens)
{
    double think =
        (layers_seconds(config, "load.min_delay") + layers_seconds(config, "load.max_delay")) / 2;
    double turn = think + ASSUMED_TTFT_S + tokens / ASSUMED_TOKENS_PER_S;
    double workers = (double)layers_number(config, "load.workers");
    double bound = layers_seconds(config, "load.for");
    double seconds = ceil(requests / workers) * turn + layers_seconds(config, "load.ramp");

    return bound > 0 && bound < seconds ? bound : seconds;
}

static double count_models(const lb_config *config)
{
    const char *model;
    size_t count = 0;

    while (lb_config_get(config, &model, "target.model", count) == LB_OK)
        count++;
    return count > 0 ? (double)count : 1;
}

struct estimate workload_estimate(lb_plan *plan, const lb_config *config)
{
    struct estimate estimate = {0};
    size_t conversations = lb_plan_conversations(plan);
    size_t step = conversations > SAMPLE ? conversations / SAMPLE : 1;
    double tokens = (double)layers_number(config, "request.max_tokens");
    double bound = (double)layers_number(config, "load.max_requests");
    double models = count_models(config);
    double looked_at = 0;

    for (size_t i = 0; i < conversations; i += step, looked_at++)
        estimate.prompt_tokens += conversation_bytes(plan, i, tokens * BYTES_PER_TOKEN);
    estimate.requests = (double)conversations * (double)lb_plan_turns(plan) * models;
    estimate.prompt_tokens *= models * (double)conversations / (looked_at * BYTES_PER_TOKEN);
    if (bound > 0 && bound < estimate.requests) {
        estimate.prompt_tokens *= bound / estimate.requests;
        estimate.requests = bound;
    }
    estimate.answer_tokens = estimate.requests * tokens;
    estimate.seconds = guess_seconds(config, estimate.requests, tokens);
    return estimate;
}

/* 1234567 -> "1.2 M" */
static char *amount(double n)
{
    if (n < 10000)
        return need_text("%.0f", n);
    if (n < 1e6)
        return need_text("%.0f k", n / 1e3);
    return need_text("%.1f M", n / 1e6);
}

static char *span(double seconds)
{
    if (seconds < 100)
        return need_text("%.0f s", seconds);
    if (seconds < 7200)
        return need_text("%.0f min", seconds / 60);
    return need_text("%.1f h", seconds / 3600);
}

char *workload_summary(const struct estimate *estimate, const lb_plan *plan,
                       const lb_config *config)
{
    char clock[32] = "?";
    time_t end = time(NULL) + (time_t)estimate->seconds;
    struct tm tm;
    char *prompt = amount(estimate->prompt_tokens);
    char *answer = amount(estimate->answer_tokens);
    char *time = span(estimate->seconds);

    if (localtime_r(&end, &tm) != NULL)
        (void)strftime(clock, sizeof(clock), estimate->seconds > 43200 ? "%F %H:%M" : "%H:%M:%S",
                       &tm);
    char *text = need_text("%.0f requests (%zu conversations x %zu turns%s, at most %lld at once), "
                           "about %s prompt and at most %s answer tokens; about %s if answers "
                           "come at %.0f tokens/s: until %s",
                           estimate->requests, lb_plan_conversations(plan), lb_plan_turns(plan),
                           count_models(config) > 1 ? " for each model" : "",
                           layers_number(config, "load.workers"), prompt, answer, time,
                           ASSUMED_TOKENS_PER_S, clock);
    free(prompt);
    free(answer);
    free(time);
    return text;
}

void workload_warn(const lb_config *config)
{
    long long conversations = layers_number(config, "plan.conversations");
    long long workers = layers_number(config, "load.workers");

    if (conversations > workers && !layers_given(config, "load.users"))
        say("%lld conversations, at most %lld requests at once: not %lld people; see --users",
            conversations, workers, conversations);
    else if (layers_given(config, "load.users") && conversations < workers)
        say("%lld people but %lld conversations: never more than %lld at once; see "
            "--conversations",
            workers, conversations, conversations);
}
