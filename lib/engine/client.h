/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - one conversation by hand, and the list of models: a loop that waits for one thing. */
#ifndef LBI_ENGINE_CLIENT_H
#define LBI_ENGINE_CLIENT_H

#include "base/quota.h"
#include "engine/chat.h"

struct lb_client;

lb_err lbi_client_new(struct lb_client **out, const struct lb_config *config);
void lbi_client_free(struct lb_client *client);
lb_err lbi_client_model(struct lb_client *client, const char **out, int64_t *context, size_t index);
/* What headers of the list of models say. */
lb_err lbi_client_quota(struct lb_client *client, const struct lbi_quota **out);
lb_err lbi_client_chat(struct lb_client *client, lb_turn *out, const lb_message *messages,
                       size_t count, lb_delta_cb delta, void *user);
/* Async-signal-safe. [any thread] */
void lbi_client_cancel(struct lb_client *client, bool on);

#endif
