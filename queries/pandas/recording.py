"""What recording costs: the calls of pandas in the benchmark's scripts, from the call to its return.

The scripts run as one batch, each with a model that learns nothing, so that they can be run several times; a script of
thousands of assignments runs by itself. All that a call takes counts, also the rows that are asked so as to know a
dtype, but not what is no recording: a file that pandas reads, rows that a script looks at, and the query of a call that
gives a number.
"""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from numbers import Number
from typing import Any
from unittest import mock

import stratum_sql
import stratum_sql.pandas as door
from stratum_sql.pandas import functions, running
from stratum_sql.pandas.engine import Engine
from stratum_sql.pandas.grouping import GroupBy
from stratum_sql.pandas.indexers import Indexer
from stratum_sql.pandas.learning.fold_rows import FoldRows
from stratum_sql.pandas.operations import OPERATIONS

TIMES = 5
LONG = """
import numpy as np
import pandas as pd

df = pd.read_csv("houses.csv")
for number in range(500):
    df[f"logarithm_{number}"] = np.log1p(df["price"] * (number + 1)) / df["area"]
    df[f"filled_{number}"] = df["quality"].fillna(number).clip(0, 9)
    df[f"is_more_{number}"] = (df["rooms"] > number).astype("int8")
    df[f"either_{number}"] = np.where(df["built"] > 1900 + number, df["area"], df["rooms"])
    df[f"beside_{number}"] = df["price"] - df.groupby("town")["price"].transform("mean")
"""


def microseconds_a_call(texts: Sequence[str], times: int = TIMES) -> tuple[float, int]:
    """The mean over all calls of the scripts, in time of all cores, and how many there were.

    The least of several times: what others do on the machine only adds to it. Raises what a script raises.
    """
    return min(_once(texts) for _ in range(times))


def microseconds_in_a_long_script(times: int = TIMES) -> tuple[float, int]:
    """The same for `LONG`, which adds 2,500 columns to one frame."""
    return min(_once([LONG]) for _ in range(times))


def _once(texts: Sequence[str]) -> tuple[float, int]:
    spent: list[float] = []
    with _watched(Watch(spent)), stratum_sql.connect() as session:
        for script in session.batch([stratum_sql.translate(text, run=False) for text in texts]):
            if script.error is not None:
                raise script.error
    return sum(spent) / len(spent) * 1e6, len(spent)


class Watch(threading.local):
    """Puts the seconds of each call into a list, of the outermost one where one leads to another."""

    def __init__(self, spent: list[float]) -> None:
        self.spent = spent
        self.is_within, self.is_outside = False, False
        self.reading = self.asking = 0.0  # seconds of the call that are perhaps no recording

    def call(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose calls are recorded ones."""

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if self.is_within:
                return function(*args, **kwargs)
            self.is_within, self.reading, self.asking = True, 0.0, 0.0
            begun = time.process_time()
            try:
                result = function(*args, **kwargs)
                ended = time.process_time()
            finally:
                self.is_within = False
            asked = self.asking if isinstance(result, Number) else 0.0
            self.spent.append(ended - begun - self.reading - asked)
            return result

        return timed

    def other(self, function: Callable[..., Any], kind: str) -> Callable[..., Any]:
        """The function, whose time is no recording: `reading`, or `asking` where a number comes of it."""

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if self.is_outside:
                return function(*args, **kwargs)
            self.is_outside, begun = True, time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.is_outside = False
                setattr(self, kind, getattr(self, kind) + time.process_time() - begun)

        return timed


@contextmanager
def _watched(watch: Watch) -> Iterator[None]:
    """Time the calls of scripts in this block."""
    with ExitStack() as stack:
        for owner, name in _calls():
            stack.enter_context(mock.patch.object(owner, name, watch.call(getattr(owner, name))))
        stack.enter_context(mock.patch.object(Engine, "rows", watch.other(Engine.rows, "asking")))
        for owner, name in _readings():
            stack.enter_context(mock.patch.object(owner, name, watch.other(getattr(owner, name), "reading")))
        yield


def _calls() -> Iterator[tuple[Any, str]]:
    """What scripts call, by its owner and name; accessors such as `str` are left out, which these scripts have not."""
    owners: dict[str, Any] = {"DataFrame": door.DataFrame, "Series": door.Series, "pandas": door}
    for of, name in OPERATIONS:
        owner = owners.get(of)
        if owner is not None and callable(vars(owner).get(name)) and not isinstance(vars(owner)[name], type):
            yield owner, name
    yield from ((owner, f"__array_{name}__") for owner in (door.DataFrame, door.Series) for name in _OF_NUMPY)
    yield from ((owner, name) for owner in (Indexer, FoldRows) for name in ("__getitem__", "__setitem__"))
    yield from ((GroupBy, name) for name in ("__getitem__", "_named"))


_OF_NUMPY = ("ufunc", "function")


def _readings() -> Iterator[tuple[Any, str]]:
    """Where rows are made for the script, or read for it, in every module that names the function."""
    yield functions, "_read"
    for module in [one for name, one in sys.modules.items() if name.startswith("stratum_sql.pandas")]:
        if vars(module).get("materialised") is running.materialised:
            yield module, "materialised"
