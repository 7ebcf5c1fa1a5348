"""What an array or frame of a script is: the rows of a fold, the predictions of a model. Kept beside it, not in it."""

from __future__ import annotations

import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.pandas.picked import Picked
from stratum_sql.pandas.places import Place


@dataclass(frozen=True, eq=False)
class Splitting:
    """One call that split rows: the splitter as it was then, None for what is none, its groups, and its folds."""

    place: Place
    splitter: Any
    groups: Any
    folds: int


@dataclass(frozen=True, eq=False)
class Fold:
    """Positions of rows: of one fold, those to train on or those held out. No script has the array."""

    splitting: Splitting
    number: int
    held_out: bool
    positions: np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of a frame, a Series or an array by positions that are known."""

    base: Any  # a State, or the array
    fold: Fold


_marks: dict[int, tuple[weakref.ref[Any], Any]] = {}


def mark(value: Any, meaning: Any) -> Any:
    """The value, of which `meaning` is known from now on."""
    at = id(value)
    with suppress(TypeError):  # a number, say: nothing is known of it
        _marks[at] = weakref.ref(value, lambda _: _marks.pop(at, None)), meaning
    return value


def meaning(value: Any) -> Any:
    """What was said of this very object; None if nothing."""
    if type(value) is Picked:
        return value.meaning
    found = _marks.get(id(value))
    if found is not None and found[0]() is value:
        return found[1]
    return _meaning_of_column(value) if isinstance(value, np.ndarray) and value.base is not None else None


def _meaning_of_column(value: np.ndarray[Any, Any]) -> Any:
    """`probabilities[:, 1]` is a view of an array that may be known."""
    whole = value.base
    if not isinstance(whole, np.ndarray) or whole.ndim != 2:
        return None
    known = meaning(whole)
    if known is None or whole.shape[1] != 2 or value.shape != whole.shape[:1] or value.strides != whole.strides[:1]:
        return None
    is_second = value.ctypes.data == whole.ctypes.data + whole.strides[1]
    return known.second_class() if is_second and hasattr(known, "second_class") else None
