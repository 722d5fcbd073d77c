/* SPDX-License-Identifier: Apache-2.0 */
/* ctx.h - the context inside: allocator, log, last error, and who still needs it. */
#ifndef LBI_BASE_CTX_H
#define LBI_BASE_CTX_H

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>

#include "base/buf.h"

/* One line of an error, with its end. */
enum { LBI_ERROR_LINE = 1024 };

struct lb_ctx {
    struct lbi_mem mem;
    lb_log_cb log;
    void *log_user;
    int32_t log_level;
    pthread_mutex_t log_lock; /* worker threads log too; the callback sees one line at a time */
    struct lbi_buf error;
    atomic_size_t refs;
};

struct lb_ctx *lbi_ctx_ref(struct lb_ctx *ctx);
void lbi_ctx_unref(struct lb_ctx *ctx);

/* Notes one line about a failure and returns `code`. NOMEM needs no text. Main thread only. */
lb_err lbi_fail(struct lb_ctx *ctx, lb_err code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
lb_err lbi_nomem(struct lb_ctx *ctx);
/* Appends a further line to the error: for checks that list all faults. */
void lbi_fail_more(struct lb_ctx *ctx, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* [any thread] */
void lbi_log(struct lb_ctx *ctx, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
