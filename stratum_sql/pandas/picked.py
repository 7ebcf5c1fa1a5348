"""Rows of a frame by their positions, as folds take them: not made before they are looked at."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.keys import held_key
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.running import materialised
from stratum_sql.pandas.sources import table_of, vector_of, with_objects
from stratum_sql.pandas.states import Held, State

Positions = np.ndarray[Any, Any]


class Picked(Held):
    """The rows of `base` at `positions`, which nobody may change, in their order, each with its label."""

    base: State
    positions: Positions
    meaning: Any  # what is known of these rows, see marks.py

    def __init__(self, base: State, positions: Positions, meaning: Any = None) -> None:
        vars(self).update(base=base, positions=positions, meaning=meaning)

    @property
    def held(self) -> Any:
        """The pandas object; made once, and not to be changed."""
        own_names = self.__dict__  # a cached_property would be a caller that is no line of the script
        if "_made" not in own_names:
            with object_mode():
                own_names["_made"] = materialised(self.base).iloc[self.positions]
        return own_names["_made"]

    def recorded(self) -> State:
        """The rows as a source, which calls are translated over; made once."""
        own_names = self.__dict__
        if "_source" not in own_names:
            with object_mode():
                rows = with_objects(own_rows(self))
                find = table_of if isinstance(rows, pd.DataFrame) else vector_of
                found = engine().source(held_key(self), lambda: find(rows, here()))
            own_names["_source"] = found or self
            if found is not None:
                originals[found] = self
        made: State = own_names["_source"]
        return made

    def content(self) -> tuple[Any, ...]:
        """The frame and the positions: rows are not hashed again for each fold."""
        return ("rows", self.base, self.positions)


def original(state: State) -> State:
    """The rows that a source was made of, where it is one of rows by their positions; else the state."""
    return originals.get(state, state) if originals else state


originals: weakref.WeakKeyDictionary[State, Picked] = weakref.WeakKeyDictionary()  # of sources, what they were


def own_rows(state: Picked) -> Any:
    """The rows as an object of one's own."""
    return state.held.copy(deep=False)
