/* SPDX-License-Identifier: Apache-2.0 */
/* headers.c - which request headers carry secrets. */
#include <string.h>
#include <strings.h>

#include "config/settings.h"

static bool is_name(const char *known, const char *name, size_t len)
{
    return strlen(known) == len && strncasecmp(known, name, len) == 0;
}

bool lbi_header_secret(const struct lb_config *config, const char *name, size_t len)
{
    static const char *const always[] = {
        "authorization", "proxy-authorization", "api-key", "x-api-key", "cookie", "set-cookie"};
    const struct lbi_list *more = &config->set.secret_headers;

    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
        if (is_name(always[i], name, len))
            return true;
    }
    for (size_t i = 0; i < more->count; i++) {
        if (is_name(more->items[i], name, len))
            return true;
    }
    return false;
}
