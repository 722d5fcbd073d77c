/* SPDX-License-Identifier: Apache-2.0 */
/* url.c - see url.h. Pure; tested by table in tests/unit/test_url.c. */
#include "wire/url.h"

#include <string.h>
#include <strings.h>

/* After "http://" or "https://"; NULL when neither is there. */
static const char *after_scheme(const char *url, bool *https)
{
    *https = strncasecmp(url, "https://", 8) == 0;
    if (*https)
        return url + 8;
    return strncasecmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

static size_t authority_len(const char *authority)
{
    return strcspn(authority, "/?#");
}

/* The part after the host: "", ":" and digits; false for anything else. */
static bool port_of(const char *text, size_t len, bool https, uint16_t *port)
{
    unsigned value = 0;

    *port = https ? 443 : 80;
    if (len == 0)
        return true;
    if (text[0] != ':' || len == 1 || len > 6)
        return false;
    for (size_t i = 1; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *port = (uint16_t)value;
    return value >= 1 && value <= 65535;
}

static size_t host_len(const char *authority, size_t len, bool *ipv6)
{
    *ipv6 = len > 0 && authority[0] == '[';
    if (*ipv6) {
        const char *close = memchr(authority, ']', len);
        return close != NULL ? (size_t)(close - authority) + 1 : 0;
    }
    const char *colon = memchr(authority, ':', len);
    return colon != NULL ? (size_t)(colon - authority) : len;
}

const char *lbi_url_fault(const char *url)
{
    bool https;
    bool ipv6;
    uint16_t port;
    const char *authority = after_scheme(url, &https);

    for (const char *p = url; *p != '\0'; p++) {
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return "holds a blank or control character";
    }
    if (authority == NULL)
        return "is not an http:// or https:// URL";
    size_t len = authority_len(authority);
    if (memchr(authority, '@', len) != NULL)
        return "holds a user name or password; give the key by --key-file, --key-env or "
               "LITEBENCH_API_KEY";
    size_t host = host_len(authority, len, &ipv6);
    if (host == 0 || host > 255 || (ipv6 && host < 4))
        return "has no host name";
    if (!port_of(authority + host, len - host, https, &port))
        return "has a bad port (1..65535)";
    return NULL;
}

void lbi_url_split(struct lbi_url *out, const char *url)
{
    const char *authority = after_scheme(url, &out->https);
    size_t len = authority_len(authority);
    size_t host = host_len(authority, len, &out->ipv6);
    size_t skip = out->ipv6 ? 1 : 0;
    size_t bare = host > 2 * skip ? host - 2 * skip : 0;

    if (bare >= sizeof(out->host)) /* it has no fault, so it fits; compilers want to see it */
        bare = sizeof(out->host) - 1;
    memcpy(out->host, authority + skip, bare);
    out->host[bare] = '\0';
    (void)port_of(authority + host, len - host, out->https, &out->port);
}

/* Does the path end in a version, as /v1 or /openai/v2 do? */
static bool ends_in_version(const char *path, size_t len)
{
    size_t digits = 0;

    while (len > digits && path[len - 1 - digits] >= '0' && path[len - 1 - digits] <= '9')
        digits++;
    return digits > 0 && len >= digits + 2 && path[len - digits - 1] == 'v' &&
           path[len - digits - 2] == '/';
}

void lbi_url_base(struct lbi_buf *out, const char *url)
{
    bool https;
    const char *authority = after_scheme(url, &https);
    size_t host = authority_len(authority);
    const char *path = authority + host;
    size_t len = strcspn(path, "?#");
    static const char endpoint[] = "/chat/completions";
    const size_t endpoint_len = sizeof(endpoint) - 1;

    while (len > 0 && path[len - 1] == '/')
        len--;
    /* Someone pasted the whole address of the endpoint. */
    if (len >= endpoint_len && memcmp(path + len - endpoint_len, endpoint, endpoint_len) == 0)
        len -= endpoint_len;
    lbi_buf_puts(out, https ? "https://" : "http://");
    lbi_buf_add(out, authority, host);
    lbi_buf_add(out, path, len);
    if (!ends_in_version(path, len))
        lbi_buf_puts(out, "/v1");
}
