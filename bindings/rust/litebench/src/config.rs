// SPDX-License-Identifier: Apache-2.0
//! Options, documents and planned conversations.
use crate::context::{c, text, Object};
use crate::{Context, Error};
use litebench_sys as sys;
use std::time::Duration;

/// A row of the library's option table.
#[derive(Debug, Clone)]
pub struct OptionInfo {
    pub name: String,
    pub choices: String,
    pub default: String,
    pub help: String,
    pub min: f64,
    pub max: f64,
    pub secret: bool,
}

/// Every option that means something here, in the order of the table.
pub fn option_table() -> Vec<OptionInfo> {
    let mut rows = Vec::new();
    for index in 0.. {
        let mut info = std::mem::MaybeUninit::<sys::lb_opt_info>::uninit();
        // SAFETY: the library fills what it says it fills; the strings are static.
        unsafe {
            let size = std::mem::size_of::<sys::lb_opt_info>();
            if sys::lb_opt_at(info.as_mut_ptr(), size, index) != sys::LB_OK {
                break;
            }
            let info = info.assume_init();
            if info.cli_only == 0 {
                rows.push(OptionInfo {
                    name: text(info.name),
                    choices: text(info.choices),
                    default: text(info.dflt),
                    help: text(info.help),
                    min: info.min,
                    max: info.max,
                    secret: info.secret != 0,
                });
            }
        }
    }
    rows
}

/// Value of an option: text, a number, a truth, a duration or a list of texts.
#[derive(Debug, Clone)]
pub struct Value(Vec<String>);

macro_rules! value_from {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Value(vec![value.to_string()])
            }
        }
    )*};
}
value_from!(&str, String, bool, i32, i64, u32, u64, usize, f64);

impl From<Duration> for Value {
    fn from(value: Duration) -> Self {
        Value(vec![format!("{:.9}s", value.as_secs_f64())])
    }
}

impl From<&[&str]> for Value {
    fn from(values: &[&str]) -> Self {
        Value(values.iter().map(|v| v.to_string()).collect())
    }
}

/// A set of options.
pub struct Config(pub(crate) Object<sys::lb_config>);

impl Config {
    pub fn new(context: &Context) -> Result<Self, Error> {
        let ctx = &context.0;
        // SAFETY: a live context.
        let object = Object::new(ctx, sys::lb_config_free, |out| unsafe {
            sys::lb_config_new(out, ctx.ptr)
        })?;
        Ok(Config(object))
    }

    fn full(name: &str) -> String {
        let tail = format!(".{name}");
        let known = |row: &OptionInfo| !name.contains('.') && row.name.ends_with(&tail);
        match option_table().into_iter().find(known) {
            Some(row) => row.name,
            None => name.into(), // as it is: the library knows the nearest
        }
    }

    /// By full name ("load.workers") or its last part ("workers"); the library converts and checks.
    pub fn set(&self, name: &str, value: impl Into<Value>) -> Result<&Self, Error> {
        let (full, origin) = (c(&Self::full(name))?, c(&format!("Rust: {name}"))?);
        for (index, item) in value.into().0.iter().enumerate() {
            let item = c(item)?;
            let set = if index == 0 {
                sys::lb_config_set
            } else {
                sys::lb_config_add
            };
            // SAFETY: live texts.
            self.0
                .call(|ptr| unsafe { set(ptr, full.as_ptr(), item.as_ptr(), origin.as_ptr()) })?;
        }
        Ok(self)
    }

    /// What a preset says; before everything that it must not override.
    pub fn preset(&self, name: &str) -> Result<&Self, Error> {
        let name = c(name)?;
        // SAFETY: a live text.
        self.0
            .call(|ptr| unsafe { sys::lb_config_preset(ptr, name.as_ptr()) })?;
        Ok(self)
    }

    /// The value as text, "***" for a secret; item `index` of a list.
    pub fn get(&self, name: &str, index: usize) -> Result<String, Error> {
        let name = c(&Self::full(name))?;
        let mut value = String::new();
        self.0.call(|ptr| {
            let mut out = std::ptr::null();
            // SAFETY: what comes out is copied before the lock is gone.
            unsafe {
                let code = sys::lb_config_get(ptr, &mut out, name.as_ptr(), index);
                if code == sys::LB_OK {
                    value = text(out);
                }
                code
            }
        })?;
        Ok(value)
    }

    /// Rules that join several options; the error lists every fault, a line each.
    pub fn check(&self) -> Result<(), Error> {
        // SAFETY: a live object.
        self.0.call(|ptr| unsafe { sys::lb_config_check(ptr) })
    }
}

/// Documents to talk about.
pub struct Corpus(pub(crate) Object<sys::lb_corpus>);

impl Corpus {
    pub fn new(config: &Config) -> Result<Self, Error> {
        // SAFETY: a live config.
        let object = Object::new(&config.0.ctx, sys::lb_corpus_free, |out| unsafe {
            sys::lb_corpus_new(out, config.0.ptr)
        })?;
        Ok(Corpus(object))
    }

    /// An extension of the title decides between code and text.
    pub fn add(&self, title: &str, document: &str) -> Result<(), Error> {
        let title = c(title)?;
        let (data, len) = (document.as_ptr().cast(), document.len());
        // SAFETY: live texts, the second with its length.
        self.0
            .call(|ptr| unsafe { sys::lb_corpus_add(ptr, title.as_ptr(), data, len) })
    }

    /// A file or a folder.
    pub fn add_path(&self, path: &str) -> Result<(), Error> {
        let path = c(path)?;
        // SAFETY: a live text.
        self.0
            .call(|ptr| unsafe { sys::lb_corpus_add_path(ptr, path.as_ptr()) })
    }

    /// The documents in the library.
    pub fn add_builtin(&self) -> Result<(), Error> {
        // SAFETY: a live object.
        self.0
            .call(|ptr| unsafe { sys::lb_corpus_add_builtin(ptr) })
    }
}

/// Planned conversations: equal for equal options, documents and seed.
pub struct Plan(pub(crate) Object<sys::lb_plan>);

impl Plan {
    pub fn new(config: &Config, corpus: &Corpus) -> Result<Self, Error> {
        // SAFETY: live objects.
        let object = Object::new(&config.0.ctx, sys::lb_plan_free, |out| unsafe {
            sys::lb_plan_new(out, config.0.ptr, corpus.0.ptr)
        })?;
        Ok(Plan(object))
    }

    pub fn conversations(&self) -> usize {
        // SAFETY: a live object.
        self.0
            .ask(0, |ptr| unsafe { sys::lb_plan_conversations(ptr) })
    }

    pub fn turns(&self) -> usize {
        // SAFETY: a live object.
        self.0.ask(0, |ptr| unsafe { sys::lb_plan_turns(ptr) })
    }

    /// 16 hexadecimal digits that are equal for equal work.
    pub fn hash(&self) -> String {
        // SAFETY: a text of the plan, copied at once.
        self.0
            .ask(String::new(), |ptr| unsafe { text(sys::lb_plan_hash(ptr)) })
    }
}
