/* SPDX-License-Identifier: Apache-2.0 */
/* turn.c - a record of which nothing is known yet, and one whose clocks start elsewhere. Tested in
 * tests/unit/test_dataset.c. */
#include <string.h>

#include "report/dataset.h"

void lbi_turn_init(lb_turn *turn)
{
    int64_t *const unknown[] = {
        &turn->due_ns,        &turn->start_ns,       &turn->sent_ns,
        &turn->first_byte_ns, &turn->first_token_ns, &turn->first_answer_ns,
        &turn->last_token_ns, &turn->done_ns,        &turn->ttft_ns,
        &turn->ttfa_ns,       &turn->e2e_ns,         &turn->dns_ns,
        &turn->connect_ns,    &turn->tls_ns,         &turn->max_gap_ns,
        &turn->prompt_tokens, &turn->cached_tokens,  &turn->completion_tokens,
        &turn->conversation,
    };
    const char **const empty[] = {
        &turn->error,        &turn->error_text,  &turn->model,         &turn->answered_by,
        &turn->document,     &turn->response_id, &turn->finish_reason, &turn->http_version,
        &turn->gateway_json, &turn->answer,
    };

    memset(turn, 0, sizeof(*turn));
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        *unknown[i] = LB_UNKNOWN;
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
        *empty[i] = "";
    turn->worker = turn->chunks = turn->reused = turn->code = -1;
    turn->attempt = 1;
}

void lbi_turn_shift(lb_turn *turn, int64_t by_ns)
{
    int64_t *clocks[] = {&turn->due_ns,        &turn->start_ns,       &turn->sent_ns,
                         &turn->first_byte_ns, &turn->first_token_ns, &turn->first_answer_ns,
                         &turn->last_token_ns, &turn->done_ns};

    for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
        if (*clocks[i] != LB_UNKNOWN)
            *clocks[i] += by_ns;
    }
}
