/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy.c - see proxy.h. Done here and not by libcurl, whose choice a report could not name: the
 * library reads no environment. Name and password go a way of their own, which is never shown.
 */
#include "proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "layers.h"

enum { ADDRESS_MAX = 16 };

/* ---- no_proxy ---- */

struct address {
    unsigned char bytes[ADDRESS_MAX];
    unsigned bits; /* 32 or 128; 0: it is a name */
};

static struct address address_of(const char *text)
{
    struct address out = {.bits = 0};

    if (inet_pton(AF_INET, text, out.bytes) == 1)
        out.bits = 32;
    else if (inet_pton(AF_INET6, text, out.bytes) == 1)
        out.bits = 128;
    return out;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned rest = bits % 8;
    unsigned mask = 0xffu << (8 - rest) & 0xffu;

    return memcmp(a, b, bits / 8) == 0 && (rest == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0);
}

/* "10.1.2.3", "10.0.0.0/8", "[fd00::]/8"; changes `item`. */
static bool covers_address(char *item, const struct address *host)
{
    char *slash = strchr(item, '/');
    char *bracket = strchr(item, ']');

    if (slash != NULL)
        *slash = '\0';
    if (item[0] == '[' && bracket != NULL) {
        *bracket = '\0';
        item++;
    }
    struct address net = address_of(item);
    unsigned long bits = slash != NULL ? strtoul(slash + 1, NULL, 10) : net.bits;
    return net.bits == host->bits && bits > 0 && bits <= net.bits &&
           same_bits(net.bytes, host->bytes, (unsigned)bits);
}

/* "example.com" and ".example.com" are that host and all below it. */
static bool covers_name(const char *item, const char *host)
{
    item += item[0] == '.';
    size_t n = strlen(item);
    size_t len = strlen(host);

    if (n > 0 && item[n - 1] == '.')
        n--;
    if (len > 0 && host[len - 1] == '.')
        len--;
    if (n == 0 || n > len || strncasecmp(host + len - n, item, n) != 0)
        return false;
    return n == len || host[len - n - 1] == '.';
}

static bool is_listed(const char *list, const char *host)
{
    struct address address = address_of(host);
    bool listed = strcmp(list, "*") == 0;

    while (*list != '\0' && !listed) {
        list += strspn(list, ", \t");
        size_t n = strcspn(list, ", \t");
        char *item = need_text("%.*s", (int)n, list);
        listed = address.bits > 0 ? covers_address(item, &address) : covers_name(item, host);
        free(item);
        list += n;
    }
    return listed;
}

/* ---- which proxy ---- */

/* The first of these variables that is not empty; `name` says which. */
static const char *first_of(const char *const *names, const char **name)
{
    for (; *names != NULL; names++) {
        const char *value = getenv(*names);
        *name = *names;
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return NULL;
}

/* Of a URL that may still be wrong: the check comes later. The caller's to free. */
static char *host_of(const char *url)
{
    const char *scheme = strstr(url, "://");
    const char *host = scheme != NULL ? scheme + 3 : url;

    return *host == '[' ? need_text("%.*s", (int)strcspn(host + 1, "]"), host + 1)
                        : need_text("%.*s", (int)strcspn(host, ":/?#"), host);
}

static const char *find_proxy(const char *url, const char **name)
{
    static const char *const for_http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
    static const char *const for_https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                            NULL};
    static const char *const exceptions[] = {"no_proxy", "NO_PROXY", NULL};
    const char *unused;
    const char *except = first_of(exceptions, &unused);
    char *host = host_of(url);
    bool direct = except != NULL && is_listed(except, host);

    free(host);
    if (direct)
        return NULL;
    return first_of(strncasecmp(url, "https://", 8) == 0 ? for_https : for_http, name);
}

static void put(lb_config *config, lb_ctx *ctx, const char *option, char *value, const char *origin,
                struct faults *faults)
{
    if (lb_config_set(config, option, value, origin) != LB_OK)
        fault_lines(faults, lb_ctx_error(ctx));
    explicit_bzero(value, strlen(value));
    free(value);
}

void proxy_take(lb_config *config, lb_ctx *ctx, struct faults *faults)
{
    const char *name = "";
    const char *url = layers_get(config, "target.url");
    const char *proxy = url[0] != '\0' ? find_proxy(url, &name) : NULL;

    if (proxy == NULL || layers_given(config, "target.proxy"))
        return;
    const char *scheme = strstr(proxy, "://");
    const char *authority = scheme != NULL ? scheme + 3 : proxy;
    size_t len = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', len);
    const char *host = at != NULL ? at + 1 : authority;
    char *origin = need_text("environment %s", name);

    put(config, ctx, "target.proxy",
        need_text("%.*s%.*s", (int)(authority - proxy), proxy, (int)(authority + len - host), host),
        origin, faults);
    if (at != NULL)
        put(config, ctx, "target.proxy_login", need_text("%.*s", (int)(at - authority), authority),
            origin, faults);
    free(origin);
}
