"""Values of a function of one value or row, and the rows in which Python would raise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, Text, cast, dtype_of, is_missing, joined, literal
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, is_float, is_integer

TRUE = ("true",)
_EXACT = 2**53  # integers up to here are floats without loss


@dataclass(frozen=True)
class Value:
    """A value of each row: `expr` of bool, int64, float64 or text, NULL for NaN, None and missing texts.

    `floats`: where an integer and a float meet, in which rows it is a float; the integers are in `whole` then.
    `is_none`: it may be None, which is the function's own, and not NaN.
    """

    expr: Expr
    whole: Expr | None = None
    floats: Text | None = None
    is_none: bool = False


@dataclass(frozen=True)
class Parts:
    """The parts of a text in each row: a list of DuckDB's."""

    text: Text

    @property
    def count(self) -> Value:
        """How many there are."""
        return Value(Expr(joined("len({})", self.text), INT))


@dataclass(frozen=True)
class Row:
    """A row of a frame: what its labels stand for, and whether its numbers are those of NumPy."""

    columns: dict[Any, Expr]


@dataclass
class Values:
    """What the evaluation of one function has found: `known` are the names that it may use, `guards` the rows where
    Python would raise, `path` those of the branch that is evaluated.
    """

    known: Callable[[str], Any]
    numpy_numbers: bool = False
    guards: list[Text] = field(default_factory=list)
    path: Text = TRUE

    def condition(self, value: Any) -> Any:
        """Whether Python takes the value for true: a boolean Value or a bool."""
        if not isinstance(value, Value):
            return bool(value)
        kind, expr = kind_of(value), value.expr
        if value.floats is not None or kind == "missing" or value.is_none:
            raise Declined("the truth of a value that may be None")
        if kind == "bool":
            return value
        if kind == "str":
            self.guard_missing(value)
            return Value(Expr(joined("({} <> '')", expr), BOOL))
        if kind == "int":
            return Value(Expr(joined("({} <> 0)", expr), BOOL))
        return Value(Expr(joined("coalesce({} <> 0, true)", expr), BOOL))  # NaN is true

    # -- values --------------------------------------------------------------------------------------------------------

    def lifted(self, value: Any) -> Value:
        """A constant as a Value."""
        if isinstance(value, Value):
            return value
        if is_missing(value):
            return Value(Expr(("NULL::DOUBLE",), FLOAT, True), is_none=value is None)
        if type(value) not in (bool, int, float, str) and not isinstance(value, np.number | np.bool_):
            raise Declined(f"a value of type {type(value).__name__}")
        dtype = dtype_of(value)
        dtype = FLOAT if is_float(dtype) else INT if is_integer(dtype) else dtype
        made = literal(value, dtype)
        return Value(Expr(joined("{}::BIGINT", made), INT) if dtype == INT else made)

    def plain(self, value: Value) -> Value:
        """The Value, if integers and floats do not meet in it, and it is never None. Raises Declined."""
        if value.floats is not None or value.is_none:
            raise Declined("integers beside floats, or None, in a computation")
        return value

    def as_float(self, value: Value) -> Value:
        """The number as a float; integers that lose digits are guarded."""
        if kind_of(value) != "int":
            return value
        self.guard(joined(f"({{}} > {_EXACT} OR {{}} < -{_EXACT})", value.expr, value.expr))
        return replace(value, expr=cast(value.expr, FLOAT))

    def guard(self, test: Text) -> None:
        """Python raises in rows of this path where the test holds."""
        self.guards.append(joined("({} AND {})", self.path, test))

    def guard_missing(self, *values: Value) -> None:
        """Python has no text there, but None or NaN."""
        for value in values:
            if value.is_none:
                raise Declined("a text that may be None")
            if value.expr.nullable:
                self.guard(joined("{} IS NULL", value.expr))


def kind_of(value: Value) -> str:
    """int, float, bool, str, or missing for a constant that is."""
    if value.expr.text == ("NULL::DOUBLE",):
        return "missing"
    return {BOOL: "bool", INT: "int", FLOAT: "float", TEXT: "str"}[value.expr.dtype]


def as_int(value: Value) -> Value:
    """A boolean as the number Python takes it for."""
    return replace(value, expr=cast(value.expr, INT)) if kind_of(value) == "bool" else value
