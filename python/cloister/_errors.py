# SPDX-License-Identifier: Apache-2.0
"""Errors with the same code and hint as the command line, shown as one line without our own stack."""

from __future__ import annotations

import functools
import os
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

_FOLDER = os.path.dirname(__file__) + os.sep

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class Error(Exception):
    """Something that the studio could not do, or refused.

    >>> error = Error("there is no dataset 'labs'", code="vault.dataset-not-found", hint="cloister data list")
    >>> error.code
    'vault.dataset-not-found'
    >>> print(error)
    vault.dataset-not-found: there is no dataset 'labs' (hint: cloister data list)
    """

    def __init__(self, message: str, *, code: str = "cloister.error", hint: str = "", kind: str = "failed") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.kind = kind

    def __str__(self) -> str:
        line = f"{self.code}: {self.message}" + (f" (hint: {self.hint})" if self.hint else "")
        return " ".join(line.split())

    def __reduce__(self) -> tuple[Any, ...]:  # crosses processes whole: multiprocessing pickles exceptions
        return _rebuild, (type(self), self.message, self.code, self.hint, self.kind)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a stack."""
        return [_last_line(self)]


class Denied(Error):
    """Policy refused: the dataset was not granted to this cell, say. The hint tells how to get it."""


class NotFound(Error):
    """What was named does not exist."""


class Locked(Error):
    """The vault is locked: kernels go on, without data."""


for _class in (Error, Denied, NotFound, Locked):
    _class.__module__ = "cloister"  # the name by which people know them


def from_reply(error: dict[str, Any]) -> Error:
    """The exception for the error of a reply."""
    code, kind = str(error.get("code", "cloister.error")), str(error.get("kind", "failed"))
    if kind == "denied":
        made: type[Error] = Denied
    elif kind == "locked":
        made = Locked
    elif code.endswith("not-found"):
        made = NotFound
    else:
        made = Error
    message = str(error.get("message", "the studio reported an error without words"))
    return made(message, code=code, hint=str(error.get("hint", "")), kind=kind)


def entry(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Marks a function that people call: an Error leaves it without the stack below."""

    @functools.wraps(function)
    def call(*arguments: _Parameters.args, **named: _Parameters.kwargs) -> _Result:
        try:
            return function(*arguments, **named)
        except Error as error:
            raise error.with_traceback(None) from None

    return call


def install_hooks() -> None:
    """Uncaught errors of ours print the caller's own frames and one line; all others as before."""
    before, thread_before = sys.excepthook, threading.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Error):
            sys.stderr.write(_shown(error, trace))
        else:
            before(kind, error, trace)

    def thread_hook(arguments: threading.ExceptHookArgs) -> None:
        if isinstance(arguments.exc_value, Error):
            sys.stderr.write(_shown(arguments.exc_value, arguments.exc_traceback))
        else:
            thread_before(arguments)

    sys.excepthook = hook
    threading.excepthook = thread_hook


def _rebuild(kind: type[Error], message: str, code: str, hint: str, severity: str) -> Error:
    return kind(message, code=code, hint=hint, kind=severity)


def _last_line(error: Error) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}: {error}"


def _shown(error: Error, trace: TracebackType | None) -> str:
    frames = [frame for frame in traceback.extract_tb(trace) if not frame.filename.startswith(_FOLDER)]
    head = ["Traceback (most recent call last):\n", *traceback.format_list(frames)] if frames else []
    return "".join(head) + _last_line(error) + "\n"
