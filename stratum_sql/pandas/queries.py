"""`DataFrame.query`: the expression as the calls that it stands for."""

from __future__ import annotations

import ast
import functools
import operator
import re
from collections.abc import Callable
from typing import Any

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import filtered
from stratum_sql.pandas.lazy import method
from stratum_sql.pandas.places import caller
from stratum_sql.pandas.series import Series

_COMPARED: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_COMPUTED: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_VARIABLE = "__variable_"  # how @name is spelled for Python


@method(DataFrame, "query", "comparisons, and, or, not, in, + - * / of columns, constants and @variables")
def _query(self: DataFrame, expr: Any) -> Any:
    if not isinstance(expr, str) or any(sign in expr for sign in "`&|~\n") or _VARIABLE in expr:
        raise Declined("signs that pandas reads its own way")
    try:
        tree = ast.parse(re.sub(r"@(?=[A-Za-z_])", _VARIABLE, expr.strip()), mode="eval")
    except SyntaxError:
        raise Declined("an expression that Python does not read") from None
    condition = _evaluated(self, tree.body)
    if not isinstance(condition, Series) or condition.dtype != bool:
        raise Declined("other than a condition")
    return filtered(self, condition)


def _evaluated(self: DataFrame, tree: ast.expr) -> Any:
    match tree:
        case ast.Constant(value=int() | float() | str() as value):
            return value
        case ast.Name(id=name):
            return _named(self, name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operator.neg(_evaluated(self, operand))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operator.inv(_condition(self, operand))
        case ast.BoolOp(op=op, values=values):
            word = operator.and_ if isinstance(op, ast.And) else operator.or_
            return functools.reduce(word, [_condition(self, value) for value in values])
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _COMPUTED:
            return _native(_COMPUTED[type(op)], _evaluated(self, left), _evaluated(self, right))
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compared(self, [left, *others], ops)
    raise Declined("an expression of another kind")


def _condition(self: DataFrame, tree: ast.expr) -> Series:
    found = _evaluated(self, tree)
    if not isinstance(found, Series) or found.dtype != bool:
        raise Declined("other than conditions")
    return found


def _compared(self: DataFrame, trees: list[ast.expr], ops: list[ast.cmpop]) -> Any:
    tests = []
    for left, op, right in zip(trees, ops, trees[1:], strict=False):
        if isinstance(op, ast.In | ast.NotIn):
            tests.append(_among(self, left, right, is_out=isinstance(op, ast.NotIn)))
        elif type(op) in _COMPARED and not isinstance(right, ast.List | ast.Tuple):
            tests.append(_native(_COMPARED[type(op)], _evaluated(self, left), _evaluated(self, right)))
        else:
            raise Declined("a comparison of another kind")
    return functools.reduce(operator.and_, tests)


def _among(self: DataFrame, left: ast.expr, right: ast.expr, *, is_out: bool) -> Series:
    column = _evaluated(self, left)
    if isinstance(right, ast.List | ast.Tuple):
        listed: Any = [_evaluated(self, one) for one in right.elts]
    else:
        listed = _evaluated(self, right)
    if not isinstance(column, Series) or not isinstance(listed, list | tuple | set):
        raise Declined("other than a column in a list")
    if not all(isinstance(one, int | float | str) for one in listed):
        raise Declined("other than constants in a list")
    found: Series = column.isin(list(listed))
    return operator.inv(found) if is_out else found


def _native(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if not isinstance(left, Series) and not isinstance(right, Series):
        raise Declined("constants alone")
    return function(left, right)


def _named(self: DataFrame, name: str) -> Any:
    if not name.startswith(_VARIABLE):
        if name not in self._table.columns.labels:
            raise Declined("a name that is no column")
        return self._column(name)
    frame, wanted = caller(), name.removeprefix(_VARIABLE)
    if frame is None or wanted not in {**frame.f_globals, **frame.f_locals}:
        raise Declined("a variable that is not there")
    found = {**frame.f_globals, **frame.f_locals}[wanted]
    if isinstance(found, bool) or not isinstance(found, int | float | str | list | tuple | set):
        raise Declined("a variable that is no constant")
    return found
