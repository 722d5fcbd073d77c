/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dataset_row.c - a record into its 128 bytes and back. What hardly varies between records (model,
 * document, class of error ...) is one interned tuple; what is rarely given (durations that do not
 * follow from the clocks) stands in a side table. Tested in tests/unit/test_dataset.c.
 */
#include "report/dataset_row.h"

#include <string.h>

#define FLAG_RECONNECTED 1u
#define FLAG_WARMUP      2u
#define FLAG_TWIN        4u

/* Interned as bytes, so it is zeroed before it is filled. Its strings are interned before it and
 * never move, so equal texts have equal addresses. */
struct tuple {
    const char *error, *error_text, *model, *answered_by, *document, *finish_reason, *http_version,
        *gateway;
    int16_t status;
    int8_t code, reused;
};

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

static int64_t difference(int64_t end, int64_t begin)
{
    return end == LB_UNKNOWN || begin == LB_UNKNOWN ? LB_UNKNOWN : end - begin;
}

static bool fits_u32(int64_t ns)
{
    return ns >= 0 && ns < (int64_t)LBI_NO_U32;
}

/* A count that a server or a file claims: nonsense is unknown. */
static int32_t to_count(int64_t value)
{
    return value < 0 || value > INT32_MAX ? -1 : (int32_t)value;
}

static int64_t from_count(int32_t value)
{
    return value < 0 ? LB_UNKNOWN : value;
}

/* *kept gets the address of the one copy of `text`. */
static lb_err intern_text(struct lbi_strings *strings, const char **kept, const char *text)
{
    uint32_t id = 0;
    lb_err err = LB_OK;

    if (text != NULL)
        err = lbi_strings_intern(strings, &id, text, strlen(text));
    *kept = lbi_strings_get(strings, id, NULL);
    return err;
}

static lb_err pack_tuple(struct lbi_strings *strings, uint32_t *id, const lb_turn *turn)
{
    struct tuple tuple;
    const struct {
        const char **kept;
        const char *text;
    } texts[] = {
        {&tuple.error, turn->error},
        {&tuple.error_text, turn->error_text},
        {&tuple.model, turn->model},
        {&tuple.answered_by, turn->answered_by},
        {&tuple.document, turn->document},
        {&tuple.finish_reason, turn->finish_reason},
        {&tuple.http_version, turn->http_version},
        {&tuple.gateway, turn->gateway_json},
    };

    memset(&tuple, 0, sizeof(tuple));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        lb_err err = intern_text(strings, texts[i].kept, texts[i].text);
        if (err != LB_OK)
            return err;
    }
    tuple.status = turn->status < 0 || turn->status > 999 ? 0 : (int16_t)turn->status;
    tuple.code = turn->code < 0 ? -1 : (int8_t)(turn->code != 0);
    tuple.reused = turn->reused < 0 ? -1 : (int8_t)(turn->reused != 0);
    return lbi_strings_intern(strings, id, &tuple, sizeof(tuple));
}

/* Given durations win over derived ones; those that follow from the clocks need no room. */
static lb_err pack_durations(struct lb_dataset *dataset, struct lbi_row *row, const lb_turn *turn)
{
    struct lbi_extra extra = {turn->ttft_ns,    turn->ttfa_ns, turn->e2e_ns,    turn->dns_ns,
                              turn->connect_ns, turn->tls_ns,  turn->max_gap_ns};
    uint32_t *const narrow[] = {&row->dns, &row->connect, &row->tls, &row->max_gap};
    int64_t *const wide[] = {&extra.dns, &extra.connect, &extra.tls, &extra.max_gap};
    bool needed = false;

    if (extra.ttft == difference(turn->first_token_ns, turn->sent_ns))
        extra.ttft = LB_UNKNOWN;
    if (extra.ttfa == difference(turn->first_answer_ns, turn->sent_ns))
        extra.ttfa = LB_UNKNOWN;
    if (extra.e2e == difference(turn->done_ns, turn->sent_ns))
        extra.e2e = LB_UNKNOWN;
    for (size_t i = 0; i < 4; i++) {
        *narrow[i] = LBI_NO_U32;
        if (!fits_u32(*wide[i]))
            continue;
        *narrow[i] = (uint32_t)*wide[i];
        *wide[i] = LB_UNKNOWN;
    }
    const int64_t *value = &extra.ttft;
    for (size_t i = 0; i < sizeof(extra) / sizeof(*value); i++)
        needed = needed || value[i] != LB_UNKNOWN;
    row->extra = 0;
    if (!needed)
        return LB_OK;
    void *items = dataset->extras;
    lb_err err = lbi_grow(&dataset->ctx->mem, &items, &dataset->extras_cap, dataset->extra_count,
                          sizeof(extra));
    dataset->extras = items;
    if (err != LB_OK)
        return err;
    dataset->extras[dataset->extra_count++] = extra;
    row->extra = (uint32_t)dataset->extra_count;
    return LB_OK;
}

static void pack_clocks(struct lbi_row *row, const lb_turn *turn)
{
    row->due = turn->due_ns;
    row->start = turn->start_ns;
    row->sent = turn->sent_ns;
    row->first_byte = turn->first_byte_ns;
    row->first_token = turn->first_token_ns;
    row->first_answer = turn->first_answer_ns;
    row->last_token = turn->last_token_ns;
    row->done = turn->done_ns;
}

static void pack_counts(struct lbi_row *row, const lb_turn *turn)
{
    row->prompt_tokens = to_count(turn->prompt_tokens);
    row->cached_tokens = to_count(turn->cached_tokens);
    row->completion_tokens = to_count(turn->completion_tokens);
    row->chunks = turn->chunks < 0 ? -1 : turn->chunks;
    row->worker = turn->worker;
    row->turn = (uint16_t)turn->turn;
    row->conversation =
        turn->conversation == LB_UNKNOWN ? LBI_NO_U32 : (uint32_t)turn->conversation;
    row->attempt = turn->attempt > 255 ? 255 : (uint8_t)(turn->attempt < 1 ? 1 : turn->attempt);
    row->flags = (uint8_t)((turn->reconnected > 0 ? FLAG_RECONNECTED : 0) |
                           (turn->warmup > 0 ? FLAG_WARMUP : 0) | (turn->twin > 0 ? FLAG_TWIN : 0));
}

lb_err lbi_row_pack(struct lb_dataset *dataset, struct lbi_row *row, const lb_turn *turn)
{
    memset(row, 0, sizeof(*row));
    pack_clocks(row, turn);
    pack_counts(row, turn);
    lb_err err = pack_tuple(&dataset->strings, &row->tuple, turn);
    return err != LB_OK ? err : pack_durations(dataset, row, turn);
}

bool lbi_row_is_measured(const struct lbi_row *row)
{
    return (row->flags & (FLAG_WARMUP | FLAG_TWIN)) == 0;
}

static int64_t from_u32(uint32_t ns)
{
    return ns == LBI_NO_U32 ? LB_UNKNOWN : (int64_t)ns;
}

static void unpack_durations(const struct lb_dataset *dataset, const struct lbi_row *row,
                             lb_turn *out)
{
    out->ttft_ns = difference(row->first_token, row->sent);
    out->ttfa_ns = difference(row->first_answer, row->sent);
    out->e2e_ns = difference(row->done, row->sent);
    out->dns_ns = from_u32(row->dns);
    out->connect_ns = from_u32(row->connect);
    out->tls_ns = from_u32(row->tls);
    out->max_gap_ns = from_u32(row->max_gap);
    if (row->extra == 0)
        return;
    const int64_t *given = &dataset->extras[row->extra - 1].ttft;
    int64_t *const to[] = {&out->ttft_ns,    &out->ttfa_ns, &out->e2e_ns,    &out->dns_ns,
                           &out->connect_ns, &out->tls_ns,  &out->max_gap_ns};
    for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
        *to[i] = given[i] != LB_UNKNOWN ? given[i] : *to[i];
}

static void unpack_tuple(const struct lb_dataset *dataset, const struct lbi_row *row, lb_turn *out)
{
    struct tuple tuple;

    memcpy(&tuple, lbi_strings_get(&dataset->strings, row->tuple, NULL), sizeof(tuple));
    out->error = tuple.error;
    out->error_text = tuple.error_text;
    out->model = tuple.model;
    out->answered_by = tuple.answered_by;
    out->document = tuple.document;
    out->finish_reason = tuple.finish_reason;
    out->http_version = tuple.http_version;
    out->gateway_json = tuple.gateway;
    out->status = tuple.status;
    out->code = tuple.code;
    out->reused = tuple.reused;
}

void lbi_row_unpack(const struct lb_dataset *dataset, const struct lbi_row *row, lb_turn *out)
{
    out->due_ns = row->due;
    out->start_ns = row->start;
    out->sent_ns = row->sent;
    out->first_byte_ns = row->first_byte;
    out->first_token_ns = row->first_token;
    out->first_answer_ns = row->first_answer;
    out->last_token_ns = row->last_token;
    out->done_ns = row->done;
    unpack_durations(dataset, row, out);
    out->prompt_tokens = from_count(row->prompt_tokens);
    out->cached_tokens = from_count(row->cached_tokens);
    out->completion_tokens = from_count(row->completion_tokens);
    out->conversation = row->conversation == LBI_NO_U32 ? LB_UNKNOWN : (int64_t)row->conversation;
    out->turn = row->turn;
    out->worker = row->worker;
    out->chunks = row->chunks;
    out->attempt = row->attempt;
    out->reconnected = (row->flags & FLAG_RECONNECTED) != 0;
    out->warmup = (row->flags & FLAG_WARMUP) != 0;
    out->twin = (row->flags & FLAG_TWIN) != 0;
    unpack_tuple(dataset, row, out);
    out->response_id = lbi_strings_get(&dataset->strings, row->response_id, NULL);
    out->answer = "";
    out->gaps_ns = NULL;
    out->gap_count = 0;
}
