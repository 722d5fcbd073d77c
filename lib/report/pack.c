/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.c - a dataset as bytes and back. Numbers are variable-length (7 bits a byte, low ones
 * first); clocks are differences to their neighbours; a text that came before is its number. The
 * reader trusts nothing: every length is checked against what is left.
 */
#include "report/pack.h"

#include <string.h>

#include "report/tree.h"
#include "report/varint.h"

enum { TEXTS_MAX = 4096, TEXT_LEN_MAX = 65536, TREE_LEN_MAX = 16 << 20 };

/* Numbers of a record besides its texts, in the order they are written. */
enum { TIMES = 8 };

enum flag { F_CODE = 1, F_TEXT = 2, F_REUSED = 4, F_RECONNECTED = 8, F_WARMUP = 16, F_TWIN = 32 };

/* ---- numbers ---- */

static void put_unsigned(struct lbi_buf *out, uint64_t value)
{
    unsigned char bytes[LBI_VARINT_MAX];

    lbi_buf_add(out, (const char *)bytes, (size_t)(lbi_varint_put(bytes, value) - bytes));
}

static void put_known(struct lbi_buf *out, int64_t value)
{
    put_unsigned(out, lbi_known_to_code(value));
}

struct reader {
    const unsigned char *p, *end;
    bool bad, no_memory;
};

static uint64_t get_unsigned(struct reader *in)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (in->p == in->end)
            break;
        unsigned char byte = *in->p++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    in->bad = true;
    return 0;
}

static int64_t get_known(struct reader *in)
{
    return lbi_code_to_known(get_unsigned(in));
}

/* ---- texts ---- */

struct texts {
    const char *known[TEXTS_MAX]; /* equal strings of a dataset have equal addresses */
    size_t count;
};

static void put_text(struct lbi_buf *out, struct texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (texts->known[i] == text || strcmp(texts->known[i], text) == 0) {
            put_unsigned(out, i + 1);
            return;
        }
    }
    size_t len = strlen(text);
    len = len < TEXT_LEN_MAX ? len : TEXT_LEN_MAX;
    put_unsigned(out, 0);
    put_unsigned(out, len);
    lbi_buf_add(out, text, len);
    if (texts->count < TEXTS_MAX)
        texts->known[texts->count++] = text;
}

static const char *get_text(struct reader *in, struct texts *texts, const struct lbi_mem *mem)
{
    uint64_t index = get_unsigned(in);

    if (index > 0) {
        in->bad |= index > texts->count;
        return in->bad ? "" : texts->known[index - 1];
    }
    uint64_t len = get_unsigned(in);
    if (in->bad || len > (uint64_t)(in->end - in->p) || texts->count == TEXTS_MAX) {
        in->bad = true;
        return "";
    }
    char *copy = lbi_strndup(mem, (const char *)in->p, (size_t)len);
    in->p += len;
    if (copy == NULL) {
        in->bad = in->no_memory = true;
        return "";
    }
    texts->known[texts->count++] = copy;
    return copy;
}

/* ---- records ---- */

/* A clock and what it is measured from: differences are short where moments are long. */
static void clocks_of(const lb_turn *turn, int64_t out[TIMES])
{
    const int64_t clocks[TIMES] = {turn->start_ns,      turn->due_ns,         turn->sent_ns,
                                   turn->first_byte_ns, turn->first_token_ns, turn->first_answer_ns,
                                   turn->last_token_ns, turn->done_ns};

    memcpy(out, clocks, sizeof(clocks));
}

static void put_clocks(struct lbi_buf *out, const lb_turn *turn, int64_t *previous)
{
    int64_t clocks[TIMES];
    int64_t base = *previous;

    clocks_of(turn, clocks);
    for (size_t i = 0; i < TIMES; i++) {
        put_known(out, clocks[i] == LB_UNKNOWN ? LB_UNKNOWN : clocks[i] - base);
        if (clocks[i] != LB_UNKNOWN)
            base = clocks[i];
        if (i == 0 && clocks[0] != LB_UNKNOWN)
            *previous = clocks[0];
    }
}

static void get_clocks(struct reader *in, lb_turn *turn, int64_t *previous)
{
    int64_t *clocks[TIMES] = {&turn->start_ns,      &turn->due_ns,         &turn->sent_ns,
                              &turn->first_byte_ns, &turn->first_token_ns, &turn->first_answer_ns,
                              &turn->last_token_ns, &turn->done_ns};
    int64_t base = *previous;

    for (size_t i = 0; i < TIMES; i++) {
        int64_t delta = get_known(in);
        if (delta == LB_UNKNOWN)
            continue;
        *clocks[i] = base = (int64_t)((uint64_t)base + (uint64_t)delta);
        if (i == 0)
            *previous = base;
    }
}

static void put_flags(struct lbi_buf *out, const lb_turn *turn)
{
    unsigned flags = (turn->code == 1 ? F_CODE : 0u) | (turn->code == 0 ? F_TEXT : 0u) |
                     (turn->reused == 1 ? F_REUSED : 0u) |
                     (turn->reconnected == 1 ? F_RECONNECTED : 0u) |
                     (turn->warmup ? F_WARMUP : 0u) | (turn->twin ? F_TWIN : 0u);

    lbi_buf_putc(out, (char)(unsigned char)flags);
}

static void get_flags(struct reader *in, lb_turn *turn)
{
    if (in->p == in->end) {
        in->bad = true;
        return;
    }
    unsigned flags = *in->p++;
    turn->code = (flags & F_CODE) != 0 ? 1 : (flags & F_TEXT) != 0 ? 0 : -1;
    turn->reused = (flags & F_REUSED) != 0;
    turn->reconnected = (flags & F_RECONNECTED) != 0;
    turn->warmup = (flags & F_WARMUP) != 0;
    turn->twin = (flags & F_TWIN) != 0;
}

static void put_turn(struct lbi_buf *out, struct texts *texts, const lb_turn *turn,
                     int64_t *previous, size_t *gap_budget)
{
    const char *words[] = {turn->error, turn->model, turn->answered_by, turn->document,
                           turn->http_version};
    const int64_t numbers[] = {turn->conversation,  turn->turn,          turn->worker,
                               turn->status,        turn->chunks,        turn->attempt,
                               turn->dns_ns,        turn->connect_ns,    turn->tls_ns,
                               turn->prompt_tokens, turn->cached_tokens, turn->completion_tokens,
                               turn->max_gap_ns};
    size_t gaps = turn->gaps_ns != NULL && turn->gap_count <= *gap_budget ? turn->gap_count : 0;

    put_flags(out, turn);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        put_text(out, texts, words[i]);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        put_known(out, numbers[i]);
    put_clocks(out, turn, previous);
    *gap_budget -= gaps;
    put_unsigned(out, gaps);
    for (size_t i = 0; i < gaps; i++)
        put_known(out, turn->gaps_ns[i]);
}

static int32_t get_int(struct reader *in)
{
    int64_t value = get_known(in);

    if (value != LB_UNKNOWN && (value < INT32_MIN || value > INT32_MAX))
        in->bad = true;
    return value == LB_UNKNOWN || in->bad ? 0 : (int32_t)value;
}

/* `gaps` is room for LBI_PACK_GAPS_MAX. */
static void get_turn(struct reader *in, struct texts *texts, const struct lbi_mem *mem,
                     lb_turn *turn, int64_t *previous, int64_t *gaps)
{
    const char **words[] = {&turn->error, &turn->model, &turn->answered_by, &turn->document,
                            &turn->http_version};
    int64_t *counts[] = {&turn->dns_ns,        &turn->connect_ns,    &turn->tls_ns,
                         &turn->prompt_tokens, &turn->cached_tokens, &turn->completion_tokens,
                         &turn->max_gap_ns};

    lbi_turn_init(turn);
    get_flags(in, turn);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        *words[i] = get_text(in, texts, mem);
    turn->conversation = get_known(in);
    turn->turn = get_int(in);
    turn->worker = get_int(in);
    turn->status = get_int(in);
    turn->chunks = get_int(in);
    turn->attempt = get_int(in);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        *counts[i] = get_known(in);
    get_clocks(in, turn, previous);
    uint64_t count = get_unsigned(in);
    if (count > LBI_PACK_GAPS_MAX) {
        in->bad = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        gaps[i] = get_known(in);
    turn->gaps_ns = count > 0 ? gaps : NULL;
    turn->gap_count = (size_t)count;
}

/* ---- the whole ---- */

static void put_tree(struct lbi_buf *out, struct json_object *tree)
{
    struct lbi_buf text;

    lbi_buf_init(&text, out->mem);
    if (tree != NULL)
        lbi_tree_write(&text, tree, false);
    put_unsigned(out, text.len);
    lbi_buf_add(out, lbi_buf_text(&text), text.len);
    lbi_buf_free_into(&text, out);
}

static struct json_object *get_tree(struct reader *in)
{
    uint64_t len = get_unsigned(in);
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *tree = NULL;

    in->no_memory |= tokener == NULL;
    if (tokener == NULL || len > TREE_LEN_MAX || len > (uint64_t)(in->end - in->p)) {
        in->bad = true;
    } else if (len > 0) {
        tree = json_tokener_parse_ex(tokener, (const char *)in->p, (int)len);
        in->bad |= !json_object_is_type(tree, json_type_object);
        in->p += len;
    }
    if (tokener != NULL)
        json_tokener_free(tokener);
    return tree;
}

lb_err lbi_pack(struct lbi_buf *out, const struct lb_dataset *dataset)
{
    size_t count = lbi_dataset_count(dataset);
    size_t gap_budget = LBI_PACK_GAPS_MAX;
    int64_t previous = 0;
    struct texts *texts = lbi_zalloc(out->mem, sizeof(*texts));

    if (texts == NULL)
        return LB_E_NOMEM;
    lbi_buf_add(out, LBI_PACK_MAGIC, LBI_PACK_MAGIC_LEN);
    put_tree(out, lbi_dataset_header(dataset));
    put_tree(out, lbi_dataset_footer(dataset));
    put_unsigned(out, count);
    for (size_t i = 0; i < count; i++) {
        lb_turn turn;
        lb_err err = lbi_dataset_read(dataset, &turn, i);
        if (err != LB_OK)
            out->err = err;
        put_turn(out, texts, &turn, &previous, &gap_budget);
    }
    lbi_free(out->mem, texts);
    return out->err;
}

bool lbi_is_packed(const char *bytes, size_t len)
{
    /* All but the version. */
    return len >= LBI_PACK_MAGIC_LEN && memcmp(bytes, LBI_PACK_MAGIC, LBI_PACK_MAGIC_LEN - 1) == 0;
}

static lb_err read_records(struct lb_dataset *dataset, struct reader *in, struct texts *texts,
                           int64_t *gaps)
{
    const struct lbi_mem *mem = &lbi_dataset_ctx(dataset)->mem;
    uint64_t count = get_unsigned(in);
    int64_t previous = 0;
    lb_err err = LB_OK;

    for (uint64_t i = 0; i < count && err == LB_OK && !in->bad; i++) {
        lb_turn turn;
        get_turn(in, texts, mem, &turn, &previous, gaps);
        if (!in->bad)
            err = lbi_dataset_add(dataset, &turn);
    }
    if (in->no_memory)
        return lbi_nomem(lbi_dataset_ctx(dataset));
    if (in->bad || (err == LB_OK && in->p != in->end))
        err = lbi_fail(lbi_dataset_ctx(dataset), LB_E_PARSE, "packed records: cut or damaged");
    return err;
}

lb_err lbi_unpack(struct lb_dataset *dataset, const char *bytes, size_t len)
{
    struct lb_ctx *ctx = lbi_dataset_ctx(dataset);
    struct reader in = {.p = (const unsigned char *)bytes,
                        .end = (const unsigned char *)bytes + len};

    if (!lbi_is_packed(bytes, len))
        return lbi_fail(ctx, LB_E_PARSE, "no packed records");
    if (bytes[LBI_PACK_MAGIC_LEN - 1] != LBI_PACK_MAGIC[LBI_PACK_MAGIC_LEN - 1])
        return lbi_fail(ctx, LB_E_UNSUPPORTED, "packed records of version %d, this reads 1",
                        bytes[LBI_PACK_MAGIC_LEN - 1]);
    struct texts *texts = lbi_zalloc(&ctx->mem, sizeof(*texts));
    int64_t *gaps = lbi_alloc(&ctx->mem, LBI_PACK_GAPS_MAX * sizeof(*gaps));
    lb_err err = texts == NULL || gaps == NULL ? lbi_nomem(ctx) : LB_OK;
    if (err == LB_OK) {
        in.p += LBI_PACK_MAGIC_LEN;
        lbi_dataset_set_header(dataset, get_tree(&in));
        lbi_dataset_set_footer(dataset, get_tree(&in));
        err = read_records(dataset, &in, texts, gaps);
    }
    for (size_t i = 0; texts != NULL && i < texts->count; i++) {
        void *text;
        memcpy(&text, &texts->known[i], sizeof(text)); /* ours: get_text made it */
        lbi_free(&ctx->mem, text);
    }
    lbi_free(&ctx->mem, texts);
    lbi_free(&ctx->mem, gaps);
    return err;
}
