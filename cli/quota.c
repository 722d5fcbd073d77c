/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.c - see quota.h. The estimate assumes answers at the speed of workload.c: a faster model
 * makes more requests a minute, so a plan that does not fit will not fit then either.
 */
#include "quota.h"

#include "say.h"

#define MINUTE_S 60.0

bool quota_known(const struct quota *quota)
{
    return quota->requests != LB_UNKNOWN || quota->tokens != LB_UNKNOWN;
}

/* Of the whole, in its busiest minute. */
static double in_a_minute(double whole, const struct estimate *estimate)
{
    return estimate->seconds > MINUTE_S ? whole * MINUTE_S / estimate->seconds : whole;
}

char *quota_warning(const struct quota *quota, const struct estimate *estimate)
{
    static const char what_to_do[] =
        "lower --workers or --users, raise --min-delay and --max-delay, or have the quota raised";
    double requests = in_a_minute(estimate->requests, estimate);
    double tokens = in_a_minute(estimate->prompt_tokens + estimate->answer_tokens, estimate);

    if (quota->requests != LB_UNKNOWN && requests > (double)quota->requests)
        return need_text("the plan wants about %.0f requests/min, the key's quota is %lld "
                         "requests/min: the rest will be refused (HTTP 429); %s",
                         requests, (long long)quota->requests, what_to_do);
    if (quota->tokens != LB_UNKNOWN && tokens > (double)quota->tokens)
        return need_text("the plan wants about %.0f tokens/min, the key's quota is %lld "
                         "tokens/min: the rest will be refused (HTTP 429); %s, or --max-tokens",
                         tokens, (long long)quota->tokens, what_to_do);
    return NULL;
}
