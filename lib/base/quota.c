/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.c - see quota.h. Seen: x-ratelimit-limit-requests (OpenAI, vLLM behind gateways),
 * llm_provider-x-ratelimit-limit-requests and x-ratelimit-model_per_key-limit-requests (LiteLLM),
 * x-litellm-key-rpm-limit (LiteLLM), x-ratelimit-limit-minute (Kong).
 */
#include "base/quota.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "litebench/litebench.h"

/* Gateways send the largest integer for "no limit". */
#define NO_LIMIT INT64_C(1000000000000)

void lbi_quota_init(struct lbi_quota *quota)
{
    *quota = (struct lbi_quota){LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN, LB_UNKNOWN};
}

static bool has(const char *name, size_t len, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= len; i++) {
        if (strncasecmp(name + i, word, n) == 0)
            return true;
    }
    return false;
}

static bool ends(const char *name, size_t len, const char *word)
{
    size_t n = strlen(word);

    return len >= n && strncasecmp(name + len - n, word, n) == 0;
}

/* Which number a header is about, NULL when none. */
static int64_t *meant(struct lbi_quota *quota, const char *name, size_t len)
{
    if (ends(name, len, "-key-rpm-limit"))
        return &quota->requests;
    if (ends(name, len, "-key-tpm-limit"))
        return &quota->tokens;
    if (!has(name, len, "ratelimit-"))
        return NULL;
    if (ends(name, len, "-limit-requests") || ends(name, len, "-limit-minute"))
        return &quota->requests;
    if (ends(name, len, "-limit-tokens"))
        return &quota->tokens;
    if (ends(name, len, "-remaining-requests") || ends(name, len, "-remaining-minute"))
        return &quota->requests_left;
    return ends(name, len, "-remaining-tokens") ? &quota->tokens_left : NULL;
}

/* "120", "120.0", "120, 120;w=60"; LB_UNKNOWN for anything else and for no limit. */
static int64_t number_of(const char *value, size_t len)
{
    int64_t number = 0;
    size_t i = 0;

    for (; i < len && value[i] >= '0' && value[i] <= '9' && number < NO_LIMIT; i++)
        number = number * 10 + (value[i] - '0');
    bool whole = i == len || memchr(".,;", value[i], 3) != NULL;
    return i > 0 && whole && number < NO_LIMIT ? number : LB_UNKNOWN;
}

void lbi_quota_header(struct lbi_quota *quota, const char *name, size_t name_len, const char *value,
                      size_t value_len)
{
    int64_t *slot = meant(quota, name, name_len);

    if (slot == NULL)
        return;
    int64_t number = number_of(value, value_len);
    if (number != LB_UNKNOWN && (*slot == LB_UNKNOWN || number < *slot))
        *slot = number;
}
