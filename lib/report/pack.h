/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.h - records as few bytes: what a shard sends home through a log. Times are exact, texts and
 * ids of single requests stay behind, and so do gaps between tokens beyond a budget.
 */
#ifndef LBI_REPORT_PACK_H
#define LBI_REPORT_PACK_H

#include "report/dataset.h"

/* First bytes of the form, whose last one is its version. */
#define LBI_PACK_MAGIC "LBREC\0\0\1"

enum { LBI_PACK_MAGIC_LEN = 8, LBI_PACK_GAPS_MAX = 65536 };

/* Appends all of a dataset. */
lb_err lbi_pack(struct lbi_buf *out, const struct lb_dataset *dataset);
bool lbi_is_packed(const char *bytes, size_t len);
lb_err lbi_unpack(struct lb_dataset *dataset, const char *bytes, size_t len);

/*
 * Adds the records of one shard to those of others. Headers must tell of the same work, and no
 * shard may come twice. *into may be empty. The error names what differs.
 */
lb_err lbi_dataset_merge(struct lb_dataset *into, const struct lb_dataset *from);

#endif
