"""Which rows are in which group, by the texts of the partition columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.catalog.columns import Column
from stratum_sql.plan.partition import GroupKey

Positions = np.ndarray[Any, np.dtype[np.int64]]

_NONE: Positions = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class GroupRows:
    """The positions of each group's rows, ascending."""

    positions: Mapping[GroupKey, Positions]

    def of(self, key: GroupKey) -> Positions:
        """The rows of one group; none if there is no such group."""
        return self.positions.get(key, _NONE)

    @property
    def nbytes(self) -> int:
        """Bytes of all positions."""
        return sum(one.nbytes for one in self.positions.values())


def group_rows(columns: Sequence[Column]) -> GroupRows:
    """The groups of rows, in the order in which they first appear; `columns` are texts, one or more, of equal length.

    NULL is a value of its own, equal to itself. One stable sort by code, whatever the number of groups.
    """
    codes = _codes(columns)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    parts = [part for part in np.split(order, starts[1:]) if len(part)]
    parts.sort(key=lambda part: int(part[0]))
    return GroupRows(dict(zip(_keys(columns, [int(part[0]) for part in parts]), parts, strict=True)))


def _codes(columns: Sequence[Column]) -> Positions:
    """One number a row, from 0 without a gap, equal where all columns are."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        own = column.codes.codes.astype(np.int64) + 1  # NULL has -1
        codes = np.unique(codes * (len(column.codes.values) + 1) + own, return_inverse=True)[1]
    return codes


def _keys(columns: Sequence[Column], rows: Sequence[int]) -> Iterable[GroupKey]:
    return zip(*(column.take(np.array(rows, dtype=np.int64)).texts.tolist() for column in columns), strict=True)
