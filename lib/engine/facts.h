/* SPDX-License-Identifier: Apache-2.0 */
/* facts.h - what is known of a run besides its records: first and last line of the NDJSON form. */
#ifndef LBI_ENGINE_FACTS_H
#define LBI_ENGINE_FACTS_H

#include <json-c/json.h>

#include "engine/crew.h"

/* What crews measured of themselves, summed over threads and phases. */
struct lbi_self {
    struct lbi_counts counts;
    struct lbi_lag lag;
    int64_t cpu_ns;
    size_t threads;
    uint32_t wall_steps; /* how often the wall clock was set during the run */
    char server[96];
};

void lbi_self_add(struct lbi_self *self, const struct lbi_crew *crew);
/* What the user chose, without secrets: full name of an option to its text, or texts of a list.
 * NULL when out of memory. */
struct json_object *lbi_facts_given(const struct lb_config *config);
/* NULL when out of memory. */
struct json_object *lbi_facts_header(const struct lbi_shared *shared);
struct json_object *lbi_facts_footer(const struct lbi_shared *shared, const struct lbi_self *self,
                                     bool partial);

#endif
