/* SPDX-License-Identifier: Apache-2.0 */
/*
 * discover.c - asks /models. Without --model the answer is needed; with it, it is only advice and
 * an endpoint that has no such page is as good as any.
 */
#include "discover.h"

#include <stdlib.h>
#include <string.h>

#include "layers.h"

#define ORIGIN           "/models"
#define OTHERS_SHOWN     5
#define ADVICE_TIMEOUT_S 10
#define CONTEXT_MIN      64 /* less is no context but a mistake of the endpoint */

static lb_err ask(lb_client *client, const char **name, long long *context, size_t index)
{
    int64_t tokens = 0;
    lb_err err = lb_client_model(client, name, &tokens, index);

    *context = tokens > 0 ? tokens : 0;
    return err;
}

static bool is_wanted(const lb_config *config, const char *name)
{
    const char *model;

    for (size_t i = 0; lb_config_get(config, &model, "target.model", i) == LB_OK; i++) {
        if (strcmp(model, name) == 0)
            return true;
    }
    return false;
}

/* The smallest one that a wanted model has: every conversation must fit all of them. */
static long long least_context(const lb_config *config, lb_client *client)
{
    const char *name;
    long long context;
    long long least = 0;

    for (size_t i = 0; ask(client, &name, &context, i) == LB_OK; i++) {
        if (context > 0 && is_wanted(config, name) && (least == 0 || context < least))
            least = context;
    }
    return least;
}

/* The report shows what there was to choose from. */
static lb_err note_models(lb_config *config, lb_client *client)
{
    const char *name;
    long long context;
    lb_err err = LB_OK;

    for (size_t i = 0; err == LB_OK && ask(client, &name, &context, i) == LB_OK; i++)
        err = lb_config_add(config, "target.known_models", name, ORIGIN);
    return err;
}

static lb_err note_context(lb_config *config, lb_client *client)
{
    long long context = least_context(config, client);

    if (context < CONTEXT_MIN || layers_given(config, "plan.context"))
        return LB_OK;
    char *text = need_text("%lld", context);
    lb_err err = lb_config_set(config, "plan.context", text, ORIGIN);
    free(text);
    return err;
}

/* ": b, c and 3 more" */
static char *others(lb_client *client)
{
    const char *name;
    long long context;
    char *text = need_text("%s", "");
    size_t count = 1;

    for (; ask(client, &name, &context, count) == LB_OK; count++) {
        if (count > OTHERS_SHOWN)
            continue;
        char *longer = need_text("%s%s %.80s", text, count > 1 ? "," : "", name);
        free(text);
        text = longer;
    }
    if (count - 1 > OTHERS_SHOWN) {
        char *longer = need_text("%s and %zu more", text, count - 1 - OTHERS_SHOWN);
        free(text);
        text = longer;
    }
    return text;
}

static void say_choice(lb_client *client, const char *name)
{
    char *rest = others(client);

    if (rest[0] != '\0')
        say("model %s, the first that the endpoint lists; also there:%s (--model)", name, rest);
    else
        say("model %s, the only one that the endpoint lists", name);
    free(rest);
}

/* The first of the list becomes the model. */
static int choose(lb_config *config, lb_ctx *ctx, lb_client *client, bool quiet)
{
    const char *name;
    long long context;
    lb_err err = ask(client, &name, &context, 0);

    if (err == LB_E_RANGE)
        return fail_with(EXIT_NOT_MEASURED, "run",
                         "the endpoint lists no model; give --model NAME");
    if (err != LB_OK)
        return fail_with(EXIT_NOT_MEASURED, "run",
                         "%s (asked for the list of models; --model NAME does without)",
                         lb_ctx_error(ctx));
    char *copy = need_text("%s", name);
    int code = 0;
    if (!quiet)
        say_choice(client, copy);
    if (lb_config_set(config, "target.model", copy, ORIGIN) != LB_OK)
        code = fail_with(EXIT_NOT_MEASURED, "run", "%s", lb_ctx_error(ctx));
    free(copy);
    return code;
}

/* A client that does not wait long for mere advice. */
static lb_err open_client(lb_client **out, const lb_config *config, bool advice)
{
    lb_config *copy = NULL;
    lb_err err = lb_config_clone(&copy, config);

    if (err == LB_OK && advice && layers_seconds(config, "request.timeout") > ADVICE_TIMEOUT_S)
        err = lb_config_set(copy, "request.timeout", "10s", ORIGIN);
    if (err == LB_OK)
        err = lb_client_new(out, copy);
    lb_config_free(copy);
    return err;
}

int discover(lb_config *config, lb_ctx *ctx, bool quiet, struct quota *quota)
{
    bool model_known = layers_given(config, "target.model");
    lb_client *client = NULL;
    int code = 0;

    if (model_known && layers_given(config, "plan.context"))
        return 0;
    lb_err err = open_client(&client, config, model_known);
    if (err != LB_OK)
        return fail_with(err == LB_E_NOMEM || err == LB_E_NET ? EXIT_NOT_MEASURED : EXIT_USAGE,
                         "run", "%s", lb_ctx_error(ctx));
    if (!model_known)
        code = choose(config, ctx, client, quiet);
    if (code == 0 &&
        (note_models(config, client) != LB_OK || note_context(config, client) != LB_OK))
        code = fail_with(EXIT_NOT_MEASURED, "run", "%s", lb_ctx_error(ctx));
    if (code == 0) /* a list that did not come said nothing */
        (void)lb_client_quota(client, &quota->requests, &quota->tokens);
    lb_client_free(client);
    return code;
}
