// SPDX-License-Identifier: Apache-2.0
package org.litebench;

/** Made by bindings/generate.py from include/litebench/litebench.h. Offsets in bytes. */
final class Abi {
    private Abi() {
    }

    static final long UNKNOWN = Long.MIN_VALUE;
    static final int OK = 0;
    static final int E_NOMEM = -1;
    static final int E_INVALID = -2;
    static final int E_STATE = -3;
    static final int E_IO = -4;
    static final int E_PARSE = -5;
    static final int E_NET = -6;
    static final int E_HTTP = -7;
    static final int E_TIMEOUT = -8;
    static final int E_CANCELED = -9;
    static final int E_NOTFOUND = -10;
    static final int E_RANGE = -11;
    static final int E_UNSUPPORTED = -12;
    static final int E_USER = -13;
    static final int LOG_ERROR = 0;
    static final int LOG_WARN = 1;
    static final int LOG_INFO = 2;
    static final int LOG_DEBUG = 3;
    static final int OPT_BOOL = 0;
    static final int OPT_INT = 1;
    static final int OPT_NUMBER = 2;
    static final int OPT_SHARE = 3;
    static final int OPT_TEXT = 4;
    static final int OPT_DURATION = 5;
    static final int OPT_CHOICE = 6;
    static final int OPT_LIST = 7;
    static final int ROLE_SYSTEM = 0;
    static final int ROLE_USER = 1;
    static final int ROLE_ASSISTANT = 2;
    static final int CHECK_OK = 0;
    static final int CHECK_WARN = 1;
    static final int CHECK_FAIL = 2;
    static final int EV_NONE = 0;
    static final int EV_STARTED = 1;
    static final int EV_TURN = 2;
    static final int EV_NOTE = 3;
    static final int EV_DONE = 4;

    static final long CTX_OPTIONS_SIZE = 40;
    static final long CTX_OPTIONS_REALLOC_FN = 0;
    static final long CTX_OPTIONS_ALLOC_USER = 8;
    static final long CTX_OPTIONS_LOG = 16;
    static final long CTX_OPTIONS_LOG_USER = 24;
    static final long CTX_OPTIONS_LOG_LEVEL = 32;
    static final long CTX_OPTIONS_RESERVED0 = 36;

    static final long OPT_INFO_SIZE = 136;
    static final long OPT_INFO_NAME = 0;
    static final long OPT_INFO_FLAG = 8;
    static final long OPT_INFO_ALIAS = 16;
    static final long OPT_INFO_GROUP = 24;
    static final long OPT_INFO_COMMANDS = 32;
    static final long OPT_INFO_VALUE_NAME = 40;
    static final long OPT_INFO_CHOICES = 48;
    static final long OPT_INFO_DFLT = 56;
    static final long OPT_INFO_ENV = 64;
    static final long OPT_INFO_HELP = 72;
    static final long OPT_INFO_EXAMPLE = 80;
    static final long OPT_INFO_SINCE = 88;
    static final long OPT_INFO_MIN = 96;
    static final long OPT_INFO_MAX = 104;
    static final long OPT_INFO_KIND = 112;
    static final long OPT_INFO_SHORT_FLAG = 116;
    static final long OPT_INFO_SECRET = 120;
    static final long OPT_INFO_BASIC = 124;
    static final long OPT_INFO_CLI_ONLY = 128;
    static final long OPT_INFO_RESERVED0 = 132;

    static final long TURN_SIZE = 288;
    static final long TURN_DUE_NS = 0;
    static final long TURN_START_NS = 8;
    static final long TURN_SENT_NS = 16;
    static final long TURN_FIRST_BYTE_NS = 24;
    static final long TURN_FIRST_TOKEN_NS = 32;
    static final long TURN_FIRST_ANSWER_NS = 40;
    static final long TURN_LAST_TOKEN_NS = 48;
    static final long TURN_DONE_NS = 56;
    static final long TURN_TTFT_NS = 64;
    static final long TURN_TTFA_NS = 72;
    static final long TURN_E2E_NS = 80;
    static final long TURN_DNS_NS = 88;
    static final long TURN_CONNECT_NS = 96;
    static final long TURN_TLS_NS = 104;
    static final long TURN_MAX_GAP_NS = 112;
    static final long TURN_PROMPT_TOKENS = 120;
    static final long TURN_CACHED_TOKENS = 128;
    static final long TURN_COMPLETION_TOKENS = 136;
    static final long TURN_CONVERSATION = 144;
    static final long TURN_TURN = 152;
    static final long TURN_WORKER = 156;
    static final long TURN_CHUNKS = 160;
    static final long TURN_STATUS = 164;
    static final long TURN_ATTEMPT = 168;
    static final long TURN_REUSED = 172;
    static final long TURN_RECONNECTED = 176;
    static final long TURN_WARMUP = 180;
    static final long TURN_TWIN = 184;
    static final long TURN_CODE = 188;
    static final long TURN_ERROR = 192;
    static final long TURN_ERROR_TEXT = 200;
    static final long TURN_MODEL = 208;
    static final long TURN_ANSWERED_BY = 216;
    static final long TURN_DOCUMENT = 224;
    static final long TURN_RESPONSE_ID = 232;
    static final long TURN_FINISH_REASON = 240;
    static final long TURN_HTTP_VERSION = 248;
    static final long TURN_GATEWAY_JSON = 256;
    static final long TURN_ANSWER = 264;
    static final long TURN_GAPS_NS = 272;
    static final long TURN_GAP_COUNT = 280;

    static final long MESSAGE_SIZE = 24;
    static final long MESSAGE_TEXT = 0;
    static final long MESSAGE_LEN = 8;
    static final long MESSAGE_ROLE = 16;
    static final long MESSAGE_RESERVED0 = 20;

    static final long CHECK_SIZE = 32;
    static final long CHECK_NAME = 0;
    static final long CHECK_TEXT = 8;
    static final long CHECK_ADVICE = 16;
    static final long CHECK_STATUS = 24;
    static final long CHECK_RESERVED0 = 28;

    static final long STAT_SIZE = 40;
    static final long STAT_VALUE = 0;
    static final long STAT_LOW = 8;
    static final long STAT_HIGH = 16;
    static final long STAT_N_EFF = 24;
    static final long STAT_N = 32;

    static final long EVENT_SIZE = 64;
    static final long EVENT_AT_NS = 0;
    static final long EVENT_TURN = 8;
    static final long EVENT_TEXT = 16;
    static final long EVENT_IN_FLIGHT = 24;
    static final long EVENT_OK = 32;
    static final long EVENT_FAILED = 40;
    static final long EVENT_PLANNED = 48;
    static final long EVENT_KIND = 56;
    static final long EVENT_RESERVED0 = 60;

    /** Result, then parameters: i int, l long or pointer, d double. */
    static final java.util.Map<String, String> SIGNATURES = java.util.Map.ofEntries(
        java.util.Map.entry("lb_version_num", "i"),
        java.util.Map.entry("lb_version", "l"),
        java.util.Map.entry("lb_build_info", "l"),
        java.util.Map.entry("lb_err_name", "li"),
        java.util.Map.entry("lb_err_text", "li"),
        java.util.Map.entry("lb_ctx_new", "illl"),
        java.util.Map.entry("lb_ctx_free", "vl"),
        java.util.Map.entry("lb_ctx_error", "ll"),
        java.util.Map.entry("lb_free", "vll"),
        java.util.Map.entry("lb_opt_at", "illl"),
        java.util.Map.entry("lb_opt_find", "illl"),
        java.util.Map.entry("lb_preset_at", "illl"),
        java.util.Map.entry("lb_config_new", "ill"),
        java.util.Map.entry("lb_config_clone", "ill"),
        java.util.Map.entry("lb_config_free", "vl"),
        java.util.Map.entry("lb_config_set", "illll"),
        java.util.Map.entry("lb_config_add", "illll"),
        java.util.Map.entry("lb_config_get", "illll"),
        java.util.Map.entry("lb_config_origin", "illl"),
        java.util.Map.entry("lb_config_preset", "ill"),
        java.util.Map.entry("lb_config_load_json", "illll"),
        java.util.Map.entry("lb_config_check", "il"),
        java.util.Map.entry("lb_corpus_new", "ill"),
        java.util.Map.entry("lb_corpus_free", "vl"),
        java.util.Map.entry("lb_corpus_add", "illll"),
        java.util.Map.entry("lb_corpus_add_path", "ill"),
        java.util.Map.entry("lb_corpus_add_builtin", "il"),
        java.util.Map.entry("lb_corpus_size", "ll"),
        java.util.Map.entry("lb_corpus_document", "illlll"),
        java.util.Map.entry("lb_plan_new", "illl"),
        java.util.Map.entry("lb_plan_free", "vl"),
        java.util.Map.entry("lb_plan_conversations", "ll"),
        java.util.Map.entry("lb_plan_turns", "ll"),
        java.util.Map.entry("lb_plan_message", "illlll"),
        java.util.Map.entry("lb_plan_document", "illll"),
        java.util.Map.entry("lb_plan_hash", "ll"),
        java.util.Map.entry("lb_plan_write", "illl"),
        java.util.Map.entry("lb_client_new", "ill"),
        java.util.Map.entry("lb_client_free", "vl"),
        java.util.Map.entry("lb_client_model", "illll"),
        java.util.Map.entry("lb_client_quota", "illl"),
        java.util.Map.entry("lb_turn_quota", "illl"),
        java.util.Map.entry("lb_client_chat", "illlllll"),
        java.util.Map.entry("lb_client_cancel", "vli"),
        java.util.Map.entry("lb_doctor_new", "ill"),
        java.util.Map.entry("lb_doctor_free", "vl"),
        java.util.Map.entry("lb_doctor_next", "illl"),
        java.util.Map.entry("lb_doctor_target", "illl"),
        java.util.Map.entry("lb_recorder_new", "ill"),
        java.util.Map.entry("lb_recorder_free", "vl"),
        java.util.Map.entry("lb_recorder_add", "illdi"),
        java.util.Map.entry("lb_recorder_merge", "ill"),
        java.util.Map.entry("lb_recorder_stat", "illll"),
        java.util.Map.entry("lb_run_new", "illl"),
        java.util.Map.entry("lb_run_free", "vl"),
        java.util.Map.entry("lb_run_tee", "illl"),
        java.util.Map.entry("lb_run_execute", "il"),
        java.util.Map.entry("lb_run_start", "il"),
        java.util.Map.entry("lb_run_next_event", "illll"),
        java.util.Map.entry("lb_run_fd", "ill"),
        java.util.Map.entry("lb_run_timeout_ns", "ll"),
        java.util.Map.entry("lb_run_step", "il"),
        java.util.Map.entry("lb_run_cancel", "vl"),
        java.util.Map.entry("lb_run_report", "ill"),
        java.util.Map.entry("lb_run_dataset", "ill"),
        java.util.Map.entry("lb_dataset_new", "ill"),
        java.util.Map.entry("lb_dataset_free", "vl"),
        java.util.Map.entry("lb_dataset_add", "illl"),
        java.util.Map.entry("lb_turn_init", "vll"),
        java.util.Map.entry("lb_dataset_load", "illl"),
        java.util.Map.entry("lb_dataset_size", "ll"),
        java.util.Map.entry("lb_dataset_at", "illll"),
        java.util.Map.entry("lb_dataset_merge", "ill"),
        java.util.Map.entry("lb_dataset_write", "illll"),
        java.util.Map.entry("lb_report_new", "illl"),
        java.util.Map.entry("lb_report_load", "illll"),
        java.util.Map.entry("lb_report_free", "vl"),
        java.util.Map.entry("lb_report_number", "illl"),
        java.util.Map.entry("lb_report_text", "illl"),
        java.util.Map.entry("lb_report_exit_code", "il"),
        java.util.Map.entry("lb_format_at", "illl"),
        java.util.Map.entry("lb_report_write", "illll"),
        java.util.Map.entry("lb_report_render", "illll"));

    /** Name and number in turn, for comparing with C. */
    static final Object[] LAYOUT = {
        "lb_ctx_options", CTX_OPTIONS_SIZE,
        "lb_ctx_options.realloc_fn", CTX_OPTIONS_REALLOC_FN,
        "lb_ctx_options.alloc_user", CTX_OPTIONS_ALLOC_USER,
        "lb_ctx_options.log", CTX_OPTIONS_LOG,
        "lb_ctx_options.log_user", CTX_OPTIONS_LOG_USER,
        "lb_ctx_options.log_level", CTX_OPTIONS_LOG_LEVEL,
        "lb_ctx_options.reserved0", CTX_OPTIONS_RESERVED0,
        "lb_opt_info", OPT_INFO_SIZE,
        "lb_opt_info.name", OPT_INFO_NAME,
        "lb_opt_info.flag", OPT_INFO_FLAG,
        "lb_opt_info.alias", OPT_INFO_ALIAS,
        "lb_opt_info.group", OPT_INFO_GROUP,
        "lb_opt_info.commands", OPT_INFO_COMMANDS,
        "lb_opt_info.value_name", OPT_INFO_VALUE_NAME,
        "lb_opt_info.choices", OPT_INFO_CHOICES,
        "lb_opt_info.dflt", OPT_INFO_DFLT,
        "lb_opt_info.env", OPT_INFO_ENV,
        "lb_opt_info.help", OPT_INFO_HELP,
        "lb_opt_info.example", OPT_INFO_EXAMPLE,
        "lb_opt_info.since", OPT_INFO_SINCE,
        "lb_opt_info.min", OPT_INFO_MIN,
        "lb_opt_info.max", OPT_INFO_MAX,
        "lb_opt_info.kind", OPT_INFO_KIND,
        "lb_opt_info.short_flag", OPT_INFO_SHORT_FLAG,
        "lb_opt_info.secret", OPT_INFO_SECRET,
        "lb_opt_info.basic", OPT_INFO_BASIC,
        "lb_opt_info.cli_only", OPT_INFO_CLI_ONLY,
        "lb_opt_info.reserved0", OPT_INFO_RESERVED0,
        "lb_turn", TURN_SIZE,
        "lb_turn.due_ns", TURN_DUE_NS,
        "lb_turn.start_ns", TURN_START_NS,
        "lb_turn.sent_ns", TURN_SENT_NS,
        "lb_turn.first_byte_ns", TURN_FIRST_BYTE_NS,
        "lb_turn.first_token_ns", TURN_FIRST_TOKEN_NS,
        "lb_turn.first_answer_ns", TURN_FIRST_ANSWER_NS,
        "lb_turn.last_token_ns", TURN_LAST_TOKEN_NS,
        "lb_turn.done_ns", TURN_DONE_NS,
        "lb_turn.ttft_ns", TURN_TTFT_NS,
        "lb_turn.ttfa_ns", TURN_TTFA_NS,
        "lb_turn.e2e_ns", TURN_E2E_NS,
        "lb_turn.dns_ns", TURN_DNS_NS,
        "lb_turn.connect_ns", TURN_CONNECT_NS,
        "lb_turn.tls_ns", TURN_TLS_NS,
        "lb_turn.max_gap_ns", TURN_MAX_GAP_NS,
        "lb_turn.prompt_tokens", TURN_PROMPT_TOKENS,
        "lb_turn.cached_tokens", TURN_CACHED_TOKENS,
        "lb_turn.completion_tokens", TURN_COMPLETION_TOKENS,
        "lb_turn.conversation", TURN_CONVERSATION,
        "lb_turn.turn", TURN_TURN,
        "lb_turn.worker", TURN_WORKER,
        "lb_turn.chunks", TURN_CHUNKS,
        "lb_turn.status", TURN_STATUS,
        "lb_turn.attempt", TURN_ATTEMPT,
        "lb_turn.reused", TURN_REUSED,
        "lb_turn.reconnected", TURN_RECONNECTED,
        "lb_turn.warmup", TURN_WARMUP,
        "lb_turn.twin", TURN_TWIN,
        "lb_turn.code", TURN_CODE,
        "lb_turn.error", TURN_ERROR,
        "lb_turn.error_text", TURN_ERROR_TEXT,
        "lb_turn.model", TURN_MODEL,
        "lb_turn.answered_by", TURN_ANSWERED_BY,
        "lb_turn.document", TURN_DOCUMENT,
        "lb_turn.response_id", TURN_RESPONSE_ID,
        "lb_turn.finish_reason", TURN_FINISH_REASON,
        "lb_turn.http_version", TURN_HTTP_VERSION,
        "lb_turn.gateway_json", TURN_GATEWAY_JSON,
        "lb_turn.answer", TURN_ANSWER,
        "lb_turn.gaps_ns", TURN_GAPS_NS,
        "lb_turn.gap_count", TURN_GAP_COUNT,
        "lb_message", MESSAGE_SIZE,
        "lb_message.text", MESSAGE_TEXT,
        "lb_message.len", MESSAGE_LEN,
        "lb_message.role", MESSAGE_ROLE,
        "lb_message.reserved0", MESSAGE_RESERVED0,
        "lb_check", CHECK_SIZE,
        "lb_check.name", CHECK_NAME,
        "lb_check.text", CHECK_TEXT,
        "lb_check.advice", CHECK_ADVICE,
        "lb_check.status", CHECK_STATUS,
        "lb_check.reserved0", CHECK_RESERVED0,
        "lb_stat", STAT_SIZE,
        "lb_stat.value", STAT_VALUE,
        "lb_stat.low", STAT_LOW,
        "lb_stat.high", STAT_HIGH,
        "lb_stat.n_eff", STAT_N_EFF,
        "lb_stat.n", STAT_N,
        "lb_event", EVENT_SIZE,
        "lb_event.at_ns", EVENT_AT_NS,
        "lb_event.turn", EVENT_TURN,
        "lb_event.text", EVENT_TEXT,
        "lb_event.in_flight", EVENT_IN_FLIGHT,
        "lb_event.ok", EVENT_OK,
        "lb_event.failed", EVENT_FAILED,
        "lb_event.planned", EVENT_PLANNED,
        "lb_event.kind", EVENT_KIND,
        "lb_event.reserved0", EVENT_RESERVED0,
    };
}
