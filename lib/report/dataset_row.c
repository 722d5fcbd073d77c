/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dataset_row.c - a record into some 60 to 90 bytes and back, to the nanosecond. What hardly varies
 * between records (model, document, class of error ...) is one interned tuple; clocks are
 * differences to the one before; what is rarely there takes no room. Tested in
 * tests/unit/test_dataset.c.
 */
#include "report/dataset_row.h"

#include <string.h>

#include "report/varint.h"

enum flag { /* the usual ones first: below 128 they are one byte */
            FLAG_GAPS = 1,
            FLAG_PHASES = 2,   /* dns, connect and tls; else all three are 0 */
            FLAG_TEXTS = 4,    /* text of an error, headers of a gateway: hardly two are equal */
            FLAG_SIGNED = 8,   /* some clock is before the one in front of it */
            FLAG_ATTEMPT = 16, /* one that is not the first */
            FLAG_GIVEN = 32,   /* ttft, ttfa and e2e that do not follow from the clocks */
            FLAG_WARMUP = 64,
            FLAG_TWIN = 128,
            FLAG_RECONNECTED = 256,
};

/* The first byte of an id that is too long for id_code.h: its number among strings follows. */
enum { ID_NONE = 0, ID_LONG = 15 };

/* Interned as bytes, so it is zeroed before it is filled. Its strings are interned before it and
 * never move, so equal texts have equal addresses. */
struct tuple {
    const char *error, *model, *answered_by, *document, *finish_reason, *http_version;
    int16_t status;
    int8_t code, reused;
};

static int64_t difference(int64_t end, int64_t begin)
{
    return end == LB_UNKNOWN || begin == LB_UNKNOWN ? LB_UNKNOWN : end - begin;
}

/* A count that a server or a file claims: nonsense is unknown. */
static int64_t to_count(int64_t value)
{
    return value < 0 || value > INT32_MAX ? LB_UNKNOWN : value;
}

static unsigned char *put(unsigned char *at, int64_t value)
{
    return lbi_varint_put(at, lbi_plain_to_code(value));
}

static int64_t get(const unsigned char **at)
{
    return lbi_plain_from_code(lbi_varint_get(at));
}

static lb_err intern_id(struct lbi_strings *strings, uint32_t *id, const char *text)
{
    *id = 0;
    return text == NULL ? LB_OK : lbi_strings_intern(strings, id, text, strlen(text));
}

/* *kept gets the address of the one copy of `text`. */
static lb_err intern_text(struct lbi_strings *strings, const char **kept, const char *text)
{
    uint32_t id;
    lb_err err = intern_id(strings, &id, text);

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
        {&tuple.model, turn->model},
        {&tuple.answered_by, turn->answered_by},
        {&tuple.document, turn->document},
        {&tuple.finish_reason, turn->finish_reason},
        {&tuple.http_version, turn->http_version},
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
static void find_given(int64_t *given, const lb_turn *turn)
{
    given[0] = turn->ttft_ns == difference(turn->first_token_ns, turn->sent_ns) ? LB_UNKNOWN
                                                                                : turn->ttft_ns;
    given[1] = turn->ttfa_ns == difference(turn->first_answer_ns, turn->sent_ns) ? LB_UNKNOWN
                                                                                 : turn->ttfa_ns;
    given[2] = turn->e2e_ns == difference(turn->done_ns, turn->sent_ns) ? LB_UNKNOWN : turn->e2e_ns;
}

enum { CLOCKS = 8 };

/* Each as the difference to the one before it that is known. */
static bool find_deltas(int64_t *deltas, const lb_turn *turn)
{
    const int64_t clocks[CLOCKS] = {
        turn->due_ns,         turn->start_ns,        turn->sent_ns,       turn->first_byte_ns,
        turn->first_token_ns, turn->first_answer_ns, turn->last_token_ns, turn->done_ns};
    int64_t before = 0;
    bool negative = false;

    for (size_t i = 0; i < CLOCKS; i++) {
        deltas[i] = LB_UNKNOWN;
        if (clocks[i] == LB_UNKNOWN)
            continue;
        deltas[i] = (int64_t)((uint64_t)clocks[i] - (uint64_t)before);
        before = clocks[i];
        negative = negative || deltas[i] < 0;
    }
    return negative;
}

static const unsigned char *unpack_clocks(const unsigned char *at, lb_turn *out, bool is_signed)
{
    int64_t *const clocks[CLOCKS] = {
        &out->due_ns,         &out->start_ns,        &out->sent_ns,       &out->first_byte_ns,
        &out->first_token_ns, &out->first_answer_ns, &out->last_token_ns, &out->done_ns};
    int64_t before = 0;

    for (size_t i = 0; i < CLOCKS; i++) {
        uint64_t code = lbi_varint_get(&at);
        int64_t delta = is_signed ? lbi_code_to_known(code) : lbi_plain_from_code(code);
        if (delta != LB_UNKNOWN)
            before = (int64_t)((uint64_t)before + (uint64_t)delta);
        *clocks[i] = delta == LB_UNKNOWN ? LB_UNKNOWN : before;
    }
    return at;
}

/* Relative to what it resembles, which saves bytes; as it is where that is not known. */
static uint64_t code_near(int64_t value, int64_t near)
{
    return lbi_known_to_code(value == LB_UNKNOWN || near == LB_UNKNOWN ? value : value - near);
}

static int64_t from_near(uint64_t code, int64_t near)
{
    int64_t value = lbi_code_to_known(code);

    return value == LB_UNKNOWN || near == LB_UNKNOWN ? value : value + near;
}

static unsigned char *pack_counts(unsigned char *at, const lb_turn *turn)
{
    int64_t chunks = turn->chunks < 0 ? LB_UNKNOWN : turn->chunks;
    int64_t prompt = to_count(turn->prompt_tokens);

    at = put(at, turn->conversation);
    at = lbi_varint_put(at, (uint64_t)turn->turn);
    at = lbi_varint_put(at, lbi_known_to_code(turn->worker));
    at = put(at, chunks);
    at = put(at, prompt);
    at = lbi_varint_put(at, code_near(to_count(turn->cached_tokens), prompt));
    at = lbi_varint_put(at, code_near(to_count(turn->completion_tokens), chunks));
    return put(at, turn->max_gap_ns < 0 ? LB_UNKNOWN : turn->max_gap_ns);
}

static const unsigned char *unpack_counts(const unsigned char *at, lb_turn *out)
{
    out->conversation = get(&at);
    out->turn = (int32_t)lbi_varint_get(&at);
    out->worker = (int32_t)lbi_code_to_known(lbi_varint_get(&at));
    int64_t chunks = get(&at);
    out->chunks = chunks == LB_UNKNOWN ? -1 : (int32_t)chunks;
    out->prompt_tokens = get(&at);
    out->cached_tokens = from_near(lbi_varint_get(&at), out->prompt_tokens);
    out->completion_tokens = from_near(lbi_varint_get(&at), chunks);
    out->max_gap_ns = get(&at);
    return at;
}

static unsigned flags_of(const lb_turn *turn, const int64_t *given, struct lbi_gap_place gaps)
{
    bool some_given = given[0] != LB_UNKNOWN || given[1] != LB_UNKNOWN || given[2] != LB_UNKNOWN;

    return (turn->reconnected > 0 ? FLAG_RECONNECTED : 0u) | (turn->warmup > 0 ? FLAG_WARMUP : 0u) |
           (turn->twin > 0 ? FLAG_TWIN : 0u) | (turn->attempt > 1 ? FLAG_ATTEMPT : 0u) |
           (turn->dns_ns != 0 || turn->connect_ns != 0 || turn->tls_ns != 0 ? FLAG_PHASES : 0u) |
           (some_given ? FLAG_GIVEN : 0u) | (gaps.count > 0 ? FLAG_GAPS : 0u);
}

/* What its flags say is there. */
static unsigned char *pack_rare(unsigned char *at, unsigned flags, const lb_turn *turn,
                                const int64_t *given, struct lbi_gap_place gaps)
{
    const int64_t phases[] = {turn->dns_ns, turn->connect_ns, turn->tls_ns};

    if ((flags & FLAG_ATTEMPT) != 0)
        at = lbi_varint_put(at, turn->attempt > 255 ? 255 : (uint64_t)turn->attempt);
    for (size_t i = 0; i < 3 && (flags & FLAG_PHASES) != 0; i++)
        at = lbi_varint_put(at, lbi_known_to_code(phases[i]));
    for (size_t i = 0; i < 3 && (flags & FLAG_GIVEN) != 0; i++)
        at = lbi_varint_put(at, lbi_known_to_code(given[i]));
    if ((flags & FLAG_GAPS) != 0) {
        at = lbi_varint_put(at, gaps.first);
        at = lbi_varint_put(at, gaps.count);
    }
    return at;
}

static const unsigned char *unpack_rare(const unsigned char *at, unsigned flags, lb_turn *out,
                                        struct lbi_gap_place *gaps)
{
    int64_t *const phases[] = {&out->dns_ns, &out->connect_ns, &out->tls_ns};
    int64_t *const given[] = {&out->ttft_ns, &out->ttfa_ns, &out->e2e_ns};

    out->attempt = (flags & FLAG_ATTEMPT) != 0 ? (int32_t)lbi_varint_get(&at) : 1;
    for (size_t i = 0; i < 3; i++)
        *phases[i] = (flags & FLAG_PHASES) != 0 ? lbi_code_to_known(lbi_varint_get(&at)) : 0;
    for (size_t i = 0; i < 3 && (flags & FLAG_GIVEN) != 0; i++) {
        int64_t value = lbi_code_to_known(lbi_varint_get(&at));
        *given[i] = value != LB_UNKNOWN ? value : *given[i];
    }
    gaps->first = (flags & FLAG_GAPS) != 0 ? (size_t)lbi_varint_get(&at) : 0;
    gaps->count = (flags & FLAG_GAPS) != 0 ? (size_t)lbi_varint_get(&at) : 0;
    return at;
}

static lb_err pack_id(struct lb_dataset *dataset, unsigned char **at, const char *id)
{
    size_t len = id == NULL ? 0 : strlen(id);
    uint32_t number;

    if (len == 0) {
        *(*at)++ = ID_NONE;
    } else if (len <= LBI_ID_LEN_MAX) {
        *at += lbi_id_encode(&dataset->id_words, *at, id, len);
    } else {
        lb_err err = lbi_strings_put(&dataset->strings, &number, id, len);
        if (err != LB_OK)
            return err;
        *(*at)++ = ID_LONG;
        *at = lbi_varint_put(*at, number);
    }
    return LB_OK;
}

lb_err lbi_row_pack(struct lb_dataset *dataset, unsigned char *row, size_t *len,
                    const lb_turn *turn, struct lbi_gap_place gaps)
{
    struct lbi_strings *strings = &dataset->strings;
    uint32_t tuple, error_text, gateway;
    int64_t given[3], deltas[CLOCKS];
    unsigned char *at = row;
    lb_err err = pack_tuple(strings, &tuple, turn);

    if (err == LB_OK)
        err = intern_id(strings, &error_text, turn->error_text);
    if (err == LB_OK)
        err = intern_id(strings, &gateway, turn->gateway_json);
    if (err != LB_OK)
        return err;
    find_given(given, turn);
    unsigned flags = flags_of(turn, given, gaps);
    bool is_signed = find_deltas(deltas, turn);
    flags |= error_text != 0 || gateway != 0 ? FLAG_TEXTS : 0u;
    flags |= is_signed ? FLAG_SIGNED : 0u;
    at = lbi_varint_put(at, flags);
    at = lbi_varint_put(at, tuple);
    at = pack_counts(at, turn);
    for (size_t i = 0; i < CLOCKS; i++)
        at = lbi_varint_put(at, is_signed ? lbi_known_to_code(deltas[i])
                                          : lbi_plain_to_code(deltas[i]));
    at = pack_rare(at, flags, turn, given, gaps);
    if ((flags & FLAG_TEXTS) != 0) {
        at = lbi_varint_put(at, error_text);
        at = lbi_varint_put(at, gateway);
    }
    err = pack_id(dataset, &at, turn->response_id);
    *len = (size_t)(at - row);
    return err;
}

static void unpack_tuple(const struct lb_dataset *dataset, uint32_t id, lb_turn *out)
{
    struct tuple tuple;

    memcpy(&tuple, lbi_strings_get(&dataset->strings, id, NULL), sizeof(tuple));
    out->error = tuple.error;
    out->model = tuple.model;
    out->answered_by = tuple.answered_by;
    out->document = tuple.document;
    out->finish_reason = tuple.finish_reason;
    out->http_version = tuple.http_version;
    out->status = tuple.status;
    out->code = tuple.code;
    out->reused = tuple.reused;
}

void lbi_row_unpack(const struct lb_dataset *dataset, const unsigned char *row, lb_turn *out,
                    struct lbi_gap_place *gaps, const unsigned char **id)
{
    const unsigned char *at = row;
    unsigned flags = (unsigned)lbi_varint_get(&at);

    unpack_tuple(dataset, (uint32_t)lbi_varint_get(&at), out);
    at = unpack_counts(at, out);
    at = unpack_clocks(at, out, (flags & FLAG_SIGNED) != 0);
    out->ttft_ns = difference(out->first_token_ns, out->sent_ns);
    out->ttfa_ns = difference(out->first_answer_ns, out->sent_ns);
    out->e2e_ns = difference(out->done_ns, out->sent_ns);
    at = unpack_rare(at, flags, out, gaps);
    uint32_t error_text = (flags & FLAG_TEXTS) != 0 ? (uint32_t)lbi_varint_get(&at) : 0;
    uint32_t gateway = (flags & FLAG_TEXTS) != 0 ? (uint32_t)lbi_varint_get(&at) : 0;
    out->error_text = lbi_strings_get(&dataset->strings, error_text, NULL);
    out->gateway_json = lbi_strings_get(&dataset->strings, gateway, NULL);
    out->reconnected = (flags & FLAG_RECONNECTED) != 0;
    out->warmup = (flags & FLAG_WARMUP) != 0;
    out->twin = (flags & FLAG_TWIN) != 0;
    out->response_id = out->answer = "";
    out->gaps_ns = NULL;
    out->gap_count = 0;
    *id = at;
}

const char *lbi_row_id(const struct lb_dataset *dataset, const unsigned char *id)
{
    if (*id == ID_NONE)
        return "";
    if (*id == ID_LONG) {
        const unsigned char *at = id + 1;
        return lbi_strings_get(&dataset->strings, (uint32_t)lbi_varint_get(&at), NULL);
    }
    (void)lbi_id_decode(&dataset->id_words, dataset->scratch->id, id);
    return dataset->scratch->id;
}

/* FNV-1a over the code, or over the text of a long one. */
uint64_t lbi_row_id_hash(const struct lb_dataset *dataset, const unsigned char *id)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    bool is_long = *id == ID_LONG;

    if (*id == ID_NONE)
        return 0;
    const unsigned char *bytes = is_long ? (const unsigned char *)lbi_row_id(dataset, id) : id;
    size_t len = is_long ? strlen((const char *)bytes) : lbi_id_code_len(id);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash != 0 ? hash : 1;
}
