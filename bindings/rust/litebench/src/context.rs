// SPDX-License-Identifier: Apache-2.0
//! The context, which lets one call at a time into its objects, and what all objects share.
use crate::Error;
use litebench_sys as sys;
use std::ffi::{c_char, CStr, CString};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Everything else is made from one. Threads may share its objects: they take turns.
#[derive(Clone)]
pub struct Context(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) ptr: *mut sys::lb_ctx,
    lock: Mutex<()>,
    owner: AtomicUsize, // the thread inside a call, 0: none
}

// SAFETY: every call into the library is made with the lock held.
unsafe impl Send for Inner {}
unsafe impl Sync for Inner {}

thread_local!(static HERE: u8 = const { 0 });

fn this_thread() -> usize {
    HERE.with(|here| here as *const u8 as usize)
}

impl Context {
    pub fn new() -> Result<Self, Error> {
        let mut ptr = std::ptr::null_mut();
        // SAFETY: no options, size 0.
        match unsafe { sys::lb_ctx_new(&mut ptr, std::ptr::null(), 0) } {
            sys::LB_OK => Ok(Context(Arc::new(Inner {
                ptr,
                lock: Mutex::new(()),
                owner: AtomicUsize::new(0),
            }))),
            code => Err(Error::new(code, String::new())),
        }
    }
}

impl Inner {
    /// One call; its error text is read before anybody can change it.
    pub(crate) fn call(&self, call: impl FnOnce() -> sys::lb_err) -> Result<(), Error> {
        if self.owner.load(Ordering::Relaxed) == this_thread() {
            let text = "called from inside a callback of the same context".into();
            return Err(Error::new(sys::LB_E_STATE, text));
        }
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.owner.store(this_thread(), Ordering::Relaxed);
        let code = call();
        self.owner.store(0, Ordering::Relaxed);
        if code == sys::LB_OK {
            return Ok(());
        }
        // SAFETY: the context lives, the lock is held.
        Err(Error::new(code, unsafe {
            text(sys::lb_ctx_error(self.ptr))
        }))
    }

    /// Frees something, also from inside a callback: children hold their parents.
    fn free(&self, free: impl FnOnce()) {
        if self.owner.load(Ordering::Relaxed) == this_thread() {
            return free();
        }
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        free();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // SAFETY: the last one that knows it.
        unsafe { sys::lb_ctx_free(self.ptr) }
    }
}

/// Something with an lb_..._free.
pub(crate) struct Object<T> {
    pub(crate) ctx: Arc<Inner>,
    pub(crate) ptr: *mut T,
    free: unsafe extern "C" fn(*mut T),
}

// SAFETY: used with the lock of the context only.
unsafe impl<T> Send for Object<T> {}
unsafe impl<T> Sync for Object<T> {}

impl<T> Object<T> {
    pub(crate) fn new(
        ctx: &Arc<Inner>,
        free: unsafe extern "C" fn(*mut T),
        make: impl FnOnce(*mut *mut T) -> sys::lb_err,
    ) -> Result<Self, Error> {
        let mut ptr = std::ptr::null_mut();
        ctx.call(|| make(&mut ptr))?;
        Ok(Object {
            ctx: ctx.clone(),
            ptr,
            free,
        })
    }

    pub(crate) fn call(&self, call: impl FnOnce(*mut T) -> sys::lb_err) -> Result<(), Error> {
        self.ctx.call(|| call(self.ptr))
    }

    /// A call that cannot fail and gives a value.
    pub(crate) fn ask<V>(&self, fallback: V, ask: impl FnOnce(*mut T) -> V) -> V {
        let mut value = fallback;
        let _ = self.call(|ptr| {
            value = ask(ptr);
            sys::LB_OK
        });
        value
    }
}

impl<T> Drop for Object<T> {
    fn drop(&mut self) {
        // SAFETY: made by the library, freed once.
        self.ctx.free(|| unsafe { (self.free)(self.ptr) });
    }
}

/// A copy of a text of the library.
///
/// # Safety
/// `ptr` is NUL-terminated, or NULL for "".
pub(crate) unsafe fn text(ptr: *const c_char) -> String {
    if ptr.is_null() {
        return String::new();
    }
    CStr::from_ptr(ptr).to_string_lossy().into_owned()
}

/// A text for the library; one with a NUL in it is a mistake of the caller.
pub(crate) fn c(text: &str) -> Result<CString, Error> {
    CString::new(text)
        .map_err(|_| Error::new(sys::LB_E_INVALID, format!("{text:?} has a NUL in it")))
}
