"""Rows put in their order where that is the order of row numbers: mostly they come so, and DuckDB need not sort."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stratum_sql.pandas.plan import Node, Sort, is_number

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]


def is_by_numbers(order: Sequence[str]) -> bool:
    """Whether the terms of an order are row numbers, which are never given twice."""
    return bool(order) and all(is_number(term) for term in order)


def shown_ties(node: Node, order: Sequence[str]) -> Sort | None:
    """The sort that a query of all its rows in its order shows the ties of, next to each other."""
    base = node.base
    return base if isinstance(base, Sort) and base.untied is not None and tuple(order) == base.order else None


def has_ties(keys: pa.ChunkedArray) -> bool:
    """Whether a value of those in order comes twice; missing ones are in their order in pandas, too."""
    values = keys.combine_chunks()
    return bool(pc.any(pc.equal(values[1:], values[:-1])).as_py())


def in_order(rows: pa.Table, count: int) -> pa.Table:
    """The rows by their last `count` columns, which are row numbers, and without these; a missing one is the first."""
    first = rows.num_columns - count
    keys = [_numbers(rows.column(place)) for place in range(first, rows.num_columns)]
    kept = rows.select(range(first))
    if _is_sorted(keys):
        return kept
    return kept.take(pa.array(_places(keys)))


def _numbers(column: pa.ChunkedArray) -> Numbers:
    if column.null_count:
        column = column.fill_null(-1)
    found: Numbers = column.to_numpy().astype(np.int64, copy=False)
    return found


def _is_sorted(keys: Sequence[Numbers]) -> bool:
    first = keys[0]
    if len(keys) == 1:
        return bool((first[1:] > first[:-1]).all())
    after = np.zeros(max(len(first) - 1, 0), dtype=bool)
    tied = ~after
    for key in keys:
        after |= tied & (key[1:] > key[:-1])
        tied &= key[1:] == key[:-1]
    return bool(after.all())


def _places(keys: Sequence[Numbers]) -> Numbers:
    """Which row comes first, second, …"""
    if len(keys) > 1:
        whole = _as_one(keys)
        return np.lexsort(keys[::-1]) if whole is None else np.argsort(whole)
    (first,) = keys
    if first.max() != len(first) - 1 or first.min() != 0:
        return np.argsort(first)
    places = np.empty(len(first), dtype=np.int64)  # all numbers are there: no sort is needed
    places[first] = np.arange(len(first))
    return places


def _as_one(keys: Sequence[Numbers]) -> Numbers | None:
    """Numbers in the order of several, which are not negative but for -1; None if there are none so large."""
    whole, size = np.zeros(len(keys[0]), dtype=np.int64), 1
    for key in keys:
        most = int(key.max()) + 2
        size *= most
        if size >= 2**63:
            return None
        whole = whole * most + (key + 1)
    return whole
