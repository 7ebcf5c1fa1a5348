"""What a DataFrame or Series of a script is at one moment. Frozen: an assignment gives the object another state."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, eq=False)
class Table:
    """A DataFrame as a plan: `columns` are labels and what they are over `node`, which may be given as pairs."""

    node: Node
    columns: Columns
    index: Index
    recipe: Recipe | None = None
    kept: list[pd.DataFrame] = field(default_factory=list)  # once it was run

    if TYPE_CHECKING:

        def __init__(
            self,
            node: Node,
            columns: Iterable[tuple[Hashable, Expr]],
            index: Index,
            recipe: Recipe | None = None,
            kept: list[pd.DataFrame] = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        if type(self.columns) is not Columns:
            object.__setattr__(self, "columns", Columns(self.columns))


@dataclass(frozen=True, eq=False)
class Vector:
    """A Series as a plan."""

    node: Node
    value: Expr
    name: Hashable
    index: Index
    recipe: Recipe | None = None
    kept: list[pd.Series[Any]] = field(default_factory=list)  # once it was run


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

    def content(self) -> tuple[Any, ...]:
        """What it is made of, for a name of its content."""
        return (self.held,)


State = Table | Vector | Held
