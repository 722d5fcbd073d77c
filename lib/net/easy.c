/* SPDX-License-Identifier: Apache-2.0 */
/* HOT
 * easy.c - one request at a time on one easy handle of libcurl: TLS, HTTP/2, proxies, names with
 * several addresses, and all that is no chat. Its clocks are in transfer_times.c.
 */
#include "net/easy.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/stamp.h"
#include "net/transfer_internal.h"
#include "net/way.h"

enum { RENEW_AFTER = 4 };

static size_t on_header(char *line, size_t size, size_t count, void *user)
{
    struct lbi_transfer *transfer = user;
    size_t len = size * count;
    struct lbi_head head;

    if (!lbi_transfer_count_header(transfer, len)) /* older libcurls limit a line, not their sum */
        return 0;
    lbi_transfer_came(transfer, len);
    if (lbi_status_line(&head, line, len)) {
        bool exact;
        lbi_transfer_note_status(transfer, &head, lbi_transfer_arrival(transfer, &exact));
    }
    return transfer->owner.on_header(transfer->owner.user, line, len) == LB_OK ? len : 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct lbi_transfer *transfer = user;
    size_t len = size * count;
    bool exact;

    lbi_transfer_came(transfer, len);
    int64_t at_ns = lbi_transfer_arrival(transfer, &exact);
    if (transfer->owner.on_body(transfer->owner.user, bytes, len, at_ns, exact) == LB_OK)
        return len;
    return len == 0 ? 1 : 0; /* anything but len stops the transfer */
}

static void take_connection(struct lbi_transfer *transfer)
{
    transfer->pool->taken += !transfer->takes;
    transfer->takes = true;
}

static void leave_connection(struct lbi_transfer *transfer)
{
    transfer->pool->taken -= transfer->takes;
    transfer->takes = false;
}

static int on_close_socket(void *user, curl_socket_t fd)
{
    struct lbi_pool *pool = user;

    pool->sockets--;
    lbi_loop_forget(pool->loop, fd);
    return close(fd);
}

#if LIBCURL_VERSION_NUM < 0x075000
/* There is no on_ready: but a request that has sent something and opens a socket had one before. */
static bool has_sent(const struct lbi_transfer *transfer)
{
    long bytes = 0;

    (void)curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0;
}
#endif

static int on_new_socket(void *user, curl_socket_t fd, curlsocktype purpose)
{
    struct lbi_transfer *transfer = user;

    (void)purpose;
#if LIBCURL_VERSION_NUM < 0x075000
    transfer->used_socket |= has_sent(transfer);
#endif
    transfer->opened++;
    transfer->pool->sockets++;
    take_connection(transfer);
    /* A request that had a kept connection and now opens one: the kept one was dead. */
    if (transfer->used_socket && transfer->opened == 1) {
        transfer->reopened = true;
        transfer->reopenings++;
    }
    lbi_stamp_enable(fd);
    return CURL_SOCKOPT_OK;
}

/* Threaded resolvers and c-ares show their descriptors, too: a pair, an eventfd, a UDP socket. */
static bool is_connection(curl_socket_t fd)
{
    int kind = 0;
    int domain = AF_UNIX;
    socklen_t size = sizeof(kind);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 || kind != SOCK_STREAM)
        return false;
    size = sizeof(domain);
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain != AF_UNIX;
}

void lbi_easy_on_socket(struct lbi_transfer *transfer, curl_socket_t fd, int what)
{
    if (!transfer->active)
        return;
    if (!transfer->used_socket && transfer->opened == 0 && !is_connection(fd))
        return;
    transfer->used_socket = true;
    transfer->sent_waits |= (what & CURL_POLL_OUT) != 0;
    if (what == CURL_POLL_IN && transfer->first_byte_ns == LB_UNKNOWN)
        lbi_transfer_note_sent(transfer);
}

#if LIBCURL_VERSION_NUM >= 0x075000
static int on_ready(void *user, char *remote, char *local, int remote_port, int local_port)
{
    struct lbi_transfer *transfer = user;

    (void)remote, (void)local, (void)remote_port, (void)local_port;
    transfer->ready_ns = lbi_clock_ns();
    transfer->sent_waits = false;
    if (transfer->opened == 0)
        transfer->used_socket = true;
    return CURL_PREREQFUNC_OK;
}
#endif

static void set_callbacks(struct lbi_transfer *transfer)
{
    CURL *easy = transfer->easy;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_new_socket);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer->pool);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
#if LIBCURL_VERSION_NUM >= 0x075000
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
#endif
}

static long read_size(const struct lbi_endpoint *endpoint)
{
    return endpoint->url.https ? 16384 : LBI_TRANSFER_READ;
}

static lb_err make_handle(struct lbi_transfer *transfer)
{
    const struct lbi_endpoint *endpoint = transfer->endpoint;
    CURL *easy = transfer->easy = curl_easy_init();

    if (easy == NULL)
        return LB_E_NOMEM;
    set_callbacks(transfer);
    lbi_way_set(transfer);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, read_size(endpoint));
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
    /* Decode what comes; the header list takes the offer back out of the request. */
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    if (endpoint->set->connections == LBI_CONN_NEW) {
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    }
    return LB_OK;
}

lb_err lbi_easy_make(struct lbi_transfer *transfer)
{
    const struct lbi_endpoint *endpoint = transfer->endpoint;
    lb_err err = LB_OK;

    if (transfer->easy != NULL)
        return LB_OK;
    if (transfer->pool == NULL)
        transfer->pool = lbi_pool_join(transfer->loop);
    if (transfer->pool == NULL)
        return LB_E_NOMEM;
    if (endpoint->set->connections == LBI_CONN_USER && endpoint->addresses != NULL &&
        transfer->connect_to == NULL)
        err = lbi_way_of_its_own(transfer, transfer->user_index);
    return err != LB_OK ? err : make_handle(transfer);
}

/* A handle of libcurl gives up at its sixth dead connection, however long ago the others were. */
static lb_err renew(struct lbi_transfer *transfer)
{
    if (transfer->reopenings < RENEW_AFTER)
        return LB_OK;
    curl_easy_cleanup(transfer->easy);
    transfer->reopenings = 0;
    return make_handle(transfer);
}

/* The key is among them. */
static void drop_headers(struct lbi_transfer *transfer)
{
    for (struct curl_slist *h = transfer->headers; h != NULL; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
}

void lbi_easy_free(struct lbi_transfer *transfer)
{
    if (transfer->easy != NULL)
        curl_easy_cleanup(transfer->easy);
    if (transfer->pool != NULL)
        lbi_pool_leave(transfer->pool);
    drop_headers(transfer);
    curl_slist_free_all(transfer->connect_to);
    curl_slist_free_all(transfer->resolve);
}

/* The endpoint's headers and one more. */
static lb_err set_headers(struct lbi_transfer *transfer, const char *extra_header)
{
    drop_headers(transfer);
    if (extra_header == NULL) {
        curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->endpoint->headers);
        return LB_OK;
    }
    for (const struct curl_slist *h = transfer->endpoint->headers; h != NULL; h = h->next) {
        struct curl_slist *list = curl_slist_append(transfer->headers, h->data);
        if (list == NULL)
            return LB_E_NOMEM;
        transfer->headers = list;
    }
    struct curl_slist *list = curl_slist_append(transfer->headers, extra_header);
    if (list == NULL)
        return LB_E_NOMEM;
    transfer->headers = list;
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, list);
    return LB_OK;
}

/*
 * No connection is idle: say so, or libcurl looks at every one of them, and opening N users costs
 * N squared. On HTTP/2 requests share one.
 */
static void choose_connection(struct lbi_transfer *transfer)
{
    const struct lbi_settings *set = transfer->endpoint->set;
    bool fresh = transfer->pool->sockets <= transfer->pool->taken && set->http != LBI_HTTP_2;

    if (set->connections != LBI_CONN_NEW)
        curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    if (!fresh)
        take_connection(transfer);
}

static lb_err begin(struct lbi_transfer *transfer, const char *url, const char *extra_header)
{
    lb_err err = set_headers(transfer, extra_header);

    if (err != LB_OK)
        return err;
    curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
    choose_connection(transfer);
    lbi_transfer_begin(transfer);
    if (curl_multi_add_handle(transfer->pool->multi, transfer->easy) == CURLM_OK)
        return LB_OK;
    transfer->active = false;
    leave_connection(transfer);
    return LB_E_NOMEM;
}

lb_err lbi_easy_post(struct lbi_transfer *transfer, const char *body, size_t len,
                     const char *extra_header)
{
    lb_err err = lbi_easy_make(transfer);

    if (err == LB_OK)
        err = renew(transfer);
    if (err != LB_OK)
        return err;
    curl_easy_setopt(transfer->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, body);
    return begin(transfer, transfer->endpoint->chat_url, extra_header);
}

lb_err lbi_easy_get(struct lbi_transfer *transfer, const char *url)
{
    lb_err err = lbi_easy_make(transfer);

    if (err != LB_OK)
        return err;
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPGET, 1L);
    return begin(transfer, url, NULL);
}

void lbi_easy_abort(struct lbi_transfer *transfer)
{
    leave_connection(transfer);
    (void)curl_multi_remove_handle(transfer->pool->multi, transfer->easy);
}

/* Failed on a kept connection before anything came, and before it was sent as a whole. */
static bool met_dead_connection(const struct lbi_transfer *transfer, CURLcode code)
{
    if (transfer->opened > 0 || transfer->first_byte_ns != LB_UNKNOWN)
        return false;
    return code == CURLE_SEND_ERROR ||
           (code == CURLE_HTTP2 && transfer->sent_ns == LB_UNKNOWN); /* 8.9 to 8.12 */
}

/*
 * The kept connection was dead, and libcurl saw it only when part of the request was written: a
 * server's farewell over TLS looks to it like a sign of life, and then it leaves to us what it does
 * itself in other cases. Marked like those: on_new_socket finds a request that had a connection.
 */
static bool sends_again(struct lbi_transfer *transfer, CURLcode code)
{
    if (!met_dead_connection(transfer, code))
        return false;
    transfer->used_socket = true;
    transfer->error[0] = '\0';
    (void)curl_multi_remove_handle(transfer->pool->multi, transfer->easy);
    curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L);
    return curl_multi_add_handle(transfer->pool->multi, transfer->easy) == CURLM_OK;
}

static int64_t phase_ns(CURL *easy, CURLINFO info)
{
    curl_off_t us = 0;

    (void)curl_easy_getinfo(easy, info, &us);
    return (int64_t)us * 1000;
}

/* What libcurl knows of names and connections. */
static void take_phases(struct lbi_transfer *transfer)
{
    CURL *easy = transfer->easy;
    int64_t dns = phase_ns(easy, CURLINFO_NAMELOOKUP_TIME_T);
    int64_t connect = phase_ns(easy, CURLINFO_CONNECT_TIME_T);
    int64_t tls = phase_ns(easy, CURLINFO_APPCONNECT_TIME_T);

    if (transfer->opened > 0) {
        transfer->dns_ns = dns;
        transfer->connect_ns = connect > dns ? connect - dns : 0;
        transfer->tls_ns = tls > connect ? tls - connect : 0;
    }
    lbi_transfer_settle_sent(transfer,
                             transfer->start_ns + phase_ns(easy, CURLINFO_PRETRANSFER_TIME_T));
}

void lbi_easy_finish(struct lbi_transfer *transfer, CURLcode code)
{
    if (!transfer->active || sends_again(transfer, code))
        return;
    take_phases(transfer);
    transfer->active = false;
    leave_connection(transfer);
    (void)curl_multi_remove_handle(transfer->pool->multi, transfer->easy);
    transfer->owner.on_done(transfer->owner.user, code);
}
