"""Reading: what DuckDB is asked for, as the user's own text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from stratum_sql.catalog.columns import Kind
from stratum_sql.plan.graph import Operator
from stratum_sql.plan.partition import Group


@dataclass(frozen=True, slots=True)
class Source:
    """A relation: the text before its select list and the text after it, as the user wrote them.

    `key` is the canonical spelling; two sources with one key are one relation. `floats` and `others` are the names of
    its columns by type: rows are put into an order made from their content (see `execute/duckdb.py`).

    `unfiltered` is the same relation without its WHERE, and `condition` what WHERE says, as a BOOLEAN expression over
    it: the relation's rows are those of `unfiltered` where that is true. None where filtering later would not do.
    """

    key: str
    before: str = field(compare=False)
    after: str = field(compare=False)
    floats: tuple[str, ...] = field(compare=False)
    others: tuple[str, ...] = field(compare=False)
    title: str = field(compare=False)  # short text for EXPLAIN: "flights WHERE month = 1"
    unfiltered: Source | None = field(default=None, compare=False)
    condition: str = field(default="", compare=False)


def in_order(source: Source) -> Source:
    """The same rows as the query gives them: another relation, as folds and training follow the order of rows."""
    return replace(source, key=f"{source.key} in order", floats=(), others=(), unfiltered=None, condition="")


@dataclass(frozen=True, slots=True)
class Scan(Operator):
    """Read a relation once; the columns are those that `Read`s above it ask for. Rows: the relation's, in canonical
    order.

    `reader` is the statement that reads, or None once `merge_scans` has made one scan of all that read the same
    relation.
    """

    source: Source
    reader: int | None = None

    @property
    def label(self) -> str:
        return f"Scan {self.source.title}"


@dataclass(frozen=True, slots=True)
class Read(Operator):
    """One column of a scan. Input: the scan. `sql` is an expression over the relation; `index` picks one of the columns
    it makes where it makes several (`COLUMNS(..)`)."""

    key: str
    sql: str = field(compare=False)
    name: str = field(compare=False)
    type: str = field(compare=False)
    column_kind: Kind = field(compare=False)
    index: int = 0
    width: int = field(default=1, compare=False)

    @property
    def label(self) -> str:
        return f"Read {self.name}"


@dataclass(frozen=True, slots=True)
class Where(Operator):
    """The rows of a column where a condition is true; NULL counts as false. Inputs: the column, the condition."""

    @property
    def label(self) -> str:
        return "Where"


@dataclass(frozen=True, slots=True)
class Groups(Operator):
    """Which rows are in which group: the positions of each, ascending. Inputs: the partition columns, as texts."""

    @property
    def label(self) -> str:
        return "Groups"


@dataclass(frozen=True, slots=True)
class InGroup(Operator):
    """The rows of a column that are in one group, in their order. Inputs: the column, the groups."""

    group: Group

    @property
    def label(self) -> str:
        return f"Group {self.group}"


@dataclass(frozen=True, slots=True)
class Compute(Operator):
    """A scalar SQL expression over transformed columns. Inputs: one value each; `sql` names them `{0}`, `{1}`, …"""

    sql: str
    name: str = field(compare=False)

    @property
    def label(self) -> str:
        return f"Compute {self.name}"
