"""Categories: `astype("category")`, `Series.cat`, `pd.Categorical`, `factorize`. In the plan they are codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pandas as pd

from stratum_sql.errors import StratumError
from stratum_sql.pandas.aligning import plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, column, is_missing, joined, literal
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, Category, Dtype, category, held_as, is_integer, sql_type
from stratum_sql.pandas.lazy import Between, kept, own, thawed, wrapped
from stratum_sql.pandas.lookups import different
from stratum_sql.pandas.mode import is_inside, object_mode
from stratum_sql.pandas.ndarrays import Array
from stratum_sql.pandas.operations import OPERATIONS, Operation, method, recipe_of, with_recipe
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Lookup, Names
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.series import RULES, Series
from stratum_sql.pandas.series_methods import CONVERSIONS
from stratum_sql.pandas.sources import array_of, objects, source_of
from stratum_sql.pandas.states import Vector

_MOST_CASES = 30  # categories that are written out; more are a table

# -- into codes and out of them ----------------------------------------------------------------------------------------


def _coded(series: Series, values: Any, codes: Any, dtype: Dtype, missing: Expr | None = None) -> Series:
    """The Series with a code in place of each value: by cases, or by a join if they are many."""
    value = series._vector.value
    pairs = [(one, int(code)) for one, code in zip(values, codes, strict=True)]
    if len(pairs) <= _MOST_CASES:
        cases = [joined(f"WHEN {{}} THEN {code}", literal(one, value.dtype)) for one, code in pairs]
        text = joined("CASE {} " + " ".join("{}" for _ in cases) + " END", value, *cases) if cases else ("NULL",)
        return series._with(Expr(joined(f"CAST({{}} AS {sql_type(dtype)})", text), dtype, True))
    names = Names()
    key, name = names.new("key"), names.new("code")
    keys = array_of(pd.Series([one for one, _ in pairs], dtype=value.dtype))
    held = array_of(pd.Series([code for _, code in pairs], dtype=_numbers(dtype)))
    if keys is None or held is None:
        raise Declined("values of a type that DuckDB has not")
    rows = source_of(len(pairs), [(key, keys), (name, held)], names, here(), None)
    node, on = plain(series._vector.node, value, here())
    made = node.base.names.new("__code")
    found = Lookup(
        place=here(), child=node, on=on, rows=rows, key=column(key, value.dtype, nullable=False),
        value=column(name, dtype, nullable=False), name=made,
    )  # fmt: skip
    return series._with(column(made, dtype, nullable=True), found)


def _numbers(dtype: Dtype) -> Dtype:
    kind = category(dtype)
    return dtype if kind is None else kind.codes


def categorised(series: Series, wanted: pd.CategoricalDtype) -> Series:
    """The Series as categories, those that are given or else all values. Raises Declined."""
    value = series._vector.value
    listed: Any = wanted.categories
    if listed is not None and isinstance(listed.dtype, pd.StringDtype):
        wanted = cast(pd.CategoricalDtype, objects(wanted))
        listed = wanted.categories
    if category(value.dtype) is not None:
        if listed is None and not wanted.ordered:
            return series._with(value)
        raise Declined("other categories")
    if value.dtype not in (BOOL, FLOAT, TEXT) and not is_integer(value.dtype):
        raise Declined(f"categories of {value.dtype}")
    if listed is None:
        values = different(series)
        with object_mode():
            found = pd.Series(values, dtype=value.dtype).astype(wanted)
    else:
        with object_mode():
            values = listed.to_numpy()
            found = pd.Series(values, dtype=listed.dtype).astype(wanted)
        if held_as(listed.dtype) != value.dtype:
            raise Declined("categories of another type than the values")
    codes = found.cat.codes
    there = [(one, code) for one, code in zip(values, codes, strict=True) if code >= 0]
    dtype = held_as(found.dtype)
    assert dtype is not None
    coded = _coded(series, [one for one, _ in there], [code for _, code in there], dtype)
    held = coded._vector.value
    nullable = value.nullable or listed is not None
    return coded._with(Expr(held.text, dtype, nullable))


def _wishes_categories(dtype: Dtype, wanted: Any) -> bool:
    return (isinstance(wanted, str) and wanted == "category") or isinstance(wanted, pd.CategoricalDtype)


def _to_categories(series: Series, wanted: Any) -> Series:
    return categorised(series, pd.CategoricalDtype() if isinstance(wanted, str) else wanted)


def _of_categories(series: Series, wanted: Any) -> Series:
    """The values themselves, where pandas converts the categories and takes them by their codes."""
    kind = category(series._vector.value.dtype)
    assert kind is not None
    if not isinstance(wanted, str | type | np.dtype) or wanted == "string" or not len(kind.of.categories):
        raise Declined(f"categories as {wanted}")
    value = series._vector.value
    gaps = series._has_missing(value)
    if gaps and np.dtype(wanted) not in (TEXT, FLOAT):
        raise Declined("missing values among these")
    with object_mode():
        values: Any = pd.Series(kind.of.categories).astype(cast(Any, wanted))
    dtype, array = held_as(values.dtype), array_of(values)
    if dtype is None or array is None:
        raise Declined(f"categories as {wanted}")
    pairs = list(zip(range(len(values)), values.tolist(), strict=True))
    if len(pairs) > _MOST_CASES:
        raise Declined("many categories")
    cases = [joined(f"WHEN {code} THEN {{}}", literal(one, dtype)) for code, one in pairs]
    text = joined("CASE {} " + " ".join("{}" for _ in cases) + " END", value, *cases)
    return series._with(Expr(joined(f"CAST({{}} AS {sql_type(dtype)})", text), dtype, gaps))


CONVERSIONS.append((_wishes_categories, _to_categories))
CONVERSIONS.append((lambda dtype, _: category(dtype) is not None, _of_categories))

# -- comparisons -------------------------------------------------------------------------------------------------------

_SIGNS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_TURNED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


def compared(name: str, left: Any, right: Any) -> Expr:
    """A comparison of categories with one of them. Raises Declined."""
    if name not in _SIGNS:
        raise Declined(f"{name} of categories")
    if not isinstance(left, Expr):
        return compared(_TURNED[name], right, left)
    kind = category(left.dtype)
    if kind is None or isinstance(right, Expr) or is_missing(right):
        raise Declined("categories beside something else")
    if not _is_category(kind, right):
        if name in ("eq", "ne"):
            return Expr(("true" if name == "ne" else "false",), BOOL)
        raise Declined("no category")
    if name not in ("eq", "ne") and not kind.of.ordered:
        raise Declined("categories without an order")
    test = joined(f"({{}} {_SIGNS[name]} {kind.of.categories.get_loc(right)})", left)
    if not left.nullable:
        return Expr(test, BOOL)
    if name == "ne":
        return Expr(joined("coalesce({}, true)", test), BOOL)
    return Expr(joined("coalesce({}, false)", test), BOOL, mask=test)


def _is_category(kind: Category, value: Any) -> bool:
    if not isinstance(value, str | int | float | np.number) or isinstance(value, bool):
        raise Declined("categories beside this")
    return any(type(one) is type(value) and one == value for one in kind.of.categories.tolist())


RULES["C"] = compared

# -- Series.cat --------------------------------------------------------------------------------------------------------


class Cat:
    """`series.cat`."""

    def __init__(self, owner: Series, kind: Category) -> None:
        self._owner, self._kind = owner, kind

    @property
    def codes(self) -> Any:
        """The codes, -1 where a value is missing."""
        value = self._owner._vector.value
        codes = Expr(value.text, self._kind.codes)
        if value.nullable:
            codes = Expr(joined(f"coalesce({{}}, -1::{sql_type(codes.dtype)})", value), codes.dtype)
        return self._recorded(self._owner._with(codes, name=None), "codes")

    @property
    def categories(self) -> Any:
        """The categories, without a query."""
        return self._kind.of.categories

    @property
    def ordered(self) -> Any:
        """Whether they have an order."""
        return self._kind.of.ordered

    def as_ordered(self) -> Any:
        """The same categories in this order."""
        return self._with("as_ordered", self._kind.of.categories, True)

    def as_unordered(self) -> Any:
        """The same categories without an order."""
        return self._with("as_unordered", self._kind.of.categories, False)

    def add_categories(self, new_categories: Any) -> Any:
        """More categories, which no value has."""
        return self._as_pandas("add_categories", new_categories)

    def rename_categories(self, new_categories: Any) -> Any:
        """Other categories for the same codes."""
        return self._as_pandas("rename_categories", new_categories)

    def _as_pandas(self, name: str, given: Any) -> Any:
        with object_mode():
            empty = getattr(pd.Categorical.from_codes([], dtype=self._kind.of), name)(thawed(given))
        return self._with(name, empty.dtype.categories, empty.dtype.ordered, given)

    def _with(self, name: str, categories: Any, ordered: Any, *given: Any) -> Any:
        dtype = held_as(pd.CategoricalDtype(categories, ordered))
        assert dtype is not None
        value = self._owner._vector.value
        held = value.text
        if sql_type(dtype) != sql_type(value.dtype):
            held = joined(f"CAST({{}} AS {sql_type(dtype)})", value)
        found = self._owner._with(Expr(held, dtype, value.nullable))
        found._become(with_recipe(found._state, recipe_of(self._owner._state, f"cat.{name}", given, {})))
        engine().translated[f"Series.cat.{name}"] += 1
        return found

    def _recorded(self, found: Any, name: str) -> Any:
        before = self._owner._state

        def made() -> Any:
            with object_mode():
                return getattr(own(before).cat, name)

        found._become(with_recipe(found._state, made))
        engine().translated[f"Series.cat.{name}"] += 1
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        engine().note(f"Series.cat.{name}", "no translation")
        with object_mode():
            return getattr(Between(own(self._owner._state).cat), name)


def _cat(self: Series) -> Any:
    state = self._state
    kind = category(state.value.dtype) if isinstance(state, Vector) else None
    if kind is not None:
        return Cat(self, kind)
    with object_mode():
        return Between(own(state).cat)


Series.cat = property(_cat, doc="Functions of categories.")  # type: ignore[attr-defined]
for _name in ("codes", "as_ordered", "as_unordered", "add_categories", "rename_categories"):
    OPERATIONS["Series", f"cat.{_name}"] = Operation("Series", f"cat.{_name}", "")

# -- pd.Categorical and factorize --------------------------------------------------------------------------------------


class Categories(Array):
    """A `pandas.Categorical` of a column, recorded."""

    def made(self) -> Any:
        """The Categorical of pandas."""
        return own(self.recorded._state).array

    @property
    def codes(self) -> Array:
        """The codes, -1 where a value is missing."""
        return Array(self.recorded.cat.codes)

    @property
    def categories(self) -> Any:
        """The categories."""
        return self.recorded.cat.categories

    @property
    def dtype(self) -> Any:
        """The dtype of pandas."""
        return self.recorded.dtype

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.made(), name)


class _Kind(type):
    """`isinstance(x, pd.Categorical)` and `pd.Categorical.from_codes` are pandas' own."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, pd.Categorical | Categories)

    def __getattr__(cls, name: str) -> Any:
        return getattr(pd.Categorical, name)


class Categorical(metaclass=_Kind):
    """`pandas.Categorical`."""

    def __new__(cls, values: Any, categories: Any = None, ordered: Any = None, dtype: Any = None, **kwargs: Any) -> Any:
        """Of a column it stays in the plan."""
        if is_inside():
            return pd.Categorical(values, categories, ordered, dtype, **kwargs)

        def make(given: Any) -> Any:
            return pd.Categorical(given, thawed(categories), ordered, dtype, **kwargs)

        if not kwargs and isinstance(values, Series) and isinstance(values._state, Vector):
            try:
                return Categories(_categorical(values, categories, ordered, dtype, make))
            except (Declined, StratumError) as error:
                reason = error.reason if isinstance(error, Declined) else refused(error)
                engine().note("pandas.Categorical", reason)
        with object_mode():
            return make(thawed(values))


def _categorical(values: Series, categories: Any, ordered: Any, dtype: Any, make: Callable[[Any], Any]) -> Series:
    if dtype is not None and not isinstance(dtype, pd.CategoricalDtype):
        raise Declined("a dtype that is no category")
    with object_mode():
        wanted = dtype or pd.CategoricalDtype(thawed(categories), bool(ordered))
    state = values._state
    if not len(values):
        raise Declined("no values")
    found = categorised(values, wanted)
    found._become(with_recipe(found._state, lambda: pd.Series(make(own(state)), index=own(state).index)))
    engine().translated["pandas.Categorical"] += 1
    return found


def factorize(values: Any, *args: Any, **kwargs: Any) -> Any:
    """`pandas.factorize`: of a column the codes stay in the plan."""
    if not is_inside() and isinstance(values, Series):
        engine().translated["pandas.factorize"] += 1
        return values.factorize(*args, **kwargs)
    given = thawed((values, args, kwargs))
    with object_mode():
        return wrapped(pd.factorize(given[0], *given[1], **given[2]))


@method(Series, "factorize", "text, integers or floats")
def _factorize(self: Series, sort: bool = False) -> Any:
    value = self._vector.value
    if value.dtype not in (TEXT, INT, FLOAT):
        raise Declined(f"codes of {value.dtype}")
    values = different(self)
    if not len(values):
        raise Declined("no values")
    with object_mode():
        codes, uniques = pd.Series(values, dtype=value.dtype).factorize(sort=sort)
    there = [(one, code) for one, code in zip(values, codes, strict=True) if code >= 0]
    coded = _coded(self, [one for one, _ in there], [code for _, code in there], INT)
    held = coded._vector.value
    text = joined("coalesce({}, -1)", held) if value.nullable else held.text
    found = coded._with(Expr(joined("CAST({} AS BIGINT)", text), INT))
    now = kept(self)

    def made() -> Any:
        taken = thawed(now)
        with object_mode():
            return pd.Series(taken.factorize(sort=sort)[0], index=taken.index)

    found._become(with_recipe(found._state, made))
    return Array(found), uniques


OPERATIONS["pandas", "factorize"] = Operation("pandas", "factorize", "as the method")
OPERATIONS["pandas", "Categorical"] = Operation("pandas", "Categorical", "a column, and categories of its type")
