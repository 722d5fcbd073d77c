/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selftest.h - litebench measured against an endpoint whose truth is known: its own simulated one,
 * in a process of its own, which writes down when each first token left.
 */
#ifndef CLI_SELFTEST_H
#define CLI_SELFTEST_H

#include <litebench/litebench.h>

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* One step of the ladder. */
struct selftest_case {
    const char *name;
    int streams; /* requests in flight */
    int rounds;  /* requests per stream */
    int ttft_ms, itl_ms, tokens;
    int prompt_bytes;
    bool fresh;     /* a connection per request */
    bool full_only; /* only with --full */
};

extern const struct selftest_case selftest_cases[];
extern const size_t selftest_case_count;

/* The endpoint under test. */
struct selftest_server {
    pid_t pid;
    char url[128];
    char log[128]; /* its truth, whole once it was stopped */
};

/* False after saying why. Runs on another core than ours if there is one. */
bool selftest_server_start(struct selftest_server *server, const struct selftest_case *c);
void selftest_server_stop(struct selftest_server *server);
/* Keeps this process off the server's core. */
void selftest_pin_self(void);

/* What a request was measured to take, by the id of its response. */
struct selftest_seen {
    char id[40];
    double ttft_ms;
};

struct selftest_result {
    const struct selftest_case *c;
    size_t requests, ok, joined;
    double true_ms, measured_ms;       /* medians */
    double error_p50_ms, error_p99_ms; /* of |measured - true| */
    double late_p50_ms, late_p99_ms;   /* the server behind its own schedule */
    double cpu_us_per_token;
    double rss_mib;
    bool judged; /* paced, and the server was on time */
    bool good;   /* the error is within SELFTEST_ERROR_MS */
};

#define SELFTEST_ERROR_MS 1.0
#define SELFTEST_LATE_MS  1.0

/* Plays one case. False after saying why it could not be played. */
bool selftest_play(struct selftest_result *out, lb_ctx *ctx, const struct selftest_case *c);
/* Joins what was seen with the server's log and fills in the figures. */
bool selftest_join(struct selftest_result *out, const struct selftest_server *server,
                   struct selftest_seen *seen, size_t count);

void selftest_print(FILE *out, const struct selftest_result *results, size_t count);
void selftest_print_json(FILE *out, const struct selftest_result *results, size_t count);
/* Most streams that were carried within the error; 0: not even one. */
int selftest_carried(const struct selftest_result *results, size_t count);
bool selftest_passed(const struct selftest_result *results, size_t count);

#endif
