"""Functions of the script that `groupby` calls with each group: called once, with objects that write down what is done.

Only a function that does nothing but compute from its argument can be known from one call: its code may read numbers,
texts and functions of NumPy, and has no branches.
"""

from __future__ import annotations

import builtins
import dis
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.pandas import arithmetic, reductions, rowwise, windows
from stratum_sql.pandas.aligning import assigned, beside, settled
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.exponential import Weights, smoothed
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.grouping import Asked
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.rolling_windows import Spec, rolled
from stratum_sql.pandas.windows import Rows, has_rows

_CONSTANTS = (int, float, str, bool, type(None), np.generic)
_OF_NUMPY = frozenset({*rowwise.ELEMENTARY, "abs", "absolute", "nan", "inf", "pi", "e", "maximum", "minimum"})
_OF_PYTHON = frozenset({"abs"})


# -- which functions ---------------------------------------------------------------------------------------------------


def is_traceable(function: Any) -> bool:
    """Whether one call tells all that the function does: it computes from its one argument, and constants."""
    if not isinstance(function, types.FunctionType):
        return False
    code = function.__code__
    defaults = function.__defaults__ or ()
    if code.co_argcount != len(defaults) + 1 or code.co_kwonlyargcount or code.co_flags & _STARRED:
        return False
    if not all(isinstance(value, _CONSTANTS) for value in defaults):
        return False
    cells = [cell.cell_contents for cell in function.__closure__ or ()] if _are_filled(function) else [object()]
    return all(isinstance(cell, _CONSTANTS) for cell in cells) and _reads_values_alone(function)


_STARRED = 0x04 | 0x08 | 0x20 | 0x80 | 0x200  # *args, **kwargs, generators and coroutines


def _are_filled(function: types.FunctionType) -> bool:
    try:
        return all(cell.cell_contents is not cell for cell in function.__closure__ or ())
    except ValueError:
        return False


_LOADS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
_FORBIDDEN = (
    "STORE_GLOBAL", "STORE_DEREF", "STORE_ATTR", "STORE_SUBSCR", "DELETE", "IMPORT", "MAKE_FUNCTION", "RAISE",
    "JUMP", "FOR_ITER", "SETUP", "PUSH_EXC", "GET_ITER", "YIELD",
)  # fmt: skip


def _reads_values_alone(function: types.FunctionType) -> bool:
    of_numpy = False  # whether the name before was NumPy
    for step in dis.get_instructions(function):
        if step.opname.startswith(_FORBIDDEN) or "JUMP" in step.opname:
            return False
        if of_numpy and not (step.opname in ("LOAD_ATTR", "LOAD_METHOD") and step.argval in _OF_NUMPY):
            return False
        of_numpy = False
        if step.opname in _LOADS:
            found = function.__globals__.get(step.argval, getattr(builtins, step.argval, None))
            of_numpy = found is np
            is_known = isinstance(found, _CONSTANTS) or step.argval in _OF_PYTHON
            if not of_numpy and not is_known:
                return False
    return True


# -- what they are called with -----------------------------------------------------------------------------------------


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


@dataclass(eq=False)
class _Traced:
    """A value that is not known yet."""

    _tracer: Tracer
    _value: Expr

    __array_priority__ = 1_000

    def __getattr__(self, name: str) -> Any:
        raise self._tracer.decline(f"{name} in a function")

    def __bool__(self) -> bool:
        raise self._tracer.decline("a function that looks at the data")

    def __len__(self) -> int:
        raise self._tracer.decline("a function that looks at the data")

    def __iter__(self) -> Any:
        raise self._tracer.decline("a function that looks at the data")

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
        if not isinstance(other, (_Traced, *_CONSTANTS)) or other is None:
            raise tracer.decline("an operand that is no number")
        both = [self, other]
        is_part = any(isinstance(one, Part) for one in both)
        if not is_part and isinstance(self, Whole) and name not in ("add", "sub", "mul", "truediv"):
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


class Whole(_Traced):
    """One number of a group: an aggregate."""


class Part(_Traced):
    """A column of a group."""

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
        return self._windowed(windows.cumulative, "cumsum")

    def cummax(self) -> Part:
        return self._windowed(windows.cumulative, "cummax")

    def cummin(self) -> Part:
        return self._windowed(windows.cumulative, "cummin")

    def cumprod(self) -> Part:
        return self._windowed(windows.cumulative, "cumprod")

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

    def _whole(self, found: Expr) -> Whole:
        return Whole(self._tracer, found)

    def quantile(self, q: Any = 0.5) -> Whole:
        if isinstance(q, bool) or not isinstance(q, int | float) or not 0 <= q <= 1:
            raise self._tracer.decline("this quantile")
        return self._whole(reductions.quantile(self._value, float(q)))


_MORE = {"sum": (BOOL,), "mean": (BOOL,), "count": (BOOL, TEXT), "nunique": (BOOL, TEXT)}


def _declare_reduction(name: str) -> None:
    kinds = (FLOAT, INT, *_MORE.get(name, ()))

    def reduce(self: Part) -> Whole:
        if self._value.dtype not in kinds:
            raise self._tracer.decline(f"{name} of {self._value.dtype}")
        return self._whole(reductions.reduced(name, self._value))

    setattr(Part, name, reduce)


for _name in ("sum", "mean", "min", "max", "count", "nunique", "std", "var", "median"):
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


# -- the call ----------------------------------------------------------------------------------------------------------


def _called(asked: Asked, node: Node, value: Expr, function: Callable[..., Any]) -> tuple[Tracer, Any]:
    """What the function gives for a group. Raises Declined."""
    if not _has_groups(asked):
        raise Declined("a function of no groups")
    tracer = Tracer(Rows(node, tuple(asked.by), asked.with_missing))
    try:
        found = function(Part(tracer, value))
    except Declined:
        raise
    except Exception as error:  # noqa: BLE001 pandas itself will say what is wrong
        raise Declined(f"{type(error).__name__} in a function") from None
    if tracer.reason:
        raise Declined(tracer.reason)
    return tracer, found


def _has_groups(asked: Asked) -> bool:
    return not asked.leaves_out and has_rows(asked.state.node)


def transformed(asked: Asked, value: Expr, function: Callable[..., Any]) -> tuple[Node, Expr]:
    """The value of each row. Raises Declined."""
    tracer, found = _called(asked, asked.state.node, value, function)
    if not isinstance(found, _Traced):
        raise Declined("a function that gives a constant")
    text = tracer.spread(found._value) if isinstance(found, Whole) else found._value
    if text.dtype not in (FLOAT, INT, BOOL, TEXT):
        raise Declined(f"results of {text.dtype}")
    return assigned(tracer.rows.node, "__transformed", text, here())


def summarised(asked: Asked, value: Expr, function: Callable[..., Any]) -> tuple[Node, Expr]:
    """An aggregate of each group, and the node that it is over. Raises Declined."""
    tracer, found = _called(asked, asked.state.node, value, function)
    if not isinstance(found, Whole) or found._value.dtype not in (FLOAT, INT):
        raise Declined("a function that does not give one number")
    return tracer.rows.node, found._value
