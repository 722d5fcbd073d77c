/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_given.c - what a run was given, kept in its header, and the command made from it that does
 * the run again: whole, quoted, and without anything secret.
 */
#include "config/config.h"
#include "engine/facts.h"
#include "records.h"
#include "report/tree.h"

static lb_config *config;

static void set(const char *name, const char *value, const char *origin)
{
    lb_err err = lb_config_set(config, name, value, origin);

    ck_assert_msg(err == LB_OK, "%s", lb_ctx_error(ctx));
}

/* The header of a run with these options, and 12 conversations that decide nothing. */
static void run_with_config(void)
{
    struct json_object *header = json_object_new_object();
    struct json_object *target = json_object_new_object();
    struct json_object *workload = json_object_new_object();

    (void)json_object_object_add(target, "url", json_object_new_string("https://x.example/v1"));
    (void)json_object_object_add(workload, "given", lbi_facts_given(config));
    (void)json_object_object_add(workload, "turns", json_object_new_int(7));
    (void)json_object_object_add(header, "target", target);
    (void)json_object_object_add(header, "workload", workload);
    lbi_dataset_set_header(dataset, header);
    add_conversations(12, 5, 140);
    load(FOOTER);
    make_report((const char *const[]){"ttft.p95<=500ms", NULL});
}

static const char *command(void)
{
    const char *found = strstr(text("slo.0.reason"), "litebench run ");

    ck_assert_msg(found != NULL, "no command in: %s", text("slo.0.reason"));
    return found;
}

START_TEST(what_was_given_comes_back)
{
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    set("target.url", "https://x.example/v1?token=tok3n", "--url");
    set("target.insecure", "true", "--insecure");
    set("target.ca_file", "ca file.pem", "--ca-file");
    set("target.session_header", "X-Session", "--session-header");
    set("target.http", "2", "--http");
    set("target.model", "a", "--model");
    ck_assert_int_eq(lb_config_add(config, "target.model", "b c", "--model"), LB_OK);
    set("plan.docs", "./it's here", "--docs");
    set("plan.doc_bytes", "20000", "--doc-bytes");
    set("plan.context", "4096", "--context");
    set("plan.conversations", "12", "--conversations");
    set("plan.turns", "5", "environment LITEBENCH_PLAN_TURNS");
    set("plan.nonce", "none", "--nonce");
    set("plan.shared_prefix", "2000", "--shared-prefix");
    set("plan.shard", "0/3", "--shard");
    set("load.schedule", "users", "--schedule");
    set("load.warmup", "3", "--warmup");
    set("load.connections", "new", "--connections");
    set("load.start_at", "1795000000", "--start-at");
    set("request.temperature", "0", "--temperature");
    set("request.extra_body", "{\"top_p\": 0.9}", "--extra-body");
    set("request.timeout", "60", "--timeout");
    set("output.quiet", "true", "--quiet");
    run_with_config();
    ck_has(command(),
           "litebench run https://x.example/v1 --model a --model 'b c' --conversations ");
    ck_has(command(),
           " --session-header X-Session --http 2 --ca-file 'ca file.pem' --insecure "
           "--docs './it'\\''s here' --doc-bytes 20000 --context 4096 --turns 5 --nonce none "
           "--shared-prefix 2000 --schedule users --warmup 3 --connections new --temperature 0 "
           "--extra-body '{\"top_p\": 0.9}' --timeout 60s --slo 'ttft.p95<=500ms'");
    ck_assert_ptr_null(strstr(command(), "same key"));
    ck_assert_ptr_null(strstr(command(), "shard "));
    lb_config_free(config);
}
END_TEST

START_TEST(no_secret_gets_in)
{
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    set("target.key", "s3cret-key", "environment OPENAI_API_KEY");
    set("target.header", "X-Team: s3cret-team", "--header");
    set("target.proxy_login", "me:s3cret", "environment https_proxy");
    struct json_object *given = lbi_facts_given(config);
    const char *json = json_object_to_json_string(given);
    ck_assert_msg(strstr(json, "s3cret") == NULL, "%s", json);
    (void)json_object_put(given);
    run_with_config();
    ck_has(command(), "--slo 'ttft.p95<=500ms' (with the same key and headers)");
    ck_assert_ptr_null(strstr(command(), "***"));
    lb_config_free(config);
}
END_TEST

/* A preset is named, and what the endpoint listed is no choice of the user. */
START_TEST(only_own_choices_are_kept)
{
    ck_assert_int_eq(lb_config_new(&config, ctx), LB_OK);
    ck_assert_int_eq(lb_config_preset(config, "workshop"), LB_OK);
    set("target.model", "first", "/models");
    set("plan.context", "32768", "/models");
    set("load.ramp", "5s", "--ramp");
    struct json_object *given = lbi_facts_given(config);
    ck_assert_str_eq(json_object_to_json_string_ext(given, JSON_C_TO_STRING_PLAIN),
                     "{\"load.ramp\":\"5s\"}");
    (void)json_object_put(given);
    run_with_config();
    ck_has(command(), "litebench run https://x.example/v1 --model granite --conversations ");
    ck_assert_ptr_null(strstr(command(), "--turns")); /* nothing of what was not given */
    lb_config_free(config);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {what_was_given_comes_back, no_secret_gets_in,
                                  only_own_choices_are_kept, NULL};

    return run_cases("given", tests);
}
