"""The Series of a script."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import arithmetic, outer, rowwise
from stratum_sql.pandas.aligning import assigned, check_same_labels, settled, together
from stratum_sql.pandas.alignment import by_position
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.emit import check_shown, statement
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.kinds import FLOAT, Carried, shown
from stratum_sql.pandas.lazy import Lazy, kept, own, states_in, thawed
from stratum_sql.pandas.mode import is_inside, object_mode
from stratum_sql.pandas.moving import check_none_carried
from stratum_sql.pandas.numbers import AskedFloat, AskedInt, asked
from stratum_sql.pandas.operations import native, recipe_of, with_recipe
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.running import to_show
from stratum_sql.pandas.sources import scalar_of
from stratum_sql.pandas.states import Held, Table, Vector

OWNER = "Series"
_CONSTANTS = frozenset({bool, int, float, str, np.float64, np.int64, AskedFloat, AskedInt})
_MANY = (Lazy, pd.Series, pd.DataFrame, pd.Index, np.ndarray, list, tuple)


class Series(Lazy):
    """One column of a plan, with a name and an index. Whatever pandas' Series can do it can; see docs/pandas.md."""

    _state: Vector | Held
    _parent: tuple[Any, Hashable] | None = None  # the frame it was taken of, and the label there

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        with object_mode():
            made = pd.Series(*thawed(args), **thawed(kwargs))
        if is_inside():
            return made
        engine().translated["pandas.Series"] += 1
        return Lazy.of(made)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        elif name == "name" and isinstance(self._state, Vector) and isinstance(value, str):
            before = self._state
            self._become(
                Vector(before.node, before.value, value, before.index, recipe_of(before, "rename", (value,), {}))
            )
        else:
            found = own(self._state)
            engine().note(f"Series.{name} =", "no translation")
            with object_mode():
                setattr(found, name, thawed(value))
            self._become(Lazy.of(found)._state)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Pandas' own: libraries ask whether they were given a Series."""
        return pd.Series

    # -- what it is ----------------------------------------------------------------------------------------------------

    @property
    def name(self) -> Any:
        """The name; None without one."""
        return self._state.name if isinstance(self._state, Vector) else self._state.held.name

    @name.setter
    def name(self, value: Any) -> None:
        self.__setattr__("name", value)

    @property
    def dtype(self) -> Any:
        """NumPy's dtype; text is `object`."""
        return shown(self._state.value.dtype) if isinstance(self._state, Vector) else self._state.held.dtype

    @property
    def _vector(self) -> Vector:
        assert isinstance(self._state, Vector)
        return self._state

    def _with(self, value: Expr, node: Node | None = None, name: Any = ...) -> Series:
        """A Series over the same rows. `node` has the columns that `value` is over."""
        state = self._vector
        node, value = settled(node or state.node, value)
        made: Series = Lazy.recorded(
            Vector(node, value, state.name if name is ... else name, state.index), is_frame=False
        )
        return made

    def _other(self, other: Any) -> tuple[Node, Any, Any]:
        """A node with both columns, the other operand as an expression or constant, and the name of a result."""
        state = self._vector
        if type(other) in _CONSTANTS:
            return state.node, other, state.name
        if isinstance(other, Series) and isinstance(other._state, Vector):
            name = state.name if _same(state.name, other._state.name) else None
            try:
                node = together(state.node, other._state.node)
                check_same_labels(state.index, other._state.index)
            except Declined:  # other rows, which may have the same labels
                return *by_position(state, other._state), name
            return node, other._state.value, name
        if isinstance(other, np.ndarray) and other.ndim == 0:
            other = other[()]
        if isinstance(other, _MANY):
            raise Declined(f"an operand of type {type(other).__name__}")
        return state.node, other, state.name

    def _binary(self, name: str, other: Any, *, swapped: bool = False, fill_value: Any = None) -> Series:
        try:
            node, operand, label = self._other(other)
        except Declined:
            if name not in outer.WORDS or not (isinstance(other, Series) and isinstance(other._state, Vector)):
                raise
            return self._of_both(name, other._state, swapped=swapped, fill_value=fill_value)
        value, operand = outer.filled(self._vector.value, operand, fill_value)
        operands = (operand, value) if swapped else (value, operand)
        return self._with(rule_of(*operands)(name, *operands), node, label)

    def _of_both(self, name: str, other: Vector, *, swapped: bool, fill_value: Any) -> Series:
        """The operation over the rows of both, by their labels."""
        mine = self._vector
        sides = [Table(one.node, ((0, one.value),), one.index) for one in (mine, other)]
        both = outer.outer(*sides)
        value, operand = outer.filled(both.left[0], both.right[0], fill_value)
        operands = (operand, value) if swapped else (value, operand)
        node, found = assigned(both.node, "__value", rule_of(*operands)(name, *operands), here())
        label = mine.name if _same(mine.name, other.name) else None
        made: Series = Lazy.recorded(Vector(node, found, label, both.index), is_frame=False)
        return made

    def _write_back(self, before: Any) -> None:
        """`df[label].fillna(0, inplace=True)` changes `df`, unless that column was changed since it was taken."""
        if self._parent is None or not isinstance(before, Vector):
            return
        frame, label = self._parent
        whole, now = frame._state, self._state
        if not isinstance(whole, Table) or not isinstance(now, Vector) or whole.columns.get(label) != before.value:
            return
        if now.node.base is before.node.base and whole.node.base is before.node.base:
            frame[label] = self

    # -- one value of many ---------------------------------------------------------------------------------------------

    def _ask(self, value: Expr) -> Any:
        state = self._vector
        found = scalar_of(engine().answer(state.node, value.text), value.dtype)
        if type(found) is float:  # NaN of a column that has no value
            return np.float64(found) if value.dtype == FLOAT else found
        return asked(found, state.node, value.text)

    def _has_missing(self, value: Expr) -> bool:
        if not value.nullable:
            return False
        return bool(engine().answer(self._vector.node, joined("coalesce(bool_or({} IS NULL), false)", value)))

    def sql(self) -> str:
        """As `DataFrame.sql`."""
        if isinstance(self._state, Held):
            raise ValueError("only pandas can hold this: its values or its index have no type in DuckDB")
        check_shown(self._state)
        return statement(to_show(self._state), engine().frames)

    # -- NumPy ---------------------------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        found = translated_ufunc(ufunc, method, inputs, kwargs)
        if found is not None:
            return found
        engine().note(f"numpy.{ufunc.__name__}", "no translation")
        with object_mode():
            result = getattr(ufunc, method)(*thawed(inputs), **thawed(kwargs))
        return Lazy.of(result) if isinstance(result, pd.Series | pd.DataFrame) else result


def rule_of(left: Any, right: Any) -> Callable[[str, Any, Any], Expr]:
    """Which module knows the two operands."""
    kinds = {value.dtype.kind for value in (left, right) if type(value) is Expr} & RULES.keys()
    return RULES[min(kinds)] if kinds else arithmetic.binary


# Operations of columns of a kind, by the letter of their dtype: times and categories.
RULES: dict[str, Callable[[str, Any, Any], Expr]] = {}


def _same(left: Hashable, right: Hashable) -> bool:
    return type(left) is type(right) and left == right


_OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
    "eq": "equal", "ne": "not_equal", "and": "logical_and", "or": "logical_or", "xor": "logical_xor",
}  # fmt: skip
_OF_UFUNC = {numpy: python for python, numpy in _OPERATORS.items()}
_OF_UFUNC |= {"bitwise_and": "and", "bitwise_or": "or", "bitwise_xor": "xor"}
_SWAPPED = ("add", "sub", "mul", "truediv", "and", "or", "xor")  # with a constant on the left
_LOGICAL = ("and", "or", "xor")
_ALIASES = {"sub": ("subtract",), "mul": ("multiply",), "truediv": ("div", "divide")}
_NOTES = {
    "add": "numbers, and texts; of other rows by labels that come once, so sub, mul, truediv",
    "floordiv": "integers by a constant", "mod": "integers by a constant",
    "pow": "float64 to a constant", "and": "booleans", "or": "booleans", "xor": "booleans",
}  # fmt: skip


def _declare(word: str) -> None:
    note = _NOTES.get(word, "")
    rule = f"{word}_" if word in ("and", "or") else word

    def forward(self: Series, other: Any) -> Any:
        return self._binary(rule, other)

    def backward(self: Series, other: Any) -> Any:
        return self._binary(rule, other, swapped=True)

    setattr(Series, f"__{word}__", native(OWNER, f"__{word}__", note)(forward))
    if word not in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(Series, f"__i{word}__", _changing(word))
    if word in _SWAPPED:
        setattr(Series, f"__r{word}__", native(OWNER, f"__r{word}__", note)(backward))
    if word in outer.WORDS:
        _declare_named(word, note)
    elif word not in _LOGICAL:
        setattr(Series, word, native(OWNER, word, note)(forward))


def _declare_named(word: str, note: str) -> None:
    """`add` and its like, which take a `fill_value`."""

    def forward(self: Series, other: Any, *, fill_value: Any = None) -> Any:
        return self._binary(word, other, fill_value=fill_value)

    def backward(self: Series, other: Any, *, fill_value: Any = None) -> Any:
        return self._binary(word, other, swapped=True, fill_value=fill_value)

    for name in (word, *_ALIASES.get(word, ())):
        setattr(Series, name, native(OWNER, name, note)(forward))
    for name in (f"r{word}", *(("rdiv",) if word == "truediv" else ())):
        setattr(Series, name, native(OWNER, name, note)(backward))


def _changing(word: str) -> Any:
    def change(self: Lazy, other: Any) -> Any:
        self._become(getattr(self, f"__{word}__")(other)._state)
        return self

    return change


for _word in _OPERATORS:
    _declare(_word)
Series.__hash__ = None  # type: ignore[assignment]


def translated_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: Any) -> Any:
    """A call of a function of NumPy over Series; None without a translation."""
    found = _ufunc(ufunc, inputs) if method == "__call__" and not kwargs else None
    if found is not None:
        engine().translated[f"numpy.{ufunc.__name__}"] += 1
        now = kept(inputs)
        found._become(with_recipe(found._state, lambda: ufunc(*thawed(now))))
    return found


def _ufunc(ufunc: Any, inputs: tuple[Any, ...]) -> Any:
    """A function of NumPy with a translation; None for others."""
    name, first = ufunc.__name__, next(one for one in inputs if isinstance(one, Series))
    if isinstance(first._state, Held) or any(isinstance(one, np.ndarray) and one.ndim for one in inputs):
        return None
    try:
        if Carried.is_made:
            check_none_carried("__array_ufunc__", states_in(inputs))
        if len(inputs) == 1:
            return _ufunc_of_one(name, first)
        if name in _OF_UFUNC and not name.startswith("logical"):
            rule = {"and": "and_", "or": "or_"}.get(_OF_UFUNC[name], _OF_UFUNC[name])
            swapped = inputs[0] is not first
            return first._binary(rule, inputs[0] if swapped else inputs[1], swapped=swapped)
        if name in ("maximum", "minimum", "fmax", "fmin"):
            node, other, label = first._other(inputs[1] if inputs[0] is first else inputs[0])
            function = "greatest" if name in ("maximum", "fmax") else "least"
            extreme = rowwise.extreme if name.endswith("imum") else rowwise.extreme_there
            return first._with(extreme(function, first._vector.value, other), node, label)
    except Declined:
        return None
    return None


def _ufunc_of_one(name: str, series: Series) -> Any:
    value = series._vector.value
    if name in rowwise.ELEMENTARY:
        return series._with(rowwise.elementary(name, value))
    found = _OF_ONE.get(name)
    return None if found is None else series._with(found(value))


_OF_ONE: dict[str, Callable[[Expr], Expr]] = {
    "absolute": arithmetic.plus_minus,
    "negative": arithmetic.minus,
    "isnan": rowwise.is_nan,
    "isfinite": rowwise.is_finite,
    "isinf": rowwise.is_infinite,
    "sign": rowwise.sign,
    "square": lambda value: arithmetic.binary("mul", value, value),
}
OF_ONE = tuple(_OF_ONE)


Lazy._kinds[pd.Series] = Series
