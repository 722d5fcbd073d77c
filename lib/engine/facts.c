/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.c - the header and footer of a run as JSON trees. Nothing here is judged: the fold does
 * that, from these lines and the records, in a run as from a file.
 */
#include "engine/facts.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "net/global.h"
#include "report/tree.h"

static void put_ms(struct lbi_tree *tree, struct json_object *object, const char *key, int64_t ns)
{
    lbi_put_number(tree, object, key, (double)ns / 1e6);
}

/* Adds a new object under `key`; borrowed. */
static struct json_object *add_object(struct lbi_tree *tree, struct json_object *parent,
                                      const char *key)
{
    lbi_put(tree, parent, key, lbi_tree_object(tree));
    return lbi_tree_get(parent, key); /* not there when it could not be put */
}

static void add_list(struct lbi_tree *tree, struct json_object *object, const char *key,
                     const struct lbi_list *list)
{
    struct json_object *array = lbi_tree_array(tree);

    for (size_t i = 0; i < list->count; i++)
        lbi_push_text(tree, array, list->items[i]);
    lbi_put(tree, object, key, array);
}

static void add_tool(struct lbi_tree *tree, struct json_object *header)
{
    struct json_object *tool = add_object(tree, header, "tool");
    const char *curl, *tls;

    lbi_curl_versions(&curl, &tls);
    lbi_put_text(tree, tool, "name", "litebench");
    lbi_put_text(tree, tool, "version", LB_VERSION);
    lbi_put_text(tree, tool, "libcurl", curl);
    lbi_put_text(tree, tool, "tls", tls);
}

static void add_target(struct lbi_tree *tree, struct json_object *header,
                       const struct lbi_shared *shared)
{
    struct json_object *target = add_object(tree, header, "target");
    const struct lbi_settings *set = shared->set;

    lbi_put_text(tree, target, "url", shared->endpoint->base);
    lbi_put_text(tree, target, "model", shared->model);
    add_list(tree, target, "models",
             set->known_models.count > 0 ? &set->known_models : &set->models);
    lbi_put_bool(tree, target, "insecure", set->insecure);
    lbi_put_text(tree, target, "proxy", set->proxy);
}

static void add_workload(struct lbi_tree *tree, struct json_object *header,
                         const struct lbi_shared *shared)
{
    static const char *const connections[] = {"reuse", "user", "new"};
    const struct lbi_settings *set = shared->set;
    struct json_object *w = add_object(tree, header, "workload");

    lbi_put_int(tree, w, "seed", set->seed);
    lbi_put_text(tree, w, "nonce", shared->nonce);
    lbi_put_text(tree, w, "hash", lbi_plan_hash(shared->plan));
    lbi_put_text(tree, w, "schedule", set->schedule == LBI_USERS ? "users" : "rotate");
    lbi_put_int(tree, w, "conversations", (int64_t)lbi_plan_conversations(shared->plan));
    lbi_put_int(tree, w, "turns", (int64_t)lbi_plan_turns(shared->plan));
    lbi_put_int(tree, w, "workers", set->workers);
    if (set->users > 0)
        lbi_put_int(tree, w, "users", set->users);
    else
        lbi_put(tree, w, "users", NULL);
    lbi_put_int(tree, w, "max_tokens", set->max_tokens);
    lbi_put_int(tree, w, "documents", (int64_t)lbi_plan_documents(shared->plan));
    lbi_put_int(tree, w, "documents_cut", (int64_t)lbi_plan_cut_documents(shared->plan));
    lbi_put_int(tree, w, "context", (int64_t)lbi_plan_context(shared->plan));
    if (set->shard != NULL) {
        struct json_object *shard = add_object(tree, w, "shard");
        lbi_put_int(tree, shard, "index", (int64_t)shared->shard);
        lbi_put_int(tree, shard, "of", (int64_t)shared->shards);
    }
    size_t prefix_len;
    (void)lbi_plan_system(shared->plan, &prefix_len);
    lbi_put_int(tree, w, "shared_prefix_bytes", (int64_t)prefix_len);
    lbi_put_text(tree, w, "history", set->history == LBI_CANNED ? "canned" : "live");
    lbi_put_text(tree, w, "connections", connections[set->connections]);
    put_ms(tree, w, "min_delay_ms", set->min_delay);
    put_ms(tree, w, "max_delay_ms", set->max_delay);
    put_ms(tree, w, "ramp_ms", set->ramp);
    lbi_put_int(tree, w, "warmup", set->warmup);
    lbi_put_int(tree, w, "exact_limit", set->exact_limit);
    put_ms(tree, w, "timeout_ms", set->timeout);
    lbi_put_number(tree, w, "speedup_threshold", set->speedup_threshold);
    lbi_put_text(tree, w, "preset", set->preset);
    struct json_object *given = lbi_facts_given(shared->config);
    tree->failed = tree->failed || given == NULL;
    lbi_put(tree, w, "given", given);
}

static void add_labels(struct lbi_tree *tree, struct json_object *header,
                       const struct lbi_list *labels)
{
    struct json_object *object = add_object(tree, header, "labels");

    for (size_t i = 0; i < labels->count; i++) {
        char key[128];
        const char *item = labels->items[i];
        size_t len = strcspn(item, "=");
        if (item[len] == '\0' || len >= sizeof(key))
            continue; /* refused when it was set */
        memcpy(key, item, len);
        key[len] = '\0';
        lbi_put_text(tree, object, key, item + len + 1);
    }
}

/* Nothing rather than something with holes. */
static struct json_object *whole(const struct lbi_tree *tree, struct json_object *object)
{
    if (!tree->failed)
        return object;
    (void)json_object_put(object);
    return NULL;
}

struct json_object *lbi_facts_header(const struct lbi_shared *shared)
{
    struct lbi_tree tree = {false};
    struct json_object *header = lbi_tree_object(&tree);
    char now[32];

    if (header == NULL)
        return NULL;
    lbi_put_text(&tree, header, "schema", "litebench.records/1");
    add_tool(&tree, header);
    lbi_clock_iso(now, sizeof(now));
    lbi_put_text(&tree, header, "started", now);
    add_target(&tree, header, shared);
    add_workload(&tree, header, shared);
    add_list(&tree, header, "slo", &shared->set->slo);
    add_labels(&tree, header, &shared->set->labels);
    return whole(&tree, header);
}

static void add_lag(struct lbi_tree *tree, struct json_object *object, const char *key,
                    const struct lbi_lag *all)
{
    struct json_object *lag = add_object(tree, object, key);

    put_ms(tree, lag, "p50", lbi_lag_percentile(all, 0.5));
    put_ms(tree, lag, "p99", lbi_lag_percentile(all, 0.99));
    put_ms(tree, lag, "max", lbi_lag_percentile(all, 1));
}

static double ratio(uint64_t a, uint64_t b)
{
    return b > 0 ? (double)a / (double)b : 0;
}

static void add_meter(struct lbi_tree *tree, struct json_object *footer,
                      const struct lbi_self *self)
{
    struct json_object *meter = add_object(tree, footer, "meter");
    const struct lbi_counts *counts = &self->counts;

    add_lag(tree, meter, "loop_lag_ms", &self->lag);
    lbi_put_number(tree, meter, "cpu_s", (double)self->cpu_ns / 1e9);
    if (counts->chunks > 0)
        lbi_put_number(tree, meter, "cpu_us_per_chunk",
                       (double)self->cpu_ns / 1e3 / (double)counts->chunks);
    lbi_put_int(tree, meter, "peak_rss_bytes", lbi_peak_rss_bytes());
    lbi_put_int(tree, meter, "threads", (int64_t)self->threads);
    lbi_put_text(tree, meter, "arrival_stamp", counts->stamped > 0 ? "kernel" : "user space");
    if (counts->with_token > 0)
        lbi_put_number(tree, meter, "stamped_share", ratio(counts->stamped, counts->with_token));
    lbi_put_text(tree, meter, "sent_method",
                 counts->sent_exact >= counts->sent_fallback ? "socket state" : "pretransfer");
}

/* Buffered when most answers that can be judged were: a slow moment of ours proves nothing. */
static bool is_buffered(const struct lbi_counts *counts)
{
    return 2 * (counts->held_streams + counts->lumpy_streams) > counts->judged_streams;
}

static void add_evidence(struct lbi_tree *tree, struct json_object *stream,
                         const struct lbi_counts *counts)
{
    char text[200];
    bool held = counts->held_streams >= counts->lumpy_streams;

    (void)snprintf(text, sizeof(text), "%llu of %llu answers came %s: %.1f frames a read",
                   (unsigned long long)(held ? counts->held_streams : counts->lumpy_streams),
                   (unsigned long long)counts->judged_streams,
                   held ? "all at once at their end" : "in lumps with silence between them",
                   ratio(counts->chunks, counts->token_reads));
    lbi_put_text(tree, stream, "evidence", text);
}

static void add_stream(struct lbi_tree *tree, struct json_object *footer,
                       const struct lbi_counts *counts)
{
    struct json_object *stream = add_object(tree, footer, "stream");
    bool judged = counts->judged_streams > 0;
    bool buffered = judged && is_buffered(counts);

    if (judged)
        lbi_put_bool(tree, stream, "buffered", buffered);
    else
        lbi_put(tree, stream, "buffered", NULL);
    if (buffered)
        add_evidence(tree, stream, counts);
    else
        lbi_put_text(tree, stream, "evidence", NULL);
    if (counts->completion_tokens > 0)
        lbi_put_number(tree, stream, "chunks_per_token",
                       ratio(counts->chunks, counts->completion_tokens));
    if (counts->token_reads > 0)
        lbi_put_number(tree, stream, "tokens_per_read", ratio(counts->chunks, counts->token_reads));
}

static void add_warning(struct lbi_tree *tree, struct json_object *warnings, const char *code,
                        const char *text)
{
    struct json_object *warning = lbi_tree_object(tree);

    lbi_put_text(tree, warning, "code", code);
    lbi_put_text(tree, warning, "text", text);
    lbi_push(tree, warnings, warning);
}

static void add_warnings(struct lbi_tree *tree, struct json_object *footer,
                         const struct lbi_shared *shared, const struct lbi_self *self)
{
    lbi_put(tree, footer, "warnings", lbi_tree_array(tree));
    struct json_object *warnings = lbi_tree_get(footer, "warnings");
    if (atomic_load(&shared->plain_usage) != 0)
        add_warning(tree, warnings, "no_stream_options",
                    "the endpoint refuses stream_options, so it was asked without: token counts "
                    "may be missing");
    if (atomic_load(&shared->end) == LBI_END_ERRORS)
        add_warning(tree, warnings, "aborted",
                    "stopped early: too many of the last 20 requests failed (--abort-errors)");
    if (self->wall_steps > 0)
        add_warning(tree, warnings, "clock_step",
                    "the wall clock was set during the run: durations are not touched by it, but "
                    "the dates are, and from then on arrivals were timed without the kernel's "
                    "stamp");
}

struct json_object *lbi_facts_footer(const struct lbi_shared *shared, const struct lbi_self *self,
                                     bool partial)
{
    struct lbi_tree tree = {false};
    struct json_object *footer = lbi_tree_object(&tree);
    char now[32];
    int end = atomic_load(&shared->end);

    if (footer == NULL)
        return NULL;
    lbi_put_text(&tree, footer, "schema", "litebench.records/1");
    lbi_clock_iso(now, sizeof(now));
    lbi_put_text(&tree, footer, "ended", now);
    lbi_put_bool(&tree, footer, "partial", partial);
    lbi_put_bool(&tree, footer, "bounded", end == LBI_END_REQUESTS || end == LBI_END_TIME);
    add_meter(&tree, footer, self);
    add_stream(&tree, footer, &self->counts);
    add_warnings(&tree, footer, shared, self);
    lbi_put_text(&tree, footer, "server", self->server);
    if (shared->start_at_ns != 0)
        put_ms(&tree, footer, "start_late_ms",
               atomic_load(&shared->begin_ns) - shared->start_at_ns);
    return whole(&tree, footer);
}

void lbi_self_add(struct lbi_self *self, const struct lbi_crew *crew)
{
    const struct lbi_counts *from = &crew->counts;
    struct lbi_counts *into = &self->counts;

    lbi_lag_merge(&self->lag, &crew->loop.lag);
    if (crew->loop.wall_steps > self->wall_steps)
        self->wall_steps = crew->loop.wall_steps;
    into->with_token += from->with_token;
    into->stamped += from->stamped;
    into->sent_exact += from->sent_exact;
    into->sent_fallback += from->sent_fallback;
    into->chunks += from->chunks;
    into->token_reads += from->token_reads;
    into->completion_tokens += from->completion_tokens;
    into->judged_streams += from->judged_streams;
    into->held_streams += from->held_streams;
    into->lumpy_streams += from->lumpy_streams;
    if (self->server[0] == '\0')
        (void)snprintf(self->server, sizeof(self->server), "%s", crew->server);
}
