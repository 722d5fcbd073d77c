/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advice_quota.c - the words on a quota that a run ran into. Tested in tests/unit/test_quota.c.
 */
#include <inttypes.h>
#include <string.h>

#include "report/advice.h"
#include "report/quota.h"
#include "report/say.h"
#include "report/tally.h"

/* The first header of a gateway whose name contains `word`. */
static const char *gateway_header(const char *json, const char *word, struct json_object **keep)
{
    const char *why;

    *keep = *json != '\0' ? lbi_tree_parse(json, strlen(json), &why) : NULL;
    if (!json_object_is_type(*keep, json_type_object))
        return "";
    json_object_object_foreach(*keep, key, value)
    {
        if (strcasestr(key, word) != NULL && value != NULL)
            return json_object_get_string(value);
    }
    return "";
}

/* False: it is not there. */
static bool say_header(struct lbi_buf *out, const char *json, const char *word, const char *before,
                       const char *after)
{
    struct json_object *keep = NULL;
    const char *value = gateway_header(json, word, &keep);
    bool found = *value != '\0';

    if (found) {
        bool seconds = strspn(value, "0123456789") == strlen(value);
        lbi_buf_puts(out, before);
        lbi_say_safe(out, value, 40);
        lbi_buf_printf(out, "%s%s", seconds ? " s" : "", after);
    }
    (void)json_object_put(keep);
    return found;
}

static void say_gateway(struct lbi_buf *out, const struct lbi_part *part, const char *word,
                        const char *before, const char *after)
{
    if (part->tally != NULL)
        (void)say_header(out, part->tally->refused, word, before, after);
    for (size_t i = 0; i < part->view.count; i++) {
        lb_turn turn;
        lbi_dataset_row(part->view.dataset, &turn, part->view.rows[i]);
        if (strcmp(turn.error, "rate_limit") == 0 &&
            say_header(out, turn.gateway_json, word, before, after))
            return;
    }
}

/* " (120 requests/min, 40000 tokens/min)" by the headers, else by the pattern of refusals. */
static lb_err say_quota(struct lbi_buf *out, const struct lbi_part *part)
{
    struct lbi_quota_hit hit;

    lb_err err = lbi_quota_of(&hit, &part->view);
    if (err != LB_OK)
        return err;
    if (part->tally != NULL)
        lbi_quota_read(&hit.said, part->tally->refused);
    if (hit.said.requests != LB_UNKNOWN)
        lbi_buf_printf(out, " (%" PRId64 " requests/min", hit.said.requests);
    if (hit.said.tokens != LB_UNKNOWN)
        lbi_buf_printf(out, "%s%" PRId64 " tokens/min",
                       hit.said.requests != LB_UNKNOWN ? ", " : " (", hit.said.tokens);
    if (hit.said.requests != LB_UNKNOWN || hit.said.tokens != LB_UNKNOWN)
        lbi_buf_putc(out, ')');
    else if (hit.estimate > 0)
        lbi_buf_printf(out, " (about %" PRId64 " requests/min by the pattern of its refusals)",
                       hit.estimate);
    return LB_OK;
}

lb_err lbi_say_quota_hit(struct lbi_buf *out, const struct lbi_part *part, size_t count)
{
    lbi_buf_puts(out, "the key's quota");
    lb_err err = say_quota(out, part);
    lbi_buf_printf(out, " was hit, not the model's limit: %zu answers with HTTP 429", count);
    say_gateway(out, part, "retry-after", "; the server asked to wait ", " (Retry-After)");
    lbi_buf_puts(out, "; raise the quota or lower --workers or --users");
    return err;
}
