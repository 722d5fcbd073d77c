// SPDX-License-Identifier: Apache-2.0
//! Made by bindings/generate.py from include/litebench/litebench.h. The header says what everything means.
#![no_std]
#![allow(non_camel_case_types)]
#![cfg_attr(rustfmt, rustfmt_skip)]

use core::ffi::{c_char, c_void};

pub type lb_err = i32;
pub const LB_UNKNOWN: i64 = i64::MIN;
pub const LB_OK: i32 = 0;
pub const LB_E_NOMEM: i32 = -1;
pub const LB_E_INVALID: i32 = -2;
pub const LB_E_STATE: i32 = -3;
pub const LB_E_IO: i32 = -4;
pub const LB_E_PARSE: i32 = -5;
pub const LB_E_NET: i32 = -6;
pub const LB_E_HTTP: i32 = -7;
pub const LB_E_TIMEOUT: i32 = -8;
pub const LB_E_CANCELED: i32 = -9;
pub const LB_E_NOTFOUND: i32 = -10;
pub const LB_E_RANGE: i32 = -11;
pub const LB_E_UNSUPPORTED: i32 = -12;
pub const LB_E_USER: i32 = -13;
pub const LB_LOG_ERROR: i32 = 0;
pub const LB_LOG_WARN: i32 = 1;
pub const LB_LOG_INFO: i32 = 2;
pub const LB_LOG_DEBUG: i32 = 3;
pub const LB_OPT_BOOL: i32 = 0;
pub const LB_OPT_INT: i32 = 1;
pub const LB_OPT_NUMBER: i32 = 2;
pub const LB_OPT_SHARE: i32 = 3;
pub const LB_OPT_TEXT: i32 = 4;
pub const LB_OPT_DURATION: i32 = 5;
pub const LB_OPT_CHOICE: i32 = 6;
pub const LB_OPT_LIST: i32 = 7;
pub const LB_ROLE_SYSTEM: i32 = 0;
pub const LB_ROLE_USER: i32 = 1;
pub const LB_ROLE_ASSISTANT: i32 = 2;
pub const LB_CHECK_OK: i32 = 0;
pub const LB_CHECK_WARN: i32 = 1;
pub const LB_CHECK_FAIL: i32 = 2;
pub const LB_EV_NONE: i32 = 0;
pub const LB_EV_STARTED: i32 = 1;
pub const LB_EV_TURN: i32 = 2;
pub const LB_EV_NOTE: i32 = 3;
pub const LB_EV_DONE: i32 = 4;

#[repr(C)]
pub struct lb_ctx {
    _opaque: [u8; 0],
    _not_shared: core::marker::PhantomData<*mut u8>,
}

#[repr(C)]
pub struct lb_config {
    _opaque: [u8; 0],
    _not_shared: core::marker::PhantomData<*mut u8>,
}

#[repr(C)]
pub struct lb_corpus {
    _opaque: [u8; 0],
    _not_shared: core::marker::PhantomData<*mut u8>,
}

#[repr(C)]
pub struct lb_plan {
    _opaque: [u8; 0],
    _not_shared: core::marker::PhantomData<*mut u8>,
}

#[repr(C)]
pub struct lb_client {
    _opaque: [u8; 0],
    _not_shared: core::marker::PhantomData<*mut u8>,
}

#[repr(C)]
pub struct lb_doctor {
    _opaque: [u8; 0],
    _not_shared: core::marker::PhantomData<*mut u8>,
}

#[repr(C)]
pub struct lb_recorder {
    _opaque: [u8; 0],
    _not_shared: core::marker::PhantomData<*mut u8>,
}

#[repr(C)]
pub struct lb_run {
    _opaque: [u8; 0],
    _not_shared: core::marker::PhantomData<*mut u8>,
}

#[repr(C)]
pub struct lb_report {
    _opaque: [u8; 0],
    _not_shared: core::marker::PhantomData<*mut u8>,
}

#[repr(C)]
pub struct lb_dataset {
    _opaque: [u8; 0],
    _not_shared: core::marker::PhantomData<*mut u8>,
}

pub type lb_log_cb =
    Option<unsafe extern "C" fn(*mut c_void, i32, *const c_char)>;

pub type lb_realloc_cb =
    Option<unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void>;

pub type lb_write_cb =
    Option<unsafe extern "C" fn(*mut c_void, *const c_char, usize) -> lb_err>;

pub type lb_delta_cb =
    Option<unsafe extern "C" fn(*mut c_void, *const c_char, usize, i64) -> lb_err>;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lb_ctx_options {
    pub realloc_fn: lb_realloc_cb,
    pub alloc_user: *mut c_void,
    pub log: lb_log_cb,
    pub log_user: *mut c_void,
    pub log_level: i32,
    pub reserved0: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lb_opt_info {
    pub name: *const c_char,
    pub flag: *const c_char,
    pub alias: *const c_char,
    pub group: *const c_char,
    pub commands: *const c_char,
    pub value_name: *const c_char,
    pub choices: *const c_char,
    pub dflt: *const c_char,
    pub env: *const c_char,
    pub help: *const c_char,
    pub example: *const c_char,
    pub since: *const c_char,
    pub min: f64,
    pub max: f64,
    pub kind: i32,
    pub short_flag: i32,
    pub secret: i32,
    pub basic: i32,
    pub cli_only: i32,
    pub reserved0: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lb_turn {
    pub due_ns: i64,
    pub start_ns: i64,
    pub sent_ns: i64,
    pub first_byte_ns: i64,
    pub first_token_ns: i64,
    pub first_answer_ns: i64,
    pub last_token_ns: i64,
    pub done_ns: i64,
    pub ttft_ns: i64,
    pub ttfa_ns: i64,
    pub e2e_ns: i64,
    pub dns_ns: i64,
    pub connect_ns: i64,
    pub tls_ns: i64,
    pub max_gap_ns: i64,
    pub prompt_tokens: i64,
    pub cached_tokens: i64,
    pub completion_tokens: i64,
    pub conversation: i64,
    pub turn: i32,
    pub worker: i32,
    pub chunks: i32,
    pub status: i32,
    pub attempt: i32,
    pub reused: i32,
    pub reconnected: i32,
    pub warmup: i32,
    pub twin: i32,
    pub code: i32,
    pub error: *const c_char,
    pub error_text: *const c_char,
    pub model: *const c_char,
    pub answered_by: *const c_char,
    pub document: *const c_char,
    pub response_id: *const c_char,
    pub finish_reason: *const c_char,
    pub http_version: *const c_char,
    pub gateway_json: *const c_char,
    pub answer: *const c_char,
    pub gaps_ns: *const i64,
    pub gap_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lb_message {
    pub text: *const c_char,
    pub len: usize,
    pub role: i32,
    pub reserved0: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lb_check {
    pub name: *const c_char,
    pub text: *const c_char,
    pub advice: *const c_char,
    pub status: i32,
    pub reserved0: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lb_stat {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub n_eff: f64,
    pub n: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct lb_event {
    pub at_ns: i64,
    pub turn: *const lb_turn,
    pub text: *const c_char,
    pub in_flight: u64,
    pub ok: u64,
    pub failed: u64,
    pub planned: u64,
    pub kind: i32,
    pub reserved0: i32,
}

extern "C" {
    pub fn lb_version_num(
    ) -> u32;
    pub fn lb_version(
    ) -> *const c_char;
    pub fn lb_build_info(
    ) -> *const c_char;
    pub fn lb_err_name(
        code: lb_err,
    ) -> *const c_char;
    pub fn lb_err_text(
        code: lb_err,
    ) -> *const c_char;
    pub fn lb_ctx_new(
        out: *mut *mut lb_ctx,
        opts: *const lb_ctx_options,
        size: usize,
    ) -> lb_err;
    pub fn lb_ctx_free(
        ctx: *mut lb_ctx,
    );
    pub fn lb_ctx_error(
        ctx: *const lb_ctx,
    ) -> *const c_char;
    pub fn lb_free(
        ctx: *mut lb_ctx,
        buffer: *mut c_void,
    );
    pub fn lb_opt_at(
        out: *mut lb_opt_info,
        size: usize,
        index: usize,
    ) -> lb_err;
    pub fn lb_opt_find(
        out: *mut lb_opt_info,
        size: usize,
        name: *const c_char,
    ) -> lb_err;
    pub fn lb_preset_at(
        name: *mut *const c_char,
        help: *mut *const c_char,
        index: usize,
    ) -> lb_err;
    pub fn lb_config_new(
        out: *mut *mut lb_config,
        ctx: *mut lb_ctx,
    ) -> lb_err;
    pub fn lb_config_clone(
        out: *mut *mut lb_config,
        config: *const lb_config,
    ) -> lb_err;
    pub fn lb_config_free(
        config: *mut lb_config,
    );
    pub fn lb_config_set(
        config: *mut lb_config,
        name: *const c_char,
        value: *const c_char,
        origin: *const c_char,
    ) -> lb_err;
    pub fn lb_config_add(
        config: *mut lb_config,
        name: *const c_char,
        value: *const c_char,
        origin: *const c_char,
    ) -> lb_err;
    pub fn lb_config_get(
        config: *const lb_config,
        out: *mut *const c_char,
        name: *const c_char,
        index: usize,
    ) -> lb_err;
    pub fn lb_config_origin(
        config: *const lb_config,
        out: *mut *const c_char,
        name: *const c_char,
    ) -> lb_err;
    pub fn lb_config_preset(
        config: *mut lb_config,
        name: *const c_char,
    ) -> lb_err;
    pub fn lb_config_load_json(
        config: *mut lb_config,
        text: *const c_char,
        len: usize,
        origin: *const c_char,
    ) -> lb_err;
    pub fn lb_config_check(
        config: *const lb_config,
    ) -> lb_err;
    pub fn lb_corpus_new(
        out: *mut *mut lb_corpus,
        config: *const lb_config,
    ) -> lb_err;
    pub fn lb_corpus_free(
        corpus: *mut lb_corpus,
    );
    pub fn lb_corpus_add(
        corpus: *mut lb_corpus,
        title: *const c_char,
        text: *const c_char,
        len: usize,
    ) -> lb_err;
    pub fn lb_corpus_add_path(
        corpus: *mut lb_corpus,
        path: *const c_char,
    ) -> lb_err;
    pub fn lb_corpus_add_builtin(
        corpus: *mut lb_corpus,
    ) -> lb_err;
    pub fn lb_corpus_size(
        corpus: *const lb_corpus,
    ) -> usize;
    pub fn lb_corpus_document(
        corpus: *const lb_corpus,
        index: usize,
        title: *mut *const c_char,
        code: *mut i32,
        len: *mut usize,
    ) -> lb_err;
    pub fn lb_plan_new(
        out: *mut *mut lb_plan,
        config: *const lb_config,
        corpus: *const lb_corpus,
    ) -> lb_err;
    pub fn lb_plan_free(
        plan: *mut lb_plan,
    );
    pub fn lb_plan_conversations(
        plan: *const lb_plan,
    ) -> usize;
    pub fn lb_plan_turns(
        plan: *const lb_plan,
    ) -> usize;
    pub fn lb_plan_message(
        plan: *mut lb_plan,
        text: *mut *const c_char,
        len: *mut usize,
        conversation: usize,
        turn: usize,
    ) -> lb_err;
    pub fn lb_plan_document(
        plan: *const lb_plan,
        title: *mut *const c_char,
        code: *mut i32,
        conversation: usize,
    ) -> lb_err;
    pub fn lb_plan_hash(
        plan: *const lb_plan,
    ) -> *const c_char;
    pub fn lb_plan_write(
        plan: *mut lb_plan,
        write: lb_write_cb,
        user: *mut c_void,
    ) -> lb_err;
    pub fn lb_client_new(
        out: *mut *mut lb_client,
        config: *const lb_config,
    ) -> lb_err;
    pub fn lb_client_free(
        client: *mut lb_client,
    );
    pub fn lb_client_model(
        client: *mut lb_client,
        out: *mut *const c_char,
        context: *mut i64,
        index: usize,
    ) -> lb_err;
    pub fn lb_client_quota(
        client: *mut lb_client,
        requests: *mut i64,
        tokens: *mut i64,
    ) -> lb_err;
    pub fn lb_turn_quota(
        requests: *mut i64,
        tokens: *mut i64,
        gateway_json: *const c_char,
    ) -> lb_err;
    pub fn lb_client_chat(
        client: *mut lb_client,
        out: *mut lb_turn,
        size: usize,
        messages: *const lb_message,
        count: usize,
        delta: lb_delta_cb,
        user: *mut c_void,
    ) -> lb_err;
    pub fn lb_client_cancel(
        client: *mut lb_client,
        on: i32,
    );
    pub fn lb_doctor_new(
        out: *mut *mut lb_doctor,
        config: *const lb_config,
    ) -> lb_err;
    pub fn lb_doctor_free(
        doctor: *mut lb_doctor,
    );
    pub fn lb_doctor_next(
        doctor: *mut lb_doctor,
        out: *mut lb_check,
        size: usize,
    ) -> lb_err;
    pub fn lb_doctor_target(
        doctor: *const lb_doctor,
        url: *mut *const c_char,
        model: *mut *const c_char,
    ) -> lb_err;
    pub fn lb_recorder_new(
        out: *mut *mut lb_recorder,
        ctx: *mut lb_ctx,
    ) -> lb_err;
    pub fn lb_recorder_free(
        recorder: *mut lb_recorder,
    );
    pub fn lb_recorder_add(
        recorder: *mut lb_recorder,
        cluster: u64,
        value: f64,
        missed: i32,
    ) -> lb_err;
    pub fn lb_recorder_merge(
        into: *mut lb_recorder,
        from: *const lb_recorder,
    ) -> lb_err;
    pub fn lb_recorder_stat(
        recorder: *mut lb_recorder,
        out: *mut lb_stat,
        size: usize,
        what: *const c_char,
    ) -> lb_err;
    pub fn lb_run_new(
        out: *mut *mut lb_run,
        config: *const lb_config,
        plan: *mut lb_plan,
    ) -> lb_err;
    pub fn lb_run_free(
        run: *mut lb_run,
    );
    pub fn lb_run_tee(
        run: *mut lb_run,
        write: lb_write_cb,
        user: *mut c_void,
    ) -> lb_err;
    pub fn lb_run_execute(
        run: *mut lb_run,
    ) -> lb_err;
    pub fn lb_run_start(
        run: *mut lb_run,
    ) -> lb_err;
    pub fn lb_run_next_event(
        run: *mut lb_run,
        out: *mut lb_event,
        size: usize,
        timeout_ns: i64,
    ) -> lb_err;
    pub fn lb_run_fd(
        run: *const lb_run,
        out: *mut i32,
    ) -> lb_err;
    pub fn lb_run_timeout_ns(
        run: *const lb_run,
    ) -> i64;
    pub fn lb_run_step(
        run: *mut lb_run,
    ) -> lb_err;
    pub fn lb_run_cancel(
        run: *mut lb_run,
    );
    pub fn lb_run_report(
        out: *mut *mut lb_report,
        run: *mut lb_run,
    ) -> lb_err;
    pub fn lb_run_dataset(
        out: *mut *mut lb_dataset,
        run: *mut lb_run,
    ) -> lb_err;
    pub fn lb_dataset_new(
        out: *mut *mut lb_dataset,
        ctx: *mut lb_ctx,
    ) -> lb_err;
    pub fn lb_dataset_free(
        dataset: *mut lb_dataset,
    );
    pub fn lb_dataset_add(
        dataset: *mut lb_dataset,
        turn: *const lb_turn,
        size: usize,
    ) -> lb_err;
    pub fn lb_turn_init(
        out: *mut lb_turn,
        size: usize,
    );
    pub fn lb_dataset_load(
        dataset: *mut lb_dataset,
        text: *const c_char,
        len: usize,
    ) -> lb_err;
    pub fn lb_dataset_size(
        dataset: *const lb_dataset,
    ) -> usize;
    pub fn lb_dataset_at(
        dataset: *const lb_dataset,
        out: *mut lb_turn,
        size: usize,
        index: usize,
    ) -> lb_err;
    pub fn lb_dataset_merge(
        into: *mut lb_dataset,
        from: *const lb_dataset,
    ) -> lb_err;
    pub fn lb_dataset_write(
        dataset: *const lb_dataset,
        format: *const c_char,
        write: lb_write_cb,
        user: *mut c_void,
    ) -> lb_err;
    pub fn lb_report_new(
        out: *mut *mut lb_report,
        dataset: *const lb_dataset,
        config: *const lb_config,
    ) -> lb_err;
    pub fn lb_report_load(
        out: *mut *mut lb_report,
        ctx: *mut lb_ctx,
        json: *const c_char,
        len: usize,
    ) -> lb_err;
    pub fn lb_report_free(
        report: *mut lb_report,
    );
    pub fn lb_report_number(
        report: *const lb_report,
        out: *mut f64,
        path: *const c_char,
    ) -> lb_err;
    pub fn lb_report_text(
        report: *const lb_report,
        out: *mut *const c_char,
        path: *const c_char,
    ) -> lb_err;
    pub fn lb_report_exit_code(
        report: *const lb_report,
    ) -> i32;
    pub fn lb_format_at(
        name: *mut *const c_char,
        help: *mut *const c_char,
        index: usize,
    ) -> lb_err;
    pub fn lb_report_write(
        report: *const lb_report,
        format: *const c_char,
        write: lb_write_cb,
        user: *mut c_void,
    ) -> lb_err;
    pub fn lb_report_render(
        report: *const lb_report,
        out: *mut *mut c_char,
        len: *mut usize,
        format: *const c_char,
    ) -> lb_err;
}

/// ("struct.member", offset) of everything here, for comparing with C.
pub const LAYOUT: &[(&str, usize)] = &[
    ("lb_ctx_options", core::mem::size_of::<lb_ctx_options>()),
    ("lb_ctx_options.realloc_fn", core::mem::offset_of!(lb_ctx_options, realloc_fn)),
    ("lb_ctx_options.alloc_user", core::mem::offset_of!(lb_ctx_options, alloc_user)),
    ("lb_ctx_options.log", core::mem::offset_of!(lb_ctx_options, log)),
    ("lb_ctx_options.log_user", core::mem::offset_of!(lb_ctx_options, log_user)),
    ("lb_ctx_options.log_level", core::mem::offset_of!(lb_ctx_options, log_level)),
    ("lb_ctx_options.reserved0", core::mem::offset_of!(lb_ctx_options, reserved0)),
    ("lb_opt_info", core::mem::size_of::<lb_opt_info>()),
    ("lb_opt_info.name", core::mem::offset_of!(lb_opt_info, name)),
    ("lb_opt_info.flag", core::mem::offset_of!(lb_opt_info, flag)),
    ("lb_opt_info.alias", core::mem::offset_of!(lb_opt_info, alias)),
    ("lb_opt_info.group", core::mem::offset_of!(lb_opt_info, group)),
    ("lb_opt_info.commands", core::mem::offset_of!(lb_opt_info, commands)),
    ("lb_opt_info.value_name", core::mem::offset_of!(lb_opt_info, value_name)),
    ("lb_opt_info.choices", core::mem::offset_of!(lb_opt_info, choices)),
    ("lb_opt_info.dflt", core::mem::offset_of!(lb_opt_info, dflt)),
    ("lb_opt_info.env", core::mem::offset_of!(lb_opt_info, env)),
    ("lb_opt_info.help", core::mem::offset_of!(lb_opt_info, help)),
    ("lb_opt_info.example", core::mem::offset_of!(lb_opt_info, example)),
    ("lb_opt_info.since", core::mem::offset_of!(lb_opt_info, since)),
    ("lb_opt_info.min", core::mem::offset_of!(lb_opt_info, min)),
    ("lb_opt_info.max", core::mem::offset_of!(lb_opt_info, max)),
    ("lb_opt_info.kind", core::mem::offset_of!(lb_opt_info, kind)),
    ("lb_opt_info.short_flag", core::mem::offset_of!(lb_opt_info, short_flag)),
    ("lb_opt_info.secret", core::mem::offset_of!(lb_opt_info, secret)),
    ("lb_opt_info.basic", core::mem::offset_of!(lb_opt_info, basic)),
    ("lb_opt_info.cli_only", core::mem::offset_of!(lb_opt_info, cli_only)),
    ("lb_opt_info.reserved0", core::mem::offset_of!(lb_opt_info, reserved0)),
    ("lb_turn", core::mem::size_of::<lb_turn>()),
    ("lb_turn.due_ns", core::mem::offset_of!(lb_turn, due_ns)),
    ("lb_turn.start_ns", core::mem::offset_of!(lb_turn, start_ns)),
    ("lb_turn.sent_ns", core::mem::offset_of!(lb_turn, sent_ns)),
    ("lb_turn.first_byte_ns", core::mem::offset_of!(lb_turn, first_byte_ns)),
    ("lb_turn.first_token_ns", core::mem::offset_of!(lb_turn, first_token_ns)),
    ("lb_turn.first_answer_ns", core::mem::offset_of!(lb_turn, first_answer_ns)),
    ("lb_turn.last_token_ns", core::mem::offset_of!(lb_turn, last_token_ns)),
    ("lb_turn.done_ns", core::mem::offset_of!(lb_turn, done_ns)),
    ("lb_turn.ttft_ns", core::mem::offset_of!(lb_turn, ttft_ns)),
    ("lb_turn.ttfa_ns", core::mem::offset_of!(lb_turn, ttfa_ns)),
    ("lb_turn.e2e_ns", core::mem::offset_of!(lb_turn, e2e_ns)),
    ("lb_turn.dns_ns", core::mem::offset_of!(lb_turn, dns_ns)),
    ("lb_turn.connect_ns", core::mem::offset_of!(lb_turn, connect_ns)),
    ("lb_turn.tls_ns", core::mem::offset_of!(lb_turn, tls_ns)),
    ("lb_turn.max_gap_ns", core::mem::offset_of!(lb_turn, max_gap_ns)),
    ("lb_turn.prompt_tokens", core::mem::offset_of!(lb_turn, prompt_tokens)),
    ("lb_turn.cached_tokens", core::mem::offset_of!(lb_turn, cached_tokens)),
    ("lb_turn.completion_tokens", core::mem::offset_of!(lb_turn, completion_tokens)),
    ("lb_turn.conversation", core::mem::offset_of!(lb_turn, conversation)),
    ("lb_turn.turn", core::mem::offset_of!(lb_turn, turn)),
    ("lb_turn.worker", core::mem::offset_of!(lb_turn, worker)),
    ("lb_turn.chunks", core::mem::offset_of!(lb_turn, chunks)),
    ("lb_turn.status", core::mem::offset_of!(lb_turn, status)),
    ("lb_turn.attempt", core::mem::offset_of!(lb_turn, attempt)),
    ("lb_turn.reused", core::mem::offset_of!(lb_turn, reused)),
    ("lb_turn.reconnected", core::mem::offset_of!(lb_turn, reconnected)),
    ("lb_turn.warmup", core::mem::offset_of!(lb_turn, warmup)),
    ("lb_turn.twin", core::mem::offset_of!(lb_turn, twin)),
    ("lb_turn.code", core::mem::offset_of!(lb_turn, code)),
    ("lb_turn.error", core::mem::offset_of!(lb_turn, error)),
    ("lb_turn.error_text", core::mem::offset_of!(lb_turn, error_text)),
    ("lb_turn.model", core::mem::offset_of!(lb_turn, model)),
    ("lb_turn.answered_by", core::mem::offset_of!(lb_turn, answered_by)),
    ("lb_turn.document", core::mem::offset_of!(lb_turn, document)),
    ("lb_turn.response_id", core::mem::offset_of!(lb_turn, response_id)),
    ("lb_turn.finish_reason", core::mem::offset_of!(lb_turn, finish_reason)),
    ("lb_turn.http_version", core::mem::offset_of!(lb_turn, http_version)),
    ("lb_turn.gateway_json", core::mem::offset_of!(lb_turn, gateway_json)),
    ("lb_turn.answer", core::mem::offset_of!(lb_turn, answer)),
    ("lb_turn.gaps_ns", core::mem::offset_of!(lb_turn, gaps_ns)),
    ("lb_turn.gap_count", core::mem::offset_of!(lb_turn, gap_count)),
    ("lb_message", core::mem::size_of::<lb_message>()),
    ("lb_message.text", core::mem::offset_of!(lb_message, text)),
    ("lb_message.len", core::mem::offset_of!(lb_message, len)),
    ("lb_message.role", core::mem::offset_of!(lb_message, role)),
    ("lb_message.reserved0", core::mem::offset_of!(lb_message, reserved0)),
    ("lb_check", core::mem::size_of::<lb_check>()),
    ("lb_check.name", core::mem::offset_of!(lb_check, name)),
    ("lb_check.text", core::mem::offset_of!(lb_check, text)),
    ("lb_check.advice", core::mem::offset_of!(lb_check, advice)),
    ("lb_check.status", core::mem::offset_of!(lb_check, status)),
    ("lb_check.reserved0", core::mem::offset_of!(lb_check, reserved0)),
    ("lb_stat", core::mem::size_of::<lb_stat>()),
    ("lb_stat.value", core::mem::offset_of!(lb_stat, value)),
    ("lb_stat.low", core::mem::offset_of!(lb_stat, low)),
    ("lb_stat.high", core::mem::offset_of!(lb_stat, high)),
    ("lb_stat.n_eff", core::mem::offset_of!(lb_stat, n_eff)),
    ("lb_stat.n", core::mem::offset_of!(lb_stat, n)),
    ("lb_event", core::mem::size_of::<lb_event>()),
    ("lb_event.at_ns", core::mem::offset_of!(lb_event, at_ns)),
    ("lb_event.turn", core::mem::offset_of!(lb_event, turn)),
    ("lb_event.text", core::mem::offset_of!(lb_event, text)),
    ("lb_event.in_flight", core::mem::offset_of!(lb_event, in_flight)),
    ("lb_event.ok", core::mem::offset_of!(lb_event, ok)),
    ("lb_event.failed", core::mem::offset_of!(lb_event, failed)),
    ("lb_event.planned", core::mem::offset_of!(lb_event, planned)),
    ("lb_event.kind", core::mem::offset_of!(lb_event, kind)),
    ("lb_event.reserved0", core::mem::offset_of!(lb_event, reserved0)),
];
