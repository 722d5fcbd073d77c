/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result_trust.c - cache, stream, meter, steadiness and the old tool's numbers as members of the
 * tree: how far the metrics carry. Tested in tests/unit/test_formats.c.
 */
#include <math.h>
#include <string.h>

#include "report/result.h"
#include "report/say.h"

static void put_cache(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part,
                      int contaminated)
{
    struct lbi_tree *tree = whole->tree;
    struct json_object *one = lbi_tree_object(tree);
    struct json_object *benefit = lbi_tree_object(tree);
    double speedup = part->legacy.speedup;
    bool direct = isfinite(part->cache_hit.value);
    const char *method = direct ? "cached_tokens" : (isfinite(speedup) ? "legacy" : NULL);

    lbi_put_number(tree, one, "legacy_speedup", speedup);
    lbi_put_text(tree, one, "legacy_word",
                 isfinite(speedup) ? lbi_cache_word(speedup, whole->rules->speedup_threshold)
                                   : NULL);
    lbi_put_number(tree, one, "hit_rate", part->cache_hit.value);
    lbi_put(tree, benefit, "value", NULL);
    lbi_put(tree, benefit, "low", NULL);
    lbi_put(tree, benefit, "high", NULL);
    lbi_put(tree, one, "benefit", benefit);
    lbi_put_text(tree, one, "method", method);
    if (contaminated < 0)
        lbi_put(tree, one, "contaminated", NULL);
    else
        lbi_put_bool(tree, one, "contaminated", contaminated == 1);
    lbi_put(tree, to, "cache", one);
}

static void put_stream(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part)
{
    struct lbi_tree *tree = whole->tree;
    struct json_object *one = lbi_tree_object(tree);
    struct json_object *said = lbi_tree_get(whole->footer, "stream");
    const struct lbi_tokens *tokens = &part->tokens;
    double per_token = (double)NAN;

    if (tokens->from_server && tokens->completion > 0)
        per_token = tokens->chunks / tokens->completion;
    lbi_put_same(tree, one, "buffered", said, "buffered");
    lbi_put_same(tree, one, "evidence", said, "evidence");
    lbi_put_number(tree, one, "chunks_per_token", per_token);
    lbi_put_same(tree, one, "tokens_per_read", said, "tokens_per_read");
    lbi_put(tree, to, "stream", one);
}

/* null when no answer names a gateway. */
static void put_gateway(struct lbi_whole *whole, struct json_object *to,
                        const struct lbi_gateway *gateway)
{
    struct lbi_tree *tree = whole->tree;

    if (gateway->answers == 0) {
        lbi_put(tree, to, "gateway", NULL);
        return;
    }
    struct json_object *one = lbi_tree_object(tree);
    lbi_put_text(tree, one, "name", "LiteLLM");
    lbi_put_int(tree, one, "answers", (int64_t)gateway->answers);
    lbi_put_int(tree, one, "retried", (int64_t)gateway->retried);
    lbi_put_int(tree, one, "fallbacks", (int64_t)gateway->fallbacks);
    lbi_put_int(tree, one, "stored", (int64_t)gateway->stored);
    struct json_object *overhead = lbi_tree_object(tree);
    lbi_put_int(tree, overhead, "n", (int64_t)gateway->overhead.n);
    lbi_put_number(tree, overhead, "p50", gateway->overhead.p[LBI_P50].value);
    lbi_put_number(tree, overhead, "p95", gateway->overhead.p[LBI_P95].value);
    lbi_put_number(tree, overhead, "max", gateway->overhead.max);
    lbi_put(tree, one, "overhead_ms", overhead);
    lbi_put(tree, to, "gateway", one);
}

static void put_spread(struct lbi_tree *tree, struct json_object *to, const char *key,
                       const struct lbi_spread *spread)
{
    struct json_object *one = lbi_tree_object(tree);

    lbi_put_number(tree, one, "p50", spread->p50);
    lbi_put_number(tree, one, "p99", spread->p99);
    lbi_put_number(tree, one, "max", spread->max);
    lbi_put(tree, to, key, one);
}

static void say_late(struct lbi_whole *whole, struct json_object *reasons, const char *what,
                     double delay, double allowed)
{
    struct lbi_buf text;

    if (!(delay > allowed))
        return;
    lbi_buf_init(&text, whole->result->mem);
    lbi_buf_printf(&text, "P99 of %s is ", what);
    lbi_say_ms(&text, delay);
    lbi_buf_puts(&text, ", allowed are ");
    lbi_say_ms(&text, allowed);
    whole->tree->failed = whole->tree->failed || text.err != LB_OK;
    lbi_push_text(whole->tree, reasons, lbi_buf_text(&text));
    lbi_buf_free(&text);
}

static void put_meter(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part,
                      const struct lbi_validity *validity)
{
    static const char *const rest[] = {"cpu_s",      "cpu_us_per_chunk", "peak_rss_bytes",
                                       "threads",    "arrival_stamp",    "stamped_share",
                                       "sent_method"};
    struct lbi_tree *tree = whole->tree;
    struct json_object *one = lbi_tree_object(tree);
    struct json_object *said = lbi_tree_get(whole->footer, "meter");
    struct json_object *reasons = lbi_tree_get(said, "reasons");
    bool given = json_object_is_type(reasons, json_type_array) && validity->said_invalid;

    reasons = given ? json_object_get(reasons) : lbi_tree_array(tree);
    if (validity->late && !given) {
        say_late(whole, reasons, "the loop's lateness", validity->lag_p99, validity->allowed_ms);
        say_late(whole, reasons, "the delay before sending", validity->own_p99,
                 validity->allowed_ms);
    }
    if (validity->known || validity->said_invalid)
        lbi_put_bool(tree, one, "valid", !validity->late);
    else
        lbi_put(tree, one, "valid", NULL);
    lbi_put(tree, one, "reasons", reasons);
    const struct lbi_spread lag = {lbi_tree_number(said, "loop_lag_ms.p50"), validity->lag_p99,
                                   lbi_tree_number(said, "loop_lag_ms.max")};
    put_spread(tree, one, "loop_lag_ms", &lag);
    put_spread(tree, one, "schedule_delay_ms", &part->schedule_delay);
    put_spread(tree, one, "own_delay_ms", &part->own_delay);
    for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
        lbi_put_same(tree, one, rest[i], said, rest[i]);
    lbi_put(tree, to, "meter", one);
}

static void put_steady(struct lbi_whole *whole, struct json_object *to)
{
    struct json_object *one = lbi_tree_object(whole->tree);

    lbi_put(whole->tree, one, "is_steady", NULL);
    lbi_put(whole->tree, one, "drift", NULL);
    lbi_put(whole->tree, to, "steady", one);
}

static void put_times(struct lbi_tree *tree, struct json_object *to,
                      const struct lbi_legacy_times *times)
{
    lbi_put_int(tree, to, "n", (int64_t)times->n);
    lbi_put_number(tree, to, "min_ms", times->min);
    lbi_put_number(tree, to, "max_ms", times->max);
    lbi_put_number(tree, to, "mean_ms", times->mean);
    lbi_put_number(tree, to, "p50_ms", times->p50);
    lbi_put_number(tree, to, "p95_ms", times->p95);
    lbi_put_number(tree, to, "p99_ms", times->p99);
}

/* The limit of the old role's word: the P95 objective on the first token. */
static double ttft_limit(const struct lbi_rules *rules)
{
    for (size_t i = 0; i < rules->objective_count; i++) {
        const struct lbi_objective *objective = &rules->objectives[i];
        if (objective->metric == LBI_M_TTFT && objective->p_100k == 95000 &&
            objective->class_kind == LBI_CLASS_ALL && lbi_op_upper(objective->op))
            return objective->limit;
    }
    return 500;
}

void lbi_put_legacy(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part)
{
    struct lbi_tree *tree = whole->tree;
    struct json_object *one = lbi_tree_object(tree);
    struct json_object *total = lbi_tree_object(tree);

    put_times(tree, one, &part->legacy.ttft);
    put_times(tree, total, &part->legacy.total);
    lbi_put(tree, one, "total", total);
    lbi_put_number(tree, one, "first_turn_ms", part->legacy.first_mean);
    lbi_put_number(tree, one, "later_turns_ms", part->legacy.later_mean);
    lbi_put_number(tree, one, "ttft_limit_ms", ttft_limit(whole->rules));
    lbi_put_number(tree, one, "speedup_threshold", whole->rules->speedup_threshold);
    lbi_put(tree, to, "legacy", one);
}

void lbi_put_trust(struct lbi_whole *whole, struct json_object *to, const struct lbi_part *part,
                   const struct lbi_verdict *verdict)
{
    if (!json_object_object_get_ex(to, "cache", NULL)) /* with several models it is null there */
        put_cache(whole, to, part, verdict->validity.contaminated);
    put_stream(whole, to, part);
    put_gateway(whole, to, &part->gateway);
    put_meter(whole, to, part, &verdict->validity);
    put_steady(whole, to);
}
