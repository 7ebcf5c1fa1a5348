"""pandas as scripts written for pandas 2 know it: text is `object`, not the `str` dtype of pandas 3."""

from __future__ import annotations

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
    token = _inside.set(True)
    before = infer_text(False)
    try:
        yield
    finally:
        infer_text(before)
        _inside.reset(token)


@contextmanager
def inside() -> Iterator[None]:
    """The same in a thread, where the option was set for all threads: setting it is nothing for several at once."""
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
