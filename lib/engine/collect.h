/* SPDX-License-Identifier: Apache-2.0 */
/* collect.h - the collector's half of a run: records out, events out. Caller's thread only. */
#ifndef LBI_ENGINE_COLLECT_H
#define LBI_ENGINE_COLLECT_H

#include "engine/run.h"

lb_err lbi_run_write_header(struct lb_run *run);
lb_err lbi_run_write_footer(struct lb_run *run);
/* Moves finished requests into dataset, tees and event list, once the measured part has begun. */
lb_err lbi_run_take_done(struct lb_run *run);
void lbi_run_free_events(struct lb_run *run);

#endif
