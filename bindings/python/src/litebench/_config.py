# SPDX-License-Identifier: Apache-2.0
"""Options: keywords that are looked up in the library's own table."""
import ctypes
import datetime
import keyword
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Union

from . import _abi
from ._context import Context, Object, text_out
from ._native import LIB, LitebenchError, to_bytes

Value = Union[str, bool, int, float, datetime.timedelta, List[str]]


class OptionInfo(NamedTuple):
    """A row of the option table."""

    name: str
    keyword: str
    kind: int
    choices: List[str]
    default: str
    help: str
    example: str
    minimum: float
    maximum: float
    secret: bool


def _keyword(name: str) -> str:
    word = name.rsplit(".", maxsplit=1)[-1]
    return word + "_" if keyword.iskeyword(word) else word


def _read_table() -> Iterator[OptionInfo]:
    info = _abi.lb_opt_info()
    index = 0
    while LIB.lb_opt_at(ctypes.byref(info), ctypes.sizeof(info), index) == _abi.OK:
        index += 1
        if not info.cli_only:
            name, choices = info.name.decode(), info.choices.decode()
            yield OptionInfo(name, _keyword(name), info.kind,
                             choices.split("|") if choices else [], info.dflt.decode(),
                             info.help.decode(), info.example.decode(), info.min, info.max,
                             bool(info.secret))


OPTIONS: Dict[str, OptionInfo] = {row.keyword: row for row in _read_table()}


def presets() -> Dict[str, str]:
    """Name and one line of help of every preset."""
    found: Dict[str, str] = {}
    name, text = ctypes.c_char_p(), ctypes.c_char_p()
    while LIB.lb_preset_at(ctypes.byref(name), ctypes.byref(text), len(found)) == _abi.OK:
        found[(name.value or b"").decode()] = (text.value or b"").decode()
    return found


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.timedelta):
        return f"{value.total_seconds():.9f}s"
    if isinstance(value, float):
        return f"{value:.17g}"
    return str(value)


class Config(Object):
    """Options by keyword (`workers=8`), by full name (`config["load.workers"] = 8`) or both.

    Values are Python's or text as on a command line; the library converts, checks and words the
    errors. None leaves an option as it is.
    """

    _free = "lb_config_free"

    def __init__(self, context: Optional[Context] = None, *, preset: Optional[str] = None,
                 **options: Any) -> None:
        super().__init__(context or Context())
        self._make("lb_config_new", self._context._ptr)
        if preset is not None:
            self._context._call("lb_config_preset", self._p, to_bytes(preset))
        self.update(options)

    def update(self, options: Mapping[str, Any]) -> None:
        """Sets several, by keyword or by full name."""
        for name, value in options.items():
            self[name] = value

    @staticmethod
    def _full(name: str) -> str:
        # An unknown one goes on as it is: the library knows the nearest.
        return OPTIONS[name].name if name in OPTIONS else name

    def __setitem__(self, name: str, value: Any) -> None:
        if value is None:
            return
        full = to_bytes(self._full(name))
        items = list(value) if isinstance(value, (list, tuple)) else [value]
        for index, item in enumerate(items):
            self._context._call("lb_config_add" if index else "lb_config_set", self._p, full,
                                to_bytes(_as_text(item)), to_bytes(f"Python: {name}"))

    def __getitem__(self, name: str) -> str:
        """The value as text, "***" for a secret; of a list, its items with commas."""
        full, out = to_bytes(self._full(name)), ctypes.c_char_p()
        found: List[str] = []
        with self._context._lock:
            try:
                while True:
                    self._context._call("lb_config_get", self._p, ctypes.byref(out), full,
                                        len(found))
                    found.append((out.value or b"").decode())
            except LitebenchError as error:
                if error.code != _abi.E_RANGE:
                    raise
        return ",".join(found)

    def origin(self, name: str) -> str:
        """Where the value came from."""
        return text_out(self._context, "lb_config_origin", self._p, self._full(name))

    def load_json(self, text: str, origin: Optional[str] = None) -> None:
        """{"group": {"name": value}} or {"group.name": value}."""
        data = text.encode()
        self._context._call("lb_config_load_json", self._p, data, len(data), to_bytes(origin))

    def check(self) -> None:
        """Rules that join several options; the error lists every fault, a line each."""
        self._context._call("lb_config_check", self._p)

    def copy(self) -> "Config":
        """An independent one with the same values."""
        return self._wrap(self._context, "lb_config_clone", self._p)
