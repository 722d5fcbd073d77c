-- SPDX-License-Identifier: Apache-2.0
-- Made by bindings/generate.py from include/litebench/litebench.h.
require("ffi").cdef[[
typedef int32_t lb_err;
typedef struct lb_ctx lb_ctx;
typedef struct lb_config lb_config;
typedef struct lb_corpus lb_corpus;
typedef struct lb_plan lb_plan;
typedef struct lb_client lb_client;
typedef struct lb_doctor lb_doctor;
typedef struct lb_recorder lb_recorder;
typedef struct lb_run lb_run;
typedef struct lb_report lb_report;
typedef struct lb_dataset lb_dataset;
typedef void (*lb_log_cb)(void *, int32_t, const char *);
typedef void* (*lb_realloc_cb)(void *, void *, size_t);
typedef lb_err (*lb_write_cb)(void *, const char *, size_t);
typedef lb_err (*lb_delta_cb)(void *, const char *, size_t, int64_t);
typedef struct lb_ctx_options { lb_realloc_cb realloc_fn; void *alloc_user; lb_log_cb log; void
  *log_user; int32_t log_level; int32_t reserved0; } lb_ctx_options;
typedef struct lb_opt_info { const char *name; const char *flag; const char *alias; const char
  *group; const char *commands; const char *value_name; const char *choices; const char *dflt;
  const char *env; const char *help; const char *example; const char *since; double min; double
  max; int32_t kind; int32_t short_flag; int32_t secret; int32_t basic; int32_t cli_only;
  int32_t reserved0; } lb_opt_info;
typedef struct lb_turn { int64_t due_ns; int64_t start_ns; int64_t sent_ns; int64_t
  first_byte_ns; int64_t first_token_ns; int64_t first_answer_ns; int64_t last_token_ns; int64_t
  done_ns; int64_t ttft_ns; int64_t ttfa_ns; int64_t e2e_ns; int64_t dns_ns; int64_t connect_ns;
  int64_t tls_ns; int64_t max_gap_ns; int64_t prompt_tokens; int64_t cached_tokens; int64_t
  completion_tokens; int64_t conversation; int32_t turn; int32_t worker; int32_t chunks; int32_t
  status; int32_t attempt; int32_t reused; int32_t reconnected; int32_t warmup; int32_t twin;
  int32_t code; const char *error; const char *error_text; const char *model; const char
  *answered_by; const char *document; const char *response_id; const char *finish_reason; const
  char *http_version; const char *gateway_json; const char *answer; const int64_t *gaps_ns;
  size_t gap_count; } lb_turn;
typedef struct lb_message { const char *text; size_t len; int32_t role; int32_t reserved0; }
  lb_message;
typedef struct lb_check { const char *name; const char *text; const char *advice; int32_t
  status; int32_t reserved0; } lb_check;
typedef struct lb_stat { double value; double low; double high; double n_eff; uint64_t n; }
  lb_stat;
typedef struct lb_event { int64_t at_ns; const lb_turn *turn; const char *text; uint64_t
  in_flight; uint64_t ok; uint64_t failed; uint64_t planned; int32_t kind; int32_t reserved0; }
  lb_event;
uint32_t lb_version_num(void);
const char * lb_version(void);
const char * lb_build_info(void);
const char * lb_err_name(lb_err);
const char * lb_err_text(lb_err);
lb_err lb_ctx_new(lb_ctx **, const lb_ctx_options *, size_t);
void lb_ctx_free(lb_ctx *);
const char * lb_ctx_error(const lb_ctx *);
void lb_free(lb_ctx *, void *);
lb_err lb_opt_at(lb_opt_info *, size_t, size_t);
lb_err lb_opt_find(lb_opt_info *, size_t, const char *);
lb_err lb_preset_at(const char **, const char **, size_t);
lb_err lb_config_new(lb_config **, lb_ctx *);
lb_err lb_config_clone(lb_config **, const lb_config *);
void lb_config_free(lb_config *);
lb_err lb_config_set(lb_config *, const char *, const char *, const char *);
lb_err lb_config_add(lb_config *, const char *, const char *, const char *);
lb_err lb_config_get(const lb_config *, const char **, const char *, size_t);
lb_err lb_config_origin(const lb_config *, const char **, const char *);
lb_err lb_config_preset(lb_config *, const char *);
lb_err lb_config_load_json(lb_config *, const char *, size_t, const char *);
lb_err lb_config_check(const lb_config *);
lb_err lb_corpus_new(lb_corpus **, const lb_config *);
void lb_corpus_free(lb_corpus *);
lb_err lb_corpus_add(lb_corpus *, const char *, const char *, size_t);
lb_err lb_corpus_add_path(lb_corpus *, const char *);
lb_err lb_corpus_add_builtin(lb_corpus *);
size_t lb_corpus_size(const lb_corpus *);
lb_err lb_corpus_document(const lb_corpus *, size_t, const char **, int32_t *, size_t *);
lb_err lb_plan_new(lb_plan **, const lb_config *, const lb_corpus *);
void lb_plan_free(lb_plan *);
size_t lb_plan_conversations(const lb_plan *);
size_t lb_plan_turns(const lb_plan *);
lb_err lb_plan_message(lb_plan *, const char **, size_t *, size_t, size_t);
lb_err lb_plan_document(const lb_plan *, const char **, int32_t *, size_t);
const char * lb_plan_hash(const lb_plan *);
lb_err lb_plan_write(lb_plan *, lb_write_cb, void *);
lb_err lb_client_new(lb_client **, const lb_config *);
void lb_client_free(lb_client *);
lb_err lb_client_model(lb_client *, const char **, int64_t *, size_t);
lb_err lb_client_quota(lb_client *, int64_t *, int64_t *);
lb_err lb_turn_quota(int64_t *, int64_t *, const char *);
lb_err lb_client_chat(lb_client *, lb_turn *, size_t, const lb_message *, size_t, lb_delta_cb, void *);
void lb_client_cancel(lb_client *, int32_t);
lb_err lb_doctor_new(lb_doctor **, const lb_config *);
void lb_doctor_free(lb_doctor *);
lb_err lb_doctor_next(lb_doctor *, lb_check *, size_t);
lb_err lb_doctor_target(const lb_doctor *, const char **, const char **);
lb_err lb_recorder_new(lb_recorder **, lb_ctx *);
void lb_recorder_free(lb_recorder *);
lb_err lb_recorder_add(lb_recorder *, uint64_t, double, int32_t);
lb_err lb_recorder_merge(lb_recorder *, const lb_recorder *);
lb_err lb_recorder_stat(lb_recorder *, lb_stat *, size_t, const char *);
lb_err lb_run_new(lb_run **, const lb_config *, lb_plan *);
void lb_run_free(lb_run *);
lb_err lb_run_tee(lb_run *, lb_write_cb, void *);
lb_err lb_run_execute(lb_run *);
lb_err lb_run_start(lb_run *);
lb_err lb_run_next_event(lb_run *, lb_event *, size_t, int64_t);
lb_err lb_run_fd(const lb_run *, int32_t *);
int64_t lb_run_timeout_ns(const lb_run *);
lb_err lb_run_step(lb_run *);
void lb_run_cancel(lb_run *);
lb_err lb_run_report(lb_report **, lb_run *);
lb_err lb_run_dataset(lb_dataset **, lb_run *);
lb_err lb_dataset_new(lb_dataset **, lb_ctx *);
void lb_dataset_free(lb_dataset *);
lb_err lb_dataset_add(lb_dataset *, const lb_turn *, size_t);
void lb_turn_init(lb_turn *, size_t);
lb_err lb_dataset_load(lb_dataset *, const char *, size_t);
size_t lb_dataset_size(const lb_dataset *);
lb_err lb_dataset_at(const lb_dataset *, lb_turn *, size_t, size_t);
lb_err lb_dataset_merge(lb_dataset *, const lb_dataset *);
lb_err lb_dataset_write(const lb_dataset *, const char *, lb_write_cb, void *);
lb_err lb_report_new(lb_report **, const lb_dataset *, const lb_config *);
lb_err lb_report_load(lb_report **, lb_ctx *, const char *, size_t);
void lb_report_free(lb_report *);
lb_err lb_report_number(const lb_report *, double *, const char *);
lb_err lb_report_text(const lb_report *, const char **, const char *);
int32_t lb_report_exit_code(const lb_report *);
lb_err lb_format_at(const char **, const char **, size_t);
lb_err lb_report_write(const lb_report *, const char *, lb_write_cb, void *);
lb_err lb_report_render(const lb_report *, char **, size_t *, const char *);
]]
return {
  UNKNOWN = -0x7fffffffffffffffLL - 1,
  OK=0, E_NOMEM=-1, E_INVALID=-2, E_STATE=-3, E_IO=-4, E_PARSE=-5, E_NET=-6, E_HTTP=-7,
  E_TIMEOUT=-8, E_CANCELED=-9, E_NOTFOUND=-10, E_RANGE=-11, E_UNSUPPORTED=-12, E_USER=-13,
  LOG_ERROR=0, LOG_WARN=1, LOG_INFO=2, LOG_DEBUG=3, OPT_BOOL=0, OPT_INT=1, OPT_NUMBER=2,
  OPT_SHARE=3, OPT_TEXT=4, OPT_DURATION=5, OPT_CHOICE=6, OPT_LIST=7, ROLE_SYSTEM=0, ROLE_USER=1,
  ROLE_ASSISTANT=2, CHECK_OK=0, CHECK_WARN=1, CHECK_FAIL=2, EV_NONE=0, EV_STARTED=1, EV_TURN=2,
  EV_NOTE=3, EV_DONE=4,
  structs = {
    lb_ctx_options = { "realloc_fn", "alloc_user", "log", "log_user", "log_level", "reserved0"
      },
    lb_opt_info = { "name", "flag", "alias", "group", "commands", "value_name", "choices",
      "dflt", "env", "help", "example", "since", "min", "max", "kind", "short_flag", "secret",
      "basic", "cli_only", "reserved0" },
    lb_turn = { "due_ns", "start_ns", "sent_ns", "first_byte_ns", "first_token_ns",
      "first_answer_ns", "last_token_ns", "done_ns", "ttft_ns", "ttfa_ns", "e2e_ns", "dns_ns",
      "connect_ns", "tls_ns", "max_gap_ns", "prompt_tokens", "cached_tokens",
      "completion_tokens", "conversation", "turn", "worker", "chunks", "status", "attempt",
      "reused", "reconnected", "warmup", "twin", "code", "error", "error_text", "model",
      "answered_by", "document", "response_id", "finish_reason", "http_version", "gateway_json",
      "answer", "gaps_ns", "gap_count" },
    lb_message = { "text", "len", "role", "reserved0" },
    lb_check = { "name", "text", "advice", "status", "reserved0" },
    lb_stat = { "value", "low", "high", "n_eff", "n" },
    lb_event = { "at_ns", "turn", "text", "in_flight", "ok", "failed", "planned", "kind",
      "reserved0" },
  },
}
