# SPDX-License-Identifier: Apache-2.0
"""Finds and loads liblitebench, and turns its codes into exceptions."""
import ctypes
import os
from typing import Dict, Optional, Type

from . import _abi

SONAME = "liblitebench.so.0"


class LitebenchError(Exception):
    """A call that failed: `code` as in the header, `name` ("LB_E_INVALID"), the library's text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text or error_text(code))
        self.code = code

    @property
    def name(self) -> str:
        return LIB.lb_err_name(self.code).decode()


class InvalidError(LitebenchError, ValueError):
    """A bad argument or value of an option."""


class StateError(LitebenchError):
    """A call that does not fit the object's state."""


class ParseError(LitebenchError, ValueError):
    """Text that is not what it should be."""


class NetworkError(LitebenchError):
    """Name, connection, TLS or transfer failed, or the endpoint refused."""


class CanceledError(LitebenchError):
    """cancel() was called."""


class NotFoundError(LitebenchError, LookupError):
    """No option, number or format of that name."""


KINDS: Dict[int, Type[LitebenchError]] = {
    _abi.E_INVALID: InvalidError,
    _abi.E_STATE: StateError,
    _abi.E_PARSE: ParseError,
    _abi.E_NET: NetworkError,
    _abi.E_HTTP: NetworkError,
    _abi.E_CANCELED: CanceledError,
    _abi.E_NOTFOUND: NotFoundError,
}


def make_error(code: int, text: str) -> Exception:
    if code == _abi.E_NOMEM:
        return MemoryError(text)
    if code == _abi.E_TIMEOUT:
        return TimeoutError(text)
    return KINDS.get(code, LitebenchError)(code, text)


def _candidates():
    """A library of your own, the one in the wheel, the one of the system."""
    own = os.environ.get("LITEBENCH_LIBRARY")
    if own:
        return [own]
    return [os.path.join(os.path.dirname(__file__), "lib", SONAME), SONAME]


def _open() -> ctypes.CDLL:
    reasons = []
    for name in _candidates():
        if os.sep in name and not os.path.exists(name):
            reasons.append(f"{name}: no such file")
            continue
        try:
            return ctypes.CDLL(name)
        except OSError as error:
            reasons.append(str(error))
    raise ImportError("liblitebench cannot be loaded: install liblitebench0 (Debian, Ubuntu) or "
                      "liblitebench (Fedora), or let LITEBENCH_LIBRARY name the file\n  "
                      + "\n  ".join(reasons))


def _load() -> ctypes.CDLL:
    lib = _open()
    for name, (result, arguments) in _abi.PROTOTYPES.items():
        try:
            function = getattr(lib, name)
        except AttributeError:
            raise ImportError(f"liblitebench has no {name}: it is older than this package, "
                              f"{_abi.VERSION}") from None
        function.restype = result
        function.argtypes = arguments
    return lib


LIB = _load()
VERSION: str = LIB.lb_version().decode()
BUILD_INFO: str = LIB.lb_build_info().decode()


def error_text(code: int) -> str:
    return LIB.lb_err_text(code).decode()


def to_bytes(text: Optional[str]) -> Optional[bytes]:
    return None if text is None else text.encode()
