"""What names mean in one session: transforms of the catalogue, those the host program allowed, the user's macros."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stratum_sql.bind.database import Database
from stratum_sql.bind.head import tokens_of
from stratum_sql.catalog.columns import Kind
from stratum_sql.catalog.spec import TransformSpec

_NUMBERS = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "FLOAT", "DOUBLE", "DECIMAL", "BOOLEAN", "BIGNUM",
}  # fmt: skip
_TIMES = {"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"}
_TEXTS = {"VARCHAR", "UUID", "CHAR"}


def kind_of(duckdb_type: str) -> Kind:
    """What a column of this DuckDB type can be used as."""
    base = duckdb_type.split("(")[0].strip().upper()
    if duckdb_type.endswith("]"):
        return "other"
    if base in _NUMBERS:
        return "number"
    if base in _TIMES:
        return "time"
    return "text" if base in _TEXTS or base == "ENUM" else "other"


def is_float(duckdb_type: str) -> bool:
    """Whether values of this type may differ in their last bits from run to run."""
    return duckdb_type.upper() in {"FLOAT", "DOUBLE"}


@dataclass(frozen=True, slots=True)
class Macro:
    """One definition of a scalar macro: parameter names and DuckDB's text of the body."""

    parameters: tuple[str, ...]
    body: str


class Names:
    """Look-ups for one session; `find_transform` takes a dotted name. `may_have_macros` is False where nobody but us
    uses the database."""

    def __init__(
        self,
        database: Database,
        find_transform: Callable[[str], TransformSpec | None],
        *,
        may_have_macros: bool = True,
    ) -> None:
        self._database, self._may_have_macros = database, may_have_macros
        self.find = find_transform

    def transform(self, function: dict[str, Any]) -> TransformSpec | None:
        """The transform a function node of DuckDB's tree names, if any."""
        return self.find(function_path(function))

    @property
    def has_macros(self) -> bool:
        """Whether the user has made any macro."""
        return self._may_have_macros and any(kind == "macro" for _, kind, *_ in self._database.own_functions())

    def macros(self, name: str) -> list[Macro]:
        """The user's macros of that name whose body calls a transform."""
        if name.lower() in self._builtin or not self.has_macros:
            return []
        found = (
            Macro(tuple(parameters), body)
            for own, kind, parameters, body in self._database.own_functions()
            if kind == "macro" and own == name.lower()
        )
        return [macro for macro in found if self._calls_transform(macro.body)]

    def _calls_transform(self, body: str) -> bool:
        words = tokens_of(body) or ()
        return any(self.find(token.text) is not None for token in words) or any(
            token.text.lower() not in self._builtin and self.macros(token.text)
            for token in words
            if token.text.isidentifier()
        )

    @cached_property
    def _builtin(self) -> frozenset[str]:
        rows = self._database.ask("SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE internal")
        return frozenset(name for (name,) in rows)

    @cached_property
    def aggregates(self) -> frozenset[str]:
        """Lower-case names of aggregate functions, and of those that change the number of rows."""
        rows = self._database.ask(
            "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type = 'aggregate'"
        )
        return frozenset(name for (name,) in rows) | {"unnest", "generate_subscripts"}


def function_path(function: dict[str, Any]) -> str:
    """The dotted name a function node was written with."""
    path = (function.get("qualified_name") or {}).get("path") or [function.get("function_name", "")]
    return ".".join(path)
