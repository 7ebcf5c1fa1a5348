"""Pieces of SQL that a model is written with: numbers and columns, and the layers of a query that name them.

A column is SQL over the columns of a layer. What is used more than once is named in the next layer, so that it is
computed once. NULL is the one missing value: a NaN of the input becomes NULL where it is read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stratum_sql.catalog.columns import Kind
from stratum_sql.errors import Diagnostic, RunError
from stratum_sql.quoting import quote_text

Floats = NDArray[np.float64]

LONGEST = 4_000_000  # characters of a query: DuckDB takes more, and minutes to read it
_TERMS = 60  # of one sum: DuckDB reads expressions that nest some hundred deep
_CASES = 8  # categories that a CASE looks through as fast as an ENUM finds them; of compressed columns fewer would do


def not_in_sql(what: str) -> RunError:
    """The error for a part of a model that has no form in SQL; `what` names it."""
    hint = "PREDICT MODEL runs it; EXPORT MODEL … (FORMAT skops) takes every model"
    return RunError(Diagnostic("not_exported", f"the model has no form in SQL: {what}", "run", hint=hint))


@dataclass(frozen=True, slots=True)
class Expression:
    """SQL over the columns of layer `layer` and those below it. `kind` is what it is; `may_be_null` whether NULL can
    come, `may_be_infinite` whether an infinite number can."""

    sql: str
    layer: int = 0
    kind: Kind = "number"
    may_be_null: bool = True
    may_be_infinite: bool = False
    may_be_large: bool = False  # a whole number that its double may share with others


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Numbers that follow from a category: one row a key, then that of NULL, then that of all other values; NaN is
    NULL. Shape (keys + 2, columns)."""

    of: Expression
    keys: tuple[Any, ...]
    values: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Looked:
    """One column of a table."""

    table: Table
    at: int

    @property
    def values(self) -> Floats:
        """One number a key, then that of NULL, then that of all others."""
        column: Floats = self.table.values[:, self.at]
        return column


Column = Expression | Looked


def number(value: float) -> str:
    """A double as SQL reads it, to the last bit: with an exponent it is no decimal."""
    if math.isnan(value):
        return "NULL"
    if math.isinf(value):
        return f"CAST('{'-' if value < 0 else ''}Infinity' AS DOUBLE)"
    text = repr(float(value))
    text = text if "e" in text else f"{text}e0"
    return f"({text})" if value < 0 else text


def text(value: str) -> str:
    """A text in quotes. Raises RunError for one with a NUL, which SQL cannot hold."""
    if "\0" in value:
        raise not_in_sql("a category has a NUL character")
    return quote_text(value)


def key(value: Any) -> str:
    """A category: a number or a text. Raises RunError for others."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int | float | np.integer | np.floating | np.bool_):
        return number(float(value))
    raise not_in_sql(f"a category of type {type(value).__name__}")


INFINITE = "CAST('Infinity' AS DOUBLE)"


@dataclass(slots=True)
class Layers:
    """A query in the making: `layers[i]` are the columns that layer i + 1 adds to those below it, name and SQL."""

    layers: list[list[tuple[str, str]]] = field(default_factory=list)
    refused: list[Expression] = field(default_factory=list)  # conditions under which the model takes no row
    enums: bool = True  # whether DuckDB's ENUM and MAP may be used
    _known: dict[tuple[int, str], str] = field(default_factory=dict)
    _tables: dict[tuple[Table, int], Expression] = field(default_factory=dict)
    _length: int = 0
    _asked: set[tuple[int, str]] = field(default_factory=set)

    def named(self, one: Expression) -> Expression:
        """The same column under a name of its own, computed once."""
        if one.sql.startswith("__m") and one.sql[3:].isdigit():
            return one
        place = one.layer, one.sql
        if place not in self._known:
            while len(self.layers) <= one.layer:
                self.layers.append([])
            self._known[place] = f"__m{len(self._known)}"
            self.layers[one.layer].append((self._known[place], one.sql))
            self._grow(len(one.sql))
        return replace(one, sql=self._known[place], layer=one.layer + 1)

    def _grow(self, more: int) -> None:
        self._length += more
        if self._length > LONGEST:
            raise not_in_sql(f"it is too large, more than {LONGEST:,} characters")

    def sql_of(self, column: Column) -> Expression:
        """A column as SQL; one of a table by a look-up."""
        if isinstance(column, Expression):
            return column
        place = column.table, column.at
        if place not in self._tables:
            self._tables[place] = self.look_up(column.table.of, column.table.keys, column.values)
        return self._tables[place]

    def look_up(self, of: Expression, keys: Sequence[Any], values: Floats) -> Expression:
        """The number of each row's category: that of its key, of NULL, or of none of them."""
        of = self.named(of)
        null, other = number(values[-2]), number(values[-1])
        entries = [(key(one), value) for one, value in zip(keys, values[:-2], strict=True) if not _same(value, values)]
        may_be_null = bool(np.isnan(values).any())
        sql = self._found(of, entries, other)
        if null != other or len(entries) > _CASES:
            sql = f"CASE WHEN {of.sql} IS NULL THEN {null} ELSE {sql} END"
        return Expression(f"CAST({sql} AS DOUBLE)" if "NULL" in sql else sql, of.layer, "number", may_be_null)

    def _found(self, of: Expression, entries: Sequence[tuple[str, float]], other: str) -> str:
        if not entries:
            return other
        values = [value for _, value in entries]
        if len(entries) <= _CASES or not self.enums or any(map(math.isnan, values)):  # there NULL is what is not found
            cases = " ".join(f"WHEN {one} THEN {number(value)}" for one, value in entries)
            return f"CASE {of.sql} {cases} ELSE {other} END"
        keys = ", ".join(one for one, _ in entries)
        listed = ", ".join(map(number, values))
        if of.kind == "text":  # an ENUM finds its values by hashing
            found = f"list_extract([{listed}], enum_code(TRY_CAST({of.sql} AS ENUM ({keys}))) + 1)"
        else:
            found = f"map_extract_value(MAP([{keys}], [{listed}]), {of.sql})"
        return f"coalesce({found}, {other})"

    def refuse(self, condition: str, of: Expression) -> None:
        """The model takes no row where the condition, over a column, is true."""
        if (of.layer, condition) not in self._asked:
            self._asked.add((of.layer, condition))
            self.refused.append(Expression(condition, of.layer))

    def finite(self, column: Column) -> Expression:
        """The column, of which infinite numbers are refused."""
        one = self.sql_of(column)
        if one.may_be_infinite:
            one = self.named(one)
            self.refuse(f"abs({one.sql}) = {INFINITE}", one)
        return replace(one, may_be_infinite=False)

    def complete(self, column: Column) -> Expression:
        """The column, of which NULL is refused too."""
        one = self.finite(column)
        if one.may_be_null:
            one = self.named(one)
            self.refuse(f"{one.sql} IS NULL", one)
        return Expression(one.sql, one.layer, one.kind, may_be_null=False)

    def sum(self, terms: Iterable[Expression], start: float | None = None) -> Expression:
        """The terms added from left to right, NULL if one is NULL; `start` comes before them."""
        found = None if start is None else Expression(number(start), 0, may_be_null=False)
        waiting: list[Expression] = [] if found is None else [found]
        for term in terms:
            waiting.append(term)
            if len(waiting) == _TERMS:
                waiting = [self.named(_added(waiting))]
        return _added(waiting) if waiting else Expression("0e0", may_be_null=False)

    def weighted(self, columns: Sequence[Column], weights: Sequence[float], start: float) -> Expression:
        """`start` and each column times its weight; columns of one table are one look-up."""
        tables: dict[int, tuple[Table, Floats]] = {}
        terms: list[Expression] = []
        for column, weight in zip(columns, weights, strict=True):
            if isinstance(column, Looked):
                known = tables.setdefault(id(column.table), (column.table, np.zeros(len(column.values))))
                known[1][:] += column.values * weight
                continue
            factor = f"({column.sql})" if _is_sum(column.sql) else column.sql
            terms.append(Expression(f"{factor} * {number(weight)}", column.layer, "number", column.may_be_null))
        terms += [self.look_up(table.of, table.keys, sums) for table, sums in tables.values()]
        return self.sum(terms, start)

    def any_refused(self) -> Expression | None:
        """Whether a row is refused; None where none is. NULL counts as no."""
        if not self.refused:
            return None
        layer = max(one.layer for one in self.refused)
        return Expression(" OR ".join(one.sql for one in self.refused), layer)

    def query(self, relation: str, last: Callable[[str, Sequence[str]], str]) -> str:
        """The query: each layer a subquery of the next, `last(inner, names)` around them all."""
        inner, names = relation, [name for layer in self.layers for name, _ in layer]
        for layer in self.layers:
            if layer:
                inner = f"(\n  SELECT *, {', '.join(f'{sql} AS {name}' for name, sql in layer)}\n  FROM {inner})"
        return last(inner, names)


def of(template: str, *given: Expression, may_be_null: bool | None = None, kind: Kind = "number") -> Expression:
    """SQL with `{0}`, `{1}`, … for expressions, in the highest of their layers."""
    null = any(one.may_be_null for one in given) if may_be_null is None else may_be_null
    parts = [f"({one.sql})" if _is_sum(one.sql) else one.sql for one in given]
    return Expression(template.format(*parts), max((one.layer for one in given), default=0), kind, null)


def _is_sum(sql: str) -> bool:
    """Whether it needs brackets to be a part of something else."""
    return not (sql.replace("_", "").isalnum() or (sql.startswith('"') and sql.count('"') == 2))


def _added(terms: Sequence[Expression]) -> Expression:
    null = any(one.may_be_null for one in terms)
    return Expression(" + ".join(one.sql for one in terms), max(one.layer for one in terms), "number", null)


def _same(value: float, values: Floats) -> bool:
    """Whether a category gives what all others give, and NULL something else or the same: then it needs no entry."""
    other = values[-1]
    return bool(value == other or (np.isnan(value) and np.isnan(other)))
