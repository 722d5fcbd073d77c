/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulate.h - `litebench simulate`: an OpenAI-compatible endpoint whose truth is known.
 *
 * It answers with made-up text at times that are set by options, models a prefix cache, replicas
 * and queues, misbehaves on request, and logs when it really sent what. It shares no code with the
 * library: a bug in a common parser would hide on both sides of a test.
 */
#ifndef LITEBENCH_SIMULATE_H
#define LITEBENCH_SIMULATE_H

#include <stddef.h>

#include <litebench/litebench.h>

struct simulate_config;

/* The option table of this command: names "simulate.ttft", flags "ttft". Static. */
const struct lb_opt_info *simulate_options(size_t *count);

/* All options at their defaults; NULL when there is no memory. */
struct simulate_config *simulate_config_new(void);
void simulate_config_free(struct simulate_config *config);

/* Sets one option from text; lists (simulate.model) append. 0, or -1 with one line in `error`. */
int simulate_config_set(struct simulate_config *config, const char *name, const char *value,
                        char *error, size_t error_size);

/* Serves until SIGINT or SIGTERM. Prints the base URL as the first line on stdout when it listens.
 * Returns an exit code: 0, 2 (a wrong option) or 3 (cannot listen, cannot write the log). */
int simulate_run(const struct simulate_config *config);

#endif
