// SPDX-License-Identifier: Apache-2.0
//! A call that failed.
use crate::context::text;
use litebench_sys as sys;
use std::fmt;

/// What went wrong, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    OutOfMemory,
    Invalid,
    State,
    Io,
    Parse,
    Net,
    Http,
    Timeout,
    Canceled,
    NotFound,
    Range,
    Unsupported,
    User,
    Other,
}

/// The code and the library's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: sys::lb_err,
    text: String,
}

impl Error {
    pub(crate) fn new(code: sys::lb_err, text: String) -> Self {
        Error { code, text }
    }

    pub fn kind(&self) -> Kind {
        match self.code {
            sys::LB_E_NOMEM => Kind::OutOfMemory,
            sys::LB_E_INVALID => Kind::Invalid,
            sys::LB_E_STATE => Kind::State,
            sys::LB_E_IO => Kind::Io,
            sys::LB_E_PARSE => Kind::Parse,
            sys::LB_E_NET => Kind::Net,
            sys::LB_E_HTTP => Kind::Http,
            sys::LB_E_TIMEOUT => Kind::Timeout,
            sys::LB_E_CANCELED => Kind::Canceled,
            sys::LB_E_NOTFOUND => Kind::NotFound,
            sys::LB_E_RANGE => Kind::Range,
            sys::LB_E_UNSUPPORTED => Kind::Unsupported,
            sys::LB_E_USER => Kind::User,
            _ => Kind::Other,
        }
    }

    /// Stable, for logs: "LB_E_INVALID".
    pub fn name(&self) -> String {
        // SAFETY: static text for every code.
        unsafe { text(sys::lb_err_name(self.code)) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.text.is_empty() {
            // SAFETY: static text for every code.
            return f.write_str(&unsafe { text(sys::lb_err_text(self.code)) });
        }
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}
