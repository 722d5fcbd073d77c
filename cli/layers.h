/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers.h - from command line, environment, file and preset to one set of options, the higher
 * layer above the lower: flag or --set > environment > --config > --preset > default.
 */
#ifndef CLI_LAYERS_H
#define CLI_LAYERS_H

#include "opt.h"

/* All faults are said; the set is whole when there were none. */
void layers_apply(lb_config *config, lb_ctx *ctx, const struct opt_line *line,
                  struct faults *faults);
/* The URL as an argument of its own. */
void layers_take_url(lb_config *config, lb_ctx *ctx, const struct opt_line *line,
                     struct faults *faults);
/* lb_config_check, for a command that needs an endpoint or for one that does not. */
void layers_check(const lb_config *config, lb_ctx *ctx, bool endpoint, struct faults *faults);

/* --exit-zero is short for --fail-on none. After the check, which knows that they may contradict.
 */
void layers_exit_zero(lb_config *config, lb_ctx *ctx, struct faults *faults);

/* A value, "" when there is none. */
const char *layers_get(const lb_config *config, const char *name);
/* The same as number; 0 when there is none. */
long long layers_number(const lb_config *config, const char *name);
/* The same in seconds. */
double layers_seconds(const lb_config *config, const char *name);
bool layers_on(const lb_config *config, const char *name);
bool layers_given(const lb_config *config, const char *name);

#endif
