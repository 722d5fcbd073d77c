/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report from stored records, judged by another objective than on the day of the run.
 * Run: ./07_report records.ndjson
 * Expect: ^12 records, p95 of the first token 231\.0 ms$
 * Expect: ^first turn of conversation 0: 210\.0 ms$
 * Expect: "schema": ?"litebench\.report/1"
 */
#include <stdio.h>
#include <stdlib.h>

#include <litebench/litebench.h>

static lb_err load(lb_dataset *dataset, const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = malloc(1 << 20);
    lb_err err = LB_E_IO;

    if (file != NULL && text != NULL) {
        size_t len = fread(text, 1, 1 << 20, file);
        if (ferror(file) == 0)
            err = lb_dataset_load(dataset, text, len);
    }
    free(text);
    if (file != NULL)
        (void)fclose(file);
    return err;
}

static lb_err print_json(void *user, const char *data, size_t len)
{
    return fwrite(data, 1, len, user) == len ? LB_OK : LB_E_USER;
}

static lb_err show(const lb_dataset *dataset, const lb_report *report)
{
    lb_turn turn;
    double p95 = 0;
    lb_err err = lb_report_number(report, &p95, "metrics.ttft.p95.value");

    err = err ? err : lb_dataset_at(dataset, &turn, sizeof(turn), 0);
    if (err == LB_OK) {
        printf("%zu records, p95 of the first token %.1f ms\n", lb_dataset_size(dataset), p95);
        printf("first turn of conversation %lld: %.1f ms\n", (long long)turn.conversation,
               (double)turn.ttft_ns / 1e6);
    }
    return err ? err : lb_report_write(report, "json", print_json, stdout);
}

int main(int argc, char **argv)
{
    lb_ctx *ctx = NULL;
    lb_config *config = NULL;
    lb_dataset *dataset = NULL;
    lb_report *report = NULL;
    lb_err err = argc == 2 ? lb_ctx_new(&ctx, NULL, 0) : LB_E_INVALID;

    err = err ? err : lb_dataset_new(&dataset, ctx);
    err = err ? err : load(dataset, argv[1]);
    err = err ? err : lb_config_new(&config, ctx);
    err = err ? err : lb_config_set(config, "judge.slo", "ttft.p95<=300ms", NULL);
    err = err ? err : lb_report_new(&report, dataset, config);
    err = err ? err : show(dataset, report);
    if (err != LB_OK)
        fprintf(stderr, "%s: %s\n", lb_err_text(err), lb_ctx_error(ctx));
    lb_report_free(report);
    lb_dataset_free(dataset);
    lb_config_free(config);
    lb_ctx_free(ctx);
    return err == LB_OK ? 0 : 1;
}
