"""PARTITION BY as values: the columns that make groups, and one group of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from stratum_sql.plan.features import Leaf

GroupKey = tuple[str | None, ...]  # a text for each column; None is NULL


@dataclass(frozen=True, slots=True)
class Partition:
    """A column whose values make groups. `key` is the same column as text: two rows are in one group if their texts are
    equal, NULL being equal to NULL alone."""

    column: Leaf
    key: Leaf


@dataclass(frozen=True, slots=True)
class Group:
    """The rows that have one combination of values. `values` are the values themselves, as Arrow scalars; `rows` is how
    many rows there were when groups were looked for."""

    key: GroupKey
    columns: tuple[Leaf, ...] = field(compare=False)
    values: tuple[Any, ...] = field(compare=False)
    rows: int = field(compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    def __str__(self) -> str:
        return group_words(self.columns, self.key)


def group_words(columns: Sequence[Leaf], key: GroupKey) -> str:
    """`town = 'Oslo', part = 3, day is NULL`."""
    return ", ".join(_word(column, text) for column, text in zip(columns, key, strict=True))


def _word(column: Leaf, text: str | None) -> str:
    if text is None:
        return f"{column.name} is NULL"
    return f"{column.name} = {text}" if column.kind == "number" else f"{column.name} = '{text}'"
