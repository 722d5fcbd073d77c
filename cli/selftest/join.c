/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join.c - what was measured beside what was true, request by request. A server that fell behind
 * its own schedule says nothing about the client: such a case is not judged.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "selftest.h"

struct truth {
    double *errors, *late, *real, *measured;
    size_t count;
};

static int by_id(const void *a, const void *b)
{
    const struct selftest_seen *x = a;
    const struct selftest_seen *y = b;

    return strcmp(x->id, y->id);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Nearest rank of an unsorted array, which it sorts. */
static double percentile(double *values, size_t count, double p)
{
    if (count == 0)
        return (double)NAN;
    qsort(values, count, sizeof(*values), by_value);
    size_t rank = (size_t)ceil(p * (double)count);
    return values[rank > 0 ? rank - 1 : 0];
}

/* request,response_id,arrived_ns,first_token_ns,...; false for the header and odd lines. */
static bool read_line(char *line, struct selftest_seen *key, double *arrived_ms, double *first_ms)
{
    char *fields[4];
    char *rest = line;

    for (size_t i = 0; i < 4; i++) {
        fields[i] = strsep(&rest, ",");
        if (fields[i] == NULL || fields[i][0] == '\0')
            return false;
    }
    (void)snprintf(key->id, sizeof(key->id), "%s", fields[1]);
    char *end = NULL;
    *arrived_ms = (double)strtoll(fields[2], &end, 10) / 1e6;
    if (end == fields[2])
        return false;
    *first_ms = (double)strtoll(fields[3], &end, 10) / 1e6;
    return end != fields[3];
}

static void take_line(struct truth *truth, const struct selftest_case *c, char *line,
                      const struct selftest_seen *seen, size_t count)
{
    struct selftest_seen key;
    double arrived, first;

    if (!read_line(line, &key, &arrived, &first))
        return;
    const struct selftest_seen *found = bsearch(&key, seen, count, sizeof(*seen), by_id);
    if (found == NULL || truth->count == count)
        return;
    size_t i = truth->count++;
    truth->real[i] = first - arrived;
    truth->measured[i] = found->ttft_ms;
    truth->errors[i] = fabs(found->ttft_ms - (first - arrived));
    truth->late[i] = first - arrived - c->ttft_ms;
}

static void fill(struct selftest_result *out, struct truth *truth)
{
    bool paced = out->c->itl_ms > 0;

    out->joined = truth->count;
    out->true_ms = percentile(truth->real, truth->count, 0.5);
    out->measured_ms = percentile(truth->measured, truth->count, 0.5);
    out->error_p50_ms = percentile(truth->errors, truth->count, 0.5);
    out->error_p99_ms = percentile(truth->errors, truth->count, 0.99);
    out->late_p50_ms = percentile(truth->late, truth->count, 0.5);
    out->late_p99_ms = percentile(truth->late, truth->count, 0.99);
    out->judged = paced && truth->count > 0 && out->late_p99_ms <= SELFTEST_LATE_MS;
    out->good = out->ok == out->requests && out->joined == out->ok &&
                out->error_p99_ms <= SELFTEST_ERROR_MS;
}

bool selftest_join(struct selftest_result *out, const struct selftest_server *server,
                   struct selftest_seen *seen, size_t count)
{
    char line[512];
    FILE *file = fopen(server->log, "re");

    if (file == NULL) {
        say("selftest: cannot read %s: %s", server->log, strerror(errno));
        return false;
    }
    size_t room = count > 0 ? count : 1;
    double *values = need(NULL, 4 * room * sizeof(*values));
    struct truth truth = {values, values + room, values + 2 * room, values + 3 * room, 0};
    qsort(seen, count, sizeof(*seen), by_id);
    while (fgets(line, sizeof(line), file) != NULL)
        take_line(&truth, out->c, line, seen, count);
    (void)fclose(file);
    fill(out, &truth);
    free(values);
    return true;
}
