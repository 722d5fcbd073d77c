/* SPDX-License-Identifier: Apache-2.0 */
/* kept.h - sockets of a loop that nobody uses now, and the next request may have. */
#ifndef LBI_NET_KEPT_H
#define LBI_NET_KEPT_H

#include "net/loop.h"

/* Is there nothing to read, not even an end? So a server leaves a connection that it will serve. */
bool lbi_socket_is_quiet(int fd);
/* `fd` is watched by the loop, which closes it when the other side does or says something. Without
 * memory it is left alone. */
lb_err lbi_kept_add(struct lbi_loop *loop, int fd);
/* The one that was used last and is quiet; -1: none. */
int lbi_kept_take(struct lbi_loop *loop);
/* Something happened to one that is kept. */
void lbi_kept_look(struct lbi_loop *loop, int fd);
void lbi_kept_free(struct lbi_loop *loop);

#endif
