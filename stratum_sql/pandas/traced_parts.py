"""What a function of the script is called with in place of a group: objects that write down what is done.

A `Part` is a column of a group, a `Whole` one number of it, `Chosen` some of the values of a column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stratum_sql.pandas import arithmetic, reductions, rowwise, windows
from stratum_sql.pandas.aligning import assigned, beside, ordered, settled
from stratum_sql.pandas.cumulative import of_series
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.exponential import Weights, smoothed
from stratum_sql.pandas.expressions import Expr, cast, joined, refusing
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT
from stratum_sql.pandas.places import here
from stratum_sql.pandas.rolling_windows import Spec, rolled
from stratum_sql.pandas.traceable import CONSTANTS
from stratum_sql.pandas.traced_names import FOR_PYTHON
from stratum_sql.pandas.windows import Rows


class Tracer:
    """The node that has all columns so far, and whether something was asked that cannot be answered."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.reason = ""

    def decline(self, reason: str) -> Declined:
        """The exception; kept, for the function may catch it."""
        self.reason = reason
        return Declined(reason)

    def part(self, value: Expr) -> Part:
        """A value of each row."""
        node, value = settled(self.rows.node, value)
        self.rows = self.rows.at(node)
        return Part(self, value)

    def windowed(self, function: Callable[..., windows.Found], value: Expr, *args: Any) -> Part:
        """A function of a row and those around it."""
        node, found = function(self.rows, value, *args)
        self.rows = self.rows.at(node)
        return Part(self, found)

    def spread(self, whole: Expr) -> Expr:
        """The value of a group beside each of its rows."""
        rows = self.rows
        node, found = beside(rows.node, rows.keys, "__of_group", whole, here(), with_missing=rows.with_missing)
        self.rows = rows.at(node)
        return found

    def numbered(self, template: str, condition: Expr | None, *values: Expr) -> Expr:
        """A test of the number of a row in its group, among those that meet a condition. `#` is the number, from 1 on,
        `@` how many there are. Rows are ordered by `values`, the largest first, before their own order.
        """
        extra = () if condition is None else (condition,)
        keys = joined(", ".join("{}" for _ in (*self.rows.keys, *extra)), *self.rows.keys, *extra)
        order = joined(", ".join(["{} DESC NULLS LAST"] * len(values) + list(self.rows.node.order)), *values)
        number = joined("row_number() OVER (PARTITION BY {} ORDER BY {})", keys, order)
        count = joined("count(*) OVER (PARTITION BY {})", keys)
        text = joined(
            template.replace("#", "{}").replace("@", "{}"),
            *(number if one == "#" else count for one in template if one in "#@"),
        )
        if condition is not None:
            text = joined("({} AND {})", condition, text)
        node, found = assigned(self.rows.node, "__among", Expr(text, BOOL), here())
        self.rows = self.rows.at(node)
        return found

    def end(self, value: Expr, function: str) -> Expr:
        """The first value of a group, `arg_min_null`, or the last."""
        node, first = ordered(self.rows.node, here())
        self.rows = self.rows.at(node)
        return Expr(joined(f"{function}({{}}, {{}})", value, first), value.dtype, value.nullable)


class Unknown:
    """What is not known yet: Python gets no truth, length or text of it."""

    _tracer: Tracer

    def __bool__(self) -> bool:
        raise self._tracer.decline("a function that looks at the data")

    def __len__(self) -> int:
        raise self._tracer.decline("a function that looks at the data")

    def __iter__(self) -> Any:
        raise self._tracer.decline("a function that looks at the data")

    def __repr__(self) -> str:  # of texts that are put together as well
        raise self._tracer.decline("a text of a number")


@dataclass(eq=False, repr=False)
class _Traced(Unknown):
    """One value, or one of each row."""

    _tracer: Tracer
    _value: Expr

    __array_priority__ = 1_000

    def __getattr__(self, name: str) -> Any:
        raise self._tracer.decline(f"{name} in a function")

    def __getitem__(self, key: Any) -> Any:
        raise self._tracer.decline("rows by number in a function")

    def __float__(self) -> float:
        raise self._tracer.decline("a function that looks at the data")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise self._tracer.decline("an array in a function")

    def __array_function__(self, *args: Any, **kwargs: Any) -> Any:
        raise self._tracer.decline("an array in a function")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and len(inputs) == 1 and not kwargs:
            if ufunc.__name__ in rowwise.ELEMENTARY:
                return self._made(rowwise.elementary(ufunc.__name__, self._value))
            if ufunc.__name__ == "absolute":
                return self._made(arithmetic.plus_minus(self._value))
        raise self._tracer.decline(f"numpy.{ufunc.__name__} in a function")

    def _made(self, value: Expr) -> Any:
        return self._tracer.part(value) if isinstance(self, Part) else Whole(self._tracer, value)

    def _binary(self, name: str, other: Any, swapped: bool = False) -> Any:
        tracer = self._tracer
        if not isinstance(other, (_Traced, *CONSTANTS)) or other is None:
            raise tracer.decline("an operand that is no number")
        both = [self, other]
        is_part = any(isinstance(one, Part) for one in both)
        if not is_part and isinstance(self, Whole) and name not in _OF_NUMBERS:
            raise tracer.decline(f"{name} of numbers of a group")
        values = [
            tracer.spread(one._value)
            if is_part and isinstance(one, Whole)
            else one._value
            if isinstance(one, _Traced)
            else one
            for one in both
        ]
        found = arithmetic.binary(name, *(reversed(values) if swapped else values))
        return tracer.part(found) if is_part else Whole(tracer, found)

    def __neg__(self) -> Any:
        return self._made(arithmetic.minus(self._value))

    def __abs__(self) -> Any:
        return self._made(arithmetic.plus_minus(self._value))


_OF_NUMBERS = frozenset({"add", "sub", "mul", "truediv", "lt", "le", "gt", "ge", "eq", "ne"})


class Whole(_Traced):
    """One number of a group: an aggregate."""

    def by_python(self, name: str) -> Whole:
        """`float` of it."""
        if name != "float":
            raise self._tracer.decline(f"{name} of a number")
        return Whole(self._tracer, cast(self._value, FLOAT))


class Reduced(_Traced):
    """Values of a group, and what aggregates make of them."""

    def by_python(self, name: str) -> Whole:
        """`len`, and `sum` and its like, which know no missing value."""
        if name == "len":
            return self._whole(self._count())
        if name == "float" or self._value.nullable or self._value.dtype not in (FLOAT, INT):
            raise self._tracer.decline(f"{name} of these values")
        found: Whole = getattr(self, name)()
        return found

    def _count(self) -> Expr:
        return Expr(("count(*)",), INT)

    def by_numpy(self, name: str, axis: Any, **options: Any) -> Whole:
        """An aggregate by a function of NumPy; some know no missing value."""
        if axis not in (None, 0):
            raise self._tracer.decline("another axis in a function")
        if name == "average":
            return self._average(**options)
        found: Whole = getattr(self, name)(**options)
        return self._if_complete(found._value) if name in ("median", "quantile") else found

    def _if_complete(self, found: Expr) -> Whole:
        return self._whole(reductions.unless_missing(found, self._value))

    def _average(self: Any, weights: Any) -> Whole:
        if weights is None:
            found: Whole = self._if_complete(reductions.reduced("mean", self._value, of_groups=True))
            return found
        if not isinstance(weights, Part):
            raise self._tracer.decline("weights of another kind")
        total, product = weights.sum()._value, (self * weights)
        text = refusing(joined("{} = 0", total), "weights that add up to 0", total.text)
        whole = product._if_complete(product.sum()._value)._value
        of_one = arithmetic.binary("truediv", whole, Expr(text, total.dtype, total.nullable))
        return Whole(self._tracer, of_one)

    def _whole(self, found: Expr) -> Whole:
        return Whole(self._tracer, found)

    @property
    def size(self) -> Whole:
        return self._whole(self._count())

    @property
    def shape(self) -> tuple[Whole]:
        return (self.size,)

    @property
    def empty(self) -> bool:
        raise self._tracer.decline("a function that looks at the data")

    def quantile(self, q: Any = 0.5) -> Whole:
        if isinstance(q, bool) or not isinstance(q, int | float) or not 0 <= q <= 1:
            raise self._tracer.decline("this quantile")
        return self._whole(reductions.quantile(self._value, float(q)))

    def any(self) -> Whole:
        return self._whole(reductions.reduced("any", self._value))

    def all(self) -> Whole:
        return self._whole(reductions.reduced("all", self._value))


class Chosen(Reduced):
    """Those values of a group that meet a condition; the others are missing in `_value`."""

    def __init__(self, tracer: Tracer, value: Expr, condition: Expr) -> None:
        text = joined("CASE WHEN {} THEN {} END", condition, value)
        super().__init__(tracer, Expr(text, value.dtype, True))
        self._condition, self._of = condition, value

    def _count(self) -> Expr:
        return Expr(joined("count(*) FILTER (WHERE {})", self._condition), INT)

    def _binary(self, name: str, other: Any, swapped: bool = False) -> Any:
        raise self._tracer.decline(f"{name} of some rows of a group")

    def _made(self, value: Expr) -> Any:
        return Chosen(self._tracer, value, self._condition)


def among(tracer: Tracer, rows: slice, condition: Expr | None) -> Expr:
    """Whether a row is one of these of its group. Raises Declined."""
    start, stop = rows.start, rows.stop
    known = all(one is None or type(one) is int for one in (start, stop)) and rows.step in (None, 1)
    if not known:
        raise tracer.decline("rows by number in a function")
    tests = [] if start is None else [f"# > {start}" if start >= 0 else f"# > @ - {-start}"]
    tests += [] if stop is None else [f"# <= {stop}" if stop >= 0 else f"# <= @ - {-stop}"]
    return tracer.numbered(" AND ".join(tests) or "# > 0", condition)


class Ends:
    """`iloc` of a column of a group: its first and its last value, or some of the first or last."""

    def __init__(self, part: Part) -> None:
        self._part = part

    def __getitem__(self, number: Any) -> Any:
        tracer, value = self._part._tracer, self._part._value
        if isinstance(number, slice):
            return Chosen(tracer, value, among(tracer, number, None))
        if number not in (0, -1) or isinstance(number, bool | _Traced) or (value.dtype == TEXT and value.nullable):
            raise tracer.decline("rows by number in a function")
        return Whole(tracer, tracer.end(value, "arg_max_null" if number else "arg_min_null"))


class Part(Reduced):
    """A column of a group."""

    @property
    def iloc(self) -> Ends:
        return Ends(self)

    def __getitem__(self, key: Any) -> Chosen:
        if not isinstance(key, Part) or key._value.dtype != BOOL:
            raise self._tracer.decline("rows by number in a function")
        return Chosen(self._tracer, self._value, key._value)

    def head(self, n: Any = 5) -> Chosen:
        return Chosen(self._tracer, self._value, among(self._tracer, slice(None, n), None))

    def tail(self, n: Any = 5) -> Chosen:
        if n == 0:
            raise self._tracer.decline("none of the rows")
        return Chosen(self._tracer, self._value, among(self._tracer, slice(-n, None), None))

    def dropna(self) -> Chosen:
        return Chosen(self._tracer, self._value, rowwise.there(self._value))

    def copy(self) -> Part:
        return self

    def between(self, left: Any, right: Any, inclusive: Any = "both") -> Part:
        if inclusive not in ("both", "neither", "left", "right"):
            raise self._tracer.decline("this between")
        above = self >= left if inclusive in ("both", "left") else self > left
        found: Part = above & (self <= right if inclusive in ("both", "right") else self < right)
        return found

    def astype(self, dtype: Any) -> Part:
        if dtype not in (FOR_PYTHON[float], "float64", "float") or self._value.dtype not in (FLOAT, INT, BOOL):
            raise self._tracer.decline("this type in a function")
        return self._tracer.part(cast(self._value, FLOAT))

    def _other(self, value: Any) -> Any:
        if isinstance(value, Whole):
            return self._tracer.spread(value._value)
        return value._value if isinstance(value, _Traced) else value

    def _windowed(self, function: Callable[..., windows.Found], *args: Any) -> Part:
        return self._tracer.windowed(function, self._value, *args)

    def shift(self, periods: Any = 1) -> Part:
        return self._windowed(windows.shifted, periods)

    def diff(self, periods: Any = 1) -> Part:
        if self._value.dtype != FLOAT:
            raise self._tracer.decline("differences of integers in a function")
        return self._windowed(windows.difference, periods)

    def pct_change(self, periods: Any = 1) -> Part:
        return self._windowed(windows.change, periods)

    def rank(self, *, method: Any = "average", ascending: Any = True, pct: Any = False) -> Part:
        return self._windowed(windows.ranked, method, ascending, "keep", pct)

    def cumsum(self) -> Part:
        return self._windowed(of_series, "cumsum")

    def cummax(self) -> Part:
        return self._windowed(of_series, "cummax")

    def cummin(self) -> Part:
        return self._windowed(of_series, "cummin")

    def cumprod(self) -> Part:
        return self._windowed(of_series, "cumprod")

    def ffill(self, *, limit: Any = None) -> Part:
        return self._windowed(windows.filled, "ffill", limit)

    def bfill(self, *, limit: Any = None) -> Part:
        return self._windowed(windows.filled, "bfill", limit)

    def rolling(self, window: Any, min_periods: Any = None, center: Any = False) -> Any:
        return PartRolling(self, Spec.of_rolling(window, min_periods, center))

    def ewm(
        self, com: Any = None, span: Any = None, halflife: Any = None, alpha: Any = None, min_periods: Any = 0,
        adjust: Any = True, ignore_na: Any = False,
    ) -> Any:  # fmt: skip
        return PartWeighted(self, Weights.of(com, span, halflife, alpha, min_periods, adjust, ignore_na))

    def expanding(self, min_periods: Any = 1) -> Any:
        return PartRolling(self, Spec.of_expanding(min_periods))

    def fillna(self, value: Any) -> Part:
        return self._tracer.part(rowwise.filled(self._value, self._other(value)))

    def clip(self, lower: Any = None, upper: Any = None) -> Part:
        return self._tracer.part(rowwise.clipped(self._value, lower, upper))

    def abs(self) -> Any:
        return abs(self)

    def round(self, decimals: Any = 0) -> Part:
        return self._tracer.part(rowwise.rounded(self._value, decimals))

    def isna(self) -> Part:
        return self._tracer.part(rowwise.missing(self._value))

    def notna(self) -> Part:
        return self._tracer.part(rowwise.there(self._value))


_MORE = {"sum": (BOOL,), "mean": (BOOL,), "count": (BOOL, TEXT), "nunique": (BOOL, TEXT)}


def _declare_reduction(name: str) -> None:
    kinds = (FLOAT, INT, *_MORE.get(name, ()))

    def reduce(self: Reduced, *, skipna: Any = True) -> Whole:
        value = self._value
        if value.dtype not in kinds or type(skipna) is not bool or not (skipna or not isinstance(self, Chosen)):
            raise self._tracer.decline(f"{name} of {value.dtype}")
        if name in ("min", "max") and isinstance(self, Chosen) and value.dtype != FLOAT:
            raise self._tracer.decline(f"{name} of some integers of a group")  # of none it is missing
        found = reductions.reduced(name, value, of_groups=True)
        return self._whole(found if skipna else reductions.unless_missing(found, value))

    setattr(Reduced, name, reduce)


def _declare_spread(name: str) -> None:
    def spread(self: Reduced, *, ddof: Any = 1) -> Whole:
        if self._value.dtype not in (FLOAT, INT) or type(ddof) is not int or ddof not in (0, 1):
            raise self._tracer.decline(f"{name} of {self._value.dtype}")
        found = reductions.reduced(name, self._value) if ddof else reductions.of_population(name, self._value)
        return self._whole(found)

    setattr(Reduced, name, spread)


for _name in ("std", "var"):
    _declare_spread(_name)
for _name in ("sum", "mean", "min", "max", "count", "nunique", "median"):
    _declare_reduction(_name)


def _declare_operator(name: str) -> None:
    word = {"and_": "and", "or_": "or"}.get(name, name)

    def forward(self: _Traced, other: Any) -> Any:
        return self._binary(name, other)

    def backward(self: _Traced, other: Any) -> Any:
        return self._binary(name, other, True)

    setattr(_Traced, f"__{word}__", forward)
    if name in ("add", "sub", "mul", "truediv"):
        setattr(_Traced, f"__r{word}__", backward)


for _name in ("add", "sub", "mul", "truediv", "pow", "lt", "le", "gt", "ge", "eq", "ne", "and_", "or_"):
    _declare_operator(_name)
_Traced.__hash__ = None  # type: ignore[assignment]


class PartRolling:
    """Rolling or expanding windows within a group."""

    def __init__(self, part: Part, spec: Spec) -> None:
        self._part, self._spec = part, spec

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*args: Any) -> Part:
            return self._part._windowed(rolled, self._spec, name, *args)

        return call


class PartWeighted:
    """Exponentially weighted windows within a group."""

    def __init__(self, part: Part, weights: Weights) -> None:
        self._part, self._weights = part, weights

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda: self._part._windowed(smoothed, self._weights, name)
