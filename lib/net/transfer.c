/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer.c - which of the two ways a request takes, and what both have in common. `first_byte` is
 * the final status line; the other clocks are in transfer_times.c.
 */
#include "base/clock.h"
#include "net/easy.h"
#include "net/transfer_internal.h"

lb_err lbi_transfer_init(struct lbi_transfer *transfer, struct lbi_loop *loop,
                         const struct lbi_endpoint *endpoint, size_t user_index)
{
    *transfer = (struct lbi_transfer){.loop = loop, .endpoint = endpoint, .user_index = user_index};
    lbi_plain_init(transfer);
    return lbi_plain_serves(transfer) ? LB_OK : lbi_easy_make(transfer);
}

void lbi_transfer_free(struct lbi_transfer *transfer)
{
    lbi_transfer_abort(transfer);
    lbi_plain_free(transfer);
    lbi_easy_free(transfer);
    *transfer = (struct lbi_transfer){0};
}

void lbi_transfer_begin(struct lbi_transfer *transfer)
{
    transfer->active = true;
    transfer->want_stamp = !transfer->endpoint->url.https;
    transfer->used_socket = transfer->reopened = transfer->lacks_memory = false;
    transfer->status = transfer->opened = 0;
    transfer->http_major = transfer->http_minor = 0;
    transfer->header_bytes = 0;
    transfer->stamp_ns = 0;
    transfer->sent_ns = transfer->first_byte_ns = transfer->ready_ns = LB_UNKNOWN;
    transfer->sent_waits = false;
    transfer->sent_method = LBI_SENT_UNKNOWN;
    transfer->dns_ns = transfer->connect_ns = transfer->tls_ns = 0;
    transfer->error[0] = '\0';
    transfer->start_ns = lbi_clock_ns();
}

bool lbi_transfer_count_header(struct lbi_transfer *transfer, size_t len)
{
    transfer->header_bytes += len;
    return transfer->header_bytes <= (size_t)transfer->endpoint->set->max_header_bytes;
}

void lbi_transfer_note_status(struct lbi_transfer *transfer, const struct lbi_head *head,
                              int64_t at_ns)
{
    if (lbi_head_is_interim(head)) /* the one that follows counts */
        return;
    transfer->first_byte_ns = at_ns;
    transfer->status = head->status;
    transfer->http_major = head->major;
    transfer->http_minor = head->minor;
}

lb_err lbi_transfer_post(struct lbi_transfer *transfer, const char *body, size_t len,
                         const char *extra_header)
{
    transfer->by_plain = lbi_plain_serves(transfer);
    return transfer->by_plain ? lbi_plain_post(transfer, body, len, extra_header)
                              : lbi_easy_post(transfer, body, len, extra_header);
}

lb_err lbi_transfer_get(struct lbi_transfer *transfer, const char *url)
{
    transfer->by_plain = false;
    return lbi_easy_get(transfer, url);
}

void lbi_transfer_abort(struct lbi_transfer *transfer)
{
    if (!transfer->active)
        return;
    transfer->active = false;
    if (transfer->by_plain)
        lbi_plain_abort(transfer);
    else
        lbi_easy_abort(transfer);
}

bool lbi_transfer_refused_by_proxy(const struct lbi_transfer *transfer)
{
    long status = 0;

    if (transfer->by_plain)
        return false;
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return transfer->status == 0 && status >= 300;
}
