/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - lb_plan_*: arguments are checked here, the work is done in lib/corpus; and the plan as
 * JSON Lines. Tested in tests/unit/test_plan.c.
 */
#include "corpus/plan.h"

lb_err lb_plan_new(lb_plan **out, const lb_config *config, const lb_corpus *corpus)
{
    if (config == NULL)
        return LB_E_INVALID;
    if (out == NULL || corpus == NULL)
        return lbi_fail(config->ctx, LB_E_INVALID, "lb_plan_new: out or corpus is NULL");
    if (corpus->ctx != config->ctx)
        return lbi_fail(config->ctx, LB_E_INVALID,
                        "lb_plan_new: corpus and config belong to different contexts");
    return lbi_plan_new(out, config, corpus);
}

void lb_plan_free(lb_plan *plan)
{
    lbi_plan_free(plan);
}

size_t lb_plan_conversations(const lb_plan *plan)
{
    return plan != NULL ? lbi_plan_conversations(plan) : 0;
}

size_t lb_plan_turns(const lb_plan *plan)
{
    return plan != NULL ? lbi_plan_turns(plan) : 0;
}

static lb_err check_conversation(const lb_plan *plan, size_t conversation)
{
    if (plan == NULL)
        return LB_E_INVALID;
    if (conversation >= lbi_plan_conversations(plan))
        return lbi_fail(lbi_plan_ctx(plan), LB_E_RANGE,
                        "conversation %zu: there are %zu, counted from 0", conversation,
                        lbi_plan_conversations(plan));
    return LB_OK;
}

lb_err lb_plan_message(lb_plan *plan, const char **text, size_t *len, size_t conversation,
                       size_t turn)
{
    lb_err err = check_conversation(plan, conversation);

    if (err != LB_OK)
        return err;
    if (turn < 1 || turn > lbi_plan_turns(plan))
        return lbi_fail(lbi_plan_ctx(plan), LB_E_RANGE, "turn %zu: there are %zu, counted from 1",
                        turn, lbi_plan_turns(plan));

    struct lbi_buf *buf = lbi_plan_scratch(plan);
    lbi_buf_clear(buf);
    lbi_plan_message(plan, buf, conversation, turn);
    if (buf->err != LB_OK)
        return lbi_nomem(lbi_plan_ctx(plan));
    if (text != NULL)
        *text = lbi_buf_text(buf);
    if (len != NULL)
        *len = buf->len;
    return LB_OK;
}

lb_err lb_plan_document(const lb_plan *plan, const char **title, int32_t *code, size_t conversation)
{
    lb_err err = check_conversation(plan, conversation);
    bool is_code = false;

    if (err != LB_OK)
        return err;
    const char *name = lbi_plan_document(plan, conversation, &is_code);
    if (title != NULL)
        *title = name;
    if (code != NULL)
        *code = is_code;
    return LB_OK;
}

const char *lb_plan_hash(const lb_plan *plan)
{
    return plan != NULL ? lbi_plan_hash(plan) : "";
}

static void put_message(struct lbi_buf *line, const char *role, const char *text, size_t len,
                        bool first)
{
    lbi_buf_printf(line, "%s{\"role\":\"%s\",\"content\":\"", first ? "" : ",", role);
    lbi_buf_json_text(line, text, len);
    lbi_buf_puts(line, "\"}");
}

/* One object of the JSON Lines, with its newline. `text` is scratch for a message. */
static void put_conversation(lb_plan *plan, struct lbi_buf *line, struct lbi_buf *text,
                             size_t conversation)
{
    size_t system_len;
    bool code;
    const char *system = lbi_plan_system(plan, &system_len);
    const char *title = lbi_plan_document(plan, conversation, &code);

    lbi_buf_printf(line, "{\"conversation\":%zu,\"document\":", conversation);
    lbi_buf_json_string(line, title);
    lbi_buf_printf(line, ",\"class\":\"%s\",\"messages\":[", code ? "code" : "text");
    if (system_len > 0)
        put_message(line, "system", system, system_len, true);
    for (size_t turn = 1; turn <= lbi_plan_turns(plan); turn++) {
        lbi_buf_clear(text);
        lbi_plan_message(plan, text, conversation, turn);
        put_message(line, "user", lbi_buf_text(text), text->len, turn == 1 && system_len == 0);
        if (text->err != LB_OK)
            line->err = text->err;
    }
    lbi_buf_puts(line, "]}\n");
}

lb_err lb_plan_write(lb_plan *plan, lb_write_cb write, void *user)
{
    struct lbi_buf line;
    lb_err err = LB_OK;

    if (plan == NULL)
        return LB_E_INVALID;
    if (write == NULL)
        return lbi_fail(lbi_plan_ctx(plan), LB_E_INVALID, "lb_plan_write: write is NULL");

    lbi_buf_init(&line, &lbi_plan_ctx(plan)->mem);
    for (size_t i = 0; i < lbi_plan_conversations(plan) && err == LB_OK; i++) {
        lbi_buf_clear(&line);
        put_conversation(plan, &line, lbi_plan_scratch(plan), i);
        err = line.err != LB_OK ? lbi_nomem(lbi_plan_ctx(plan)) : write(user, line.data, line.len);
    }
    lbi_buf_free(&line);
    return err;
}
