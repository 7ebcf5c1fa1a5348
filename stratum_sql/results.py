"""What a statement gives back: rows, as tuples, Arrow, pandas or polars; or the error it stopped with.

A `Result` is built by the session and read by every door. Its rows are held in memory: reading them twice gives the
same rows, whatever happened to the tables since. Values are DuckDB's own Python values for every kind of result: NULL
is None, NaN is NaN, a STRUCT is a dict, a LIST a list, a DECIMAL a `decimal.Decimal`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import duckdb
import pyarrow as pa

from stratum_sql.connections import connect
from stratum_sql.errors import Diagnostic, RunError, StratumError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from stratum_sql.catalog.spec import MetricSpec
    from stratum_sql.plan.query import TrainQuery

Kind = Literal["rows", "leaderboard", "predictions", "evaluation", "explain", "none"]
Row = tuple[Any, ...]
T = TypeVar("T")
_SMALL = 10_000  # rows that are held as Python values from the start


@dataclass(frozen=True, slots=True)
class Summary:
    """What a training statement took: trials by outcome, scores of folds (`fits`), operators with and without rules."""

    trials: int
    failed: int
    timed_out: int
    fits: int
    seconds: float
    nodes: int  # operators of the batch's plan, equal work counted once
    nodes_unshared: int  # operators if every trial were run by itself
    scans: int  # queries that read tables
    interrupted: bool = False  # stopped before all trials were done
    reused: int = 0  # of `fits`: known from an earlier batch over the same content


class Result:
    """The answer to one statement. Reading the data of a failed statement raises its error."""

    def __init__(
        self,
        kind: Kind,
        statement: str = "",
        *,
        relation: duckdb.DuckDBPyRelation | None = None,
        table: pa.Table | None = None,
        error: StratumError | None = None,
        warnings: Sequence[Diagnostic] = (),
        metrics: Sequence[MetricSpec] = (),
        summary: Summary | None = None,
    ) -> None:
        self.kind: Kind = kind
        self.statement = statement
        self.error = error
        self.warnings = tuple(warnings)
        self.metrics = tuple(metrics)
        self.summary = summary
        self.folds: pa.Table | None = None
        self.query: TrainQuery | None = None
        self.parts: tuple[Result, ...] = ()  # of COMMIT BATCH: the answer to each of its statements
        self._given = relation
        self._table = table
        self._at = 0

    @classmethod
    def from_relation(
        cls, relation: duckdb.DuckDBPyRelation, statement: str = "", *, warnings: Sequence[Diagnostic] = ()
    ) -> Result:
        """The rows of a DuckDB relation, run once, now."""
        return cls("rows", statement, relation=relation, table=None, warnings=warnings)._materialised()

    @classmethod
    def from_arrow(
        cls,
        table: pa.Table,
        kind: Kind,
        *,
        statement: str = "",
        warnings: Sequence[Diagnostic] = (),
        metrics: Sequence[MetricSpec] = (),
        summary: Summary | None = None,
    ) -> Result:
        """The rows of an Arrow table; `metrics` and `summary` belong to leaderboards."""
        return cls(kind, statement, table=table, warnings=warnings, metrics=metrics, summary=summary)

    @classmethod
    def failed(cls, error: StratumError, statement: str = "", *, warnings: Sequence[Diagnostic] = ()) -> Result:
        """No rows: the statement stopped with `error`."""
        return cls("none", statement, error=error, warnings=warnings)

    @classmethod
    def none(cls, statement: str = "", *, warnings: Sequence[Diagnostic] = ()) -> Result:
        """No rows and no columns: a statement that gives nothing back."""
        return cls("none", statement, table=pa.table({}), warnings=warnings)

    @property
    def columns(self) -> list[str]:
        """Column names in order; two columns may have one name, as in DuckDB."""
        return self._names

    @property
    def types(self) -> list[str]:
        """DuckDB's type of each column, such as `DOUBLE` or `STRUCT(alpha DOUBLE)`."""
        return list(self._types)

    def fetchall(self) -> list[Row]:
        """All rows; every call gives all of them."""
        return list(self._rows)

    def fetchone(self) -> Row | None:
        """The next row, None after the last one."""
        rows = self.fetchmany(1)
        return rows[0] if rows else None

    def fetchmany(self, size: int = 1) -> list[Row]:
        """The next `size` rows, fewer at the end."""
        rows = self._rows[self._at : self._at + max(size, 0)]
        self._at += len(rows)
        return rows

    def head(self, count: int) -> list[Row]:
        """The first `count` rows, for showing: times with a time zone come as text: no library is asked."""
        if not self.columns:
            return []
        if not any("TIME ZONE" in kind for kind in self.types):
            return (
                self._rows[:count]
                if "_rows" in self.__dict__
                else self._ask(lambda held: list(held.limit(count).fetchall()))
            )
        shown = ", ".join(_shown(place, kind) for place, kind in enumerate(self.types, 1))
        return self._ask(lambda held: list(held.project(shown).limit(count).fetchall()))

    def arrow(self) -> pa.Table:
        """The rows as a `pyarrow.Table`."""
        return self._arrow

    def df(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame, with the column types DuckDB gives it."""
        frame: pd.DataFrame = self._ask(lambda held: held.df()) if self.columns else self._arrow.to_pandas()
        return frame

    def pl(self) -> pl.DataFrame:
        """The rows as a polars DataFrame. Raises RunError if polars is not installed."""
        try:
            import polars  # an optional library, loaded by those who ask for it
        except ImportError as error:
            message = "polars is not installed"
            raise RunError.at("", None, "missing_library", message, hint="pip install polars") from error
        return polars.DataFrame(self._arrow)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._arrow.__arrow_c_stream__(requested_schema)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __len__(self) -> int:
        return self._count

    def __bool__(self) -> bool:
        return True  # a result of no rows is still a result, and a failed one must not raise in `if result`

    def __repr__(self) -> str:
        from stratum_sql.shell import render  # the doors stand behind the results; only showing needs them

        return render.shown(self)

    def _repr_html_(self) -> str:
        from stratum_sql.shell import render  # as above

        return render.html(self)

    @cached_property
    def _relation(self) -> duckdb.DuckDBPyRelation:
        if self.error is not None:
            raise self.error
        return self._given if self._given is not None else _own_relation(self._table)

    def _ask(self, question: Callable[[duckdb.DuckDBPyRelation], T]) -> T:
        """Ask DuckDB for the rows; a copy of ours, if the session is closed, busy, or in an aborted transaction."""
        try:
            return question(self._relation)
        except duckdb.Error:
            if self._given is None or "_arrow" not in self.__dict__:
                raise
            return question(_own_relation(self._arrow))

    @cached_property
    def _types(self) -> list[str]:
        return [str(kind) for kind in self._relation.types] if self.columns else []

    @cached_property
    def _names(self) -> list[str]:
        if self.error is None and self._table is not None:
            return list(self._table.column_names)
        return list(self._relation.columns)

    @cached_property
    def _rows(self) -> list[Row]:
        return self._ask(lambda held: list(held.fetchall())) if self.columns else []

    @cached_property
    def _count(self) -> int:
        if self.error is None and self._table is not None:
            return int(self._table.num_rows)
        return len(self._relation)

    @cached_property
    def _arrow(self) -> pa.Table:
        if self.error is None and self._table is not None:
            return self._table
        return self._relation.to_arrow_table().rename_columns(self.columns)

    def become(self, other: Result) -> None:
        """Be `other` from now on: the answer to a statement that waited in a batch."""
        self.__dict__.clear()
        self.__dict__.update(other.__dict__)

    def _materialised(self) -> Result:
        """Self, its relation run. DuckDB renames columns of one name when it keeps rows: the names stay as given."""
        if self._given is not None:
            self._names = list(self._given.columns)
            self._given = self._given.materialize()
            if self._count <= _SMALL:
                self.detach()
        return self

    def detach(self) -> None:
        """Take the rows out of the session's connection, which closes, or is used by others.

        Small results do so at once. Of large ones the values come by way of Arrow from then on: an ENUM is a text.
        """
        if self._given is None:
            return
        with suppress(duckdb.Error):  # a type that Arrow or Python has no equal for raises when it is asked for
            self._types, self._count, self._arrow  # noqa: B018 kept when first asked for
            if self._count <= _SMALL:
                self._rows  # noqa: B018 as above


def _own_relation(table: pa.Table | None) -> duckdb.DuckDBPyRelation:
    """The rows in a connection of their own: the session's may be closed, or busy in another thread."""
    with _OPENING:
        connection = _empty_database().cursor()
    return connection.from_arrow(table)


_OPENING = threading.Lock()


@cache
def _empty_database() -> duckdb.DuckDBPyConnection:
    """A database without tables; opening one takes 20 ms, a connection to it none. One thread is enough for results."""
    return connect(threads=1, autoinstall_known_extensions=False)


def _shown(place: int, kind: str) -> str:
    """The SQL of column number `place`: as it is, or as text where Python would need a time zone library."""
    return f"#{place}::VARCHAR" if "TIME ZONE" in kind else f"#{place}"
