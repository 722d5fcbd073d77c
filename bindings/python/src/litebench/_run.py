# SPDX-License-Identifier: Apache-2.0
"""A run and its events, for loops, asyncio and event loops of your own."""
import asyncio
import ctypes
import threading
import time
from typing import Any, AsyncIterator, Callable, Iterator, List, NamedTuple, Optional

from . import _abi
from ._config import Config
from ._context import Callback, Object
from ._native import LIB, CanceledError, InvalidError, error_text, make_error
from ._objects import Client, Corpus, Dataset, Plan, Report, read_turn
from ._records import Turn

SLICE_NS = 100_000_000  # Python runs its signal handlers between two calls, so none takes longer
KINDS = {_abi.EV_STARTED: "started", _abi.EV_TURN: "turn", _abi.EV_NOTE: "note",
         _abi.EV_DONE: "done"}


class Event(NamedTuple):
    """`kind` is "started", "turn" (with `turn`), "note" (with `text`) or "done", the last one."""

    kind: str
    at_ms: float
    turn: Optional[Turn]
    text: str
    in_flight: int
    ok: int
    failed: int
    planned: int


class Run(Object):
    """A run: `for event in run`, `async for event in run`, or run.execute()."""

    _free = "lb_run_free"

    def __init__(self, config: Config, plan: Plan) -> None:
        super().__init__(config._context)
        self._life = threading.RLock()  # keeps cancel() of another thread away from close()
        self._callbacks: List[Callback] = []
        self._started = self._cancelled = False
        self._done: Optional[Event] = None
        self._make("lb_run_new", config._p, plan._p)

    def tee(self, write: Callable[[bytes], None]) -> None:
        """Before the start: every record goes to `write` as a line of NDJSON when it ends."""
        callback = Callback(_abi.lb_write_cb, write)
        self._context._call("lb_run_tee", self._p, callback.pointer, None)
        self._callbacks.append(callback)

    def start(self) -> None:
        """Starts it in the background; pull events until "done"."""
        self._guarded("lb_run_start")
        self._started = True

    def _guarded(self, name: str, *arguments: Any) -> None:
        """A call that may call a tee: its exception is the one to see."""
        try:
            self._context._call(name, self._p, *arguments)
        finally:
            for callback in self._callbacks:
                callback.raise_if_failed()

    def next_event(self, timeout: Optional[float] = None) -> Optional[Event]:
        """Waits at most `timeout` seconds (None: for ever); None: no event yet."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = SLICE_NS if until is None else int((until - time.monotonic()) * 1e9)
            event = self._pull(max(0, min(left, SLICE_NS)))
            if event is not None or (until is not None and left <= SLICE_NS):
                return event

    def _pull(self, timeout_ns: int) -> Optional[Event]:
        raw = _abi.lb_event()
        with self._context._lock:
            code = self._context._try("lb_run_next_event", self._p, ctypes.byref(raw),
                                      ctypes.sizeof(raw), timeout_ns)
            if code == _abi.E_TIMEOUT:
                return None
            if code == _abi.E_STATE and self._done is not None:
                return self._done  # its first reader may have been a task that was cancelled
            if code != _abi.OK:
                for callback in self._callbacks:
                    callback.raise_if_failed()
                raise make_error(code, LIB.lb_ctx_error(self._context._ptr).decode())
            turn = read_turn(raw.turn.contents) if raw.turn else None
            event = Event(KINDS[raw.kind], raw.at_ns / 1e6, turn, raw.text.decode(),
                          raw.in_flight, raw.ok, raw.failed, raw.planned)
            if event.kind == "done":
                self._done = event
            return event

    def __iter__(self) -> Iterator[Event]:
        """Starts the run if need be and gives every event, "done" as the last."""
        if not self._started:
            self.start()
        while True:
            event = self.next_event()
            assert event is not None
            yield event
            if event.kind == "done":
                return

    async def __aiter__(self) -> AsyncIterator[Event]:
        """The same for asyncio. A task that is cancelled here cancels the run."""
        if not self._started:
            self.start()
        while True:
            try:
                event = await asyncio.to_thread(self._pull, SLICE_NS)
            except asyncio.CancelledError:
                self.cancel()
                raise
            if event is not None:
                yield event
                if event.kind == "done":
                    return

    def execute(self) -> Report:
        """Runs to the end and gives the result; of a cancelled run, CanceledError."""
        last = None
        for last in self:
            pass
        if self._cancelled:
            raise CanceledError(_abi.E_CANCELED, "the run was cancelled")
        return self.report()

    def cancel(self) -> None:
        """Asks for an orderly end: requests in flight become `cancelled`. From any thread."""
        with self._life:
            self._cancelled = True
            if self._ptr is not None:
                LIB.lb_run_cancel(self._ptr)

    def close(self) -> None:
        """Ends the run if need be and frees it."""
        with self._life:
            super().close()

    def __del__(self) -> None:
        ptr = getattr(self, "_ptr", None)
        if ptr is not None:
            LIB.lb_run_cancel(ptr)  # freeing joins threads: not in the collector
        super().__del__()

    # ---- in a loop of your own: step when fileno() is readable or timeout() is over ----

    def step(self) -> bool:
        """Never blocks; False once the run is over. The first step starts the run."""
        self._started = True
        with self._context._lock:
            code = self._context._try("lb_run_step", self._p)
            if code not in (_abi.OK, _abi.E_STATE):
                raise make_error(code, error_text(code))
            return code == _abi.OK

    def fileno(self) -> int:
        """Descriptor to watch; there is none before the first step."""
        out = ctypes.c_int32()
        self._context._call("lb_run_fd", self._p, ctypes.byref(out))
        return out.value

    def timeout(self) -> Optional[float]:
        """Seconds until the next step is due; None: only when the descriptor is readable."""
        wait_ns = LIB.lb_run_timeout_ns(self._p)
        return None if wait_ns < 0 else wait_ns / 1e9

    # ---- results ----

    def report(self) -> Report:
        """The result so far; after the end, the result."""
        return Report._wrap(self._context, "lb_run_report", self._p)

    def dataset(self) -> Dataset:
        """The records so far."""
        return Dataset._wrap(self._context, "lb_run_dataset", self._p)


def prepare(config: Config, corpus: Optional[Corpus] = None) -> Run:
    """A run of these options. Without a model, the first that the endpoint lists; without
    documents, those of the option `docs` or those in the library."""
    if not config["target.model"]:
        with Client(config) as client:
            models = client.models()
        if not models:
            raise InvalidError(_abi.E_INVALID, "the endpoint lists no model")
        config["target.model"] = models[0].name
        if models[0].context and config.origin("plan.context") == "default":
            config["plan.context"] = models[0].context
    own = corpus or Corpus(config)
    if corpus is None and config["plan.docs"]:
        own.add_path(config["plan.docs"])
    elif corpus is None:
        own.add_builtin()
    return Run(config, Plan(config, own))
