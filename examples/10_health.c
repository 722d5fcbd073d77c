/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A health probe: OK when a first word comes within a limit. Ends with 0 or 1, as Kubernetes, cron
 * and Nagios like it, and never takes longer than the limit.
 * Run: ./10_health URL simulated-model 2s
 * Expect: ^OK: first word after [0-9.]+ ms$
 */
#include <stdio.h>
#include <string.h>

#include <litebench/litebench.h>

static lb_err configure(lb_config *config, char **args)
{
    const char *options[][2] = {
        {"target.url", args[1]},     {"target.model", args[2]}, {"request.timeout", args[3]},
        {"request.max_tokens", "1"}, /* the least work that still proves the whole way */
        {"load.connections", "new"},
    };
    lb_err err = LB_OK;

    for (size_t i = 0; err == LB_OK && i < sizeof(options) / sizeof(options[0]); i++)
        err = lb_config_set(config, options[i][0], options[i][1], "the command line");
    return err ? err : lb_config_check(config);
}

static lb_err ask(lb_client *client, lb_turn *turn)
{
    lb_message message = {.text = "ping", .len = 4, .role = LB_ROLE_USER};

    return lb_client_chat(client, turn, sizeof(*turn), &message, 1, NULL, NULL);
}

int main(int argc, char **argv)
{
    lb_ctx *ctx = NULL;
    lb_config *config = NULL;
    lb_client *client = NULL;
    lb_turn turn;
    int code = 1;

    if (argc != 4 || lb_ctx_new(&ctx, NULL, 0) != LB_OK) {
        fprintf(stderr, "usage: %s URL MODEL LIMIT\n", argv[0]);
        return 2;
    }
    lb_turn_init(&turn, sizeof(turn));
    lb_err err = lb_config_new(&config, ctx);
    err = err ? err : configure(config, argv);
    err = err ? err : lb_client_new(&client, config);
    err = err ? err : ask(client, &turn);
    if (err != LB_OK) {
        printf("UNKNOWN: %s\n", lb_ctx_error(ctx));
    } else if (turn.ttft_ns == LB_UNKNOWN) {
        printf("NOT OK: %s: %s\n", turn.error, turn.error_text);
    } else {
        printf("OK: first word after %.1f ms\n", (double)turn.ttft_ns / 1e6);
        code = 0;
    }
    lb_client_free(client); /* what turn points to was its */
    lb_config_free(config);
    lb_ctx_free(ctx);
    return code;
}
