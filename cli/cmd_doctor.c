/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_doctor.c - `litebench doctor`: a line for each check of the library's doctor, as it is made,
 * and all of them as JSON at the end. Knows no check by name.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "layers.h"
#include "memory.h"
#include "output.h"
#include "proxy.h"
#include "signals.h"
#include "verdict.h"

#define SCHEMA "litebench.doctor/1"

struct visit {
    lb_ctx *ctx;
    lb_config *config;
    lb_doctor *doctor;
    struct outputs outputs;
    FILE *json; /* into memory */
    char *json_text;
    size_t json_len;
    int32_t worst;
    size_t count;
    bool color;
};

static const char *word(int32_t status)
{
    static const char *const words[] = {"ok", "warn", "fail"};

    return words[status >= LB_CHECK_OK && status <= LB_CHECK_FAIL ? status : LB_CHECK_FAIL];
}

/* ---- one line a check ---- */

static void print_check(const struct visit *visit, const lb_check *check)
{
    static const char *const colors[] = {"\033[1;32m", "\033[1;33m", "\033[1;31m"};
    const char *said = word(check->status);

    if (visit->outputs.stdout_taken)
        return;
    if (visit->color)
        (void)printf("%s%-4s\033[0m", colors[check->status], said);
    else
        (void)printf("%-4s", said);
    (void)printf("  %-10s %s%s%s\n", check->name, check->text,
                 check->advice[0] != '\0' ? ". To do: " : "", check->advice);
    (void)fflush(stdout);
}

/* ---- JSON ---- */

/* The library's texts are printable UTF-8. */
static void json_text(FILE *out, const char *name, const char *text)
{
    (void)fprintf(out, "\"%s\":\"", name);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            (void)fputc('\\', out);
        if ((unsigned char)*text < 0x20)
            (void)fprintf(out, "\\u%04x", (unsigned)*text);
        else
            (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

static void json_check(const struct visit *visit, const lb_check *check)
{
    (void)fputs(visit->count > 0 ? ",\n    {" : "\n    {", visit->json);
    json_text(visit->json, "name", check->name);
    (void)fputc(',', visit->json);
    json_text(visit->json, "status", word(check->status));
    (void)fputc(',', visit->json);
    json_text(visit->json, "text", check->text);
    (void)fputc(',', visit->json);
    json_text(visit->json, "advice", check->advice);
    (void)fputc('}', visit->json);
}

/* What is known only at the end stands at the end. */
static void json_end(const struct visit *visit)
{
    const char *url = "";
    const char *model = "";

    (void)lb_doctor_target(visit->doctor, &url, &model);
    (void)fputs("\n  ],\n  ", visit->json);
    json_text(visit->json, "url", url);
    (void)fputs(",\n  ", visit->json);
    json_text(visit->json, "model", model);
    (void)fputs(",\n  ", visit->json);
    json_text(visit->json, "status", word(visit->worst));
    (void)fputs("\n}\n", visit->json);
}

static bool json_open(struct visit *visit)
{
    visit->json = open_memstream(&visit->json_text, &visit->json_len);
    if (visit->json == NULL)
        return false;
    (void)fputs("{\n  ", visit->json);
    json_text(visit->json, "schema", SCHEMA);
    (void)fputs(",\n  \"tool\":{\"name\":\"litebench\",", visit->json);
    json_text(visit->json, "version", lb_version());
    (void)fputs("},\n  \"checks\":[", visit->json);
    return true;
}

/* ---- the visit ---- */

static int read_options(struct visit *visit, const struct opt_line *line, struct faults *faults)
{
    layers_apply(visit->config, visit->ctx, line, faults);
    layers_take_url(visit->config, visit->ctx, line, faults);
    proxy_take(visit->config, visit->ctx, faults);
    opt_limit_words(line, 1, faults);
    layers_check(visit->config, visit->ctx, !line->unknown, faults);
    outputs_plan(&visit->outputs, visit->config, faults);
    for (size_t i = 0; i < visit->outputs.count; i++) {
        if (strcmp(visit->outputs.items[i].format, "json") != 0)
            fault(faults, "--output: %.80s: doctor writes json only",
                  visit->outputs.items[i].sink.path);
    }
    memory_settle(layers_on(visit->config, "output.core"));
    return faults->count > 0 ? EXIT_USAGE : 0;
}

static lb_err look(struct visit *visit)
{
    lb_check check;
    lb_err err;

    for (;; visit->count++) {
        err = lb_doctor_next(visit->doctor, &check, sizeof(check));
        if (err != LB_OK)
            return err == LB_E_RANGE ? LB_OK : err;
        print_check(visit, &check);
        json_check(visit, &check);
        if (check.status > visit->worst)
            visit->worst = check.status;
    }
}

static int write_json(struct visit *visit)
{
    json_end(visit);
    bool failed = ferror(visit->json) != 0;
    failed = fclose(visit->json) != 0 || failed;
    visit->json = NULL;
    if (failed)
        return fail_with(EXIT_NOT_MEASURED, "doctor", "out of memory");
    return outputs_write_text(&visit->outputs, visit->json_text, visit->json_len, "doctor")
               ? 0
               : EXIT_NOT_MEASURED;
}

static int pay_visit(struct visit *visit)
{
    if (!outputs_probe(&visit->outputs, "doctor") || !outputs_open(&visit->outputs, "doctor"))
        return EXIT_NOT_MEASURED;
    lb_err err = lb_doctor_new(&visit->doctor, visit->config);
    if (err != LB_OK)
        return fail_with(err == LB_E_NOMEM ? EXIT_NOT_MEASURED : EXIT_USAGE, "doctor", "%s",
                         lb_ctx_error(visit->ctx));
    if (!json_open(visit))
        return fail_with(EXIT_NOT_MEASURED, "doctor", "out of memory");
    err = look(visit);
    if (err != LB_OK)
        return fail_with(EXIT_NOT_MEASURED, "doctor", "%s", lb_ctx_error(visit->ctx));
    int code = write_json(visit);
    if (code != 0)
        return code;
    return visit->worst == LB_CHECK_FAIL ? EXIT_NOT_MEASURED : EXIT_SUCCESS;
}

int cmd_doctor(char **args)
{
    struct faults faults = {"doctor", 0};
    struct opt_line line;
    struct visit visit = {.worst = LB_CHECK_OK};

    if (help_asked("doctor", args))
        return EXIT_SUCCESS;
    signals_catch();
    struct opt_table table = opt_table_for("doctor", NULL, 0);
    opt_parse(&line, &table, args, &faults);
    visit.ctx = command_context(&line);
    if (lb_config_new(&visit.config, visit.ctx) != LB_OK)
        return fail_with(EXIT_NOT_MEASURED, "doctor", "%s", lb_ctx_error(visit.ctx));
    int code = read_options(&visit, &line, &faults);
    visit.color = verdict_color(visit.config);
    if (code == 0)
        code = pay_visit(&visit);
    if (visit.json != NULL)
        (void)fclose(visit.json);
    free(visit.json_text);
    lb_doctor_free(visit.doctor);
    outputs_free(&visit.outputs);
    lb_config_free(visit.config);
    lb_ctx_free(visit.ctx);
    opt_line_free(&line);
    opt_table_free(&table);
    return code;
}
