"""`frame.iloc[positions of a fold]`: rows that are taken when they are looked at, and known for what they are."""

from __future__ import annotations

from typing import Any

import numpy as np

from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.learning.marks import Fold, meaning
from stratum_sql.pandas.learning.splits import picked
from stratum_sql.pandas.operations import OPERATIONS, Operation
from stratum_sql.pandas.series import Series


class FoldRows:
    """`iloc` of a recorded object; what is no fold goes where it went before."""

    def __init__(self, owner: Any, other: Any) -> None:
        self._owner, self._other = owner, other

    def __getitem__(self, key: Any) -> Any:
        fold = meaning(key)
        if type(fold) is Fold and is_unchanged(key, fold.positions):
            engine().translated[f"{type(self._owner).__name__}.iloc"] += 1
            return picked(self._owner, fold)
        return self._other(self._owner)[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._other(self._owner)[key] = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._other(self._owner), name)


def is_unchanged(key: np.ndarray[Any, Any], positions: np.ndarray[Any, Any]) -> bool:
    """Whether an array, which the script may have changed, still has these positions."""
    return key.shape == positions.shape and int(np.count_nonzero(key == positions)) == len(positions)


def _over(kind: type[Lazy]) -> None:
    before = vars(kind).get("iloc")
    if isinstance(before, property) and before.fget is not None:
        other = before.fget
    else:

        def other(owner: Any) -> Any:
            return Lazy.__getattr__(owner, "iloc")

    def iloc(self: Any) -> FoldRows:
        return FoldRows(self, other)

    kind.iloc = property(iloc, doc="`iloc` of pandas.")  # type: ignore[attr-defined]


for _kind in (DataFrame, Series):
    OPERATIONS.setdefault((_kind.__name__, "iloc"), Operation(_kind.__name__, "iloc", "positions that a splitter gave"))
    _over(_kind)
