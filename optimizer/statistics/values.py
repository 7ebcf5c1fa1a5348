"""Statistics of a batch's relations. What nobody knows is None or not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """Estimates for one column: its `distinct` values without NULL, and the mean letters of a text (`width`)."""

    distinct: float | None = None
    width: float | None = None


ReadKey = tuple[str, int]  # an expression over a relation, and which of its columns


@dataclass(frozen=True, slots=True)
class SourceStatistics:
    """Estimates for one relation: its rows, and its columns as far as one was worth asking for."""

    rows: float | None = None
    columns: Mapping[ReadKey, ColumnStatistics] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Estimates for the relations of a batch, by the key of their source."""

    sources: Mapping[str, SourceStatistics] = field(default_factory=dict)

    def rows(self, source: str) -> float | None:
        """The rows of a relation; None where nobody knows."""
        return self.sources.get(source, SourceStatistics()).rows

    def with_rows(self, rows: Mapping[str, int]) -> Statistics:
        """The same, with rows that were counted in place of estimates, by the key of the source."""
        known = {key: replace(self.sources.get(key, SourceStatistics()), rows=count) for key, count in rows.items()}
        return Statistics({**self.sources, **known})

    def column(self, source: str, key: ReadKey) -> ColumnStatistics:
        """What is known of a column, which may be nothing."""
        return self.sources.get(source, SourceStatistics()).columns.get(key, ColumnStatistics())
