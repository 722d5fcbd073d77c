# SPDX-License-Identifier: Apache-2.0
"""Made by bindings/generate.py from include/litebench/litebench.h."""
import ctypes as ct

VERSION = "0.1.0"
OK = 0
E_NOMEM = -1
E_INVALID = -2
E_STATE = -3
E_IO = -4
E_PARSE = -5
E_NET = -6
E_HTTP = -7
E_TIMEOUT = -8
E_CANCELED = -9
E_NOTFOUND = -10
E_RANGE = -11
E_UNSUPPORTED = -12
E_USER = -13
LOG_ERROR = 0
LOG_WARN = 1
LOG_INFO = 2
LOG_DEBUG = 3
OPT_BOOL = 0
OPT_INT = 1
OPT_NUMBER = 2
OPT_SHARE = 3
OPT_TEXT = 4
OPT_DURATION = 5
OPT_CHOICE = 6
OPT_LIST = 7
ROLE_SYSTEM = 0
ROLE_USER = 1
ROLE_ASSISTANT = 2
CHECK_OK = 0
CHECK_WARN = 1
CHECK_FAIL = 2
EV_NONE = 0
EV_STARTED = 1
EV_TURN = 2
EV_NOTE = 3
EV_DONE = 4
UNKNOWN = -(2**63)

lb_log_cb = ct.CFUNCTYPE(None, ct.c_void_p, ct.c_int32, ct.c_void_p)

lb_realloc_cb = ct.CFUNCTYPE(ct.c_void_p, ct.c_void_p, ct.c_void_p, ct.c_size_t)

lb_write_cb = ct.CFUNCTYPE(ct.c_int32, ct.c_void_p, ct.c_void_p, ct.c_size_t)

lb_delta_cb = ct.CFUNCTYPE(ct.c_int32, ct.c_void_p, ct.c_void_p, ct.c_size_t, ct.c_int64)


class lb_ctx_options(ct.Structure):
    _fields_ = [
        ("realloc_fn", lb_realloc_cb),
        ("alloc_user", ct.c_void_p),
        ("log", lb_log_cb),
        ("log_user", ct.c_void_p),
        ("log_level", ct.c_int32),
        ("reserved0", ct.c_int32),
    ]


class lb_opt_info(ct.Structure):
    _fields_ = [
        ("name", ct.c_char_p),
        ("flag", ct.c_char_p),
        ("alias", ct.c_char_p),
        ("group", ct.c_char_p),
        ("commands", ct.c_char_p),
        ("value_name", ct.c_char_p),
        ("choices", ct.c_char_p),
        ("dflt", ct.c_char_p),
        ("env", ct.c_char_p),
        ("help", ct.c_char_p),
        ("example", ct.c_char_p),
        ("since", ct.c_char_p),
        ("min", ct.c_double),
        ("max", ct.c_double),
        ("kind", ct.c_int32),
        ("short_flag", ct.c_int32),
        ("secret", ct.c_int32),
        ("basic", ct.c_int32),
        ("cli_only", ct.c_int32),
        ("reserved0", ct.c_int32),
    ]


class lb_turn(ct.Structure):
    _fields_ = [
        ("due_ns", ct.c_int64),
        ("start_ns", ct.c_int64),
        ("sent_ns", ct.c_int64),
        ("first_byte_ns", ct.c_int64),
        ("first_token_ns", ct.c_int64),
        ("first_answer_ns", ct.c_int64),
        ("last_token_ns", ct.c_int64),
        ("done_ns", ct.c_int64),
        ("ttft_ns", ct.c_int64),
        ("ttfa_ns", ct.c_int64),
        ("e2e_ns", ct.c_int64),
        ("dns_ns", ct.c_int64),
        ("connect_ns", ct.c_int64),
        ("tls_ns", ct.c_int64),
        ("max_gap_ns", ct.c_int64),
        ("prompt_tokens", ct.c_int64),
        ("cached_tokens", ct.c_int64),
        ("completion_tokens", ct.c_int64),
        ("conversation", ct.c_int64),
        ("turn", ct.c_int32),
        ("worker", ct.c_int32),
        ("chunks", ct.c_int32),
        ("status", ct.c_int32),
        ("attempt", ct.c_int32),
        ("reused", ct.c_int32),
        ("reconnected", ct.c_int32),
        ("warmup", ct.c_int32),
        ("twin", ct.c_int32),
        ("code", ct.c_int32),
        ("error", ct.c_char_p),
        ("error_text", ct.c_char_p),
        ("model", ct.c_char_p),
        ("answered_by", ct.c_char_p),
        ("document", ct.c_char_p),
        ("response_id", ct.c_char_p),
        ("finish_reason", ct.c_char_p),
        ("http_version", ct.c_char_p),
        ("gateway_json", ct.c_char_p),
        ("answer", ct.c_char_p),
        ("gaps_ns", ct.POINTER(ct.c_int64)),
        ("gap_count", ct.c_size_t),
    ]


class lb_message(ct.Structure):
    _fields_ = [
        ("text", ct.c_char_p),
        ("len", ct.c_size_t),
        ("role", ct.c_int32),
        ("reserved0", ct.c_int32),
    ]


class lb_check(ct.Structure):
    _fields_ = [
        ("name", ct.c_char_p),
        ("text", ct.c_char_p),
        ("advice", ct.c_char_p),
        ("status", ct.c_int32),
        ("reserved0", ct.c_int32),
    ]


class lb_stat(ct.Structure):
    _fields_ = [
        ("value", ct.c_double),
        ("low", ct.c_double),
        ("high", ct.c_double),
        ("n_eff", ct.c_double),
        ("n", ct.c_uint64),
    ]


class lb_event(ct.Structure):
    _fields_ = [
        ("at_ns", ct.c_int64),
        ("turn", ct.POINTER(lb_turn)),
        ("text", ct.c_char_p),
        ("in_flight", ct.c_uint64),
        ("ok", ct.c_uint64),
        ("failed", ct.c_uint64),
        ("planned", ct.c_uint64),
        ("kind", ct.c_int32),
        ("reserved0", ct.c_int32),
    ]


STRUCTS = (lb_ctx_options, lb_opt_info, lb_turn, lb_message, lb_check, lb_stat, lb_event)

PROTOTYPES = {
    "lb_version_num": (ct.c_uint32, []),
    "lb_version": (ct.c_char_p, []),
    "lb_build_info": (ct.c_char_p, []),
    "lb_err_name": (ct.c_char_p, [ct.c_int32]),
    "lb_err_text": (ct.c_char_p, [ct.c_int32]),
    "lb_ctx_new": (ct.c_int32, [ct.c_void_p, ct.POINTER(lb_ctx_options), ct.c_size_t]),
    "lb_ctx_free": (None, [ct.c_void_p]),
    "lb_ctx_error": (ct.c_char_p, [ct.c_void_p]),
    "lb_free": (None, [ct.c_void_p, ct.c_void_p]),
    "lb_opt_at": (ct.c_int32, [ct.POINTER(lb_opt_info), ct.c_size_t, ct.c_size_t]),
    "lb_opt_find": (ct.c_int32, [ct.POINTER(lb_opt_info), ct.c_size_t, ct.c_char_p]),
    "lb_preset_at": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.c_size_t]),
    "lb_config_new": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_config_clone": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_config_free": (None, [ct.c_void_p]),
    "lb_config_set": (ct.c_int32, [ct.c_void_p, ct.c_char_p, ct.c_char_p, ct.c_char_p]),
    "lb_config_add": (ct.c_int32, [ct.c_void_p, ct.c_char_p, ct.c_char_p, ct.c_char_p]),
    "lb_config_get": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.c_char_p, ct.c_size_t]),
    "lb_config_origin": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.c_char_p]),
    "lb_config_preset": (ct.c_int32, [ct.c_void_p, ct.c_char_p]),
    "lb_config_load_json": (ct.c_int32, [ct.c_void_p, ct.c_char_p, ct.c_size_t, ct.c_char_p]),
    "lb_config_check": (ct.c_int32, [ct.c_void_p]),
    "lb_corpus_new": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_corpus_free": (None, [ct.c_void_p]),
    "lb_corpus_add": (ct.c_int32, [ct.c_void_p, ct.c_char_p, ct.c_char_p, ct.c_size_t]),
    "lb_corpus_add_path": (ct.c_int32, [ct.c_void_p, ct.c_char_p]),
    "lb_corpus_add_builtin": (ct.c_int32, [ct.c_void_p]),
    "lb_corpus_size": (ct.c_size_t, [ct.c_void_p]),
    "lb_corpus_document": (ct.c_int32, [ct.c_void_p, ct.c_size_t, ct.c_void_p,
        ct.POINTER(ct.c_int32), ct.POINTER(ct.c_size_t)]),
    "lb_plan_new": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.c_void_p]),
    "lb_plan_free": (None, [ct.c_void_p]),
    "lb_plan_conversations": (ct.c_size_t, [ct.c_void_p]),
    "lb_plan_turns": (ct.c_size_t, [ct.c_void_p]),
    "lb_plan_message": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.POINTER(ct.c_size_t),
        ct.c_size_t, ct.c_size_t]),
    "lb_plan_document": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.POINTER(ct.c_int32),
        ct.c_size_t]),
    "lb_plan_hash": (ct.c_char_p, [ct.c_void_p]),
    "lb_plan_write": (ct.c_int32, [ct.c_void_p, lb_write_cb, ct.c_void_p]),
    "lb_client_new": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_client_free": (None, [ct.c_void_p]),
    "lb_client_model": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.POINTER(ct.c_int64),
        ct.c_size_t]),
    "lb_client_quota": (ct.c_int32, [ct.c_void_p, ct.POINTER(ct.c_int64),
        ct.POINTER(ct.c_int64)]),
    "lb_turn_quota": (ct.c_int32, [ct.POINTER(ct.c_int64), ct.POINTER(ct.c_int64),
        ct.c_char_p]),
    "lb_client_chat": (ct.c_int32, [ct.c_void_p, ct.POINTER(lb_turn), ct.c_size_t,
        ct.POINTER(lb_message), ct.c_size_t, lb_delta_cb, ct.c_void_p]),
    "lb_client_cancel": (None, [ct.c_void_p, ct.c_int32]),
    "lb_doctor_new": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_doctor_free": (None, [ct.c_void_p]),
    "lb_doctor_next": (ct.c_int32, [ct.c_void_p, ct.POINTER(lb_check), ct.c_size_t]),
    "lb_doctor_target": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.c_void_p]),
    "lb_recorder_new": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_recorder_free": (None, [ct.c_void_p]),
    "lb_recorder_add": (ct.c_int32, [ct.c_void_p, ct.c_uint64, ct.c_double, ct.c_int32]),
    "lb_recorder_merge": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_recorder_stat": (ct.c_int32, [ct.c_void_p, ct.POINTER(lb_stat), ct.c_size_t,
        ct.c_char_p]),
    "lb_run_new": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.c_void_p]),
    "lb_run_free": (None, [ct.c_void_p]),
    "lb_run_tee": (ct.c_int32, [ct.c_void_p, lb_write_cb, ct.c_void_p]),
    "lb_run_execute": (ct.c_int32, [ct.c_void_p]),
    "lb_run_start": (ct.c_int32, [ct.c_void_p]),
    "lb_run_next_event": (ct.c_int32, [ct.c_void_p, ct.POINTER(lb_event), ct.c_size_t,
        ct.c_int64]),
    "lb_run_fd": (ct.c_int32, [ct.c_void_p, ct.POINTER(ct.c_int32)]),
    "lb_run_timeout_ns": (ct.c_int64, [ct.c_void_p]),
    "lb_run_step": (ct.c_int32, [ct.c_void_p]),
    "lb_run_cancel": (None, [ct.c_void_p]),
    "lb_run_report": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_run_dataset": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_dataset_new": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_dataset_free": (None, [ct.c_void_p]),
    "lb_dataset_add": (ct.c_int32, [ct.c_void_p, ct.POINTER(lb_turn), ct.c_size_t]),
    "lb_turn_init": (None, [ct.POINTER(lb_turn), ct.c_size_t]),
    "lb_dataset_load": (ct.c_int32, [ct.c_void_p, ct.c_char_p, ct.c_size_t]),
    "lb_dataset_size": (ct.c_size_t, [ct.c_void_p]),
    "lb_dataset_at": (ct.c_int32, [ct.c_void_p, ct.POINTER(lb_turn), ct.c_size_t, ct.c_size_t]),
    "lb_dataset_merge": (ct.c_int32, [ct.c_void_p, ct.c_void_p]),
    "lb_dataset_write": (ct.c_int32, [ct.c_void_p, ct.c_char_p, lb_write_cb, ct.c_void_p]),
    "lb_report_new": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.c_void_p]),
    "lb_report_load": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.c_char_p, ct.c_size_t]),
    "lb_report_free": (None, [ct.c_void_p]),
    "lb_report_number": (ct.c_int32, [ct.c_void_p, ct.POINTER(ct.c_double), ct.c_char_p]),
    "lb_report_text": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.c_char_p]),
    "lb_report_exit_code": (ct.c_int32, [ct.c_void_p]),
    "lb_format_at": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.c_size_t]),
    "lb_report_write": (ct.c_int32, [ct.c_void_p, ct.c_char_p, lb_write_cb, ct.c_void_p]),
    "lb_report_render": (ct.c_int32, [ct.c_void_p, ct.c_void_p, ct.POINTER(ct.c_size_t),
        ct.c_char_p]),
}
