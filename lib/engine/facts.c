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

static void add_text(struct json_object *object, const char *key, const char *text)
{
    (void)json_object_object_add(
        object, key, text != NULL && text[0] != '\0' ? json_object_new_string(text) : NULL);
}

static void add_int(struct json_object *object, const char *key, int64_t value)
{
    (void)json_object_object_add(object, key, json_object_new_int64(value));
}

static void add_number(struct json_object *object, const char *key, double value)
{
    (void)json_object_object_add(object, key, json_object_new_double(value));
}

static void add_bool(struct json_object *object, const char *key, bool value)
{
    (void)json_object_object_add(object, key, json_object_new_boolean(value));
}

static void add_ms(struct json_object *object, const char *key, int64_t ns)
{
    add_number(object, key, (double)ns / 1e6);
}

/* Adds a new object under `key`; borrowed. */
static struct json_object *add_object(struct json_object *parent, const char *key)
{
    struct json_object *object = json_object_new_object();

    (void)json_object_object_add(parent, key, object);
    return object;
}

static void add_list(struct json_object *object, const char *key, const struct lbi_list *list)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < list->count; i++)
        (void)json_object_array_add(array, json_object_new_string(list->items[i]));
    (void)json_object_object_add(object, key, array);
}

static void add_tool(struct json_object *header)
{
    struct json_object *tool = add_object(header, "tool");
    const char *curl, *tls;

    lbi_curl_versions(&curl, &tls);
    add_text(tool, "name", "litebench");
    add_text(tool, "version", LB_VERSION);
    add_text(tool, "libcurl", curl);
    add_text(tool, "tls", tls);
}

static void add_target(struct json_object *header, const struct lbi_shared *shared)
{
    struct json_object *target = add_object(header, "target");
    const struct lbi_settings *set = shared->set;

    add_text(target, "url", shared->endpoint->base);
    add_text(target, "model", shared->model);
    add_list(target, "models", set->known_models.count > 0 ? &set->known_models : &set->models);
    add_bool(target, "insecure", set->insecure);
    add_text(target, "proxy", set->proxy);
}

static void add_workload(struct json_object *header, const struct lbi_shared *shared)
{
    static const char *const connections[] = {"reuse", "user", "new"};
    const struct lbi_settings *set = shared->set;
    struct json_object *w = add_object(header, "workload");

    add_int(w, "seed", set->seed);
    add_text(w, "nonce", shared->nonce);
    add_text(w, "hash", lbi_plan_hash(shared->plan));
    add_text(w, "schedule", set->schedule == LBI_USERS ? "users" : "rotate");
    add_int(w, "conversations", (int64_t)lbi_plan_conversations(shared->plan));
    add_int(w, "turns", (int64_t)lbi_plan_turns(shared->plan));
    add_int(w, "workers", set->workers);
    (void)json_object_object_add(w, "users",
                                 set->users > 0 ? json_object_new_int64(set->users) : NULL);
    add_int(w, "max_tokens", set->max_tokens);
    add_int(w, "documents", (int64_t)lbi_plan_documents(shared->plan));
    add_int(w, "documents_cut", (int64_t)lbi_plan_cut_documents(shared->plan));
    add_int(w, "context", (int64_t)lbi_plan_context(shared->plan));
    if (set->shard != NULL) {
        struct json_object *shard = add_object(w, "shard");
        add_int(shard, "index", (int64_t)shared->shard);
        add_int(shard, "of", (int64_t)shared->shards);
    }
    size_t prefix_len;
    (void)lbi_plan_system(shared->plan, &prefix_len);
    add_int(w, "shared_prefix_bytes", (int64_t)prefix_len);
    add_text(w, "history", set->history == LBI_CANNED ? "canned" : "live");
    add_text(w, "connections", connections[set->connections]);
    add_ms(w, "min_delay_ms", set->min_delay);
    add_ms(w, "max_delay_ms", set->max_delay);
    add_ms(w, "ramp_ms", set->ramp);
    add_int(w, "warmup", set->warmup);
    add_ms(w, "timeout_ms", set->timeout);
    add_number(w, "speedup_threshold", set->speedup_threshold);
    add_text(w, "preset", set->preset);
    (void)json_object_object_add(w, "given", lbi_facts_given(shared->config));
}

static void add_labels(struct json_object *header, const struct lbi_list *labels)
{
    struct json_object *object = add_object(header, "labels");

    for (size_t i = 0; i < labels->count; i++) {
        char key[128];
        const char *item = labels->items[i];
        size_t len = strcspn(item, "=");
        if (item[len] == '\0' || len >= sizeof(key))
            continue; /* refused when it was set */
        memcpy(key, item, len);
        key[len] = '\0';
        add_text(object, key, item + len + 1);
    }
}

struct json_object *lbi_facts_header(const struct lbi_shared *shared)
{
    struct json_object *header = json_object_new_object();
    char now[32];

    if (header == NULL)
        return NULL;
    add_text(header, "schema", "litebench.records/1");
    add_tool(header);
    lbi_clock_iso(now, sizeof(now));
    add_text(header, "started", now);
    add_target(header, shared);
    add_workload(header, shared);
    add_list(header, "slo", &shared->set->slo);
    add_labels(header, &shared->set->labels);
    return header;
}

static void add_lag(struct json_object *object, const char *key, const struct lbi_lag *all)
{
    struct json_object *lag = add_object(object, key);

    add_ms(lag, "p50", lbi_lag_percentile(all, 0.5));
    add_ms(lag, "p99", lbi_lag_percentile(all, 0.99));
    add_ms(lag, "max", lbi_lag_percentile(all, 1));
}

static double ratio(uint64_t a, uint64_t b)
{
    return b > 0 ? (double)a / (double)b : 0;
}

static void add_meter(struct json_object *footer, const struct lbi_self *self)
{
    struct json_object *meter = add_object(footer, "meter");
    const struct lbi_counts *counts = &self->counts;

    add_lag(meter, "loop_lag_ms", &self->lag);
    add_number(meter, "cpu_s", (double)self->cpu_ns / 1e9);
    if (counts->chunks > 0)
        add_number(meter, "cpu_us_per_chunk", (double)self->cpu_ns / 1e3 / (double)counts->chunks);
    add_int(meter, "peak_rss_bytes", lbi_peak_rss_bytes());
    add_int(meter, "threads", (int64_t)self->threads);
    add_text(meter, "arrival_stamp", counts->stamped > 0 ? "kernel" : "user space");
    if (counts->with_token > 0)
        add_number(meter, "stamped_share", ratio(counts->stamped, counts->with_token));
    add_text(meter, "sent_method",
             counts->sent_exact >= counts->sent_fallback ? "socket state" : "pretransfer");
}

/* Buffered when most answers that can be judged were: a slow moment of ours proves nothing. */
static bool is_buffered(const struct lbi_counts *counts)
{
    return 2 * (counts->held_streams + counts->lumpy_streams) > counts->judged_streams;
}

static void add_evidence(struct json_object *stream, const struct lbi_counts *counts)
{
    char text[200];
    bool held = counts->held_streams >= counts->lumpy_streams;

    (void)snprintf(text, sizeof(text), "%llu of %llu answers came %s: %.1f frames a read",
                   (unsigned long long)(held ? counts->held_streams : counts->lumpy_streams),
                   (unsigned long long)counts->judged_streams,
                   held ? "all at once at their end" : "in lumps with silence between them",
                   ratio(counts->chunks, counts->token_reads));
    add_text(stream, "evidence", text);
}

static void add_stream(struct json_object *footer, const struct lbi_counts *counts)
{
    struct json_object *stream = add_object(footer, "stream");
    bool judged = counts->judged_streams > 0;
    bool buffered = judged && is_buffered(counts);

    (void)json_object_object_add(stream, "buffered",
                                 judged ? json_object_new_boolean(buffered) : NULL);
    if (buffered)
        add_evidence(stream, counts);
    else
        add_text(stream, "evidence", NULL);
    if (counts->completion_tokens > 0)
        add_number(stream, "chunks_per_token", ratio(counts->chunks, counts->completion_tokens));
    if (counts->token_reads > 0)
        add_number(stream, "tokens_per_read", ratio(counts->chunks, counts->token_reads));
}

static void add_warning(struct json_object *warnings, const char *code, const char *text)
{
    struct json_object *warning = json_object_new_object();

    add_text(warning, "code", code);
    add_text(warning, "text", text);
    (void)json_object_array_add(warnings, warning);
}

static void add_warnings(struct json_object *footer, const struct lbi_shared *shared,
                         const struct lbi_self *self)
{
    struct json_object *warnings = json_object_new_array();

    (void)json_object_object_add(footer, "warnings", warnings);
    if (atomic_load(&shared->plain_usage) != 0)
        add_warning(warnings, "no_stream_options",
                    "the endpoint refuses stream_options, so it was asked without: token counts "
                    "may be missing");
    if (atomic_load(&shared->end) == LBI_END_ERRORS)
        add_warning(warnings, "aborted",
                    "stopped early: too many of the last 20 requests failed (--abort-errors)");
    if (self->wall_steps > 0)
        add_warning(warnings, "clock_step",
                    "the wall clock was set during the run: durations are not touched by it, but "
                    "the dates are, and some arrivals were timed without the kernel's stamp");
}

struct json_object *lbi_facts_footer(const struct lbi_shared *shared, const struct lbi_self *self,
                                     bool partial)
{
    struct json_object *footer = json_object_new_object();
    char now[32];
    int end = atomic_load(&shared->end);

    if (footer == NULL)
        return NULL;
    add_text(footer, "schema", "litebench.records/1");
    lbi_clock_iso(now, sizeof(now));
    add_text(footer, "ended", now);
    add_bool(footer, "partial", partial);
    add_bool(footer, "bounded", end == LBI_END_REQUESTS || end == LBI_END_TIME);
    add_meter(footer, self);
    add_stream(footer, &self->counts);
    add_warnings(footer, shared, self);
    add_text(footer, "server", self->server);
    if (shared->start_at_ns != 0)
        add_ms(footer, "start_late_ms", atomic_load(&shared->begin_ns) - shared->start_at_ns);
    return footer;
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
