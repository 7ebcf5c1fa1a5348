"""pandas as scripts written for pandas 2 know it: text is `object`, not the `str` dtype of pandas 3."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import pandas as pd

_inside: ContextVar[bool] = ContextVar("inside", default=False)


def is_inside() -> bool:
    """Whether pandas itself is at work, and perhaps calls a function of the script: nothing is recorded there."""
    return _inside.get()


@contextmanager
def object_mode() -> Iterator[None]:
    """Let pandas itself work, with text as `object`."""
    if _inside.get():
        yield
        return
    with inside() if _for_all else _alone():
        yield


@contextmanager
def _alone() -> Iterator[None]:
    before = infer_text(False)
    try:
        with inside():
            yield
    finally:
        infer_text(before)


@contextmanager
def object_mode_for_all() -> Iterator[None]:
    """Text as `object` in all threads for as long as this lasts: pandas' option is one for all of them."""
    global _for_all, _before
    with _changing:
        _for_all += 1
        if _for_all == 1:
            _before = infer_text(False)
    try:
        yield
    finally:
        with _changing:
            _for_all -= 1
            if not _for_all:
                infer_text(_before)


_for_all, _before = 0, False  # how many are at it, and what was before the first
_changing = threading.Lock()


@contextmanager
def inside() -> Iterator[None]:
    """Let pandas itself work, where text is `object` already."""
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)


def infer_text(value: bool) -> bool:
    """Set whether pandas makes `str` of text; what it was before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 4 will not have the option
        before = bool(pd.get_option("future.infer_string"))
        pd.set_option("future.infer_string", value)
    return before
