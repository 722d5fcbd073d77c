/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ctx.c - life of a context, its last error and its log. There is no global state: two contexts
 * in one process share nothing.
 */
#include "base/ctx.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

struct lb_ctx *lbi_ctx_ref(struct lb_ctx *ctx)
{
    atomic_fetch_add(&ctx->refs, 1);
    return ctx;
}

void lbi_ctx_unref(struct lb_ctx *ctx)
{
    if (ctx == NULL || atomic_fetch_sub(&ctx->refs, 1) != 1)
        return;
    struct lbi_mem mem = ctx->mem;
    lbi_buf_free(&ctx->error);
    (void)pthread_mutex_destroy(&ctx->log_lock);
    lbi_free(&mem, ctx);
}

/* Errors repeat what stands in files and on command lines: nothing in them may obey a terminal. */
static void add_safe(struct lbi_buf *out, const char *line)
{
    size_t len = strlen(line);

    while (len > 0) {
        size_t n = lbi_utf8_valid(line, len);
        unsigned char c = (unsigned char)*line;
        if (n == 0 || (n == 1 && (c < 0x20 || c == 0x7f) && c != '\n'))
            lbi_buf_printf(out, "\\x%02x", (unsigned)c);
        else if (n > 1 && lbi_utf8_is_trap(lbi_utf8_decode(line, n)))
            lbi_buf_printf(out, "\\u%04x", (unsigned)lbi_utf8_decode(line, n));
        else
            lbi_buf_add(out, line, n);
        n += n == 0;
        line += n;
        len -= n;
    }
}

__attribute__((format(printf, 2, 0))) static void add_text(struct lb_ctx *ctx, const char *format,
                                                           va_list args)
{
    char line[LBI_ERROR_LINE];

    (void)vsnprintf(line, sizeof(line), format, args);
    /* Words that were made elsewhere and had no room there. */
    add_safe(&ctx->error, line[0] != '\0' ? line : "refused; no memory to say why");
}

lb_err lbi_fail(struct lb_ctx *ctx, lb_err code, const char *format, ...)
{
    va_list args;

    lbi_buf_clear(&ctx->error);
    va_start(args, format);
    add_text(ctx, format, args);
    va_end(args);
    return code;
}

lb_err lbi_nomem(struct lb_ctx *ctx)
{
    return lbi_fail(ctx, LB_E_NOMEM, "out of memory");
}

void lbi_fail_more(struct lb_ctx *ctx, const char *format, ...)
{
    va_list args;

    if (ctx->error.len > 0)
        lbi_buf_putc(&ctx->error, '\n');
    va_start(args, format);
    add_text(ctx, format, args);
    va_end(args);
}

void lbi_log(struct lb_ctx *ctx, int32_t level, const char *format, ...)
{
    char line[1024];
    va_list args;

    if (ctx->log == NULL || level > ctx->log_level)
        return;
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    (void)pthread_mutex_lock(&ctx->log_lock);
    ctx->log(ctx->log_user, level, line);
    (void)pthread_mutex_unlock(&ctx->log_lock);
}
