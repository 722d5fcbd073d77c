// SPDX-License-Identifier: Apache-2.0
//! Runs, their events, and one conversation by hand.
use crate::context::{text, Object};
use crate::results::read_turn;
use crate::{Config, Corpus, Dataset, Error, Plan, Report, Turn};
use litebench_sys as sys;
use std::ffi::{c_char, c_void};
use std::mem::{size_of, MaybeUninit};
use std::ops::ControlFlow;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::time::{Duration, Instant};

/// The longest wait inside the library: between two, other threads get their turn.
const SLICE: Duration = Duration::from_millis(100);

/// What an event tells.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum News {
    Started,
    Turn(Box<Turn>),
    Note(String),
    Done,
}

/// News, and the counters so far.
#[derive(Debug, Clone)]
pub struct Event {
    pub news: News,
    pub at_ns: i64,
    pub in_flight: u64,
    pub ok: u64,
    pub failed: u64,
    pub planned: u64,
}

/// One benchmark run.
pub struct Run(Object<sys::lb_run>);

impl Run {
    pub fn new(config: &Config, plan: &Plan) -> Result<Self, Error> {
        // SAFETY: live objects.
        let object = Object::new(&config.0.ctx, sys::lb_run_free, |out| unsafe {
            sys::lb_run_new(out, config.0.ptr, plan.0.ptr)
        })?;
        Ok(Run(object))
    }

    /// A run of these options: without a model, the first that the endpoint lists; without
    /// documents, those in the library.
    pub fn prepare(config: &Config) -> Result<Self, Error> {
        if config.get("target.model", 0).unwrap_or_default().is_empty() {
            let models = Client::new(config)?.models()?;
            let first = models.into_iter().next().ok_or_else(|| {
                Error::new(sys::LB_E_INVALID, "the endpoint lists no model".into())
            })?;
            config.set("target.model", first)?;
        }
        let corpus = Corpus::new(config)?;
        match config.get("plan.docs", 0)? {
            docs if docs.is_empty() => corpus.add_builtin()?,
            docs => corpus.add_path(&docs)?,
        }
        Run::new(config, &Plan::new(config, &corpus)?)
    }

    /// Starts it in the background and gives its events, `Done` as the last.
    pub fn events(&self) -> Result<Events<'_>, Error> {
        // SAFETY: a live object.
        self.0.call(|ptr| unsafe { sys::lb_run_start(ptr) })?;
        Ok(Events {
            run: self,
            over: false,
        })
    }

    /// Waits for one event; None: there was none in that time.
    pub fn next_event(&self, timeout: Duration) -> Result<Option<Event>, Error> {
        let until = Instant::now().checked_add(timeout);
        loop {
            let left = until.map_or(SLICE, |u| u.saturating_duration_since(Instant::now()));
            let event = self.pull(left.min(SLICE))?;
            if event.is_some() || left <= SLICE && until.is_some() {
                return Ok(event);
            }
        }
    }

    fn pull(&self, wait: Duration) -> Result<Option<Event>, Error> {
        let mut event = None;
        self.0.call(|ptr| {
            let mut raw = MaybeUninit::<sys::lb_event>::zeroed();
            let (size, ns) = (size_of::<sys::lb_event>(), wait.as_nanos() as i64);
            // SAFETY: all zero is a value of lb_event; strings are copied while the lock is held.
            unsafe {
                let code = sys::lb_run_next_event(ptr, raw.as_mut_ptr(), size, ns);
                if code == sys::LB_OK {
                    event = Some(read_event(&raw.assume_init()));
                }
                if code == sys::LB_E_TIMEOUT {
                    sys::LB_OK
                } else {
                    code
                }
            }
        })?;
        Ok(event)
    }

    /// Runs to the end and gives the result, a partial one when it was cancelled.
    pub fn execute(&self) -> Result<Report, Error> {
        for event in self.events()? {
            event?;
        }
        self.report()
    }

    /// Asks for an orderly end, from any thread.
    pub fn cancel(&self) {
        // SAFETY: a live object, and the one function that needs no lock.
        unsafe { sys::lb_run_cancel(self.0.ptr) }
    }

    /// The result so far; after the end, the result.
    pub fn report(&self) -> Result<Report, Error> {
        // SAFETY: a live object.
        Report::make(&self.0, |out| unsafe {
            sys::lb_run_report(out, self.0.ptr)
        })
    }

    /// The records so far.
    pub fn dataset(&self) -> Result<Dataset, Error> {
        // SAFETY: a live object.
        let object = Object::new(&self.0.ctx, sys::lb_dataset_free, |out| unsafe {
            sys::lb_run_dataset(out, self.0.ptr)
        })?;
        Ok(Dataset(object))
    }
}

/// # Safety
/// `raw` was filled by the library, and its pointers still live.
unsafe fn read_event(raw: &sys::lb_event) -> Event {
    let news = match raw.kind {
        sys::LB_EV_TURN if !raw.turn.is_null() => News::Turn(Box::new(read_turn(&*raw.turn))),
        sys::LB_EV_NOTE => News::Note(text(raw.text)),
        sys::LB_EV_DONE => News::Done,
        _ => News::Started,
    };
    Event {
        news,
        at_ns: raw.at_ns,
        in_flight: raw.in_flight,
        ok: raw.ok,
        failed: raw.failed,
        planned: raw.planned,
    }
}

/// Events of a run.
pub struct Events<'a> {
    run: &'a Run,
    over: bool,
}

impl Iterator for Events<'_> {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let event = self.run.next_event(Duration::MAX).transpose();
        self.over = matches!(
            event,
            Some(Ok(Event {
                news: News::Done,
                ..
            })) | Some(Err(_))
        );
        event
    }
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    System,
    User,
    Assistant,
}

/// One conversation by hand. A call waits for the end of the answer.
pub struct Client(Object<sys::lb_client>);

struct Listener<'a> {
    listen: &'a mut dyn FnMut(&str) -> ControlFlow<()>,
    panic: Option<Box<dyn std::any::Any + Send>>,
}

/// A panic must not cross the frames of C: it waits in the listener.
unsafe extern "C" fn on_delta(user: *mut c_void, data: *const c_char, len: usize, _: i64) -> i32 {
    let listener = &mut *user.cast::<Listener>();
    let piece = String::from_utf8_lossy(std::slice::from_raw_parts(data.cast::<u8>(), len));
    match catch_unwind(AssertUnwindSafe(|| (listener.listen)(&piece))) {
        Ok(ControlFlow::Continue(())) => sys::LB_OK,
        Ok(ControlFlow::Break(())) => sys::LB_E_USER,
        Err(panic) => {
            listener.panic = Some(panic);
            sys::LB_E_USER
        }
    }
}

impl Client {
    /// Keeps the options as they are now.
    pub fn new(config: &Config) -> Result<Self, Error> {
        // SAFETY: a live config.
        let object = Object::new(&config.0.ctx, sys::lb_client_free, |out| unsafe {
            sys::lb_client_new(out, config.0.ptr)
        })?;
        Ok(Client(object))
    }

    /// What the endpoint lists.
    pub fn models(&self) -> Result<Vec<String>, Error> {
        let mut models = Vec::new();
        self.0.call(|ptr| loop {
            let mut out = std::ptr::null();
            // SAFETY: copied while the lock is held.
            unsafe {
                let null = std::ptr::null_mut();
                match sys::lb_client_model(ptr, &mut out, null, models.len()) {
                    sys::LB_OK => models.push(text(out)),
                    sys::LB_E_RANGE => return sys::LB_OK,
                    code => return code,
                }
            }
        })?;
        Ok(models)
    }

    /// With `true` calls under way and later ones end with `Kind::Canceled`, be it before the first
    /// token, until `false` lets them work again. From any thread.
    pub fn cancel(&self, on: bool) {
        // SAFETY: a live object, and a function that needs no lock.
        unsafe { sys::lb_client_cancel(self.0.ptr, on.into()) }
    }

    /// What the endpoint does wrong is no error but `Turn::error`.
    pub fn chat(&self, messages: &[(Role, &str)]) -> Result<Turn, Error> {
        self.chat_with(messages, &mut |_| ControlFlow::Continue(()))
    }

    /// The same; `listen` gets every piece of the answer as it comes and may stop it.
    pub fn chat_with(
        &self,
        messages: &[(Role, &str)],
        listen: &mut dyn FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Turn, Error> {
        let array: Vec<sys::lb_message> = messages
            .iter()
            .map(|(role, text)| sys::lb_message {
                text: text.as_ptr().cast(),
                len: text.len(),
                role: *role as i32,
                reserved0: 0,
            })
            .collect();
        let mut listener = Listener {
            listen,
            panic: None,
        };
        let mut turn = Turn::default();
        let done = self.0.call(|ptr| {
            let mut raw = MaybeUninit::<sys::lb_turn>::uninit();
            let user = (&mut listener as *mut Listener).cast();
            // SAFETY: the array and the listener outlive the call; the turn is filled when LB_OK.
            unsafe {
                let size = size_of::<sys::lb_turn>();
                let (data, len) = (array.as_ptr(), array.len());
                let code = sys::lb_client_chat(
                    ptr,
                    raw.as_mut_ptr(),
                    size,
                    data,
                    len,
                    Some(on_delta),
                    user,
                );
                if code == sys::LB_OK {
                    turn = read_turn(&raw.assume_init());
                }
                code
            }
        });
        if let Some(panic) = listener.panic {
            resume_unwind(panic);
        }
        done.map(|()| turn)
    }
}
