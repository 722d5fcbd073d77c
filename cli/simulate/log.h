/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - the truth: a line of CSV for each chat request when it ends. */
#ifndef SIM_LOG_H
#define SIM_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Clocks are CLOCK_MONOTONIC; 0: it never came to that (an empty field). */
struct sim_truth {
    uint64_t request; /* from 1; also the number in the response id */
    int64_t arrived_ns;
    int64_t first_token_ns;
    int64_t last_token_ns;
    uint64_t tokens; /* really sent */
    uint64_t prompt_tokens;
    uint64_t cached_tokens;
    int status; /* 499: the client went away, or the server was stopped */
    bool has_id;
};

struct sim_log {
    FILE *file; /* NULL: no log is kept */
    char *buffer;
    bool dirty;
    bool failed;
};

/* "" keeps no log. False: errno says why. */
bool sim_log_open(struct sim_log *log, const char *path);
void sim_log_write(struct sim_log *log, const struct sim_truth *truth);
/* For quiet moments: a reader sees whole lines afterwards. */
void sim_log_flush(struct sim_log *log);
/* False when something could not be written. */
bool sim_log_close(struct sim_log *log);

#endif
