/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_config.c - any text as a file of options is taken whole or refused with words that a
 * terminal can show; what was taken can be read back and is accepted once more.
 */
#include "base/utf8.h"
#include "fuzz_api.h"

static void read_back(const lb_config *config)
{
    lb_opt_info info;

    for (size_t i = 0; lb_opt_at(&info, sizeof(info), i) == LB_OK; i++) {
        const char *value = "";
        lb_err err = lb_config_get(config, &value, info.name, 0);
        FUZZ_CHECK(err == LB_OK || err == LB_E_RANGE);
        if (info.secret != 0)
            FUZZ_CHECK(*value == '\0' || strcmp(value, "***") == 0);
        FUZZ_CHECK(lb_config_origin(config, &value, info.name) == LB_OK);
    }
}

/* A value by the other door: the text before the first '=' is the name. */
static void set_one(lb_config *config, const char *text)
{
    const char *equals = strchr(text, '=');
    char name[64];

    if (equals == NULL || (size_t)(equals - text) >= sizeof(name))
        return;
    memcpy(name, text, (size_t)(equals - text));
    name[equals - text] = '\0';
    if (lb_config_set(config, name, equals + 1, "--set") != LB_OK)
        fuzz_error(config->ctx);
    if (lb_config_add(config, name, equals + 1, "--set") != LB_OK)
        fuzz_error(config->ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lbi_buf input;
    const char *text = fuzz_text(&input, data, size);
    lb_ctx *ctx = fuzz_ctx();
    lb_config *config = NULL, *copy = NULL;

    FUZZ_CHECK(lb_config_new(&config, ctx) == LB_OK);
    if (lb_config_load_json(config, text, input.len, "file.json") != LB_OK)
        fuzz_error(ctx);
    set_one(config, text);
    if (lb_config_check(config) != LB_OK)
        fuzz_error(ctx);
    read_back(config);
    FUZZ_CHECK(lb_config_clone(&copy, config) == LB_OK);
    read_back(copy);
    lb_config_free(copy);
    lb_config_free(config);
    lb_ctx_free(ctx);
    lbi_buf_free(&input);
    return 0;
}
