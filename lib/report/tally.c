/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally.c - takes one record after another. Must not keep anything of a single request. Tested in
 * tests/unit/test_tally.c, against the same records kept one by one.
 */
#include "report/tally.h"

#include <math.h>
#include <string.h>

#include "report/result.h"

/* Objectives of a header: texts, or objects with an `expr`. One that is not known judges nothing
 * here: whoever asks for a report is told. */
static lb_err read_rules(struct lbi_tally *tally, struct json_object *header)
{
    for (size_t i = 0; i < lbi_tree_size(header, "slo"); i++) {
        struct json_object *item = lbi_tree_item(header, "slo", i);
        const char *expr = json_object_is_type(item, json_type_string)
                               ? json_object_get_string(item)
                               : lbi_tree_text(item, "expr");
        if (lbi_rules_add(&tally->rules, tally->ctx, expr) == LB_E_NOMEM)
            return LB_E_NOMEM;
    }
    return LB_OK;
}

lb_err lbi_tally_new(struct lbi_tally **out, struct lb_ctx *ctx, struct lbi_strings *strings,
                     const struct lbi_binned *pauses, struct json_object *header)
{
    struct lbi_tally *tally = lbi_zalloc(&ctx->mem, sizeof(*tally));

    if (tally == NULL)
        return LB_E_NOMEM;
    tally->ctx = ctx;
    tally->strings = strings;
    tally->pauses = pauses;
    tally->planned_turns = lbi_tree_int(header, "workload.turns", -1);
    lbi_rules_init(&tally->rules);
    lb_err err = read_rules(tally, header);
    if (err != LB_OK) {
        lbi_tally_free(tally);
        return err;
    }
    *out = tally;
    return LB_OK;
}

static void free_part(struct lbi_tally_part *part, const struct lbi_mem *mem)
{
    for (size_t k = 0; k < LBI_TALLY_KINDS; k++) {
        for (size_t m = 0; m < LBI_M_DURATIONS; m++)
            lbi_binned_free(&part->kinds[k].durations[m], mem);
    }
    for (size_t t = 0; t <= LBI_TALLY_TURNS; t++) {
        if (part->turns[t] != NULL)
            lbi_binned_free(&part->turns[t]->ttft, mem);
        lbi_free(mem, part->turns[t]);
    }
    lbi_binned_free(&part->schedule, mem);
    lbi_binned_free(&part->overhead, mem);
    lbi_session_table_free(&part->open, mem);
    lbi_free(mem, (void *)part->wishes.items);
    lbi_free(mem, part->part.errors.items);
    lbi_free(mem, part->part.answered.items);
    lbi_free(mem, part);
}

void lbi_tally_free(struct lbi_tally *tally)
{
    if (tally == NULL)
        return;
    const struct lbi_mem *mem = &tally->ctx->mem;
    for (size_t i = 0; i < tally->part_count; i++)
        free_part(tally->parts[i], mem);
    lbi_free(mem, tally->parts);
    lbi_rules_free(&tally->rules, mem);
    lbi_free(mem, tally);
}

/* Those on durations that speak of all models, or of this one. */
static lb_err find_wishes(const struct lbi_tally *tally, struct lbi_tally_part *part)
{
    const struct lbi_rules *rules = &tally->rules;
    struct lbi_wishes *wishes = &part->wishes;

    wishes->items =
        lbi_zalloc(&tally->ctx->mem, (rules->objective_count + 1) * sizeof(*wishes->items));
    if (wishes->items == NULL)
        return LB_E_NOMEM;
    for (size_t i = 0; i < rules->objective_count; i++) {
        const struct lbi_objective *objective = &rules->objectives[i];
        bool other = objective->class_kind == LBI_CLASS_MODEL &&
                     strcmp(objective->class_name + strlen("model="), part->part.model) != 0;
        if (lbi_metrics[objective->metric].unit == LBI_UNIT_MS && !other)
            wishes->items[wishes->count++] = objective;
    }
    return LB_OK;
}

lb_err lbi_tally_part(struct lbi_tally *tally, struct lbi_tally_part **out, const char *model)
{
    const struct lbi_mem *mem = &tally->ctx->mem;
    void *parts = tally->parts;

    for (size_t i = 0; i < tally->part_count; i++) {
        if (strcmp(tally->parts[i]->part.model, model) == 0) {
            *out = tally->parts[i];
            return LB_OK;
        }
    }
    if (tally->part_count == LBI_TALLY_MODELS)
        return LB_E_RANGE;
    lb_err err = lbi_grow(mem, &parts, &tally->parts_cap, tally->part_count, sizeof(*tally->parts));
    tally->parts = parts;
    struct lbi_tally_part *part = err == LB_OK ? lbi_zalloc(mem, sizeof(*part)) : NULL;
    if (part == NULL)
        return LB_E_NOMEM;
    part->part.model = model;
    part->part.view.mem = mem;
    part->pauses = tally->pauses;
    part->contaminated = -1;
    part->http_version = part->refused = "";
    lbi_begin_tokens(&part->part.tokens, &part->span);
    err = find_wishes(tally, part);
    if (err != LB_OK) {
        free_part(part, mem);
        return err;
    }
    tally->parts[tally->part_count++] = part;
    *out = part;
    return LB_OK;
}

/* True for an answer, of which there is more to take. */
static bool take_sums(struct lbi_tally_sums *sums, const lb_turn *turn, uint32_t lot)
{
    struct lbi_tally_cache *cache = &sums->cache;
    bool ok = lbi_role_of(turn) == LBI_ROLE_OK;

    (ok ? sums->ok : sums->failed)[lot]++;
    if (!ok || turn->cached_tokens == LB_UNKNOWN || turn->prompt_tokens == LB_UNKNOWN)
        return ok;
    cache->cached[lot] += (double)turn->cached_tokens;
    cache->prompt[lot] += (double)turn->prompt_tokens;
    cache->known++;
    return true;
}

static lb_err take_ms(struct lbi_binned *binned, const struct lbi_mem *mem, uint32_t lot, double ms)
{
    return isfinite(ms) && fabs(ms) < 9e12 ? lbi_binned_add(binned, mem, lot, llround(ms * 1e6))
                                           : LB_OK;
}

static lb_err take_kind(struct lbi_tally_kind *kind, const struct lbi_mem *mem, const lb_turn *turn,
                        uint32_t lot, bool all)
{
    bool mute = turn->ttfa_ns == LB_UNKNOWN && turn->ttft_ns != LB_UNKNOWN;
    bool sure = turn->first_token_ns != LB_UNKNOWN;
    lb_err err = LB_OK;

    if (!take_sums(&kind->sums, turn, lot))
        return LB_OK;
    kind->wordless[lot] += mute && sure;
    kind->perhaps_mute[lot] += mute && !sure;
    for (int m = 0; m < LBI_M_DURATIONS && err == LB_OK; m++) {
        if (all || lbi_metrics[m].judged) /* what no objective speaks of needs no classes */
            err = take_ms(&kind->durations[m], mem, lot, lbi_turn_value(turn, (enum lbi_metric)m));
    }
    return err;
}

static lb_err take_turn(struct lbi_tally_part *part, const struct lbi_mem *mem, const lb_turn *turn,
                        uint32_t lot)
{
    if (turn->turn < 1 || turn->turn > LBI_TALLY_TURNS)
        return LB_OK;
    if (part->turns[turn->turn] == NULL)
        part->turns[turn->turn] = lbi_zalloc(mem, sizeof(**part->turns));
    struct lbi_tally_turn *row = part->turns[turn->turn];
    if (row == NULL)
        return LB_E_NOMEM;
    if (!take_sums(&row->sums, turn, lot))
        return LB_OK;
    return take_ms(&row->ttft, mem, lot, lbi_turn_value(turn, LBI_M_TTFT));
}

/* Into all classes that it belongs to. */
static lb_err take_classes(struct lbi_tally_part *part, const struct lbi_mem *mem,
                           const lb_turn *turn, uint32_t lot)
{
    static const enum lbi_class kinds[LBI_TALLY_KINDS] = {
        LBI_CLASS_FIRST, LBI_CLASS_LATER, LBI_CLASS_CODE, LBI_CLASS_TEXT, LBI_CLASS_ALL};
    lb_err err = LB_OK;

    for (size_t k = 0; k < LBI_TALLY_KINDS && err == LB_OK; k++) {
        const struct lbi_filter filter = {kinds[k], 0};
        if (lbi_filter_takes(&filter, turn))
            err = take_kind(&part->kinds[k], mem, turn, lot, k == LBI_TALLY_ALL);
    }
    return err == LB_OK ? take_turn(part, mem, turn, lot) : err;
}

/* It has all of its turns, or failed in one and had all before it: nothing more can come. */
static bool is_over(const struct lbi_session *session, const lb_turn *turn, int64_t planned)
{
    if (planned > 0 && session->came >= planned)
        return true;
    return session->failed && *turn->error != '\0' && (int64_t)session->came + 1 >= turn->turn;
}

static lb_err take_session(struct lbi_tally *tally, struct lbi_tally_part *part,
                           const lb_turn *turn)
{
    struct lbi_sessions *sessions = &part->part.sessions;
    bool fresh;

    if (part->lost_sessions || (part->open.count >= LBI_TALLY_OPEN && tally->planned_turns < 1)) {
        part->lost_sessions = true;
        lbi_session_table_free(&part->open, &tally->ctx->mem);
        return LB_OK;
    }
    struct lbi_open_session *session =
        lbi_session_table_get(&part->open, &tally->ctx->mem, (uint64_t)turn->conversation, &fresh);
    if (session == NULL)
        return LB_E_NOMEM;
    sessions->total += fresh;
    lbi_session_take(&session->state, &part->part.view, &part->wishes, turn);
    if (is_over(&session->state, turn, tally->planned_turns)) {
        lbi_session_count(sessions, &session->state, tally->planned_turns);
        lbi_session_table_drop(&part->open, session);
    }
    return LB_OK;
}

static void take_contamination(struct lbi_tally_part *part, const lb_turn *turn)
{
    if (part->contaminated == 1 || turn->turn != 1 || turn->cached_tokens == LB_UNKNOWN ||
        turn->prompt_tokens == LB_UNKNOWN)
        return;
    part->contaminated = lbi_is_contaminated(turn);
}

lb_err lbi_tally_intern(const struct lbi_tally *tally, const char **out, const char *text)
{
    uint32_t id;
    lb_err err = lbi_strings_intern(tally->strings, &id, text, strlen(text));

    if (err == LB_OK)
        *out = lbi_strings_get(tally->strings, id, NULL);
    return err;
}

/* The first one that there is. */
static lb_err keep_text(const struct lbi_tally *tally, const char **out, const char *text)
{
    return **out != '\0' || *text == '\0' ? LB_OK : lbi_tally_intern(tally, out, text);
}

static lb_err take_gateway(const struct lbi_tally *tally, struct lbi_tally_part *part,
                           const lb_turn *turn, const char *json)
{
    if (*json == '\0')
        return LB_OK;
    double ms = lbi_take_notes(&part->part.gateway, json);
    lb_err err =
        take_ms(&part->overhead, &tally->ctx->mem, lbi_lot_of((uint64_t)turn->conversation), ms);
    if (err == LB_OK && strcmp(turn->error, "rate_limit") == 0)
        err = keep_text(tally, &part->refused, json);
    return err;
}

static lb_err take_measured(struct lbi_tally *tally, struct lbi_tally_part *part,
                            const lb_turn *turn)
{
    const struct lbi_mem *mem = &tally->ctx->mem;
    uint32_t lot = lbi_lot_of((uint64_t)turn->conversation);
    enum lbi_role role = lbi_role_of(turn);
    lb_err err = LB_OK;

    part->part.view.has_answer_clock =
        part->part.view.has_answer_clock || turn->ttfa_ns != LB_UNKNOWN;
    lbi_widen_span(&part->span, turn);
    if (role == LBI_ROLE_OK)
        lbi_take_usage(&part->part.tokens, turn);
    take_contamination(part, turn);
    if (turn->due_ns != LB_UNKNOWN && turn->start_ns != LB_UNKNOWN)
        err = take_ms(&part->schedule, mem, lot,
                      fmax(0, (double)(turn->start_ns - turn->due_ns) / 1e6));
    if (err == LB_OK)
        err = lbi_count_turn(&part->part, mem, turn);
    if (err == LB_OK)
        err = take_session(tally, part, turn);
    if (err == LB_OK && role <= LBI_ROLE_FAILED)
        err = take_classes(part, mem, turn, lot);
    return err == LB_OK ? keep_text(tally, &part->http_version, turn->http_version) : err;
}

lb_err lbi_tally_add(struct lbi_tally *tally, const lb_turn *turn, const char *gateway_json,
                     const char *response_id)
{
    struct lbi_tally_part *part;
    lb_err err = lbi_tally_part(tally, &part, turn->model);

    if (err != LB_OK)
        return err;
    tally->records++;
    if (turn->warmup || turn->twin) {
        part->part.counts.warmup += turn->warmup != 0;
        part->part.counts.twins += !turn->warmup;
        return LB_OK;
    }
    err = take_measured(tally, part, turn);
    if (err == LB_OK)
        err = take_gateway(tally, part, turn, gateway_json);
    if (err == LB_OK && *response_id != '\0' && lbi_role_of(turn) != LBI_ROLE_FAILED)
        lbi_id_sample_add(&part->ids, lbi_id_sample_hash(response_id, strlen(response_id)));
    return err;
}
