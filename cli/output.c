/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.c - which results go where: "FORMAT:FILE", or the format that the extension stands for.
 * Knows no format itself; those the library has come from lb_format_at.
 */
#include "output.h"

#include <string.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Extensions and short names of formats, and the library's names for them. */
static const struct {
    const char *word, *format;
} known_words[] = {
    {"json", "json"},        {"ndjson", "ndjson"}, {"jsonl", "ndjson"},   {"csv", "csv"},
    {"md", "markdown"},      {"html", "html"},     {"htm", "html"},       {"xml", "junit"},
    {"prom", "openmetrics"}, {"txt", "text"},      {"yaml", "user-data"}, {"yml", "user-data"},
};

/* These are the records, not the report. */
static bool is_records(const char *format)
{
    return strcmp(format, "ndjson") == 0 || strcmp(format, "csv") == 0;
}

/* The library's own string for a format, NULL when it has none. */
static const char *library_format(const char *word, size_t len)
{
    const char *name;
    const char *help;

    for (size_t i = 0; lb_format_at(&name, &help, i) == LB_OK; i++) {
        if (strlen(name) == len && memcmp(name, word, len) == 0)
            return name;
    }
    if (len == 6 && memcmp(word, "ndjson", 6) == 0)
        return "ndjson";
    return len == 3 && memcmp(word, "csv", 3) == 0 ? "csv" : NULL;
}

/* "md" -> "markdown", or whatever of both the library calls it. */
static const char *find_format(const char *word, size_t len)
{
    const char *format = library_format(word, len);

    for (size_t i = 0; format == NULL && i < sizeof(known_words) / sizeof(known_words[0]); i++) {
        if (strlen(known_words[i].word) == len && memcmp(known_words[i].word, word, len) == 0)
            format = library_format(known_words[i].format, strlen(known_words[i].format));
    }
    return format;
}

static void unknown_format(struct faults *faults, const char *value, const char *word, size_t len)
{
    const char *name;
    const char *help;
    char *list = need_text("csv, ndjson");

    for (size_t i = 0; lb_format_at(&name, &help, i) == LB_OK; i++) {
        if (is_records(name))
            continue;
        char *longer = need_text("%s, %s", list, name);
        free(list);
        list = longer;
    }
    if (len > 0)
        fault(faults, "--output: %.80s: \"%.*s\" is no known format; there are %s", value,
              (int)(len < 40 ? len : 40), word, list);
    else
        fault(faults, "--output: %.80s: the name says no format; write FORMAT:FILE with one of %s",
              value, list);
    free(list);
}

/* "json:out" has a format in front; "./a:b.json" has not. */
static size_t prefix_len(const char *value)
{
    size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    return n > 0 && value[n] == ':' ? n : 0;
}

static void plan_one(struct outputs *out, const char *value, struct faults *faults)
{
    size_t prefix = prefix_len(value);
    const char *path = prefix > 0 ? value + prefix + 1 : value;
    if (strcmp(path, "/dev/stdout") == 0) /* so that nothing else is written there */
        path = "-";
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash != NULL ? slash : path, '.');
    const char *word = prefix > 0 ? value : dot != NULL ? dot + 1 : "";
    size_t len = prefix > 0 ? prefix : strlen(word);
    const char *format = find_format(word, len);
    bool to_stdout = strcmp(path, "-") == 0;

    if (path[0] == '\0') {
        fault(faults, "--output: \"%.80s\" names no file", value);
        return;
    }
    if (format == NULL) {
        unknown_format(faults, value, word, len);
        return;
    }
    if (to_stdout && out->stdout_taken)
        fault(faults, "--output: %.80s: stdout takes one result only", value);
    out->stdout_taken = out->stdout_taken || to_stdout;
    out->items = need(out->items, (out->count + 1) * sizeof(out->items[0]));
    struct output *item = &out->items[out->count++];
    memset(item, 0, sizeof(*item));
    item->format = format;
    item->sink.fd = -1;
    item->sink.path = need_text("%s", path);
}

void outputs_plan(struct outputs *out, const lb_config *config, struct faults *faults)
{
    const char *value;

    *out = (struct outputs){0};
    for (size_t i = 0; lb_config_get(config, &value, "output.file", i) == LB_OK; i++)
        plan_one(out, value, faults);
    for (size_t i = 0; i < out->count; i++) {
        const char *path = out->items[i].sink.path;
        for (size_t k = 0; k < i && strcmp(path, "-") != 0; k++) {
            if (strcmp(out->items[k].sink.path, path) == 0)
                fault(faults, "--output: %.80s: named twice", path);
        }
    }
}

static bool said_unwritable(const char *command, const char *path)
{
    (void)fail_with(EXIT_NOT_MEASURED, command, "--output: cannot write %s: %s", path,
                    strerror(errno));
    return false;
}

bool outputs_probe(const struct outputs *out, const char *command)
{
    bool all = true;

    for (size_t i = 0; i < out->count; i++) {
        if (!sink_probe(out->items[i].sink.path))
            all = said_unwritable(command, out->items[i].sink.path);
    }
    return all;
}

bool outputs_need_records(const struct outputs *out)
{
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->items[i].format, "csv") == 0)
            return true;
    }
    return false;
}

bool outputs_open(struct outputs *out, const char *command)
{
    bool all = true;

    for (size_t i = 0; i < out->count; i++) {
        struct sink *sink = &out->items[i].sink;
        char *path = sink->path;
        if (!sink_open(sink, path, false))
            all = said_unwritable(command, path);
        free(path); /* sink_open has its own copy */
    }
    return all;
}

lb_err outputs_tee(struct outputs *out, lb_run *run)
{
    lb_err err = LB_OK;

    for (size_t i = 0; i < out->count && err == LB_OK; i++) {
        if (strcmp(out->items[i].format, "ndjson") == 0)
            err = lb_run_tee(run, sink_write, &out->items[i].sink);
    }
    return err;
}

void outputs_keep_records(struct outputs *out)
{
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->items[i].format, "ndjson") == 0)
            (void)sink_finish(&out->items[i].sink);
    }
}

void outputs_flush(struct outputs *out)
{
    for (size_t i = 0; i < out->count; i++)
        (void)sink_flush(&out->items[i].sink);
}

static lb_err write_one(struct output *item, const lb_report *report, const lb_dataset *dataset)
{
    if (!is_records(item->format))
        return lb_report_write(report, item->format, sink_write, &item->sink);
    if (dataset == NULL)
        return LB_E_NOTFOUND;
    return lb_dataset_write(dataset, item->format, sink_write, &item->sink);
}

/* False after saying why. A reader of our stdout that went away has seen enough: no fault. */
static bool finish_one(struct output *item, lb_ctx *ctx, lb_err err, const char *command)
{
    struct sink *sink = &item->sink;

    if (err == LB_E_NOTFOUND) {
        (void)fail_with(0, command,
                        "--output: %s: %s is made of records (.ndjson), and a report "
                        "holds none",
                        sink->path, item->format);
        return false;
    }
    if (err != LB_OK && sink->error == 0) {
        (void)fail_with(0, command, "--output: %s: %s", sink->path, lb_ctx_error(ctx));
        return false;
    }
    if (sink_finish(sink) || (sink->error == EPIPE && sink->part == NULL))
        return true;
    (void)fail_with(0, command, "--output: %s: %s", sink->path, strerror(sink->error));
    return false;
}

bool outputs_write(struct outputs *out, lb_ctx *ctx, const lb_report *report,
                   const lb_dataset *dataset, bool teed, const char *command)
{
    bool all = true;

    for (size_t i = 0; i < out->count; i++) {
        struct output *item = &out->items[i];
        bool done = teed && strcmp(item->format, "ndjson") == 0;
        lb_err err = done ? LB_OK : write_one(item, report, dataset);
        all = finish_one(item, ctx, err, command) && all;
    }
    return all;
}

bool outputs_write_text(struct outputs *out, const char *text, size_t len, const char *command)
{
    bool all = true;

    for (size_t i = 0; i < out->count; i++) {
        lb_err err = sink_write(&out->items[i].sink, text, len);
        all = finish_one(&out->items[i], NULL, err, command) && all;
    }
    return all;
}

void outputs_free(struct outputs *out)
{
    for (size_t i = 0; i < out->count; i++)
        sink_free(&out->items[i].sink);
    free(out->items);
    *out = (struct outputs){0};
}
