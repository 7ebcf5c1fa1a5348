"""What an array or frame of a script is: the rows of a fold, the predictions of a model. Kept beside it, not in it."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.pandas.places import Place
from stratum_sql.pandas.states import State


@dataclass(frozen=True, eq=False)
class Splitting:
    """One call that split rows: `rows` it was given, None where those were no frame, and how, as the script says it."""

    place: Place
    splitter: Any  # the splitter, as it was then; None for train_test_split
    states: tuple[State, ...]  # the frames it saw: features, target, groups
    folds: int


@dataclass(frozen=True, eq=False)
class Fold:
    """Positions of rows: of one fold, those to train on or those held out."""

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
    try:
        _marks[at] = weakref.ref(value, lambda _: _marks.pop(at, None)), meaning
    except TypeError:
        pass  # a number, say: nothing is known of it
    return value


def meaning(value: Any) -> Any:
    """What was said of this very object; None if nothing."""
    found = _marks.get(id(value))
    return found[1] if found is not None and found[0]() is value else None

