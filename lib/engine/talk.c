/* SPDX-License-Identifier: Apache-2.0 */
/* talk.c - see talk.h. Knows the JSON of a chat request and nothing of sending it. */
#include "engine/talk.h"

#include <json-c/json.h>
#include <string.h>

#include "report/tree.h"

struct lbi_talk *lbi_talk_new(const struct lbi_mem *mem, size_t id)
{
    struct lbi_talk *talk = lbi_zalloc(mem, sizeof(*talk));

    if (talk == NULL)
        return NULL;
    talk->id = id;
    talk->turn = 1;
    lbi_buf_init(&talk->body, mem);
    return talk;
}

void lbi_talk_free(const struct lbi_mem *mem, struct lbi_talk *talk)
{
    if (talk == NULL)
        return;
    lbi_buf_free(&talk->body);
    lbi_free(mem, talk);
}

static void open_body(struct lbi_buf *body, const char *model)
{
    lbi_buf_puts(body, "{\"model\":");
    lbi_buf_json_string(body, model);
    lbi_buf_puts(body, ",\"messages\":[");
}

static void open_message(struct lbi_buf *body, const char *role)
{
    if (body->len > 0 && body->data[body->len - 1] == '}')
        lbi_buf_putc(body, ',');
    lbi_buf_puts(body, "{\"role\":\"");
    lbi_buf_puts(body, role);
    lbi_buf_puts(body, "\",\"content\":\"");
}

static void close_message(struct lbi_buf *body)
{
    lbi_buf_puts(body, "\"}");
}

static void add_message(struct lbi_buf *body, const char *role, const char *text, size_t len)
{
    open_message(body, role);
    lbi_buf_json_text(body, text, len);
    close_message(body);
}

/* The nonce comes before everything else, so that no block of an earlier run's cache matches. */
static void put_nonce(struct lbi_buf *body, const char *nonce)
{
    if (nonce[0] == '\0')
        return;
    lbi_buf_putc(body, '[');
    lbi_buf_json_text(body, nonce, strlen(nonce));
    lbi_buf_puts(body, "]\\n\\n");
}

void lbi_talk_ask(struct lbi_talk *talk, const struct lbi_shared *shared)
{
    struct lbi_buf *body = &talk->body;
    size_t system_len;
    const char *system = lbi_plan_system(shared->plan, &system_len);
    bool first = talk->turn == 1;

    if (first)
        open_body(body, shared->model);
    if (first && system_len > 0) {
        open_message(body, "system");
        put_nonce(body, shared->nonce);
        lbi_buf_json_text(body, system, system_len);
        close_message(body);
    }
    open_message(body, "user");
    if (first && system_len == 0)
        put_nonce(body, shared->nonce);
    lbi_plan_message_json(shared->plan, body, talk->id, talk->turn);
    close_message(body);
}

size_t lbi_talk_close(struct lbi_talk *talk, const struct lbi_buf *tail)
{
    size_t len = talk->body.len;

    lbi_buf_add(&talk->body, tail->data, tail->len);
    return len;
}

void lbi_talk_reopen(struct lbi_talk *talk, size_t len)
{
    lbi_buf_truncate(&talk->body, len);
}

void lbi_talk_answer(struct lbi_talk *talk, const struct lbi_shared *shared,
                     const struct lbi_buf *answer, struct lbi_buf *scratch)
{
    static const char none[] = "(no answer)";
    struct lbi_buf *body = &talk->body;

    if (shared->set->history == LBI_CANNED) {
        lbi_buf_clear(scratch);
        lbi_plan_canned(shared->plan, scratch, talk->id, talk->turn);
        add_message(body, "assistant", lbi_buf_text(scratch), scratch->len);
    } else if (answer->len == 0) {
        add_message(body, "assistant", none, sizeof(none) - 1);
    } else {
        open_message(body, "assistant");
        lbi_buf_add(body, answer->data, answer->len); /* escaped already */
        close_message(body);
    }
    if (body->err == LB_OK)
        body->err = scratch->err;
    talk->turn++;
}

void lbi_talk_warmup(struct lbi_buf *body, const struct lbi_shared *shared, size_t index,
                     struct lbi_buf *scratch)
{
    lbi_buf_clear(body);
    lbi_buf_clear(scratch);
    lbi_plan_warmup(shared->plan, scratch, index);
    open_body(body, shared->model);
    add_message(body, "user", lbi_buf_text(scratch), scratch->len);
    if (body->err == LB_OK)
        body->err = scratch->err;
}

static lb_err add_extra(struct lbi_tree *tree, struct json_object *object, const char *extra)
{
    struct json_object *more = json_tokener_parse(extra);

    if (!json_object_is_type(more, json_type_object)) {
        (void)json_object_put(more);
        return LB_E_INVALID;
    }
    json_object_object_foreach(more, key, value)
    {
        if (strcmp(key, "model") != 0 && strcmp(key, "messages") != 0 && strcmp(key, "stream") != 0)
            lbi_put(tree, object, key, json_object_get(value));
    }
    (void)json_object_put(more);
    return LB_OK;
}

static void add_flag(struct lbi_tree *tree, struct json_object *object, const char *key,
                     const char *flag)
{
    struct json_object *inner = lbi_tree_object(tree);

    lbi_put_bool(tree, inner, flag, true);
    lbi_put(tree, object, key, inner);
}

lb_err lbi_talk_tail(struct lbi_buf *tail, const struct lb_config *config, unsigned parts)
{
    const struct lbi_settings *set = &config->set;
    struct lbi_tree tree = {false};
    struct json_object *object = lbi_tree_object(&tree);
    lb_err err = LB_OK;

    lbi_put_bool(&tree, object, "stream", true);
    if ((parts & LBI_TAIL_USAGE) != 0)
        add_flag(&tree, object, "stream_options", "include_usage");
    if ((parts & LBI_TAIL_NO_STORED) != 0)
        add_flag(&tree, object, "cache", "no-cache");
    lbi_put_int(&tree, object, "max_tokens", set->max_tokens);
    if (set->extra_body != NULL)
        err = add_extra(&tree, object, set->extra_body);
    lbi_buf_clear(tail);
    lbi_buf_puts(tail, "],");
    if (lbi_given(config,
                  LBI_OPT_temperature)) { /* by our own printer: json-c's would follow the locale */
        lbi_buf_puts(tail, "\"temperature\":");
        lbi_buf_json_number(tail, set->temperature, 6);
        lbi_buf_putc(tail, ',');
    }
    /* The object without its opening brace continues the body. */
    const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
    if (text != NULL && !tree.failed)
        lbi_buf_puts(tail, text + 1);
    else
        tail->err = LB_E_NOMEM;
    (void)json_object_put(object);
    return err != LB_OK ? err : tail->err;
}
