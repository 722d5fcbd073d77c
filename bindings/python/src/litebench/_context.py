# SPDX-License-Identifier: Apache-2.0
"""The context, which keeps its objects to one thread at a time, and what all objects share.

What the garbage collector finds is freed at the next call on its context, never from inside the
collector: it may run on any thread, at any time.
"""
import collections
import ctypes
import os
import threading
from typing import Any, Callable, Deque, List, Optional, Tuple

from . import _abi
from ._native import LIB, make_error, to_bytes

Log = Callable[[int, str], None]


class Context:
    """Log and last error of everything that is made from it. Safe to share between threads, which
    then take turns; two contexts have nothing to do with each other. It needs no closing.

    `log(level, text)` may be called from threads of the library; level 0 is an error, 3 debug.
    """

    def __init__(self, log: Optional[Log] = None, log_level: int = _abi.LOG_INFO) -> None:
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._dead: Deque[Tuple[str, int]] = collections.deque()
        self._keep: List[Any] = []
        self._ptr: Optional[int] = None
        options = _abi.lb_ctx_options(log_level=log_level)
        if log is not None:
            options.log = self._log_callback(log)
        out = ctypes.c_void_p()
        code = LIB.lb_ctx_new(ctypes.byref(out), options, ctypes.sizeof(options))
        if code:
            raise make_error(code, "")
        self._ptr = out.value

    def _log_callback(self, log: Log) -> Any:
        def call(_user, level, text):
            log(level, ctypes.string_at(text).decode(errors="replace"))

        self._keep.append(_abi.lb_log_cb(call))
        return self._keep[-1]

    def _bury(self) -> None:
        while self._dead:
            name, ptr = self._dead.popleft()
            getattr(LIB, name)(ptr)

    def _call(self, name: str, *arguments: Any) -> int:
        """Calls a function that returns lb_err; raises what it says, returns LB_OK."""
        with self._lock:
            code = self._try(name, *arguments)
            if code:
                raise make_error(code, LIB.lb_ctx_error(self._ptr).decode(errors="replace"))
            return code

    def _try(self, name: str, *arguments: Any) -> int:
        """The same, but the code comes back. The caller holds the lock."""
        if self._pid != os.getpid():
            raise RuntimeError("litebench objects do not survive a fork: make new ones")
        self._bury()
        return getattr(LIB, name)(*arguments)

    def __del__(self) -> None:
        if getattr(self, "_ptr", None) is not None and self._pid == os.getpid():
            self._bury()
            LIB.lb_ctx_free(self._ptr)
            self._ptr = None


class Object:
    """Something with an lb_..._free. Close it, use `with`, or leave it to the collector."""

    _free = ""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ptr: Optional[int] = None

    def _make(self, name: str, *arguments: Any) -> None:
        out = ctypes.c_void_p()
        self._context._call(name, ctypes.byref(out), *arguments)
        self._ptr = out.value

    @classmethod
    def _wrap(cls, context: Context, name: str, *arguments: Any):
        self = cls.__new__(cls)
        Object.__init__(self, context)
        self._make(name, *arguments)
        return self

    @property
    def _p(self) -> int:
        if self._ptr is None:
            raise ValueError(f"this {type(self).__name__} is closed")
        return self._ptr

    def close(self) -> None:
        """Frees it now. Order does not matter; closing twice is fine."""
        with self._context._lock:
            ptr, self._ptr = self._ptr, None
            if ptr is not None and self._context._pid == os.getpid():
                getattr(LIB, self._free)(ptr)

    def __enter__(self):
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def __del__(self) -> None:
        ptr = getattr(self, "_ptr", None)
        if ptr is None or self._context._pid != os.getpid():
            return
        if self._context._ptr is None:  # collected together, the context first: nobody else is left
            getattr(LIB, self._free)(ptr)
        else:
            self._context._dead.append((self._free, ptr))


class Callback:
    """A Python function as lb_write_cb or lb_delta_cb. Its exception stops the call that calls it
    and comes out of that call."""

    def __init__(self, kind: Any, function: Callable[..., None]) -> None:
        self.error: Optional[BaseException] = None
        self.function = function
        self.pointer = kind(self._run)

    def _run(self, _user, data, length, *more) -> int:
        try:
            self.function(ctypes.string_at(data, length), *more)
        except BaseException as error:  # an exception must not cross the frames of C
            self.error = error
            return _abi.E_USER
        return _abi.OK

    def raise_if_failed(self) -> None:
        error, self.error = self.error, None
        if error is not None:
            raise error


def text_out(context: Context, name: str, ptr: int, path: str, *more: int) -> str:
    """For functions that put a text into a `const char **`; copied before the lock is gone."""
    out = ctypes.c_char_p()
    with context._lock:
        context._call(name, ptr, ctypes.byref(out), to_bytes(path), *more)
        return (out.value or b"").decode(errors="replace")
