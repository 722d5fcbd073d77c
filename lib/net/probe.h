/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - what libcurl knows of a connection: how far it came, whom it reached, and the
 * certificate it was shown. For the doctor; a run has no use for it.
 */
#ifndef LBI_NET_PROBE_H
#define LBI_NET_PROBE_H

#include "net/transfer.h"

/* The first thing that did not work; HTTP when a request could be sent. */
enum lbi_stage { LBI_STAGE_NAME, LBI_STAGE_TCP, LBI_STAGE_TLS, LBI_STAGE_HTTP };

struct lbi_peer {
    char address[64]; /* "" when nobody was reached */
    int port;
};

/* Texts come from the other side: bytes of any kind. */
struct lbi_certificate {
    bool known;
    char subject[200], issuer[200], names[300];
    int64_t begins_s, expires_s; /* seconds since 1970, -1 when not understood */
};

/* Before a request: keep the certificate. */
void lbi_probe_prepare(struct lbi_transfer *transfer);
/* Before a request: connect and shake hands only, whoever it is; nothing is sent. */
void lbi_probe_handshake_only(struct lbi_transfer *transfer);
/* After its end, by `code`; `late`: it was ended because it took too long. */
enum lbi_stage lbi_probe_stage(const struct lbi_transfer *transfer, CURLcode code, bool late);
void lbi_probe_peer(struct lbi_peer *out, const struct lbi_transfer *transfer);
void lbi_probe_certificate(struct lbi_certificate *out, const struct lbi_transfer *transfer);

#endif
