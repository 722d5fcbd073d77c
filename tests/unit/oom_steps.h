/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oom_steps.h - every public function once, in walks that stop at the first failure and free what
 * they hold. The tests that include this let the n-th allocation of a walk fail.
 */
#ifndef TEST_OOM_STEPS_H
#define TEST_OOM_STEPS_H

#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../api/endpoint.h"
#include "records.h"

/* What a walk has to say, without memory: Check's own words would need some. */
static char oom_fault[300];

#define EXPECT(condition, ...)                                                                     \
    do {                                                                                           \
        if (!(condition) && oom_fault[0] == '\0')                                                  \
            (void)snprintf(oom_fault, sizeof(oom_fault), __VA_ARGS__);                             \
    } while (0)
#define TRY(call)                                                                                  \
    do {                                                                                           \
        err = (call);                                                                              \
        if (err != LB_OK)                                                                          \
            goto end;                                                                              \
    } while (0)
/* The same, and an output that failed to come must not have been touched. */
#define TRY_OUT(out, call)                                                                         \
    do {                                                                                           \
        err = (call);                                                                              \
        if (err != LB_OK) {                                                                        \
            EXPECT((out) == NULL, "an output was touched by a call that failed");                  \
            goto end;                                                                              \
        }                                                                                          \
    } while (0)

/* What walks take in, made while memory is plenty. */
static struct oom_inputs {
    char url[64], folder[64], file[96];
    pid_t endpoint;
    struct lbi_buf records, other, packed, report;
    const char *threads;
    bool foreign; /* libcurl's own memory fails: it may call that a fault of the network */
} in;

static lb_err oom_swallow(void *user, const char *data, size_t len)
{
    (void)user, (void)data, (void)len;
    return LB_OK;
}

static lb_err oom_keep(void *user, const char *data, size_t len)
{
    lbi_buf_add(user, data, len);
    return LB_OK;
}

static lb_err oom_delta(void *user, const char *text, size_t len, int64_t at_ns)
{
    (void)user, (void)text, (void)len, (void)at_ns;
    return LB_OK;
}

/* ---- the endpoint: a process of its own, whose allocations never fail ---- */

static void *oom_serve(void *user)
{
    struct endpoint_connection connection = *(struct endpoint_connection *)user;

    (void)endpoint_serve(user);
    (void)close(connection.fd);
    return NULL;
}

static _Noreturn void oom_endpoint(struct endpoint *endpoint)
{
    pthread_t thread;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        int fd = accept(endpoint->fd, NULL, NULL);
        struct endpoint_connection *connection = fd >= 0 ? malloc(sizeof(*connection)) : NULL;
        if (connection == NULL)
            continue;
        int on = 1; /* pieces of an answer must not wait for each other */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        *connection = (struct endpoint_connection){endpoint, fd};
        if (pthread_create(&thread, NULL, oom_serve, connection) == 0)
            (void)pthread_detach(thread);
    }
}

/* Listens before it forks, so nothing is refused. */
static void oom_endpoint_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
    static struct endpoint endpoint;
    socklen_t len = sizeof(address);

    endpoint.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(endpoint.fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(endpoint.fd, 64), 0);
    ck_assert_int_eq(getsockname(endpoint.fd, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(in.url, sizeof(in.url), "http://127.0.0.1:%u/v1",
                   (unsigned)ntohs(address.sin_port));
    in.endpoint = fork();
    if (in.endpoint == 0)
        oom_endpoint(&endpoint);
    (void)close(endpoint.fd);
}

/* ---- objects that need no network ---- */

static lb_err walk_config(lb_ctx *one)
{
    static const char json[] = "{\"load\":{\"workers\":3},\"judge.slo\":[\"errors<=1%\"]}";
    lb_config *config = NULL, *copy = NULL;
    const char *text;
    lb_err err;

    TRY_OUT(config, lb_config_new(&config, one));
    TRY(lb_config_preset(config, "quick"));
    TRY(lb_config_set(config, "target.url", in.url, "--url"));
    TRY(lb_config_set(config, "target.key", "sk-secret", "environment LITEBENCH_API_KEY"));
    TRY(lb_config_add(config, "target.header", "X-A: b", "--header"));
    TRY(lb_config_add(config, "target.header", "X-C: d", "--header"));
    TRY(lb_config_set(config, "request.extra_body", "{\"top_k\":1}", NULL));
    TRY(lb_config_load_json(config, json, sizeof(json) - 1, "file.json"));
    TRY(lb_config_check(config));
    TRY_OUT(copy, lb_config_clone(&copy, config));
    TRY(lb_config_get(copy, &text, "load.workers", 0));
    EXPECT(strcmp(text, "3") == 0, "load.workers is not 3");
    TRY(lb_config_get(copy, &text, "target.header", 1));
    TRY(lb_config_origin(copy, &text, "load.workers"));
end:
    lb_config_free(copy);
    lb_config_free(config);
    return err;
}

/* Faults are told in texts that are made: with memory, each call must refuse for its reason. */
static lb_err walk_config_faults(lb_ctx *one)
{
    static const char json[] = "{\"load\":{\"worker\":3},\"judge.slo\":7}";
    lb_config *config = NULL;
    lb_err err;

    TRY_OUT(config, lb_config_new(&config, one));
    TRY(lb_config_set(config, "target.url", "ftp://h", NULL));
    TRY(lb_config_set(config, "load.min_delay", "9s", NULL));
    TRY(lb_config_set(config, "load.max_delay", "1s", NULL));
    err = lb_config_load_json(config, json, sizeof(json) - 1, "file.json");
    if (err != LB_E_PARSE)
        goto end;
    EXPECT(*lb_ctx_error(one) != '\0', "nothing says what is wrong");
    err = lb_config_set(config, "load.workers", "many", "--workers");
    if (err != LB_E_INVALID)
        goto end;
    err = lb_config_check(config);
    if (err == LB_E_INVALID)
        err = LB_OK;
end:
    lb_config_free(config);
    return err;
}

static lb_err small_config(lb_config **out, lb_ctx *one)
{
    static const char json[] =
        "{\"target.model\": \"tiny\", \"plan.conversations\": 3, \"plan.turns\": 2,"
        " \"load.workers\": 2, \"load.min_delay\": 0, \"load.max_delay\": 0,"
        " \"load.warmup\": 1, \"request.max_tokens\": 20, \"judge.slo\": \"errors<=1%\"}";
    lb_config *config = NULL;
    lb_err err;

    TRY_OUT(config, lb_config_new(&config, one));
    TRY(lb_config_load_json(config, json, sizeof(json) - 1, NULL));
    TRY(lb_config_set(config, "target.url", in.url, NULL));
    TRY(lb_config_set(config, "load.threads", in.threads, NULL));
    *out = config;
    return LB_OK;
end:
    lb_config_free(config);
    return err;
}

static lb_err walk_corpus(lb_ctx *one)
{
    lb_config *config = NULL;
    lb_corpus *corpus = NULL;
    const char *title;
    lb_err err;

    TRY(small_config(&config, one));
    TRY_OUT(corpus, lb_corpus_new(&corpus, config));
    TRY(lb_corpus_add(corpus, "notes.txt", "Some words on oaks and elms.\n", 29));
    TRY(lb_corpus_add_path(corpus, in.file));
    TRY(lb_corpus_add_path(corpus, in.folder));
    TRY(lb_corpus_add_builtin(corpus));
    TRY(lb_corpus_document(corpus, lb_corpus_size(corpus) - 1, &title, NULL, NULL));
    EXPECT(lb_corpus_size(corpus) >= 4, "documents are missing");
end:
    lb_corpus_free(corpus);
    lb_config_free(config);
    return err;
}

static lb_err small_plan(lb_plan **out, const lb_config *config)
{
    lb_corpus *corpus = NULL;
    lb_plan *plan = NULL;
    lb_err err;

    TRY_OUT(corpus, lb_corpus_new(&corpus, config));
    TRY(lb_corpus_add_builtin(corpus));
    TRY_OUT(plan, lb_plan_new(&plan, config, corpus));
    *out = plan;
end:
    lb_corpus_free(corpus);
    return err;
}

static lb_err walk_plan(lb_ctx *one)
{
    lb_config *config = NULL;
    lb_plan *plan = NULL;
    const char *text;
    size_t len;
    lb_err err;

    TRY(small_config(&config, one));
    TRY(lb_config_set(config, "plan.shared_prefix", "4000", NULL));
    TRY_OUT(plan, small_plan(&plan, config));
    TRY(lb_plan_message(plan, &text, &len, 0, 1));
    TRY(lb_plan_message(plan, &text, &len, 2, 2));
    TRY(lb_plan_document(plan, &text, NULL, 1));
    TRY(lb_plan_write(plan, oom_swallow, NULL));
    EXPECT(strlen(lb_plan_hash(plan)) == 16, "no hash");
end:
    lb_plan_free(plan);
    lb_config_free(config);
    return err;
}

static lb_err write_all_records(const lb_dataset *data)
{
    static const char *const formats[] = {"ndjson", "csv", "packed"};
    lb_err err = LB_OK;

    for (size_t i = 0; i < 3 && err == LB_OK; i++)
        err = lb_dataset_write(data, formats[i], oom_swallow, NULL);
    return err;
}

static lb_err walk_dataset(lb_ctx *one)
{
    lb_dataset *mine = NULL, *stored = NULL;
    lb_turn turn = turn_of(3, 1, 90);
    lb_err err;

    turn.gateway_json = "{\"x-request-id\":\"a\"}";
    turn.response_id = "r7";
    TRY_OUT(mine, lb_dataset_new(&mine, one));
    TRY(lb_dataset_add(mine, &turn, sizeof(turn)));
    turn.error = "http_5xx";
    turn.error_text = "HTTP 500: \x1b[2J";
    TRY(lb_dataset_add(mine, &turn, sizeof(turn)));
    TRY(write_all_records(mine));
    TRY_OUT(stored, lb_dataset_new(&stored, one));
    TRY(lb_dataset_load(stored, in.records.data, in.records.len));
    TRY(lb_dataset_at(stored, &turn, sizeof(turn), 0));
    TRY(write_all_records(stored));
end:
    lb_dataset_free(mine);
    lb_dataset_free(stored);
    return err;
}

static lb_err walk_merge(lb_ctx *one)
{
    lb_dataset *whole = NULL, *part = NULL, *other = NULL;
    lb_report *judged = NULL;
    lb_err err;

    TRY_OUT(whole, lb_dataset_new(&whole, one));
    TRY_OUT(part, lb_dataset_new(&part, one));
    TRY(lb_dataset_load(part, in.packed.data, in.packed.len));
    TRY_OUT(other, lb_dataset_new(&other, one));
    TRY(lb_dataset_load(other, in.other.data, in.other.len));
    TRY(lb_dataset_merge(whole, part));
    TRY(lb_dataset_merge(whole, other));
    TRY(write_all_records(whole));
    TRY_OUT(judged, lb_report_new(&judged, whole, NULL));
end:
    lb_report_free(judged);
    lb_dataset_free(part);
    lb_dataset_free(other);
    lb_dataset_free(whole);
    return err;
}

static lb_err write_all_formats(const lb_report *one)
{
    const char *name;
    lb_err err = LB_OK;

    for (size_t i = 0; err == LB_OK && lb_format_at(&name, NULL, i) == LB_OK; i++) {
        err = lb_report_write(one, name, oom_swallow, NULL);
        if (err == LB_E_UNSUPPORTED)
            err = LB_OK; /* a format of records */
    }
    return err;
}

static lb_err walk_report(lb_ctx *one)
{
    lb_config *config = NULL;
    lb_dataset *data = NULL;
    lb_report *judged = NULL, *stored = NULL;
    char *text = NULL;
    const char *status;
    double number;
    lb_err err;

    TRY(small_config(&config, one));
    TRY(lb_config_add(config, "judge.slo", "ttft.p95<=2s", "--slo"));
    TRY_OUT(data, lb_dataset_new(&data, one));
    TRY(lb_dataset_load(data, in.records.data, in.records.len));
    TRY_OUT(judged, lb_report_new(&judged, data, config));
    TRY(lb_report_number(judged, &number, "metrics.ttft.p95.value"));
    TRY(lb_report_text(judged, &status, "verdict.status"));
    TRY(write_all_formats(judged));
    TRY_OUT(text, lb_report_render(judged, &text, NULL, "json"));
    TRY_OUT(stored, lb_report_load(&stored, one, in.report.data, in.report.len));
    TRY(write_all_formats(stored));
    EXPECT(lb_report_exit_code(stored) == lb_report_exit_code(judged), "another exit code");
end:
    lb_free(one, text);
    lb_report_free(stored);
    lb_report_free(judged);
    lb_dataset_free(data);
    lb_config_free(config);
    return err;
}

static lb_err walk_recorder(lb_ctx *one)
{
    static const char *const names[] = {"mean", "min", "max", "stddev", "p50", "p99.9"};
    lb_recorder *a = NULL, *b = NULL;
    lb_stat stat;
    lb_err err;

    TRY_OUT(a, lb_recorder_new(&a, one));
    TRY_OUT(b, lb_recorder_new(&b, one));
    for (uint64_t i = 0; i < 200; i++) {
        TRY(lb_recorder_add(a, i / 5, (double)(i * 7 % 31), i == 9));
        TRY(lb_recorder_add(b, i / 3, (double)(i * 5 % 29), 0));
    }
    TRY(lb_recorder_merge(a, b));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        TRY(lb_recorder_stat(a, &stat, sizeof(stat), names[i]));
end:
    lb_recorder_free(a);
    lb_recorder_free(b);
    return err;
}

/* ---- with an endpoint ---- */

static lb_err walk_client(lb_ctx *one)
{
    lb_message messages[] = {{"Be short.", 9, LB_ROLE_SYSTEM, 0}, {"Sing.", 5, LB_ROLE_USER, 0}};
    lb_config *config = NULL;
    lb_client *client = NULL;
    const char *model;
    int64_t quota;
    lb_turn turn;
    lb_err err;

    TRY(small_config(&config, one));
    TRY_OUT(client, lb_client_new(&client, config));
    TRY(lb_client_model(client, &model, NULL, 0));
    TRY(lb_client_quota(client, &quota, &quota));
    TRY(lb_client_chat(client, &turn, sizeof(turn), messages, 2, oom_delta, NULL));
    EXPECT(in.foreign || *turn.error == '\0', "a chat without memory: %s, %s", turn.error,
           turn.error_text);
    EXPECT(in.foreign || strcmp(turn.answer, "la la la la ") == 0, "another answer: %s",
           turn.answer);
end:
    lb_client_free(client);
    lb_config_free(config);
    return err;
}

static lb_err walk_doctor(lb_ctx *one)
{
    lb_config *config = NULL;
    lb_doctor *doctor = NULL;
    lb_check check;
    lb_err err;

    TRY(small_config(&config, one));
    TRY_OUT(doctor, lb_doctor_new(&doctor, config));
    while ((err = lb_doctor_next(doctor, &check, sizeof(check))) == LB_OK)
        EXPECT(in.foreign || check.status != LB_CHECK_FAIL, "%s: %s", check.name, check.text);
    if (err == LB_E_RANGE)
        err = LB_OK;
end:
    lb_doctor_free(doctor);
    lb_config_free(config);
    return err;
}

static const char *oom_first_fault(const lb_dataset *data)
{
    lb_turn turn;

    for (size_t i = 0; lb_dataset_at(data, &turn, sizeof(turn), i) == LB_OK; i++) {
        if (*turn.error != '\0')
            return turn.error_text;
    }
    return "";
}

/* All requests of a run that went well are ok: none is called a failure of the endpoint. */
static lb_err check_outcome(lb_run *run)
{
    lb_dataset *data = NULL;
    lb_report *judged = NULL;
    double failed = 1, ok = 0;
    lb_err err;

    TRY_OUT(data, lb_run_dataset(&data, run));
    TRY_OUT(judged, lb_run_report(&judged, run));
    TRY(lb_report_number(judged, &failed, "requests.failed"));
    TRY(lb_report_number(judged, &ok, "requests.ok"));
    EXPECT(in.foreign || (failed == 0 && ok == 6), "%g of %g failed for want of memory: %s", failed,
           ok, oom_first_fault(data));
end:
    lb_report_free(judged);
    lb_dataset_free(data);
    return err;
}

/* After a failure, what there is must be there to be had, and calls must not crash. */
static void look_at_rest(lb_run *run)
{
    lb_report *judged = NULL;
    lb_dataset *data = NULL;

    if (run == NULL)
        return;
    if (lb_run_dataset(&data, run) == LB_OK)
        lb_dataset_free(data);
    if (lb_run_report(&judged, run) == LB_OK) {
        const char *status = "";
        (void)lb_report_text(judged, &status, "verdict.status");
        EXPECT(strcmp(status, "PASS") != 0, "PASS by a run that broke");
        lb_report_free(judged);
    }
}

static lb_err pull_all(lb_run *run)
{
    lb_event event = {.kind = LB_EV_NONE};
    lb_err err = LB_OK;

    while (err == LB_OK && event.kind != LB_EV_DONE)
        err = lb_run_next_event(run, &event, sizeof(event), -1);
    if (err == LB_OK)
        err = lb_run_next_event(run, &event, sizeof(event), 0);
    return err == LB_E_STATE ? LB_OK : err;
}

static lb_err step_all(lb_run *run)
{
    lb_err err;

    while ((err = lb_run_step(run)) == LB_OK) {
        int64_t wait_ns = lb_run_timeout_ns(run);
        int32_t fd = -1;
        if (lb_run_fd(run, &fd) != LB_OK)
            continue;
        struct pollfd one = {.fd = fd, .events = POLLIN};
        (void)poll(&one, 1, wait_ns < 0 ? 1000 : (int)(wait_ns / MS + 1));
    }
    return err == LB_E_STATE ? pull_all(run) : err;
}

static lb_err walk_run(lb_ctx *one, lb_err (*drive)(lb_run *run))
{
    lb_config *config = NULL;
    lb_plan *plan = NULL;
    lb_run *run = NULL;
    lb_err err;

    TRY(small_config(&config, one));
    TRY_OUT(plan, small_plan(&plan, config));
    TRY_OUT(run, lb_run_new(&run, config, plan));
    TRY(lb_run_tee(run, oom_swallow, NULL));
    TRY(drive(run));
    TRY(check_outcome(run));
end:
    if (err != LB_OK)
        look_at_rest(run);
    lb_run_free(run);
    lb_plan_free(plan);
    lb_config_free(config);
    return err;
}

static lb_err start_and_pull(lb_run *run)
{
    lb_err err = lb_run_start(run);

    return err == LB_OK ? pull_all(run) : err;
}

static lb_err walk_execute(lb_ctx *one)
{
    in.threads = "1";
    return walk_run(one, lb_run_execute);
}

static lb_err walk_background(lb_ctx *one)
{
    in.threads = "2";
    lb_err err = walk_run(one, start_and_pull);
    in.threads = "1";
    return err;
}

static lb_err walk_step(lb_ctx *one)
{
    in.threads = "1";
    return walk_run(one, step_all);
}

static const struct oom_walk {
    const char *name;
    lb_err (*walk)(lb_ctx *one);
    long large;  /* from this allocation on not every one is tried */
    bool faulty; /* ends with a fault that is told, whose words may be fewer without memory */
} walks[] = {
    {"config", walk_config, 300, false},  {"config_faults", walk_config_faults, 300, true},
    {"corpus", walk_corpus, 40, false},   {"plan", walk_plan, 40, false},
    {"dataset", walk_dataset, 80, false}, {"merge", walk_merge, 80, false},
    {"report", walk_report, 80, false},   {"recorder", walk_recorder, 80, false},
    {"client", walk_client, 80, false},   {"doctor", walk_doctor, 400, false},
    {"execute", walk_execute, 40, false}, {"background", walk_background, 40, false},
    {"step", walk_step, 40, false},
};

enum { OOM_WALKS = sizeof(walks) / sizeof(walks[0]) };

/* ---- the inputs ---- */

static void oom_file(const char *name, const char *text)
{
    (void)snprintf(in.file, sizeof(in.file), "%s/%s", in.folder, name);
    FILE *file = fopen(in.file, "w");
    ck_assert_ptr_nonnull(file);
    (void)fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

#define OOM_WORKLOAD(shard)                                                                        \
    "\"workload\":{\"seed\":1,\"nonce\":\"k3v9\",\"hash\":\"0123456789abcdef\","                   \
    "\"schedule\":\"rotate\",\"conversations\":8,\"turns\":2,\"workers\":4,\"shard\":{"            \
    "\"index\":" #shard ",\"of\":2}},\"slo\":[\"ttft.p95<=1s\",\"errors<=1%\"],"

/* The records of one shard as a run writes them. */
static void oom_shard(struct lbi_buf *out, int32_t shard)
{
    struct lbi_buf lines;

    for (int32_t i = 0; i < 8; i++) {
        lb_turn turn = turn_of(shard + 2 * (i / 2), 1 + i % 2, 80 + i);
        add(&turn);
    }
    lbi_buf_init(&lines, &lbi_mem_libc);
    lbi_buf_init(out, &lbi_mem_libc);
    ck_assert_int_eq(lb_dataset_write(dataset, "ndjson", oom_keep, &lines), LB_OK);
    const char *first = strchr(lines.data, '\n') + 1;
    const char *last = memrchr(lines.data, '\n', lines.len - 1);
    lbi_buf_puts(out, shard == 0 ? FULL_HEADER(OOM_WORKLOAD(0)) : FULL_HEADER(OOM_WORKLOAD(1)));
    lbi_buf_add(out, first, (size_t)(last + 1 - first));
    lbi_buf_puts(out, FULL_FOOTER);
    lbi_buf_free(&lines);
}

static void oom_records(void)
{
    char *text = NULL;
    size_t len = 0;

    setup();
    oom_shard(&in.other, 1);
    teardown();
    setup();
    oom_shard(&in.records, 0);
    teardown();
    setup();
    load(in.records.data);
    lbi_buf_init(&in.packed, &lbi_mem_libc);
    lbi_buf_init(&in.report, &lbi_mem_libc);
    ck_assert_int_eq(lb_dataset_write(dataset, "packed", oom_keep, &in.packed), LB_OK);
    ck_assert_int_eq(lb_report_new(&report, dataset, NULL), LB_OK);
    ck_assert_int_eq(lb_report_render(report, &text, &len, "json"), LB_OK);
    lbi_buf_add(&in.report, text, len);
    lb_free(ctx, text);
    teardown();
}

static inline void oom_prepare(void)
{
    in.threads = "1";
    (void)strcpy(in.folder, "/tmp/litebench-oom-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(in.folder));
    oom_file("a.txt", "Rain falls on the hills and the valley.\n");
    oom_file("b.py", "def f(x):\n    return x + 1\n");
    oom_records();
    oom_endpoint_start();
}

static inline void oom_clean(void)
{
    (void)kill(in.endpoint, SIGKILL);
    (void)waitpid(in.endpoint, NULL, 0);
    (void)snprintf(in.file, sizeof(in.file), "%s/a.txt", in.folder);
    (void)unlink(in.file);
    (void)snprintf(in.file, sizeof(in.file), "%s/b.py", in.folder);
    (void)unlink(in.file);
    (void)rmdir(in.folder);
    lbi_buf_free(&in.records);
    lbi_buf_free(&in.other);
    lbi_buf_free(&in.packed);
    lbi_buf_free(&in.report);
}

#endif
