// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]

mod config;
mod context;
mod error;
mod results;
mod run;

pub use config::{option_table, Config, Corpus, OptionInfo, Plan, Value};
pub use context::Context;
pub use error::{Error, Kind};
pub use results::{Dataset, Recorder, Report, Stat, Turn};
pub use run::{Client, Event, Events, News, Role, Run};

/// Version of the loaded library.
pub fn version() -> String {
    // SAFETY: never NULL, static.
    unsafe { context::text(litebench_sys::lb_version()) }
}

/// What the loaded library stands on.
pub fn build_info() -> String {
    // SAFETY: never NULL, static.
    unsafe { context::text(litebench_sys::lb_build_info()) }
}
