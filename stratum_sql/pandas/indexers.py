"""`loc`: rows by a condition or by label, columns of them, and values set there."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas import frame_methods, listed_values, rowwise, series_methods, stand_ins
from stratum_sql.pandas.aligning import together
from stratum_sql.pandas.axes import Named, as_named, laid
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.given import by_row
from stratum_sql.pandas.kinds import BOOL
from stratum_sql.pandas.layouts import labels_of, plan_of
from stratum_sql.pandas.lazy import Changing, Lazy, own, thawed, wrapped
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import OPERATIONS, Operation, recipe_of, with_recipe
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter, Node, Take
from stratum_sql.pandas.row_calls import mask_of, row_labels
from stratum_sql.pandas.running import refused, rows_of
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import condition_of, is_constant, is_label
from stratum_sql.pandas.setting import put_columns, put_in_frame, put_in_series, put_row, with_constants
from stratum_sql.pandas.states import Held, State
from stratum_sql.pandas.taking import (
    all_there,
    between_labels,
    by_labels,
    by_numbers,
    labels_as,
    labels_between,
    level_of,
    over,
    state_of,
)

for _owner in ("DataFrame", "Series"):
    OPERATIONS[_owner, "loc"] = Operation(
        _owner,
        "loc",
        "a condition over the same rows, `:`, a label, a list of labels, from one label to another where they ascend; "
        "set to a constant, or where a condition holds to a Series",
    )
MOST_LISTED = 200  # labels or numbers that are written into a condition
_MOST_READS = 3  # of single rows, before all are made
_reads: weakref.WeakKeyDictionary[State, int] = weakref.WeakKeyDictionary()


class Indexer:
    """`loc` or `iloc` of a recorded object."""

    name = ""

    def __init__(self, owner: Any) -> None:
        self.owner = owner

    def take(self, key: Any) -> Any:
        """The rows of a key. Raises Declined."""
        raise NotImplementedError

    def put(self, key: Any, value: Any) -> State:
        """The state with a value set at the key. Raises Declined."""
        raise NotImplementedError

    def __getitem__(self, key: Any) -> Any:
        key = self._called(key)
        before = self.owner._state
        try:
            found = self._found(key, before)
        except Declined as declined:
            return self._pandas(declined.reason)[key]
        except StratumError as error:
            return self._pandas(refused(error))[key]
        if issubclass(type(found), Lazy):
            recipe = recipe_of(before, f"{self.name}.__getitem__", (key,), {})
            found._become(with_recipe(found._state, recipe))
            if not isinstance(found._state, Held) and isinstance(found._state.node, Take):
                rows_of[found._state] = recipe
        self._count()
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        key = self._called(key)
        before = self.owner._state
        try:
            state = self.put_in_named(key, value, before) if isinstance(before, Named) else self.put(key, value)
        except Declined as declined:
            self._pandas(declined.reason)[key] = value
            return
        except StratumError as error:
            self._pandas(refused(error))[key] = value
            return
        self.owner._become(with_recipe(state, recipe_of(before, f"{self.name}.__setitem__", (key, value), {})))
        self._count()

    def _found(self, key: Any, state: State) -> Any:
        try:
            return self.of_named(key, state) if isinstance(state, Named) else self.take(key)
        except Declined as declined:
            try:
                return self.by_labels(key)
            except Declined:
                raise declined from None

    def by_labels(self, key: Any) -> Any:
        """The rows of a key that pandas finds by labels alone. Raises Declined."""
        raise Declined("other than labels")

    def _called(self, key: Any) -> Any:
        """The key, with what its functions give for the object: they are called once, whoever does the rest, and what
        can be read once is read.
        """
        if hasattr(key, "__next__"):
            return list(key)
        if type(key) is tuple and any(hasattr(part, "__next__") for part in key):
            return tuple(list(part) if hasattr(part, "__next__") else part for part in key)
        if type(key) is tuple and any(map(callable, key)):
            return tuple(part(self.owner) if _is_function(part) else part for part in key)
        if not callable(key) or not _is_function(key):
            return key
        found = key(self.owner)
        if self.name == "iloc" and isinstance(found, tuple):
            raise ValueError("Returning a tuple from a callable with iloc is not allowed.")
        return found

    def of_named(self, key: Any, state: Named) -> Any:
        """As `take`, of a frame whose labels are beside its plan."""
        rows, columns = key if isinstance(key, tuple) and len(key) == 2 else (key, ...)
        if isinstance(rows, tuple) or callable(rows):
            raise Declined("labels of several levels")
        owner = self.owner if columns is ... else stand_ins.chosen(state, self._chooses(columns))
        return self.rows_of(owner, rows)

    def rows_of(self, owner: Any, rows: Any) -> Any:
        """Rows of some columns, whose labels may be beside their plan. Raises Declined."""
        if isinstance(rows, slice) and rows == slice(None):
            return owner.copy() if owner is self.owner else owner
        found = owner._state
        if not isinstance(found, Named):
            return type(self)(owner).take(rows)
        taken = type(self)(stand_ins.plain(found)).take(rows)
        of_row = isinstance(taken, Series)
        return stand_ins.by_label(found, taken, ("index",)) if of_row else stand_ins.under(found, taken)

    def _chooses(self, columns: Any) -> Callable[[pd.DataFrame], Any]:
        if callable(columns):
            raise Declined("columns by a function of the frame")
        columns = thawed(columns)
        return lambda frame: getattr(frame, self.name)[:, columns]

    def put_in_named(self, key: Any, value: Any, state: Named) -> State:
        """As `put`, in columns of which each is there once."""
        if not isinstance(key, tuple) or len(key) != 2 or isinstance(key[0], tuple):
            raise Declined("whole rows, or labels of several levels")
        found = stand_ins.done(state.axis, self._chooses(key[1]))
        numbers = [int(found.iloc[0])] if isinstance(found, pd.Series) else stand_ins.numbers(found)
        labels = state.table.columns.labels
        places = numbers if self.name == "iloc" else [labels[number] for number in numbers]
        table: Any = type(self)(stand_ins.plain(state)).put((key[0], places), value)
        return laid(table.node, [held for _, held in table.columns], state.axis, table.index)

    def _count(self) -> None:
        engine().translated[f"{type(self.owner).__name__}.{self.name}"] += 1

    def _pandas(self, reason: str) -> Changing:
        """The same of pandas itself, which logs what is done with it."""
        copy = own(self.owner._state)
        with object_mode():
            return Changing(self.name, getattr(copy, self.name), self.owner, copy, reason)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(getattr(own(self.owner._state), self.name), name)


def read(owner: Any, restricted: Callable[[], Any], of_all: Callable[[Any], Any], of_some: Callable[[Any], Any]) -> Any:
    """What pandas reads from some rows of the object; of all if they were made, or are read again and again."""
    state = state_of(owner)
    _reads[state] = _reads.get(state, 0) + 1
    all_made = bool(state.kept) or _reads[state] > _MOST_READS
    rows = own(state if all_made else restricted()._state)
    with object_mode():
        return wrapped(of_all(rows) if all_made else of_some(rows))


class Loc(Indexer):
    """`df.loc` and `series.loc`."""

    name = "loc"

    def take(self, key: Any) -> Any:
        rows, columns = self._split(key)
        owner = self.owner if columns is ... else self._columns(columns)
        if isinstance(owner._state, Named):
            return self.rows_of(owner, rows)
        if issubclass(type(rows), Lazy) and rows.dtype == bool:
            return filtered(owner, condition_of(self.owner, rows))
        if isinstance(rows, slice):
            if rows == slice(None) and columns is not ...:
                return owner
            return between_labels(owner, rows)
        if is_label(rows):
            return read(owner, lambda: _labelled(owner, rows), *[lambda found: found.loc[rows]] * 2)
        if isinstance(rows, Series):
            rows = own(rows._state).to_numpy()
        if are_booleans(rows):
            return by_numbers(owner, np.asarray(rows))
        if isinstance(rows, list) and not rows and len(state_of(owner).index.levels) < 2:
            return by_numbers(owner, rows)
        if isinstance(rows, list | np.ndarray | pd.Index):
            return by_labels(owner, rows)
        raise Declined(f"rows by a {type(rows).__name__}")

    def _split(self, key: Any) -> tuple[Any, Any]:
        state_of(self.owner)
        if isinstance(key, tuple):
            if isinstance(self.owner, Series) or len(key) != 2:
                raise Declined("labels of several levels")
            return key
        return key, ...

    def _columns(self, columns: Any) -> Any:
        known = [label for label, _ in self.owner._table.columns]
        if isinstance(columns, slice):
            return self.owner[_labels_between(known, columns)]
        if are_booleans(columns):
            return self.owner[_labels_where(known, columns)]
        listed = list(columns) if isinstance(columns, list | pd.Index) else [columns]
        if not all(is_label(label) and label in known for label in listed):
            return stand_ins.chosen(as_named(self.owner._table), self._chooses(columns))
        return self.owner[listed] if isinstance(columns, list | pd.Index) else self.owner._column(columns)

    def put(self, key: Any, value: Any) -> State:
        rows, columns = self._split(key)
        if isinstance(self.owner, Series):
            if listed_values.is_array(rows, value) and not are_booleans(rows):
                return listed_values.put(self.owner, *self._keys(rows), value)
            return put_in_series(self.owner, *self._where(rows), value)
        known = self.owner._table.columns.labels
        labels = _set_labels(known, columns)
        if isinstance(rows, slice) and rows == slice(None) and isinstance(value, np.ndarray | list | DataFrame):
            return put_columns(self.owner, labels, value, alone=not isinstance(columns, list | slice | pd.Index))
        if isinstance(rows, slice) and rows == slice(None) and is_constant(value) and not set(labels) & set(known):
            return with_constants(self.owner, labels, value)
        if listed_values.is_array(rows, value) and len(labels) == 1 and is_label(columns) and not are_booleans(rows):
            return listed_values.put(self.owner, *self._keys(rows), value, labels[0])
        node, condition = self._where(rows)
        if is_label(rows) and isinstance(value, list | tuple | np.ndarray):
            return put_row(self.owner, node, condition, labels, value)
        return put_in_frame(self.owner, node, condition, labels, value)

    def by_labels(self, key: Any) -> Any:
        owner, state = self.owner, self.owner._state
        plan = plan_of(state)
        if isinstance(owner, Series) or not isinstance(key, tuple):
            return row_labels(owner, key)
        if all(isinstance(part, str | int | float) for part in key) and labels_of(plan).nlevels > 1:
            try:
                return row_labels(owner, key)
            except Declined:  # a label of rows and one of columns
                pass
        if len(key) != 2:
            raise Declined("labels of several levels")
        rows, columns = key
        of_columns = stand_ins.chosen(as_named(state), self._chooses(columns))
        if isinstance(rows, slice) and rows == slice(None):
            return of_columns
        if not isinstance(rows, tuple):
            return row_labels(of_columns, rows)
        if isinstance(of_columns, Series):
            found = row_labels(of_columns, rows)
            if issubclass(type(found), Lazy):
                raise Declined("labels of several levels, and of one column")
            return found
        return row_labels(of_columns, (rows, slice(None)))  # else its parts were of rows and columns

    def _where(self, rows: Any) -> tuple[Node, Expr]:
        try:
            return self._in_plan(rows)
        except Declined:
            return by_row(state_of(self.owner).node, mask_of(self.owner, rows))

    def _in_plan(self, rows: Any) -> tuple[Node, Expr]:
        if issubclass(type(rows), Lazy) and rows.dtype == bool:
            test = condition_of(self.owner, rows)._vector
            return together(self.owner._state.node, test.node), test.value
        if isinstance(rows, slice) and rows == slice(None):
            return self.owner._state.node, Expr(("true",), BOOL)
        if are_booleans(rows):
            return by_row(self.owner._state.node, np.asarray(rows))
        if isinstance(rows, slice):
            return labels_between(state_of(self.owner), rows)[:2]
        node, level, labels = self._keys(rows if isinstance(rows, list | np.ndarray | pd.Index) else [rows])
        if len(labels) > MOST_LISTED:
            return listed_values.among(node, level, labels)
        return node, rowwise.is_among(level, labels.tolist())

    def _keys(self, rows: Any) -> tuple[Node, Expr, Any]:
        """The one level of the index, and labels that are all there. Raises Declined."""
        node, level, _ = level_of(state_of(self.owner))
        labels = labels_as(rows if isinstance(rows, np.ndarray | pd.Index) else list(rows), level)
        if not len(labels):
            raise Declined("no labels")
        if not all_there(node, level, labels):
            raise Declined("labels that are not there")
        return node, level, labels


def _is_function(key: Any) -> bool:
    return callable(key) and not issubclass(type(key), Lazy)


_BOOLEANS = (bool, np.bool_)


def are_booleans(key: Any) -> bool:
    """Whether a list or array has booleans, one or more."""
    if isinstance(key, list):
        return bool(key) and isinstance(key[0], _BOOLEANS) and all(isinstance(one, _BOOLEANS) for one in key)
    return isinstance(key, np.ndarray) and key.dtype == bool and key.ndim == 1 and len(key) > 0


def _labels_where(known: list[Any], columns: Any) -> list[Any]:
    if len(columns) != len(known):
        raise Declined("booleans that are not one a column")
    return [label for label, is_wanted in zip(known, columns, strict=True) if is_wanted]


def _set_labels(known: list[Any], columns: Any) -> list[Any]:
    """The labels of the columns that are set; all without any. Raises Declined."""
    if columns is ...:
        return list(known)
    if isinstance(columns, slice):
        return _labels_between(known, columns)
    if are_booleans(columns):
        return _labels_where(known, columns)
    labels = list(columns) if isinstance(columns, list | pd.Index) else [columns]
    if not labels or not all(isinstance(label, str) or (is_label(label) and label in known) for label in labels):
        raise Declined("other than columns by their labels")
    return labels


def _labelled(owner: Any, label: Any) -> Any:
    node, level, index = level_of(state_of(owner))
    (wanted,) = labels_as([label], level).tolist()
    condition = rowwise.is_among(level, [wanted])
    kept = Filter(place=here(), names=node.base.names, child=node, condition=condition)
    return over(owner, kept, index)


def _labels_between(known: list[Any], columns: slice) -> list[Any]:
    if columns.step is not None or any(end is not None and end not in known for end in (columns.start, columns.stop)):
        raise Declined("labels that are not there")
    first = 0 if columns.start is None else known.index(columns.start)
    last = len(known) if columns.stop is None else known.index(columns.stop) + 1
    return known[first:last]


def filtered(owner: Any, condition: Series) -> Any:
    """The rows where a condition holds."""
    function = series_methods.filtered if isinstance(owner, Series) else frame_methods.filtered
    return function(owner, condition)


def _loc(self: Any) -> Loc:
    return Loc(self)


for _kind in (DataFrame, Series):
    _kind.loc = property(_loc, doc="`loc` of pandas.")  # type: ignore[attr-defined]
