/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h - a key lives in our memory: no core file and no debugger of the same user shall have
 * it. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stdbool.h>

/* At the very start, before anybody knows what was asked for. */
void memory_hide(void);
/* Once --core is known: for good, or not at all. */
void memory_settle(bool core);

#endif
