/* SPDX-License-Identifier: Apache-2.0 */
/* signals.h - the first Ctrl-C ends a run in order, the second at once. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <litebench/litebench.h>

/* From now on SIGINT and SIGTERM end the program with 130 or 143, also where it is the first
 * process of a container, which the kernel spares a signal that nobody catches. */
void signals_catch(void);
/* From now on they cancel `run`. */
void signals_watch(lb_run *run);
/* From now on a signal only counts. */
void signals_forget_run(void);
/* Number of the first signal that came, 0. */
int signals_seen(void);

#endif
