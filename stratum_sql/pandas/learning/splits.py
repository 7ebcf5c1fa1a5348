"""How scripts split rows: splitters and `train_test_split`, made by scikit-learn itself over as many rows.

The positions are those that pandas' rows would give; the rows are taken when they are looked at.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn import model_selection
from sklearn.model_selection import BaseCrossValidator, BaseShuffleSplit

from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.lazy import Lazy, RecordedArray
from stratum_sql.pandas.learning.calls import call, passed
from stratum_sql.pandas.learning.draws import draws
from stratum_sql.pandas.learning.fits import as_library, data_key, given
from stratum_sql.pandas.learning.leaks import look_for_leaks
from stratum_sql.pandas.learning.marks import Fold, Part, Splitting, mark, meaning
from stratum_sql.pandas.mode import is_inside, object_mode
from stratum_sql.pandas.picked import Picked, original
from stratum_sql.pandas.places import here
from stratum_sql.pandas.series import Series

_BOTH = (BaseCrossValidator, BaseShuffleSplit)
_recorded: dict[type, type] = {}


def is_splitter(kind: type) -> bool:
    """Whether a class splits rows."""
    return (issubclass(kind, _BOTH) or hasattr(kind, "get_n_splits")) and not inspect.isabstract(kind)


def recorded_splitter(real: type) -> type:
    """The class that a script gets for a splitter: its folds are known for what they are."""
    known = _recorded.get(real)
    if known is None:
        names: dict[str, Any] = {
            "__module__": real.__module__,
            "__qualname__": real.__qualname__,
            "__doc__": real.__doc__,
        }
        names["_real"] = real
        known = _recorded[real] = type(real)(real.__name__, (real,), names | {"split": _split(real)})
    return known


def _split(real: Any) -> Any:
    @functools.wraps(real.split)
    def split(self: Any, X: Any, y: Any = None, groups: Any = None) -> Iterator[Any]:  # noqa: N803 scikit-learn's names
        if is_inside() or _recorded.get(real) is not type(self):
            yield from real.split(self, X, y, groups)
            return
        states = tuple(one._state for one in (X, y, groups) if isinstance(one, Lazy))
        made = folds_of(real, self, X, y, groups)
        known = groups._state if isinstance(groups, Lazy) else groups
        splitting = Splitting(here(), as_library(self), known, len(made))
        look_for_leaks(splitting.place, states)
        for number, sides in enumerate(made):
            yield tuple(
                mark(side, Fold(splitting, number, held_out, side.copy()))
                for held_out, side in zip((False, True), sides, strict=True)
            )

    return split


def folds_of(real: Any, splitter: Any, X: Any, y: Any, groups: Any) -> list[Any]:  # noqa: N803
    """All folds; found once for equal splitters over as many rows."""
    rows = np.empty((len(X), 1))  # a splitter only counts them

    def make() -> list[Any]:
        with object_mode():
            return list(real.split(splitter, rows, given(y), given(groups)))

    if engine().shelf is None or draws(splitter):
        return make()
    plain_splitter = as_library(splitter)
    key = data_key("folds", type(plain_splitter), vars(plain_splitter), len(X), y, groups)
    return [tuple(side.copy() for side in sides) for sides in engine().once("folds", key, make)]


# ---- train_test_split ------------------------------------------------------------------------------------------------


@call("sklearn", "train_test_split")
def train_test_split(*arrays: Any, **options: Any) -> Any:
    """`train_test_split`: scikit-learn draws the positions, frames give their rows when they are looked at."""
    real = model_selection.train_test_split
    if is_inside() or not any(_is_rows(one) for one in arrays) or len({_count(one) for one in arrays}) != 1:
        return passed(real, *arrays, **options)
    rows = np.arange(_count(arrays[0]))
    train, test = passed(real, rows, **options)
    states = tuple(one._state for one in arrays if isinstance(one, Lazy))
    splitting = Splitting(here(), _as_splitter(**options), None, 1)
    look_for_leaks(splitting.place, states)
    folds = [Fold(splitting, 0, held_out, side) for held_out, side in ((False, train), (True, test))]
    return [taken(one, fold) for one in arrays for fold in folds]


def _as_splitter(
    test_size: Any = None, train_size: Any = None, random_state: Any = None, shuffle: bool = True, stratify: Any = None
) -> Any:
    """What draws the same: `train_test_split` is one split of these. None for the last rows."""
    if not shuffle or stratify is not None:
        return None
    size = 0.25 if test_size is None and train_size is None else test_size
    return model_selection.ShuffleSplit(1, test_size=size, train_size=train_size, random_state=random_state)


def _is_rows(value: Any) -> bool:
    return isinstance(value, DataFrame | Series) and issubclass(type(value), Lazy)


def _count(value: Any) -> int:
    return len(value) if hasattr(value, "__len__") else -1


def taken(value: Any, fold: Fold) -> Any:
    """The rows of one side of a fold: of a frame when they are looked at, of all else as scikit-learn takes them."""
    if _is_rows(value):
        return picked(value, fold)
    if isinstance(value, RecordedArray | np.ndarray):
        values = np.asarray(value)
        return mark(values[fold.positions], Part(values, fold))
    from sklearn.utils import _safe_indexing

    with object_mode():
        return _safe_indexing(given(value), fold.positions)


def picked(value: Any, fold: Fold) -> Any:
    """The rows of a fold, of a recorded frame or Series."""
    base = original(value._state)
    known = meaning(base)
    state = Picked(base, fold.positions, Part(base if known is None else known, fold))
    return Lazy.recorded(state, is_frame=type(value) is DataFrame)
