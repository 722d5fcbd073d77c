/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - lb_client_*: checks of arguments in front of engine/client.c. */
#include "engine/client.h"

#include "api/size.h"

lb_err lb_client_new(lb_client **out, const lb_config *config)
{
    return out == NULL || config == NULL ? LB_E_INVALID : lbi_client_new(out, config);
}

void lb_client_free(lb_client *client)
{
    lbi_client_free(client);
}

lb_err lb_client_model(lb_client *client, const char **out, int64_t *context, size_t index)
{
    return client == NULL || out == NULL ? LB_E_INVALID
                                         : lbi_client_model(client, out, context, index);
}

lb_err lb_client_quota(lb_client *client, int64_t *requests, int64_t *tokens)
{
    const struct lbi_quota *quota;

    if (client == NULL)
        return LB_E_INVALID;
    lb_err err = lbi_client_quota(client, &quota);
    if (err == LB_OK && requests != NULL)
        *requests = quota->requests;
    if (err == LB_OK && tokens != NULL)
        *tokens = quota->tokens;
    return err;
}

void lb_client_cancel(lb_client *client, int32_t on)
{
    if (client != NULL)
        lbi_client_cancel(client, on != 0);
}

lb_err lb_client_chat(lb_client *client, lb_turn *out, size_t size, const lb_message *messages,
                      size_t count, lb_delta_cb delta, void *user)
{
    lb_turn turn;

    if (client == NULL || out == NULL || messages == NULL || count == 0)
        return LB_E_INVALID;
    lb_err err = lbi_client_chat(client, &turn, messages, count, delta, user);
    if (err == LB_OK)
        lbi_copy_out(out, size, &turn, sizeof(turn));
    return err;
}
