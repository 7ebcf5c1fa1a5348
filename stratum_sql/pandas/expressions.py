"""Expressions over the columns of one plan node: frozen, put together from text, with the dtype they have in pandas."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, Dtype, carried, is_float, is_lists, shown, sql_type
from stratum_sql.quoting import quote, quote_text

if TYPE_CHECKING:
    from stratum_sql.pandas.plan import Node

LONGEST = 2_000  # characters of an expression, before it is given a column of its own
MOST_DOUBLED = 4  # nullif's: DuckDB makes each a CASE that has its operand twice, so that nested ones double


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A number that was asked of another relation: its value when run, the question itself in SQL that is shown."""

    node: Node
    text: Text
    value: Expr


@dataclass(frozen=True, slots=True)
class Exact:
    """What has the last bits of NumPy or pandas where a plan is run, as trees split by them; SQL that is shown."""

    shown: Text
    running: Text


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """The values of another relation, for IN: those that are there, of one column."""

    node: Node
    value: Expr


Text = tuple[str | Answer | Exact | Listed, ...]


# Scripts make thousands of these and of the states they are in, and a frozen dataclass takes three times as long to
# make: that nothing sets a field later is what `Final` and mypy see to.


@dataclass(slots=True, init=False, unsafe_hash=True)
class Expr:
    """One value a row. Frozen.

    `nullable`: it may be missing; never for integers and booleans. `mask` is a condition before its NULL became false,
    which is what WHERE wants: DuckDB pushes it into scans, and not the other one.
    """

    text: Final[Text]
    dtype: Final[Dtype]
    nullable: Final[bool]
    mask: Final[Text | None]

    def __init__(self, text: Text, dtype: Dtype, nullable: bool = False, mask: Text | None = None) -> None:
        self.text, self.dtype, self.nullable, self.mask = text, dtype, nullable, mask

    @property
    def condition(self) -> Text:
        """For WHERE, and below AND and OR there: NULL counts as false."""
        return self.text if self.mask is None else self.mask

    @property
    def is_long(self) -> bool:
        """Whether it should be a column of its own before more is made of it."""
        text = self.text
        if len(text) == 1 and type(text[0]) is str:  # as most are
            return len(text[0]) > LONGEST or text[0].count("nullif(") > MOST_DOUBLED
        return self.size > LONGEST or sum(one.count("nullif(") for one in text if type(one) is str) > MOST_DOUBLED

    @property
    def size(self) -> int:
        """Characters of the text."""
        return _size(self.text)


def _size(text: Text) -> int:
    found = 0
    for one in text:
        found += len(one) if type(one) is str else _size(one.shown) if type(one) is Exact else 1
    return found


def running(text: Text) -> str:
    """The text with the values of what was asked; a list of values of another relation is left out."""
    return "".join(_running(part) for part in text)


def _running(part: str | Answer | Exact | Listed) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Listed):
        return ""
    return running(part.running if isinstance(part, Exact) else part.value.text)


def joined(template: str, *parts: Expr | Text | str) -> Text:
    """The template with each `{}` filled in."""
    first, rest = _pieces(template)
    found: list[str | Answer | Exact | Listed] = [first]
    for part, after in zip(parts, rest, strict=True):
        if type(part) is Expr:
            found += part.text
        else:
            found += (part,) if isinstance(part, str) else part  # type: ignore[arg-type]
        found.append(after)
    try:
        return ("".join(found),)  # type: ignore[arg-type]
    except TypeError:  # there are others than texts
        return _merged(found)


def _merged(pieces: list[str | Answer | Exact | Listed]) -> Text:
    """The pieces, with texts that follow each other as one."""
    found: list[str | Answer | Exact | Listed] = []
    for is_text, run in itertools.groupby(pieces, lambda piece: type(piece) is str):
        if not is_text:
            found += run
        elif text := "".join(run):  # type: ignore[arg-type]
            found.append(text)
    return tuple(found)


@functools.lru_cache(maxsize=1_000)
def _pieces(template: str) -> tuple[str, list[str]]:
    first, *rest = template.split("{}")
    return first, rest


def text_literal(value: str) -> str:
    """A text as a constant of SQL. Raises Declined for what no statement may hold."""
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Declined("a text that SQL cannot hold")
    return quote_text(value)


def column(name: str, dtype: Dtype, *, nullable: bool) -> Expr:
    """A column of the node, by its name there."""
    return Expr((quote(name),), dtype, nullable)


def cast(value: Expr, dtype: Dtype) -> Expr:
    """The same value as another number type; NULL stays NULL."""
    if value.dtype == dtype:
        return value
    return Expr(joined(f"CAST({{}} AS {sql_type(dtype)})", value), dtype, value.nullable)


def literal(value: Any, dtype: Dtype) -> Expr:
    """A constant as a column of `dtype` would hold it. Raises Declined if such a column cannot hold it."""
    if is_missing(value):
        if dtype.kind in "biu":
            raise Declined("a missing value among integers or booleans")
        return Expr((f"NULL::{sql_type(dtype)}",), dtype, True)
    spelled = Expr((_spelled(value, dtype),), dtype)
    question = getattr(value, "question", None)  # a number that was asked of a column, see numbers.py
    if question is None or dtype != value.dtype:
        return spelled
    node, text = question
    return Expr((Answer(node, text, spelled),), dtype)


def check_compared(*values: Expr) -> None:
    """Raise Declined for lists, which have no hash in pandas and so no groups, and no place in a sort, and for values
    that are carried: their places say nothing of which are equal.
    """
    for value in values:
        if is_lists(value.dtype):
            raise Declined("lists that are compared")
        if carried(value.dtype) is not None:
            raise Declined(f"values of {shown(value.dtype)} that are compared")


def check_gap(dtype: Dtype) -> None:
    """Raise Declined for values that are carried whose dtype would be another one with a missing value more."""
    held = carried(dtype)
    if held is not None and not held.fills:
        raise Declined(f"values of {shown(dtype)} that are missing")


def is_missing(value: Any) -> bool:
    """None and NaN."""
    return value is None or (isinstance(value, _FLOATS) and math.isnan(value))


_FLOATS = (float, np.floating)
_INTEGERS = (int, np.integer)
_NUMBERS = (int, float, np.number)
_DTYPES: dict[type, Dtype] = {bool: BOOL, int: INT, float: FLOAT, str: TEXT}


def dtype_of(value: Any) -> Dtype:
    """The dtype pandas gives a column of this constant alone. Raises Declined for what is no number or text."""
    found = _DTYPES.get(type(value))
    if found is not None:
        return found
    if isinstance(value, bool | np.bool_):
        return BOOL
    if isinstance(value, np.number):
        return value.dtype
    if isinstance(value, int):
        return INT
    if isinstance(value, float):
        return FLOAT
    if isinstance(value, str):
        return TEXT
    raise Declined(f"a value of type {type(value).__name__}")


def _spelled(value: Any, dtype: Dtype) -> str:
    kind = dtype.kind
    if kind == "b" and isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if kind in "iu" and isinstance(value, _INTEGERS) and not isinstance(value, bool):
        return _integer(int(value), dtype)
    if kind == "f" and isinstance(value, _NUMBERS) and not isinstance(value, bool):
        return _float(value, dtype)
    if kind == "O" and isinstance(value, str):
        return text_literal(value)
    raise Declined(f"{type(value).__name__} beside {dtype}")


_SMALLEST = -(2**63)


@functools.cache
def _limits(dtype: Dtype) -> tuple[int, int]:
    found = np.iinfo(dtype)
    return int(found.min), int(found.max)


def _integer(value: int, dtype: Dtype) -> str:
    least, most = _limits(dtype)
    if not least <= value <= most:
        raise Declined(f"{value} is out of the range of {dtype}")
    if value == _SMALLEST:
        raise Declined("the smallest integer has no spelling")
    spelled = f"({value})" if value < 0 else str(value)
    return spelled if dtype == INT else f"{spelled}::{sql_type(dtype)}"


def _float(value: Any, dtype: Dtype) -> str:
    held = float(value) if dtype is FLOAT else _fewer_bits(value, dtype)
    if math.isinf(held):
        if not math.isinf(float(value)):
            raise Declined(f"{value} is out of the range of {dtype}")
        return f"'{'-' if held < 0 else ''}inf'::{sql_type(dtype)}"
    shown = repr(held)
    spelled = shown if "e" in shown else shown + "e0"  # without an exponent DuckDB makes it a DECIMAL
    spelled = f"({spelled})" if spelled.startswith("-") else spelled
    return spelled if dtype == FLOAT else f"{spelled}::{sql_type(dtype)}"


def _fewer_bits(value: Any, dtype: Dtype) -> float:
    with np.errstate(over="ignore"):
        return float(dtype.type(value))


def refusing(condition: Text, reason: str, text: Text) -> Text:
    """The text, but where the condition is true an error of DuckDB: then pandas itself makes the result."""
    return joined(f"CASE WHEN {{}} THEN error({text_literal(reason)}) ELSE {{}} END", condition, text)


def without_nan(text: Text, dtype: Dtype) -> Expr:
    """A float that an operation may have made NaN of numbers that are there: missing, as in pandas."""
    assert is_float(dtype)
    return Expr(joined(f"nullif({{}}, 'nan'::{sql_type(dtype)})", text), dtype, True)
