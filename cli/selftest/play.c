/* SPDX-License-Identifier: Apache-2.0 */
/* play.c - one case of the ladder: a run through the public API, its requests kept by id. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "say.h"
#include "selftest.h"

const struct selftest_case selftest_cases[] = {
    {"1 stream", 1, 10, 100, 5, 20, 4096, false, false},
    {"16 streams", 16, 5, 200, 20, 20, 4096, false, false},
    {"256 streams", 256, 2, 200, 50, 20, 4096, false, false},
    {"1,000 streams", 1000, 2, 200, 50, 20, 4096, false, false},
    {"2,000 streams", 2000, 2, 200, 50, 20, 4096, false, false},
    {"64 streams, 100 kB prompts", 64, 2, 200, 50, 20, 100000, false, false},
    {"64 streams, new connections", 64, 3, 200, 20, 10, 4096, true, false},
    {"16 streams, saturated", 16, 60, 0, 0, 200, 4096, false, false},
    {"256 streams, saturated", 256, 4, 0, 0, 200, 4096, false, false},
    {"5,000 streams", 5000, 1, 200, 100, 20, 4096, false, true},
    {"10,000 streams", 10000, 1, 200, 250, 20, 4096, false, true},
};
const size_t selftest_case_count = sizeof(selftest_cases) / sizeof(selftest_cases[0]);

static lb_err set_number(lb_config *config, const char *name, long value)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%ld", value);
    return lb_config_set(config, name, text, "selftest");
}

static lb_err configure(lb_config *config, const struct selftest_case *c, const char *url)
{
    static const char *const fixed[][2] = {
        {"target.model", "simulated-model"},
        {"plan.turns", "1"},
        {"load.min_delay", "0"},
        {"load.max_delay", "0"},
        {"plan.context", "1000000"},
        {"load.abort_errors", "100%"},
        {"request.timeout", "30s"},
    };
    lb_err err = lb_config_set(config, "target.url", url, "selftest");

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]) && err == LB_OK; i++)
        err = lb_config_set(config, fixed[i][0], fixed[i][1], "selftest");
    if (err == LB_OK)
        err = set_number(config, "load.workers", c->streams);
    if (err == LB_OK)
        err = set_number(config, "plan.conversations", (long)c->streams * c->rounds);
    if (err == LB_OK)
        err = set_number(config, "request.max_tokens", c->tokens);
    if (err == LB_OK && c->fresh)
        err = lb_config_set(config, "load.connections", "new", "selftest");
    /* Arrivals spread over a round, or all tokens of all streams would fall into one moment. */
    if (err == LB_OK && c->streams > 1 && c->itl_ms > 0)
        err = lb_config_set(config, "load.ramp", c->streams > 2000 ? "4s" : "1s", "selftest");
    return err;
}

/* A document of the wished size. */
static lb_err add_prompt(lb_corpus *corpus, int bytes)
{
    static const char line[] = "The quick brown fox jumps over the lazy dog, and does so again.\n";
    char *text = need(NULL, (size_t)bytes);

    for (int i = 0; i < bytes; i++)
        text[i] = line[(size_t)i % (sizeof(line) - 1)];
    lb_err err = lb_corpus_add(corpus, "prompt.txt", text, (size_t)bytes);
    free(text);
    return err;
}

static lb_err make_run(lb_run **out, lb_ctx *ctx, const struct selftest_case *c, const char *url)
{
    lb_config *config = NULL;
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL;
    lb_err err = lb_config_new(&config, ctx);

    if (err == LB_OK)
        err = configure(config, c, url);
    if (err == LB_OK)
        err = lb_corpus_new(&corpus, config);
    if (err == LB_OK)
        err = add_prompt(corpus, c->prompt_bytes);
    if (err == LB_OK)
        err = lb_plan_new(&plan, config, corpus);
    if (err == LB_OK)
        err = lb_run_new(out, config, plan);
    lb_plan_free(plan);
    lb_corpus_free(corpus);
    lb_config_free(config);
    return err;
}

static void take_turn(struct selftest_result *out, struct selftest_seen *seen, const lb_turn *turn)
{
    out->requests++;
    if (turn->error[0] != '\0' || turn->ttft_ns == LB_UNKNOWN)
        return;
    struct selftest_seen *one = &seen[out->ok++];
    (void)snprintf(one->id, sizeof(one->id), "%s", turn->response_id);
    one->ttft_ms = (double)turn->ttft_ns / 1e6;
}

static double cpu_seconds(void)
{
    struct rusage u;

    (void)getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Resident memory now, not the peak of an earlier case. */
static double resident_mib(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file == NULL)
        return 0;
    if (fscanf(file, "%*s %ld", &pages) != 1)
        pages = 0;
    (void)fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576.0;
}

static lb_err follow(struct selftest_result *out, lb_run *run, struct selftest_seen *seen,
                     size_t most)
{
    lb_event event;
    double tokens = 0;
    double cpu = cpu_seconds();
    lb_err err = lb_run_start(run);

    do {
        if (err == LB_OK)
            err = lb_run_next_event(run, &event, sizeof(event), -1);
        if (err != LB_OK || event.kind != LB_EV_TURN || out->requests >= most)
            continue;
        take_turn(out, seen, event.turn);
        tokens += event.turn->chunks;
        if (out->requests == most / 2)
            out->rss_mib = resident_mib();
    } while (err == LB_OK && event.kind != LB_EV_DONE);
    out->cpu_us_per_token = tokens > 0 ? (cpu_seconds() - cpu) * 1e6 / tokens : 0;
    return err;
}

bool selftest_play(struct selftest_result *out, lb_ctx *ctx, const struct selftest_case *c)
{
    struct selftest_server server = {0};
    size_t most = (size_t)c->streams * (size_t)c->rounds;
    struct selftest_seen *seen = need(NULL, most * sizeof(*seen));
    lb_run *run = NULL;

    *out = (struct selftest_result){.c = c};
    bool played = selftest_server_start(&server, c);
    if (played) {
        lb_err err = make_run(&run, ctx, c, server.url);
        if (err == LB_OK)
            err = follow(out, run, seen, most);
        if (err != LB_OK)
            say("selftest: %s: %s", c->name, lb_ctx_error(ctx));
        played = err == LB_OK;
        lb_run_free(run);
        selftest_server_stop(&server);
        if (played)
            played = selftest_join(out, &server, seen, out->ok);
        (void)unlink(server.log);
    }
    free(seen);
    return played;
}
