/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_api.h - for fuzzers of what callers hand in: a context, its errors, all formats. */
#ifndef FUZZ_API_H
#define FUZZ_API_H

#include "base/utf8.h"
#include "config/config.h"
#include "fuzz.h"

static inline lb_ctx *fuzz_ctx(void)
{
    lb_ctx *ctx = NULL;

    FUZZ_CHECK(lb_ctx_new(&ctx, NULL, 0) == LB_OK);
    return ctx;
}

/* Text that a terminal can be given: UTF-8 without control characters but for line ends. */
static inline void fuzz_plain(const char *text, size_t len)
{
    FUZZ_CHECK(lbi_utf8_all_valid(text, len));
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        FUZZ_CHECK((c >= 0x20 && c != 0x7f) || c == '\n' || c == '\r');
        FUZZ_CHECK(!(c == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0));
    }
}

/* A call was refused: it is said why. */
static inline void fuzz_error(lb_ctx *ctx)
{
    const char *text = lb_ctx_error(ctx);

    FUZZ_CHECK(*text != '\0');
    fuzz_plain(text, strlen(text));
}

static inline lb_err fuzz_keep(void *user, const char *data, size_t len)
{
    lbi_buf_add(user, data, len);
    return LB_OK;
}

/* The report in every format, each fit to be shown. */
static inline void fuzz_formats(const lb_report *report)
{
    const char *name;

    for (size_t i = 0; lb_format_at(&name, NULL, i) == LB_OK; i++) {
        struct lbi_buf text;
        lbi_buf_init(&text, &lbi_mem_libc);
        lb_err err = lb_report_write(report, name, fuzz_keep, &text);
        FUZZ_CHECK(err == LB_OK || err == LB_E_UNSUPPORTED);
        fuzz_plain(lbi_buf_text(&text), text.len);
        lbi_buf_free(&text);
    }
}

/* The records as text of this format, to be freed. */
static inline struct lbi_buf fuzz_records(const lb_dataset *dataset, const char *format)
{
    struct lbi_buf text;

    lbi_buf_init(&text, &lbi_mem_libc);
    FUZZ_CHECK(lb_dataset_write(dataset, format, fuzz_keep, &text) == LB_OK);
    return text;
}

static inline void fuzz_report_of(const lb_dataset *dataset, lb_ctx *ctx)
{
    lb_report *report = NULL;

    if (lb_report_new(&report, dataset, NULL) != LB_OK) {
        fuzz_error(ctx);
        return;
    }
    fuzz_formats(report);
    lb_report_free(report);
}

#endif
