/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents of your own: what would be asked about them. Sends nothing, needs no endpoint.
 * Run: ./03_documents
 * Expect: ^3 documents, 6 conversations of 2 turns, plan [0-9a-f]{16}$
 * Expect: ^code +retry.py$
 * Expect: ^text +leave-policy.md$
 * Expect: ^6 lines of JSON$
 */
#include <stdio.h>
#include <string.h>

#include <litebench/litebench.h>

static const char *const documents[][2] = {
    {"leave-policy.md", "# Leave\n\nEmployees have 30 days a year. Up to five of them may be\n"
                        "carried over until the end of March. Leave is asked for by mail.\n"},
    {"retry.py", "def retry(call, times=3):\n    for left in range(times, 0, -1):\n"
                 "        try:\n            return call()\n        except OSError:\n"
                 "            if left == 1:\n                raise\n"},
    {"on-call", "The person on call answers within fifteen minutes, day and night. A hand-over\n"
                "is a conversation, not a message. Every alert has a page of its own.\n"},
};

static lb_err count_lines(void *user, const char *data, size_t len)
{
    size_t *lines = user;

    for (size_t i = 0; i < len; i++)
        *lines += data[i] == '\n';
    return LB_OK; /* LB_E_USER would stop the writer */
}

static lb_err show(lb_plan *plan, const lb_corpus *corpus)
{
    size_t lines = 0;
    const char *title = "";
    int32_t code = 0;
    lb_err err = LB_OK;

    printf("%zu documents, %zu conversations of %zu turns, plan %s\n", lb_corpus_size(corpus),
           lb_plan_conversations(plan), lb_plan_turns(plan), lb_plan_hash(plan));
    for (size_t i = 0; err == LB_OK && i < lb_plan_conversations(plan); i++) {
        err = lb_plan_document(plan, &title, &code, i);
        if (err == LB_OK)
            printf("%s  %s\n", code ? "code" : "text", title);
    }
    err = err ? err : lb_plan_write(plan, count_lines, &lines);
    if (err == LB_OK)
        printf("%zu lines of JSON\n", lines);
    return err;
}

int main(void)
{
    lb_ctx *ctx = NULL;
    lb_config *config = NULL;
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL;
    lb_err err = lb_ctx_new(&ctx, NULL, 0);

    err = err ? err : lb_config_new(&config, ctx);
    err = err ? err : lb_config_set(config, "plan.conversations", "6", NULL);
    err = err ? err : lb_config_set(config, "plan.turns", "2", NULL);
    err = err ? err : lb_corpus_new(&corpus, config);
    for (size_t i = 0; err == LB_OK && i < sizeof(documents) / sizeof(documents[0]); i++)
        err = lb_corpus_add(corpus, documents[i][0], documents[i][1], strlen(documents[i][1]));
    err = err ? err : lb_plan_new(&plan, config, corpus);
    err = err ? err : show(plan, corpus);
    if (err != LB_OK)
        fprintf(stderr, "%s: %s\n", lb_err_text(err), lb_ctx_error(ctx));
    lb_plan_free(plan);
    lb_corpus_free(corpus);
    lb_config_free(config);
    lb_ctx_free(ctx);
    return err == LB_OK ? 0 : 1;
}
