"""`DataFrame.query` and `eval`: the expression as the calls that it stands for."""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from pandas.core.computation.expr import (  # type: ignore[attr-defined]
    _compose,
    _preparse,
    _replace_booleans,
    _replace_locals,
)
from pandas.core.computation.parsing import (  # type: ignore[import-not-found]
    clean_backtick_quoted_toks,
    clean_column_name,
)

from stratum_sql.pandas.aligning import check_same_labels, labelled, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import filtered, with_column
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import caller, here
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Vector

_COMPARED: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_COMPUTED: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
}  # fmt: skip
_JOINED: dict[type, Callable[[Any, Any], Any]] = {ast.BitAnd: operator.and_, ast.BitOr: operator.or_}
_VARIABLE = "__pd_eval_local_"  # how pandas spells @name for Python
_READ = _compose(_replace_locals, _replace_booleans, clean_backtick_quoted_toks)
# Methods and accessors that give one value a row, or one number; others may do anything.
_CALLED = frozenset({
    "str", "dt", "isin", "isna", "isnull", "notna", "notnull", "between", "abs", "astype", "fillna", "lower", "upper",
    "strip", "len", "contains", "startswith", "endswith", "slice", "year", "month", "day", "hour", "minute",
    "dayofweek", "mean", "sum", "min", "max", "median", "std", "shift", "round",
})  # fmt: skip


@method(
    DataFrame,
    "query",
    "comparisons, and, or, not, in, + - * / // % of columns, the index, constants and @variables; methods of a column",
)
def _query(self: DataFrame, expr: Any, *, parser: str = "pandas", engine: Any = None, local_dict: Any = None) -> Any:
    if not isinstance(expr, str) or parser not in ("pandas", "python") or engine not in (None, "python"):
        raise Declined("other than a text, or an engine that is not there")
    if local_dict is not None and type(local_dict) is not dict:
        raise Declined("variables in other than a dict")
    names = [name for name, _ in self._table.index.levels if name is not None]
    if len(set(names)) < len(names):
        raise Declined("two levels of one name")  # which pandas takes amiss, whatever is asked
    condition = _Query(self, local_dict, like_python=parser == "python").condition(_parsed(expr, parser))
    return filtered(self, condition)


@method(DataFrame, "eval", "an expression as for query, or lines that assign such to a label")
def _eval(self: DataFrame, expr: Any, *, parser: str = "pandas", engine: Any = None, local_dict: Any = None) -> Any:
    if not isinstance(expr, str) or parser != "pandas" or engine not in (None, "python"):
        raise Declined("other than a text, or an engine that is not there")
    if local_dict is not None and type(local_dict) is not dict:
        raise Declined("variables in other than a dict")
    found = self
    for line in filter(None, map(str.strip, expr.splitlines())):
        match _read(line, parser, "exec").body:
            case [ast.Assign(targets=[ast.Name(id=label)], value=tree)] if label.isidentifier():
                found = with_column(found, label, _Query(found, local_dict, like_python=False).column(tree))
            case _:
                raise Declined("other than columns that are assigned")
    if found is self:
        raise Declined("no columns")
    return found._with(found._table.columns)


def _parsed(expr: str, parser: str) -> ast.expr:
    """The expression as Python reads it, once pandas spelled what is its own. Raises Declined."""
    lines = [line.strip() for line in expr.splitlines() if line.strip()]
    if len(lines) != 1 or (parser == "python" and "@" in expr):
        raise Declined("signs that pandas reads its own way")
    found: ast.expr = _read(lines[0], parser, "eval").body
    return found


def _read(line: str, parser: str, mode: str) -> Any:
    try:
        is_own = parser == "pandas" and any(sign in line for sign in "@&|`")
        return ast.parse(_preparse(line, f=_READ) if is_own else line, mode=mode)
    except Exception:  # noqa: BLE001 pandas itself says what is wrong
        raise Declined("an expression that Python does not read") from None


class _Query:
    """An expression over one frame; `like_python` knows no words between conditions, as that parser of pandas."""

    def __init__(self, frame: DataFrame, variables: dict[str, Any] | None, *, like_python: bool) -> None:
        self._frame, self._variables, self._like_python = frame, variables, like_python

    def condition(self, tree: ast.expr) -> Series:
        """A condition over the rows of the frame. Raises Declined."""
        found = self._value(tree)
        if not isinstance(found, Series) or found.dtype != bool:
            raise Declined("other than a condition")
        return found

    def column(self, tree: ast.expr) -> Series:
        """A value of each row. Raises Declined."""
        found = self._value(tree)
        if not isinstance(found, Series) or found.dtype.kind not in "biufO":
            raise Declined("other than a column")
        return found

    def _value(self, tree: ast.expr) -> Any:
        match tree:
            case ast.Constant(value=int() | float() | str() as value):
                return value
            case ast.Name(id=name):
                return self._named(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return operator.neg(self._value(operand))
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return operator.inv(self.condition(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _COMPUTED:
                return _computed(_COMPUTED[type(op)], self._value(left), self._value(right))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _JOINED:
                return _JOINED[type(op)](self.condition(left), self.condition(right))
            case ast.Attribute() | ast.Call():
                return self._called(tree)
        return self._in_words(tree)

    def _in_words(self, tree: ast.expr) -> Any:
        match tree:
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self._compared([left, *others], ops)
            case ast.UnaryOp(op=ast.Not(), operand=operand) if not self._like_python:
                return operator.inv(self.condition(operand))
            case ast.BoolOp(op=op, values=values) if not self._like_python:
                word = operator.and_ if isinstance(op, ast.And) else operator.or_
                return functools.reduce(word, [self.condition(value) for value in values])
        raise Declined("an expression of another kind")

    def _compared(self, trees: list[ast.expr], ops: list[ast.cmpop]) -> Any:
        tests = []
        for left, op, right in zip(trees, ops, trees[1:], strict=False):
            if isinstance(left, ast.List | ast.Tuple) and isinstance(op, ast.Eq | ast.NotEq):
                left, right = right, left
            is_listed = isinstance(right, ast.List | ast.Tuple)
            if self._like_python and (is_listed or _is_text(left) or _is_text(right)):
                raise Declined("texts and lists, which that parser does not take")
            if isinstance(op, ast.In | ast.NotIn) and not self._like_python:
                tests.append(self._among(left, right, is_out=isinstance(op, ast.NotIn)))
            elif is_listed and isinstance(op, ast.Eq | ast.NotEq) and isinstance(left, ast.Name):
                tests.append(self._among(left, right, is_out=isinstance(op, ast.NotEq)))
            elif type(op) in _COMPARED and not is_listed:
                tests.append(_native(_COMPARED[type(op)], self._value(left), self._value(right)))
            else:
                raise Declined("a comparison of another kind")
        return functools.reduce(operator.and_, tests)

    def _among(self, left: ast.expr, right: ast.expr, *, is_out: bool) -> Series:
        column = self._value(left)
        if isinstance(right, ast.List | ast.Tuple):
            listed: Any = [self._value(one) for one in right.elts]
        else:
            listed = self._value(right)
        if not isinstance(column, Series) or not isinstance(listed, list | tuple | set | Series):
            raise Declined("other than a column in a list")
        if not isinstance(listed, Series) and not all(isinstance(one, int | float | str) for one in listed):
            raise Declined("other than constants in a list")
        found: Series = column.isin(listed if isinstance(listed, Series) else list(listed))
        return operator.inv(found) if is_out else found

    def _called(self, tree: ast.Attribute | ast.Call) -> Any:
        """A method of a column, or its accessor."""
        if isinstance(tree, ast.Attribute):
            if tree.attr not in _CALLED or not isinstance(tree.value, ast.Name | ast.Attribute | ast.Call):
                raise Declined(f"{tree.attr} in an expression")
            return getattr(self._of_column(tree.value), tree.attr)
        if not isinstance(tree.func, ast.Attribute):
            raise Declined("a function in an expression")
        given = [self._argument(one) for one in tree.args]
        named = {one.arg: self._argument(one.value) for one in tree.keywords if one.arg is not None}
        if len(named) < len(tree.keywords):
            raise Declined("a dict of arguments")
        return self._called(tree.func)(*given, **named)

    def _of_column(self, tree: ast.Name | ast.Attribute | ast.Call) -> Any:
        found = self._value(tree)
        if isinstance(tree, ast.Name) and not isinstance(found, Series):
            raise Declined("methods of what is no column")
        return found

    def _argument(self, tree: ast.expr) -> Any:
        try:
            return ast.literal_eval(tree)
        except ValueError:
            return self._value(tree)

    def _named(self, name: str) -> Any:
        if name.startswith(_VARIABLE):
            return self._variable(name.removeprefix(_VARIABLE))
        known = self._frame._table.columns
        if name in known.labels:
            return self._frame._column(name)
        for label in known.labels:
            if isinstance(label, str) and clean_column_name(label) == name:
                return self._frame._column(label)
        return self._level(name)

    def _level(self, name: str) -> Series:
        """A level of the index, by its name or as pandas names it."""
        state = self._frame._table
        node, index = labelled(state, here())
        for place, (label, value) in enumerate(index.levels):
            if name == (f"ilevel_{place}" if label is None else label) or (name == "index" and len(index.levels) == 1):
                made: Series = Lazy.recorded(Vector(node, value, None, state.index), is_frame=False)
                return made
        raise Declined("a name that is no column")

    def _variable(self, wanted: str) -> Any:
        frame, given = caller(), self._variables or {}
        known = {**frame.f_globals, **frame.f_locals, **given} if frame is not None else given
        if wanted not in known:
            raise Declined("a variable that is not there")
        found = known[wanted]
        if isinstance(found, Series) and isinstance(found._state, Vector):
            together(self._frame._table.node, found._state.node)
            check_same_labels(self._frame._table.index, found._state.index)
            return found
        if isinstance(found, bool) or not isinstance(found, int | float | str | np.number | list | tuple | set):
            raise Declined("a variable that is no constant")
        return found


def _is_text(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Constant) and isinstance(tree.value, str)


def _computed(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if any(isinstance(one, str) or (isinstance(one, Series) and one.dtype == object) for one in (left, right)):
        raise Declined("texts that are computed with, which pandas does not")
    return _native(function, left, right)


def _native(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    columns = [one for one in (left, right) if isinstance(one, Series)]
    if not columns:
        raise Declined("constants alone")
    if any(isinstance(one, list | tuple | set) for one in (left, right)):
        raise Declined("a column beside a list")
    if (
        len(columns) == 1
        and columns[0].dtype.kind in "mM"
        and not all(isinstance(one, Series | str) for one in (left, right))
    ):
        raise Declined("numbers that pandas reads as times")
    return function(left, right)
