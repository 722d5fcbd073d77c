/* SPDX-License-Identifier: Apache-2.0 */
/* models.c - GET /models, and the names in its answer. */
#include "engine/models.h"

#include <json-c/json.h>
#include <string.h>

#include "engine/fetch.h"
#include "wire/errclass.h"

/* vLLM and many others: max_model_len; llama.cpp: what one of its slots holds. */
static int64_t context_of(struct json_object *entry)
{
    struct json_object *meta = NULL;
    struct json_object *context = NULL;

    if (!json_object_object_get_ex(entry, "max_model_len", &context) &&
        json_object_object_get_ex(entry, "meta", &meta) &&
        json_object_is_type(meta, json_type_object))
        (void)json_object_object_get_ex(meta, "n_ctx", &context);
    int64_t tokens =
        json_object_is_type(context, json_type_int) ? json_object_get_int64(context) : 0;
    return tokens > 0 ? tokens : 0;
}

static lb_err add_model(struct lbi_models *models, const struct lbi_mem *mem,
                        struct json_object *entry)
{
    struct json_object *id = NULL;
    void *items = models->items;

    if (!json_object_is_type(entry, json_type_object) ||
        !json_object_object_get_ex(entry, "id", &id) || !json_object_is_type(id, json_type_string))
        return LB_OK;
    lb_err err = lbi_grow(mem, &items, &models->cap, models->count, sizeof(*models->items));
    if (err != LB_OK)
        return err;
    models->items = items;
    char *name = lbi_strdup(mem, json_object_get_string(id));
    if (name == NULL)
        return LB_E_NOMEM;
    models->items[models->count++] = (struct lbi_model){name, context_of(entry)};
    return LB_OK;
}

lb_err lbi_models_read(struct lbi_models *models, struct lb_ctx *ctx, const char *url,
                       const struct lbi_buf *body)
{
    struct json_object *root = json_tokener_parse(lbi_buf_text(body));
    struct json_object *data = NULL;
    lb_err err = LB_OK;

    if (json_object_is_type(root, json_type_object))
        (void)json_object_object_get_ex(root, "data", &data);
    if (!json_object_is_type(data, json_type_array)) {
        (void)json_object_put(root);
        return lbi_fail(ctx, LB_E_PARSE,
                        "%s: the answer is no list of models; is this an OpenAI-compatible "
                        "endpoint?",
                        url);
    }
    for (size_t i = 0; i < json_object_array_length(data) && err == LB_OK; i++)
        err = add_model(models, &ctx->mem, json_object_array_get_idx(data, i));
    (void)json_object_put(root);
    if (err != LB_OK)
        return lbi_nomem(ctx);
    if (models->count == 0)
        return lbi_fail(ctx, LB_E_NOTFOUND, "%s: the endpoint lists no model; give one by --model",
                        url);
    return LB_OK;
}

/* The words after the error of libcurl. */
static const char *advice_on(CURLcode code)
{
    switch ((int)code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return "is this the right host, and its authority the system's or that of --ca-file? "
               "litebench doctor shows the certificate";
    case CURLE_SSL_CONNECT_ERROR:
        return "does this port speak TLS?";
    case CURLE_SSL_CACERT_BADFILE:
        return "is --ca-file a file of certificates (PEM)?";
    default:
        return "is the URL right and the endpoint up?";
    }
}

/* What to do about it stands at the end of each line. */
static lb_err explain(const struct lbi_fetch *fetch, struct lb_ctx *ctx,
                      const struct lbi_endpoint *endpoint)
{
    const char *url = endpoint->models_url;
    int status = fetch->transfer.status;
    struct lbi_buf text;

    if (fetch->late)
        return lbi_fail(ctx, LB_E_TIMEOUT, "%s: no answer within %.3g s; is the endpoint up?", url,
                        (double)endpoint->set->timeout / 1e9);
    if (status == 0)
        return lbi_fail(ctx, LB_E_NET, "%s: %s; %s", url,
                        fetch->transfer.error[0] != '\0' ? fetch->transfer.error
                                                         : curl_easy_strerror(fetch->code),
                        advice_on(fetch->code));
    lbi_buf_init(&text, &ctx->mem);
    lbi_error_text(&text, lbi_buf_text(&fetch->body), fetch->body.len);
    lbi_endpoint_scrub(endpoint, &text);
    bool key =
        lbi_error_of_status(status, lbi_buf_text(&fetch->body), fetch->body.len) == LBI_ERR_AUTH;
    const char *advice = key ? "; check the key (--key-file, --key-env, LITEBENCH_API_KEY)"
                             : "; check the URL, or name a model by --model";
    lb_err err = lbi_fail(ctx, LB_E_HTTP, "%s: HTTP %d%s%s%s", url, status,
                          text.len > 0 ? ": " : "", lbi_buf_text(&text), advice);
    lbi_buf_free(&text);
    return err;
}

lb_err lbi_models_fetch(struct lbi_models *models, struct lb_ctx *ctx, struct lbi_loop *loop,
                        const struct lbi_endpoint *endpoint, atomic_int *cancelled)
{
    struct lbi_fetch fetch;
    lb_err err = lbi_fetch_init(&fetch, loop, endpoint);

    fetch.cancelled = cancelled;
    if (err == LB_OK)
        err = lbi_fetch_get(&fetch, endpoint->models_url, endpoint->set->timeout);
    if (err != LB_OK)
        err = lbi_fail(ctx, err, "%s: cannot ask: %s", endpoint->models_url,
                       err == LB_E_CANCELED ? "cancelled" : "out of memory or descriptors");
    else if (fetch.late || fetch.code != CURLE_OK || fetch.transfer.status != 200)
        err = explain(&fetch, ctx, endpoint);
    else
        err = lbi_models_read(models, ctx, endpoint->models_url, &fetch.body);
    models->quota = fetch.quota;
    lbi_fetch_free(&fetch);
    return err;
}

void lbi_models_free(struct lbi_models *models, const struct lbi_mem *mem)
{
    for (size_t i = 0; i < models->count; i++)
        lbi_free(mem, models->items[i].name);
    lbi_free(mem, models->items);
    *models = (struct lbi_models){0};
}
