"""Arithmetic and comparisons of frames: with a constant, a number for each column or row, and another frame."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from stratum_sql.pandas import outer
from stratum_sql.pandas.aligning import assigned, check_same_labels, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import each
from stratum_sql.pandas.kinds import FLOAT, INT
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series, rule_of
from stratum_sql.pandas.series_methods import is_constant
from stratum_sql.pandas.states import Index, Table, Vector


def _declare(word: str) -> None:
    rule = f"{word}_" if word in ("and", "or") else word

    def forward(self: DataFrame, other: Any) -> Any:
        if isinstance(other, DataFrame):
            return _by_frame(self, rule, other)
        return _by_label(self, rule, other) if isinstance(other, Series) else _by_constant(self, rule, other)

    def backward(self: DataFrame, other: Any) -> Any:
        return _by_constant(self, rule, other, swapped=True)

    method(DataFrame, f"__{word}__", _OPERANDS)(forward)

    def named(self: DataFrame, other: Any, axis: Any = "columns", *, fill_value: Any = None) -> Any:
        if fill_value is not None:
            return _filled(self, rule, other, fill_value)
        if isinstance(other, Series) and axis in (0, "index"):
            return _by_row(self, rule, other)
        if axis not in (0, "index", 1, "columns"):
            raise Declined("this axis")
        return forward(self, other)

    for name in (word, *({"sub": ("subtract",), "mul": ("multiply",), "truediv": ("div", "divide")}.get(word, ()))):
        method(DataFrame, name, f"{_OPERANDS}; a Series of the same rows with axis=0")(named)
    if word in ("add", "sub", "mul", "truediv"):
        method(DataFrame, f"__r{word}__", "a constant")(backward)


_OPERANDS = (
    "a constant; a frame, for add, sub, mul and truediv of other rows and labels as well; a Series that was run, of one"
    " number for each label"
)


def _by_frame(self: DataFrame, rule: str, other: DataFrame, fill_value: Any = None) -> DataFrame:
    """Of rows and columns that are in both, missing elsewhere."""
    if not isinstance(other._state, Table):
        raise Declined("a frame that only pandas can hold")
    mine, its = self._table, other._table
    labels = outer.labels_of_both(mine.columns.labels, its.columns.labels)
    is_other = labels != mine.columns.labels or labels != its.columns.labels
    if is_other and (rule not in outer.WORDS or not set(mine.columns.labels) & set(its.columns.labels)):
        raise Declined("a frame of other labels")
    node, index, left, right = _of_both(mine, its, rule)
    found = []
    for label in labels:
        pair = outer.filled(left.get(label, _NOTHING), right.get(label, _NOTHING), fill_value)
        value = _NOTHING if any(one is _NOTHING for one in pair) else _operated(rule, *pair)
        node, value = assigned(node, label, value, here())
        found.append((label, value))
    return self._with(found, node, index)


_NOTHING = Expr(("NULL::DOUBLE",), FLOAT, True)  # of a column that a side has not
Known = dict[Hashable, Expr]


def _of_both(mine: Table, its: Table, rule: str) -> tuple[Node, Index, Known, Known]:
    """The rows of both sides, and their columns: those in common, where they are rows of two frames."""
    try:
        node = together(mine.node, its.node)
        check_same_labels(mine.index, its.index)
    except Declined:
        if rule not in outer.WORDS:
            raise
    else:
        return node, mine.index, dict(mine.columns), dict(its.columns)
    both = outer.outer(mine, its)
    sides = (zip(mine.columns.labels, both.left, strict=True), zip(its.columns.labels, both.right, strict=True))
    left, right = (dict(side) for side in sides)
    return both.node, both.index, left, right


def _filled(self: DataFrame, rule: str, other: Any, fill_value: Any) -> DataFrame:
    if rule not in outer.WORDS or not isinstance(other, DataFrame):
        raise Declined("a fill_value beside other than a frame")
    return _by_frame(self, rule, other, fill_value)


def _by_label(self: DataFrame, rule: str, other: Series) -> DataFrame:
    """A number for each column: `df - df.mean()`."""
    if not isinstance(other._state, Vector) or not other._state.kept:
        raise Declined("a Series that was not run")
    numbers = other._state.kept[0]
    if list(numbers.index) != self._table.columns.labels or numbers.dtype not in (INT, FLOAT):
        raise Declined("a Series of other labels, or of other than int64 and float64")
    known = dict(zip(numbers.index, numbers.array, strict=True))
    return each(self, lambda label, held: _operated(rule, held, known[label]))


def _by_row(self: DataFrame, rule: str, other: Series) -> DataFrame:
    """A number for each row: `df.div(df.sum(axis=1), axis=0)`."""
    if not isinstance(other._state, Vector):
        raise Declined("a Series that only pandas can hold")
    node = together(self._table.node, other._state.node)
    check_same_labels(self._table.index, other._state.index)
    value = other._state.value
    return each(self._with(self._table.columns, node), lambda _, held: _operated(rule, held, value))


def _operated(rule: str, left: Any, right: Any) -> Expr:
    return rule_of(left, right)(rule, left, right)


def _by_constant(self: DataFrame, rule: str, other: Any, *, swapped: bool = False) -> DataFrame:
    if not is_constant(other):
        raise Declined(f"an operand of type {type(other).__name__}")

    return each(self, lambda _, held: _operated(rule, other, held) if swapped else _operated(rule, held, other))


for _word in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "le", "gt", "ge", "eq", "ne"):
    _declare(_word)
DataFrame.__hash__ = None  # type: ignore[assignment]
