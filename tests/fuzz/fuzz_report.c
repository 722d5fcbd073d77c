/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_report.c - any text as a stored report is refused with words, or shown in every format; its
 * JSON form is one that loads again and gives the same bytes.
 */
#include "fuzz_api.h"

static struct lbi_buf as_json(const lb_report *report)
{
    struct lbi_buf text;

    lbi_buf_init(&text, &lbi_mem_libc);
    FUZZ_CHECK(lb_report_write(report, "json", fuzz_keep, &text) == LB_OK);
    return text;
}

static void again(const lb_report *report, lb_ctx *ctx)
{
    struct lbi_buf first = as_json(report);
    lb_report *second = NULL;

    /* What is deeper than a reader takes was cut when it was written. */
    FUZZ_CHECK(lb_report_load(&second, ctx, first.data, first.len) == LB_OK);
    struct lbi_buf other = as_json(second);
    FUZZ_CHECK(first.len == other.len && memcmp(first.data, other.data, first.len) == 0);
    lbi_buf_free(&first);
    lbi_buf_free(&other);
    lb_report_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lbi_buf input;
    const char *text = fuzz_text(&input, data, size);
    lb_ctx *ctx = fuzz_ctx();
    lb_report *report = NULL;
    const char *status = "";
    double number;

    if (lb_report_load(&report, ctx, text, input.len) != LB_OK) {
        fuzz_error(ctx);
    } else {
        FUZZ_CHECK(lb_report_text(report, &status, "verdict.status") == LB_OK && *status != '\0');
        (void)lb_report_number(report, &number, "metrics.ttft.p95.value");
        (void)lb_report_number(report, &number, "slo.0.value");
        (void)lb_report_exit_code(report);
        fuzz_formats(report);
        again(report, ctx);
    }
    lb_report_free(report);
    lb_ctx_free(ctx);
    lbi_buf_free(&input);
    return 0;
}
