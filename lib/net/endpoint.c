/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.c - from options to addresses, headers and secrets. Secrets live here and in libcurl's
 * header list while they are needed; ours are wiped.
 */
#include "net/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "net/global.h"

/* To blank every "a" of a report would help nobody, nor every "Bearer". */
enum { SECRET_MIN = 4, SECRET_PART_MIN = 8, SECRET_TAIL_MIN = 6 };

static lb_err add_header(struct lbi_endpoint *endpoint, const char *line)
{
    struct curl_slist *list = curl_slist_append(endpoint->headers, line);

    if (list == NULL)
        return lbi_nomem(endpoint->ctx);
    endpoint->headers = list;
    return LB_OK;
}

static lb_err keep_secret(struct lbi_endpoint *endpoint, const char *text, size_t len)
{
    struct lbi_list *list = &endpoint->secrets;
    const struct lbi_mem *mem = &endpoint->ctx->mem;
    void *items = list->items;

    if (lbi_grow(mem, &items, &list->cap, list->count, sizeof(char *)) != LB_OK)
        return lbi_nomem(endpoint->ctx);
    list->items = items;
    char *copy = lbi_alloc(mem, len + 1);
    if (copy == NULL)
        return lbi_nomem(endpoint->ctx);
    memcpy(copy, text, len);
    copy[len] = '\0';
    list->items[list->count++] = copy;
    return LB_OK;
}

/* The whole and its parts: a server repeats the key of "Bearer KEY", or one of several cookies. */
static lb_err add_secret(struct lbi_endpoint *endpoint, const char *text)
{
    static const char between[] = " \t;,=";
    size_t whole = strlen(text);
    lb_err err = LB_OK;

    if (whole >= SECRET_MIN)
        err = keep_secret(endpoint, text, whole);
    while (err == LB_OK && *text != '\0') {
        text += strspn(text, between);
        size_t part = strcspn(text, between);
        if (part >= SECRET_PART_MIN && part < whole)
            err = keep_secret(endpoint, text, part);
        text += part;
    }
    return err;
}

/* A long word that is no path may be the key itself, given by mistake. */
static const char *shown(const char *path)
{
    const size_t long_name = 20;

    return strchr("/.~", path[0]) != NULL || strlen(path) < long_name ? path
                                                                      : "the file named there";
}

/* First line of a small file, without the blanks around it. */
static lb_err read_secret_file(struct lb_ctx *ctx, struct lbi_buf *out, const char *path,
                               const char *option)
{
    char chunk[4096];
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return lbi_fail(ctx, LB_E_IO, "%s: cannot read %s", option, shown(path));
    size_t n = fread(chunk, 1, sizeof(chunk) - 1, file);
    bool bad = ferror(file) != 0;
    (void)fclose(file);
    if (bad)
        return lbi_fail(ctx, LB_E_IO, "%s: cannot read %s", option, shown(path));
    chunk[n] = '\0';
    char *text = chunk + strspn(chunk, " \t\r\n");
    text[strcspn(text, "\r\n")] = '\0';
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    lbi_buf_add(out, text, len);
    explicit_bzero(chunk, sizeof(chunk));
    if (len == 0)
        return lbi_fail(ctx, LB_E_INVALID, "%s: %s is empty", option, shown(path));
    return out->err != LB_OK ? lbi_nomem(ctx) : LB_OK;
}

/* "Name: value" or "Name: @FILE". */
static lb_err take_header(struct lbi_endpoint *endpoint, const char *item)
{
    struct lbi_buf value, line;
    size_t name = strcspn(item, ":");
    lb_err err = LB_OK;

    lbi_buf_init(&value, &endpoint->ctx->mem);
    lbi_buf_init(&line, &endpoint->ctx->mem);
    const char *text = item + name + (item[name] == ':' ? 1 : 0);
    text += strspn(text, " \t");
    if (*text == '@')
        err = read_secret_file(endpoint->ctx, &value, text + 1, "target.header (--header)");
    else
        lbi_buf_puts(&value, text);
    lbi_buf_printf(&line, "%.*s: %s", (int)name, item, lbi_buf_text(&value));
    if (err == LB_OK && (line.err != LB_OK || value.err != LB_OK))
        err = lbi_nomem(endpoint->ctx);
    if (err == LB_OK && (lbi_header_secret(endpoint->config, item, name) || *text == '@'))
        err = add_secret(endpoint, lbi_buf_text(&value));
    if (err == LB_OK)
        err = add_header(endpoint, lbi_buf_text(&line));
    if (value.data != NULL)
        explicit_bzero(value.data, value.len);
    if (line.data != NULL)
        explicit_bzero(line.data, line.len);
    lbi_buf_free(&value);
    lbi_buf_free(&line);
    return err;
}

static lb_err take_key(struct lbi_endpoint *endpoint)
{
    const struct lbi_settings *set = endpoint->set;
    struct lbi_buf key, line;
    lb_err err = LB_OK;

    lbi_buf_init(&key, &endpoint->ctx->mem);
    lbi_buf_init(&line, &endpoint->ctx->mem);
    if (set->key_file != NULL)
        err = read_secret_file(endpoint->ctx, &key, set->key_file, "target.key_file (--key-file)");
    else if (set->key != NULL)
        lbi_buf_puts(&key, set->key);
    if (err == LB_OK && strpbrk(lbi_buf_text(&key), " \t") != NULL)
        err = lbi_fail(endpoint->ctx, LB_E_INVALID,
                       "target.key_file (--key-file): the key holds blanks; is it the right file?");
    if (err == LB_OK && key.len > 0) {
        lbi_buf_printf(&line, "Authorization: Bearer %s", lbi_buf_text(&key));
        err =
            line.err != LB_OK ? lbi_nomem(endpoint->ctx) : add_secret(endpoint, lbi_buf_text(&key));
        if (err == LB_OK)
            err = add_header(endpoint, lbi_buf_text(&line));
    }
    if (key.data != NULL)
        explicit_bzero(key.data, key.len);
    if (line.data != NULL)
        explicit_bzero(line.data, line.len);
    lbi_buf_free(&key);
    lbi_buf_free(&line);
    return err;
}

static bool is_given(const struct lbi_list *headers, const char *line)
{
    size_t name = strcspn(line, ":");

    for (size_t i = 0; i < headers->count; i++) {
        const char *item = headers->items[i];
        if (strcspn(item, ":") == name && strncasecmp(item, line, name) == 0)
            return true;
    }
    return false;
}

/* One that the user gives takes the place of ours. */
static lb_err take_headers(struct lbi_endpoint *endpoint)
{
    /* The two empty ones take back what libcurl would send by itself. */
    static const char *const fixed[] = {"Content-Type: application/json",
                                        "Accept: text/event-stream, application/json",
                                        ("User-Agent: litebench/" LB_VERSION),
                                        "Expect:",
                                        "Accept-Encoding:",
                                        NULL};
    lb_err err = LB_OK;

    for (size_t i = 0; fixed[i] != NULL && err == LB_OK; i++) {
        if (!is_given(&endpoint->set->headers, fixed[i]))
            err = add_header(endpoint, fixed[i]);
    }
    if (err == LB_OK)
        err = take_key(endpoint);
    for (size_t i = 0; i < endpoint->set->headers.count && err == LB_OK; i++)
        err = take_header(endpoint, endpoint->set->headers.items[i]);
    return err;
}

static lb_err make_urls(struct lbi_endpoint *endpoint)
{
    const struct lbi_mem *mem = &endpoint->ctx->mem;
    struct lbi_buf text;

    lbi_buf_init(&text, mem);
    lbi_url_base(&text, endpoint->set->url);
    size_t base_len = text.len;
    endpoint->base = lbi_strdup(mem, lbi_buf_text(&text));
    lbi_buf_puts(&text, "/chat/completions");
    endpoint->chat_url = lbi_strdup(mem, lbi_buf_text(&text));
    lbi_buf_truncate(&text, base_len);
    lbi_buf_puts(&text, "/models");
    endpoint->models_url = lbi_strdup(mem, lbi_buf_text(&text));
    lb_err err = text.err;
    lbi_buf_free(&text);
    if (err != LB_OK || endpoint->base == NULL || endpoint->chat_url == NULL ||
        endpoint->models_url == NULL)
        return lbi_nomem(endpoint->ctx);
    lbi_url_split(&endpoint->url, endpoint->set->url);
    return LB_OK;
}

/* Its name and password, and the password alone, may appear nowhere. */
static lb_err take_proxy(struct lbi_endpoint *endpoint)
{
    const char *login = endpoint->set->proxy_login;

    endpoint->keyed = endpoint->secrets.count > 0;
    endpoint->proxied = endpoint->set->proxy != NULL && endpoint->set->proxy[0] != '\0';
    if (!endpoint->proxied || login == NULL)
        return LB_OK;
    const char *colon = strchr(login, ':');
    lb_err err = add_secret(endpoint, login);
    return err == LB_OK && colon != NULL ? add_secret(endpoint, colon + 1) : err;
}

/* What libcurl or the way to the endpoint cannot do, told before it looks like the endpoint's
 * fault. */
static lb_err check_way(const struct lbi_endpoint *endpoint)
{
    const struct lbi_settings *set = endpoint->set;

    if (endpoint->proxied && set->connections == LBI_CONN_USER)
        return lbi_fail(endpoint->ctx, LB_E_INVALID,
                        "load.connections: \"user\" does not go through a proxy (%s): use another, "
                        "or name the host in no_proxy",
                        set->proxy);
    if (set->http == LBI_HTTP_2 && !endpoint->url.https && set->connections != LBI_CONN_NEW &&
        !lbi_curl_keeps_clear_http2())
        return lbi_fail(endpoint->ctx, LB_E_INVALID,
                        "target.http: this libcurl (7.88) fails at every second request on an "
                        "HTTP/2 connection without TLS: use https://, --connections new or another "
                        "libcurl");
    return LB_OK;
}

/* For each user's made-up host. */
static lb_err keep_addresses(struct lbi_endpoint *endpoint, const struct addrinfo *list)
{
    struct lbi_buf text;

    lbi_buf_init(&text, &endpoint->ctx->mem);
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        char name[NI_MAXHOST];
        if (getnameinfo(a->ai_addr, a->ai_addrlen, name, sizeof(name), NULL, 0, NI_NUMERICHOST) !=
            0)
            continue;
        bool v6 = a->ai_family == AF_INET6;
        lbi_buf_printf(&text, "%s%s%s%s", text.len > 0 ? "," : "", v6 ? "[" : "", name,
                       v6 ? "]" : "");
    }
    if (text.len > 0)
        endpoint->addresses = lbi_strdup(&endpoint->ctx->mem, lbi_buf_text(&text));
    bool failed = text.err != LB_OK || (text.len > 0 && endpoint->addresses == NULL);
    lbi_buf_free(&text);
    return failed ? lbi_nomem(endpoint->ctx) : LB_OK;
}

/* Once, for all that want the host's addresses. A failure shows when connecting. */
static lb_err look_up(struct lbi_endpoint *endpoint)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    bool by_user = endpoint->set->connections == LBI_CONN_USER;
    lb_err err = LB_OK;

    if (!by_user && !endpoint->plain.usable)
        return LB_OK;
    if (getaddrinfo(endpoint->url.host, NULL, &hints, &list) != 0)
        list = NULL;
    if (by_user)
        err = keep_addresses(endpoint, list);
    lbi_plain_way_reach(&endpoint->plain, list, endpoint->url.port);
    if (list != NULL)
        freeaddrinfo(list);
    return err;
}

lb_err lbi_endpoint_init(struct lbi_endpoint *endpoint, const struct lb_config *config)
{
    *endpoint = (struct lbi_endpoint){.ctx = config->ctx, .config = config, .set = &config->set};
    if (config->set.url == NULL)
        return lbi_fail(config->ctx, LB_E_INVALID,
                        "target.url: missing; give the endpoint's base URL, for example "
                        "http://127.0.0.1:8000/v1");
    const char *fault = lbi_url_fault(config->set.url);
    if (fault != NULL)
        return lbi_fail(config->ctx, LB_E_INVALID, "target.url: %s", fault);
    lb_err err = make_urls(endpoint);
    if (err == LB_OK)
        err = take_headers(endpoint);
    if (err == LB_OK)
        err = take_proxy(endpoint);
    if (err == LB_OK)
        err = check_way(endpoint);
    if (err == LB_OK && lbi_plain_way_init(&endpoint->plain, endpoint) != LB_OK)
        err = lbi_nomem(endpoint->ctx);
    if (err == LB_OK)
        err = look_up(endpoint);
    if (err != LB_OK)
        lbi_endpoint_free(endpoint);
    return err;
}

void lbi_endpoint_free(struct lbi_endpoint *endpoint)
{
    if (endpoint->ctx == NULL)
        return;
    const struct lbi_mem *mem = &endpoint->ctx->mem;

    for (struct curl_slist *h = endpoint->headers; h != NULL; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(endpoint->headers);
    for (size_t i = 0; i < endpoint->secrets.count; i++) {
        explicit_bzero(endpoint->secrets.items[i], strlen(endpoint->secrets.items[i]));
        lbi_free(mem, endpoint->secrets.items[i]);
    }
    lbi_free(mem, endpoint->secrets.items);
    lbi_free(mem, endpoint->base);
    lbi_free(mem, endpoint->chat_url);
    lbi_free(mem, endpoint->models_url);
    lbi_free(mem, endpoint->addresses);
    lbi_plain_way_free(&endpoint->plain, endpoint->ctx);
    *endpoint = (struct lbi_endpoint){0};
}

bool lbi_endpoint_is_literal(const struct lbi_endpoint *endpoint)
{
    struct in_addr v4;

    return endpoint->url.ipv6 || inet_pton(AF_INET, endpoint->url.host, &v4) == 1;
}

/*
 * A name is looked up by a thread of libcurl's that reports through a pair of sockets and has a
 * file or a socket open itself. Two addresses may be tried at the same time.
 */
unsigned lbi_endpoint_descriptors(const struct lbi_endpoint *endpoint)
{
    const char *known = endpoint->addresses;
    bool literal = lbi_endpoint_is_literal(endpoint);

    if (!endpoint->proxied && (literal || (known != NULL && strchr(known, ',') == NULL)))
        return 1;
    return !endpoint->proxied && known != NULL ? 2 : 3;
}

/* A text that was cut may end in the beginning of a secret. */
static void scrub_tail(struct lbi_buf *text, const char *secret, size_t len)
{
    size_t n = len < text->len ? len : text->len;

    for (; n >= SECRET_TAIL_MIN; n--) {
        char *at = text->data + text->len - n;
        if (memcmp(at, secret, n) != 0)
            continue;
        memcpy(at, "***", 4);
        text->len -= n - 3;
        return;
    }
}

void lbi_endpoint_scrub(const struct lbi_endpoint *endpoint, struct lbi_buf *text)
{
    for (size_t i = 0; i < endpoint->secrets.count && text->len > 0; i++) {
        const char *secret = endpoint->secrets.items[i];
        size_t len = strlen(secret);
        char *at = text->data;
        while ((at = memmem(at, text->len - (size_t)(at - text->data), secret, len)) != NULL) {
            memset(at, '*', 3);
            memmove(at + 3, at + len, text->len - (size_t)(at - text->data) - len + 1);
            text->len -= len - 3;
            at += 3;
        }
        scrub_tail(text, secret, len);
    }
}
