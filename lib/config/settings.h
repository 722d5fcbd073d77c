/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h - the typed values of all options, made from options.def, and the table that says
 * how text becomes one. The only code that knows the difference between "2s" and 2000000000.
 */
#ifndef LBI_CONFIG_SETTINGS_H
#define LBI_CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"

struct lbi_list {
    char **items;
    size_t count, cap;
};

#define LBI_TYPE_BOOL     bool
#define LBI_TYPE_INT      int64_t
#define LBI_TYPE_NUMBER   double
#define LBI_TYPE_SHARE    double
#define LBI_TYPE_TEXT     char * /* NULL when unset */
#define LBI_TYPE_DURATION int64_t
#define LBI_TYPE_CHOICE   int32_t /* position in `choices` */
#define LBI_TYPE_LIST     struct lbi_list

struct lbi_settings {
#define OPT(kind, field, ...) LBI_TYPE_##kind field;
#include "options.def"
#undef OPT
};

enum lbi_opt {
#define OPT(kind, field, ...) LBI_OPT_##field,
#include "options.def"
#undef OPT
    LBI_OPT_COUNT
};

enum lbi_schedule { LBI_ROTATE, LBI_USERS };
enum lbi_history { LBI_LIVE, LBI_CANNED };
enum lbi_connections { LBI_CONN_REUSE, LBI_CONN_USER, LBI_CONN_NEW };
enum lbi_http { LBI_HTTP_AUTO, LBI_HTTP_1_1, LBI_HTTP_2 };

struct lbi_opt_row {
    lb_opt_info info;
    size_t offset; /* of the field in struct lbi_settings */
};

extern const struct lbi_opt_row lbi_opt_rows[LBI_OPT_COUNT];

/* LBI_OPT_COUNT when there is none. */
enum lbi_opt lbi_opt_by_name(const char *name);
/* The known name nearest to `name`, or NULL when none is near. */
const char *lbi_opt_nearest(const char *name);

/*
 * `set` always holds the effective values: defaults, what was given, and what follows from it.
 * set.slo is the whole list of objectives that are in force: nothing is left to merge. A list
 * option with choices (judge.fail_on) holds single words.
 */
struct lb_config {
    struct lb_ctx *ctx;
    struct lbi_settings set;
    char *text[LBI_OPT_COUNT];     /* as given; NULL: default. Not for lists */
    char *origin[LBI_OPT_COUNT];   /* NULL: default */
    bool derived[LBI_OPT_COUNT];   /* the value follows from another option */
    struct lbi_list slo_origins;   /* where each item of set.slo came from */
    struct lbi_list shown_headers; /* set.headers with *** for the values */
};

/* Was it set to something, whatever it was? */
bool lbi_given(const struct lb_config *config, enum lbi_opt opt);

/* Must the value of this header never be shown? Authorization and the like, and those named by
 * target.secret_header. */
bool lbi_header_secret(const struct lb_config *config, const char *name, size_t len);

/* Text to value, independent of the locale; the whole text must match: false when it is none.
 * What is too large for the type becomes its limit. A duration without unit is seconds. */
bool lbi_parse_duration(const char *text, int64_t *out_ns);
bool lbi_parse_number(const char *text, double *out);
bool lbi_parse_integer(const char *text, int64_t *out);
bool lbi_parse_share(const char *text, double *out);
/* "I/N": part I (from 0) of N. */
bool lbi_parse_shard(const char *text, size_t *index, size_t *of);

/* Values that follow from others: users make workers, schedule and conversations. Idempotent. */
void lbi_settings_derive(struct lb_config *config);

#endif
