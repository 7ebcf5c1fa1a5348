"""Rows of a frame by their positions, as folds take them: not made before they are looked at."""

from __future__ import annotations

from typing import Any

import numpy as np

from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.running import materialised
from stratum_sql.pandas.states import Held, State

Positions = np.ndarray[Any, Any]


class Picked(Held):
    """The rows of `base` at `positions`, in their order, each with its label."""

    base: State
    positions: Positions

    def __init__(self, base: State, positions: Positions) -> None:
        for name, value in (("base", base), ("positions", positions.copy()), ("_made", [])):
            object.__setattr__(self, name, value)

    @property
    def held(self) -> Any:  # type: ignore[override]
        """The pandas object; made once, and not to be changed."""
        made: list[Any] = self._made  # type: ignore[attr-defined]
        if not made:
            with object_mode():
                made.append(materialised(self.base).iloc[self.positions])
        return made[0]

    def content(self) -> tuple[Any, ...]:
        """The frame and the positions: rows are not hashed again for each fold."""
        return ("rows", self.base, self.positions)
