/* SPDX-License-Identifier: Apache-2.0 */
/* recorder.h - a sample whose clusters have 64-bit names: what stands behind lb_recorder. */
#ifndef LBI_STATS_RECORDER_H
#define LBI_STATS_RECORDER_H

#include "stats/idmap.h"
#include "stats/stat.h"

struct lbi_recorder {
    struct lbi_sample sample; /* clusters are numbers of `clusters` */
    struct lbi_idmap clusters;
};

void lbi_recorder_init(struct lbi_recorder *recorder, const struct lbi_mem *mem);
void lbi_recorder_free(struct lbi_recorder *recorder);
/* `missed`: there was no value; it counts as +INFINITY and `value` is not read. */
lb_err lbi_recorder_add(struct lbi_recorder *recorder, uint64_t cluster, double value, bool missed);
/* Equal names mean the same cluster. On failure `into` holds what it held. */
lb_err lbi_recorder_merge(struct lbi_recorder *into, const struct lbi_recorder *from);

#endif
