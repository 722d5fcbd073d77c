// SPDX-License-Identifier: Apache-2.0
//! Records, statistics and reports.
use crate::context::{c, text, Object};
use crate::{Config, Context, Error};
use litebench_sys as sys;
use std::mem::{size_of, MaybeUninit};

macro_rules! turn {
    (known: $($known:ident)*; plain: $($plain:ident)*; texts: $($text:ident)*;) => {
        /// Record of one request. Times in nanoseconds since the start of the measured part, None
        /// where unknown; the header says what each is.
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct Turn {
            $(pub $known: Option<i64>,)*
            $(pub $plain: i32,)*
            $(pub $text: String,)*
            pub gaps_ns: Vec<i64>,
        }

        /// # Safety
        /// `raw` is one that the library filled, and its strings still live.
        pub(crate) unsafe fn read_turn(raw: &sys::lb_turn) -> Turn {
            Turn {
                $($known: (raw.$known != sys::LB_UNKNOWN).then_some(raw.$known),)*
                $($plain: raw.$plain,)*
                $($text: text(raw.$text),)*
                gaps_ns: match raw.gap_count {
                    0 => Vec::new(),
                    n => std::slice::from_raw_parts(raw.gaps_ns, n).to_vec(),
                },
            }
        }
    };
}

turn! {
    known: due_ns start_ns sent_ns first_byte_ns first_token_ns first_answer_ns last_token_ns
        done_ns ttft_ns ttfa_ns e2e_ns dns_ns connect_ns tls_ns max_gap_ns prompt_tokens
        cached_tokens completion_tokens conversation;
    plain: turn worker chunks status attempt reused reconnected warmup twin code;
    texts: error error_text model answered_by document response_id finish_reason http_version
        gateway_json answer;
}

/// A value with its 95 % interval; NAN where the sample cannot bound it.
#[derive(Debug, Clone, Copy)]
pub struct Stat {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub n_eff: f64,
    pub n: u64,
}

/// Statistics of one clock of your own.
pub struct Recorder(Object<sys::lb_recorder>);

impl Recorder {
    pub fn new(context: &Context) -> Result<Self, Error> {
        let ctx = &context.0;
        // SAFETY: a live context.
        let object = Object::new(ctx, sys::lb_recorder_free, |out| unsafe {
            sys::lb_recorder_new(out, ctx.ptr)
        })?;
        Ok(Recorder(object))
    }

    /// None: there was no value, a failure. Values of one cluster (conversation) hang together.
    pub fn add(&self, cluster: u64, value: Option<f64>) -> Result<(), Error> {
        let missed = i32::from(value.is_none());
        // SAFETY: a live object.
        self.0
            .call(|ptr| unsafe { sys::lb_recorder_add(ptr, cluster, value.unwrap_or(0.0), missed) })
    }

    /// "mean", "min", "max", "stddev", "p50", "p99.9" ...
    pub fn stat(&self, what: &str) -> Result<Stat, Error> {
        let what = c(what)?;
        let mut out = MaybeUninit::<sys::lb_stat>::uninit();
        let size = size_of::<sys::lb_stat>();
        // SAFETY: filled when the call is LB_OK, else `?` leaves.
        self.0.call(|ptr| unsafe {
            sys::lb_recorder_stat(ptr, out.as_mut_ptr(), size, what.as_ptr())
        })?;
        let out = unsafe { out.assume_init() };
        Ok(Stat {
            value: out.value,
            low: out.low,
            high: out.high,
            n_eff: out.n_eff,
            n: out.n,
        })
    }
}

/// Records: of a run or of a file.
pub struct Dataset(pub(crate) Object<sys::lb_dataset>);

impl Dataset {
    /// NDJSON as `litebench run -o FILE.ndjson` writes it.
    pub fn load(context: &Context, ndjson: &str) -> Result<Self, Error> {
        let ctx = &context.0;
        // SAFETY: a live context.
        let object = Object::new(ctx, sys::lb_dataset_free, |out| unsafe {
            sys::lb_dataset_new(out, ctx.ptr)
        })?;
        let (data, len) = (ndjson.as_ptr().cast(), ndjson.len());
        // SAFETY: a live text with its length.
        object.call(|ptr| unsafe { sys::lb_dataset_load(ptr, data, len) })?;
        Ok(Dataset(object))
    }

    pub fn turns(&self) -> Result<Vec<Turn>, Error> {
        let mut turns = Vec::new();
        self.0.call(|ptr| {
            // SAFETY: filled when LB_OK; strings belong to the dataset.
            unsafe {
                for index in 0..sys::lb_dataset_size(ptr) {
                    let mut raw = MaybeUninit::<sys::lb_turn>::uninit();
                    let size = size_of::<sys::lb_turn>();
                    let code = sys::lb_dataset_at(ptr, raw.as_mut_ptr(), size, index);
                    if code != sys::LB_OK {
                        return code;
                    }
                    turns.push(read_turn(&raw.assume_init()));
                }
            }
            sys::LB_OK
        })?;
        Ok(turns)
    }

    /// Folded and judged; objectives of `config` replace the stored ones.
    pub fn report(&self, config: Option<&Config>) -> Result<Report, Error> {
        let config = config.map_or(std::ptr::null(), |config| config.0.ptr.cast_const());
        // SAFETY: live objects.
        Report::make(&self.0, |out| unsafe {
            sys::lb_report_new(out, self.0.ptr, config)
        })
    }
}

/// A judged result. Outlives its run.
pub struct Report(Object<sys::lb_report>);

impl Report {
    pub(crate) fn make<T>(
        from: &Object<T>,
        make: impl FnOnce(*mut *mut sys::lb_report) -> sys::lb_err,
    ) -> Result<Self, Error> {
        Ok(Report(Object::new(&from.ctx, sys::lb_report_free, make)?))
    }

    /// By its path in the JSON form: "metrics.ttft.p95.value" in milliseconds; None for null.
    pub fn number(&self, path: &str) -> Result<Option<f64>, Error> {
        let path = c(path)?;
        let mut out = 0.0;
        // SAFETY: live objects.
        self.0
            .call(|ptr| unsafe { sys::lb_report_number(ptr, &mut out, path.as_ptr()) })?;
        Ok((!out.is_nan()).then_some(out))
    }

    /// By its path: "verdict.sentence".
    pub fn text(&self, path: &str) -> Result<String, Error> {
        let path = c(path)?;
        let mut value = String::new();
        self.0.call(|ptr| {
            let mut out = std::ptr::null();
            // SAFETY: copied while the lock is held.
            unsafe {
                let code = sys::lb_report_text(ptr, &mut out, path.as_ptr());
                if code == sys::LB_OK {
                    value = text(out);
                }
                code
            }
        })?;
        Ok(value)
    }

    /// In a format: "text", "json", "markdown" ...
    pub fn render(&self, format: &str) -> Result<String, Error> {
        let format = c(format)?;
        let mut value = String::new();
        self.0.call(|ptr| {
            let (mut out, mut len) = (std::ptr::null_mut(), 0);
            // SAFETY: copied, then freed, when LB_OK.
            unsafe {
                let code = sys::lb_report_render(ptr, &mut out, &mut len, format.as_ptr());
                if code == sys::LB_OK {
                    let bytes = std::slice::from_raw_parts(out.cast::<u8>(), len);
                    value = String::from_utf8_lossy(bytes).into_owned();
                    sys::lb_free(self.0.ctx.ptr, out.cast());
                }
                code
            }
        })?;
        Ok(value)
    }

    /// Exit code that a program should end with.
    pub fn exit_code(&self) -> i32 {
        // SAFETY: a live object.
        self.0
            .ask(3, |ptr| unsafe { sys::lb_report_exit_code(ptr) })
    }
}
