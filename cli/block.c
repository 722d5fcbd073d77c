/* SPDX-License-Identifier: Apache-2.0 */
/* block.c - frames in a log: base64 lines between marks that carry length and SHA-256. */
#include "block.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "sha256.h"

enum { LINE_BYTES = 57, MESSAGE_MAX = 4096 }; /* 57 bytes are 76 characters of base64 */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct bytes {
    char *data;
    size_t len, cap;
};

static lb_err take(void *user, const char *data, size_t len)
{
    struct bytes *bytes = user;

    while (bytes->cap - bytes->len < len + 1) {
        bytes->cap = bytes->cap > 0 ? 2 * bytes->cap : 65536;
        bytes->data = need(bytes->data, bytes->cap);
    }
    memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;
    return LB_OK;
}

static void put_line(const unsigned char *in, size_t len)
{
    char out[80];
    size_t n = 0;

    for (size_t i = 0; i < len; i += 3) {
        unsigned a = in[i];
        unsigned b = i + 1 < len ? in[i + 1] : 0;
        unsigned c = i + 2 < len ? in[i + 2] : 0;
        out[n++] = digits[a >> 2];
        out[n++] = digits[(a & 3) << 4 | b >> 4];
        out[n++] = i + 1 < len ? digits[(b & 15) << 2 | c >> 6] : '=';
        out[n++] = i + 2 < len ? digits[c & 63] : '=';
    }
    (void)printf("%.*s\n", (int)n, out);
}

static void put_frame(const char *what, const char *shard, const struct bytes *bytes)
{
    const unsigned char *data = (const unsigned char *)bytes->data;
    char sum[65];

    sha256_hex(sum, bytes->data, bytes->len);
    (void)printf("-----BEGIN LITEBENCH %s v1 shard=%s bytes=%zu sha256=%s-----\n", what,
                 shard[0] != '\0' ? shard : "0/1", bytes->len, sum);
    for (size_t i = 0; i < bytes->len; i += LINE_BYTES)
        put_line(data + i, bytes->len - i < LINE_BYTES ? bytes->len - i : LINE_BYTES);
    (void)printf("-----END LITEBENCH %s-----\n", what);
}

bool block_emit(lb_ctx *ctx, const lb_report *report, const lb_dataset *dataset, const char *shard)
{
    struct bytes records = {NULL, 0, 0};
    struct bytes result = {NULL, 0, 0};
    lb_err err = lb_dataset_write(dataset, "packed", take, &records);

    if (err == LB_OK)
        err = lb_report_write(report, "json", take, &result);
    if (err == LB_OK) {
        put_frame("RECORDS", shard, &records);
        put_frame("RESULT", shard, &result);
    } else {
        say("--emit-block: %s", lb_ctx_error(ctx));
    }
    free(records.data);
    free(result.data);
    return err == LB_OK && fflush(stdout) == 0;
}

/* ---- reading ---- */

static const char begin[] = "-----BEGIN LITEBENCH RECORDS v1 ";
static const char end[] = "-----END LITEBENCH RECORDS-----";

/* The last place of `what` in a text. */
static const char *find_last(const char *text, size_t len, const char *what)
{
    size_t n = strlen(what);

    for (size_t i = len >= n ? len - n + 1 : 0; i-- > 0;) {
        if (memcmp(text + i, what, n) == 0)
            return text + i;
    }
    return NULL;
}

static int value_of(char c)
{
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* What is no digit of base64 (ends of lines, what a log viewer put there) is passed over. */
static size_t decode(char *out, const char *text, const char *stop)
{
    unsigned bits = 0;
    unsigned held = 0;
    size_t len = 0;

    for (; text < stop; text++) {
        int value = value_of(*text);
        if (value < 0)
            continue;
        held = held << 6 | (unsigned)value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[len++] = (char)(unsigned char)(held >> bits);
            held &= (1u << bits) - 1;
        }
    }
    return len;
}

/* "… bytes=12 sha256=…-----" */
static bool matches(const char *head, const char *data, size_t len)
{
    char sum[65];
    const char *bytes = strstr(head, " bytes=");
    const char *sha = strstr(head, " sha256=");

    if (bytes == NULL || sha == NULL || strtoull(bytes + 7, NULL, 10) != len)
        return false;
    sha256_hex(sum, data, len);
    return strncmp(sha + 8, sum, 64) == 0;
}

char *block_read(const char *text, size_t text_len, size_t *len, const char **fault)
{
    const char *from = find_last(text, text_len, begin);

    *fault = "";
    if (from == NULL)
        return NULL;
    size_t left = text_len - (size_t)(from - text);
    const char *body = memchr(from, '\n', left);
    const char *to =
        body != NULL ? memmem(body, left - (size_t)(body - from), end, strlen(end)) : NULL;
    *fault = "its block of records has no end: the log was cut";
    if (to == NULL)
        return NULL;
    char *head = need_text("%.*s", (int)(body - from), from);
    char *data = need(NULL, (size_t)(to - body) + 1);
    *len = decode(data, body, to);
    bool good = matches(head, data, *len);
    free(head);
    *fault = good ? "" : "its block of records is damaged: length or checksum do not match";
    if (good)
        return data;
    free(data);
    return NULL;
}

/* ---- the termination message ---- */

static void put_number(FILE *file, const char *key, const lb_report *report, const char *path)
{
    double value;

    if (lb_report_number(report, &value, path) != LB_OK || !isfinite(value))
        (void)fprintf(file, ",\"%s\":null", key);
    else
        (void)fprintf(file, ",\"%s\":%.3f", key, value);
}

static void put_text(FILE *file, const char *key, const lb_report *report, const char *path)
{
    const char *text = "";

    (void)lb_report_text(report, &text, path);
    (void)fprintf(file, ",\"%s\":\"", key);
    for (int i = 0; text[i] != '\0' && i < MESSAGE_MAX / 2; i++) {
        if (text[i] == '"' || text[i] == '\\')
            (void)fputc('\\', file);
        (void)fputc((unsigned char)text[i] < 0x20 ? ' ' : text[i], file);
    }
    (void)fputc('"', file);
}

bool block_message(const char *path, const lb_report *report, const char *shard)
{
    FILE *file = fopen(path, "we");
    unsigned index = 0;
    unsigned of = 1;

    if (file == NULL) {
        say("--termination-log: %s: %s", path, strerror(errno));
        return false;
    }
    if (shard[0] != '\0')
        (void)sscanf(shard, "%u/%u", &index, &of);
    (void)fprintf(file, "{\"v\":1,\"shard\":%u,\"of\":%u", index, of);
    put_text(file, "run", report, "workload.nonce");
    put_text(file, "status", report, "verdict.status");
    put_text(file, "reason", report, "verdict.sentence");
    put_number(file, "n", report, "requests.total");
    put_number(file, "err", report, "requests.failed");
    put_number(file, "p50", report, "metrics.ttft.p50.value");
    put_number(file, "p95", report, "metrics.ttft.p95.value");
    put_number(file, "p99", report, "metrics.ttft.p99.value");
    (void)fputs("}\n", file);
    return fclose(file) == 0;
}
