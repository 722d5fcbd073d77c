/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctx.c - the public face of a context, and what the loaded library is made of. A context is the
 * only thing that outlives its own lb_ctx_free: children hold it.
 */
#include <curl/curl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/ctx.h"

uint32_t lb_version_num(void)
{
    return LB_VERSION_NUM;
}

const char *lb_version(void)
{
    return LB_VERSION;
}

static char build_info[160];
static pthread_once_t build_info_once = PTHREAD_ONCE_INIT;

static void make_build_info(void)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    const char *tls = curl->ssl_version != NULL ? curl->ssl_version : "no TLS";

    (void)snprintf(build_info, sizeof(build_info), "libcurl %s, %s, json-c %s", curl->version, tls,
                   json_c_version());
}

const char *lb_build_info(void)
{
    (void)pthread_once(&build_info_once, make_build_info);
    return build_info;
}

/* Members that a newer caller knows and we do not must not ask for anything. */
static bool tail_is_zero(const void *opts, size_t from, size_t size)
{
    const unsigned char *bytes = opts;

    for (size_t i = from; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

lb_err lb_ctx_new(lb_ctx **out, const lb_ctx_options *opts, size_t size)
{
    lb_ctx_options own = {0};

    if (out == NULL || (opts == NULL && size > 0))
        return LB_E_INVALID;
    if (opts != NULL) {
        if (!tail_is_zero(opts, sizeof(own), size))
            return LB_E_UNSUPPORTED;
        memcpy(&own, opts, size < sizeof(own) ? size : sizeof(own));
    }
    struct lbi_mem mem = lbi_mem_libc;
    if (own.realloc_fn != NULL)
        mem = (struct lbi_mem){own.realloc_fn, own.alloc_user};
    struct lb_ctx *ctx = lbi_zalloc(&mem, sizeof(*ctx));
    if (ctx == NULL)
        return LB_E_NOMEM;
    ctx->mem = mem;
    ctx->log = own.log;
    ctx->log_user = own.log_user;
    ctx->log_level = own.log_level;
    if (pthread_mutex_init(&ctx->log_lock, NULL) != 0) {
        lbi_free(&mem, ctx);
        return LB_E_NOMEM;
    }
    lbi_buf_init(&ctx->error, &ctx->mem);
    atomic_init(&ctx->refs, 1);
    /* Now, so that there is room to say so when memory runs out. */
    if (lbi_buf_reserve(&ctx->error, LBI_ERROR_LINE) != LB_OK) {
        lbi_ctx_unref(ctx);
        return LB_E_NOMEM;
    }
    *out = ctx;
    return LB_OK;
}

void lb_ctx_free(lb_ctx *ctx)
{
    lbi_ctx_unref(ctx);
}

const char *lb_ctx_error(const lb_ctx *ctx)
{
    return ctx != NULL ? lbi_buf_text(&ctx->error) : "";
}

void lb_free(lb_ctx *ctx, void *buffer)
{
    if (ctx != NULL)
        lbi_free(&ctx->mem, buffer);
}
