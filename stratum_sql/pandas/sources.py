"""pandas objects as sources of a plan, and rows of DuckDB as pandas objects."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from stratum_sql.pandas.carrying import carry
from stratum_sql.pandas.expressions import Expr, column
from stratum_sql.pandas.index_traits import has_traits
from stratum_sql.pandas.kinds import TEXT, Dtype, carried, category, held_as, is_known, shown
from stratum_sql.pandas.kinds import objects as boxes
from stratum_sql.pandas.places import Place
from stratum_sql.pandas.plan import RID, Names, Source
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.quoting import quote

_ROW = "index"


def table_of(frame: pd.DataFrame, place: Place, *, csv: str | None = None) -> Table | None:
    """The frame as a source; None if a column or the index is of a dtype that has no equal in DuckDB, or the labels of
    the columns are none that a Table has.
    """
    return None if frame.attrs or not are_plain(frame.columns) else source_table(frame, place, csv=csv)


def are_plain(axis: pd.Index[Any]) -> bool:
    """Whether a Table can have these labels: texts or integers, each once, without a name."""
    if isinstance(axis, pd.RangeIndex):
        return axis.name is None and len(axis) > 0
    if axis.nlevels > 1 or axis.dtype.kind not in "Oiu" or axis.name is not None or not axis.is_unique:
        return False
    labels: list[Hashable] = list(axis)
    if not all(is_text_or_number(label) for label in labels) or len({isinstance(label, str) for label in labels}) != 1:
        return False  # no columns, or labels of two kinds
    return axis.identical(labels_index(labels))


def source_table(frame: pd.DataFrame, place: Place, *, csv: str | None = None) -> Table | None:
    """As `table_of`, of a frame whose labels are those of a Table, or none."""
    names, arrays, columns, nones = Names(), [], [], []
    index = index_arrays(frame.index, names)
    if index is None:
        return None
    for position, label in enumerate(frame.columns):
        found = column_of_source(frame.iloc[:, position])
        if found is None:
            return None
        name, (array, dtype) = names.new(label), found
        arrays.append((name, array))
        if array.null_count and _has(frame.iloc[:, position], array, None):
            nones.append(name)
        columns.append((label, column(name, dtype, nullable=array.null_count > 0)))
    source = source_of(len(frame), [*index[1], *arrays], names, place, csv)
    source = remembering(replace(source, nones=tuple(nones)) if nones else source, frame.index, index[1])
    source = with_carried(source, [value for _, value in (*columns, *index[0].levels)])
    return Table(source, tuple(columns), index[0], kept=[frame.copy(deep=False)])


def labels_index(labels: list[Hashable]) -> pd.Index[Any]:
    """The columns of a frame with these labels: the numbers 0, 1, 2, … are a range, as pandas makes them."""
    if labels and labels == list(range(len(labels))):
        return pd.RangeIndex(len(labels))
    return pd.Index(labels, dtype=object if any(isinstance(label, str) for label in labels) else None)


def vector_of(series: pd.Series[Any], place: Place) -> Vector | None:
    """The Series as a source; None as for `table_of`."""
    names = Names()
    index, found = index_arrays(series.index, names), column_of_source(series)
    if index is None or found is None or series.attrs or not (series.name is None or is_text_or_number(series.name)):
        return None
    array, dtype = found
    name = names.new("value" if series.name is None else series.name)
    source = source_of(len(series), [*index[1], (name, array)], names, place, None)
    source = replace(source, nones=(name,)) if array.null_count and _has(series, array, None) else source
    source = remembering(source, series.index, index[1])
    value = column(name, dtype, nullable=array.null_count > 0)
    source = with_carried(source, [value, *(level for _, level in index[0].levels)])
    return Vector(source, value, series.name, index[0], kept=[series.copy(deep=False)])


def twin(state: Table | Vector, place: Place) -> Table | Vector:
    """The same source for another script: the rows are those, the names of columns are its own."""
    held = state.node
    assert isinstance(held, Source)
    node = replace(held, place=place, names=held.names.copy())
    return replace(state, node=node, recipe=None, kept=list(state.kept))  # type: ignore[arg-type]


def _dtype(dtype: object) -> Dtype:
    found = held_as(dtype)
    assert found is not None
    return found


def with_objects(held: Any) -> Any:
    """The frame or Series with `object` where pandas 3 has `str`, in values, labels and index."""
    axes = {
        name: _labels_as_objects(axis)
        for name, axis in zip(("index", "columns"), held.axes, strict=False)
        if any(_is_text_dtype(level.dtype) for level in (axis.levels if axis.nlevels > 1 else (axis,)))
    }
    if isinstance(held, pd.DataFrame):
        columns: dict[int, Any] = {
            place: objects(dtype) for place, dtype in enumerate(held.dtypes) if _is_text_dtype(dtype)
        }
        if columns:
            labels = held.columns
            held = held.set_axis(range(len(labels)), axis=1).astype(columns).set_axis(labels, axis=1)
    elif _is_text_dtype(held.dtype):
        held = held.astype(objects(held.dtype))
    for name, axis in axes.items():
        held = held.set_axis(axis, axis=name)
    return held


def _labels_as_objects(axis: Any) -> Any:
    if axis.nlevels == 1:
        return axis.astype(objects(axis.dtype))
    levels = [level.astype(objects(level.dtype)) if _is_text_dtype(level.dtype) else level for level in axis.levels]
    return axis.set_levels(levels)


def objects(dtype: object) -> Any:
    """The dtype in place of one of pandas' texts."""
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.CategoricalDtype(dtype.categories.astype(object), dtype.ordered)
    return object


def _is_text_dtype(dtype: object) -> bool:
    if isinstance(dtype, pd.CategoricalDtype):
        return dtype.categories is not None and _is_text_dtype(dtype.categories.dtype)
    return isinstance(dtype, pd.StringDtype) and dtype.na_value is not pd.NA


def source_of(rows: int, arrays: list[tuple[str, pa.Array]], names: Names, place: Place, csv: str | None) -> Source:
    rid = (RID, pa.array(np.arange(rows, dtype=np.int64)))
    table = pa.Table.from_arrays([array for _, array in (*arrays, rid)], [name for name, _ in (*arrays, rid)])
    return Source(place=place, names=names, name=new_name(), table=table, csv=csv)


_numbers = itertools.count(1)


def new_name() -> str:
    """A name for the table of a source."""
    return f"frame_{next(_numbers)}"


def is_text_or_number(label: object) -> bool:
    """Whole numbers and texts; no half characters, which neither Arrow nor SQL can hold."""
    if isinstance(label, str):
        return not any("\ud800" <= char <= "\udfff" for char in label)
    return isinstance(label, int | np.integer) and not isinstance(label, bool)


def index_arrays(index: pd.Index[Any], names: Names) -> tuple[Index, list[tuple[str, pa.Array]]] | None:
    """How the index is found again, and the columns it takes; None for one that has no equal."""
    if isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1 and index.name is None:
        return Index(()), []
    if isinstance(index, pd.MultiIndex):
        return _level_arrays(index, names)
    if not (index.name is None or is_text_or_number(index.name)):
        return None
    found = _labels_of_source(index)
    if found is None:
        return None
    name, (array, dtype) = names.new(_ROW if index.name is None else index.name), found
    return Index(((index.name, column(name, dtype, nullable=array.null_count > 0)),)), [(name, array)]


def _labels_of_source(index: pd.Index[Any]) -> tuple[pa.Array, Dtype] | None:
    """As `column_of_source`; categories and missing texts are carried."""
    array = None if isinstance(index, pd.CategoricalIndex) else array_of(pd.Series(index, dtype=index.dtype))
    if array is None or (array.null_count and index.dtype == TEXT):
        return carry(index)
    return array, _dtype(index.dtype)


def _level_arrays(index: pd.MultiIndex, names: Names) -> tuple[Index, list[tuple[str, pa.Array]]] | None:
    """As `index_arrays`. Names of levels are texts: a number would be a place as well."""
    levels, arrays = [], []
    for place, label in enumerate(index.names):
        values = index.get_level_values(place)
        found = _level_of_source(values)
        if found is None or not (label is None or (isinstance(label, str) and is_text_or_number(label))):
            return None
        name, (array, dtype) = names.new(_ROW if label is None else label), found
        levels.append((label, column(name, dtype, nullable=array.null_count > 0)))
        arrays.append((name, array))
    return Index(tuple(levels)), arrays


def _level_of_source(values: pd.Index[Any]) -> tuple[pa.Array, Dtype] | None:
    """As `column_of_source`; of what would be carried only times and periods, which find their place in the level."""
    if isinstance(values.dtype, pd.DatetimeTZDtype | pd.PeriodDtype):
        return carry(values)
    array = None if isinstance(values, pd.CategoricalIndex) else array_of(pd.Series(values, dtype=values.dtype))
    return None if array is None else (array, _dtype(values.dtype))


def remembering(source: Source, index: pd.Index[Any], arrays: list[tuple[str, pa.Array]]) -> Source:
    """The source with the index that it has in pandas, where that shows more than its labels."""
    if not has_traits(index):
        return source
    return replace(source, index=index, levels=tuple(name for name, _ in arrays))


def with_carried(source: Source, values: Sequence[Expr]) -> Source:
    """The source, which is not read from a file by DuckDB if a column is carried."""
    names = {quote(name): name for name in source.table.column_names}
    found = tuple(names[str(value.text[0])] for value in values if carried(value.dtype) is not None)
    return replace(source, carried=found, csv=None) if found else source


def column_of_source(series: pd.Series[Any]) -> tuple[pa.Array, Dtype] | None:
    """The values as `array_of` gives them, categories as their codes, and their dtype; what DuckDB has no type for is
    carried. None where that cannot be.
    """
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes = series.cat.codes.to_numpy()
        return pa.array(codes, mask=codes < 0), _dtype(series.dtype)
    array = array_of(series)
    return carry(series) if array is None else (array, _dtype(series.dtype))


def array_of(series: pd.Series[Any]) -> pa.Array | None:
    """The values with NULL for what is missing; None if DuckDB has no such type, or a text is no text."""
    if not is_known(series.dtype):
        return None
    values = series.to_numpy()
    if series.dtype.kind == "m":  # an integer of its unit, which an INTERVAL of DuckDB is not
        return pa.array(values.view(np.int64), mask=np.isnat(values))
    if series.dtype != TEXT:
        return pa.array(values, from_pandas=True)
    if pd.api.types.infer_dtype(values, skipna=True) not in ("string", "empty"):
        return None
    try:
        array = pa.array(values, type=pa.string(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        return None
    return None if array.null_count and _has(series, array, pd.NA) else array  # NA would come back as NaN


def _has(series: pd.Series[Any], array: pa.Array, missing: object) -> bool:
    """Whether a missing text of a column is this very object."""
    if series.dtype != TEXT:
        return False
    return any(one is missing for one in series.to_numpy()[array.is_null().to_numpy(zero_copy_only=False)])


# ---- back ------------------------------------------------------------------------------------------------------------


def values_of(array: pa.ChunkedArray, dtype: Dtype) -> Any:
    """A column of DuckDB as pandas holds it: NaN or NaT for NULL."""
    boxed = boxes(dtype)
    if boxed is not None:
        return _objects([boxed.missing if one is None else one for one in array.to_pylist()])
    held = carried(dtype)
    if held is not None:
        return held.taken(array.fill_null(-1).to_numpy(zero_copy_only=False))
    kind = category(dtype)
    if kind is not None:
        codes = array.fill_null(-1).to_numpy(zero_copy_only=False)
        return pd.Categorical.from_codes(codes.astype(kind.codes), dtype=kind.of)
    if dtype.kind == "m":
        array = array.cast(pa.int64()).cast(pa.duration(np.datetime_data(dtype)[0]))
    if dtype == TEXT:
        found: np.ndarray[Any, Any] = array.to_numpy(zero_copy_only=False).astype(object)
        found[array.is_null().to_numpy(zero_copy_only=False).astype(bool)] = np.nan
        return found
    values: np.ndarray[Any, Any] = array.to_numpy(zero_copy_only=False)
    return values.astype(dtype, copy=False)


def _objects(values: list[Any]) -> np.ndarray[Any, Any]:
    """The values as they are: NumPy would make one array of lists that are equally long."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def column_of(array: pa.ChunkedArray, dtype: Dtype, index: pd.Index[Any], name: Hashable = None) -> pd.Series[Any]:
    """A column of DuckDB as a Series."""
    kind = object if is_boxed(dtype) else None  # else pandas looks for times in objects
    copies = None if carried(dtype) is None else False  # they were taken of their array
    return pd.Series(values_of(array, dtype), index=index, name=name, dtype=kind, copy=copies)


def index_of(rows: pa.Table, first: int, levels: Sequence[tuple[Hashable, Expr]]) -> pd.Index[Any]:
    """The index that begins at column number `first`; 0, 1, 2, … without levels."""
    if not levels:
        return pd.RangeIndex(rows.num_rows)
    found = [
        _level(values_of(rows.column(first + place), value.dtype), value.dtype, label)
        for place, (label, value) in enumerate(levels)
    ]
    return found[0] if len(found) == 1 else pd.MultiIndex.from_arrays(found)


def is_boxed(dtype: Dtype) -> bool:
    """Whether a column is one of objects of Python other than texts."""
    return dtype != TEXT and shown(dtype) == TEXT


def _level(values: Any, dtype: Dtype, name: Hashable) -> Any:
    if carried(dtype) is None or not is_boxed(dtype):
        return pd.Index(values, name=name)
    return pd.Index(values, dtype=object, name=name, tupleize_cols=False)  # as they are: pandas looks for times


def scalar_of(value: Any, dtype: Dtype) -> Any:
    """One value of DuckDB as pandas gives it."""
    if dtype.kind in "mM":
        return time_of(value, dtype)
    if value is None:
        return float("nan")
    return value if dtype == TEXT else dtype.type(value)


def time_of(value: Any, dtype: Dtype) -> Any:
    """One time or span as pandas gives it: spans are integers of their unit in DuckDB."""
    if value is None:
        return pd.NaT
    unit: Any = np.datetime_data(dtype)[0]
    return pd.Timestamp(value).as_unit(unit) if dtype.kind == "M" else pd.Timedelta(np.timedelta64(int(value), unit))
