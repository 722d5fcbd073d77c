/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of your own with a limit and a log of your own; both belong to one context.
 * Run: ./09_memory_and_log
 * Expect: ^log [0-3]: .+$
 * Expect: ^plan of 40 conversations, at most [0-9]+ KiB$
 * Expect: ^with a limit of 16 KiB: out of memory$
 * Expect: ^0 bytes left$
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <litebench/litebench.h>

struct arena {
    size_t used, most, limit;
};

/* A block remembers its size in front of itself; 16 bytes keep the alignment. */
static void *resize(void *user, void *old, size_t size)
{
    struct arena *arena = user;
    char *block = old != NULL ? (char *)old - 16 : NULL;
    size_t before = 0;

    if (block != NULL)
        memcpy(&before, block, sizeof(before));
    if (size == 0) {
        arena->used -= before;
        free(block);
        return NULL;
    }
    if (arena->used - before + size > arena->limit)
        return NULL; /* the library answers LB_E_NOMEM and stays usable */
    if ((block = realloc(block, size + 16)) == NULL)
        return NULL;
    memcpy(block, &size, sizeof(size));
    arena->used += size - before;
    arena->most = arena->used > arena->most ? arena->used : arena->most;
    return block + 16;
}

static void print_log(void *user, int32_t level, const char *text)
{
    fprintf(user, "log %d: %s\n", (int)level, text);
}

static lb_err plan(struct arena *arena, size_t *conversations)
{
    lb_ctx_options options = {resize, arena, print_log, stdout, LB_LOG_DEBUG, 0};
    lb_ctx *ctx = NULL;
    lb_config *config = NULL;
    lb_corpus *corpus = NULL;
    lb_plan *made = NULL;
    lb_err err = lb_ctx_new(&ctx, &options, sizeof(options));

    err = err ? err : lb_config_new(&config, ctx);
    err = err ? err : lb_corpus_new(&corpus, config);
    err = err ? err : lb_corpus_add_builtin(corpus);
    err = err ? err : lb_plan_new(&made, config, corpus);
    *conversations = err == LB_OK ? lb_plan_conversations(made) : 0;
    lb_plan_free(made);
    lb_corpus_free(corpus);
    lb_config_free(config);
    lb_ctx_free(ctx);
    return err;
}

int main(void)
{
    struct arena wide = {.limit = (size_t)64 << 20}, narrow = {.limit = (size_t)16 << 10};
    size_t conversations = 0;
    lb_err err = plan(&wide, &conversations);

    printf("plan of %zu conversations, at most %zu KiB\n", conversations, wide.most >> 10);
    printf("with a limit of 16 KiB: %s\n", lb_err_text(plan(&narrow, &conversations)));
    printf("%zu bytes left\n", wide.used + narrow.used);
    return err == LB_OK && wide.used + narrow.used == 0 ? 0 : 1;
}
