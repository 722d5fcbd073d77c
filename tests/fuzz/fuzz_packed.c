/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_packed.c - any bytes as packed records. An input that begins with '{' is records as text:
 * they are packed, which must come back, and then damaged here and there, which must be noticed or
 * do no harm.
 */
#include "fuzz_api.h"

enum { DAMAGES = 8 };

static lb_dataset *load(lb_ctx *ctx, const char *bytes, size_t len)
{
    lb_dataset *dataset = NULL;

    FUZZ_CHECK(lb_dataset_new(&dataset, ctx) == LB_OK);
    if (lb_dataset_load(dataset, bytes, len) == LB_OK)
        return dataset;
    fuzz_error(ctx);
    lb_dataset_free(dataset);
    return NULL;
}

static void use(lb_ctx *ctx, const char *bytes, size_t len)
{
    lb_dataset *dataset = load(ctx, bytes, len);

    if (dataset == NULL)
        return;
    struct lbi_buf packed = fuzz_records(dataset, "packed");
    lb_dataset *second = load(ctx, packed.data, packed.len);
    FUZZ_CHECK(second != NULL && lb_dataset_size(second) == lb_dataset_size(dataset));
    struct lbi_buf other = fuzz_records(second, "packed");
    FUZZ_CHECK(packed.len == other.len && memcmp(packed.data, other.data, packed.len) == 0);
    fuzz_report_of(second, ctx);
    lbi_buf_free(&packed);
    lbi_buf_free(&other);
    lb_dataset_free(second);
    lb_dataset_free(dataset);
}

static void damage(lb_ctx *ctx, struct lbi_buf *packed, uint64_t seed)
{
    for (int i = 0; i < DAMAGES; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        size_t at = (size_t)(seed >> 33) % packed->len;
        char before = packed->data[at];
        packed->data[at] = (char)(seed >> 24);
        lb_dataset *dataset = load(ctx, packed->data, packed->len - (i % 2 == 0 ? 0 : at / 2));
        lb_dataset_free(dataset);
        packed->data[at] = before;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lbi_buf input;
    const char *text = fuzz_text(&input, data, size);
    lb_ctx *ctx = fuzz_ctx();
    uint64_t seed = size;

    for (size_t i = 0; i < size; i++)
        seed = (seed ^ data[i]) * UINT64_C(1099511628211);
    use(ctx, text, input.len);
    lb_dataset *dataset = size > 0 && *text == '{' ? load(ctx, text, input.len) : NULL;
    if (dataset != NULL) {
        struct lbi_buf packed = fuzz_records(dataset, "packed");
        damage(ctx, &packed, seed);
        lbi_buf_free(&packed);
        lb_dataset_free(dataset);
    }
    lb_ctx_free(ctx);
    lbi_buf_free(&input);
    return 0;
}
