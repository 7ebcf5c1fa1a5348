"""What a function of the script is called with in place of a group of a frame, and what it may make of it.

A `Group` has a `Part` for each column; some of its rows are those of a `condition`, in the order of a column. `Totals`
are numbers of the group, one for each column.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT
from stratum_sql.pandas.traceable import CONSTANTS
from stratum_sql.pandas.traced_names import Row
from stratum_sql.pandas.traced_parts import Chosen, Part, Tracer, Unknown, Whole, among


class Column(Part):
    """A column of a group, under its label."""

    def __init__(self, tracer: Tracer, value: Expr, label: Hashable) -> None:
        super().__init__(tracer, value)
        self.label = label


class _Several(Unknown):
    """Values under the labels of columns."""

    def __init__(self, tracer: Tracer, columns: dict[Hashable, Any]) -> None:
        self._tracer, self.columns = tracer, columns

    def _with(self, columns: dict[Hashable, Any]) -> Any:
        raise NotImplementedError

    def _beside(self, other: Any, label: Hashable) -> Any:
        if isinstance(other, _Several):
            if list(other.columns) != list(self.columns):
                raise self._tracer.decline("labels that differ in a function")
            return other.columns[label]
        if not isinstance(other, (Whole, *CONSTANTS)):
            raise self._tracer.decline("a column beside several")
        return other

    def each(self, function: Callable[[Hashable, Any], Any]) -> Any:
        """The same with what the function makes of each column."""
        return self._with({label: function(label, one) for label, one in self.columns.items()})

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or len(inputs) != 1 or kwargs:
            raise self._tracer.decline(f"numpy.{ufunc.__name__} in a function")
        return self.each(lambda _, one: ufunc(one))

    def __neg__(self) -> Any:
        return self.each(lambda _, one: -one)

    def __abs__(self) -> Any:
        return self.each(lambda _, one: abs(one))


class Totals(_Several):
    """A number of each column: a Series over their labels."""

    def _with(self, columns: dict[Hashable, Any]) -> Totals:
        return Totals(self._tracer, columns)

    def __getattr__(self, name: str) -> Any:
        raise self._tracer.decline(f"{name} in a function")

    def __getitem__(self, label: Any) -> Any:
        return self.columns[label]

    def row(self) -> Row:
        """The same as such a Series that the script makes."""
        return Row(tuple(self.columns), tuple(self.columns.values()))


class Group(_Several):
    """The rows of a group, or some of them: those of `condition`, by the largest value of `first`, or as they are."""

    def __init__(
        self, tracer: Tracer, columns: dict[Hashable, Any], condition: Expr | None = None, first: Expr | None = None
    ) -> None:
        super().__init__(tracer, columns)
        self.condition, self.first = condition, first

    def _with(self, columns: dict[Hashable, Any]) -> Group:
        if self.condition is not None or self.first is not None:
            raise self._tracer.decline("some rows of a group")
        return Group(self._tracer, columns)

    def _among(self, condition: Expr) -> Group:
        return Group(self._tracer, self.columns, condition, self.first)

    def _part(self, label: Hashable) -> Any:
        value = self.columns[label]._value
        if self.first is not None:
            raise self._tracer.decline("a column of rows in another order")
        if self.condition is not None:
            return Chosen(self._tracer, value, self.condition)
        return Column(self._tracer, value, label)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self.columns:
            raise self._tracer.decline(f"{name} in a function")
        return self._part(name)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Part):
            return self._where(key)
        if isinstance(key, list):
            return Group(self._tracer, {label: self.columns[label] for label in key}, self.condition, self.first)
        return self._part(key)

    def _where(self, key: Part) -> Group:
        if key._value.dtype != BOOL or self.condition is not None:
            raise self._tracer.decline("rows by other than a condition")
        return self._among(key._value)

    def __setitem__(self, label: Hashable, value: Any) -> None:
        if self.condition is not None or not isinstance(label, str) or not isinstance(value, Part | Whole):
            raise self._tracer.decline("a column of this kind in a function")
        whole = value if isinstance(value, Part) else self._tracer.part(self._tracer.spread(value._value))
        self.columns[label] = whole

    def assign(self, **columns: Any) -> Group:
        found = self._with(dict(self.columns))
        for label, value in columns.items():
            found[label] = value
        return found

    def copy(self) -> Group:
        return Group(self._tracer, dict(self.columns), self.condition, self.first)

    def head(self, n: Any = 5) -> Group:
        return self._among(self._numbered(slice(None, n)))

    def tail(self, n: Any = 5) -> Group:
        return self._among(self._numbered(slice(-n, None)))

    def _numbered(self, rows: slice) -> Expr:
        if self.first is not None:
            raise self._tracer.decline("rows in another order")
        if rows.start == 0 and rows.stop is None and self.condition is None:
            return Expr(("true",), BOOL)
        return among(self._tracer, rows, self.condition)

    def nlargest(self, n: Any, columns: Any) -> Group:
        return self._largest(n, columns, 1)

    def nsmallest(self, n: Any, columns: Any) -> Group:
        return self._largest(n, columns, -1)

    def _largest(self, n: Any, columns: Any, sign: int) -> Group:
        """The first rows by one column, ties in their order; missing values are last."""
        value = self.columns[columns]._value if isinstance(columns, str) else None
        if value is None or value.dtype not in (FLOAT, INT) or type(n) is not int or n < 1 or self.first is not None:
            raise self._tracer.decline("the largest of several columns in a function")
        by = value if sign > 0 else Expr(joined("(-{})", value), value.dtype, value.nullable)
        return Group(self._tracer, self.columns, self._tracer.numbered(f"# <= {n}", self.condition, by), by)

    @property
    def iloc(self) -> _Rows:
        return _Rows(self)

    @property
    def loc(self) -> _Located:
        return _Located(self)

    @property
    def shape(self) -> tuple[Whole, int]:
        return self.by_python("len"), len(self.columns)

    def by_python(self, name: str) -> Whole:
        """`len` of the rows."""
        if name != "len":
            raise self._tracer.decline(f"{name} of a frame")
        if self.condition is None:
            return Whole(self._tracer, Expr(("count(*)",), INT))
        return Whole(self._tracer, Expr(joined("count(*) FILTER (WHERE {})", self.condition), INT))

    def by_numpy(self, name: str, axis: Any, **options: Any) -> Any:
        """An aggregate of each column."""
        if axis != 0:
            raise self._tracer.decline("an aggregate of a whole frame")
        return self._totals(lambda one: one.by_numpy(name, None, **options))

    def _totals(self, function: Callable[[Any], Whole]) -> Totals:
        if self.first is not None:
            raise self._tracer.decline("rows in another order")
        return Totals(self._tracer, {label: function(self._part(label)) for label in self.columns})


class _Rows:
    """`iloc` of a group."""

    def __init__(self, group: Group) -> None:
        self._group = group

    def __getitem__(self, key: Any) -> Any:
        group = self._group
        if isinstance(key, slice):
            return group._among(group._numbered(key))
        raise group._tracer.decline("rows by number in a function")


class _Located:
    """`loc` of a group: rows by a condition, and columns by label."""

    def __init__(self, group: Group) -> None:
        self._group = group

    def __getitem__(self, key: Any) -> Any:
        rows, *columns = key if isinstance(key, tuple) else (key,)
        if len(columns) > 1:
            raise self._group._tracer.decline("rows by label in a function")
        found = self._group
        if not isinstance(rows, slice) or rows != slice(None):
            if not isinstance(rows, Part):
                raise found._tracer.decline("rows by label in a function")
            found = found[rows]
        return found[columns[0]] if columns else found


def _declare_total(name: str) -> None:
    def total(self: Group, *, axis: Any = 0, numeric_only: Any = False, **options: Any) -> Totals:
        if axis not in (0, "index") or numeric_only is not False:
            raise self._tracer.decline("another axis, or numbers alone, in a function")
        return self._totals(lambda one: getattr(one, name)(**options))

    setattr(Group, name, total)


for _name in ("sum", "mean", "min", "max", "count", "nunique", "median", "std", "var", "any", "all"):
    _declare_total(_name)


def _declare_each(name: str) -> None:
    def each(self: Group, *args: Any, **kwargs: Any) -> Group:
        found: Group = self.each(lambda _, one: getattr(one, name)(*args, **kwargs))
        return found

    setattr(Group, name, each)


for (
    _name
) in "shift diff pct_change rank cumsum cummax cummin cumprod ffill bfill fillna clip abs round isna notna".split():  # noqa: SIM905
    _declare_each(_name)


def _astype(self: Group, dtype: Any) -> Any:
    return self.each(lambda _, one: one.astype(dtype))


Group.astype = _astype  # type: ignore[attr-defined]


def _declare_operator(name: str) -> None:
    word = {"and_": "and", "or_": "or"}.get(name, name)

    def forward(self: _Several, other: Any) -> Any:
        return self.each(lambda label, one: getattr(one, f"__{word}__")(self._beside(other, label)))

    def backward(self: _Several, other: Any) -> Any:
        return self.each(lambda label, one: getattr(one, f"__r{word}__")(self._beside(other, label)))

    setattr(_Several, f"__{word}__", forward)
    if name in ("add", "sub", "mul", "truediv"):
        setattr(_Several, f"__r{word}__", backward)


for _name in ("add", "sub", "mul", "truediv", "pow", "lt", "le", "gt", "ge", "eq", "ne", "and_", "or_"):
    _declare_operator(_name)
_Several.__hash__ = None  # type: ignore[assignment]
