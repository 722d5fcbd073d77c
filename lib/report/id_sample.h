/* SPDX-License-Identifier: Apache-2.0 */
/*
 * id_sample.h - how many ids came again, without keeping them all: those are remembered whose hash
 * falls into a share that shrinks as they become more, and each counts for all in its share.
 */
#ifndef LBI_REPORT_ID_SAMPLE_H
#define LBI_REPORT_ID_SAMPLE_H

#include "base/mem.h"

enum { LBI_ID_SAMPLE_MAX = 2048, LBI_ID_SAMPLE_PLACES = 2 * LBI_ID_SAMPLE_MAX };

/* Zeroed: empty. */
struct lbi_id_sample {
    uint64_t places[LBI_ID_SAMPLE_PLACES]; /* 0: free */
    size_t count;
    unsigned shift; /* a hash is remembered when this many of its upper bits are 0 */
    uint64_t known, repeated;
};

uint64_t lbi_id_sample_hash(const char *id, size_t len);
void lbi_id_sample_add(struct lbi_id_sample *sample, uint64_t hash);
/* `into` as if it had met both; an id that came once on each side counts as repeated. */
void lbi_id_sample_merge(struct lbi_id_sample *into, const struct lbi_id_sample *from);

#endif
