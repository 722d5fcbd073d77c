/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h - how a run goes, on stderr: one live line on a terminal, else a line every 10 s. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <litebench/litebench.h>

#include <stdbool.h>

#define PROGRESS_BUCKETS 256

struct progress {
    bool shown, live, quiet, verbose;
    bool measuring; /* the measured part has begun */
    bool drawn;     /* a live line stands on the terminal */
    int64_t started_ns, drawn_ns;
    uint64_t in_flight, ok, failed, planned;
    uint64_t tokens;
    uint64_t ttft_count;
    uint64_t ttft[PROGRESS_BUCKETS]; /* by the logarithm: 5 % wide, from 0.1 ms */
};

/* `quiet` leaves out what the run has to say, too. */
void progress_init(struct progress *progress, bool shown, bool quiet, bool verbose);
/* Every event of the run, and NULL when there was none for a while. */
void progress_event(struct progress *progress, const lb_event *event);
/* Leaves the terminal as it was. */
void progress_end(struct progress *progress);

#endif
