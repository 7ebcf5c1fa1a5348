"""Groups beside each other: `pivot_table` and `crosstab`.

DuckDB makes the groups, those of the margins too. pandas lays out the table: it is given a frame of one row a group,
whose values are the numbers of groups, and functions that know what DuckDB found for each set of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pandas.core.reshape.pivot import _normalize  # type: ignore[attr-defined]

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import filtered, with_column
from stratum_sql.pandas.functions import function
from stratum_sql.pandas.grouping import GroupBy
from stratum_sql.pandas.kinds import INT, category
from stratum_sql.pandas.lazy import Lazy, own
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import Table, Vector

_NAMES = ("sum", "mean", "min", "max", "count", "median", "std", "var", "nunique")
_FUNCTIONS: tuple[tuple[Any, str], ...] = (
    (np.sum, "sum"), (np.mean, "mean"), (np.min, "min"), (np.max, "max"), (np.median, "median"), (np.std, "std"),
    (sum, "sum"), (min, "min"), (max, "max"), (len, "size"),
)  # fmt: skip
_AS_IS = object()  # a key that is a column
_ALL, _KEY, _COUNTED = "\0all", "\0key", "__dummy__"

Found = dict[frozenset[int], Any]  # a value for each set of groups


@dataclass
class _Groups:
    """Rows in groups of keys: `table` has one row for each, with the keys as pandas is given them."""

    frame: DataFrame
    rows: list[Hashable]
    columns: list[Hashable]
    with_margins: bool
    found: dict[tuple[Hashable, str], Found] = field(default_factory=dict)

    def table(self, labels: list[Hashable], wanted: Sequence[tuple[Hashable, str]]) -> pd.DataFrame:
        """The groups, once what is wanted of each set of them was asked. Raises Declined."""
        keys = [*self.rows, *self.columns]
        self.frame = _there(self.frame, keys)
        if self.with_margins:
            self.frame = with_column(self.frame, _ALL, 0)
            _check_whole(self.frame, labels)
        self.found = {pair: {} for pair in wanted}
        groups = self._asked(keys, wanted)
        if not len(groups):
            raise Declined("no groups")
        listed = groups[keys].reset_index(drop=True)
        self._take([{number} for number in range(len(listed))], groups, wanted)
        for some in [self.rows, self.columns, []] if self.with_margins else []:
            sets = self._asked(some, wanted)
            self._take(_members(listed, sets, some), sets, wanted)
        return listed

    def _asked(self, keys: list[Hashable], wanted: Sequence[tuple[Hashable, str]]) -> pd.DataFrame:
        named = {f"\0a{place}": pair for place, pair in enumerate(wanted)}
        groups = self.frame.groupby(keys or [_ALL])
        if not isinstance(groups, GroupBy):
            raise Declined("groups that pandas makes")
        found = groups._native("agg", (), named)
        table: pd.DataFrame = own(found.reset_index()._state)
        return table

    def _take(self, sets: list[set[int]], values: pd.DataFrame, wanted: Sequence[tuple[Hashable, str]]) -> None:
        for place, pair in enumerate(wanted):
            column = values[f"\0a{place}"].to_numpy()
            self.found[pair] |= {frozenset(one): value for one, value in zip(sets, column, strict=True)}

    def function(self, name: str) -> Callable[[Any], Any]:
        """An aggregate as a function of the numbers of groups, of the column of their name."""

        def of_groups(numbers: Any) -> Any:
            return self.found[numbers.name, name][frozenset(numbers)]

        of_groups.__name__ = name
        return of_groups


def _members(listed: pd.DataFrame, sets: pd.DataFrame, keys: list[Hashable]) -> list[set[int]]:
    """The numbers of the groups of all keys that are in each group of some."""
    if not keys:
        return [set(range(len(listed)))]
    with object_mode():
        left = listed[keys].assign(**{_KEY: range(len(listed))})
        right = sets[keys].assign(**{_ALL: range(len(sets))})
        both = left.merge(right, on=keys)
    if len(both) != len(listed):
        raise Declined("groups of other keys in the margins")
    found: list[set[int]] = [set() for _ in range(len(sets))]
    for number, of in zip(both[_KEY], both[_ALL], strict=True):
        found[of].add(number)
    return found


# -- keys --------------------------------------------------------------------------------------------------------------


def _with_keys(frame: DataFrame, given: Any, known: list[Hashable]) -> tuple[DataFrame, list[tuple[Hashable, Any]]]:
    """The frame with each key as a column, and for each its label there and its name; labels are those of columns."""
    listed = given if isinstance(given, list | tuple) else [] if given is None else [given]
    keys: list[tuple[Hashable, Any]] = []
    for one in listed:
        if is_label(one) and one in known:
            keys.append((one, _AS_IS))
        elif isinstance(one, Series) and isinstance(one._state, Vector):
            label = f"{_KEY}{len(frame._table.columns)}"
            frame = with_column(frame, label, one)
            keys.append((label, one._vector.name))
        else:
            raise Declined("keys that are no columns")
    return frame, keys


def _there(frame: DataFrame, labels: Sequence[Hashable]) -> DataFrame:
    """The rows that have all these values."""
    for label in labels:
        value = frame._table.columns.get(label)
        assert value is not None
        if value.nullable:
            frame = filtered(frame, frame._column(label).notna())
    return frame


def _check_keys(frame: DataFrame, labels: Sequence[Hashable], observed: Any) -> None:
    if not labels or len(set(labels)) != len(labels):
        raise Declined("no keys, or one twice")
    values = [frame._table.columns.get(label) for label in labels]
    if observed is not True and any(value is not None and category(value.dtype) is not None for value in values):
        raise Declined("categories that do not come up")


def _check_whole(frame: DataFrame, labels: Sequence[Hashable]) -> None:
    """Raise Declined if a value is missing: pandas leaves the whole row out of the margins."""
    for label in labels:
        if frame._column(label)._has_missing(frame._value(label)):
            raise Declined("missing values beside margins")


# -- pivot_table -------------------------------------------------------------------------------------------------------


@method(
    DataFrame,
    "pivot_table",
    "keys that are columns or Series of the same rows; aggregates by name or of NumPy, a list or dict of them; margins",
)
def _pivot_table(
    self: DataFrame,
    values: Any = None,
    index: Any = None,
    columns: Any = None,
    aggfunc: Any = "mean",
    fill_value: Any = None,
    margins: Any = False,
    margins_name: Any = "All",
    *,
    observed: Any = True,
) -> Any:
    if type(margins) is not bool or not isinstance(margins_name, str):
        raise Declined("these margins")
    if margins and values is None:
        raise Declined("margins of rows none of whose columns is missing")
    known = self._table.columns.labels
    frame, rows = _with_keys(self, index, known)
    frame, across = _with_keys(frame, columns, known)
    keys = [label for label, _ in (*rows, *across)]
    _check_keys(frame, keys, observed)
    labels = _labels(values, aggfunc, [label for label in known if label not in keys])
    if not set(labels) <= set(known) - set(keys):
        raise Declined("values that are not there, or are keys")
    names = {label: _names_of(aggfunc[label] if isinstance(aggfunc, dict) else aggfunc) for label in labels}
    wanted = [(label, name) for label in labels for name in names[label]]
    if any(name == "size" and self._value(label).dtype != INT for label, name in wanted):
        raise Declined("sizes of other than int64, which may be of its dtype")
    groups = _Groups(frame, [label for label, _ in rows], [label for label, _ in across], margins)
    options = {"fill_value": fill_value, "margins": margins, "margins_name": margins_name}
    table = groups.table(labels, wanted)
    with object_mode():
        given = [[one if name is _AS_IS else table[one].rename(name) for one, name in some] for some in (rows, across)]
        left_out = {one for one, name in (*rows, *across) if name is not _AS_IS}
        numbers = {label: range(len(table)) for label in labels}
        order = [label for label in known if label in numbers or label in table]
        data = table.drop(columns=list(left_out))
        for label in labels:
            data[label] = numbers[label]
        return Lazy.of(_laid_out(groups, data[order], values, given, aggfunc, options))


def _laid_out(
    groups: _Groups, data: pd.DataFrame, values: Any, keys: list[Any], aggfunc: Any, options: dict[str, Any]
) -> Any:
    if isinstance(aggfunc, dict):
        made: Any = {label: _for_pandas(groups, what) for label, what in aggfunc.items()}
    else:
        made = _for_pandas(groups, aggfunc)
    try:
        return data.pivot_table(values, keys[0], keys[1], made, **options, observed=True)
    except (KeyError, TypeError, ValueError) as error:  # which pandas raises again, or it asks for other groups
        raise Declined(f"{type(error).__name__} in a table of groups") from None


def _for_pandas(groups: _Groups, what: Any) -> Any:
    if isinstance(what, list):
        return [groups.function(name) for name in _names_of(what)]
    return groups.function(_names_of(what)[0])


def _labels(values: Any, aggfunc: Any, others: list[Hashable]) -> list[Hashable]:
    """The columns that are aggregated. Raises Declined."""
    several = isinstance(values, list | tuple | np.ndarray | pd.Index)
    found = others if values is None else list(values) if several else [values]
    if isinstance(aggfunc, dict):
        if values is not None and set(aggfunc) != set(found):
            raise Declined("a dict of other columns")
        found = list(aggfunc) if values is None else found
    if not found or not all(is_label(one) for one in found) or len(set(found)) != len(found):
        raise Declined("no values, or a label twice")
    return found


def _names_of(what: Any) -> list[str]:
    listed = what if isinstance(what, list) else [what]
    names = [one if isinstance(one, str) else _name_of(one) for one in listed]
    if not names or len(set(names)) != len(names) or not all(name in (*_NAMES, "size") for name in names):
        raise Declined("these aggregates")
    if "size" in listed:
        raise Declined("sizes by name")
    return names


def _name_of(given: Any) -> str:
    found = next((name for known, name in _FUNCTIONS if known is given), None)
    if found is None:
        raise Declined("a function that is not simple")
    return found


# -- crosstab ----------------------------------------------------------------------------------------------------------


@function("crosstab", "Series over the same rows, or lists of such; counts, or aggregates by name; margins, normalize")
def _crosstab(
    index: Any,
    columns: Any,
    values: Any = None,
    rownames: Any = None,
    colnames: Any = None,
    aggfunc: Any = None,
    margins: Any = False,
    margins_name: Any = "All",
    *,
    normalize: Any = False,
) -> Any:
    if (values is None) != (aggfunc is None) or type(margins) is not bool or not isinstance(margins_name, str):
        raise Declined("these arguments")
    sides = [one if isinstance(one, list) else [one] for one in (index, columns)]
    every = [*sides[0], *sides[1], *([] if values is None else [values])]
    if not all(isinstance(one, Series) and isinstance(one._state, Vector) for one in every) or not all(sides):
        raise Declined("other than Series")
    labels = [
        [f"{word}_{place}" for place in range(len(side))] for word, side in zip(("row", "col"), sides, strict=True)
    ]
    frame = _of_columns([*labels[0], *labels[1], *([] if values is None else [_COUNTED])], every)
    names = [_told(rownames, sides[0], labels[0]), _told(colnames, sides[1], labels[1])]
    what, fills = ("size", {"fill_value": 0}) if values is None else (aggfunc, {})
    if values is None:
        frame = with_column(frame, _COUNTED, 0)
    groups = _Groups(frame, list(labels[0]), list(labels[1]), margins)
    given = len if values is None else what
    table = groups.table([_COUNTED], [(_COUNTED, name) for name in _names_of(given)])
    options = {"margins": margins, "margins_name": margins_name, **fills}
    with object_mode():
        table[_COUNTED] = range(len(table))
        found = _laid_out(groups, table, _COUNTED, labels, given, options)
        if normalize is not False:
            found = _normalize(found, normalize=normalize, margins=margins, margins_name=margins_name)
        for axis in (0, 1):
            found = found.rename_axis(**{("index", "columns")[axis]: dict(zip(labels[axis], names[axis], strict=True))})
        return Lazy.of(found)


def _of_columns(labels: list[str], columns: list[Series]) -> DataFrame:
    """A frame of columns over the same rows. Raises Declined."""
    first, found = columns[0], []
    node = first._vector.node
    for one in columns:
        node, value, _ = first._with(first._vector.value, node)._other(one)
        if not isinstance(value, Expr):
            raise Declined("other than a column")
        found.append(value)
    table = Table(node, tuple(zip(labels, found, strict=True)), first._vector.index)
    made: DataFrame = Lazy.recorded(table, is_frame=True)
    return made


def _told(given: Any, side: list[Series], labels: list[str]) -> list[Hashable]:
    """The names of the levels of one side. Raises Declined."""
    if given is None:
        return [
            label if one._vector.name is None else one._vector.name for one, label in zip(side, labels, strict=True)
        ]
    if not isinstance(given, list) or len(given) != len(side):
        raise Declined("names that are not as many")
    return given
