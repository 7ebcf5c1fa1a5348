"""One value for another: `replace`, and `map` by a dict or a Series."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import rowwise
from stratum_sql.pandas.aligning import plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, cast, column, dtype_of, is_missing, joined, literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import each, with_column
from stratum_sql.pandas.given import count
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, Dtype, category, is_float, is_integer, is_number
from stratum_sql.pandas.lambdas import translated
from stratum_sql.pandas.lookups import by_value
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Lookup, Names, Node
from stratum_sql.pandas.presence import are_within, held
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.sources import array_of, source_of
from stratum_sql.pandas.states import Vector
from stratum_sql.pandas.taking import is_unique, level_of

MOST_CASES = 200  # entries of a dict that are written out; a larger one is a table
_NOTHING = object()

# -- replace -----------------------------------------------------------------------------------------------------------


@method(Series, "replace", "constants, lists or a dict of them, by constants of the column's type; texts by patterns")
def _replace(self: Series, to_replace: Any = None, value: Any = _NOTHING, *, regex: Any = False) -> Any:
    if regex is not False:
        return _by_pattern(self, to_replace, value, regex)
    pairs = _pairs(to_replace, value)
    return self._with(replaced(self._vector.node, self._vector.value, pairs))


def _by_pattern(self: Series, to_replace: Any, value: Any, regex: Any) -> Any:
    plain_values = isinstance(to_replace, str | dict) and isinstance(value, str | type(_NOTHING)) and regex is True
    if not plain_values:
        raise Declined("these patterns")
    given = () if value is _NOTHING else (value,)
    return by_value(self, lambda texts: texts.replace(to_replace, *given, regex=True))


@method(DataFrame, "replace", "as for Series, in all columns or a dict by label, also by patterns")
def _replace_frame(self: DataFrame, to_replace: Any = None, value: Any = _NOTHING, *, regex: Any = False) -> Any:
    if regex is not False:
        return _patterns_in_frame(self, to_replace, value, regex)
    node = self._table.node
    if isinstance(to_replace, dict) and any(isinstance(one, dict) for one in to_replace.values()):
        if value is not _NOTHING or not all(isinstance(one, dict) for one in to_replace.values()):
            raise Declined("dicts beside constants")
        known = {label: _pairs(one, _NOTHING) for label, one in to_replace.items()}
        return each(self, lambda label, held: replaced(node, held, known[label]) if label in known else held)
    if isinstance(to_replace, dict) and value is not _NOTHING:
        raise Declined("values by label")
    pairs = _pairs(to_replace, value)
    return each(self, lambda _, held: replaced(node, held, pairs))


def _patterns_in_frame(self: DataFrame, to_replace: Any, value: Any, regex: Any) -> DataFrame:
    """Texts by patterns, in all columns of texts or by label; other columns have none."""
    if regex is not True:
        if to_replace is not None:
            raise Declined("patterns twice")
        to_replace = regex
    labels, found = set(self._table.columns.labels), self
    by_label = isinstance(to_replace, dict) and bool(to_replace) and set(to_replace) <= labels
    if by_label and not isinstance(value, dict) and not all(isinstance(one, dict) for one in to_replace.values()):
        raise Declined("patterns that may be labels")
    for label, value_of in self._table.columns:
        if by_label and label not in to_replace:
            continue
        patterns = to_replace[label] if by_label else to_replace
        new = value[label] if isinstance(value, dict) and label in value else value
        if isinstance(new, dict) or not _are_patterns(patterns):
            raise Declined("these patterns")
        if value_of.dtype == TEXT:
            given = () if new is _NOTHING else (new,)
            changed = by_value(found._column(label), _replacer(patterns, given))
            found = with_column(found, label, changed)
        elif value_of.dtype.kind not in "biufM":
            raise Declined("columns of another type")
    return found._with(found._table.columns)


def _replacer(patterns: Any, given: tuple[Any, ...]) -> Any:
    return lambda texts: texts.replace(patterns, *given, regex=True)


def _are_patterns(patterns: Any) -> bool:
    listed = list(patterns) if isinstance(patterns, list | dict) else [patterns]
    return bool(listed) and all(isinstance(one, str | re.Pattern) for one in listed)


def _pairs(to_replace: Any, value: Any) -> list[tuple[Any, Any]]:
    """What is replaced, and by what."""
    if isinstance(to_replace, dict):
        if value is not _NOTHING:
            raise Declined("a dict and a value")
        pairs = list(to_replace.items())
    elif isinstance(to_replace, list | tuple):
        values = value if isinstance(value, list | tuple) else [value] * len(to_replace)
        if len(values) != len(to_replace):
            raise Declined("lists of two lengths")
        pairs = list(zip(to_replace, values, strict=True))
    else:
        pairs = [(to_replace, value)]
    keys = [None if is_missing(key) else key for key, _ in pairs]
    if any(new is _NOTHING for _, new in pairs) or any(
        key is None and old is None for (old, _), key in zip(pairs, keys, strict=True)
    ):
        raise Declined("nothing to replace by, or None replaced")
    if any(new is pd.NA for _, new in pairs):
        raise Declined("pd.NA")
    if not all(key is None or isinstance(key, str | bool | int | float | np.number | np.bool_) for key in keys):
        raise Declined("other than constants")
    if len({(type(key) is bool, key) for key in keys}) != len(keys):
        raise Declined("a value twice")
    return pairs


def replaced(node: Node, held: Expr, pairs: list[tuple[Any, Any]]) -> Expr:
    """The value, but for those in pairs the other one. Asks whether one is there, where the type would change."""
    if category(held.dtype) is not None:
        raise Declined("values of categories")
    found = [(key, new) for key, new in pairs if _may_be(held, key)]
    if not found:
        return held
    if is_integer(held.dtype) and any(is_missing(new) or isinstance(new, float | np.floating) for _, new in found):
        if not _is_there(node, held, [key for key, _ in found]):
            return held
        if held.dtype != INT or any(isinstance(new, bool | str) or new is None for _, new in found):
            raise Declined("integers among other values")
        if not all(_is_there(node, held, [key]) for key, new in found if not _is_whole(new)):
            raise Declined("floats for integers that are not there")
        held = cast(held, FLOAT)
    cases = [joined("WHEN {} THEN {}", _equals(held, key), _new(held, new)) for key, new in found]
    nullable = held.nullable or any(is_missing(new) for _, new in found)
    return Expr(joined("CASE " + " ".join("{}" for _ in cases) + " ELSE {} END", *cases, held), held.dtype, nullable)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer)


def _may_be(held: Expr, key: Any) -> bool:
    """Whether a value of the column can be equal to the key; pandas leaves columns of another kind as they are."""
    if is_missing(key):
        return held.nullable
    kind = dtype_of(key)
    if held.dtype == TEXT or kind == TEXT:
        return held.dtype == kind
    if held.dtype == BOOL or kind == BOOL:
        if held.dtype == BOOL and is_float(kind) and not np.isfinite(key):
            return False
        if held.dtype != kind:
            raise Declined("numbers beside booleans")
        return True
    if held.dtype.kind == "M":
        return False
    if is_integer(held.dtype) and is_float(kind):
        if np.isfinite(key):
            raise Declined("floats among integers")
        return False
    if is_integer(held.dtype):
        limits = np.iinfo(held.dtype)
        return bool(limits.min < key <= limits.max)
    if held.dtype != FLOAT:
        raise Declined("numbers of 32 bits")
    return True


def _equals(held: Expr, key: Any) -> Text:
    return joined("{} IS NULL", held) if is_missing(key) else joined("{} = {}", held, literal(key, held.dtype))


def _new(held: Expr, new: Any) -> Expr:
    if is_missing(new):
        if held.dtype.kind not in "fO" or (new is None and held.dtype != TEXT):
            raise Declined("a missing value among these")
        return Expr((f"NULL::{'VARCHAR' if held.dtype == TEXT else 'DOUBLE'}",), held.dtype, True)
    if isinstance(new, bool | np.bool_) != (held.dtype == BOOL):
        raise Declined("booleans among others")
    return rowwise.fitting(held, new)


def _is_there(node: Node, held: Expr, keys: list[Any]) -> bool:
    tests = [_equals(held, key) for key in keys]
    test = joined("coalesce(bool_or(" + " OR ".join("{}" for _ in tests) + "), false)", *tests)
    return bool(engine().rows(node, [("value", test)], ()).column(0)[0].as_py())


# -- map ---------------------------------------------------------------------------------------------------------------


@method(Series, "map", "a dict of constants of one type, a Series whose labels come once, a function as for apply")
def _map(self: Series, arg: Any) -> Any:
    if isinstance(arg, Mapping):
        return _by_dict(self, arg)
    if isinstance(arg, Series):
        return _by_series(self, arg)
    return translated(self, arg)


def _by_dict(self: Series, table: Mapping[Any, Any]) -> Series:
    if hasattr(table, "__missing__"):
        raise Declined("a dict with a default")
    value = self._vector.value
    if not table:
        raise Declined("an empty dict")
    dtype = _results(list(table.values()))
    entries = {key: found for key, found in table.items() if not _is_other(value.dtype, key)}
    if any(is_missing(key) for key in entries) or len(entries) < len(table):
        raise Declined("keys that are missing, or of another type")
    if len(entries) > MOST_CASES:
        return _fitted(self, *_by_table(self, entries, dtype))
    cases = [
        joined("WHEN {} THEN {}", literal(key, value.dtype), _result(found, dtype)) for key, found in entries.items()
    ]
    text = joined("CASE {} " + " ".join("{}" for _ in cases) + " END", value, *cases)
    return _fitted(self, self._vector.node, Expr(text, dtype, not _is_whole_dict(self, entries)))


def _is_whole_dict(self: Series, entries: Mapping[Any, Any]) -> bool:
    """Whether each value is known to have a result without a query."""
    column = held(self._vector.node, self._vector.value)
    has_all = column is not None and not any(is_missing(found) for found in entries.values())
    return column is not None and has_all and are_within(column, list(entries))


def _results(values: list[Any]) -> Dtype:
    """The dtype of results: that of those that are there, where integers and floats are floats."""
    kinds = {dtype_of(value) for value in values if not is_missing(value)}
    if len(kinds) > 1 and kinds <= {INT, FLOAT}:
        return FLOAT  # also where only integers come up: pandas makes one array of the dict's values
    if len(kinds) != 1 or not kinds <= {INT, FLOAT, TEXT, BOOL}:
        raise Declined("results of several types")
    (kind,) = kinds
    if any(is_missing(value) for value in values):
        if kind == BOOL:
            raise Declined("booleans beside missing values")
        return FLOAT if kind == INT else kind
    return kind


def _result(value: Any, dtype: Dtype) -> Expr:
    if is_missing(value):
        return Expr((f"NULL::{'VARCHAR' if dtype == TEXT else 'DOUBLE'}",), dtype, True)
    return literal(value, dtype)


def _is_other(dtype: Dtype, key: Any) -> bool:
    """Whether a key is of a type that no value of the column equals."""
    if is_missing(key):
        return False
    kind = dtype_of(key)
    return not (kind == dtype or (dtype == FLOAT and kind == INT) or (is_integer(dtype) and kind == INT))


def _by_table(self: Series, entries: dict[Any, Any], dtype: Dtype) -> tuple[Node, Expr]:
    value = self._vector.value
    if value.dtype not in (INT, FLOAT, TEXT):
        raise Declined("a large dict of other keys")
    names = Names()
    keys = array_of(pd.Series(list(entries), dtype=value.dtype))
    results = array_of(pd.Series(list(entries.values()), dtype=dtype))
    if keys is None or results is None:
        raise Declined("keys or results of a type that DuckDB has not")
    key, name = names.new("key"), names.new("value")
    source = source_of(len(entries), [(key, keys), (name, results)], names, here(), None)
    return looked_up(
        self, source, column(key, value.dtype, nullable=False), column(name, dtype, nullable=results.null_count > 0)
    )


def looked_up(self: Series, rows: Node, key: Expr, value: Expr) -> tuple[Node, Expr]:
    """The node with what stands for the Series' values in the rows, and that column."""
    node, on = plain(self._vector.node, self._vector.value, here())
    made = node.base.names.new("__mapped")
    found = Lookup(place=here(), child=node, on=on, rows=rows, key=key, value=value, name=made)
    return found, column(made, value.dtype, nullable=True)


def _fitted(self: Series, node: Node, found: Expr) -> Series:
    """Integers are floats and booleans are no more where one is missing, which is asked."""
    step = Series._with(self, found, node)
    value = step._vector.value
    if found.dtype not in (INT, BOOL):
        return step
    if not step._has_missing(value):
        return step._with(Expr(value.text, found.dtype))
    if found.dtype == BOOL:
        raise Declined("booleans beside missing values")
    return step._with(Expr(cast(value, FLOAT).text, FLOAT, True))


def _by_series(self: Series, other: Series) -> Series:
    if not isinstance(other._state, Vector):
        raise Declined("a Series that only pandas can hold")
    state, value = other._vector, self._vector.value
    rows, level, _ = level_of(state)
    if not count(rows) or not is_unique(rows, level):
        raise Declined("no labels, or labels that come twice")
    if value.dtype == FLOAT and level.dtype == INT:
        rows, level = plain(rows, Expr(cast(level, FLOAT).text, FLOAT), here())
    if value.dtype != level.dtype:
        raise Declined("labels of another type")
    if not (is_number(state.value.dtype) or state.value.dtype in (TEXT, BOOL)):
        raise Declined(f"results of {state.value.dtype}")
    if state.value.dtype not in (INT, FLOAT, TEXT, BOOL):
        raise Declined("results of fewer bits")
    rows, found = plain(rows, state.value, here())
    return _fitted(self, *looked_up(self, rows, level, found))
