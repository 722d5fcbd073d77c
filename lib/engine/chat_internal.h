/* SPDX-License-Identifier: Apache-2.0 */
/* chat_internal.h - between the three files of a chat: stream, head and end. */
#ifndef LBI_ENGINE_CHAT_INTERNAL_H
#define LBI_ENGINE_CHAT_INTERNAL_H

#include "engine/chat.h"

/* chat_head.c: what the headers and the first bytes say */
lb_err lbi_chat_header(void *user, const char *line, size_t len);
/* Is what came so far the beginning of an event stream? */
bool lbi_chat_sniff(struct lbi_chat *chat);

/* chat_end.c: how it ended */
lb_err lbi_chat_keep_body(struct lbi_chat *chat, const char *bytes, size_t len);
/* Notes the first failure; the result stops the transfer. */
lb_err lbi_chat_fail(struct lbi_chat *chat, enum lbi_error error, const char *text);
lb_err lbi_chat_stream_error(struct lbi_chat *chat, const struct lbi_delta *delta, const char *data,
                             size_t len);
lb_err lbi_chat_bad_event(struct lbi_chat *chat, const char *data, size_t len);
void lbi_chat_transfer_done(void *user, CURLcode code);

#endif
