# SPDX-License-Identifier: Apache-2.0
"""Measure how an OpenAI-compatible LLM endpoint serves a crowd, and judge it.

    import litebench

    with litebench.run("http://127.0.0.1:8000/v1", workers=8, turns=3) as run:
        for event in run:
            print(event.kind, event.ok, event.planned)
        print(run.report().sentence)
"""
from typing import Any, Optional

from ._config import OPTIONS, Config, OptionInfo, presets
from ._context import Context
from ._native import (BUILD_INFO, VERSION, CanceledError, InvalidError, LitebenchError,
                      NetworkError, NotFoundError, ParseError, StateError)
from ._objects import (Client, Corpus, Dataset, Model, Plan, Recorder, Report, Stat, formats)
from ._options import Options
from ._records import Turn
from ._run import Event, Run, prepare

__version__ = VERSION
__all__ = ["BUILD_INFO", "OPTIONS", "VERSION", "CanceledError", "Client", "Config", "Context",
           "Corpus", "Dataset", "Event", "InvalidError", "LitebenchError", "Model", "NetworkError",
           "NotFoundError", "OptionInfo", "Options", "ParseError", "Plan", "Recorder", "Report",
           "Run", "Stat", "StateError", "Turn", "chat", "formats", "prepare", "presets", "run"]


def run(url: str, *, context: Optional[Context] = None, preset: Optional[str] = None,
        **options: Any) -> Run:
    """A run against `url`, ready to start; keywords as in Options."""
    return prepare(Config(context, preset=preset, url=url, **options))


def chat(url: str, text: str, **options: Any) -> Turn:
    """One question, its answer and its clocks."""
    config = Config(url=url, **options)
    if not config["target.model"]:
        with Client(config) as client:
            config["target.model"] = client.models()[0].name
    with Client(config) as client:
        return client.chat(text)
