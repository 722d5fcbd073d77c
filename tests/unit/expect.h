/* SPDX-License-Identifier: Apache-2.0 */
/* expect.h - for loops of a million checks: Check's own asserts write a mark each time. */
#ifndef EXPECT_H
#define EXPECT_H

#include <check.h>

#define EXPECT(condition, ...)                                                                     \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg(__VA_ARGS__);                                                             \
    } while (0)

#endif
