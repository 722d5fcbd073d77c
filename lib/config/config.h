/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - the options of one run: life, setting from text, from JSON, from presets, and the
 * rules that join them. settings.h is what readers of values need; this is for who sets them.
 */
#ifndef LBI_CONFIG_CONFIG_H
#define LBI_CONFIG_CONFIG_H

#include "config/settings.h"

lb_err lbi_config_new(struct lb_config **out, struct lb_ctx *ctx);
lb_err lbi_config_clone(struct lb_config **out, const struct lb_config *from);
void lbi_config_free(struct lb_config *config);

/* Notes "name (origin): sentence" as the context's error. `origin` NULL: the caller. */
lb_err lbi_config_set(struct lb_config *config, const char *name, const char *value,
                      const char *origin);
lb_err lbi_config_add(struct lb_config *config, const char *name, const char *value,
                      const char *origin);
lb_err lbi_config_get(const struct lb_config *config, const char **out, const char *name,
                      size_t index);
lb_err lbi_config_origin(const struct lb_config *config, const char **out, const char *name);

/* One line a fault, with line and column; the config is untouched when there is one. */
lb_err lbi_config_load_json(struct lb_config *config, const char *text, size_t len,
                            const char *origin);
lb_err lbi_config_preset(struct lb_config *config, const char *name);
lb_err lbi_preset_at(const char **name, const char **help, size_t index);
/* Appends each fault to the context's error; the caller cleared it. */
lb_err lbi_config_check(const struct lb_config *config);

/* ---- inside this folder ---- */

/*
 * Text into the slot of an option. `append`: a further item of a list. What is wrong with it is
 * appended to `why` as a sentence without the name of the option.
 */
lb_err lbi_store(struct lb_config *config, enum lbi_opt opt, const char *value, const char *origin,
                 bool append, struct lbi_buf *why);
/* The slot's value from text[opt], else from the default. */
lb_err lbi_store_again(struct lb_config *config, enum lbi_opt opt);
/* Unsets what excludes `opt` and came from another step of precedence. */
void lbi_drop_rivals(struct lb_config *config, enum lbi_opt opt);
/* Back to the default. */
void lbi_unset(struct lb_config *config, enum lbi_opt opt);
void *lbi_slot(const struct lb_config *config, enum lbi_opt opt);
bool lbi_is_list(enum lbi_opt opt);
/* The option whose value `opt` took over; meaningful while derived[opt]. */
enum lbi_opt lbi_derived_from(enum lbi_opt opt);
/* Do two origins stand on the same step of precedence ("--users" and "--workers" do)? */
bool lbi_same_step(const char *a, const char *b);

lb_err lbi_list_add(const struct lbi_mem *mem, struct lbi_list *list, const char *text, size_t len);
void lbi_list_remove(const struct lbi_mem *mem, struct lbi_list *list, size_t index);
void lbi_list_free(const struct lbi_mem *mem, struct lbi_list *list);
lb_err lbi_list_copy(const struct lbi_mem *mem, struct lbi_list *to, const struct lbi_list *from);

/* Text as it may stand in a message: short, printable, quoted when `quote`. */
void lbi_put_shown(struct lbi_buf *out, const char *text, bool quote);

#endif
