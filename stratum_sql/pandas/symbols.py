"""What a function of one value or one row gives, as an expression: its syntax tree is evaluated with columns in place
of numbers. Only syntax whose meaning is known, so nothing of the function runs.

A value is what Python would have in a row: an int, float, bool or str. What Python would raise for in some row, such as
a division by 0, is a guard: the caller asks whether there is such a row.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from stratum_sql.pandas import arithmetic, rowwise
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, is_missing, joined, literal
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT
from stratum_sql.pandas.symbol_calls import call
from stratum_sql.pandas.symbol_texts import method, part_at
from stratum_sql.pandas.symbol_values import Parts, Row, Value, Values, as_int, kind_of

_LONGEST = 20_000  # characters of the whole expression


@dataclass
class Symbols(Values):
    """Evaluates one function."""

    # -- statements ----------------------------------------------------------------------------------------------------

    def block(self, statements: list[ast.stmt], names: dict[str, Any]) -> Any:
        """What a function's statements return; None if they come to their end."""
        if not statements:
            return None
        first, rest = statements[0], statements[1:]
        match first:
            case ast.Return(value=value):
                return None if value is None else self.value(value, names)
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return self.block(rest, names)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return self.block(rest, names | {name: self.value(value, names)})
            case ast.If(test=test, body=body, orelse=orelse):
                return self._branch(
                    self.condition(self.value(test, names)),
                    lambda: self.block([*body, *rest], dict(names)),
                    lambda: self.block([*orelse, *rest], dict(names)),
                )
        raise Declined(f"a statement of Python: {type(first).__name__}")

    def _branch(self, test: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
        if not isinstance(test, Value):
            return yes() if test else no()
        outer = self.path
        self.path = joined("({} AND {})", outer, test.expr)
        first = yes()
        self.path = joined("({} AND NOT {})", outer, test.expr)
        second = no()
        self.path = outer
        return self._either(test.expr, first, second)

    def _either(self, test: Expr, yes: Any, no: Any) -> Any:
        first, second = self.lifted(yes), self.lifted(no)
        kinds = {kind_of(first), kind_of(second)} - {"missing"}
        if kinds == {"int", "float"}:
            return self._mixed(test, first, second)
        if len(kinds) > 1:
            raise Declined("results of several types")
        if first.floats is not None or second.floats is not None:
            raise Declined("integers and floats in several branches")
        dtype = first.expr.dtype if kind_of(first) != "missing" else second.expr.dtype
        parts = [
            one.expr if kind_of(one) != "missing" else Expr((f"NULL::{_SQL[dtype]}",), dtype, True)
            for one in (first, second)
        ]
        text = joined("CASE WHEN {} THEN {} ELSE {} END", test, *parts)
        if len(str(text)) > _LONGEST:
            raise Declined("a long function")
        return Value(Expr(text, dtype, any(part.nullable for part in parts)), is_none=first.is_none or second.is_none)

    def _mixed(self, test: Expr, first: Value, second: Value) -> Value:
        if first.floats is not None or second.floats is not None:
            raise Declined("integers and floats in several branches")
        floats = test.text if kind_of(first) == "float" else joined("(NOT {})", test)
        wholes = [one.expr if kind_of(one) == "int" else Expr(("NULL::BIGINT",), INT, True) for one in (first, second)]
        parts = [one.expr if kind_of(one) == "float" else self.as_float(one).expr for one in (first, second)]
        whole = Expr(
            joined("CASE WHEN {} THEN {} ELSE {} END", test, *wholes), INT, any(part.nullable for part in wholes)
        )
        text = joined("CASE WHEN {} THEN {} ELSE {} END", test, *parts)
        found = Expr(text, FLOAT, any(part.nullable for part in parts))
        return Value(found, whole, floats, first.is_none or second.is_none)

    # -- expressions ---------------------------------------------------------------------------------------------------

    def value(self, node: ast.expr, names: dict[str, Any]) -> Any:
        """A Value, a Row, or a constant of Python."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return names[name] if name in names else self.known(name)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._branch(
                    self.condition(self.value(test, names)),
                    lambda: self.value(body, names),
                    lambda: self.value(orelse, names),
                )
            case ast.BoolOp(op=operator, values=values):
                return self._logical(isinstance(operator, ast.And), values, names)
            case ast.UnaryOp(op=operator, operand=operand):
                return self._unary(operator, self.value(operand, names))
            case ast.BinOp(left=left, op=operator, right=right):
                return self._binary(type(operator).__name__, self.value(left, names), self.value(right, names))
            case ast.Compare(left=left, ops=operators, comparators=others):
                return self._compared(left, operators, others, names)
            case ast.Subscript(value=of, slice=key):
                return self._item(self.value(of, names), key, names)
            case ast.Attribute(value=of, attr=name):
                return self._attribute(self.value(of, names), name)
            case ast.Call(func=function, args=args, keywords=[]):
                return self._call(function, [self.value(one, names) for one in args], names)
            case ast.JoinedStr(values=parts):
                return self._format(parts, names)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                found = [self.value(part, names) for part in parts]
                if any(isinstance(one, Value | Row | Parts) for one in found):
                    raise Declined("a list of values")
                return found
        raise Declined(f"an expression of Python: {type(node).__name__}")

    def _logical(self, is_and: bool, values: list[ast.expr], names: dict[str, Any]) -> Any:
        found = self.value(values[0], names)
        if isinstance(found, Value) and kind_of(found) != "bool":
            raise Declined("and, or of what is no condition")
        if len(values) == 1:
            return found

        def rest() -> Any:
            return self._logical(is_and, values[1:], names)

        if not isinstance(found, Value):
            return (rest() if found else found) if is_and else (found if found else rest())
        if is_and:
            return self._branch(found, rest, lambda: False)
        return self._branch(found, lambda: True, rest)

    def _unary(self, operator: ast.unaryop, value: Any) -> Any:
        if not isinstance(value, Value):
            return _constant_unary(operator, value)
        if isinstance(operator, ast.Not):
            test = self.condition(value)
            return Value(Expr(joined("(NOT {})", test.expr), BOOL))
        if isinstance(operator, ast.USub) and kind_of(value) in ("int", "float"):
            return Value(arithmetic.minus(self.plain(value).expr))
        raise Declined("this sign")

    def _binary(self, name: str, left: Any, right: Any) -> Any:
        if not isinstance(left, Value) and not isinstance(right, Value):
            raise Declined("arithmetic of constants")
        first, second = (self.plain(self.lifted(one)) for one in (left, right))
        kinds = [kind_of(first), kind_of(second)]
        if name == "Add" and kinds == ["str", "str"]:
            self.guard_missing(first, second)
            return Value(Expr(joined("({} || {})", first.expr, second.expr), TEXT))
        if not set(kinds) <= {"int", "float", "bool"}:
            raise Declined("arithmetic of other than numbers")
        first, second = (as_int(one) if kind_of(one) == "bool" else one for one in (first, second))
        if name in ("Add", "Sub", "Mult"):
            return self._computed({"Add": "add", "Sub": "sub", "Mult": "mul"}[name], first, second)
        if name == "Div":
            return self._divided(first, second)
        if (
            name in ("FloorDiv", "Mod")
            and kind_of(first) == "int"
            and isinstance(right, int)
            and not isinstance(right, bool)
        ):
            rule = "floordiv" if name == "FloorDiv" else "mod"
            return Value(arithmetic.floored(rule, first.expr, right))
        if name == "Pow" and type(right) is int and right in (2, 3):
            return self._power(first, right)
        raise Declined(f"{name} of these")

    def _computed(self, name: str, first: Value, second: Value) -> Value:
        if kind_of(first) != kind_of(second):
            first, second = self.as_float(first), self.as_float(second)
        found = arithmetic.computed(name, first.expr, second.expr)
        return Value(found)

    def _divided(self, first: Value, second: Value) -> Value:
        if not self.numpy_numbers:
            self.guard(joined("{} = 0", second.expr))
        first, second = self.as_float(first), self.as_float(second)
        return Value(arithmetic.computed("truediv", first.expr, second.expr))

    def _power(self, base: Value, exponent: int) -> Value:
        if kind_of(base) == "int":
            square = self._computed("mul", base, base)
            return square if exponent == 2 else self._computed("mul", square, base)
        found = arithmetic.power(base.expr, exponent)
        if not self.numpy_numbers:  # Python raises where the result is too large
            self.guard(joined("coalesce(isinf({}) AND isfinite({}), false)", found, base.expr))
        return Value(found)

    def _compared(
        self, left: ast.expr, operators: list[ast.cmpop], others: list[ast.expr], names: dict[str, Any]
    ) -> Any:
        if len(operators) > 1:
            middle = ast.Compare(left, operators[:1], others[:1])
            rest = ast.Compare(others[0], operators[1:], others[1:])
            return self._logical(True, [middle, rest], names)
        first, second = self.value(left, names), self.value(others[0], names)
        return self._compare(operators[0], first, second)

    def _compare(self, operator: ast.cmpop, left: Any, right: Any) -> Any:
        if isinstance(operator, ast.In | ast.NotIn):
            found = self._among(left, right)
            return self._unary(ast.Not(), found) if isinstance(operator, ast.NotIn) else found
        if not isinstance(left, Value) and not isinstance(right, Value):
            raise Declined("a comparison of constants")
        if isinstance(operator, ast.Is | ast.IsNot):
            raise Declined("is of values")
        name = _COMPARED.get(type(operator))
        if name is None:
            raise Declined("this comparison")
        first, second = (self.plain(self.lifted(one)) for one in (left, right))
        kinds = {kind_of(first), kind_of(second)}
        if "missing" in kinds or first.is_none or second.is_none:
            raise Declined("a comparison with None")
        if "str" in kinds:
            if kinds != {"str"}:
                raise Declined("texts beside others")
            if name not in ("eq", "ne"):
                self.guard_missing(first, second)
        elif kinds != {"int"}:
            first, second = (self.as_float(as_int(one) if kind_of(one) == "bool" else one) for one in (first, second))
        return Value(arithmetic.compared(name, first.expr, second.expr))

    def _among(self, left: Any, right: Any) -> Any:
        if isinstance(right, Parts) and isinstance(left, str):
            return Value(Expr(joined("list_contains({}, {})", right.text, literal(left, TEXT)), BOOL))
        if isinstance(right, dict | list | tuple | set | frozenset) and isinstance(left, Value):
            first = self.plain(left)
            listed = list(right)
            if len(listed) > _MOST_LISTED or any(is_missing(one) for one in listed) or kind_of(first) == "missing":
                raise Declined("in a long list, or one with None")
            kind = {"int": int, "str": str}.get(kind_of(first))
            if kind is None or any(type(one) is not kind for one in listed):
                raise Declined("in a list of other types")
            return Value(rowwise.is_among(first.expr, listed))
        if all(isinstance(one, str | Value) for one in (left, right)):
            first, second = self.lifted(left), self.lifted(right)
            if kind_of(first) == kind_of(second) == "str":
                self.guard_missing(first, second)
                return Value(Expr(joined("contains({}, {})", second.expr, first.expr), BOOL))
        raise Declined("in of these")

    def _item(self, of: Any, key: ast.expr, names: dict[str, Any]) -> Any:
        if isinstance(of, Row):
            label = self.value(key, names)
            return self._label(of, label)
        if isinstance(of, dict):
            at = self.value(key, names)
            return self._looked_up(of, at, _RAISES)
        if isinstance(of, Value) and kind_of(of) == "str":
            return self._characters(of, key)
        if isinstance(of, Parts):
            return part_at(self, of, self.value(key, names))
        raise Declined("a part of this")

    def _label(self, row: Row, label: Any) -> Value:
        if not isinstance(label, str | int) or label not in row.columns:
            raise Declined("a label that is not there")
        return Value(row.columns[label])

    def _looked_up(self, table: dict[Any, Any], at: Any, default: Any) -> Any:
        if type(table) is not dict or not isinstance(at, Value):
            raise Declined("a dict of this kind")
        first = self.plain(at)
        kind = {"int": int, "str": str}.get(kind_of(first))
        if kind is None or not 0 < len(table) <= _MOST_LISTED or any(type(one) is not kind for one in table):
            raise Declined("a dict of other keys, or a large one")
        results = [self.lifted(one) for one in table.values()]
        if len({kind_of(one) for one in results}) != 1 or kind_of(results[0]) == "missing":
            raise Declined("results of several types")
        cases = [
            joined("WHEN {} THEN {}", literal(one, first.expr.dtype), result.expr)
            for one, result in zip(table, results, strict=True)
        ]
        test = rowwise.is_among(first.expr, list(table))
        dtype = results[0].expr.dtype
        text = joined("CASE {} " + " ".join("{}" for _ in cases) + " END", first.expr, *cases)
        found = Value(Expr(joined(f"CAST({{}} AS {_SQL[dtype]})", text), dtype))
        if default is _RAISES:
            self.guard(joined("NOT {}", test))
            return found
        return self._either(test, found, default)

    def _characters(self, of: Value, key: ast.expr) -> Value:
        self.guard_missing(of)
        match key:
            case ast.Slice(lower=lower, upper=upper, step=None):
                start, stop = (None if one is None else self.value(one, {}) for one in (lower, upper))
                if any(one is not None and (type(one) is not int or one < 0) for one in (start, stop)):
                    raise Declined("characters from the end")
                begin = start or 0
                count = "" if stop is None else f", {max(stop - begin, 0)}"
                return Value(Expr(joined(f"substring({{}}, {begin + 1}{count})", of.expr), TEXT))
        at = self.value(key, {})
        if type(at) is not int or at < -1:
            raise Declined("a character by other than its place")
        self.guard(joined(f"length({{}}) <= {max(at, 0)}", of.expr))
        text = joined(f"substring({{}}, {at + 1}, 1)", of.expr) if at >= 0 else joined("right({}, 1)", of.expr)
        return Value(Expr(text, TEXT))

    def _attribute(self, of: Any, name: str) -> Any:
        if isinstance(of, Row):
            return self._label(of, name)
        if isinstance(of, type(np)) and isinstance(getattr(of, name, None), int | float):  # np.nan, math.pi
            return getattr(of, name)
        raise Declined(f"the attribute {name}")

    def _call(self, function: ast.expr, args: list[Any], names: dict[str, Any]) -> Any:
        if isinstance(function, ast.Attribute):
            of = self._owner(function.value, names)
            if isinstance(of, Value):
                return method(self, of, function.attr, args)
            if type(of) is dict and function.attr == "get" and len(args) in (1, 2):
                return self._looked_up(of, args[0], args[1] if len(args) == 2 else None)
            if isinstance(of, Row):
                raise Declined("a method of a row")
            return call(self, getattr(of, function.attr, None), args)
        return call(self, self.value(function, names), args)

    def _owner(self, node: ast.expr, names: dict[str, Any]) -> Any:
        if isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Call):
            of = self._owner(node.value, names)
            if isinstance(of, type(np)):
                return getattr(of, node.attr, None)
        return self.value(node, names)

    def _format(self, parts: list[ast.expr], names: dict[str, Any]) -> Any:
        texts = []
        for part in parts:
            if isinstance(part, ast.Constant):
                texts.append(self.lifted(part.value))
                continue
            if not isinstance(part, ast.FormattedValue) or part.format_spec is not None or part.conversion != -1:
                raise Declined("a format")
            texts.append(self.lifted(call(self, str, [self.value(part.value, names)])))
        if not texts:
            return ""
        text = joined("(" + " || ".join("{}" for _ in texts) + ")", *(one.expr for one in texts))
        return Value(Expr(text, TEXT))


_RAISES = object()
_MOST_LISTED = 200
_SQL = {BOOL: "BOOLEAN", INT: "BIGINT", FLOAT: "DOUBLE", TEXT: "VARCHAR"}
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}


def _constant_unary(operator: ast.unaryop, value: Any) -> Any:
    if isinstance(operator, ast.Not):
        return not value
    if isinstance(operator, ast.USub) and type(value) in (int, float):
        return -value
    raise Declined("this sign")
