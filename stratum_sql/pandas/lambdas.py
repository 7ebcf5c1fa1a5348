"""`apply` and `map` of a function: its text is found, and read as an expression over the columns."""

from __future__ import annotations

import ast
import builtins
import functools
import linecache
import types
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, cast, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import each
from stratum_sql.pandas.given import count
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, is_float, is_integer
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series, translated_ufunc
from stratum_sql.pandas.states import Vector
from stratum_sql.pandas.symbol_calls import call
from stratum_sql.pandas.symbol_texts import method as text_method
from stratum_sql.pandas.symbol_values import Row, Value
from stratum_sql.pandas.symbols import Symbols

_MOST_NODES = 400  # of a function's syntax tree

# -- the text of a function --------------------------------------------------------------------------------------------


def tree_of(function: types.FunctionType) -> ast.Lambda | ast.FunctionDef:
    """The syntax tree of a function. Raises Declined if its text is not there, or may be another one's."""
    code = function.__code__
    text = "".join(linecache.getlines(code.co_filename, function.__globals__))
    if not text:
        raise Declined("a function whose text is not there")
    places = [place for place in code.co_positions() if None not in place and place[2:] != (0, 0)]
    found = [node for node in _functions(text) if _is_of(node, code, places)]
    if not found or sum(1 for _ in ast.walk(found[-1])) > _MOST_NODES or not _is_same(found[-1], code):
        raise Declined("a function whose text is not found, or long")
    return found[-1]


@functools.lru_cache(maxsize=16)
def _functions(text: str) -> tuple[ast.Lambda | ast.FunctionDef, ...]:
    """The functions of a script, those inside of others after them."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Lambda | ast.FunctionDef))


def _is_of(node: ast.Lambda | ast.FunctionDef, code: types.CodeType, places: list[Any]) -> bool:
    """Whether the function's instructions may be those of this text."""
    if isinstance(node, ast.FunctionDef):
        return node.name == code.co_name and node.lineno == code.co_firstlineno and not node.decorator_list
    body = node.body
    begin, end = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    inside = all(begin <= (first, left) and (last, right) <= end for first, last, left, right in places)
    return code.co_name == "<lambda>" and bool(places) and inside


def _is_same(node: ast.Lambda | ast.FunctionDef, code: types.CodeType) -> bool:
    """Whether the text, made into instructions again, has the function's names and constants: files change."""
    tree = ast.Expression(node) if isinstance(node, ast.Lambda) else ast.Module([node], [])
    mode = "eval" if isinstance(node, ast.Lambda) else "exec"
    whole = compile(tree, code.co_filename, mode, dont_inherit=True)
    made = next(one for one in whole.co_consts if isinstance(one, types.CodeType))
    return bool(_told(made) == _told(code))


def _told(code: types.CodeType) -> Any:
    names = {*code.co_names, *code.co_freevars, *code.co_cellvars}
    constants = [repr(one) for one in code.co_consts if not isinstance(one, types.CodeType)]
    return code.co_varnames[: code.co_argcount], names, constants


def _known(function: types.FunctionType) -> Any:
    """What a name in the function stands for: what it closes over, then globals, then Python's own."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))

    def find(name: str) -> Any:
        if name in cells:
            try:
                return cells[name].cell_contents
            except ValueError:
                raise Declined("a name that is not bound yet") from None
        if name in function.__globals__:
            return function.__globals__[name]
        if hasattr(builtins, name):
            return getattr(builtins, name)
        raise Declined(f"the name {name}")

    return find


def evaluated(function: Any, first: Value | Row, given: tuple[Any, ...], symbols: Symbols) -> Value:
    """What the function gives for the value or row; `given` are constants after it. Raises Declined."""
    try:
        return _evaluated(function, first, given, symbols)
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError):
        raise Declined("a function that is not understood") from None  # pandas calls it, and says what is wrong


def _evaluated(function: Any, first: Value | Row, given: tuple[Any, ...], symbols: Symbols) -> Value:
    if isinstance(function, type) or function in (len, abs, round):
        return symbols.lifted(call(symbols, function, [first, *given]))
    if isinstance(function, types.MethodDescriptorType) and function.__objclass__ is str and isinstance(first, Value):
        return symbols.lifted(text_method(symbols, first, function.__name__, list(given)))
    if not isinstance(function, types.FunctionType):
        raise Declined("a function that is not written in Python")
    tree = tree_of(function)
    args = tree.args
    if args.posonlyargs or args.vararg or args.kwonlyargs or args.kwarg:
        raise Declined("a function of other arguments")
    names = [one.arg for one in args.args]
    values = [first, *given, *(function.__defaults__ or ())[len(given) + 1 - len(names) or len(names) :]]
    if len(values) != len(names):
        raise Declined("a function of other arguments")
    symbols.known = _known(function)
    bound: dict[str, Any] = dict(zip(names, values, strict=True))
    found = symbols.value(tree.body, bound) if isinstance(tree, ast.Lambda) else symbols.block(tree.body, bound)
    return symbols.lifted(found)


# -- results -----------------------------------------------------------------------------------------------------------


def settled(node: Node, value: Value, guards: list[Text]) -> Expr:
    """The result as a column of pandas: asks whether Python would raise, and which types come up. Raises Declined."""
    if not count(node):
        raise Declined("a function of no rows")
    expr = value.expr
    columns: list[tuple[str, Text]] = [
        ("raises", _any(guards)),
        ("some_missing", joined("coalesce(bool_or({} IS NULL), false)", expr)),
        ("all_missing", joined("coalesce(bool_and({} IS NULL), true)", expr)),
        ("floats", ("true",) if value.floats is None else joined("coalesce(bool_or({}), false)", value.floats)),
    ]
    raises, some_missing, all_missing, floats = (
        column[0].as_py() for column in engine().rows(node, columns, ()).columns
    )
    if raises:
        raise Declined("a row for which Python may raise, or has another answer")
    if all_missing:
        raise Declined("nothing but missing results")
    if value.floats is not None and not floats and value.whole is not None:
        expr = value.whole
    if expr.dtype == INT and some_missing:
        return Expr(cast(expr, FLOAT).text, FLOAT, True)
    if expr.dtype == BOOL and some_missing:
        raise Declined("booleans beside missing results")
    return Expr(expr.text, expr.dtype, some_missing)


def _any(tests: list[Text]) -> Text:
    if not tests:
        return ("false",)
    return joined("coalesce(bool_or(" + " OR ".join("{}" for _ in tests) + "), false)", *tests)


def _nothing(name: str) -> Any:
    raise Declined(f"the name {name}")


def _as_python(value: Expr) -> Expr:
    """A column's values as Python has them."""
    if value.dtype == BOOL or value.dtype == TEXT:
        return value
    if is_integer(value.dtype) and value.dtype != np.dtype("uint64"):
        return cast(value, INT)
    if is_float(value.dtype):
        return cast(value, FLOAT)
    raise Declined(f"a function of {value.dtype}")


def translated(series: Series, function: Any, given: tuple[Any, ...] = ()) -> Series:
    """The function of each value. Raises Declined."""
    if isinstance(function, np.ufunc) and not given:
        found = translated_ufunc(function, "__call__", (series,), {})
        if found is None:
            raise Declined(f"the function {function.__name__}")
        return found  # type: ignore[no-any-return]
    value = _as_python(series._vector.value)
    symbols = Symbols(_nothing)
    result = evaluated(function, Value(value), given, symbols)
    return series._with(settled(series._vector.node, result, symbols.guards))


@method(Series, "apply", "a function of one value whose text is there: tests, arithmetic, texts, dicts of constants")
def _apply(self: Series, func: Any, *, args: tuple[Any, ...] = ()) -> Any:
    return translated(self, func, tuple(args))


@method(DataFrame, "map", "a function as for Series.apply")
def _map(self: DataFrame, func: Any) -> Any:
    node = self._table.node

    def change(_: Any, value: Expr) -> Expr:
        symbols = Symbols(_nothing)
        return settled(node, evaluated(func, Value(_as_python(value)), (), symbols), symbols.guards)

    return each(self, change)


@method(DataFrame, "apply", "axis=1 and a function of a row, as for Series.apply; else a function of each column")
def _apply_frame(self: DataFrame, func: Any, axis: Any = 0, *, args: tuple[Any, ...] = ()) -> Any:
    if axis in (1, "columns"):
        return _by_row(self, func, tuple(args))
    if axis not in (0, "index") or isinstance(func, str | list | dict | np.ufunc) or not callable(func):
        raise Declined("other than a function")
    return _by_column(self, func, tuple(args))


def _by_row(self: DataFrame, function: Any, given: tuple[Any, ...]) -> Series:
    state = self._table
    columns, numpy_numbers = _row(dict(state.columns))
    symbols = Symbols(_nothing, numpy_numbers=numpy_numbers)
    found = settled(state.node, evaluated(function, Row(columns), given, symbols), symbols.guards)
    series: Series = Lazy.recorded(Vector(state.node, found, None, state.index), is_frame=False)
    return series._with(found)


def _row(columns: dict[Any, Expr]) -> tuple[dict[Any, Expr], bool]:
    """The values of a row: as Python has them where texts or booleans are among them, else numbers of one type.

    Beside texts categories and times are left out: a function that looks at them is not evaluated.
    """
    kinds = {value.dtype for value in columns.values()}
    if TEXT in kinds or (BOOL in kinds and len(kinds) > 1):
        known = {label: value for label, value in columns.items() if TEXT not in kinds or value.dtype.kind in "biufO"}
        return {label: _as_python(value) for label, value in known.items()}, False
    common = np.result_type(*kinds) if kinds and all(kind.kind in "iuf" for kind in kinds) else None
    if common is None or common not in (INT, FLOAT):  # NumPy takes None for float64
        raise Declined("rows of these types")
    return {label: cast(value, common) for label, value in columns.items()}, True


def _by_column(self: DataFrame, function: Any, given: tuple[Any, ...]) -> Any:
    """The function is called with each column, as pandas does, and pandas puts other results than columns together."""
    state = self._table
    if not state.columns or not count(state.node):
        raise Declined("a function of no columns or rows")
    results = [function(self._column(label), *given) for label, _ in state.columns]
    if all(isinstance(one, Series) and isinstance(one._state, Vector) for one in results):
        found = self
        same = all(one._vector.index.levels == state.index.levels for one in results)
        if same and all(one._vector.node.base is state.node.base for one in results):
            for (label, _), one in zip(state.columns, results, strict=True):
                found = found.assign(**{label: one}) if isinstance(label, str) else found
            return found
    waiting = iter([one.to_pandas() if issubclass(type(one), Lazy) else one for one in results])
    return _of_pandas(self.to_pandas().apply(lambda _: next(waiting)))


def _of_pandas(found: Any) -> Any:
    return Lazy.of(found) if isinstance(found, pd.Series | pd.DataFrame) else found
