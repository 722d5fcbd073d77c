/* SPDX-License-Identifier: Apache-2.0 */
/* plain_way.c - see plain_way.h. */
#include "net/plain_way.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "net/endpoint.h"
#include "wire/field.h"

/* libcurl understands these; here they would only be sent. */
static bool is_ours_to_send(const struct lbi_http_field *field)
{
    static const char *const others[] = {"accept-encoding", "connection", "content-length",
                                         "expect",          "te",         "transfer-encoding",
                                         "trailer",         "upgrade"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (lbi_http_field_is(field, others[i]))
            return false;
    }
    return true;
}

/* A line without a value takes back what libcurl would send, and asks for nothing here. */
static bool add_headers(struct lbi_buf *head, const struct curl_slist *lines, bool *has_host)
{
    struct lbi_http_field field;

    for (; lines != NULL; lines = lines->next) {
        if (!lbi_http_field_split(&field, lines->data, strlen(lines->data)))
            return false;
        if (field.value_len == 0)
            continue;
        if (!is_ours_to_send(&field))
            return false;
        *has_host |= lbi_http_field_is(&field, "host");
        lbi_buf_puts(head, lines->data);
        lbi_buf_puts(head, "\r\n");
    }
    return true;
}

/* libcurl squeezes dots out of a path and encodes what is not ASCII. */
static bool is_simple(const char *url)
{
    for (const char *p = url; *p != '\0'; p++) {
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
            return false;
    }
    return strstr(url, "/.") == NULL;
}

/* Room for all at once: a buffer that grows would leave the key behind in memory that it gave back.
 */
static void reserve(struct lbi_buf *head, struct lbi_buf *lines,
                    const struct lbi_endpoint *endpoint)
{
    size_t size = 0;

    for (const struct curl_slist *h = endpoint->headers; h != NULL; h = h->next)
        size += strlen(h->data) + 2;
    (void)lbi_buf_reserve(lines, size);
    (void)lbi_buf_reserve(head, size + 2 * strlen(endpoint->chat_url) + 64);
}

static void put_request_line(struct lbi_buf *head, const char *chat_url, bool has_host)
{
    const char *authority = strstr(chat_url, "://") + 3;
    size_t len = strcspn(authority, "/");

    lbi_buf_puts(head, "POST ");
    lbi_buf_puts(head, authority + len);
    lbi_buf_puts(head, " HTTP/1.1\r\n");
    if (has_host)
        return;
    lbi_buf_puts(head, "Host: ");
    lbi_buf_add(head, authority, len);
    lbi_buf_puts(head, "\r\n");
}

static lb_err make_head(struct lbi_plain_way *way, const struct lbi_endpoint *endpoint)
{
    bool has_host = false;
    struct lbi_buf head;
    struct lbi_buf lines;

    lbi_buf_init(&head, &endpoint->ctx->mem);
    lbi_buf_init(&lines, &endpoint->ctx->mem);
    reserve(&head, &lines, endpoint);
    way->usable =
        is_simple(endpoint->chat_url) && add_headers(&lines, endpoint->headers, &has_host);
    put_request_line(&head, endpoint->chat_url, has_host);
    lbi_buf_add(&head, lbi_buf_text(&lines), lines.len);
    lbi_buf_puts(&head, "Content-Length: ");
    lb_err err = head.err != LB_OK ? head.err : lines.err;
    if (lines.data != NULL)
        explicit_bzero(lines.data, lines.cap);
    lbi_buf_free(&lines);
    way->head = head.data; /* now the way's; its memory is the context's */
    way->head_len = head.len;
    return err;
}

static bool is_loopback(const struct sockaddr *at)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)at;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)at;

    return at->sa_family == AF_INET ? ntohl(v4->sin_addr.s_addr) >> 24 == 127
                                    : IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/*
 * One address, or this machine's, which refuse at once. Between others there is a choice to make
 * and a time to wait.
 */
static bool take_addresses(struct lbi_plain_way *way, const struct addrinfo *list, uint16_t port)
{
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        if (a->ai_family != AF_INET && a->ai_family != AF_INET6)
            return false;
        if (way->count == LBI_PLAIN_ADDRESSES ||
            (list->ai_next != NULL && !is_loopback(a->ai_addr)))
            return false;
        struct lbi_plain_address *to = &way->to[way->count++];
        memcpy(&to->at, a->ai_addr, a->ai_addrlen);
        to->len = a->ai_addrlen;
        if (a->ai_family == AF_INET)
            ((struct sockaddr_in *)(void *)&to->at)->sin_port = htons(port);
        else
            ((struct sockaddr_in6 *)(void *)&to->at)->sin6_port = htons(port);
    }
    return way->count > 0;
}

lb_err lbi_plain_way_init(struct lbi_plain_way *way, const struct lbi_endpoint *endpoint)
{
    lb_err err = LB_OK;

    *way = (struct lbi_plain_way){0};
    if (endpoint->url.https || endpoint->proxied || endpoint->set->http == LBI_HTTP_2)
        return LB_OK;
    err = make_head(way, endpoint);
    if (err != LB_OK)
        lbi_plain_way_free(way, endpoint->ctx);
    return err;
}

void lbi_plain_way_reach(struct lbi_plain_way *way, const struct addrinfo *list, uint16_t port)
{
    way->usable = way->usable && take_addresses(way, list, port);
}

void lbi_plain_way_free(struct lbi_plain_way *way, const struct lb_ctx *ctx)
{
    if (way->head != NULL)
        explicit_bzero(way->head, way->head_len);
    lbi_free(&ctx->mem, way->head);
    *way = (struct lbi_plain_way){0};
}
