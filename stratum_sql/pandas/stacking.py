"""Frames and Series below each other: `concat`."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from stratum_sql.pandas.aligning import labelled, ordered
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, column, dtype_of, literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, Dtype, is_number, sql_type
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import RID, Names, Union
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.windows import has_rows


def stacked(
    frames: Sequence[Table], *, ignore_index: bool, keys: Sequence[str | int] | None = None, join: str = "outer",
    sort: bool = False, named: Sequence[Hashable] = (),
) -> DataFrame:  # fmt: skip
    """The rows of all, in their order; a column that one does not have is missing there, or left out by `join`.

    `keys`, one for each frame, are the first level of the index, and `named` the names of its first levels.
    Raises Declined.
    """
    place, names = here(), Names()
    labels: list[Any] = list(dict.fromkeys(label for frame in frames for label, _ in frame.columns))
    if join == "inner":
        labels = [label for label in labels if all(frame.columns.get(label) is not None for frame in frames)]
    if sort:
        labels = sorted(labels)
    if not labels or (keys is not None and not any(has_rows(frame.node) for frame in frames)):
        raise Declined("no columns, or keys of no rows")
    dtypes = [stacked_dtype([dict(frame.columns).get(label) for frame in frames]) for label in labels]
    columns = [names.new(label) for label in labels]
    levels = [] if ignore_index else _levels_of_all(frames)
    indexed = [(names.new("index"), dtype) for _, dtype in levels]
    if keys is not None:
        indexed.insert(0, (names.new("key"), dtype_of(keys[0])))
    parts = []
    for place_of, frame in enumerate(frames):
        node, index = (frame.node, Index(())) if ignore_index else labelled(frame, place)
        node, order = ordered(node, place)
        known = dict(frame.columns)
        values = [_as(known.get(label), dtype) for label, dtype in zip(labels, dtypes, strict=True)]
        if keys is not None:
            values.append(cast(literal(keys[place_of], indexed[0][1]), indexed[0][1]))
        parts.append((node, order, (*values, *(value for _, value in index.levels))))
    nullable = [any(part[2][at].nullable for part in parts) for at in range(len(labels))]
    made = Union(place=place, names=names, columns=(*columns, *(name for name, _ in indexed)), parts=tuple(parts))
    found = [
        (label, column(name, dtype, nullable=missing))
        for label, name, dtype, missing in zip(labels, columns, dtypes, nullable, strict=True)
    ]
    told = [*([None] if keys is not None else []), *(label for label, _ in levels)]
    told = [*named, *told[len(named) :]]
    pairs = zip(told, indexed, strict=True)
    index = Index(tuple((label, column(name, dtype, nullable=False)) for label, (name, dtype) in pairs))
    result: DataFrame = Lazy.recorded(Table(made, tuple(found), index), is_frame=True)
    return result


def _levels_of_all(frames: Sequence[Table]) -> list[tuple[Hashable, Dtype]]:
    """The levels of the index of all, each with its name if all have it. Raises Declined for other levels."""
    unnamed = Index(((None, column(RID, INT, nullable=False)),))
    found = [(frame.index if frame.index.levels else unnamed).levels for frame in frames]
    if any([value.dtype for _, value in levels] != [value.dtype for _, value in found[0]] for levels in found):
        raise Declined("labels of several types")
    listed = list[tuple[Hashable, Dtype]]()
    for pairs in zip(*found, strict=True):
        names, value = {name for name, _ in pairs}, pairs[0][1]
        if value.dtype not in ((INT, TEXT) if len(found[0]) == 1 else (INT, TEXT, BOOL)) or any(
            one.nullable for _, one in pairs
        ):
            raise Declined("labels of other than int64 and texts, or missing ones")
        listed.append((pairs[0][0] if len(names) == 1 else None, value.dtype))
    return listed


def below(objects: Sequence[Series], *, ignore_index: bool) -> Series:
    """The values of all Series, in their order. Raises Declined."""
    states = [one._state for one in objects]
    tables = [Table(one.node, (("value", one.value),), one.index) for one in states if isinstance(one, Vector)]
    if len(tables) != len(states):
        raise Declined("Series that only pandas can hold")
    found = stacked(tables, ignore_index=ignore_index)._table
    ((_, value),) = found.columns
    names = {(type(one.name), one.name) for one in objects}
    name = objects[0].name if len(names) == 1 else None
    made: Series = Lazy.recorded(Vector(found.node, value, name, found.index), is_frame=False)
    return made


def stacked_dtype(values: Sequence[Expr | None]) -> Dtype:
    dtypes = {value.dtype for value in values if value is not None}
    if len(dtypes) > 1:
        if not all(is_number(dtype) for dtype in dtypes):
            raise Declined("columns of several types")
        found: Dtype = np.result_type(*dtypes)
    else:
        (found,) = dtypes
    if None not in values or found in (FLOAT, TEXT):
        return found
    if found != INT:
        raise Declined(f"a column of {found} that is not in all frames")
    return FLOAT


def _as(value: Expr | None, dtype: Dtype) -> Expr:
    return Expr((f"NULL::{sql_type(dtype)}",), dtype, True) if value is None else cast(value, dtype)
