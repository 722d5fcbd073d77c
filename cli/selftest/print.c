/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - the results of a self-test, for people and as JSON. */
#include <math.h>

#include "selftest.h"

static const char *word(const struct selftest_result *r)
{
    if (r->ok != r->requests)
        return "FAILED";
    if (r->c->itl_ms == 0)
        return "CPU only";
    if (!r->judged)
        return r->good ? "good, server late" : "not judged: server late";
    return r->good ? "good" : "LATE CLIENT";
}

int selftest_carried(const struct selftest_result *results, size_t count)
{
    int most = 0;

    for (size_t i = 0; i < count; i++) {
        const struct selftest_result *r = &results[i];
        if (r->good && r->c->itl_ms > 0 && r->c->streams > most)
            most = r->c->streams;
    }
    return most;
}

/* A case that was judged must be good; one whose server was late only must not have failed. */
bool selftest_passed(const struct selftest_result *results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (results[i].ok != results[i].requests || (results[i].judged && !results[i].good))
            return false;
    }
    return count > 0 && selftest_carried(results, count) > 0;
}

void selftest_print(FILE *out, const struct selftest_result *results, size_t count)
{
    (void)fprintf(out, "%s  time to first token is right within %.0f ms (P99) up to %d streams\n\n",
                  selftest_passed(results, count) ? "PASS" : "FAIL", SELFTEST_ERROR_MS,
                  selftest_carried(results, count));
    (void)fprintf(out, "%-28s %8s %9s %17s %8s %6s\n", "", "true", "measured", "error p50 / p99",
                  "CPU/tok", "MiB");
    for (size_t i = 0; i < count; i++) {
        const struct selftest_result *r = &results[i];
        (void)fprintf(out, "%-28s", r->c->name);
        if (r->c->itl_ms > 0)
            (void)fprintf(out, " %5.1f ms %6.1f ms %6.3f / %5.3f ms", r->true_ms, r->measured_ms,
                          r->error_p50_ms, r->error_p99_ms);
        else
            (void)fprintf(out, " %8s %9s %17s", "-", "-", "-");
        (void)fprintf(out, " %5.1f us %6.1f\n    %s", r->cpu_us_per_token, r->rss_mib, word(r));
        if (r->c->itl_ms > 0 && !r->judged)
            (void)fprintf(out, " (P99 %.1f ms behind its schedule)", r->late_p99_ms);
        (void)fputc('\n', out);
    }
}

static void number(FILE *out, const char *name, double value)
{
    if (isfinite(value))
        (void)fprintf(out, ",\"%s\":%.6f", name, value);
    else
        (void)fprintf(out, ",\"%s\":null", name);
}

void selftest_print_json(FILE *out, const struct selftest_result *results, size_t count)
{
    (void)fprintf(out,
                  "{\"schema\":\"litebench.selftest/1\",\"version\":\"%s\",\"passed\":%s,"
                  "\"streams\":%d,\"error_limit_ms\":%.3f,\"cases\":[",
                  lb_version(), selftest_passed(results, count) ? "true" : "false",
                  selftest_carried(results, count), SELFTEST_ERROR_MS);
    for (size_t i = 0; i < count; i++) {
        const struct selftest_result *r = &results[i];
        (void)fprintf(out,
                      "%s{\"name\":\"%s\",\"streams\":%d,\"requests\":%zu,\"ok\":%zu,"
                      "\"judged\":%s,\"word\":\"%s\"",
                      i > 0 ? "," : "", r->c->name, r->c->streams, r->requests, r->ok,
                      r->judged ? "true" : "false", word(r));
        number(out, "true_ms", r->true_ms);
        number(out, "measured_ms", r->measured_ms);
        number(out, "error_p50_ms", r->error_p50_ms);
        number(out, "error_p99_ms", r->error_p99_ms);
        number(out, "server_late_p50_ms", r->late_p50_ms);
        number(out, "server_late_p99_ms", r->late_p99_ms);
        number(out, "cpu_us_per_token", r->cpu_us_per_token);
        number(out, "rss_mib", r->rss_mib);
        (void)fputc('}', out);
    }
    (void)fputs("]}\n", out);
}
