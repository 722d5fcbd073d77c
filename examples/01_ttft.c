/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long until the first word? One prompt, one streamed answer and its clocks.
 * Run: ./01_ttft URL
 * Expect: ^The model .* answered [0-9]+ tokens
 * Expect: ^first token after +[0-9.]+ ms$
 */
#include <stdio.h>
#include <string.h>

#include <litebench/litebench.h>

static double to_ms(int64_t ns)
{
    return (double)ns / 1e6;
}

static lb_err ask(lb_client *client, const char *model)
{
    const char *text = "Explain in two sentences what a load test is.";
    lb_message message = {.text = text, .len = strlen(text), .role = LB_ROLE_USER};
    lb_turn turn;

    lb_err err = lb_client_chat(client, &turn, sizeof(turn), &message, 1, NULL, NULL);
    if (err != LB_OK)
        return err;
    if (turn.error[0] != '\0') { /* the endpoint's fault is data, not an error of the call */
        fprintf(stderr, "%s: %s\n", turn.error, turn.error_text);
        return LB_E_HTTP;
    }
    printf("The model %s answered %lld tokens: %.40s...\n", model,
           (long long)turn.completion_tokens, turn.answer);
    printf("first token after %8.1f ms\n", to_ms(turn.ttft_ns));
    printf("whole answer      %8.1f ms\n", to_ms(turn.e2e_ns));
    return LB_OK;
}

/* A client keeps the options it was made with: one to ask for models, one to talk to the first. */
static lb_err measure(lb_config *config)
{
    lb_client *client = NULL;
    const char *model = NULL;

    lb_err err = lb_client_new(&client, config);
    if (err == LB_OK)
        err = lb_client_model(client, &model, NULL, 0);
    if (err == LB_OK)
        err = lb_config_set(config, "target.model", model, NULL);
    lb_client_free(client);
    client = NULL;
    if (err == LB_OK)
        err = lb_config_get(config, &model, "target.model", 0);
    if (err == LB_OK)
        err = lb_client_new(&client, config);
    if (err == LB_OK)
        err = ask(client, model);
    lb_client_free(client);
    return err;
}

int main(int argc, char **argv)
{
    lb_ctx *ctx = NULL;
    lb_config *config = NULL;

    if (argc != 2 || lb_ctx_new(&ctx, NULL, 0) != LB_OK) {
        fprintf(stderr, "usage: %s URL\n", argv[0]);
        return 2;
    }
    lb_err err = lb_config_new(&config, ctx);
    if (err == LB_OK)
        err = lb_config_set(config, "target.url", argv[1], "the command line");
    if (err == LB_OK)
        err = measure(config);
    if (err != LB_OK)
        fprintf(stderr, "%s: %s\n", lb_err_text(err), lb_ctx_error(ctx));
    lb_config_free(config);
    lb_ctx_free(ctx);
    return err == LB_OK ? 0 : 1;
}
