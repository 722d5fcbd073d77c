/* SPDX-License-Identifier: Apache-2.0 */
/* way.h - how a transfer gets to the endpoint: HTTP version, TLS, proxy, a connection of its own.
 */
#ifndef LBI_NET_WAY_H
#define LBI_NET_WAY_H

#include "net/transfer.h"

/* Sets up a new easy handle. */
void lbi_way_set(struct lbi_transfer *transfer);
/* Before it: for connections = user. */
lb_err lbi_way_of_its_own(struct lbi_transfer *transfer, size_t user_index);

#endif
