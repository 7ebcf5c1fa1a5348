"""What a DataFrame or Series of a script is at one moment. Frozen: an assignment gives the object another state."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from stratum_sql.pandas.columns import Columns
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.plan import Node


@dataclass(frozen=True, slots=True)
class Index:
    """The labels of the rows: name and value of each level; without levels 0, 1, 2, … in the order of the rows."""

    levels: tuple[tuple[Hashable, Expr], ...]


# How pandas itself would make the state: called when DuckDB could not, an integer overflow for example.
Recipe = Callable[[], Any]


# As for Expr: thousands are made, and `Final` says what is never set again.


@dataclass(slots=True, weakref_slot=True, eq=False, init=False)
class Table:
    """A DataFrame as a plan: `columns` are labels and what they are over `node`, which may be given as pairs."""

    node: Final[Node]
    columns: Final[Columns]
    index: Final[Index]
    recipe: Recipe | None  # told once, see `with_recipe`
    kept: Final[list[pd.DataFrame]]  # once it was run

    def __init__(
        self,
        node: Node,
        columns: Iterable[tuple[Hashable, Expr]],
        index: Index,
        recipe: Recipe | None = None,
        kept: list[pd.DataFrame] | None = None,
    ) -> None:
        self.node, self.index, self.recipe = node, index, recipe
        self.columns = columns if type(columns) is Columns else Columns(columns)
        self.kept = [] if kept is None else kept


@dataclass(slots=True, weakref_slot=True, eq=False, init=False)
class Vector:
    """A Series as a plan."""

    node: Final[Node]
    value: Final[Expr]
    name: Final[Hashable]
    index: Final[Index]
    recipe: Recipe | None
    kept: Final[list[pd.Series[Any]]]  # once it was run

    def __init__(
        self,
        node: Node,
        value: Expr,
        name: Hashable,
        index: Index,
        recipe: Recipe | None = None,
        kept: list[pd.Series[Any]] | None = None,
    ) -> None:
        self.node, self.value, self.name, self.index, self.recipe = node, value, name, index, recipe
        self.kept = [] if kept is None else kept


@dataclass(frozen=True, eq=False)
class Held:
    """A DataFrame or Series that only pandas can hold."""

    held: Any

    def recorded(self) -> State:
        """The state that calls are translated over; itself where there is no other."""
        return self

    @property
    def labels(self) -> Any:
        """The labels of the columns of a frame."""
        return self.held.columns

    @property
    def plan(self) -> Table | None:
        """The rows as a plan, if that is what it is but for its labels."""
        return None

    def made_by(self, recipe: Recipe) -> None:
        """Take down how pandas would make the plan, if there is one."""

    def content(self) -> tuple[Any, ...]:
        """What it is made of, for a name of its content."""
        return (self.held,)


State = Table | Vector | Held
