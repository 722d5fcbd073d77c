# SPDX-License-Identifier: Apache-2.0
"""Documents, plans, a client, the recorder, records and reports."""
import ctypes
import json
import math
import queue
import threading
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from . import _abi
from ._config import Config
from ._context import Callback, Context, Object, text_out
from ._native import LIB, LitebenchError, to_bytes
from ._records import Turn

Message = Union[str, Tuple[str, str]]
ROLES = {"system": _abi.ROLE_SYSTEM, "user": _abi.ROLE_USER, "assistant": _abi.ROLE_ASSISTANT}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if value == _abi.UNKNOWN:
        return None
    return value / 1e6 if name.endswith("_ns") else value


def read_turn(raw: Any) -> Turn:
    """A copy of an lb_turn; the caller holds the lock that keeps its strings alive."""
    values: Dict[str, Any] = {}
    for name, _ in raw._fields_:
        if name == "gaps_ns":
            values["gaps_ms"] = [raw.gaps_ns[i] / 1e6 for i in range(raw.gap_count)]
        elif name != "gap_count":
            key = name[:-3] + "_ms" if name.endswith("_ns") else name
            values[key] = _plain(name, getattr(raw, name))
    return Turn(**values)


class Corpus(Object):
    """Documents to talk about."""

    _free = "lb_corpus_free"

    def __init__(self, config: Config) -> None:
        super().__init__(config._context)
        self._make("lb_corpus_new", config._p)

    def add(self, title: str, text: str) -> None:
        """A document; an extension of the title decides between code and text."""
        data = text.encode()
        self._context._call("lb_corpus_add", self._p, to_bytes(title), data, len(data))

    def add_path(self, path: str) -> None:
        """A file or a folder."""
        self._context._call("lb_corpus_add_path", self._p, to_bytes(str(path)))

    def add_builtin(self) -> None:
        """The documents in the library."""
        self._context._call("lb_corpus_add_builtin", self._p)

    def __len__(self) -> int:
        return LIB.lb_corpus_size(self._p)


class Plan(Object):
    """Planned conversations: equal for equal options, documents and seed."""

    _free = "lb_plan_free"

    def __init__(self, config: Config, corpus: Corpus) -> None:
        super().__init__(config._context)
        self._make("lb_plan_new", config._p, corpus._p)

    @property
    def conversations(self) -> int:
        return LIB.lb_plan_conversations(self._p)

    @property
    def turns(self) -> int:
        return LIB.lb_plan_turns(self._p)

    @property
    def hash(self) -> str:
        return LIB.lb_plan_hash(self._p).decode()

    def message(self, conversation: int, turn: int) -> str:
        """User message; turns count from 1."""
        text, length = ctypes.c_void_p(), ctypes.c_size_t()
        with self._context._lock:
            self._context._call("lb_plan_message", self._p, ctypes.byref(text),
                                ctypes.byref(length), conversation, turn)
            return ctypes.string_at(text.value or 0, length.value).decode()


class Model(NamedTuple):
    """What an endpoint lists; context 0: not said."""

    name: str
    context: int


class Client(Object):
    """One conversation by hand. A call waits for the whole answer; ^C ends it at once."""

    _free = "lb_client_free"

    def __init__(self, config: Optional[Config] = None, **options: Any) -> None:
        config = config or Config(**options)
        super().__init__(config._context)
        self._life = threading.Lock()  # of the two below, and keeps cancel() away from close()
        self._waiting = 0
        self._make("lb_client_new", config._p)

    def cancel(self) -> None:
        """Ends the calls under way, which raise CanceledError. From any thread."""
        with self._life:
            if self._waiting and self._ptr is not None:
                LIB.lb_client_cancel(self._ptr, 1)

    def close(self) -> None:
        """Ends the calls under way and frees it."""
        self.cancel()
        with self._context._lock, self._life:
            super().close()

    def _in_background(self, work: Callable[[], Any], on_piece: Callable[..., None]) -> Any:
        """What `work(put)` returns or raises. It runs in a thread of its own, so that this one goes
        on hearing signals; on_piece gets here what it puts meanwhile."""
        news: "queue.SimpleQueue[Any]" = queue.SimpleQueue()

        def run() -> None:
            try:
                news.put((True, work(lambda *piece: news.put((None, piece))), None))
            except BaseException as error:  # raised again by the one who waits
                news.put((False, None, error))

        thread = threading.Thread(target=run, name="litebench client", daemon=True)
        with self._life:
            self._waiting += 1
        thread.start()
        try:
            while True:
                over, result, *error = news.get()
                if over is None:
                    on_piece(*result)
                elif over:
                    return result
                else:
                    raise error[0]
        except BaseException:
            self.cancel()
            raise
        finally:
            thread.join()
            with self._life:
                self._waiting -= 1
                if self._waiting == 0 and self._ptr is not None:
                    LIB.lb_client_cancel(self._ptr, 0)

    def models(self) -> List[Model]:
        """What the endpoint lists, asked for once."""
        return self._in_background(lambda put: self._models(), lambda: None)

    def _models(self) -> List[Model]:
        found: List[Model] = []
        name, context = ctypes.c_char_p(), ctypes.c_int64()
        with self._context._lock:
            while True:
                try:
                    self._context._call("lb_client_model", self._p, ctypes.byref(name),
                                        ctypes.byref(context), len(found))
                except LitebenchError as error:
                    if error.code == _abi.E_RANGE:
                        return found
                    raise
                found.append(Model((name.value or b"").decode(), context.value))

    def chat(self, messages: Union[str, Sequence[Message]],
             on_delta: Optional[Callable[[str, int], None]] = None) -> Turn:
        """Sends (role, text) pairs, or one text of the user, and waits for the end of the answer.

        `on_delta(text, at_ns)` gets every piece as it comes. What the endpoint does wrong is no
        exception but `turn.error`.
        """
        pairs = [("user", messages)] if isinstance(messages, str) else list(messages)
        array = (_abi.lb_message * len(pairs))()
        for slot, pair in zip(array, pairs):
            role, text = pair if isinstance(pair, tuple) else ("user", pair)
            data = text.encode()
            slot.text, slot.len, slot.role = data, len(data), ROLES[role]
        return self._in_background(
            lambda put: self._chat(array, put if on_delta else None),
            lambda data, at_ns: on_delta(data.decode(errors="replace"), at_ns))

    def _chat(self, array: Any, put: Optional[Callable[[bytes, int], None]]) -> Turn:
        raw = _abi.lb_turn()
        callback = Callback(_abi.lb_delta_cb, put) if put else None
        pointer = callback.pointer if callback else _abi.lb_delta_cb()
        with self._context._lock:
            self._context._call("lb_client_chat", self._p, ctypes.byref(raw), ctypes.sizeof(raw),
                                array, len(array), pointer, None)
            return read_turn(raw)


class Stat(NamedTuple):
    """A value with its 95 % interval; None where the sample cannot bound it."""

    value: Optional[float]
    low: Optional[float]
    high: Optional[float]
    n_eff: Optional[float]
    n: int


def _known(value: float) -> Optional[float]:
    return None if math.isnan(value) else value


class Recorder(Object):
    """Statistics of one clock of your own."""

    _free = "lb_recorder_free"

    def __init__(self, context: Optional[Context] = None) -> None:
        super().__init__(context or Context())
        self._make("lb_recorder_new", self._context._ptr)

    def add(self, value: Optional[float], cluster: int = 0) -> None:
        """None is a miss: a failure. Values of one cluster hang together."""
        self._context._call("lb_recorder_add", self._p, cluster,
                            0.0 if value is None else value, value is None)

    def merge(self, other: "Recorder") -> None:
        """Adds what the other one has."""
        self._context._call("lb_recorder_merge", self._p, other._p)

    def stat(self, what: str) -> Stat:
        """"mean", "min", "max", "stddev", "p50", "p99.9" ..."""
        out = _abi.lb_stat()
        self._context._call("lb_recorder_stat", self._p, ctypes.byref(out), ctypes.sizeof(out),
                            to_bytes(what))
        return Stat(_known(out.value), _known(out.low), _known(out.high), _known(out.n_eff), out.n)


class Dataset(Object):
    """Records: of a run, of a file, or of your own hand."""

    _free = "lb_dataset_free"

    def __init__(self, context: Optional[Context] = None) -> None:
        super().__init__(context or Context())
        self._make("lb_dataset_new", self._context._ptr)

    def load(self, text: Union[str, bytes]) -> None:
        """NDJSON as `litebench run -o FILE.ndjson` writes it."""
        data = text.encode() if isinstance(text, str) else text
        self._context._call("lb_dataset_load", self._p, data, len(data))

    def add(self, **values: Any) -> None:
        """A record of your own: names and units of Turn; what is left out is unknown."""
        raw = _abi.lb_turn()
        LIB.lb_turn_init(ctypes.byref(raw), ctypes.sizeof(raw))
        gaps = [round(gap * 1e6) for gap in values.pop("gaps_ms", None) or []]
        raw.gaps_ns, raw.gap_count = (ctypes.c_int64 * len(gaps))(*gaps), len(gaps)
        for name, value in values.items():
            field = name[:-3] + "_ns" if name.endswith("_ms") else name
            if not hasattr(raw, field):
                raise TypeError(f"a record has no {name}")
            if isinstance(value, str):
                setattr(raw, field, value.encode())
            elif value is not None:
                setattr(raw, field, round(value * 1e6) if field != name else value)
        self._context._call("lb_dataset_add", self._p, ctypes.byref(raw), ctypes.sizeof(raw))

    def __len__(self) -> int:
        return LIB.lb_dataset_size(self._p)

    def __getitem__(self, index: int) -> Turn:
        raw = _abi.lb_turn()
        with self._context._lock:
            if not -len(self) <= index < len(self):
                raise IndexError(index)
            self._context._call("lb_dataset_at", self._p, ctypes.byref(raw), ctypes.sizeof(raw),
                                index % len(self))
            return read_turn(raw)

    def __iter__(self) -> Iterator[Turn]:
        return (self[i] for i in range(len(self)))

    def records(self) -> List[Dict[str, Any]]:
        """A list of dicts: pandas.DataFrame(dataset.records())."""
        return [turn.as_dict() for turn in self]

    def columns(self) -> Dict[str, List[Any]]:
        """A dict of lists, for what wants columns: pandas, polars, pyarrow."""
        rows = self.records()
        return {name: [row[name] for row in rows] for name in Turn.__dataclass_fields__}

    def render(self, form: str = "ndjson") -> str:
        """"ndjson" or "csv"."""
        pieces: List[bytes] = []
        callback = Callback(_abi.lb_write_cb, pieces.append)
        self._context._call("lb_dataset_write", self._p, to_bytes(form), callback.pointer, None)
        return b"".join(pieces).decode()

    def report(self, config: Optional[Config] = None) -> "Report":
        """The result of these records; objectives of `config` replace the stored ones."""
        return Report._wrap(self._context, "lb_report_new", self._p, config and config._p)


class Report(Object):
    """A judged result. Immutable; outlives its run."""

    _free = "lb_report_free"

    def __init__(self, text: Union[str, bytes], context: Optional[Context] = None) -> None:
        super().__init__(context or Context())
        data = text.encode() if isinstance(text, str) else text
        self._make("lb_report_load", self._context._ptr, data, len(data))

    def number(self, path: str) -> Optional[float]:
        """By its path in the JSON form: "metrics.ttft.p95.value" in milliseconds."""
        out = ctypes.c_double()
        self._context._call("lb_report_number", self._p, ctypes.byref(out), to_bytes(path))
        return _known(out.value)

    def text(self, path: str) -> str:
        """By its path: "verdict.status"."""
        return text_out(self._context, "lb_report_text", self._p, path)

    @property
    def status(self) -> str:
        """PASS, WARN, FAIL, UNDECIDED or INVALID."""
        return self.text("verdict.status")

    @property
    def sentence(self) -> str:
        """The verdict in one line."""
        return self.text("verdict.sentence")

    @property
    def exit_code(self) -> int:
        return LIB.lb_report_exit_code(self._p)

    def render(self, form: str = "text") -> str:
        """In any of formats()."""
        out, length = ctypes.c_void_p(), ctypes.c_size_t()
        with self._context._lock:
            self._context._call("lb_report_render", self._p, ctypes.byref(out),
                                ctypes.byref(length), to_bytes(form))
            try:
                return ctypes.string_at(out.value or 0, length.value).decode()
            finally:
                LIB.lb_free(self._context._ptr, out)

    def as_dict(self) -> Dict[str, Any]:
        """The whole result (schema litebench.report/1)."""
        return json.loads(self.render("json"))


def formats() -> Dict[str, str]:
    """Name and one line of help of every format of a report."""
    found: Dict[str, str] = {}
    name, text = ctypes.c_char_p(), ctypes.c_char_p()
    while LIB.lb_format_at(ctypes.byref(name), ctypes.byref(text), len(found)) == _abi.OK:
        found[(name.value or b"").decode()] = (text.value or b"").decode()
    return found
